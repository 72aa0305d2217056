//! A migration of rows is tested on the database before it.

use std::fs;

use barqnet_db_migrate::{Migrations, State, plan};
use barqnet_db_testing::DataMigration;

const NAMES: &str = "-- Splits names.\n-- barqnet: check SELECT NOT EXISTS (SELECT FROM people WHERE name = '')\n\
                     ALTER TABLE people ADD COLUMN first_name TEXT, ADD COLUMN last_name TEXT;\n\
                     UPDATE people SET first_name = SPLIT_PART(name, ' ', 1), last_name = NULLIF(SPLIT_PART(name, ' ', 2), '');\n\
                     /* rollback\nALTER TABLE people DROP COLUMN first_name, DROP COLUMN last_name;\n*/\n";

fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in files {
        fs::write(folder.path().join(format!("{name}.sql")), sql).unwrap();
    }
    Migrations::from_folder(folder.path()).unwrap()
}

fn people() -> Migrations {
    migrations(&[
        ("V1__people", "CREATE TABLE people (id INTEGER, name TEXT NOT NULL);"),
        ("V3__names", NAMES),
        ("V4__no_name", "ALTER TABLE people DROP COLUMN name;"),
    ])
}

const WHOLE_NAMES: &str = "SELECT id, CONCAT_WS(' ', first_name, last_name) FROM people ORDER BY id";

#[tokio::test]
async fn a_migration_of_rows_is_compared_with_the_rows_before_it() {
    let migration = DataMigration::before(&people(), 3).await;
    migration.load("INSERT INTO people VALUES (1, 'Ada Lovelace'), (2, 'Plato')").await;
    let before = migration.rows("SELECT id, name FROM people ORDER BY id").await;
    assert_eq!(before, ["(1,\"Ada Lovelace\")", "(2,Plato)"]);
    migration.apply().await;
    assert_eq!(migration.rows(WHOLE_NAMES).await, before);
    let pending = plan(&migration.settings(), &people()).await.unwrap().pending;
    assert_eq!(pending.iter().map(ToString::to_string).collect::<Vec<_>>(), ["V4__no_name"]);
    migration.roll_back().await;
    assert_eq!(migration.rows("SELECT * FROM people ORDER BY id").await, before);
}

#[tokio::test]
async fn rows_that_a_migration_must_refuse_are_refused() {
    let migration = DataMigration::before(&people(), 3).await;
    migration.load("INSERT INTO people VALUES (1, '')").await;
    let refused = migration.try_apply().await.unwrap_err().to_string();
    assert!(refused.starts_with("V3__names.sql:2 was not applied: its check "), "{refused}");
}

#[tokio::test]
async fn a_migration_of_a_later_source_is_tested_with_the_earlier_ones_in_place() {
    let files = [
        ("V1__nicknames", "CREATE TABLE nicknames (id INTEGER, nickname TEXT);"),
        ("V2__loud", "UPDATE nicknames SET nickname = UPPER(nickname);"),
    ];
    let all = people().then(migrations(&files).named("app")).unwrap();
    let migration = DataMigration::before(&all, ("app", 2)).await;
    migration.load("INSERT INTO nicknames VALUES (1, 'ada')").await;
    migration.apply().await;
    assert_eq!(migration.rows("SELECT nickname FROM nicknames").await, ["(ADA)"]);
    assert_eq!(plan(&migration.settings(), &all).await.unwrap().state(), State::UpToDate);
}
