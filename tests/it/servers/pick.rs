//! Which server a newcomer gets: near, well, with room, and not the same as everybody else.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use barqnet_db::{
    Coordinates,
    client::GenericClient,
    queries::servers::PickParams,
    servers::{self, Candidate, Health, Ineligible, PickOptions, PickOutcome, PickPolicy},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{Numbers, at_once, execute_sql, migrated_database, pool_of};

/// A node, and all that counts when one is picked.
#[derive(Clone, Debug)]
struct Node {
    name: String,
    place: Option<(f64, f64)>,
    location_enabled: bool,
    enabled: bool,
    draining: bool,
    status: Health,
    age_seconds: f64,
    live: i32,
    max_users: i32,
}

/// A node at a place that nothing speaks against.
fn node(name: &str, latitude: f64, longitude: f64) -> Node {
    Node {
        name: name.to_owned(),
        place: Some((latitude, longitude)),
        location_enabled: true,
        enabled: true,
        draining: false,
        status: Health::Healthy,
        age_seconds: 10.0,
        live: 0,
        max_users: 100,
    }
}

/// These nodes and no others, each at a location of its own.
async fn fleet(database: &TestDatabase, nodes: &[Node]) {
    for table in ["servers", "server_status", "server_locations"] {
        execute_sql(database, &format!("DELETE FROM {table}")).await;
    }
    let client = database.client().await;
    for node in nodes {
        let (latitude, longitude) = node.place.unzip();
        client
            .execute(
                "WITH place AS (
                     INSERT INTO server_locations (name, country, city, country_code, latitude, longitude, enabled)
                     VALUES ($1, 'Nowhere', $1, 'NW', $2::FLOAT8::NUMERIC, $3::FLOAT8::NUMERIC, $4)
                     RETURNING location_id
                 ),
                 server AS (
                     INSERT INTO servers (name, host, port, location_id, enabled, draining, max_users)
                     SELECT $1, $1 || '.example', 1194, location_id, $5, $6, $7 FROM place
                 )
                 INSERT INTO server_status (server_id, live_connections, status, reported_at, response_time_ms)
                 VALUES ($1, $8, $9, NOW() - MAKE_INTERVAL(secs => $10), 20)",
                &[
                    &node.name,
                    &latitude,
                    &longitude,
                    &node.location_enabled,
                    &node.enabled,
                    &node.draining,
                    &node.max_users,
                    &node.live,
                    &node.status.as_str(),
                    &node.age_seconds,
                ],
            )
            .await
            .expect("a new server");
    }
}

fn point(latitude: f64, longitude: f64) -> Coordinates {
    Coordinates::new(latitude, longitude).expect("on the globe")
}

async fn picked(client: &impl GenericClient, options: &PickOptions<'_>) -> Vec<Candidate> {
    servers::pick(client, options, &PickPolicy::default()).await.expect("an answer").into_candidates()
}

async fn names(client: &impl GenericClient, options: &PickOptions<'_>) -> Vec<String> {
    picked(client, options).await.into_iter().map(|server| server.name).collect()
}

async fn refused(client: &impl GenericClient, options: &PickOptions<'_>) -> Ineligible {
    match servers::pick(client, options, &PickPolicy::default()).await.expect("an answer") {
        PickOutcome::NoneEligible(why) => why,
        PickOutcome::Candidates(servers) => panic!("{servers:?}"),
    }
}

const BRUSSELS: (f64, f64) = (50.8503, 4.3517);

#[tokio::test]
async fn the_nearest_comes_first_until_it_is_nearly_full() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let mut nodes = [node("ams", 52.3676, 4.9041), node("fra", 50.1109, 8.6821), node("tyo", 35.6762, 139.6503)];
    let options = PickOptions::near(point(BRUSSELS.0, BRUSSELS.1)).limit(10).randomize(false);
    for (live, expected) in [(0, ["ams", "fra", "tyo"]), (50, ["ams", "fra", "tyo"]), (85, ["fra", "ams", "tyo"])] {
        nodes[0].live = live;
        fleet(&database, &nodes).await;
        assert_eq!(names(&client, &options).await, expected, "{live} of 100");
    }
    let first = &picked(&client, &options).await[1];
    assert_eq!(
        (first.host.as_str(), first.port, first.live_connections, first.max_users),
        ("ams.example", 1194, 85, 100)
    );
    assert_eq!(first.response_time_ms, Some(20));
    assert!((first.distance_km.unwrap() - 173.0).abs() < 2.0, "{first:?}");
}

