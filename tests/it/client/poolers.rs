//! pgbouncer before the server, in both modes.

use std::{pin::pin, time::Duration};

use barqnet_db::{
    client::{Error, Query, TransactionOptions, stream_of},
    doctor, embedded,
    maintenance::{self, MaintenancePolicy},
    migrate::migrate,
    pool::{self, Client, Pool, PoolMode, Settings},
    queries::{audit, users},
    tokio_postgres::{IsolationLevel, error::SqlState},
};
use barqnet_db_testing::{TestDatabase, pooler::Pooler};
use futures::StreamExt;
use tokio::time::timeout;

use crate::audit::past_entry;
use crate::common::{a_day_of_a_user, at_once, migrated_database, user};

/// Fewer sessions than callers, so that they are shared.
const SESSIONS: usize = 3;

/// What programs have left in the session. The statement that asks is prepared itself; pgbouncer keeps its own from 1.21 on.
const LEFT: &str = "SELECT (SELECT COUNT(*) FROM pg_prepared_statements WHERE name NOT LIKE 'PGBOUNCER%')
                         + (SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory')";

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

struct Pooled {
    database: TestDatabase,
    pooler: Pooler,
    pool: Pool,
}

impl Pooled {
    /// A pooler that gives each transaction another session of the database, and a pool of 24 connections to it.
    async fn before(database: TestDatabase) -> Self {
        let pooler = Pooler::start(&database.settings(), PoolMode::Transaction, SESSIONS, "");
        let settings = pooler.settings(&database.settings()).pool_mode(PoolMode::Transaction).max_size(24);
        let pool = pool::connect(settings).await.expect("the pooler answers");
        Self { database, pooler, pool }
    }

    async fn migrated() -> Self {
        Self::before(migrated_database().await).await
    }

    async fn empty() -> Self {
        Self::before(TestDatabase::empty().await).await
    }

    fn settings(&self) -> Settings {
        self.pooler.settings(&self.database.settings()).pool_mode(PoolMode::Transaction)
    }

    /// How many sessions the database has, this one left out.
    async fn sessions(&self) -> usize {
        let others =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND pid <> PG_BACKEND_PID()";
        usize::try_from(crate::common::scalar(&self.database, others).await).expect("not negative")
    }
}

async fn show(client: &Client, setting: &str) -> String {
    client.query_one(&format!("SHOW {setting}"), &[]).await.expect("the setting exists").get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_library_works_where_each_transaction_gets_another_session() {
    let pooled = Pooled::migrated().await;
    at_once(12, |task| {
        let pool = pooled.pool.clone();
        async move {
            for round in 0..3 {
                let name = format!("user{task}_{round}");
                // With another prefix each: the numbers of a prefix share a budget.
                a_day_of_a_user(&pool, &name, &format!("+4915{task:02}{round:07}")).await;
            }
        }
    })
    .await;
    let client = pooled.pool.get().await.unwrap();
    barqnet_db::locations::nearest(&client, barqnet_db::locations::Coordinates::new(50.0, 8.0).unwrap(), 3)
        .await
        .unwrap();
    // A lane takes clients of the pool there.
    at_once(12, |_| {
        let pool = pooled.pool.clone();
        async move { assert!(!users::exists().bind(pool.lane(), &"ada").one().await.unwrap()) }
    })
    .await;
    let report = maintenance::run_all(&pooled.pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
    assert!((2..=SESSIONS).contains(&pooled.sessions().await), "{}", pooled.pooler.log());
    // Whatever session one asks, nothing was left in it.
    let left = at_once(12, |_| {
        let pool = pooled.pool.clone();
        async move { pool.get().await.unwrap().query_one(LEFT, &[]).await.unwrap().get::<_, i64>(0) }
    })
    .await;
    assert!(left.iter().all(|count| *count <= 1), "{left:?}");
}

#[tokio::test]
async fn every_statement_has_the_settings_of_a_session_whatever_the_role_has() {
    let database = migrated_database().await;
    let hostile =
        [("TimeZone", "Asia/Kathmandu"), ("default_transaction_isolation", "serializable"), ("DateStyle", "SQL, DMY")];
    let all = hostile.map(|(name, value)| format!("ALTER DATABASE {} SET {name} = '{value}'", database.name()));
    database.client().await.batch_execute(&all.join("; ")).await.unwrap();
    let pooled = Pooled::before(database).await;
    let settings = pooled.settings().statement_timeout(Duration::from_secs(7)).lock_timeout(Duration::from_secs(2));
    let pool = pool::connect(settings.max_size(1)).await.unwrap();
    let limits = [("statement_timeout", "7s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "1min")];
    let mut client = pool.get().await.unwrap();
    for (name, value) in pool::SESSION_SETTINGS.into_iter().chain(limits) {
        assert_eq!(show(&client, name).await, value, "{name}");
    }
    assert_eq!(show(&client, "transaction_isolation").await, "read committed");
    client.set_statement_timeout(Duration::from_secs(9)).await.unwrap();
    assert_eq!(show(&client, "statement_timeout").await, "9s");

    let serializable = client.transaction_with(TransactionOptions::at(IsolationLevel::Serializable)).await.unwrap();
    for (name, value) in [("TimeZone", "UTC"), ("transaction_isolation", "serializable"), ("statement_timeout", "9s")] {
        assert_eq!(show(&serializable, name).await, value, "{name}");
    }
    serializable.set_statement_timeout(None).await.unwrap();
    assert_eq!(show(&serializable, "statement_timeout").await, "0");
    serializable.commit().await.unwrap();
    drop(client);
    assert_eq!(show(&pool.get().await.unwrap(), "statement_timeout").await, "7s");
}

#[tokio::test]
async fn a_commit_tells_the_truth_behind_a_pooler() {
    let pooled = Pooled::migrated().await;
    let mut client = pooled.pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "ada").await;
    let _ = transaction.query("SELECT 1 / 0", &[]).await.unwrap_err();
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, Error::RolledBack { .. }), "{error}");
    assert!(!users::exists().bind(&client, &"ada").one().await.unwrap());

    // A constraint that is checked at the commit fails the statement that has a transaction of its own.
    client
        .batch_execute(
            "CREATE TABLE late (id INT PRIMARY KEY DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1)",
        )
        .await
        .unwrap();
    let error = client.execute("INSERT INTO late VALUES (1)", &[]).await.unwrap_err();
    assert!(error.is_unique_violation(), "{error}");
    // Dropped, it is rolled back, and the connection is as new.
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "bob").await;
    drop(transaction);
    drop(client);
    let client = pooled.pool.get().await.unwrap();
    assert!(!users::exists().bind(&client, &"bob").one().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_call_is_cancelled_through_a_pooler_and_no_other_is() {
    let pooled = Pooled::empty().await;
    let neighbours: Vec<_> = (0..4)
        .map(|_| {
            let pool = pooled.pool.clone();
            tokio::spawn(async move {
                for _ in 0..200 {
                    pool.get().await.unwrap().query("SELECT PG_SLEEP(0.001)", &[]).await.unwrap();
                }
            })
        })
        .collect();
    let running = "SELECT COUNT(*) FROM pg_stat_activity
                   WHERE datname = CURRENT_DATABASE() AND state = 'active' AND query LIKE '%PG_SLEEP(600)%' AND pid <> PG_BACKEND_PID()";
    for round in 0..40_u64 {
        let client = pooled.pool.get().await.unwrap();
        let _ = timeout(Duration::from_millis(round), client.query("SELECT PG_SLEEP(600)", &[])).await;
        // The next call comes after the end of the abandoned one, and is not cancelled.
        client.query("SELECT 1", &[]).await.unwrap();
        assert_eq!(crate::common::scalar(&pooled.database, running).await, 0);
    }
    for neighbour in neighbours {
        neighbour.await.unwrap();
    }
    // With a transaction that is open, too.
    let mut client = pooled.pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    timeout(SHORT, transaction.query("SELECT PG_SLEEP(600)", &[])).await.expect_err("it sleeps for long");
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, Error::RolledBack { .. }), "{error}");
}

/// Statements by hand, and types that not every server has.
#[tokio::test(flavor = "multi_thread")]
async fn types_of_the_database_and_statements_by_hand_work_behind_a_pooler() {
    static BY_HAND: Query = Query::by_hand("tests.moods", "SELECT $1::mood, ARRAY[$2::pair]::TEXT");
    let pooled = Pooled::empty().await;
    let client = pooled.pool.get().await.unwrap();
    client
        .batch_execute("CREATE TYPE mood AS ENUM ('well', 'ill'); CREATE TYPE pair AS (a INT, b mood); CREATE DOMAIN email AS TEXT")
        .await
        .unwrap();
    client.batch_execute("CREATE TABLE people (id INT, mood mood, email email)").await.unwrap();
    drop(client);
    at_once(12, |task| {
        let pool = pooled.pool.clone();
        async move {
            let id = i32::try_from(task).unwrap();
            for _ in 0..5 {
                let client = pool.get().await.unwrap();
                let insert = "INSERT INTO people VALUES ($1, 'well', $2)";
                assert_eq!(client.execute(insert, &[&id, &"a@example.com"]).await.unwrap(), 1);
                let row = client.query_one("SELECT mood::TEXT, email FROM people WHERE id = $1 LIMIT 1", &[&id]).await;
                assert_eq!(row.unwrap().get::<_, &str>(1), "a@example.com");
                let rows = client.query("SELECT mood FROM people WHERE id = $1", &[&id]).await.unwrap();
                assert_eq!(rows[0].columns()[0].type_().name(), "mood");
                let error = BY_HAND.execute(&client, &[&1]).await.unwrap_err();
                assert!(error.to_string().contains("tests.moods"), "{error}");
            }
        }
    })
    .await;
    for _ in 0..2 * SESSIONS {
        let row = pooled.pool.get().await.unwrap().query_one(LEFT, &[]).await.unwrap();
        assert!(row.get::<_, i64>(0) <= 1);
    }
}

static VACUUM: Query = Query::by_hand("tests.vacuum", "VACUUM users");

#[tokio::test]
async fn what_cannot_run_in_a_transaction_runs_alone() {
    let pooled = Pooled::migrated().await;
    let client = pooled.pool.get().await.unwrap();
    VACUUM.execute(&client, &[]).await.unwrap();
    client.execute("VACUUM users", &[]).await.unwrap();
    client.batch_execute("CREATE INDEX CONCURRENTLY later ON users (created_by)").await.unwrap();
    // An error of the statement itself is reported as such.
    let error = client.batch_execute("SELECT 1; SELECT * FROM nowhere").await.unwrap_err();
    assert_eq!(error.sqlstate(), Some(&SqlState::UNDEFINED_TABLE), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_streamed_and_copied_behind_a_pooler() {
    let pooled = Pooled::migrated().await;
    let added = at_once(6, |_| {
        let pool = pooled.pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            audit::import().copy_in(&client, stream_of((0..500).map(past_entry))).await.unwrap()
        }
    })
    .await;
    assert_eq!(added, [500; 6]);
    at_once(6, |_| {
        let pool = pooled.pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            let rows = audit::export().copy_out(&client).await.unwrap();
            assert_eq!(pin!(rows).count().await, 3_000);
            let recent = audit::recent();
            let stream = recent.bind(&client, &i64::MAX, &5_000);
            assert_eq!(pin!(stream.iter().await.unwrap()).count().await, 3_000);
            // One that is dropped early is cancelled, and so is a copy.
            let stream = recent.bind(&client, &i64::MAX, &5_000).iter().await.unwrap();
            pin!(stream).next().await.unwrap().unwrap();
            pin!(audit::export().copy_out(&client).await.unwrap()).next().await.unwrap().unwrap();
            assert_eq!(show(&client, "transaction_isolation").await, "read committed");
        }
    })
    .await;
    // A copy that fails has copied nothing, and leaves no transaction open.
    let client = pooled.pool.get().await.unwrap();
    client
        .batch_execute("ALTER TABLE audit_log ADD CONSTRAINT short CHECK (LENGTH(action) < 5) NOT VALID")
        .await
        .unwrap();
    let error = audit::import().copy_in(&client, stream_of((0..5).map(past_entry))).await.unwrap_err();
    assert_eq!(error.constraint(), Some("short"), "{error}");
    client.batch_execute("ALTER TABLE audit_log DROP CONSTRAINT short").await.unwrap();
    assert_eq!(crate::common::scalar(&pooled.database, "SELECT COUNT(*) FROM audit_log").await, 3_000);
}

#[tokio::test]
async fn a_pooler_that_shares_sessions_unannounced_is_named_in_the_error() {
    let database = migrated_database().await;
    let lines = "ignore_startup_parameters = options";
    let pooler = Pooler::start(&database.settings(), PoolMode::Transaction, SESSIONS, lines);
    let pool = pool::connect(pooler.settings(&database.settings())).await.unwrap();
    let (mut one, mut other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    // Prepared in the only session that there is so far, which the other transaction then keeps.
    users::exists().bind(&one, &"ada").one().await.unwrap();
    let transaction = other.transaction().await.unwrap();
    let in_another = one.transaction().await.unwrap();
    // From 1.21 on, pgbouncer can prepare the statement in that session itself.
    if let Err(error) = users::exists().bind(&in_another, &"ada").one().await {
        assert!(error.to_string().contains("pool_mode=transaction"), "{error}");
    }
    transaction.rollback().await.unwrap();
}

#[tokio::test]
async fn what_needs_a_session_is_refused_and_says_what_to_do() {
    let pooled = Pooled::migrated().await;
    let settings = pooled.settings();
    let refusals = [
        migrate(&settings, &embedded::migrations()).await.unwrap_err().to_string(),
        doctor::examine(&settings, &embedded::migrations()).await.unwrap_err().to_string(),
        settings.connect_client().await.map(|_| ()).unwrap_err().to_string(),
    ];
    for refusal in refusals {
        assert!(refusal.contains("pool_mode") && refusal.contains("connect to the server itself"), "{refusal}");
    }
}

#[tokio::test]
async fn a_pooler_that_refuses_the_options_is_an_error_that_names_the_setting() {
    let pooled = Pooled::empty().await;
    let error = pool::connect(pooled.settings().pool_mode(PoolMode::Session)).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, pool::Error::OptionsRefused { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("pool_mode=transaction") && text.contains("ignore_startup_parameters"), "{text}");
    assert!(!error.is_transient());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_in_session_mode_needs_only_to_ignore_the_options() {
    let database = migrated_database().await;
    let lines = "ignore_startup_parameters = options";
    let pooler = Pooler::start(&database.settings(), PoolMode::Session, 24, lines);
    let pool = pool::connect(pooler.settings(&database.settings()).max_size(24)).await.unwrap();
    at_once(12, |task| {
        let pool = pool.clone();
        async move { a_day_of_a_user(&pool, &format!("user{task}"), &format!("+4915100000{task:03}")).await }
    })
    .await;
    // Statements are prepared there.
    let client = pool.get().await.unwrap();
    users::exists().bind(&client, &"ada").one().await.unwrap();
    let prepared = "SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '%users.exists%'";
    assert!(client.query_one(prepared, &[]).await.unwrap().get::<_, i64>(0) >= 1);
}
