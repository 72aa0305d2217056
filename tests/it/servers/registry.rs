//! Servers: what is known of each, and how it is doing.

use crate::common::{execute_sql, migrated_database, server, user};
use barqnet_db::queries::{locations, servers, users};

#[tokio::test]
async fn registering_again_replaces_the_address_and_keeps_what_was_not_given() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (url, name, password) = (Some("https://vie-1.example:9090"), Some("root"), Some("hunter2"));
    let id = servers::register()
        .bind(&client, &"vie-1", &"192.0.2.1", &1194, &"endnode", &url, &name, &password)
        .one()
        .await
        .unwrap();
    let london = locations::list().bind(&client, &Some(true)).all().await.unwrap()[4].location_id;
    assert_eq!(servers::set_location().bind(&client, &Some(london), &"vie-1").await.unwrap(), 1);
    assert_eq!(servers::set_enabled().bind(&client, &false, &"vie-1").await.unwrap(), 1);

    let again = servers::register()
        .bind(&client, &"vie-1", &"192.0.2.2", &443, &"management", &None::<&str>, &None::<&str>, &None::<&str>)
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
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["vie-2", "ams-1", "vie-1"] {
        server(&client, name).await;
    }
    servers::register()
        .bind(&client, &"control", &"192.0.2.9", &8080, &"management", &None::<&str>, &None::<&str>, &None::<&str>)
        .one()
        .await
        .unwrap();
    servers::set_enabled().bind(&client, &false, &"vie-1").await.unwrap();
    let names = |list: Vec<servers::Server>| list.into_iter().map(|server| server.name).collect::<Vec<_>>();
    assert_eq!(
        names(servers::list().bind(&client, &None::<&str>, &None).all().await.unwrap()),
        ["ams-1", "control", "vie-1", "vie-2"]
    );
    assert_eq!(
        names(servers::list().bind(&client, &Some("endnode"), &Some(true)).all().await.unwrap()),
        ["ams-1", "vie-2"]
    );
    assert_eq!(
        names(servers::list().bind(&client, &Some("management"), &Some(true)).all().await.unwrap()),
        ["control"]
    );
    assert!(servers::exists().bind(&client, &"ams-1").one().await.unwrap());
    assert!(!servers::exists().bind(&client, &"ams-2").one().await.unwrap());
}

#[tokio::test]
async fn a_server_has_one_location_or_none() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ams-1", "lost"] {
        server(&client, name).await;
    }
    let all = locations::list().bind(&client, &Some(true)).all().await.unwrap();
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
async fn enabling_or_disabling_a_server_reports_whether_it_changed() {
    let database = migrated_database().await;
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
async fn the_time_of_a_synchronisation_is_now_even_after_one_in_the_future() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    let synced = async || servers::by_name().bind(&client, &"vie-1").one().await.unwrap().last_sync;
    assert_eq!(servers::touch_last_sync().bind(&client, &"vie-1").await.unwrap(), 1);
    assert!(synced().await.is_some());
    execute_sql(&database, "UPDATE servers SET last_sync = NOW() + INTERVAL '1 hour'").await;
    let ahead = synced().await;
    assert_eq!(servers::touch_last_sync().bind(&client, &"vie-1").await.unwrap(), 1);
    assert!(synced().await < ahead);
    assert_eq!(servers::touch_last_sync().bind(&client, &"nobody").await.unwrap(), 0);
}

#[tokio::test]
async fn a_server_that_accounts_refer_to_is_not_removed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "node-1").await;
    user(&client, "ada").await;
    assert!(!servers::remove().bind(&client, &"node-1").one().await.unwrap());
    users::assign_server().bind(&client, &"node-2", &"ada").await.unwrap();
    assert!(servers::remove().bind(&client, &"node-1").one().await.unwrap());
    assert!(!servers::remove().bind(&client, &"node-1").one().await.unwrap());
    assert!(!servers::exists().bind(&client, &"node-1").one().await.unwrap());
}

#[tokio::test]
async fn capacity_and_draining_are_set_and_survive_a_registration() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "vie-1").await;
    assert_eq!(servers::set_max_users().bind(&client, &500, &"vie-1").await.unwrap(), 1);
    assert_eq!(servers::set_max_users().bind(&client, &500, &"vie-1").await.unwrap(), 0);
    assert_eq!(servers::set_draining().bind(&client, &true, &"vie-1").await.unwrap(), 1);
    assert_eq!(servers::set_draining().bind(&client, &true, &"vie-1").await.unwrap(), 0);
    server(&client, "vie-1").await;
    let found = servers::by_name().bind(&client, &"vie-1").one().await.unwrap();
    assert_eq!((found.max_users, found.draining, found.enabled), (500, true, true));

    let error = servers::set_max_users().bind(&client, &-1, &"vie-1").await.unwrap_err();
    assert_eq!(error.constraint(), Some("chk_servers_max_users"));
    assert_eq!(servers::set_max_users().bind(&client, &1, &"nobody").await.unwrap(), 0);
    assert_eq!(servers::set_draining().bind(&client, &true, &"nobody").await.unwrap(), 0);
}
