//! The plan of a user: start, end, history.

use barqnet_db::{
    connections::{CloseReason, Closed, OpenOutcome},
    maintenance::{MaintenancePolicy, run, task},
    plans::{self, AssignOutcome, Limits, NewPlan, PlanStart, PlanTerm, Refusal},
    pool::Pool,
    queries::users,
};
use chrono::{TimeDelta, Utc};

use super::support::{assigned, days, opened, plan, try_to_open, unlimited};
use crate::common::{execute_sql, migrated_database, miscounted_connections, scalar, send_heartbeat, user};

/// Runs the task that ends plans, and returns how many.
async fn ended(pool: &Pool) -> u64 {
    let report = run(pool, &MaintenancePolicy::default(), &[task("ended-plans").expect("a task")], &mut |_| {}).await;
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    report.tasks[0].done
}

#[tokio::test]
async fn a_plan_starts_with_the_first_connection_and_its_days_run_from_there() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let month = plan(&client, "month", &Limits::default()).await;
    let waiting = assigned(&client, "ada", &days(month, PlanStart::FirstConnection, 30)).await;
    assert_eq!((waiting.starts_at, waiting.ends_at), (None, None));
    let before = Utc::now();
    let id = opened(&pool, "ada", "node-1").await;
    let current = plans::of_user(&client, "ada").await.unwrap().expect("a plan");
    let (starts, ends) = (current.starts_at.expect("it started"), current.ends_at.expect("it ends"));
    assert!((starts - before).abs() < TimeDelta::minutes(10));
    assert_eq!(ends - starts, TimeDelta::hours(720));
    assert_eq!((current.id, current.plan_id, current.plan_name.as_str()), (waiting.user_plan_id, month, "month"));
    opened(&pool, "ada", "node-1").await;
    let later = plans::of_user(&client, "ada").await.unwrap().expect("a plan");
    assert_eq!((later.starts_at, later.ends_at), (Some(starts), Some(ends)), "once");
    // Whoever is connected has had the first connection.
    let again = assigned(&client, "ada", &days(month, PlanStart::FirstConnection, 30)).await;
    assert!(again.starts_at.expect("it started") > starts);
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await.applied, [id]);
}

#[tokio::test]
async fn an_opening_that_is_refused_starts_no_plan() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let local = plan(&client, "local", &Limits { locations: &[1], ..Limits::default() }).await;
    assigned(&client, "ada", &days(local, PlanStart::FirstConnection, 30)).await;
    assert!(matches!(try_to_open(&pool, "ada", "node-1").await, OpenOutcome::RefusedByPlan(_)));
    plans::update(&client, local, "none", &Limits { max_connections: Some(0), ..Limits::default() }).await.unwrap();
    assert!(matches!(try_to_open(&pool, "ada", "node-1").await, OpenOutcome::LimitReached { .. }));
    assert_eq!(plans::of_user(&client, "ada").await.unwrap().expect("a plan").starts_at, None);
}

#[tokio::test]
async fn a_plan_that_can_not_be_assigned_is_an_outcome_and_changes_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let month = plan(&client, "month", &Limits::default()).await;
    assigned(&client, "ada", &unlimited(month)).await;
    let over = NewPlan { term: PlanTerm::Until(Utc::now() - TimeDelta::hours(1)), ..unlimited(month) };
    for (name, new, expected) in [
        ("bob", unlimited(month), AssignOutcome::NoAccount),
        ("ada", unlimited(0), AssignOutcome::NoPlan),
        ("ada", over, AssignOutcome::InvalidTerm),
        ("ada", days(month, PlanStart::Now, plans::MAX_DAYS + 1), AssignOutcome::InvalidTerm),
    ] {
        assert_eq!(plans::assign(&client, name, &new).await.unwrap(), expected);
    }
    assert_eq!(plans::history(&client, "ada", i64::MAX, 10).await.unwrap().len(), 1);
    assigned(&client, "ada", &days(month, PlanStart::Now, plans::MAX_DAYS)).await;
    for (name, expected) in [("bob", false), ("ada", true)] {
        assert_eq!(plans::unassign(&client, name).await.unwrap(), expected);
        assert!(!plans::cancel(&client, name).await.unwrap());
        assert!(!plans::unassign(&client, name).await.unwrap());
    }
}

#[tokio::test]
async fn what_a_user_had_stays_in_the_history_in_pages() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let month = plan(&client, "month", &Limits::default()).await;
    let mut ids = Vec::new();
    for by in 0..5 {
        ids.push(assigned(&client, "ada", &NewPlan { assigned_by: Some(by), ..unlimited(month) }).await.user_plan_id);
    }
    ids.reverse();
    let first = plans::history(&client, "ada", i64::MAX, 3).await.unwrap();
    let rest = plans::history(&client, "ada", first[2].id, 3).await.unwrap();
    let all: Vec<_> = first.iter().chain(&rest).collect();
    assert_eq!(all.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids);
    assert_eq!(all.iter().map(|entry| entry.assigned_by).collect::<Vec<_>>(), [4, 3, 2, 1, 0].map(Some));
    assert_eq!(all.iter().filter(|entry| entry.replaced_at.is_none()).count(), 1);
    assert_eq!(all[1].replaced_at, Some(all[0].assigned_at), "without a gap");
}

