//! Rolling migrations back: the plan shows what is lost, and applying them again restores the schema.

use std::fs;

use barqnet_db::{
    embedded,
    migrate::{
        Error, Loss, MigrateOptions, Migrations, catalogue, migrate, migrate_with, plan_rollback, rollback, status,
    },
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, user_with_phone};

fn options() -> MigrateOptions {
    MigrateOptions::default()
}

async fn schema(client: &Client) -> Vec<String> {
    catalogue(client).await.unwrap()
}

#[tokio::test]
async fn each_rollback_restores_the_schema_before_its_migration() {
    let database = TestDatabase::empty().await;
    let (settings, client) = (database.settings(), database.client().await);
    let embedded = embedded::migrations();
    // Each of these runs records the schema that it leaves.
    for version in embedded.versions() {
        let to = MigrateOptions { to: Some(version.into()), ..options() };
        assert_eq!(migrate_with(&settings, &embedded, &to).await.unwrap().len(), 1);
    }
    let recorded =
        "SELECT version, STRING_TO_ARRAY(catalogue, E'\\n') FROM schema_migration_fingerprints ORDER BY version";
    let rows = client.query(recorded, &[]).await.unwrap();
    let states: Vec<(i32, Vec<String>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(states.len(), embedded.len());
    let (_, top) = states.last().unwrap();
    assert_eq!(&schema(&client).await, top);
    for (version, state) in states.iter().rev().skip(1) {
        let undone = rollback(&settings, &embedded, *version, &options()).await.unwrap();
        assert_eq!(undone.len(), 1);
        assert_eq!(&schema(&client).await, state, "{} left something else than V{version} had made", undone[0]);
    }
    rollback(&settings, &embedded, 0, &options()).await.unwrap();
    assert_eq!(schema(&client).await, Vec::<String>::new());
    migrate(&settings, &embedded).await.unwrap();
    assert_eq!(&schema(&client).await, top);
}

#[tokio::test]
async fn a_plan_shows_what_would_be_lost_and_changes_nothing() {
    let database = migrated_database().await;
    let (settings, client) = (database.settings(), database.client().await);
    let pool = database.pool().await;
    let number = "+4915112345678".parse().unwrap();
    user_with_phone(&pool.get().await.unwrap(), "ada", &number).await;
    execute_sql(&database, "INSERT INTO users (username, server_id, created_by) VALUES ('bob', 'node-1', 'test')")
        .await;
    let before = schema(&client).await;
    let steps = plan_rollback(&settings, &embedded::migrations(), 1, &options()).await.unwrap();
    assert_eq!(
        steps.first().unwrap().migration.to_string(),
        status(&settings, &embedded::migrations()).await.unwrap().last().unwrap().to_string()
    );
    let losses: Vec<&Loss> = steps.iter().flat_map(|step| &step.losses).collect();
    for (what, rows) in [("column users.phone_number", 1), ("table server_locations", 15), ("table user_sessions", 0)] {
        assert!(losses.contains(&&Loss { what: what.to_owned(), rows }), "{what}: {losses:#?}");
    }
    assert!(!losses.iter().any(|loss| loss.what == "table users"));
    assert_eq!(schema(&client).await, before);
}

#[tokio::test]
async fn a_migration_without_a_rollback_block_is_refused_and_nothing_is_undone() {
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("V1__one.sql"), "CREATE TABLE one (id INTEGER);").unwrap();
    fs::write(folder.path().join("V2__two.sql"), "CREATE TABLE two (id INTEGER);\n/* rollback\nDROP TABLE two;\n*/")
        .unwrap();
    let (settings, migrations) = (database.settings(), Migrations::from_folder(folder.path()).unwrap());
    migrate(&settings, &migrations).await.unwrap();
    let error = rollback(&settings, &migrations, 0, &options()).await.unwrap_err();
    assert!(matches!(&error, Error::Irreversible { migration, .. } if migration == "V1__one"), "{error}");
    assert!(status(&settings, &migrations).await.unwrap().iter().all(|it| it.applied_at.is_some()));
    assert_eq!(rollback(&settings, &migrations, 1, &options()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_migration_that_differs_from_the_applied_one_is_not_rolled_back() {
    let database = migrated_database().await;
    execute_sql(&database, "INSERT INTO schema_migrations VALUES (9000, 'newer', '2030-01-01T00:00:00Z', '1')").await;
    let error = rollback(&database.settings(), &embedded::migrations(), 1, &options()).await.unwrap_err();
    assert!(error.to_string().contains("V9000__newer cannot be rolled back"), "{error}");
}

#[tokio::test]
async fn a_rollback_that_fails_keeps_the_migration_and_its_record() {
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("V1__one.sql", "CREATE TABLE one (id INTEGER PRIMARY KEY);\n/* rollback\nDROP TABLE one;\n*/");
    write("V2__two.sql", "CREATE TABLE two (id INTEGER);\n/* rollback\nDROP TABLE two;\n*/");
    let (settings, migrations) = (database.settings(), Migrations::from_folder(folder.path()).unwrap());
    migrate(&settings, &migrations).await.unwrap();
    execute_sql(&database, "CREATE TABLE by_hand (one INTEGER REFERENCES one)").await;
    let error = rollback(&settings, &migrations, 0, &options()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the rollback in V1__one.sql:3:1 failed and was rolled back: cannot drop table one"),
        "{error}"
    );
    assert!(error.ends_with("applied before it: V2__two"), "{error}");
    let left: Vec<i32> = status(&settings, &migrations)
        .await
        .unwrap()
        .iter()
        .filter(|it| it.applied_at.is_some())
        .map(|it| it.version)
        .collect();
    assert_eq!(left, [1]);
}
