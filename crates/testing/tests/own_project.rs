//! Another project tests on databases with its own migrations: one file in a folder, a server, nothing of `BarqNet`.

use std::fs;

use barqnet_db_client::tokio_postgres::Client;
use barqnet_db_migrate::Migrations;
use barqnet_db_testing::TestDatabase;

fn migrations(sql: &str) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("V1__create_orders.sql"), sql).unwrap();
    Migrations::from_folder(folder.path()).unwrap()
}

async fn orders(client: &Client) -> i64 {
    client.query_one("SELECT COUNT(*) FROM orders", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn every_test_has_the_tables_and_sees_no_row_of_another() {
    let migrations = migrations("CREATE TABLE orders (item TEXT);");
    let (one, other) = tokio::join!(TestDatabase::migrated(&migrations), TestDatabase::migrated(&migrations));
    let client = one.client().await;
    client.execute("INSERT INTO orders VALUES ('chair')", &[]).await.unwrap();
    assert_eq!((orders(&client).await, orders(&other.client().await).await), (1, 0));
}

#[tokio::test]
async fn a_changed_migration_gets_a_new_template() {
    let before = migrations("CREATE TABLE orders (number INTEGER);");
    let after = migrations("CREATE TABLE orders (number INTEGER, paid BOOLEAN);");
    TestDatabase::migrated(&before).await;
    let database = TestDatabase::migrated(&after).await;
    database.client().await.execute("INSERT INTO orders VALUES (1, TRUE)", &[]).await.unwrap();
}

#[tokio::test]
async fn a_database_is_dropped_with_its_value() {
    let database = TestDatabase::empty().await;
    let name = database.name().to_owned();
    let still_open = database.client().await;
    drop(database);
    let other = TestDatabase::empty().await;
    let found = other.client().await.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
    assert!(found.is_empty() && still_open.query("SELECT 1", &[]).await.is_err());
}
