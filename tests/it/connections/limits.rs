//! The limit of connections per user: what counts, whose limit it is, and what happens at it.

use std::{num::NonZero, time::Duration};

use barqnet_db::{
    connections::{AtLimit, CloseReason, ConnectionPolicy, OpenOutcome, Replaced, open},
    pool::Pool,
    queries::{connections, servers::ReportHealthParams, users},
    servers::Health,
};
use barqnet_db_testing::TestDatabase;

use super::support::{bare, found, state, statistics};
use crate::common::{
    execute_sql, migrated_database, miscounted_connections, scalar, send_heartbeat, server, set_live_connections, user,
};

pub(super) fn at_most(max: u32, at_limit: AtLimit) -> ConnectionPolicy {
    ConnectionPolicy { max_connections_per_user: NonZero::new(max), at_limit, ..ConnectionPolicy::default() }
}

async fn opens(pool: &Pool, server_id: &str, policy: &ConnectionPolicy) -> OpenOutcome {
    open(pool, &bare("ada", server_id), policy).await.expect("an answer")
}

async fn opened(pool: &Pool, server_id: &str, policy: &ConnectionPolicy) -> (i64, Vec<i64>) {
    match opens(pool, server_id, policy).await {
        OpenOutcome::Opened { id, ended, .. } => (id, ended.into_iter().map(|ended| ended.id).collect()),
        other => panic!("{other:?}"),
    }
}

/// As if nothing had been heard of a server and its connections for two minutes.
pub(super) async fn falls_silent(database: &TestDatabase, server_id: &str) {
    for change in [
        "UPDATE vpn_connections SET last_activity = last_activity - INTERVAL '2 minutes'",
        "UPDATE server_status SET heard_at = heard_at - INTERVAL '2 minutes'",
    ] {
        execute_sql(database, &format!("{change} WHERE server_id = '{server_id}'")).await;
    }
}

async fn reports(pool: &Pool, server_id: &str, status: Health) {
    let report = ReportHealthParams {
        server_id,
        status,
        response_time_ms: None,
        error_message: None::<&str>,
        measured_at: None,
    };
    let client = pool.get().await.unwrap();
    barqnet_db::queries::servers::report_health().params(&client, &report).one().await.unwrap();
}

#[tokio::test]
async fn a_user_of_a_silent_server_connects_elsewhere_at_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    for at_limit in [AtLimit::Refuse, AtLimit::EndOldest] {
        let one = at_most(1, at_limit);
        let (lost, _) = opened(&pool, "node-1", &one).await;
        falls_silent(&database, "node-1").await;
        let (id, ended) = opened(&pool, "node-2", &one).await;
        assert_eq!(ended, Vec::<i64>::new(), "the tunnel can be up although no reports arrive");
        let client = pool.get().await.unwrap();
        assert!(state(&client, lost).await.is_live() && state(&client, id).await.is_live());
        connections::close_all_for_user().bind(&client, &"ada", &CloseReason::Administrator).all().await.unwrap();
    }
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn a_connection_that_its_own_server_reports_no_more_does_not_count() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    let one = at_most(1, AtLimit::Refuse);
    opened(&pool, "node-1", &one).await;
    execute_sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '91 seconds'").await;
    let (id, _) = opened(&pool, "node-1", &one).await;
    assert!(matches!(opens(&pool, "node-1", &one).await, OpenOutcome::LimitReached { .. }));
    // As long as the policy says.
    execute_sql(
        &database,
        &format!("UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '91 seconds' WHERE id = {id}"),
    )
    .await;
    let patient = ConnectionPolicy { silent_after: Duration::from_mins(4), ..one };
    assert!(matches!(opens(&pool, "node-2", &patient).await, OpenOutcome::LimitReached { .. }));
    opened(&pool, "node-2", &one).await;
}

