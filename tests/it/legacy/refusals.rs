//! Databases that are not of the Go product, or of a later version of it, are refused unchanged.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db::{embedded, legacy::Refusal, migrate::migrate, tokio_postgres::Client};
use barqnet_db_testing::TestDatabase;

use super::support::{
    A, B_002_TO_004, Fixture, LAYOUTS, LOCATIONS, NOT_VALID_OF_A, PHONE, STATISTICS, all_rows, build, file, not_valid,
    run, schema, without,
};

/// All definitions and all rows.
async fn dump(client: &Client) -> (BTreeSet<String>, BTreeMap<String, Vec<String>>) {
    (schema(client).await, all_rows(client).await)
}

/// Migrating fails with this refusal and changes nothing.
async fn is_refused(database: &TestDatabase, is_right: impl Fn(&Refusal) -> bool) {
    let client = database.client().await;
    let before = dump(&client).await;
    let error = migrate(&database.settings(), &embedded::migrations()).await.unwrap_err();
    assert!(Refusal::of(&error).is_some_and(&is_right), "{error}");
    assert!(error.to_string().starts_with("nothing was changed: "), "{error}");
    assert_eq!(dump(&client).await, before);
}

#[tokio::test]
async fn later_versions_of_the_go_product_are_refused_by_name() {
    const LATER: &[(i32, &str)] = &[PHONE, STATISTICS, LOCATIONS, (5, "rename_identifier"), (9, "admin_audit")];
    for tracking in LAYOUTS {
        let database = build(&Fixture { versions: LATER, ..B_002_TO_004 }, Some(tracking)).await;
        let named = if tracking.0 == "tracking_3" { "005_rename_identifier, 009_admin_audit" } else { "5, 9" };
        is_refused(&database, |refusal| matches!(refusal, Refusal::UnknownVersions { versions } if versions == named))
            .await;
    }
    // Not recorded, but visible in the schema.
    let database = build(&B_002_TO_004, None).await;
    let rename = "ALTER TABLE otp_attempts RENAME COLUMN phone_number TO identifier";
    run(&database.client().await, rename, rename).await;
    is_refused(&database, |refusal| matches!(refusal, Refusal::UnknownVersions { .. })).await;
}

#[tokio::test]
async fn a_database_that_is_not_barqnets_is_refused() {
    for sql in [
        "CREATE TABLE customers (id SERIAL PRIMARY KEY, name TEXT); INSERT INTO customers (name) VALUES ('x')",
        "CREATE TABLE users (id SERIAL PRIMARY KEY, email TEXT UNIQUE); INSERT INTO users (email) VALUES ('x')",
        "CREATE TABLE users (id SERIAL PRIMARY KEY, username TEXT, server_id TEXT); CREATE TABLE servers (id INTEGER)",
    ] {
        let database = TestDatabase::empty().await;
        run(&database.client().await, sql, sql).await;
        is_refused(&database, |refusal| matches!(refusal, Refusal::NotBarqNet { .. })).await;
    }
}

#[tokio::test]
async fn a_tracking_table_of_another_program_is_refused() {
    for sql in [
        "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN NOT NULL)",
        "CREATE TABLE schema_migrations (version VARCHAR PRIMARY KEY); INSERT INTO schema_migrations VALUES ('2024')",
        &file("tracking_1"),
    ] {
        let database = TestDatabase::empty().await;
        run(&database.client().await, sql, sql).await;
        is_refused(&database, |refusal| matches!(refusal, Refusal::ForeignTracking { .. })).await;
    }
    let database = build(&A, None).await;
    let sql = "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN NOT NULL)";
    run(&database.client().await, sql, sql).await;
    is_refused(&database, |refusal| matches!(refusal, Refusal::ForeignTracking { .. })).await;
}

#[tokio::test]
async fn tables_of_an_extension_are_ignored() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    // What CREATE EXTENSION does to a table of an extension.
    let own = "CREATE TABLE spatial_ref_sys (srid INTEGER PRIMARY KEY);
               INSERT INTO pg_depend VALUES ('pg_class'::REGCLASS, 'spatial_ref_sys'::REGCLASS, 0,
                   'pg_extension'::REGCLASS, (SELECT oid FROM pg_extension WHERE extname = 'plpgsql'), 0, 'e')";
    run(&client, "an extension's table", own).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
}

#[tokio::test]
async fn refinerys_runner_converts_a_database_without_tracking_and_refuses_a_foreign_one() {
    let database = build(&A, None).await;
    let client = database.client().await;
    embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
    assert_eq!(not_valid(&client).await, NOT_VALID_OF_A);

    let database = TestDatabase::empty().await;
    let client = database.client().await;
    run(&client, "foreign", "CREATE TABLE users (id SERIAL PRIMARY KEY, email TEXT UNIQUE)").await;
    let before = schema(&client).await;
    let error = embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap_err();
    assert!(format!("{error:?}").contains("not BarqNet's"), "{error:?}");
    assert_eq!(without(&schema(&client).await, &[]), before);
}
