//! Streams of rows: held, dropped, and in the company of other statements.

use barqnet_db::client::{Client, Error, GenericClient, Query, Rows};
use futures::{StreamExt, TryStreamExt};

use crate::common::{migrated_database, pool_of};

static WIDE: Query =
    Query::by_hand("test.wide", "SELECT n, REPEAT('x', 1000) FROM GENERATE_SERIES(1, 100000) AS n ORDER BY n");
static NARROW: Query = Query::by_hand("test.narrow", "SELECT n FROM GENERATE_SERIES(1, 10000) AS n ORDER BY n");

static ENDLESS: Query = Query::by_hand(
    "test.endless",
    "SELECT n, PG_SLEEP(CASE WHEN n < 5000 THEN 0 ELSE 600 END)::TEXT FROM GENERATE_SERIES(1, 100000) AS n",
);

async fn rows<'c>(client: &'c impl GenericClient, query: &'static Query) -> Rows<'c> {
    query.stream(client, &[]).await.unwrap()
}

async fn one(client: &Client) -> i32 {
    client.query_one("SELECT 1", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_statement_runs_while_a_stream_is_held_and_the_stream_loses_no_row() {
    let database = migrated_database().await;
    let client = pool_of(&database, 1).await.get().await.unwrap();
    let mut stream = rows(&client, &NARROW).await;
    assert_eq!(stream.next().await.unwrap().unwrap().try_get::<i32>(0).unwrap(), 1);
    assert_eq!(one(&client).await, 1);
    let rest: Vec<_> = stream.try_collect().await.unwrap();
    let numbers: Vec<i32> = rest.iter().map(|row| row.try_get(0).unwrap()).collect();
    assert_eq!(numbers, (2..=10_000).collect::<Vec<_>>());
    assert_eq!(one(&client).await, 1);
}

#[tokio::test]
async fn a_stream_of_100_000_wide_rows_that_is_held_blocks_no_statement_and_says_what_was_lost() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    let mut stream = rows(&client, &WIDE).await;
    stream.next().await.unwrap().unwrap();
    assert_eq!(one(&client).await, 1);
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Overrun { statement: Query { name: "test.wide", .. }, .. }), "{error}");
    assert!(stream.next().await.is_none());
    drop(stream);

    let transaction = client.transaction().await.unwrap();
    let mut stream = rows(&transaction, &WIDE).await;
    stream.next().await.unwrap().unwrap();
    assert_eq!(one(&transaction).await, 1);
    assert!(matches!(stream.next().await.unwrap(), Err(Error::Overrun { .. })));
    drop(stream);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn two_streams_on_one_client_both_arrive_whole() {
    let database = migrated_database().await;
    let client = pool_of(&database, 1).await.get().await.unwrap();
    let (first, second) = (rows(&client, &NARROW).await, rows(&client, &NARROW).await);
    let (second, first) = (second.count().await, first.count().await);
    assert_eq!((first, second), (10_000, 10_000));
    let (first, second) = (rows(&client, &NARROW).await, rows(&client, &NARROW).await);
    assert_eq!(tokio::join!(first.count(), second.count()), (10_000, 10_000));
}

#[tokio::test]
async fn a_stream_dropped_early_is_cancelled_on_the_server() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let client = pool.get().await.unwrap();
    for _ in 0..3 {
        let mut stream = rows(&client, &ENDLESS).await;
        stream.next().await.unwrap().unwrap();
        drop(stream);
        assert_eq!(one(&client).await, 1);
    }
}

#[tokio::test]
async fn a_stream_dropped_early_in_a_transaction_leaves_the_transaction_intact() {
    let database = migrated_database().await;
    let mut client = pool_of(&database, 1).await.get().await.unwrap();
    client.batch_execute("CREATE TABLE kept (id INT)").await.unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.execute("INSERT INTO kept VALUES (1)", &[]).await.unwrap();
    let mut stream = rows(&transaction, &WIDE).await;
    stream.next().await.unwrap().unwrap();
    drop(stream);
    transaction.execute("INSERT INTO kept VALUES (2)", &[]).await.unwrap();
    transaction.commit().await.unwrap();
    let kept: i64 = client.query_one("SELECT COUNT(*) FROM kept", &[]).await.unwrap().get(0);
    assert_eq!(kept, 2);
}