#[tokio::test]
async fn connections_of_servers_that_serve_none_do_not_count() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let one = at_most(1, AtLimit::Refuse);
    for (status, counts) in
        [(Health::Healthy, true), (Health::Degraded, true), (Health::Unhealthy, false), (Health::Unreachable, false)]
    {
        server(&client, "node-1").await;
        opened(&pool, "node-1", &one).await;
        reports(&pool, "node-1", status).await;
        let outcome = opens(&pool, "node-2", &one).await;
        assert_eq!(matches!(outcome, OpenOutcome::LimitReached { .. }), counts, "{status}: {outcome:?}");
        assert_eq!(matches!(outcome, OpenOutcome::Opened { .. }), !counts, "{status}: {outcome:?}");
        reports(&pool, "node-1", Health::Healthy).await;
        connections::close_all_for_user().bind(&client, &"ada", &CloseReason::Administrator).all().await.unwrap();
    }
    for (change, counts) in [("draining = TRUE", true), ("draining = FALSE, enabled = FALSE", false)] {
        execute_sql(&database, "UPDATE servers SET draining = FALSE, enabled = TRUE").await;
        opened(&pool, "node-1", &one).await;
        execute_sql(&database, &format!("UPDATE servers SET {change}")).await;
        let outcome = opens(&pool, "node-2", &one).await;
        assert_eq!(matches!(outcome, OpenOutcome::LimitReached { .. }), counts, "{change}: {outcome:?}");
        connections::close_all_for_user().bind(&client, &"ada", &CloseReason::Administrator).all().await.unwrap();
    }
}

#[tokio::test]
async fn connections_of_a_server_that_comes_back_count_again_at_the_next_opening() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let refuse = at_most(1, AtLimit::Refuse);
    let (first, _) = opened(&pool, "node-1", &refuse).await;
    falls_silent(&database, "node-1").await;
    let (second, _) = opened(&pool, "node-2", &refuse).await;
    let report = send_heartbeat(&client, "node-1", 1, (first, 1), (100, 200)).await;
    assert_eq!(report.applied, [first], "its tunnel was up all the time");
    let OpenOutcome::LimitReached { active } = opens(&pool, "node-3", &refuse).await else { panic!("two count") };
    assert_eq!(active.iter().map(|connection| connection.id).collect::<Vec<_>>(), [second, first]);
    let (_, ended) = opened(&pool, "node-3", &at_most(1, AtLimit::EndOldest)).await;
    assert_eq!(ended, [first, second]);
    assert_eq!(connections::count_active_by_user().bind(&client, &"ada").one().await.unwrap(), 1);
    assert_eq!((statistics(&database).await, miscounted_connections(&database).await), ((2, 2), 0));
}

#[tokio::test]
async fn at_the_limit_the_connection_that_was_opened_first_ends_or_the_new_one_is_refused() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let two = at_most(2, AtLimit::EndOldest);
    let (first, _) = opened(&pool, "node-1", &two).await;
    let (second, _) = opened(&pool, "node-2", &two).await;
    let outcome = opens(&pool, "node-3", &at_most(2, AtLimit::Refuse)).await;
    let OpenOutcome::LimitReached { active } = outcome else { panic!("{outcome:?}") };
    assert_eq!(active.len(), 2);
    let OpenOutcome::Opened { superseded: None, ended, .. } = opens(&pool, "node-3", &two).await else {
        panic!("the first one ends")
    };
    assert_eq!(ended, [Replaced { id: first, server_id: "node-1".to_owned() }]);
    let gone = found(&client, first).await;
    assert_eq!((gone.status.as_str(), gone.disconnect_reason.as_deref()), ("disconnected", Some("connection_limit")));
    assert!(state(&client, second).await.is_live());
    let report = send_heartbeat(&client, "node-1", 1, (first, 1), (1, 1)).await;
    assert_eq!(
        report.closed.iter().map(|closed| closed.connection_id).collect::<Vec<_>>(),
        [first],
        "its node learns it"
    );
    // A limit that was lowered ends as many as it takes.
    let (_, ended) = opened(&pool, "node-4", &at_most(1, AtLimit::EndOldest)).await;
    assert_eq!(ended.len(), 2);
    assert_eq!((statistics(&database).await, miscounted_connections(&database).await), ((3, 3), 0));
    // By default nobody is locked out.
    for node in 0..8 {
        opened(&pool, &format!("node-{node}"), &ConnectionPolicy::default()).await;
    }
    assert_eq!(connections::count_active_by_user().bind(&client, &"ada").one().await.unwrap(), 5);
}

