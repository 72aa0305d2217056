//! Accounts are locked before their connections.

use barqnet_db::tokio_postgres::Error;
use barqnet_db_testing::TestDatabase;

use super::support::heard_for_an_hour;
use crate::common::{connection, execute_sql, migrated_database, scalar, text_rows, user};

/// Runs `statement` on a connection of its own, and returns when it is done or waits for a lock.
async fn begun(database: &TestDatabase, statement: String) -> tokio::task::JoinHandle<Result<(), Error>> {
    let client = database.client().await;
    let mut running = tokio::spawn(async move { client.batch_execute(&statement).await });
    tokio::select! {
        done = &mut running => tokio::spawn(async move { done.expect("no panic") }),
        () = database.until_a_connection_waits_for_a_lock() => running,
    }
}

/// Everything that ends the connection `$id` of the user `$user` on node-1.
const ENDS: [(&str, &str); 7] = [
    ("close", "SELECT connection_end('node-1', '{$id}', 'disconnected', 'client_exit', FALSE, NULL, NULL, NULL)"),
    ("close_server", "SELECT connection_close_server('node-1', NULL, NULL, 'server_restart')"),
    ("close_address", "SELECT connection_close_address('node-1', '10.8.0.$id', 'lost')"),
    ("close_user", "SELECT connection_close_user('$user', NULL, 'administrator')"),
    ("end_expired", "SELECT connection_end_expired('node-1', '{$id}')"),
    (
        "open with the same address",
        "SELECT connection_open('node-1', 'bob', NULL, '10.8.0.$id', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, FALSE, 90, TRUE)",
    ),
    (
        "open with the same address and limit",
        "SELECT connection_open('node-1', 'bob', NULL, '10.8.0.$id', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, TRUE, 90, TRUE)",
    ),
];

#[tokio::test]
async fn an_end_waits_for_an_account_that_is_renamed_with_no_connection_locked() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "bob").await;
    for (number, (way, end)) in ENDS.into_iter().enumerate() {
        let name = format!("user-{number}");
        user(&client, &name).await;
        let id = connection(&client, &name, "node-1").await;
        let given = format!(
            "UPDATE vpn_connections SET virtual_ip = '10.8.0.{id}', account_expires_at = NOW() - INTERVAL '1 minute' WHERE id = {id}"
        );
        execute_sql(&database, &given).await;
        let renaming = database.client().await;
        let lock = format!("BEGIN; SELECT 1 FROM users WHERE username = '{name}' FOR UPDATE");
        renaming.batch_execute(&lock).await.unwrap();
        let ending = begun(&database, end.replace("$id", &id.to_string()).replace("$user", &name)).await;
        let rename = format!("UPDATE users SET username = 'renamed-{number}' WHERE username = '{name}'; COMMIT");
        renaming.batch_execute(&rename).await.unwrap_or_else(|error| panic!("{way}: {error:?}"));
        ending.await.unwrap().unwrap_or_else(|error| panic!("{way}: {error:?}"));
        let ended = format!(
            "SELECT COUNT(*) FROM vpn_connections c JOIN vpn_statistics s ON s.server_id = c.server_id AND s.connection_id = c.id
             WHERE c.id = {id} AND c.username = 'renamed-{number}' AND c.status = 'disconnected' AND s.username = c.username"
        );
        assert_eq!(scalar(&database, &ended).await, 1, "{way}");
        execute_sql(&database, &format!("UPDATE vpn_connections SET virtual_ip = NULL WHERE id = {id}")).await;
    }
}

#[tokio::test]
async fn a_reaper_leaves_connections_of_an_account_that_is_renamed_to_the_next_run() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
        connection(&client, name, "node-1").await;
    }
    let silent = "UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '2 hours', last_activity = NOW() - INTERVAL '1 hour'";
    execute_sql(&database, silent).await;
    heard_for_an_hour(&database).await;
    let renaming = database.client().await;
    renaming.batch_execute("BEGIN; SELECT 1 FROM users WHERE username = 'ada' FOR UPDATE").await.unwrap();
    let reap = "SELECT username FROM connection_reap('node-1', 300, 10)";
    let reaper = database.client().await;
    assert_eq!(text_rows(&reaper, reap).await, ["bob"]);
    renaming.batch_execute("UPDATE users SET username = 'eve' WHERE username = 'ada'; COMMIT").await.unwrap();
    assert_eq!(text_rows(&reaper, reap).await, ["eve"]);
}
