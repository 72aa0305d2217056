//! Each act does what it says, once, and leaves one entry.

use barqnet_db::{
    connections::CloseReason,
    plans::{AssignOutcome, CreateOutcome, Limits, NewPlan, PlanStart, PlanTerm, UpdateOutcome, of_user},
    queries::{audit, users},
    roles::{ActOutcome, Permission, Role, Scope},
};

use super::support::{acts, trail, with_role};
use crate::common::{
    at_once, connection, deadlocks, execute_sql, migrated_database, pool_of, scalar, send_heartbeat, text_rows, user,
};

#[tokio::test]
async fn every_act_is_recorded_with_actor_address_service_and_subject() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let admin = with_role(&client, Role::Admin).await;
    let ada = user(&client, "ada").await;
    let acting = acts(&pool, admin);
    let created = acting.create_plan("gold", &Limits::default()).await.unwrap();
    let ActOutcome::Done(CreateOutcome::Created(gold)) = created else { panic!("{created:?}") };
    let taken = acting.create_plan("gold", &Limits::default()).await.unwrap();
    assert_eq!(taken, ActOutcome::Done(CreateOutcome::NameTaken), "and the entry stays");
    let unknown = Limits { locations: &[9999], ..Limits::default() };
    let refused = acting.update_plan(gold, "gold", &unknown).await.unwrap();
    assert_eq!(refused, ActOutcome::Done(UpdateOutcome::UnknownLocation));
    let updated = acting.update_plan(gold, "golden", &Limits::default()).await.unwrap();
    assert_eq!(updated, ActOutcome::Done(UpdateOutcome::Updated));
    let new = NewPlan { plan_id: gold, start: PlanStart::Now, term: PlanTerm::Unlimited, assigned_by: None };
    let assigned = acting.assign_plan("ada", &new).await.unwrap();
    assert!(matches!(assigned, ActOutcome::Done(AssignOutcome::Assigned(_))), "{assigned:?}");
    assert_eq!(of_user(&client, "ada").await.unwrap().expect("a plan").assigned_by, Some(admin));
    assert!(matches!(acting.user("ada").await.unwrap(), ActOutcome::Done(Some(user)) if user.id == ada));
    let insert = format!(
        "INSERT INTO user_sessions (user_id, token_hash, expires_at) VALUES ({ada}, 'hash', NOW() + INTERVAL '1 day')"
    );
    execute_sql(&database, &insert).await;
    assert_eq!(acting.end_sessions("ada").await.unwrap(), ActOutcome::Done(1));
    let id = connection(&client, "ada", "node-1").await;
    let closed = acting.end_connections("ada").await.unwrap();
    assert!(matches!(&closed, ActOutcome::Done(closed) if closed.len() == 1), "{closed:?}");
    let told = send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await.closed;
    assert_eq!(told[0].reason, Some(CloseReason::Administrator));
    assert_eq!(acting.cancel_plan("ada").await.unwrap(), ActOutcome::Done(true));
    assert_eq!(acting.unassign_plan("ada").await.unwrap(), ActOutcome::Done(true));
    assert_eq!(acting.change_role("ada", Role::Support).await.unwrap(), ActOutcome::Done(Some(0)));
    assert_eq!(acting.deactivate("ada").await.unwrap(), ActOutcome::Done(Some(vec![])));
    assert!(!users::by_id().bind(&client, &ada).one().await.unwrap().active);
    assert_eq!(acting.reactivate("ada").await.unwrap(), ActOutcome::Done(()));
    assert!(users::by_id().bind(&client, &ada).one().await.unwrap().active);
    assert_eq!(
        acting.grant(Role::Support, Permission::AssignPlans, Scope::Created).await.unwrap(),
        ActOutcome::Done(())
    );
    assert_eq!(acting.revoke(Role::Support, Permission::AssignPlans).await.unwrap(), ActOutcome::Done(true));
    let by = "admin 192.0.2.7 console";
    assert_eq!(
        trail(&database).await,
        [
            format!("change_plans {by} - create plan \"gold\""),
            format!("change_plans {by} - create plan \"gold\""),
            format!("change_plans {by} - change plan {gold}"),
            format!("change_plans {by} - change plan {gold}"),
            format!("assign_plans {by} ada assign plan {gold}"),
            format!("read_users {by} ada"),
            format!("end_sessions {by} ada"),
            format!("end_connections {by} ada"),
            format!("assign_plans {by} ada cancel plan"),
            format!("assign_plans {by} ada take plan away"),
            format!("change_roles {by} ada role support"),
            format!("deactivate_users {by} ada deactivate"),
            format!("deactivate_users {by} ada reactivate"),
            format!("change_roles {by} - grant assign_plans to support, Created"),
            format!("change_roles {by} - revoke assign_plans from support"),
        ]
    );
    let about = audit::by_subject().bind(&client, &ada, &i64::MAX, &100).all().await.unwrap();
    assert_eq!((about.len(), about[0].subject_id), (9, Some(ada)));
}

#[tokio::test]
async fn the_record_of_an_act_names_neither_person_after_their_erasure() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let admin = with_role(&client, Role::Admin).await;
    let ada = user(&client, "ada-lovelace").await;
    assert_eq!(acts(&pool, admin).deactivate("ada-lovelace").await.unwrap(), ActOutcome::Done(Some(vec![])));
    assert_eq!(acts(&pool, ada).deactivate("admin").await.unwrap(), ActOutcome::Refused);
    let erased = barqnet_db::users::erase(&pool, "ada-lovelace", &crate::common::number_keys())
        .await
        .unwrap()
        .expect("an account");
    let rows = text_rows(&database.client().await, "SELECT a::TEXT FROM audit_log a ORDER BY a.id").await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| !row.contains("ada-lovelace")), "{rows:?}");
    assert!(rows[1].contains(&erased.pseudonym), "{rows:?}");
    let about = audit::by_subject().bind(&client, &ada, &i64::MAX, &10).all().await.unwrap();
    assert_eq!(about.len(), 1, "what was done is still known");
}

#[tokio::test]
async fn an_act_that_fails_leaves_no_entry() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let admin = with_role(&client, Role::Admin).await;
    user(&client, "ada").await;
    execute_sql(&database, "ALTER TABLE users ADD CONSTRAINT stays CHECK (active) NOT VALID").await;
    acts(&pool, admin).deactivate("ada").await.unwrap_err();
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM audit_log").await, 0);
}

/// Two administrators who take the role of each other: one of them is too late, and neither waits for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_take_each_others_role_one_succeeds() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 4).await;
    let client = pool.get().await.unwrap();
    for round in 0..12 {
        let (one, other) = (format!("one-{round}"), format!("other-{round}"));
        let mut ids = Vec::new();
        for name in [&one, &other] {
            let id = user(&client, name).await;
            users::set_role().bind(&client, &Role::Admin, &id).await.unwrap();
            ids.push(id);
        }
        let outcomes = at_once(2, |task| {
            let (pool, actor, subject) = (pool.clone(), ids[task], [&other, &one][task].clone());
            async move { acts(&pool, actor).change_role(&subject, Role::User).await.unwrap() }
        })
        .await;
        let done = outcomes.iter().filter(|outcome| matches!(outcome, ActOutcome::Done(Some(0)))).count();
        let refused = outcomes.iter().filter(|outcome| **outcome == ActOutcome::Refused).count();
        assert_eq!((done, refused), (1, 1), "{outcomes:?}");
    }
    drop(client);
    pool.close();
    assert_eq!(deadlocks(&database).await, 0);
}
