//! Calls that are dropped before they are done, and servers that no longer answer.

use std::{fs, process::Command, time::Duration};

use barqnet_db::{
    client::Error,
    pool::{self, Client, Settings},
    queries::users,
};
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::{Options, Server};
use tokio::time::timeout;

use crate::common::{migrated_database, pool_of, user};

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

async fn backend(client: &Client) -> i32 {
    client.query_one("SELECT PG_BACKEND_PID()", &[]).await.expect("the server answers").get(0)
}

/// How many connections to the database there are, and how many of them run a statement, this one left out.
async fn connections(database: &TestDatabase, watcher: &Client) -> (i64, i64) {
    let sql = "SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'active')
               FROM pg_stat_activity WHERE datname = $1 AND pid <> PG_BACKEND_PID()";
    let row = watcher.query_one(sql, &[&database.name()]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn an_abandoned_query_is_cancelled_and_its_connection_lent_again() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let client = pool.get().await.unwrap();
    let pid = backend(&client).await;
    for _ in 0..10 {
        timeout(SHORT, client.query("SELECT PG_SLEEP(600)", &[])).await.expect_err("it sleeps for long");
        assert_eq!(backend(&client).await, pid);
    }
    timeout(SHORT, client.query("SELECT PG_SLEEP(600)", &[])).await.expect_err("it sleeps for long");
    drop(client);
    assert_eq!(backend(&pool.get().await.unwrap()).await, pid);
}

/// A cancellation that arrives late must not end another statement.
#[tokio::test]
async fn the_call_after_an_abandoned_one_is_never_cancelled() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    for round in 0..200 {
        let client = pool.get().await.unwrap();
        // Ends about when it is abandoned.
        let _ = timeout(Duration::from_micros(round * 10), client.query("SELECT PG_SLEEP(0.001)", &[])).await;
        if round % 2 == 0 {
            client.query("SELECT PG_SLEEP(0.001)", &[]).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_give_up_never_open_more_connections_than_the_pool_has() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 4).await;
    let watcher = database.pool().await.get().await.unwrap();
    user(&watcher, "ada").await;
    let mut holder = pool::connect_one(database.settings()).await.unwrap();
    let transaction = holder.transaction().await.unwrap();
    transaction.execute("UPDATE users SET port = 1 WHERE username = 'ada'", &[]).await.unwrap();

    let callers: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    let _ = timeout(SHORT, async {
                        let client = pool.get().await.unwrap();
                        client.execute("UPDATE users SET port = 2 WHERE username = 'ada'", &[]).await
                    })
                    .await;
                }
            })
        })
        .collect();
    let mut most = 0;
    while !callers.iter().all(tokio::task::JoinHandle::is_finished) {
        most = most.max(connections(&database, &watcher).await.0);
    }
    // The holder, and the four.
    assert!((2..=5).contains(&most), "{most} connections");
    for caller in callers {
        caller.await.unwrap();
    }
    // Nothing is left that could take effect once the row is free.
    while connections(&database, &watcher).await.1 > 0 {
        tokio::task::yield_now().await;
    }
    transaction.rollback().await.unwrap();
    let port: i32 = watcher.query_one("SELECT port FROM users WHERE username = 'ada'", &[]).await.unwrap().get(0);
    assert_eq!(port, 1194);
}

#[tokio::test]
async fn a_typed_statement_that_is_abandoned_takes_no_effect_later() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let mut holder = pool::connect_one(database.settings()).await.unwrap();
    user(&holder, "ada").await;
    let transaction = holder.transaction().await.unwrap();
    users::touch_last_access().bind(&transaction, &"ada", &0.0).await.unwrap();
    let client = pool.get().await.unwrap();
    timeout(SHORT, users::deactivate().bind(&client, &"ada")).await.expect_err("the row is locked");
    // The next call on the connection comes after its end.
    client.query("SELECT 1", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(users::by_username().bind(&client, &"ada").one().await.unwrap().active);
}

