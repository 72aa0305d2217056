//! The migration files: they are repeatable, and each one can be rolled back.

use std::{collections::BTreeMap, fs, path::Path};

use barqnet_db::{
    embedded::{self, migrations::HISTORY_TABLE},
    migrate::{catalogue, migrate},
    tokio_postgres::Client,
};
use barqnet_db_sql::MigrationFile;
use barqnet_db_testing::TestDatabase;

use crate::common::{migrated_database, text_rows};

/// The migration files' names and texts, in the order in which they apply.
fn migration_files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder migrations") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        // README.md has none.
        let Some((number, _)) = name[1..].split_once("__") else { continue };
        let number: u32 = number.parse().expect("a number");
        files.insert(number, (name, fs::read_to_string(&path).expect("a readable file")));
    }
    assert!(files.len() >= 5, "found {files:?}");
    files.into_values().collect()
}

fn rollback_of(sql: &str) -> Option<&str> {
    let (_, block) = sql.split_once("/* rollback\n")?;
    block.trim_end().strip_suffix("*/")
}

/// Compares two states of the catalogue and shows the lines in which they differ.
fn assert_same(after: &[String], before: &[String], what: &str) {
    let gone: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
    let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(gone.is_empty() && new.is_empty(), "{what}: gone {gone:#?}, new {new:#?}");
}

async fn in_a_transaction(client: &Client, name: &str, sql: &str) {
    if let Err(error) = client.batch_execute(&format!("BEGIN;\n{sql}\n;COMMIT")).await {
        panic!("{name}: {error:?}");
    }
}

/// Runs a migration as a runner does: in a transaction, or alone if it asks so.
async fn apply(client: &Client, name: &str, sql: &str) {
    if !MigrationFile::new(sql).directives().no_transaction {
        return in_a_transaction(client, name, sql).await;
    }
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{name}: {error:?}");
    }
}

/// A table, an index of it that is built outside a transaction, and a column.
fn files_with_a_concurrent_index() -> Vec<(String, String)> {
    [
        ("V1__add_tickets", "CREATE TABLE IF NOT EXISTS tickets (id BIGINT);", "DROP TABLE IF EXISTS tickets;"),
        (
            "V2__index_tickets",
            "-- barqnet: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_id ON tickets (id);",
            "DROP INDEX IF EXISTS tickets_id;",
        ),
        (
            "V3__add_label",
            "ALTER TABLE tickets ADD COLUMN IF NOT EXISTS label TEXT;",
            "ALTER TABLE tickets DROP COLUMN IF EXISTS label;",
        ),
    ]
    .map(|(name, sql, rollback)| (name.to_owned(), format!("-- Why.\n{sql}\n\n/* rollback\n{rollback}\n*/\n")))
    .into()
}

#[tokio::test]
async fn an_index_built_outside_a_transaction_is_held_to_the_same_rules() {
    let files = files_with_a_concurrent_index();
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    each_rollback_undoes_its_own(&client, &files).await;
    let before = catalogue(&client).await.unwrap();
    assert!(before.iter().any(|line| line.starts_with("index tickets.tickets_id")), "{before:#?}");
    for (name, sql) in &files {
        apply(&client, name, sql).await;
    }
    assert_same(&catalogue(&client).await.unwrap(), &before, "applied twice");
}

#[tokio::test]
async fn every_migration_is_repeatable() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    let rows = text_rows(&client, "SELECT (l.*)::TEXT FROM server_locations l ORDER BY location_id").await;
    for (name, sql) in migration_files() {
        apply(&client, &name, &sql).await;
    }
    assert_same(&catalogue(&client).await.unwrap(), &before, "applied twice");
    assert_eq!(text_rows(&client, "SELECT (l.*)::TEXT FROM server_locations l ORDER BY location_id").await, rows);
}

#[tokio::test]
async fn the_runner_applies_a_migration_once() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    let applied = migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(applied, []);
    assert_same(&catalogue(&client).await.unwrap(), &before, "run again");
    let history = text_rows(&client, &format!("SELECT version::TEXT FROM {HISTORY_TABLE} ORDER BY version")).await;
    assert_eq!(history.len(), migration_files().len());
}

#[test]
fn every_migration_ends_with_one_rollback_block() {
    for (name, sql) in migration_files() {
        let block = rollback_of(&sql).unwrap_or_else(|| panic!("{name} does not end with /* rollback … */"));
        assert!(!block.trim().is_empty(), "the rollback of {name} is empty");
        assert!(!block.contains("*/"), "{name} has something after its rollback block");
        assert_eq!(sql.matches("/* rollback").count(), 1, "{name}");
    }
}

#[tokio::test]
async fn rolling_back_everything_leaves_nothing_and_migrating_again_restores_the_schema() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    for (name, sql) in migration_files().iter().rev() {
        let block = rollback_of(sql).expect("checked by another test");
        in_a_transaction(&client, &format!("the rollback of {name}"), block).await;
    }
    assert_same(&catalogue(&client).await.unwrap(), &[], "rolled back");

    client.batch_execute(&format!("DROP TABLE {HISTORY_TABLE}")).await.unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_same(&catalogue(&client).await.unwrap(), &before, "migrated again");
}

#[tokio::test]
async fn each_rollback_undoes_its_own_migration_and_nothing_else() {
    let database = TestDatabase::empty().await;
    each_rollback_undoes_its_own(&database.client().await, &migration_files()).await;
}

async fn each_rollback_undoes_its_own(client: &Client, files: &[(String, String)]) {
    for (name, sql) in files {
        let before = catalogue(client).await.unwrap();
        apply(client, name, sql).await;
        let after = catalogue(client).await.unwrap();
        assert!(before != after, "{name} does nothing");
        let block = rollback_of(sql).expect("checked by another test");
        in_a_transaction(client, &format!("the rollback of {name}"), block).await;
        assert_same(&catalogue(client).await.unwrap(), &before, &format!("the rollback of {name}"));
        apply(client, name, sql).await;
        assert_same(&catalogue(client).await.unwrap(), &after, &format!("{name} after its rollback"));
    }
}

#[tokio::test]
async fn rolling_the_archive_back_restores_its_rows() {
    let database = migrated_database().await;
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test');
             INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, ended_at)
             VALUES ('ada', 'node-1', 1, 2, NOW() - INTERVAL '100 days', NOW() - INTERVAL '99 days'),
                    ('ada', 'node-1', 10, 20, NOW(), NOW());",
        )
        .await
        .unwrap();
    let pool = database.pool().await;
    let moved = barqnet_db::queries::maintenance::archive_statistics();
    let keep_seconds = 90.0 * 86_400.0;
    assert_eq!(moved.bind(&pool.get().await.unwrap(), &keep_seconds, &10).one().await.unwrap(), 1);

    let all = "SELECT (s.*)::TEXT FROM vpn_statistics s ORDER BY id";
    assert_eq!(text_rows(&client, all).await.len(), 1);
    let (name, sql) = migration_files()
        .into_iter()
        .find(|(name, _)| name.contains("statistics_archive"))
        .expect("the archive's migration");
    in_a_transaction(&client, &name, rollback_of(&sql).expect("checked by another test")).await;
    assert_eq!(text_rows(&client, all).await.len(), 2);
    let sums = "SELECT FORMAT('%s %s', SUM(bytes_in), SUM(bytes_out)) FROM vpn_statistics";
    assert_eq!(text_rows(&client, sums).await, ["11 22"]);
}
