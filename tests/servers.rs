//! Servers: what is known of each, how it is doing, and which one is offered.

#[expect(dead_code, reason = "each test file uses some of the fixtures")]
mod common;

use barqnet_db::{
    client::GenericClient,
    queries::{locations, servers, users},
};
use barqnet_db_testing::TestDatabase;
use chrono::{TimeDelta, Utc};
use common::{connection, server, sql, user};

const NONE: Option<&str> = None;

async fn report(client: &impl GenericClient, name: &str, status: &str, milliseconds: Option<i32>) -> i32 {
    servers::report_health().bind(client, &name, &status, &milliseconds, &NONE).one().await.expect("an id")
}

/// Names of the servers offered, in order.
async fn offered(client: &impl GenericClient) -> Vec<String> {
    let candidates = servers::candidates().bind(client, &90.0, &"endnode", &3, &10).all().await.expect("an answer");
    candidates.into_iter().map(|candidate| candidate.name).collect()
}

#[tokio::test]
async fn registering_again_replaces_the_address_and_keeps_what_was_not_given() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (url, name, password) = (Some("https://vie-1.example:9090"), Some("root"), Some("hunter2"));
    let id = servers::register()
        .bind(&client, &"vie-1", &"192.0.2.1", &1194, &"endnode", &url, &name, &password)
        .one()
        .await
        .unwrap();
    let london = locations::list().bind(&client).all().await.unwrap()[4].location_id;
    assert_eq!(servers::set_location().bind(&client, &Some(london), &"vie-1").await.unwrap(), 1);
    assert_eq!(servers::set_enabled().bind(&client, &false, &"vie-1").await.unwrap(), 1);

    let again = servers::register()
        .bind(&client, &"vie-1", &"192.0.2.2", &443, &"management", &NONE, &NONE, &NONE)
        .one()
        .await
        .unwrap();
    assert_eq!(again, id);
    let found = servers::by_name().bind(&client, &"vie-1").one().await.unwrap();
    assert_eq!(
        (found.id, found.host.as_str(), found.port, found.server_type.as_str()),
        (id, "192.0.2.2", 443, "management")
    );
    assert_eq!((found.management_url.as_deref(), found.location_id, found.enabled), (url, Some(london), false));
    assert!(found.created_at.is_some() && found.last_sync.is_none());
    let credentials = servers::credentials().bind(&client, &"vie-1").one().await.unwrap();
    assert_eq!((credentials.username.as_deref(), credentials.password.as_deref()), (name, password));
    assert!(servers::credentials().bind(&client, &"vie-2").opt().await.unwrap().is_none());
    assert!(servers::by_name().bind(&client, &"vie-2").opt().await.unwrap().is_none());
}

#[tokio::test]
async fn servers_are_listed_by_name_and_by_type() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["vie-2", "ams-1", "vie-1"] {
        server(&client, name).await;
    }
    servers::register()
        .bind(&client, &"control", &"192.0.2.9", &8080, &"management", &NONE, &NONE, &NONE)
        .one()
        .await
        .unwrap();
    servers::set_enabled().bind(&client, &false, &"vie-1").await.unwrap();
    let names = |list: Vec<servers::Server>| list.into_iter().map(|server| server.name).collect::<Vec<_>>();
    assert_eq!(names(servers::list().bind(&client).all().await.unwrap()), ["ams-1", "control", "vie-1", "vie-2"]);
    assert_eq!(names(servers::list_by_type().bind(&client, &"endnode").all().await.unwrap()), ["ams-1", "vie-2"]);
    assert_eq!(names(servers::list_by_type().bind(&client, &"management").all().await.unwrap()), ["control"]);
    assert!(servers::exists().bind(&client, &"ams-1").one().await.unwrap());
    assert!(!servers::exists().bind(&client, &"ams-2").one().await.unwrap());
}

