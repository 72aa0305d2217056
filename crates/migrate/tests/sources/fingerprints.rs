//! A run records the schema at its end, and a rollback does where it arrives, so that a change by hand is found there.

use barqnet_db_migrate::{Difference, Drift, MigrateOptions, Migrations, drift, migrate, rollback};
use barqnet_db_testing::TestDatabase;

use crate::support::{app, chain, file, source, table, tables};

const BY_HAND: &str = "CREATE TABLE by_hand ()";

async fn execute(database: &TestDatabase, sql: &str) {
    database.client().await.batch_execute(sql).await.unwrap();
}

async fn drift_of(database: &TestDatabase) -> Drift {
    drift(&database.client().await).await.unwrap()
}

async fn roll_back(database: &TestDatabase, migrations: &Migrations, to: i32) {
    rollback(&database.settings(), migrations, to, &MigrateOptions::default()).await.unwrap();
}

/// Drift is none, and the one change by hand is found, which is then undone.
async fn assert_known(database: &TestDatabase) {
    assert_eq!(drift_of(database).await, Drift::None);
    execute(database, BY_HAND).await;
    let added = Difference::Added { object: "table by_hand".to_owned(), is: String::new() };
    assert_eq!(drift_of(database).await, Drift::Found(vec![added]));
    execute(database, "DROP TABLE by_hand").await;
}

fn assert_unknown(drift: &Drift) {
    assert!(matches!(drift, Drift::Unknown(why) if why.contains("has not reached its end")), "{drift:?}");
}

/// The versions of a history whose schema is recorded.
async fn recorded(database: &TestDatabase, table: &str) -> Vec<i32> {
    let sql = format!("SELECT version FROM {table} WHERE versions <> '{{}}' AND catalogue <> '' ORDER BY version");
    database.client().await.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_run_records_the_schema_once_for_each_source() {
    let database = TestDatabase::empty().await;
    let all = chain(&["V1__items", "V2__orders"], &["V1__tickets", "V2__labels", "V3__notes"]);
    migrate(&database.settings(), &all).await.unwrap();
    assert_eq!(recorded(&database, "schema_migration_fingerprints").await, [2]);
    assert_eq!(recorded(&database, "schema_migrations_app_fingerprints").await, [3]);
    assert_known(&database).await;
    rollback(&database.settings(), &all, ("app", 0), &MigrateOptions::default()).await.unwrap();
    assert_known(&database).await;
}

#[tokio::test]
async fn after_a_rollback_into_the_middle_of_a_run_a_change_by_hand_is_found() {
    let database = TestDatabase::empty().await;
    let all = tables(&["V1__items", "V2__orders", "V3__prices"]);
    migrate(&database.settings(), &all).await.unwrap();
    for version in [2, 1] {
        roll_back(&database, &all, version).await;
        assert_known(&database).await;
    }
}

#[tokio::test]
async fn after_a_rollback_that_failed_in_the_middle_of_a_run_a_change_by_hand_is_found() {
    let database = TestDatabase::empty().await;
    let failing = file("V2__orders", "-- Makes orders.\nCREATE TABLE orders ();\n/* rollback\nSELECT 1 / 0;\n*/");
    let all = source(&[table("V1__items"), failing, table("V3__prices")]);
    migrate(&database.settings(), &all).await.unwrap();
    let undone = rollback(&database.settings(), &all, 0, &MigrateOptions::default()).await;
    assert!(undone.unwrap_err().to_string().contains("division by zero"));
    assert_known(&database).await;
}

#[tokio::test]
async fn a_rollback_to_where_a_run_ended_compares_with_what_that_run_made() {
    let database = TestDatabase::empty().await;
    let incomplete = file("V2__orders", "-- Makes orders.\nCREATE TABLE orders ();\n/* rollback\nSELECT 1;\n*/");
    migrate(&database.settings(), &tables(&["V1__items"])).await.unwrap();
    let all = source(&[table("V1__items"), incomplete, table("V3__prices")]);
    migrate(&database.settings(), &all).await.unwrap();
    roll_back(&database, &all, 1).await;
    let left = Difference::Added { object: "table orders".to_owned(), is: String::new() };
    assert_eq!(drift_of(&database).await, Drift::Found(vec![left]));
}

#[tokio::test]
async fn a_rollback_into_the_middle_of_a_run_does_not_take_drift_for_the_schema() {
    let database = TestDatabase::empty().await;
    let all = tables(&["V1__items", "V2__orders", "V3__prices"]);
    migrate(&database.settings(), &all).await.unwrap();
    execute(&database, BY_HAND).await;
    roll_back(&database, &all, 2).await;
    assert_unknown(&drift_of(&database).await);
    execute(&database, "DROP TABLE by_hand").await;
    migrate(&database.settings(), &all).await.unwrap();
    assert_known(&database).await;
}

#[tokio::test]
async fn after_a_migration_that_failed_a_change_by_hand_is_found() {
    for failing in [
        "-- Fails.\nSELECT 1 / 0;",
        "-- Fails in the middle.\n-- barqnet: no-transaction\nDO $$ BEGIN CREATE TABLE halves (); COMMIT; PERFORM 1 / 0; END $$;",
    ] {
        let database = TestDatabase::empty().await;
        let all = source(&[table("V1__items"), table("V2__orders"), file("V3__failing", failing), table("V4__prices")]);
        migrate(&database.settings(), &all).await.unwrap_err();
        assert_eq!(recorded(&database, "schema_migration_fingerprints").await, [2], "{failing}");
        if failing.contains("halves") {
            let left = Difference::Added { object: "table halves".to_owned(), is: String::new() };
            assert_eq!(drift_of(&database).await, Drift::Found(vec![left]));
        } else {
            assert_known(&database).await;
        }
    }
}

#[tokio::test]
async fn a_run_whose_first_migration_fails_does_not_take_drift_for_the_schema() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &tables(&["V1__items"])).await.unwrap();
    // What an earlier process left that was killed after V1.
    execute(&database, "UPDATE schema_migration_fingerprints SET versions = '{}'").await;
    let all = source(&[table("V1__items"), file("V2__failing", "-- Fails.\nSELECT 1 / 0;")]);
    migrate(&database.settings(), &all).await.unwrap_err();
    assert_unknown(&drift_of(&database).await);
}

#[tokio::test]
async fn in_the_middle_of_a_run_drift_is_unknown_until_the_next_run() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &tables(&["V1__items", "V2__orders"])).await.unwrap();
    // What a process leaves that is killed after V1.
    execute(&database, "DELETE FROM schema_migrations WHERE version = 2; DROP TABLE orders").await;
    execute(&database, "DELETE FROM schema_migration_fingerprints WHERE version = 2").await;
    assert_unknown(&drift_of(&database).await);
    migrate(&database.settings(), &app(&["V1__tickets"])).await.unwrap();
    assert_known(&database).await;
}
