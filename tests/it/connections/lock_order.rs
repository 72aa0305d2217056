//! Accounts are locked before their connections, and connections in the order of their ids.

use std::sync::Arc;

use barqnet_db::tokio_postgres::{Client, Error, error::SqlState};
use barqnet_db_testing::TestDatabase;

use super::support::heard_for_an_hour;
use crate::common::{
    Numbers, at_once, connection, deadlocks, execute_sql, migrated_database, miscounted_connections, scalar, text_rows,
    user,
};

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
async fn an_account_that_was_renamed_while_it_was_awaited_is_locked_as_well() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    let renaming = database.client().await;
    renaming.batch_execute("BEGIN; UPDATE users SET username = 'eve' WHERE username = 'ada'").await.unwrap();
    let locking = database.client().await;
    let lock = format!("BEGIN; SELECT connection_lock_accounts('{{{id}}}')");
    tokio::join!(async { locking.batch_execute(&lock).await.unwrap() }, async {
        database.until_a_connection_waits_for_a_lock().await;
        renaming.batch_execute("COMMIT").await.unwrap();
    });
    let free = "SELECT username::TEXT FROM users WHERE username = 'eve' FOR UPDATE SKIP LOCKED";
    assert!(text_rows(&renaming, free).await.is_empty());
    locking.batch_execute("COMMIT").await.unwrap();
    assert_eq!(text_rows(&renaming, free).await, ["eve"]);
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

#[tokio::test]
async fn a_new_name_reaches_connections_in_the_order_in_which_reports_lock_them() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (way, change) in [
        ("rename", "UPDATE users SET username = 'eve' WHERE username = 'ada'"),
        ("erase", "SELECT account_erase('ada', NULL, '{}', '{}')"),
    ] {
        user(&client, "ada").await;
        let (first, second) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await);
        execute_sql(&database, &format!("SELECT connection_end('node-1', '{{{first}, {second}}}', 'disconnected', 'stale', FALSE, NULL, NULL, NULL)")).await;
        // Its row stands behind that of the second one.
        execute_sql(&database, &format!("UPDATE vpn_connections SET app_version = '2' WHERE id = {first}")).await;
        let reporting = database.client().await;
        let lock = |id: i64| {
            format!("SELECT 1 FROM vpn_connections WHERE server_id = 'node-1' AND id = {id} FOR NO KEY UPDATE")
        };
        reporting.batch_execute(&format!("BEGIN; {}", lock(first))).await.unwrap();
        let changing = begun(&database, change.to_owned()).await;
        reporting.batch_execute(&lock(second)).await.unwrap_or_else(|error| panic!("{way}: {error:?}"));
        reporting.batch_execute("COMMIT").await.unwrap();
        changing.await.unwrap().unwrap_or_else(|error| panic!("{way}: {error:?}"));
        let left = format!("SELECT COUNT(*) FROM vpn_connections WHERE username = 'ada' AND id IN ({first}, {second})");
        assert_eq!(scalar(&database, &left).await, 0, "{way}");
        execute_sql(&database, "UPDATE users SET username = 'eve-before' WHERE username = 'eve'").await;
    }
}

const ACCOUNTS: usize = 3;
const TASKS: usize = 8;
const ROUNDS: i32 = 100;

/// What a task knows of the accounts and connections, for its next statement.
struct Seen {
    id: i64,
    name: String,
    server: String,
    live: Vec<String>,
    ended: Vec<String>,
}

impl Seen {
    async fn by(client: &Client, numbers: &mut Numbers, accounts: [i64; ACCOUNTS]) -> Self {
        let id = accounts[numbers.below(3).unsigned_abs() as usize];
        let server = format!("node-{}", numbers.below(2));
        let name = text_rows(client, &format!("SELECT username::TEXT FROM users WHERE id = {id}")).await.remove(0);
        let ids = |status: &str| {
            format!(
                "SELECT id::TEXT FROM vpn_connections WHERE server_id = '{server}' AND status {status} ORDER BY id DESC LIMIT 9"
            )
        };
        let live = text_rows(client, &ids("IN ('connecting', 'connected')")).await;
        let ended = text_rows(client, &ids("IN ('disconnected', 'error')")).await;
        Self { id, name, server, live, ended }
    }

