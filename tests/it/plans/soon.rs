//! Who is to be reminded: plans that end, quotas that run out.

use barqnet_db::plans::{self, Limits, NewPlan, PlanStart, PlanTerm};
use chrono::{DateTime, TimeDelta, Utc};

use super::support::{assigned, days, opened, plan, unlimited};
use crate::common::{execute_sql, migrated_database, send_heartbeat, user};

#[tokio::test]
async fn plans_that_end_soon_come_in_pages_by_their_end() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let month = plan(&client, "month", &Limits::default()).await;
    let now = Utc::now();
    let same: DateTime<Utc> = now + TimeDelta::hours(50);
    for (name, hours) in [("late", 100), ("third", 50), ("first", 10), ("second", 50), ("fourth", 72)] {
        user(&client, name).await;
        let until = if hours == 50 { same } else { now + TimeDelta::hours(hours) };
        assigned(&client, name, &NewPlan { term: PlanTerm::Until(until), ..unlimited(month) }).await;
    }
    for (name, new) in [("endless", unlimited(month)), ("waiting", days(month, PlanStart::FirstConnection, 1))] {
        user(&client, name).await;
        assigned(&client, name, &new).await;
    }
    for name in ["closed", "replaced", "cancelled"] {
        user(&client, name).await;
        assigned(&client, name, &days(month, PlanStart::Now, 1)).await;
    }
    execute_sql(&database, "UPDATE users SET active = FALSE WHERE username = 'closed'").await;
    assigned(&client, "replaced", &unlimited(month)).await;
    assert!(plans::cancel(&client, "cancelled").await.unwrap());
    let mut cursor = None;
    let mut names = Vec::new();
    loop {
        let page = plans::ends_soon(&client, (now, now + TimeDelta::hours(80)), 2, cursor.as_ref()).await.unwrap();
        names.extend(page.rows.into_iter().map(|ending| ending.username));
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(names, ["first", "third", "second", "fourth"]);
}

#[tokio::test]
async fn quotas_that_run_out_soon_come_in_pages_by_id() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let daily = plan(&client, "daily", &Limits { max_bytes_per_day: Some(1000), ..Limits::default() }).await;
    for (name, bytes) in
        [("none", 0), ("half", 520), ("most", 810), ("nearly", 990), ("all", 1200), ("closed", 900), ("past", 900)]
    {
        user(&client, name).await;
        assigned(&client, name, &unlimited(daily)).await;
        let id = opened(&pool, name, "node-1").await;
        send_heartbeat(&client, "node-1", 1, (id, 1), (bytes, 0)).await;
    }
    execute_sql(&database, "UPDATE users SET active = FALSE WHERE username = 'closed'").await;
    let past = "UPDATE user_plans SET resets_at = NOW() - INTERVAL '1 second'
                WHERE user_id = (SELECT id FROM users WHERE username = 'past')";
    execute_sql(&database, past).await;
    for (percent, expected) in
        [(0, &["half", "most", "nearly", "all"][..]), (80, &["most", "nearly", "all"]), (100, &["all"]), (101, &[])]
    {
        let mut after_id = 0;
        let mut names = Vec::new();
        loop {
            let page = plans::runs_out_soon(&client, percent, after_id, 1).await.unwrap();
            let Some(last) = page.last() else { break };
            after_id = last.user_plan_id;
            names.extend(page.into_iter().map(|share| share.username));
        }
        assert_eq!(names, expected, "{percent} %");
    }
}

/// The share is that of the last check, and a connection is checked after a twentieth of the quota.
#[tokio::test]
async fn a_share_is_at_most_a_twentieth_of_the_quota_old() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let daily = plan(&client, "daily", &Limits { max_bytes_per_day: Some(100_000), ..Limits::default() }).await;
    assigned(&client, "ada", &unlimited(daily)).await;
    let id = opened(&pool, "ada", "node-1").await;
    for sequence in 1..60 {
        let bytes = 1670 * u64::try_from(sequence).unwrap();
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, sequence), (bytes, 0)).await.applied, [id]);
        let share = plans::runs_out_soon(&client, 50, 0, 1).await.unwrap();
        match share.first() {
            Some(share) => {
                let behind = i64::try_from(bytes).unwrap() - i64::from(share.used_permille) * 100;
                assert!((0..=5_100).contains(&behind), "{bytes}: {share:?}");
            }
            None => assert!(bytes < 55_100, "{bytes}"),
        }
    }
}
