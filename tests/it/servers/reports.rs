//! Health reports: which one is a server's status, and which servers it makes eligible.

use barqnet_db::{
    client::GenericClient,
    queries::servers,
    servers::{Ineligible, PickOptions, PickOutcome, PickPolicy, pick},
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::common::{Numbers, at_once, execute_sql, migrated_database, pool_of, scalar, server, set_live_connections};

const NONE: Option<&str> = None;

async fn report(client: &impl GenericClient, name: &str, status: &str, milliseconds: Option<i32>) -> i64 {
    servers::report_health().bind(client, &name, &status, &milliseconds, &NONE, &None).one().await.expect("an id")
}

#[tokio::test]
async fn the_newest_report_is_the_status_of_a_server_and_all_are_its_history() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["vie-1", "vie-2", "silent"] {
        server(&client, name).await;
    }
    set_live_connections(&database, "vie-1", 7).await;
    let mut reports = vec![report(&client, "vie-1", "healthy", Some(20)).await];
    report(&client, "vie-2", "healthy", Some(30)).await;
    report(&client, "unregistered", "healthy", None).await;
    let failed = servers::report_health()
        .bind(&client, &"vie-1", &"unreachable", &None, &Some("no route to host"), &None)
        .one()
        .await
        .unwrap();
    reports.push(failed);

    let status = servers::status().bind(&client, &"vie-1").one().await.unwrap();
    assert_eq!((status.status.as_deref(), status.response_time_ms), (Some("unreachable"), None));
    assert_eq!((status.error_message.as_deref(), status.live_connections), (Some("no route to host"), 7));
    assert!(status.reported_at.is_some_and(|at| (Utc::now() - at) < TimeDelta::hours(1)));
    let silent = servers::status().bind(&client, &"silent").one().await.unwrap();
    assert_eq!((silent.status, silent.reported_at, silent.live_connections, silent.max_users), (None, None, 0, 2000));
    assert!(servers::status().bind(&client, &"unregistered").opt().await.unwrap().is_none());

    let all = servers::list_status().bind(&client).all().await.unwrap();
    let all: Vec<_> = all.iter().map(|server| (server.name.as_str(), server.status.as_deref())).collect();
    assert_eq!(all, [("silent", None), ("vie-1", Some("unreachable")), ("vie-2", Some("healthy"))]);

    reports.reverse();
    let page = servers::health_history().bind(&client, &"vie-1", &i64::MAX, &1).all().await.unwrap();
    let rest = servers::health_history().bind(&client, &"vie-1", &page[0].id, &10).all().await.unwrap();
    assert_eq!(page.iter().chain(&rest).map(|health| health.id).collect::<Vec<_>>(), reports);
}

#[tokio::test]
async fn a_report_that_comes_late_is_history_and_one_from_the_future_counts_as_now() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    let now = Utc::now();
    let told = async |status: &str, at| {
        servers::report_health().bind(&client, &"vie-1", &status, &None, &NONE, &Some(at)).one().await.unwrap();
        let server = servers::status().bind(&client, &"vie-1").one().await.unwrap();
        (server.status.unwrap(), server.measured_at.unwrap())
    };
    let minutes = TimeDelta::minutes;
    assert_eq!(told("healthy", now - minutes(2)).await.0, "healthy");
    assert_eq!(told("unreachable", now - minutes(1)).await.0, "unreachable");
    assert_eq!(told("healthy", now - minutes(3)).await.0, "unreachable", "an older report says nothing new");
    // A node with a fast clock must not be the newest for as long as its clock is fast.
    let (status, at) = told("healthy", now + minutes(60)).await;
    assert!(status == "healthy" && at < now + minutes(30), "{at}");
    assert_eq!(told("degraded", Utc::now() + minutes(1)).await.0, "degraded");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM server_health").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_newest_of_concurrent_reports_in_any_order_is_kept() {
    const REPORTS: usize = 40;
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    let order = Numbers::new(3).shuffled(&(0..REPORTS).collect::<Vec<_>>());
    let now = Utc::now() - TimeDelta::minutes(5);
    at_once(REPORTS, |task| {
        let (pool, number) = (pool.clone(), order[task]);
        async move {
            let client = pool.get().await.unwrap();
            let at = now + TimeDelta::seconds(i64::try_from(number).unwrap());
            let (status, milliseconds) = (format!("state {number}"), i32::try_from(number).unwrap());
            let report = servers::report_health();
            report.bind(&client, &"vie-1", &status, &Some(milliseconds), &NONE, &Some(at)).one().await.unwrap();
        }
    })
    .await;
    let newest = "SELECT COUNT(*) FROM server_status WHERE status = 'state 39' AND response_time_ms = 39";
    assert_eq!(scalar(&database, newest).await, 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM server_health").await, 40);
}

/// What a server's health report says, measured at a time or at its arrival.
async fn reported(client: &impl GenericClient, status: &str, measured_at: Option<DateTime<Utc>>) {
    servers::report_health().bind(client, &"vie-1", &status, &None, &NONE, &measured_at).one().await.expect("an id");
}