#[tokio::test]
async fn a_plan_that_ends_ends_connections_and_not_sessions_and_refuses_others() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let month = plan(&client, "month", &Limits::default()).await;
    let insert = format!(
        "INSERT INTO user_sessions (user_id, token_hash, expires_at) VALUES ({ada}, 'hash', NOW() + INTERVAL '1 day')"
    );
    execute_sql(&database, &insert).await;
    for way in ["heartbeat", "maintenance", "cancelled"] {
        assigned(&client, "ada", &days(month, PlanStart::Now, 30)).await;
        let (id, other) = (opened(&pool, "ada", "node-1").await, opened(&pool, "ada", "node-2").await);
        send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
        if way == "cancelled" {
            assert!(plans::cancel(&client, "ada").await.unwrap());
        } else {
            // As the time would.
            execute_sql(
                &database,
                "UPDATE user_plans SET starts_at = NOW() - INTERVAL '31 days', ends_at = NOW() - INTERVAL '1 day'
                                    WHERE replaced_at IS NULL",
            )
            .await;
            execute_sql(
                &database,
                "UPDATE vpn_connections SET account_expires_at = NOW() - INTERVAL '1 day'
                                    WHERE status IN ('connecting', 'connected')",
            )
            .await;
        }
        if way == "maintenance" {
            assert_eq!(ended(&pool).await, 1);
        }
        let gone = Closed { connection_id: id, reason: Some(CloseReason::PlanEnded) };
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 2), (150, 250)).await.closed, [gone], "{way}");
        if way == "heartbeat" {
            assert_eq!(ended(&pool).await, 1, "the other one");
        }
        assert_eq!(ended(&pool).await, 0, "once");
        let gone = Closed { connection_id: other, reason: Some(CloseReason::PlanEnded) };
        assert_eq!(send_heartbeat(&client, "node-2", 1, (other, 1), (0, 0)).await.closed, [gone], "{way}");
        let outcome = try_to_open(&pool, "ada", "node-1").await;
        assert!(matches!(outcome, OpenOutcome::RefusedByPlan(Refusal::PlanEnded)), "{way}: {outcome:?}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM user_sessions WHERE NOT revoked").await, 1);
    assert_eq!(miscounted_connections(&database).await, 0);
    assert!(plans::unassign(&client, "ada").await.unwrap());
    opened(&pool, "ada", "node-1").await;
}

#[tokio::test]
async fn the_earlier_one_of_plan_and_account_ends_a_connection_for_its_reason() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let month = plan(&client, "month", &Limits::default()).await;
    let holds = async |at: &str| {
        let expiry = format!("SELECT {at} FROM user_plans a WHERE a.user_id = {ada} AND a.replaced_at IS NULL");
        let same = "account_expires_at IS NOT DISTINCT FROM";
        scalar(&database, &format!("SELECT COUNT(*) FROM vpn_connections WHERE {same} ({expiry})")).await == 1
    };
    let id = opened(&pool, "ada", "node-1").await;
    assigned(&client, "ada", &days(month, PlanStart::Now, 30)).await;
    assert!(holds("a.ends_at").await);
    users::set_expiry().bind(&client, &Some(Utc::now() + TimeDelta::days(60)), &"ada").await.unwrap();
    assert!(holds("a.ends_at").await, "a later expiry does not prolong the plan");
    users::set_expiry().bind(&client, &Some(Utc::now() + TimeDelta::days(1)), &"ada").await.unwrap();
    assert!(holds("(SELECT u.expires_at FROM users u WHERE u.id = a.user_id)").await);
    assigned(&client, "ada", &unlimited(month)).await;
    users::set_expiry().bind(&client, &None, &"ada").await.unwrap();
    assert!(holds("NULL::TIMESTAMPTZ").await);
    execute_sql(&database, "UPDATE users SET expires_at = NOW() - INTERVAL '1 hour'").await;
    let gone = Closed { connection_id: id, reason: Some(CloseReason::AccountExpired) };
    assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await.closed, [gone]);
}

#[tokio::test]
async fn an_account_that_is_erased_keeps_its_plans_under_the_pseudonym_and_is_in_no_list() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let daily = plan(&client, "daily", &Limits { max_bytes_per_day: Some(100), ..Limits::default() }).await;
    assigned(&client, "ada", &days(daily, PlanStart::Now, 1)).await;
    let id = opened(&pool, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (90, 0)).await;
    let start = plans::of_user(&client, "ada").await.unwrap().unwrap().starts_at.unwrap();
    let soon = async || {
        let until = Utc::now() + TimeDelta::days(2);
        let ending = plans::ends_soon(&client, (Utc::now(), until), 10, None).await.unwrap().rows.len();
        (ending, plans::runs_out_soon(&client, 80, 0, 10).await.unwrap().len())
    };
    assert_eq!(soon().await, (1, 1));
    let erased =
        barqnet_db::users::erase(&pool, "ada", &crate::common::number_keys()).await.unwrap().expect("an account");
    assert_eq!(soon().await, (0, 0));
    assert_eq!(plans::history(&client, &erased.pseudonym, i64::MAX, 10).await.unwrap().len(), 1);
    let used = barqnet_db::usage::since(&client, &erased.pseudonym, start).await.unwrap();
    assert_eq!((used.since, used.bytes_received), (start, 90), "usage survives");
    assert_eq!(plans::history(&client, "ada", i64::MAX, 10).await.unwrap(), []);
}