#[tokio::test]
async fn a_server_that_cannot_take_connections_is_never_picked_and_the_reason_is_given() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let good = node("a", 50.0, 8.0);
    let none = Ineligible {
        registered: 1,
        excluded: 0,
        not_in_plan: 0,
        disabled: 0,
        draining: 0,
        silent: 0,
        unhealthy: 0,
        recovering: 0,
        full: 0,
        eligible: 0,
    };
    let options = PickOptions::near(point(50.0, 8.0)).limit(5);
    for (bad, reason) in [
        (Node { enabled: false, ..good.clone() }, Ineligible { disabled: 1, ..none }),
        (Node { location_enabled: false, ..good.clone() }, Ineligible { disabled: 1, ..none }),
        (Node { draining: true, ..good.clone() }, Ineligible { draining: 1, ..none }),
        (Node { age_seconds: 91.0, ..good.clone() }, Ineligible { silent: 1, ..none }),
        (Node { status: Health::Degraded, ..good.clone() }, Ineligible { unhealthy: 1, ..none }),
        (Node { status: Health::Unreachable, ..good.clone() }, Ineligible { unhealthy: 1, ..none }),
        (Node { live: 90, ..good.clone() }, Ineligible { full: 1, ..none }),
        (Node { live: 101, ..good.clone() }, Ineligible { full: 1, ..none }),
        (Node { max_users: 0, ..good.clone() }, Ineligible { full: 1, ..none }),
    ] {
        fleet(&database, std::slice::from_ref(&bad)).await;
        assert_eq!(refused(&client, &options).await, reason, "{bad:?}");
        // Not even if it is preferred.
        assert_eq!(refused(&client, &options.prefer("a")).await, reason, "{bad:?}");
    }
    for fit in [Node { age_seconds: 85.0, ..good.clone() }, Node { live: 89, ..good.clone() }, good.clone()] {
        fleet(&database, std::slice::from_ref(&fit)).await;
        assert_eq!(names(&client, &options).await, ["a"], "{fit:?}");
        let without = refused(&client, &options.exclude(&["a"])).await;
        assert_eq!(without, Ineligible { excluded: 1, ..none });
    }
    execute_sql(&database, "UPDATE server_status SET reported_at = NULL, status = NULL").await;
    assert_eq!(refused(&client, &options).await, Ineligible { silent: 1, ..none });
    execute_sql(&database, "DELETE FROM server_status").await;
    assert_eq!(refused(&client, &options).await, Ineligible { silent: 1, ..none });
    let counted = barqnet_db::queries::servers::count_ineligible()
        .bind(&client, &(&[] as &[&str]), &None, &90.0, &2, &0.9)
        .one()
        .await
        .unwrap();
    assert_eq!((counted.registered, counted.silent, counted.eligible), (1, 1, 0));
    // Not a place to connect to.
    execute_sql(&database, "UPDATE servers SET server_type = 'management'").await;
    assert_eq!(refused(&client, &options).await.to_string(), "no server is registered");
}

#[tokio::test]
async fn the_preferred_server_is_kept_up_to_four_fifths_of_its_capacity() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let options = PickOptions::near(point(BRUSSELS.0, BRUSSELS.1)).limit(2).prefer("tyo");
    for (live, expected) in [(0, ["tyo", "ams"]), (79, ["tyo", "ams"]), (80, ["ams", "tyo"])] {
        let tokyo = Node { live, ..node("tyo", 35.6762, 139.6503) };
        fleet(&database, &[node("ams", 52.3676, 4.9041), tokyo]).await;
        assert_eq!(names(&client, &options).await, expected, "{live} of 100");
    }
    assert_eq!(names(&client, &options.prefer("nobody")).await, ["ams", "tyo"]);
    assert_eq!(names(&client, &options.exclude(&["tyo"])).await, ["ams"]);
}

#[tokio::test]
async fn without_coordinates_load_decides_and_unknown_locations_count_as_far() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let lost = Node { place: None, ..node("lost", 0.0, 0.0) };
    let busy = Node { live: 60, ..node("busy", 50.85, 4.35) };
    let tokyo = Node { live: 30, ..node("tyo", 35.6762, 139.6503) };
    fleet(&database, &[lost, busy, tokyo]).await;
    let anywhere = PickOptions::anywhere().limit(3).randomize(false);
    assert_eq!(names(&client, &anywhere).await, ["lost", "tyo", "busy"]);
    assert!(picked(&client, &anywhere).await.iter().all(|server| server.distance_km.is_none()));
    let near = PickOptions::near(point(BRUSSELS.0, BRUSSELS.1)).limit(3).randomize(false);
    assert_eq!(names(&client, &near).await, ["busy", "tyo", "lost"]);
    // Without coordinates every location counts as unknown.
    execute_sql(&database, "UPDATE servers SET location_id = NULL WHERE name = 'lost'").await;
    assert_eq!(names(&client, &near).await, ["busy", "tyo", "lost"]);
    assert_eq!(names(&client, &anywhere).await, ["lost", "tyo", "busy"]);
}

