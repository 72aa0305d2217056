//! The states of a connection: who may open one, and which state may follow which.

use barqnet_db::{
    connections::{ConnectionStatus, CounterPolicy, NewConnection, Transition, mark_connected, mark_error},
    queries::{connections, servers, users},
    tokio_postgres::error::SqlState,
};

use super::support::{address, bare, closed, failed, found, opened, state, statistics};
use crate::common::{
    STALE, close, connection, execute_sql, migrated_database, opening, phone_number, send_heartbeat, server, user,
    user_with_phone,
};

#[tokio::test]
async fn a_connection_holds_what_it_was_opened_with() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user_with_phone(&client, "ada", &phone_number("+4915112345678")).await;
    let new = NewConnection {
        client_ip: Some(address("198.51.100.7")),
        virtual_ip: Some(address("10.8.0.2")),
        public_ip: Some(address("2001:db8::1")),
        device_name: Some("Ada's phone"),
        device_type: Some("ios"),
        app_version: Some("2.1.0"),
        ..bare("ada", "node-1")
    };
    let id = opened(&pool, &new).await.expect("a usable account");
    let found = found(&client, id).await;
    assert_eq!(
        (found.username.as_str(), found.server_id.as_str(), found.status.as_str()),
        ("ada", "node-1", "connecting")
    );
    assert_eq!((found.client_ip, found.virtual_ip, found.public_ip), (new.client_ip, new.virtual_ip, new.public_ip));
    assert_eq!((found.bytes_received, found.bytes_sent), (0, 0));
    assert_eq!((found.disconnected_at, found.duration_seconds, found.disconnect_reason), (None, None, None));
    assert!(found.connected_at.is_some() && found.connected_at == found.last_activity);

    let active = connections::active_by_user().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((active.id, active.phone_number.as_deref()), (id, Some("+4915112345678")));
    assert_eq!((active.device_name.as_deref(), active.device_type.as_deref()), (Some("Ada's phone"), Some("ios")));
    assert_eq!(active.app_version.as_deref(), Some("2.1.0"));
    assert!(connections::by_id().bind(&client, &-1).opt().await.unwrap().is_none());
}

#[tokio::test]
async fn only_a_usable_account_opens_a_connection() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "closed", "expired"] {
        user(&client, name).await;
    }
    users::deactivate().bind(&client, &"closed").await.unwrap();
    users::set_expiry().bind(&client, &Some(chrono::Utc::now()), &"expired").await.unwrap();
    for (name, opens) in [("ada", true), ("closed", false), ("expired", false), ("nobody", false)] {
        assert_eq!(opened(&pool, &bare(name, "node-1")).await.is_some(), opens, "{name}");
    }
}

#[tokio::test]
async fn every_state_allows_exactly_its_transitions() {
    use ConnectionStatus::{Connected, Connecting, Disconnected, Error};
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for from in [Connecting, Connected, Disconnected, Error] {
        for to in [Connecting, Connected, Disconnected, Error] {
            let id = opening(&client, "ada", "node-1").await;
            match from {
                Connected => assert_eq!(mark_connected(&client, "node-1", id).await.unwrap(), Transition::Connected),
                Disconnected => assert!(closed(&client, id).await),
                Error => assert!(failed(&client, id).await),
                _ => {}
            }
            let changed = match to {
                Connected => {
                    let answer = mark_connected(&client, "node-1", id).await.unwrap();
                    let expected = match from {
                        Connecting => Transition::Connected,
                        Connected => Transition::AlreadyConnected,
                        _ => Transition::Ended,
                    };
                    assert_eq!(answer, expected, "from {from} to {to}");
                    answer == Transition::Connected
                }
                Disconnected => closed(&client, id).await,
                Error => failed(&client, id).await,
                // Nothing leads back; a heartbeat must not either.
                _ => {
                    let report = send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await;
                    assert_eq!(
                        (report.applied == [id], report.closed.iter().any(|closed| closed.connection_id == id)),
                        (from.is_live(), !from.is_live())
                    );
                    !report.applied.is_empty() && !from.is_live()
                }
            };
            let legal = matches!((from, to), (Connecting, Connected) | (Connecting | Connected, Disconnected | Error));
            assert_eq!(changed, legal, "from {from} to {to}");
            assert_eq!(state(&client, id).await, if legal { to } else { from }, "from {from} to {to}");
        }
    }
}