#[tokio::test]
async fn a_server_stands_at_a_location_or_nowhere() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ams-1", "lost"] {
        server(&client, name).await;
    }
    let all = locations::list().bind(&client).all().await.unwrap();
    let amsterdam = all.iter().find(|location| location.city == "Amsterdam").unwrap();
    servers::set_location().bind(&client, &Some(amsterdam.location_id), &"ams-1").await.unwrap();
    let placed = servers::with_locations().bind(&client).all().await.unwrap();
    assert_eq!(placed.iter().map(|server| server.name.as_str()).collect::<Vec<_>>(), ["ams-1", "lost"]);
    let here = &placed[0];
    assert_eq!((here.city.as_deref(), here.country_code.as_deref()), (Some("Amsterdam"), Some("NL")));
    assert_eq!((here.latitude, here.longitude), (Some(52.3676), Some(4.9041)));
    assert_eq!((here.location_enabled, here.timezone.as_deref()), (Some(true), Some("Europe/Amsterdam")));
    assert_eq!((placed[1].location_id, placed[1].city.as_deref()), (None, None));

    let error = servers::set_location().bind(&client, &Some(-1), &"ams-1").await.unwrap_err();
    assert_eq!((error.is_foreign_key_violation(), error.constraint()), (true, Some("fk_servers_location_id")));
    assert_eq!(servers::set_location().bind(&client, &None, &"ams-1").await.unwrap(), 1);
    assert_eq!(servers::by_name().bind(&client, &"ams-1").one().await.unwrap().location_id, None);
    assert_eq!(servers::set_location().bind(&client, &None, &"nobody").await.unwrap(), 0);
}

#[tokio::test]
async fn switching_a_server_says_whether_it_changed_anything() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    for (enabled, rows) in [(true, 0), (false, 1), (false, 0), (true, 1)] {
        assert_eq!(servers::set_enabled().bind(&client, &enabled, &"vie-1").await.unwrap(), rows, "{enabled}");
        assert_eq!(servers::by_name().bind(&client, &"vie-1").one().await.unwrap().enabled, enabled);
    }
    assert_eq!(servers::set_enabled().bind(&client, &true, &"nobody").await.unwrap(), 0);
}

#[tokio::test]
async fn the_time_of_a_synchronisation_never_goes_back() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    let synced = async || servers::by_name().bind(&client, &"vie-1").one().await.unwrap().last_sync;
    assert_eq!(servers::touch_last_sync().bind(&client, &"vie-1").await.unwrap(), 1);
    assert!(synced().await.is_some());
    sql(&database, "UPDATE servers SET last_sync = NOW() + INTERVAL '1 hour'").await;
    let ahead = synced().await;
    assert_eq!(servers::touch_last_sync().bind(&client, &"vie-1").await.unwrap(), 1);
    assert_eq!(synced().await, ahead);
    assert_eq!(servers::touch_last_sync().bind(&client, &"nobody").await.unwrap(), 0);
}

#[tokio::test]
async fn a_server_that_accounts_refer_to_is_not_removed() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "node-1").await;
    user(&client, "ada").await;
    assert_eq!(servers::remove().bind(&client, &"node-1").await.unwrap(), 0);
    users::assign_server().bind(&client, &"node-2", &"ada").await.unwrap();
    assert_eq!(servers::remove().bind(&client, &"node-1").await.unwrap(), 1);
    assert_eq!(servers::remove().bind(&client, &"node-1").await.unwrap(), 0);
    assert!(!servers::exists().bind(&client, &"node-1").one().await.unwrap());
}

#[tokio::test]
async fn the_newest_report_is_the_health_of_a_server() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["vie-1", "vie-2", "silent"] {
        server(&client, name).await;
    }
    let mut reports = vec![report(&client, "vie-1", "healthy", Some(20)).await];
    report(&client, "vie-2", "healthy", Some(30)).await;
    report(&client, "unregistered", "healthy", None).await;
    let failed = servers::report_health()
        .bind(&client, &"vie-1", &"unreachable", &None, &Some("no route to host"))
        .one()
        .await
        .unwrap();
    reports.push(failed);

    let latest = servers::latest_health().bind(&client, &"vie-1").one().await.unwrap();
    assert_eq!((latest.id, latest.status.as_str(), latest.response_time_ms), (failed, "unreachable", None));
    assert_eq!(latest.error_message.as_deref(), Some("no route to host"));
    assert!(latest.last_check.is_some_and(|at| (Utc::now() - at) < TimeDelta::hours(1)));
    assert!(servers::latest_health().bind(&client, &"silent").opt().await.unwrap().is_none());

    let all = servers::latest_health_all().bind(&client).all().await.unwrap();
    let all: Vec<_> = all.iter().map(|health| (health.server_id.as_str(), health.status.as_str())).collect();
    assert_eq!(all, [("vie-1", "unreachable"), ("vie-2", "healthy")]);

    reports.reverse();
    let page = servers::health_history().bind(&client, &"vie-1", &i32::MAX, &1).all().await.unwrap();
    let rest = servers::health_history().bind(&client, &"vie-1", &page[0].id, &10).all().await.unwrap();
    assert_eq!(page.iter().chain(&rest).map(|health| health.id).collect::<Vec<_>>(), reports);
}