#[tokio::test]
async fn the_same_point_the_poles_and_the_antimeridian_are_places_like_others() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let nodes = [
        node("north", 90.0, 0.0),
        node("south", -90.0, 0.0),
        node("west", 0.0, 179.9),
        node("east", 0.0, -179.8),
        node("origin", 0.0, 0.0),
    ];
    fleet(&database, &nodes).await;
    for (latitude, longitude, expected, km) in [
        (0.0, 0.0, "origin", 0.0),
        (90.0, 123.4, "north", 0.0),
        (-90.0, -180.0, "south", 0.0),
        (0.0, 180.0, "west", 11.12),
        (0.0, -180.0, "west", 11.12),
        (0.0, -179.8, "east", 0.0),
    ] {
        let found = &picked(&client, &PickOptions::near(point(latitude, longitude)).randomize(false)).await[0];
        assert_eq!(found.name, expected, "{latitude} {longitude}");
        assert!((found.distance_km.unwrap() - km).abs() < 0.01, "{found:?}");
    }
}

#[tokio::test]
async fn as_many_as_requested_are_returned_and_zero_is_allowed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    fleet(&database, &[node("a", 1.0, 1.0), node("b", 2.0, 2.0), node("c", 3.0, 3.0)]).await;
    let options = PickOptions::near(point(0.0, 0.0));
    for (limit, expected) in [(1, 1), (2, 2), (3, 3), (u32::MAX, 3)] {
        assert_eq!(names(&client, &options.limit(limit)).await.len(), expected, "{limit}");
    }
    assert_eq!(
        servers::pick(&client, &options.limit(0), &PickPolicy::default()).await.unwrap(),
        PickOutcome::Candidates(Vec::new())
    );
    let negative = PickParams {
        min_healthy_reports: 2,
        latitude: None,
        longitude: None,
        excluded: &[] as &[&str],
        plan_id: None,
        max_report_age_seconds: 90.0,
        max_load: 0.9,
        preferred: None::<&str>,
        max_preferred_load: 0.8,
        base_distance_km: 25.0,
        load_weight: 4.0,
        load_exponent: 4.0,
        similar_score_factor: 1.1,
        randomize: true,
        limit: -5,
    };
    assert_eq!(barqnet_db::queries::servers::pick().params(&client, &negative).all().await.unwrap(), []);
}

#[tokio::test]
async fn without_randomness_the_order_is_always_the_same() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let twins: Vec<Node> = ["b", "d", "a", "c"].iter().map(|name| node(name, 50.0, 8.0)).collect();
    fleet(&database, &twins).await;
    let options = PickOptions::near(point(50.0, 8.0)).limit(4);
    for _ in 0..20 {
        assert_eq!(names(&client, &options.randomize(false)).await, ["a", "b", "c", "d"]);
    }
    let mut orders = BTreeSet::new();
    for _ in 0..200 {
        orders.insert(names(&client, &options).await);
    }
    // Twenty-four are possible.
    assert!(orders.len() > 10, "{orders:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_concurrent_picks_spread_over_similar_servers_by_free_capacity() {
    const TASKS: usize = 20;
    let database = migrated_database().await;
    let pool = pool_of(&database, TASKS).await;
    // Rooms of 900, 900, 450 and 45; one too far to compete.
    let nodes = [
        Node { max_users: 1000, ..node("large-1", 50.0, 8.0) },
        Node { max_users: 1000, ..node("large-2", 50.01, 8.01) },
        Node { max_users: 500, ..node("middle", 50.0, 8.0) },
        Node { max_users: 50, ..node("small", 50.0, 8.0) },
        Node { max_users: 1000, ..node("far", 40.0, 8.0) },
    ];
    fleet(&database, &nodes).await;
    let picks = at_once(TASKS, |_| {
        let pool = pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            let options = PickOptions::near(point(50.0, 8.0));
            let mut picks = Vec::new();
            for _ in 0..500 {
                picks.extend(names(&client, &options).await);
            }
            picks
        }
    })
    .await
    .concat();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for name in &picks {
        *counts.entry(name).or_default() += 1;
    }
    assert_eq!(picks.len(), 10_000);
    // What is expected, and ten times the standard deviation around it.
    for (name, room) in [("large-1", 900.0), ("large-2", 900.0), ("middle", 450.0), ("small", 45.0)] {
        let share: f64 = room / (900.0 + 900.0 + 450.0 + 45.0);
        let (expected, deviation) = (10_000.0 * share, (10_000.0 * share * (1.0 - share)).sqrt());
        let found = f64::from(counts.get(name).copied().unwrap_or_default());
        assert!((found - expected).abs() < 10.0 * deviation, "{name}: {found}, not {expected}");
    }
    assert_eq!(counts.get("far"), None);
}