/// Whether `vie-1` is picked by the default policy, or why not.
async fn choice(client: &impl GenericClient) -> Result<(), Ineligible> {
    match pick(client, &PickOptions::anywhere(), &PickPolicy::default()).await.expect("an answer") {
        PickOutcome::Candidates(_) => Ok(()),
        PickOutcome::NoneEligible(why) => Err(why),
    }
}

fn only(reason: &str) -> String {
    format!("no server is eligible: 1 {reason}")
}

#[tokio::test]
async fn a_report_is_as_old_as_its_arrival_whatever_the_clock_of_its_sender_says() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    for behind in [100, 3_600, 86_400 * 365] {
        execute_sql(&database, "UPDATE server_status SET measured_at = NULL").await;
        reported(&client, "healthy", Some(Utc::now() - TimeDelta::seconds(behind))).await;
        assert_eq!(choice(&client).await, Ok(()), "{behind} s behind");
    }
    execute_sql(&database, "UPDATE server_status SET reported_at = NOW() - INTERVAL '91 seconds'").await;
    assert_eq!(choice(&client).await.unwrap_err().to_string(), only("silent"));
}

#[tokio::test]
async fn a_sender_whose_clock_goes_back_is_believed_after_half_a_minute() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    let behind = Utc::now() - TimeDelta::minutes(10);
    reported(&client, "healthy", Some(Utc::now())).await;
    reported(&client, "unhealthy", Some(behind)).await;
    assert_eq!(choice(&client).await, Ok(()), "it could be a report that was late");
    execute_sql(&database, "UPDATE server_status SET reported_at = NOW() - INTERVAL '31 seconds'").await;
    reported(&client, "unhealthy", Some(behind)).await;
    assert_eq!(choice(&client).await.unwrap_err().to_string(), only("unhealthy"));
}

#[tokio::test]
async fn a_stored_report_of_the_future_neither_beats_a_new_one_nor_keeps_a_server_in_the_choice() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    // The database's clock has gone back by 10 minutes since.
    let ahead = "UPDATE server_status SET status = 'healthy', healthy_reports = NULL,
                        reported_at = NOW() + INTERVAL '10 minutes', measured_at = NOW() + INTERVAL '10 minutes'";
    reported(&client, "healthy", None).await;
    execute_sql(&database, ahead).await;
    assert_eq!(choice(&client).await.unwrap_err().to_string(), only("silent"));
    reported(&client, "healthy", None).await;
    assert_eq!(choice(&client).await, Ok(()));
    execute_sql(&database, ahead).await;
    reported(&client, "unhealthy", Some(Utc::now() - TimeDelta::minutes(1))).await;
    assert_eq!(choice(&client).await.unwrap_err().to_string(), only("unhealthy"));
}

#[tokio::test]
async fn an_unhealthy_server_is_out_at_once_and_comes_back_after_several_healthy_reports() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    let mut seen = Vec::new();
    for status in ["healthy", "unhealthy", "healthy", "unhealthy", "healthy", "healthy", "healthy", "degraded"] {
        reported(&client, status, None).await;
        seen.push(choice(&client).await.err().map(|why| why.to_string()));
    }
    let (unhealthy, recovering) = (Some(only("unhealthy")), Some(only("recovering")));
    let expected = [None, unhealthy.clone(), recovering.clone(), unhealthy.clone(), recovering, None, None, unhealthy];
    assert_eq!(seen, expected);

    // What only had no reports needs one.
    for _ in 0..2 {
        reported(&client, "healthy", None).await;
    }
    execute_sql(&database, "UPDATE server_status SET reported_at = NOW() - INTERVAL '10 minutes'").await;
    assert_eq!(choice(&client).await.unwrap_err().to_string(), only("silent"));
    reported(&client, "healthy", None).await;
    assert_eq!(choice(&client).await, Ok(()));

    reported(&client, "unreachable", None).await;
    reported(&client, "healthy", None).await;
    for (min_healthy_reports, candidates) in [(0, 1), (1, 1), (2, 0), (u16::MAX, 0)] {
        let policy = PickPolicy { min_healthy_reports, ..PickPolicy::default() };
        let picked = pick(&client, &PickOptions::anywhere(), &policy).await.unwrap().into_candidates();
        assert_eq!(picked.len(), candidates, "{min_healthy_reports}");
    }
}

#[tokio::test]
async fn reports_of_an_earlier_release_count_as_healthy_too() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    reported(&client, "unhealthy", None).await;
    let earlier = "INSERT INTO server_status (server_id, status, reported_at) VALUES ('vie-1', 'healthy', NOW())
                   ON CONFLICT (server_id) DO UPDATE SET status = EXCLUDED.status, reported_at = EXCLUDED.reported_at";
    execute_sql(&database, earlier).await;
    assert_eq!(choice(&client).await.unwrap_err().to_string(), only("recovering"));
    execute_sql(&database, earlier).await;
    assert_eq!(choice(&client).await, Ok(()));
}