#[tokio::test]
async fn another_servers_connection_is_unknown() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = opening(&client, "ada", "node-1").await;
    assert_eq!(mark_connected(&client, "node-2", id).await.unwrap(), Transition::Unknown);
    assert!(close(&client, "node-2", id, None).await.is_none());
    assert!(mark_error(&client, "node-2", id, "x", None, &CounterPolicy::default()).await.unwrap().is_none());
    assert_eq!(state(&client, id).await, ConnectionStatus::Connecting);
}

#[tokio::test]
async fn the_database_refuses_unknown_states_backward_transitions_and_negative_bytes() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    let driver = database.client().await;
    let refused = async |statement: &str| {
        let error = driver.execute(statement, &[]).await.unwrap_err();
        assert_eq!(error.code().map(SqlState::code), Some("23514"), "{statement}: {error}");
    };
    for change in ["status = 'asleep'", "status = 'connecting'", "bytes_received = -1", "bytes_sent = -1"] {
        refused(&format!("UPDATE vpn_connections SET {change}")).await;
    }
    assert!(closed(&client, id).await);
    for change in ["status = 'connected'", "status = 'connecting'", "status = 'error', disconnected_at = NULL"] {
        refused(&format!("UPDATE vpn_connections SET {change}")).await;
    }
    refused("UPDATE vpn_statistics SET bytes_in = -1").await;
    let again = "INSERT INTO vpn_statistics (username, server_id, connection_id) VALUES ('ada', 'node-1', $1)";
    let error = driver.execute(again, &[&id]).await.unwrap_err();
    assert_eq!(error.code().map(SqlState::code), Some("23505"), "{error}");
}

#[tokio::test]
async fn statistics_of_a_live_connection_are_refused() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    let statement = "INSERT INTO vpn_statistics (username, server_id, connection_id) VALUES ('ada', 'node-1', $1)";
    let error = client.execute(statement, &[&id]).await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("23514"), "{error}");
}

#[tokio::test]
async fn servers_in_use_cannot_be_deleted() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    users::assign_server().bind(&client, &"elsewhere", &"ada").await.unwrap();
    server(&client, "node-1").await;
    let id = connection(&client, "ada", "node-1").await;
    assert!(!servers::remove().bind(&client, &"node-1").one().await.unwrap());
    assert!(closed(&client, id).await);
    assert!(servers::remove().bind(&client, &"node-1").one().await.unwrap());
    assert_eq!(statistics(&database).await, (1, 1), "usage stays");
}

#[tokio::test]
async fn users_with_usage_cannot_be_deleted() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let id = connection(&client, "ada", "node-1").await;
    assert!(closed(&client, id).await);
    let error = users::delete().bind(&client, &"ada").await.unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error}");
    assert_eq!(error.sqlstate().map(SqlState::code), Some("23503"));
    assert_eq!(users::delete().bind(&client, &"bob").await.unwrap(), 1);
}

#[tokio::test]
async fn functions_on_a_client_run_in_the_callers_transaction() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = opening(&client, "ada", "node-1").await;
    connection(&client, "ada", "node-2").await;
    execute_sql(
        &database,
        "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 days' WHERE server_id = 'node-1'",
    )
    .await;
    assert_eq!(connections::servers_with_stale().bind(&client, &STALE.as_secs_f64()).all().await.unwrap(), ["node-1"]);

    let transaction = client.transaction().await.unwrap();
    let was = connections::mark_connected().bind(&transaction, &id, &"node-1").one().await.unwrap();
    assert_eq!(was, "connecting");
    assert_eq!(connections::recount().bind(&transaction).all().await.unwrap(), []);
    transaction.rollback().await.unwrap();
    assert_eq!(state(&client, id).await, ConnectionStatus::Connecting);
}