/// The distance by another formula than the database's.
fn great_circle_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat1, lat2) = (from.0.to_radians(), to.0.to_radians());
    let turn = (to.1 - from.1).to_radians();
    let across = lat2.cos() * turn.sin();
    let along = lat1.cos() * lat2.sin() - lat1.sin() * lat2.cos() * turn.cos();
    let inward = lat1.sin() * lat2.sin() + lat1.cos() * lat2.cos() * turn.cos();
    6371.0088 * across.hypot(along).atan2(inward)
}

/// Those that are fit, the best first, by the rules as they are written down.
fn expected(nodes: &[Node], from: Option<(f64, f64)>) -> Vec<String> {
    let score = |node: &Node| {
        let km = match (from, node.place) {
            (None, _) => 0.0,
            (Some(_), None) => 20_015.1,
            (Some(from), Some(to)) => great_circle_km(from, to),
        };
        (km + 25.0) * (1.0 + 4.0 * (f64::from(node.live) / f64::from(node.max_users)).powi(4))
    };
    let mut fit: Vec<&Node> = nodes
        .iter()
        .filter(|node| {
            node.enabled
                && node.location_enabled
                && !node.draining
                && node.status == Health::Healthy
                && node.age_seconds < 90.0
                && f64::from(node.live) < 0.9 * f64::from(node.max_users)
        })
        .collect();
    fit.sort_by(|one, other| score(one).total_cmp(&score(other)).then_with(|| one.name.cmp(&other.name)));
    fit.into_iter().map(|node| node.name.clone()).collect()
}

#[tokio::test]
async fn random_servers_are_ranked_as_the_policy_says() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let mut numbers = Numbers::new(5);
    for round in 0..20 {
        let nodes: Vec<Node> = (0..25)
            .map(|number| {
                let max_users = 1 + numbers.below(2000);
                let place = (numbers.between(-90.0, 90.0), numbers.between(-180.0, 180.0));
                let mut seldom = || numbers.below(8) == 0;
                let (nowhere, hidden, off, draining, ill, late) =
                    (seldom(), seldom(), seldom(), seldom(), seldom(), seldom());
                Node {
                    place: (!nowhere).then_some(place),
                    location_enabled: !hidden,
                    enabled: !off,
                    draining,
                    status: if ill { Health::Unhealthy } else { Health::Healthy },
                    age_seconds: if late { 95.0 + numbers.between(0.0, 1e6) } else { numbers.between(0.0, 60.0) },
                    live: numbers.below(max_users + 1),
                    max_users,
                    ..node(&format!("node-{number:02}"), 0.0, 0.0)
                }
            })
            .collect();
        fleet(&database, &nodes).await;
        let from = (numbers.between(-90.0, 90.0), numbers.between(-180.0, 180.0));
        let near = PickOptions::near(point(from.0, from.1)).limit(100).randomize(false);
        assert_eq!(names(&client, &near).await, expected(&nodes, Some(from)), "round {round}: {nodes:#?}");
        let anywhere = PickOptions::anywhere().limit(100).randomize(false);
        assert_eq!(names(&client, &anywhere).await, expected(&nodes, None), "round {round}: {nodes:#?}");
    }
}

#[tokio::test]
async fn the_policy_decides_who_is_eligible_and_how_distance_is_weighed_against_load() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let late = Node { age_seconds: 200.0, ..node("late", 50.0, 8.0) };
    let busy = Node { live: 95, ..node("busy", 50.0, 8.0) };
    let far = node("far", 40.0, 8.0);
    fleet(&database, &[late, busy, far]).await;
    let options = PickOptions::near(point(50.0, 8.0)).limit(9).randomize(false);
    let names =
        async |options: &PickOptions<'_>, policy: &PickPolicy| match servers::pick(&client, options, policy).await {
            Ok(PickOutcome::Candidates(servers)) => servers.into_iter().map(|server| server.name).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
    let default = PickPolicy::default();
    assert_eq!(names(&options, &default).await, ["far"]);
    let patient = PickPolicy { max_report_age: Duration::MAX, ..default };
    assert_eq!(names(&options, &patient).await, ["late", "far"]);
    let crowded = PickPolicy { max_load: 1.0, ..default };
    assert_eq!(names(&options, &crowded).await, ["busy", "far"]);
    assert_eq!(names(&options.prefer("busy"), &PickPolicy { load_weight: 1000.0, ..crowded }).await, ["far", "busy"]);
    let loyal = PickPolicy { load_weight: 1000.0, max_preferred_load: 1.0, ..crowded };
    assert_eq!(names(&options.prefer("busy"), &loyal).await, ["busy", "far"]);
    let nearby = PickPolicy { base_distance_km: 1e6, ..crowded };
    assert_eq!(names(&options, &nearby).await, ["far", "busy"], "the distance hardly matters");
    let gentle = PickPolicy { load_exponent: 1000.0, ..nearby };
    assert_eq!(names(&options, &gentle).await, ["busy", "far"], "the load hardly matters");
}
