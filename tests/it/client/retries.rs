//! Transactions of the pool that are repeated, and those that must not be.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use barqnet_db::{
    Error,
    client::{self, TransactionOptions},
    pool::Pool,
    queries::users,
    tokio_postgres::{IsolationLevel, error::SqlState},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{migrated_database, pool_of, user};

const SERIALIZABLE: TransactionOptions = TransactionOptions {
    isolation: IsolationLevel::Serializable,
    read_only: false,
    deferrable: false,
    // Longer than any machine needs.
    retry_for: Duration::from_mins(1),
};

/// A database with a table `counters` of two rows, 0 each.
async fn counters() -> (TestDatabase, Pool) {
    let database = TestDatabase::empty().await;
    let pool = pool_of(&database, 8).await;
    let sql = "CREATE TABLE counters (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO counters VALUES (1, 0), (2, 0)";
    pool.get().await.unwrap().batch_execute(sql).await.unwrap();
    (database, pool)
}

async fn counter(pool: &Pool, id: i32) -> i32 {
    let client = pool.get().await.unwrap();
    client.query_one("SELECT n FROM counters WHERE id = $1", &[&id]).await.unwrap().get(0)
}

async fn add(pool: Pool, options: TransactionOptions, ids: [i32; 2]) -> Result<(), Error> {
    pool.transaction(&options, |transaction| async move {
        for id in ids {
            let row = transaction.query_one("SELECT n FROM counters WHERE id = $1", &[&id]).await?;
            let n = row.get::<_, i32>(0) + 1;
            transaction.execute("UPDATE counters SET n = $1 WHERE id = $2", &[&n, &id]).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn serializable_transactions_of_many_tasks_all_commit_once() {
    let (_database, pool) = counters().await;
    let tasks: Vec<_> = (0..12)
        .map(|task| {
            let ids = if task % 2 == 0 { [1, 2] } else { [2, 1] };
            tokio::spawn(add(pool.clone(), SERIALIZABLE, ids))
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!((counter(&pool, 1).await, counter(&pool, 2).await), (12, 12));
}

#[tokio::test]
async fn a_stale_statement_costs_a_transaction_one_attempt() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    users::by_username().bind(&client, &"ada").one().await.unwrap();
    drop(client);
    let migration = "ALTER TABLE users ALTER COLUMN ovpn_path TYPE VARCHAR(500)";
    database.client().await.batch_execute(migration).await.unwrap();
    let attempts = &AtomicU32::new(0);
    let found = pool
        .transaction(&TransactionOptions::default(), |transaction| async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Error>(users::by_username().bind(&transaction, &"ada").one().await?.username)
        })
        .await
        .unwrap();
    assert_eq!((found.as_str(), attempts.load(Ordering::Relaxed)), ("ada", 2));
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_costs_a_transaction_one_attempt() {
    let (_database, pool) = counters().await;
    let attempts = &AtomicU32::new(0);
    pool.transaction(&TransactionOptions::default(), |transaction| async move {
        transaction.execute("UPDATE counters SET n = n + 1 WHERE id = 1", &[]).await?;
        if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
            transaction.execute("SELECT PG_TERMINATE_BACKEND(PG_BACKEND_PID())", &[]).await?;
        }
        Ok::<_, Error>(())
    })
    .await
    .unwrap();
    assert_eq!((counter(&pool, 1).await, attempts.load(Ordering::Relaxed)), (1, 2));
}

#[tokio::test]
async fn a_connection_lost_during_the_commit_is_said_to_be_unknown_and_nothing_is_repeated() {
    let (database, pool) = counters().await;
    // The commit waits until the test has ended its connection.
    database
        .client()
        .await
        .batch_execute(
            "CREATE FUNCTION wait() RETURNS TRIGGER LANGUAGE plpgsql AS
                 $$BEGIN PERFORM PG_ADVISORY_XACT_LOCK(1); RETURN NULL; END$$;
             CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON counters DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION wait()",
        )
        .await
        .unwrap();
    let holder = database.client().await;
    holder.batch_execute("SELECT PG_ADVISORY_LOCK(1)").await.unwrap();
    let attempts = &AtomicU32::new(0);
    let options = TransactionOptions::default();
    let commit = pool.transaction(&options, |transaction| async move {
        attempts.fetch_add(1, Ordering::Relaxed);
        transaction.execute("UPDATE counters SET n = n + 1 WHERE id = 1", &[]).await?;
        Ok::<_, Error>(())
    });
    let kill = async {
        let waiting = "SELECT PG_TERMINATE_BACKEND(pid) FROM pg_stat_activity
                       WHERE wait_event_type = 'Lock' AND datname = CURRENT_DATABASE()";
        while holder.query(waiting, &[]).await.unwrap().is_empty() {}
    };
    let (outcome, ()) = tokio::join!(commit, kill);
    let error = outcome.unwrap_err();
    assert!(matches!(&error, Error::Statement(client::Error::CommitUnknown { .. })), "{error}");
    assert!(error.to_string().contains("look before repeating"), "{error}");
    assert_eq!((counter(&pool, 1).await, attempts.load(Ordering::Relaxed)), (0, 1));
}

#[tokio::test]
async fn an_error_that_a_repetition_cannot_mend_ends_the_transaction_at_once() {
    let (_database, pool) = counters().await;
    let attempts = &AtomicU32::new(0);
    let error = pool
        .transaction(&TransactionOptions::default(), |transaction| async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            transaction.execute("UPDATE counters SET n = n + 1 WHERE id = 1", &[]).await?;
            transaction.execute("INSERT INTO counters VALUES (1, 1)", &[]).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap_err();
    assert!(error.to_string().contains("counters_pkey"), "{error}");
    assert_eq!((counter(&pool, 1).await, attempts.load(Ordering::Relaxed)), (0, 1));
}

#[tokio::test]
async fn without_a_budget_a_serialization_failure_is_the_callers() {
    let (_database, pool) = counters().await;
    let once = TransactionOptions { retry_for: Duration::ZERO, ..SERIALIZABLE };
    let attempts = &AtomicU32::new(0);
    let other = &pool;
    let error = pool
        .transaction(&once, |transaction| async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            transaction.query_one("SELECT n FROM counters WHERE id = 1", &[]).await?;
            add(other.clone(), SERIALIZABLE, [1, 2]).await?;
            transaction.execute("UPDATE counters SET n = n + 1 WHERE id = 1", &[]).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap_err();
    let Error::Statement(statement) = &error else { panic!("{error}") };
    assert_eq!(statement.sqlstate().map(SqlState::code), Some("40001"));
    assert!(statement.is_transient());
    assert_eq!((counter(&pool, 1).await, attempts.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_at_its_end_returns_its_value_and_changes_nothing() {
    let (_database, pool) = counters().await;
    let found = pool
        .transaction(&TransactionOptions::default(), |transaction| async move {
            transaction.execute("UPDATE counters SET n = 7 WHERE id = 1", &[]).await?;
            transaction.roll_back_at_end();
            let row = transaction.query_one("SELECT n FROM counters WHERE id = 1", &[]).await?;
            Ok::<_, Error>(row.get::<_, i32>(0))
        })
        .await
        .unwrap();
    assert_eq!((found, counter(&pool, 1).await), (7, 0));
}

#[tokio::test]
async fn a_statement_after_the_end_of_its_transaction_is_refused() {
    let (_database, pool) = counters().await;
    let kept = pool
        .transaction(&TransactionOptions::default(), |transaction| async move { Ok::<_, Error>(transaction) })
        .await
        .unwrap();
    let error = kept.execute("UPDATE counters SET n = 7 WHERE id = 1", &[]).await.unwrap_err();
    assert!(matches!(error, client::Error::TransactionEnded { .. }), "{error}");
    drop(kept);
    assert_eq!(counter(&pool, 1).await, 0);
}