#[tokio::test]
async fn a_call_abandoned_in_a_transaction_makes_its_commit_an_error_that_names_it() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let mut holder = pool::connect_one(database.settings()).await.unwrap();
    user(&holder, "ada").await;
    let locked = holder.transaction().await.unwrap();
    users::touch_last_access().bind(&locked, &"ada", &0.0).await.unwrap();
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "bob").await;
    timeout(SHORT, users::deactivate().bind(&transaction, &"ada")).await.expect_err("the row is locked");
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, Error::RolledBack { .. }), "{error}");
    assert!(error.to_string().contains("users.deactivate") && error.to_string().contains("57014"), "{error}");
    assert!(!users::exists().bind(&client, &"bob").one().await.unwrap());
}

#[tokio::test]
async fn a_transaction_abandoned_with_its_call_is_rolled_back_and_its_connection_lent_again() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let mut holder = pool::connect_one(database.settings()).await.unwrap();
    user(&holder, "ada").await;
    let locked = holder.transaction().await.unwrap();
    users::touch_last_access().bind(&locked, &"ada", &0.0).await.unwrap();
    let pid = backend(&pool.get().await.unwrap()).await;
    for _ in 0..5 {
        timeout(SHORT, async {
            let mut client = pool.get().await.unwrap();
            let transaction = client.transaction().await.unwrap();
            user(&transaction, "bob").await;
            users::deactivate().bind(&transaction, &"ada").await.unwrap();
            transaction.commit().await.unwrap();
        })
        .await
        .expect_err("the row is locked");
        let client = pool.get().await.unwrap();
        assert!(!users::exists().bind(&client, &"bob").one().await.unwrap());
        assert_eq!(backend(&client).await, pid);
    }
}

/// The processes of a server: its postmaster and everything that it has started.
fn processes(server: &Server) -> Vec<String> {
    let pid_file = server.folder().join("data/postmaster.pid");
    let postmaster = fs::read_to_string(pid_file).unwrap().lines().next().unwrap().to_owned();
    let children = Command::new("pgrep").args(["-P", &postmaster]).output().unwrap().stdout;
    let children = String::from_utf8(children).unwrap();
    children.lines().map(str::to_owned).chain([postmaster]).collect()
}

/// The processes of a server, stopped until this is dropped.
pub(super) struct Frozen(Vec<String>);

impl Frozen {
    pub(super) fn new(server: &Server) -> Self {
        let frozen = Self(processes(server));
        frozen.signal("-STOP");
        frozen
    }

    fn signal(&self, signal: &str) {
        let _ = Command::new("kill").arg(signal).args(&self.0).status();
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_holds_no_caller_for_longer_than_its_limit_and_five_seconds() {
    let server = Options::default().start().expect("PostgreSQL is installed");
    let settings = Settings::from_url(&server.url("postgres")).unwrap().max_size(3).statement_timeout(SHORT);
    let pool = pool::connect(settings).await.unwrap();
    let (mut one, two, other) = (pool.get().await.unwrap(), pool.get().await.unwrap(), pool.get().await.unwrap());
    let pid = backend(&other).await;
    let transaction = one.transaction().await.unwrap();
    let frozen = Frozen::new(&server);
    let (query, commit) = tokio::join!(two.query("SELECT 1", &[]), transaction.commit());
    // All of this is answered while the server is still frozen.
    assert!(matches!(query, Err(Error::TimedOut { .. })), "{query:?}");
    assert!(matches!(commit, Err(Error::CommitUnknown { .. })), "{commit:?}");
    let again = two.query("SELECT 1", &[]).await;
    assert!(matches!(again, Err(Error::TimedOut { .. })), "{again:?}");
    drop((one, two));
    let none = pool.get().await.unwrap_err();
    assert!(none.is_transient(), "{none}");
    drop(frozen);
    // What was broken is gone from the pool, the rest goes on.
    assert_eq!(backend(&other).await, pid);
    drop(other);
    for _ in 0..3 {
        backend(&pool.get().await.unwrap()).await;
    }
}
