//! Prepared statements: once per connection, as the server's log shows, and again after a schema change.

use barqnet_db::{
    client::Query,
    embedded, migrate,
    pool::{self, Pool, Settings},
    queries::{maintenance, sessions, users},
    sessions::{Device, SessionPolicy, TokenHash, create_with_hash},
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::{Options, Server};

use crate::common::{migrated_database, user};

/// A migrated server that logs every step of every statement, with the account `ada`, and a pool of one connection.
async fn logging_server() -> (Server, Pool) {
    let server =
        Options::default().setting("log_min_duration_statement", "0").start().expect("PostgreSQL is installed");
    let settings = Settings::from_url(&server.url("postgres")).expect("well formed").max_size(1);
    migrate::migrate(&settings, &embedded::migrations()).await.expect("an empty database");
    let pool = pool::connect(settings.clone()).await.expect("the server answers");
    // On another connection, so that the pool's has prepared nothing yet.
    user(&pool::connect_one(settings).await.expect("the server answers"), "ada").await;
    (server, pool)
}

/// How often a statement was parsed, and how often executed.
fn logged(server: &Server, statement: &str) -> (usize, usize) {
    let log = server.log().expect("the log can be read");
    let count = |step: &str| {
        log.lines()
            .filter(|line| line.contains(&format!("  {step} ")) && line.contains(&format!("/* {statement} */")))
            .count()
    };
    (count("parse"), count("execute"))
}

#[tokio::test]
async fn a_query_is_parsed_once_for_all_its_runs() {
    let (server, pool) = logging_server().await;
    let client = pool.get().await.unwrap();
    for _ in 0..20 {
        assert!(users::by_username().bind(&client, &"ada").opt().await.unwrap().is_some());
    }
    assert_eq!(logged(&server, "users.by_username"), (1, 20));
}

/// The compiler may put the text of a constant into the program more than once.
#[tokio::test]
async fn a_query_is_parsed_once_wherever_its_text_stands_and_another_text_of_its_name_is_another_query() {
    let (server, pool) = logging_server().await;
    let client = pool.get().await.unwrap();
    let query = |sql: &str| -> &'static Query {
        let (name, sql) = (String::from("test.constant").leak(), String::from(sql).leak());
        Box::leak(Box::new(Query::by_hand(name, sql)))
    };
    for _ in 0..3 {
        query("/* test.constant */ SELECT 1").execute(&client, &[]).await.unwrap();
    }
    assert_eq!(logged(&server, "test.constant"), (1, 3));
    query("/* test.constant */ SELECT 2").execute(&client, &[]).await.unwrap();
    assert_eq!(logged(&server, "test.constant"), (2, 4));
}

#[tokio::test]
async fn a_write_is_parsed_once_for_all_its_runs() {
    let (server, pool) = logging_server().await;
    let client = pool.get().await.unwrap();
    for _ in 0..20 {
        assert_eq!(users::touch_last_access().bind(&client, &"ada", &0.0).await.unwrap(), 1);
    }
    assert_eq!(logged(&server, "users.touch_last_access"), (1, 20));
}

