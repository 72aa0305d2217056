//! Clients that are read-only: what runs on them, and that their transactions write nothing.

use barqnet_db::{
    client::{Bound, Error, Query, ReadClient, ReadOnly, Returning, Row, TransactionOptions},
    plans,
    pool::Pool,
    queries::users,
    tokio_postgres::IsolationLevel,
};

use crate::common::{migrated_database, pool_of, user};

/// What the build would make of a statement that shows how the server sees the transaction.
struct Mode;

impl Mode {
    const QUERY: &'static Query = &Query::by_hand(
        "test.mode",
        "SELECT CURRENT_SETTING('transaction_read_only'), CURRENT_SETTING('transaction_isolation')",
    );

    async fn of(client: &impl ReadClient) -> (String, String) {
        Bound::<_, Self, 0>::new(Self::QUERY, client, [], |it| it).one().await.unwrap()
    }
}

impl Returning for Mode {
    type Row = (String, String);
    type Borrowed<'r> = (String, String);
    fn read(row: &Row) -> Result<Self::Borrowed<'_>, Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

async fn count(client: &impl ReadClient) -> i64 {
    users::count().bind(client).one().await.unwrap().total
}

fn mode(read_only: &str, isolation: &str) -> (String, String) {
    (read_only.to_owned(), isolation.to_owned())
}

async fn users_and_plans(client: &impl ReadClient) -> (Option<i64>, usize) {
    let found = users::by_username().bind(client, &"ada").opt().await.unwrap();
    (found.map(|found| found.id), plans::list(client).await.unwrap().len())
}

#[tokio::test]
async fn reading_statements_run_on_every_client_that_is_read_only() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 2).await;
    let id = user(&pool.get().await.unwrap(), "ada").await;
    let expected = (Some(id), 0);
    let mut client = pool.read().await.unwrap();
    assert_eq!(users_and_plans(&client).await, expected);
    assert_eq!(users_and_plans(&pool.read_lane()).await, expected);
    assert_eq!(users_and_plans(&ReadOnly::new(pool.get().await.unwrap())).await, expected);
    let transaction = client.transaction().await.unwrap();
    assert_eq!(users_and_plans(&transaction).await, expected);
    transaction.commit().await.unwrap();
    let found = pool
        .read_transaction(&TransactionOptions::default(), |transaction| async move {
            Ok::<_, barqnet_db::Error>(users_and_plans(&transaction).await)
        })
        .await;
    assert_eq!(found.unwrap(), expected);
}

#[tokio::test]
async fn a_transaction_of_a_read_only_client_is_read_only_on_the_server() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    // Options can't make it write.
    let writing = TransactionOptions { read_only: false, ..TransactionOptions::at(IsolationLevel::Serializable) };
    let mut client = pool.read().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    assert_eq!(Mode::of(&transaction).await, mode("on", "repeatable read"));
    transaction.rollback().await.unwrap();
    let transaction = client.transaction_with(writing).await.unwrap();
    assert_eq!(Mode::of(&transaction).await, mode("on", "serializable"));
    drop(transaction);
    drop(client);
    assert_eq!(mode_in_attempt(&pool, writing).await, mode("on", "serializable"));
    // The next borrower can write again.
    assert_eq!(Mode::of(&pool.get().await.unwrap()).await, mode("off", "read committed"));
}

async fn mode_in_attempt(pool: &Pool, options: TransactionOptions) -> (String, String) {
    let shown = pool.read_transaction(&options, |transaction| async move {
        Ok::<_, barqnet_db::Error>(Mode::of(&transaction).await)
    });
    shown.await.unwrap()
}

#[tokio::test]
async fn a_transaction_of_a_read_only_client_sees_one_snapshot() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 2).await;
    let mut client = pool.read().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let before = count(&transaction).await;
    user(&pool.get().await.unwrap(), "ada").await;
    assert_eq!(count(&transaction).await, before);
    transaction.rollback().await.unwrap();
    assert_eq!(count(&client).await, before + 1);
}