#[tokio::test]
async fn a_limit_of_the_users_own_counts_instead_of_the_policys() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let unlimited =
        ConnectionPolicy { at_limit: AtLimit::Refuse, max_connections_per_user: None, ..at_most(1, AtLimit::Refuse) };
    for (own, policy, allowed) in [
        (Some(3), at_most(1, AtLimit::Refuse), 3),
        (Some(2), unlimited, 2),
        (Some(0), unlimited, 0),
        (Some(0), at_most(9, AtLimit::EndOldest), 0),
        (None, at_most(1, AtLimit::Refuse), 1),
    ] {
        assert_eq!(users::set_limits().bind(&client, &own, &None, &"ada").await.unwrap(), 1);
        let mut count = 0;
        while let OpenOutcome::Opened { .. } = opens(&pool, &format!("node-{count}"), &policy).await {
            count += 1;
        }
        assert_eq!(count, allowed, "{own:?}");
        connections::close_all_for_user().bind(&client, &"ada", &CloseReason::Administrator).all().await.unwrap();
    }
    let limits = users::limits().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((limits.max_connections, limits.max_devices), (None, None));
    let error = users::set_limits().bind(&client, &Some(-1), &None, &"ada").await.unwrap_err();
    assert_eq!(error.constraint(), Some("chk_users_limits"));
}

#[tokio::test]
async fn a_server_that_is_not_registered_is_accepted_or_refused_by_the_policy() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    server(&client, "node-1").await;
    opened(&pool, "node-2", &ConnectionPolicy::default()).await;
    let strict = ConnectionPolicy { accepts_unknown_servers: false, ..ConnectionPolicy::default() };
    let outcome = opens(&pool, "node-2", &strict).await;
    assert!(matches!(outcome, OpenOutcome::UnknownServer), "{outcome:?}");
    opened(&pool, "node-1", &strict).await;
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 2);
}

#[tokio::test]
async fn an_opening_that_is_refused_takes_no_id_and_changes_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    server(&client, "small").await;
    let (first, _) = opened(&pool, "node-1", &ConnectionPolicy::default()).await;
    let before = scalar(&database, "SELECT last_value FROM vpn_connections_id_seq").await;
    let refuse = at_most(1, AtLimit::Refuse);
    let strict = ConnectionPolicy { accepts_unknown_servers: false, ..ConnectionPolicy::default() };
    execute_sql(&database, "UPDATE servers SET max_users = 3").await;
    set_live_connections(&database, "small", 3).await;
    for (server_id, policy) in [
        ("node-2", refuse),
        ("node-2", strict),
        ("small", ConnectionPolicy::default()),
        // What would make room for the user changes nothing either, if the server is full.
        ("small", at_most(1, AtLimit::EndOldest)),
    ] {
        let outcome = opens(&pool, server_id, &policy).await;
        assert!(!matches!(outcome, OpenOutcome::Opened { .. }), "{server_id}: {outcome:?}");
    }
    execute_sql(&database, "UPDATE servers SET draining = TRUE").await;
    assert!(matches!(
        opens(&pool, "small", &ConnectionPolicy::default()).await,
        OpenOutcome::ServerFull { capacity: 0 }
    ));
    open(&pool, &bare("nobody", "node-1"), &ConnectionPolicy::default()).await.unwrap();
    assert_eq!(scalar(&database, "SELECT last_value FROM vpn_connections_id_seq").await, before);
    assert!(state(&client, first).await.is_live());
    assert_eq!(statistics(&database).await, (0, 0));
}
