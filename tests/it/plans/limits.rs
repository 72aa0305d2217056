//! What a plan allows: devices, connections, locations.

use std::num::NonZero;

use barqnet_db::{
    Coordinates,
    connections::{AtLimit, ConnectionPolicy, NewConnection, OpenOutcome, open},
    devices::{DevicePolicy, NewDevice, RegisterOutcome, register},
    locations,
    plans::{self, CreateOutcome, Limits, OverQuota, Refusal, UpdateOutcome},
    queries::{connections::OpenParams, servers, users},
    servers::{PickOptions, PickOutcome, PickPolicy, pick},
};

use super::support::{assigned, opened, plan, try_to_open, unlimited};
use crate::common::{execute_sql, migrated_database, scalar, server, user, without_limit};

#[tokio::test]
async fn a_plan_is_found_as_it_was_made_and_changed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let limits = Limits {
        max_devices: Some(2),
        max_connections: Some(1),
        max_bytes_per_day: Some(1 << 30),
        max_bytes_per_month: Some(u64::MAX),
        over_quota: OverQuota::TellNode,
        locations: &[3, 1, 3],
    };
    let small = plan(&client, "small", &limits).await;
    let found = &plans::list(&client).await.unwrap()[0];
    assert_eq!(
        (found.id, found.name.as_str(), found.max_devices, found.max_connections),
        (small, "small", Some(2), Some(1))
    );
    assert_eq!((found.max_bytes_per_day, found.max_bytes_per_month), (Some(1 << 30), Some(i64::MAX)));
    assert_eq!((found.ends_over_quota, found.locations.as_slice()), (false, &[1, 3][..]));
    let changed = Limits { locations: &[1, 2], ..Limits::default() };
    assert_eq!(plans::update(&client, small, "large", &changed).await.unwrap(), UpdateOutcome::Updated);
    let found = barqnet_db::queries::plans::by_id().bind(&client, &small).one().await.unwrap();
    assert_eq!((found.name.as_str(), found.max_devices, found.max_bytes_per_day), ("large", None, None));
    assert_eq!((found.ends_over_quota, found.locations.as_slice()), (true, &[1, 2][..]));
}

#[tokio::test]
async fn a_plan_that_can_not_be_made_is_an_outcome_and_leaves_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let none = Limits::default();
    let first = plan(&client, "first", &none).await;
    let second = plan(&client, "second", &none).await;
    let long = "ü".repeat(256);
    let elsewhere = Limits { locations: &[1, 9999], ..none };
    for (name, limits, created, updated) in [
        ("first", &none, CreateOutcome::NameTaken, UpdateOutcome::NameTaken),
        ("third", &elsewhere, CreateOutcome::UnknownLocation, UpdateOutcome::UnknownLocation),
        ("", &none, CreateOutcome::InvalidName, UpdateOutcome::InvalidName),
        ("a\0b", &none, CreateOutcome::InvalidName, UpdateOutcome::InvalidName),
        (&long, &none, CreateOutcome::InvalidName, UpdateOutcome::InvalidName),
    ] {
        assert_eq!(plans::create(&client, name, limits).await.unwrap(), created, "{name}");
        assert_eq!(plans::update(&client, second, name, limits).await.unwrap(), updated, "{name}");
    }
    assert_eq!(plans::update(&client, 0, "third", &none).await.unwrap(), UpdateOutcome::NoPlan);
    let names: Vec<_> = plans::list(&client).await.unwrap().into_iter().map(|plan| (plan.id, plan.name)).collect();
    assert_eq!(names, [(first, "first".to_owned()), (second, "second".to_owned())]);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM plan_locations").await, 0);
    plan(&client, &long[2..], &none).await;
}

#[tokio::test]
async fn the_lower_one_of_two_limits_of_connections_counts() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for (of_plan, of_user, of_policy, expected) in [
        (None, None, None, 4),
        (Some(2), None, None, 2),
        (Some(2), None, Some(3), 2),
        (Some(3), None, Some(2), 2),
        (Some(2), Some(3), Some(1), 2),
        (Some(3), Some(2), None, 2),
        (Some(0), Some(3), Some(3), 0),
    ] {
        let limits = Limits { max_connections: of_plan, ..Limits::default() };
        let name = format!("{of_plan:?} {of_user:?} {of_policy:?}");
        assigned(&client, "ada", &unlimited(plan(&client, &name, &limits).await)).await;
        users::set_limits().bind(&client, &of_user, &None, &"ada").await.unwrap();
        let policy = ConnectionPolicy {
            max_connections_per_user: of_policy.and_then(NonZero::new),
            at_limit: AtLimit::Refuse,
            ..ConnectionPolicy::default()
        };
        let new = NewConnection { username: "ada", server_id: "node-1", ..NewConnection::default() };
        let mut count = 0;
        for _ in 0..4 {
            match open(&pool, &new, &policy).await.unwrap() {
                OpenOutcome::Opened { .. } => count += 1,
                OpenOutcome::LimitReached { .. } => {}
                other => panic!("{name}: {other:?}"),
            }
        }
        assert_eq!(count, expected, "{name}");
        let close = barqnet_db::queries::connections::close_all_for_user();
        close.bind(&client, &"ada", &"administrator").all().await.unwrap();
    }
}

