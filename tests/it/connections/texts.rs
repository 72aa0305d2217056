//! What is only told of a connection is cut to fit, and an address is one in whatever form it comes.

use std::net::IpAddr;

use barqnet_db::{
    connections::{ConnectionPolicy, CounterPolicy, NewConnection, OpenOutcome, mark_error, open},
    queries::connections,
};

use super::support::{address, bare, found, statistics};
use crate::common::{execute_sql, migrated_database, scalar, user};

#[tokio::test]
async fn a_text_that_is_only_told_keeps_nobody_out() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let long = "ß".repeat(256);
    for (text, kept) in [(long.as_str(), &long[..510]), ("i\0Phone", "i\u{FFFD}Phone"), ("", "")] {
        let new = NewConnection {
            device_name: Some(text),
            device_type: Some(text),
            app_version: Some(text),
            ..bare("ada", "node-1")
        };
        let outcome = open(&pool, &new, &ConnectionPolicy::default()).await.unwrap();
        let OpenOutcome::Opened { id, .. } = outcome else { panic!("{outcome:?}") };
        let connection = found(&client, id).await;
        let kept = Some(kept);
        assert_eq!((connection.device_name.as_deref(), connection.device_type.as_deref()), (kept, kept));
        assert_eq!(connection.app_version.as_deref(), kept);

        // The error that ended it can be as long.
        let error = format!("{text}{long}");
        let ended = mark_error(&client, "node-1", id, &error, None, &CounterPolicy::default()).await.unwrap();
        assert!(ended.is_some(), "it is over whatever the reason is");
        let reason = found(&client, id).await.disconnect_reason.unwrap();
        assert_eq!(reason, error.replace('\0', "\u{FFFD}").chars().take(255).collect::<String>());
    }
    assert_eq!(scalar(&database, "SELECT live_connections::BIGINT FROM server_status").await, 0);
    assert_eq!(statistics(&database).await.0, 0, "none was used");
}

#[tokio::test]
async fn plain_masked_and_mapped_forms_are_one_address() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let opened = async |virtual_ip: Option<IpAddr>, virtual_ip6: Option<&str>| {
        let virtual_ip6 = virtual_ip6.map(|text| text.parse().unwrap());
        let client_ip = Some(address("::ffff:198.51.100.7"));
        let new = NewConnection { virtual_ip, virtual_ip6, client_ip, ..bare("ada", "node-1") };
        match open(&pool, &new, &ConnectionPolicy::default()).await.unwrap() {
            OpenOutcome::Opened { id, superseded, .. } => (id, superseded),
            other => panic!("{other:?}"),
        }
    };
    let (plain, none) = opened(Some(address("10.8.0.2")), None).await;
    assert_eq!(none, None);
    let (mapped, superseded) = opened(Some(address("::ffff:10.8.0.2")), None).await;
    assert_eq!(superseded, Some(plain));
    let connection = found(&client, mapped).await;
    assert_eq!(connection.virtual_ip, Some(address("10.8.0.2")));
    assert_eq!(connection.client_ip, Some(address("198.51.100.7")));
    let (in_six, superseded) = opened(None, Some("::ffff:10.8.0.2")).await;
    assert_eq!(superseded, Some(mapped));
    assert_eq!(found(&client, in_six).await.virtual_ip, Some(address("10.8.0.2")));

    // No type of the crate has a mask; other programs call the function.
    let masked = "SELECT superseded_id FROM connection_open('node-1', 'ada', NULL, '10.8.0.2/24', 'fd00::2/64', NULL, NULL, NULL, NULL,
                      NULL, NULL, NULL, NULL, FALSE, 90, TRUE)";
    assert_eq!(scalar(&database, masked).await, in_six);
    let forms = "SELECT COUNT(*) FROM vpn_connections WHERE virtual_ip::TEXT = '10.8.0.2/32' AND virtual_ip6::TEXT = 'fd00::2/128'";
    assert_eq!(scalar(&database, forms).await, 1);
    let mapped = address("::ffff:10.8.0.2");
    let ended = connections::close_all_for_address().bind(&client, &"node-1", &mapped, &"administrator").all();
    assert_eq!(ended.await.unwrap().len(), 1);
}

#[tokio::test]
async fn live_connections_of_an_earlier_release_get_the_one_form_of_their_address() {
    let database = migrated_database().await;
    let settings = database.settings();
    let (migrations, options) = (barqnet_db::embedded::migrations(), barqnet_db::migrate::MigrateOptions::default());
    let client = database.client().await;
    client.batch_execute("INSERT INTO users (username, created_by) VALUES ('ada', 'tests')").await.unwrap();
    let before =
        scalar(&database, "SELECT version::BIGINT - 1 FROM schema_migrations WHERE name LIKE 'give_addresses%'").await;
    barqnet_db::migrate::rollback(&settings, &migrations, i32::try_from(before).unwrap(), &options).await.unwrap();
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, virtual_ip)
         VALUES ('ada', 'node-1', 'connected', '10.8.0.2'), ('ada', 'node-1', 'connected', '::ffff:10.8.0.2'),
                ('ada', 'node-1', 'connected', '10.8.0.2/24'), ('ada', 'node-1', 'connected', '10.8.0.3/24'),
                ('ada', 'node-2', 'connected', '10.8.0.2/24'), ('ada', 'node-1', 'disconnected', '10.8.0.2/24')",
    )
    .await;
    barqnet_db::migrate::migrate(&settings, &migrations).await.unwrap();
    let live =
        "SELECT COUNT(*) FROM vpn_connections WHERE status = 'connected' AND virtual_ip = HOST(virtual_ip)::INET";
    assert_eq!(scalar(&database, live).await, 3);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections WHERE status = 'connected'").await, 3);
    assert_eq!(
        scalar(&database, "SELECT COUNT(*) FROM vpn_connections WHERE disconnect_reason = 'superseded'").await,
        2
    );
}
