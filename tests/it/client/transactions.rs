//! Transactions: a commit that is acknowledged has happened, any other names the statement that failed.

use barqnet_db::{
    client::{Error, Query, Transaction, TransactionOptions},
    pool::{Client, Pool},
    queries::users,
    tokio_postgres::{IsolationLevel, error::SqlState},
};
use futures::{StreamExt, TryStreamExt};

use crate::common::{migrated_database, pool_of, user};

static TAKE: Query = Query::by_hand("test.take", "INSERT INTO users (username, created_by) VALUES ('ada', 'tests')");
static DIVIDE: Query = Query::by_hand("test.divide", "SELECT 1 / (2500 - n) FROM GENERATE_SERIES(1, 100000) AS n");

async fn exists(client: &Client, username: &str) -> bool {
    users::exists().bind(client, &username).one().await.unwrap()
}

async fn deactivate(transaction: &Transaction<'_>, username: &str) -> Result<u64, Error> {
    users::deactivate().bind(transaction, &username).await
}

/// The commit fails because of this statement and code.
async fn assert_rolled_back(transaction: Transaction<'_>, statement: &str, code: &str) {
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, Error::RolledBack { .. }), "{error}");
    assert_eq!((error.statement(), error.sqlstate().map(SqlState::code)), (statement, Some(code)), "{error}");
    assert!(error.to_string().contains(statement) && error.to_string().contains(code), "{error}");
}

#[tokio::test]
async fn a_commit_after_an_ignored_error_is_an_error_that_names_the_statement() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    user(&client, "ada").await;
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "bob").await;
    assert!(TAKE.execute(&transaction, &[]).await.is_err());
    // A later failure is a consequence of the first.
    assert!(users::exists().bind(&transaction, &"bob").one().await.is_err());
    assert_rolled_back(transaction, "test.take", "23505").await;
    assert!(!exists(&client, "bob").await);
}

#[tokio::test]
async fn a_commit_after_a_stream_that_failed_unseen_is_an_error_that_names_it() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "bob").await;
    let mut stream = DIVIDE.stream(&transaction, &[]).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_rolled_back(transaction, "test.divide", "22012").await;
    assert!(!exists(&client, "bob").await);
}

#[tokio::test]
async fn a_commit_after_an_ignored_deadlock_is_an_error_that_is_worth_a_retry() {
    let database = migrated_database().await;
    let pool: Pool = pool_of(&database, 2).await;
    let (mut one, mut other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    user(&one, "ada").await;
    user(&one, "bob").await;
    let (one, other) = (one.transaction().await.unwrap(), other.transaction().await.unwrap());
    users::deactivate().bind(&one, &"ada").await.unwrap();
    users::deactivate().bind(&other, &"bob").await.unwrap();
    let outcomes = tokio::join!(deactivate(&one, "bob"), deactivate(&other, "ada"));
    let (loser, winner) = if outcomes.0.is_err() { (one, other) } else { (other, one) };
    winner.commit().await.unwrap();
    let error = loser.commit().await.unwrap_err();
    assert!(matches!(error, Error::RolledBack { .. }) && error.is_transient(), "{error}");
    assert_eq!((error.statement(), error.sqlstate().map(SqlState::code)), ("users.deactivate", Some("40P01")));
}

#[tokio::test]
async fn a_commit_after_a_failure_outside_this_crate_is_an_error_all_the_same() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "bob").await;
    transaction.unguarded().batch_execute("SELECT 1 / 0").await.unwrap_err();
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, Error::RolledBack { failure: None, .. }), "{error}");
    assert!(!exists(&client, "bob").await);
}

#[tokio::test]
async fn a_deferred_constraint_that_the_commit_violates_is_its_error() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    client
        .batch_execute("CREATE TABLE late (id INT CONSTRAINT late_once UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.execute("INSERT INTO late VALUES (1), (1)", &[]).await.unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert_eq!((error.statement(), error.constraint()), ("commit", Some("late_once")), "{error}");
    let rows: i64 = client.query_one("SELECT COUNT(*) FROM late", &[]).await.unwrap().get(0);
    assert_eq!(rows, 0);
}

/// Outside a transaction the commit is part of the statement.
#[tokio::test]
async fn a_deferred_constraint_fails_the_statement_outside_a_transaction() {
    static ADD: Query = Query::by_hand("test.add", "INSERT INTO late VALUES (1), (1) RETURNING id");
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let client = pool.get().await.unwrap();
    client
        .batch_execute("CREATE TABLE late (id INT CONSTRAINT late_once UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    for error in [
        ADD.execute(&client, &[]).await.unwrap_err(),
        ADD.stream(&client, &[]).await.unwrap().try_collect::<Vec<_>>().await.unwrap_err(),
        ADD.execute(pool.lane(), &[]).await.unwrap_err(),
    ] {
        assert_eq!((error.statement(), error.constraint()), ("test.add", Some("late_once")), "{error}");
    }
    let rows: i64 = client.query_one("SELECT COUNT(*) FROM late", &[]).await.unwrap().get(0);
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_savepoint_undoes_a_failure_and_the_transaction_is_committed() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    let mut transaction = client.transaction().await.unwrap();
    user(&transaction, "ada").await;
    let mut savepoint = transaction.savepoint().await.unwrap();
    user(&savepoint, "bob").await;
    let inner = savepoint.savepoint().await.unwrap();
    inner.execute("SELECT 1 / 0", &[]).await.unwrap_err();
    assert_rolled_back(inner, "(SQL text)", "22012").await;
    savepoint.commit().await.unwrap();
    let savepoint = transaction.savepoint().await.unwrap();
    user(&savepoint, "eve").await;
    savepoint.rollback().await.unwrap();
    let savepoint = transaction.savepoint().await.unwrap();
    user(&savepoint, "mallory").await;
    drop(savepoint);
    transaction.commit().await.unwrap();
    let mut found = Vec::new();
    for name in ["ada", "bob", "eve", "mallory"] {
        found.push(exists(&client, name).await);
    }
    assert_eq!(found, [true, true, false, false]);
}

#[tokio::test]
async fn a_transaction_has_the_characteristics_that_were_asked_for() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    for (options, expected) in [
        (TransactionOptions::default(), ["read committed", "off", "off"]),
        (
            TransactionOptions {
                isolation: IsolationLevel::Serializable,
                read_only: true,
                deferrable: true,
                ..TransactionOptions::default()
            },
            ["serializable", "on", "on"],
        ),
        (
            TransactionOptions { isolation: IsolationLevel::RepeatableRead, ..TransactionOptions::default() },
            ["repeatable read", "off", "off"],
        ),
    ] {
        let transaction = client.transaction_with(options).await.unwrap();
        let sql = "SELECT CURRENT_SETTING('transaction_isolation'), CURRENT_SETTING('transaction_read_only'),
                          CURRENT_SETTING('transaction_deferrable')";
        let row = transaction.query_one(sql, &[]).await.unwrap();
        let found: [&str; 3] = [row.get(0), row.get(1), row.get(2)];
        assert_eq!(found, expected);
        transaction.commit().await.unwrap();
    }
}