#[tokio::test]
async fn only_servers_that_are_fit_are_offered_the_least_loaded_first() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for name in ["busy", "full", "idle-slow", "idle-quick", "ill", "off", "late", "silent", "recovered"] {
        server(&client, name).await;
    }
    servers::register()
        .bind(&client, &"control", &"192.0.2.9", &8080, &"management", &NONE, &NONE, &NONE)
        .one()
        .await
        .unwrap();
    for (name, live) in [("busy", 1), ("full", 3), ("recovered", 2)] {
        for _ in 0..live {
            connection(&client, "ada", name).await;
        }
    }
    report(&client, "recovered", "unreachable", None).await;
    for (name, milliseconds) in [
        ("busy", 10),
        ("full", 10),
        ("idle-slow", 90),
        ("idle-quick", 10),
        ("off", 10),
        ("late", 10),
        ("control", 10),
        ("recovered", 10),
    ] {
        report(&client, name, "healthy", Some(milliseconds)).await;
    }
    report(&client, "ill", "healthy", Some(1)).await;
    report(&client, "ill", "degraded", Some(1)).await;
    servers::set_enabled().bind(&client, &false, &"off").await.unwrap();
    sql(&database, "UPDATE server_health SET last_check = NOW() - INTERVAL '91 seconds' WHERE server_id = 'late'")
        .await;

    assert_eq!(offered(&client).await, ["idle-quick", "idle-slow", "busy", "recovered"]);
    let first = servers::candidates().bind(&client, &90.0, &"endnode", &3, &1).one().await.unwrap();
    assert_eq!(
        (first.host.as_str(), first.port, first.active_connections, first.response_time_ms),
        ("idle-quick.example", 1194, 0, Some(10))
    );
    let management = servers::candidates().bind(&client, &90.0, &"management", &3, &10).all().await.unwrap();
    assert_eq!(management.into_iter().map(|candidate| candidate.name).collect::<Vec<_>>(), ["control"]);

    sql(&database, "UPDATE server_health SET status = 'unreachable'").await;
    assert_eq!(offered(&client).await, Vec::<String>::new(), "nobody is sent to a dead server");
}

#[tokio::test]
async fn near_servers_come_first_and_the_load_decides_among_equals() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let all = locations::list().bind(&client).all().await.unwrap();
    let at = |city: &str| Some(all.iter().find(|location| location.city == city).unwrap().location_id);
    for (name, location) in [
        ("ams-1", at("Amsterdam")),
        ("ams-2", at("Amsterdam")),
        ("fra-1", at("Frankfurt")),
        ("tyo-1", at("Tokyo")),
        ("par-1", at("Paris")),
        ("lost", None),
    ] {
        server(&client, name).await;
        servers::set_location().bind(&client, &location, &name).await.unwrap();
        report(&client, name, "healthy", Some(10)).await;
    }
    connection(&client, "ada", "ams-1").await;
    locations::set_enabled().bind(&client, &false, &at("Paris").unwrap()).await.unwrap();

    // Brussels.
    let near =
        servers::candidates_near().bind(&client, &50.8503, &4.3517, &90.0, &"endnode", &100, &10).all().await.unwrap();
    let found: Vec<_> = near.iter().map(|candidate| (candidate.name.as_str(), candidate.active_connections)).collect();
    assert_eq!(found, [("ams-2", 0), ("ams-1", 1), ("fra-1", 0), ("tyo-1", 0)]);
    assert_eq!(Some(near[0].location_id), at("Amsterdam"));
    assert!((near[0].distance_km - 173.0).abs() < 2.0, "{}", near[0].distance_km);
    assert!(near.is_sorted_by(|one, next| one.distance_km <= next.distance_km));
    let one = servers::candidates_near().bind(&client, &35.0, &139.0, &90.0, &"endnode", &100, &1).one().await.unwrap();
    assert_eq!(one.name, "tyo-1");
    let not_full =
        servers::candidates_near().bind(&client, &50.8503, &4.3517, &90.0, &"endnode", &1, &10).all().await.unwrap();
    assert!(not_full.iter().all(|candidate| candidate.name != "ams-1"));
}