#[tokio::test]
async fn the_lower_one_of_two_limits_of_devices_counts() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (name, of_plan, of_user, of_policy, expected) in [
        ("none", None, None, None, 4),
        ("plan", Some(2), None, Some(3), 2),
        ("policy", Some(3), None, Some(2), 2),
        ("account", Some(3), Some(1), Some(2), 1),
    ] {
        let ada = user(&client, name).await;
        let limits = Limits { max_devices: of_plan, ..Limits::default() };
        assigned(&client, name, &unlimited(plan(&client, name, &limits).await)).await;
        users::set_limits().bind(&client, &None, &of_user, &name).await.unwrap();
        let policy = DevicePolicy { max_devices: of_policy.and_then(NonZero::new), at_limit: AtLimit::Refuse };
        let mut count = 0;
        for key in ["a", "b", "c", "d"] {
            let new = NewDevice { key, ..NewDevice::default() };
            match register(&pool, ada, &new, &policy).await.unwrap() {
                RegisterOutcome::Registered(_) => count += 1,
                RegisterOutcome::LimitReached => {}
                other => panic!("{name}: {other:?}"),
            }
        }
        assert_eq!(count, expected, "{name}");
    }
}

/// Servers `here` and `there` at the first two locations, and `nowhere`.
async fn three_servers(client: &impl barqnet_db::client::GenericClient) {
    for (name, location) in [("here", Some(1)), ("there", Some(2)), ("nowhere", None)] {
        server(client, name).await;
        servers::set_location().bind(client, &location, &name).await.unwrap();
        servers::report_health().bind(client, &name, &"healthy", &None, &None::<&str>, &None).one().await.unwrap();
    }
}

#[tokio::test]
async fn a_plan_with_locations_opens_connections_there_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    three_servers(&client).await;
    let local = plan(&client, "local", &Limits { locations: &[1], ..Limits::default() }).await;
    assigned(&client, "ada", &unlimited(local)).await;
    opened(&pool, "ada", "here").await;
    for elsewhere in ["there", "nowhere", "not-registered"] {
        let outcome = try_to_open(&pool, "ada", elsewhere).await;
        assert!(matches!(outcome, OpenOutcome::RefusedByPlan(Refusal::LocationNotAllowed)), "{elsewhere}: {outcome:?}");
    }
    plans::update(&client, local, "local", &Limits { locations: &[2], ..Limits::default() }).await.unwrap();
    opened(&pool, "ada", "there").await;
    let outcome = try_to_open(&pool, "ada", "here").await;
    assert!(matches!(outcome, OpenOutcome::RefusedByPlan(Refusal::LocationNotAllowed)), "{outcome:?}");
    plans::update(&client, local, "local", &Limits::default()).await.unwrap();
    opened(&pool, "ada", "nowhere").await;
}

/// Programs of the release before know no other outcome.
#[tokio::test]
async fn a_refusal_by_the_plan_is_an_inactive_user_for_older_programs() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    three_servers(&client).await;
    let local = plan(&client, "local", &Limits { locations: &[1], ..Limits::default() }).await;
    assigned(&client, "ada", &unlimited(local)).await;
    let parameters = OpenParams { max_connections: Some(5), ..without_limit("ada", "there") };
    let answer = barqnet_db::queries::connections::open().params(&client, &parameters).one().await.unwrap();
    assert_eq!((answer.outcome.as_str(), answer.connection_id), ("user_inactive", None));
    // A deactivated account stays that, whatever its plan says.
    execute_sql(&database, "UPDATE users SET active = FALSE").await;
    assert!(matches!(try_to_open(&pool, "ada", "there").await, OpenOutcome::UserInactive));
}

#[tokio::test]
async fn servers_and_locations_are_chosen_among_those_of_the_plan() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    three_servers(&client).await;
    let local = plan(&client, "local", &Limits { locations: &[2], ..Limits::default() }).await;
    let everywhere = plan(&client, "everywhere", &Limits::default()).await;
    let policy = PickPolicy { min_healthy_reports: 0, ..PickPolicy::default() };
    let names = async |options: PickOptions<'_>| {
        let picked = pick(&client, &options.limit(5).randomize(false), &policy).await.unwrap().into_candidates();
        let mut names: Vec<_> = picked.into_iter().map(|server| server.name).collect();
        names.sort();
        names
    };
    assert_eq!(names(PickOptions::anywhere()).await, ["here", "nowhere", "there"]);
    assert_eq!(names(PickOptions::anywhere().plan(everywhere)).await, ["here", "nowhere", "there"]);
    assert_eq!(names(PickOptions::anywhere().plan(local)).await, ["there"]);
    let without = PickOptions::anywhere().plan(local).exclude(&["there"]);
    let PickOutcome::NoneEligible(why) = pick(&client, &without, &policy).await.unwrap() else {
        panic!("none is left")
    };
    assert_eq!(why.to_string(), "no server is eligible: 1 excluded, 2 not in the plan");

    let point = Coordinates::new(50.0, 8.0).unwrap();
    let nearest = locations::nearest(&client, point, 100).await.unwrap();
    assert_eq!(locations::nearest_of_plan(&client, point, everywhere, 100).await.unwrap(), nearest);
    let of_plan = locations::nearest_of_plan(&client, point, local, 100).await.unwrap();
    let allowed: Vec<_> = nearest.into_iter().filter(|location| location.location_id == 2).collect();
    assert_eq!(of_plan, allowed);
}