    /// A statement that locks rows of some of accounts, sessions, connections, counters and usage.
    fn statement(&self, numbers: &mut Numbers, unique: &str) -> String {
        let Self { id, name, server, .. } = self;
        let (live, ended) = (self.live.join(","), self.ended.join(","));
        let address = format!("10.8.0.{}", 1 + numbers.below(6));
        // Of the last hour or of this one, so that reports roll usage up.
        let report = |function: &str, ids: &str, count: usize| {
            let each = |value: &str| vec![value; count].join(",");
            format!(
                "SELECT {function}('{server}', '{{{ids}}}', '{{{}}}', '{{{}}}', '{{{}}}', '{{{}}}', NULL)",
                each("1"),
                each(unique),
                each(unique),
                each(unique)
            )
        };
        match numbers.below(20) {
            0..6 => format!(
                "SELECT connection_open('{server}', '{name}', NULL, '{address}', NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, 3, TRUE, 90, TRUE)"
            ),
            6..8 => report("connection_heartbeat", &live, self.live.len()),
            8 => report("connection_count_late", &ended, self.ended.len()),
            9 if !self.live.is_empty() => format!(
                "SELECT connection_end('{server}', '{{{}}}', 'disconnected', 'lost', FALSE, NULL, NULL, NULL)",
                self.live[0]
            ),
            10 => format!("SELECT connection_close_server('{server}', NULL, NULL, 'server_restart')"),
            11 => format!("SELECT connection_close_address('{server}', '{address}', 'lost')"),
            12 => format!("SELECT connection_close_user('{name}', NULL, 'administrator')"),
            13 => format!("SELECT connection_reap('{server}', 300, 5)"),
            14 => {
                format!("UPDATE users SET expires_at = NOW() + INTERVAL '{unique} days', active = TRUE WHERE id = {id}")
            }
            15 => format!("UPDATE users SET active = FALSE WHERE id = {id}"),
            16 => format!("SELECT account_erase('{name}', NULL, '{{}}', '{{}}')"),
            17 => format!(
                "SELECT session_create({id}, 'token-{unique}', NULL, NULL, NULL, NULL, 3600, 3600, 2, TRUE, NULL)"
            ),
            18 => "SELECT connection_delete_ended(0, 3), usage_archive(0, 3)".to_owned(),
            _ => format!("UPDATE users SET username = 'name-{unique}', active = TRUE WHERE id = {id}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ends_renames_erasures_reports_and_evictions_of_the_same_users_never_deadlock() {
    let database = Arc::new(migrated_database().await);
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let mut accounts = [0; ACCOUNTS];
    for (number, id) in accounts.iter_mut().enumerate() {
        *id = user(&client, &format!("user-{number}")).await;
    }
    at_once(TASKS, |task| {
        let database = Arc::clone(&database);
        async move {
            let client = database.client().await;
            let mut numbers = Numbers::new(task as u64);
            for round in 0..ROUNDS {
                let seen = Seen::by(&client, &mut numbers, accounts).await;
                let unique = (1000 * (task + 1) + round.unsigned_abs() as usize).to_string();
                let statement = seen.statement(&mut numbers, &unique);
                let Err(error) = client.batch_execute(&statement).await else { continue };
                // An account with live connections is not erased, and an address can be taken meanwhile.
                let expected = [SqlState::OBJECT_IN_USE, SqlState::UNIQUE_VIOLATION];
                assert!(error.code().is_some_and(|code| expected.contains(code)), "{statement}: {error:?}");
            }
        }
    })
    .await;
    assert_eq!(miscounted_connections(&database).await, 0);
    let renamed = "SELECT COUNT(*) FROM users WHERE username NOT LIKE 'user-%'";
    assert_eq!(scalar(&database, renamed).await, 3);
    drop((client, pool));
    assert_eq!(deadlocks(&database).await, 0);
}