#[tokio::test]
async fn transactions_share_the_prepared_statements_of_their_connection() {
    let (server, pool) = logging_server().await;
    let mut client = pool.get().await.unwrap();
    for _ in 0..5 {
        let transaction = client.transaction().await.unwrap();
        for _ in 0..4 {
            users::by_username().bind(&transaction, &"ada").one().await.unwrap();
            users::touch_last_access().bind(&transaction, &"ada", &0.0).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    users::by_username().bind(&client, &"ada").one().await.unwrap();
    assert_eq!(logged(&server, "users.by_username"), (1, 21));
    assert_eq!(logged(&server, "users.touch_last_access"), (1, 20));
}

#[tokio::test]
async fn a_connection_returned_to_the_pool_keeps_its_prepared_statements() {
    let (server, pool) = logging_server().await;
    for _ in 0..10 {
        let client = pool.get().await.unwrap();
        users::by_username().bind(&client, &"ada").one().await.unwrap();
    }
    assert_eq!(logged(&server, "users.by_username"), (1, 10));
}

#[tokio::test]
async fn each_connection_outside_the_pool_has_its_own_cache() {
    let (server, pool) = logging_server().await;
    let settings = Settings::from_url(&server.url("postgres")).unwrap();
    let (one, other) = (pool::connect_one(settings.clone()).await.unwrap(), pool::connect_one(settings).await.unwrap());
    for _ in 0..3 {
        users::by_username().bind(&one, &"ada").one().await.unwrap();
        users::by_username().bind(&other, &"ada").one().await.unwrap();
        users::by_username().bind(&pool.get().await.unwrap(), &"ada").one().await.unwrap();
    }
    assert_eq!(logged(&server, "users.by_username"), (3, 9));
}

/// A pool of one connection that has run the query, and then the schema change that makes its prepared form stale.
async fn stale_pool(database: &TestDatabase) -> Pool {
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    users::by_username().bind(&client, &"ada").one().await.unwrap();
    let migration = "ALTER TABLE users ALTER COLUMN ovpn_path TYPE VARCHAR(500)";
    database.client().await.batch_execute(migration).await.unwrap();
    pool
}

#[tokio::test]
async fn a_query_survives_a_migration_that_changes_a_column_it_returns() {
    let database = migrated_database().await;
    let pool = stale_pool(&database).await;
    let client = pool.get().await.unwrap();
    for _ in 0..2 {
        assert_eq!(users::by_username().bind(&client, &"ada").one().await.unwrap().username, "ada");
    }
}

#[tokio::test]
async fn a_transaction_with_a_stale_statement_fails_once_and_the_next_succeeds() {
    let database = migrated_database().await;
    let pool = stale_pool(&database).await;
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let error = users::by_username().bind(&transaction, &"ada").one().await.unwrap_err();
    assert_eq!((error.statement(), error.sqlstate().map(SqlState::code)), ("users.by_username", Some("0A000")));
    drop(transaction);
    let transaction = client.transaction().await.unwrap();
    assert_eq!(users::by_username().bind(&transaction, &"ada").one().await.unwrap().username, "ada");
    transaction.commit().await.unwrap();
}

async fn deallocate_all(client: &pool::Client) {
    client.batch_execute("DEALLOCATE ALL").await.unwrap();
}

#[tokio::test]
async fn statements_that_the_server_has_deallocated_are_prepared_again() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for _ in 0..3 {
        users::by_username().bind(&client, &"ada").one().await.unwrap();
        assert_eq!(users::touch_last_access().bind(&client, &"ada", &0.0).await.unwrap(), 1);
        deallocate_all(&client).await;
    }
    let transaction = client.transaction().await.unwrap();
    let error = users::touch_last_access().bind(&transaction, &"ada", &0.0).await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("26000"), "{error}");
    drop(transaction);
    let transaction = client.transaction().await.unwrap();
    assert_eq!(users::touch_last_access().bind(&transaction, &"ada", &0.0).await.unwrap(), 1);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn a_write_that_is_prepared_again_takes_effect_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    for number in 0..3 {
        let (hash, policy) = (TokenHash::of(&[number]), SessionPolicy::default());
        create_with_hash(&client, ada, &hash, &Device::default(), &policy).await.unwrap();
        deallocate_all(&client).await;
    }
    assert_eq!(sessions::count_active().bind(&client, &ada, &60.0).one().await.unwrap(), 3);
}

#[tokio::test]
async fn an_error_other_than_a_stale_statement_is_not_retried() {
    let (server, pool) = logging_server().await;
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    maintenance::reindex_sessions().bind(&transaction).await.unwrap_err();
    drop(transaction);
    let (parsed, _) = logged(&server, "maintenance.reindex_sessions");
    assert_eq!(parsed, 1);
    let failed =
        server.log().unwrap().lines().filter(|line| line.contains("cannot run inside a transaction block")).count();
    assert_eq!(failed, 1);
}
