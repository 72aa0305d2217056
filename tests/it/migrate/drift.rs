//! Changes made by hand are found and named; without one, nothing is reported.

use barqnet_db::{
    doctor::{Severity, examine},
    embedded,
    migrate::{MigrateOptions, catalogue, migrate, rollback},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, scalar};

/// What the doctor says of drift, each with its severity.
async fn drift(database: &TestDatabase) -> Vec<(Severity, String)> {
    let findings = examine(&database.settings(), &embedded::migrations()).await.unwrap();
    let is_about_drift =
        |what: &str| what.contains("by hand") || what.contains("is missing") || what.contains("the schema matches");
    findings.into_iter().filter(|it| is_about_drift(&it.what)).map(|it| (it.severity, it.what)).collect()
}

/// The only thing that it says.
async fn only_drift(database: &TestDatabase) -> (Severity, String) {
    let mut drift = drift(database).await;
    assert_eq!(drift.len(), 1, "{drift:#?}");
    drift.remove(0)
}

fn none() -> (Severity, String) {
    (Severity::Ok, "the schema matches the migrations".to_owned())
}

#[tokio::test]
async fn a_database_has_no_drift_after_migrating_nor_after_rolling_back() {
    let database = TestDatabase::empty().await;
    let (settings, embedded) = (database.settings(), embedded::migrations());
    migrate(&settings, &embedded).await.unwrap();
    assert_eq!(only_drift(&database).await, none());
    // tests/it/migrate/rollback.rs looks at each rollback.
    for version in (1..i32::try_from(embedded.len()).unwrap()).rev().step_by(10) {
        rollback(&settings, &embedded, version, &MigrateOptions::default()).await.unwrap();
        assert_eq!(only_drift(&database).await, none(), "at version {version}");
    }
    migrate(&settings, &embedded).await.unwrap();
    assert_eq!(only_drift(&database).await, none());
}

#[tokio::test]
async fn an_object_added_by_hand_is_a_warning() {
    for (statement, expected) in [
        ("ALTER TABLE users ADD COLUMN nickname TEXT", "column users.nickname was added by hand: text"),
        ("CREATE INDEX by_hand ON users (port)", "index users.by_hand was added by hand: CREATE INDEX by_hand ON"),
        ("CREATE TABLE notes (id INTEGER PRIMARY KEY)", "table notes was added by hand"),
        ("CREATE VIEW v AS SELECT 1 AS one", "view v was added by hand: SELECT 1 AS one"),
        (
            "ALTER TABLE users ADD CONSTRAINT c CHECK (port > 0)",
            "constraint users.c was added by hand: CHECK ((port > 0))",
        ),
    ] {
        let database = migrated_database().await;
        execute_sql(&database, statement).await;
        let (severity, what) = only_drift(&database).await;
        assert!(severity == Severity::Warning && what.starts_with(expected), "{severity}: {what}");
    }
}

#[tokio::test]
async fn an_object_dropped_or_changed_by_hand_is_a_problem() {
    for (statement, expected) in [
        ("DROP INDEX idx_users_active", "index users.idx_users_active is missing: CREATE INDEX idx_users_active ON"),
        (
            "ALTER TABLE vpn_connections DROP CONSTRAINT chk_vpn_connections_status",
            "constraint vpn_connections.chk_vpn_connections_status is missing: CHECK (",
        ),
        (
            "ALTER TABLE users ALTER COLUMN username DROP NOT NULL",
            "column users.username was changed by hand: it was `character varying(255) NOT NULL` and is `character varying(255)`",
        ),
        (
            "ALTER TABLE users ALTER COLUMN port SET DEFAULT 443",
            "column users.port was changed by hand: it was `integer DEFAULT 1194` and is `integer DEFAULT 443`",
        ),
        ("DROP TABLE server_health", "table server_health is missing"),
    ] {
        let database = migrated_database().await;
        execute_sql(&database, statement).await;
        let drift = drift(&database).await;
        let is_told =
            |(severity, what): &(Severity, String)| *severity == Severity::Problem && what.starts_with(expected);
        assert!(drift.iter().any(is_told), "{expected}: {drift:#?}");
    }
}

#[tokio::test]
async fn a_function_with_another_body_is_shown_where_it_differs() {
    let database = migrated_database().await;
    let rows = database.client().await.query("SELECT PG_GET_FUNCTIONDEF('haversine_km'::REGPROC)", &[]).await.unwrap();
    let definition: String = rows[0].get(0);
    let end = definition.trim_end().rfind('$').unwrap();
    let start = definition[..end].rfind("AS $").unwrap() + "AS $".len();
    let body = start + definition[start..].find('$').unwrap() + 1;
    let changed = format!("{} /* by hand */ {}", &definition[..body], &definition[body..]);
    database.client().await.batch_execute(&changed).await.unwrap();
    let (severity, what) = only_drift(&database).await;
    assert!(severity == Severity::Problem && what.starts_with("function ") && what.contains("/* by hand */"), "{what}");
}

#[tokio::test]
async fn after_refinerys_own_runner_drift_is_unknown_and_nothing_fails() {
    let database = TestDatabase::empty().await;
    embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
    let (severity, what) = only_drift(&database).await;
    assert!(severity == Severity::Note && what.contains("another runner"), "{what}");
    assert!(migrate(&database.settings(), &embedded::migrations()).await.unwrap().is_empty());
    let undone = rollback(&database.settings(), &embedded::migrations(), 1, &MigrateOptions::default()).await.unwrap();
    assert_eq!(undone.len() + 1, embedded::migrations().len());
    // From the next migration on it is known.
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(only_drift(&database).await, none());
}

#[tokio::test]
async fn another_major_version_of_the_server_makes_drift_unknown() {
    let database = migrated_database().await;
    execute_sql(&database, "UPDATE schema_migration_fingerprints SET server_major = server_major - 1").await;
    let (severity, what) = only_drift(&database).await;
    assert!(severity == Severity::Note && what.contains("the server was upgraded since"), "{what}");
}

#[tokio::test]
async fn a_run_records_one_fingerprint_and_a_rollback_the_one_of_its_end() {
    let database = migrated_database().await;
    let newest = embedded::migrations().versions().last().unwrap();
    for version in [newest, 3] {
        rollback(&database.settings(), &embedded::migrations(), version, &MigrateOptions::default()).await.unwrap();
        let wrong = "SELECT COUNT(*) FROM schema_migrations FULL JOIN schema_migration_fingerprints f USING (version)
                     WHERE name IS NULL OR f.tables IS NULL
                        OR CASE version WHEN (SELECT MAX(version) FROM schema_migrations)
                           THEN fingerprint <> ENCODE(SHA256(CONVERT_TO(catalogue, 'UTF8')), 'hex')
                           ELSE catalogue <> '' OR versions <> '{}' END";
        assert_eq!(scalar(&database, wrong).await, 0, "at version {version}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM schema_migration_fingerprints").await, 3);
}

#[tokio::test]
async fn objects_of_an_extension_are_no_drift() {
    let database = migrated_database().await;
    let available = "SELECT COUNT(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'";
    if scalar(&database, available).await > 0 {
        execute_sql(&database, "CREATE EXTENSION pg_stat_statements").await;
        assert_eq!(only_drift(&database).await, none());
    }
}

#[tokio::test]
async fn whitespace_of_every_kind_becomes_one_space_in_the_line_of_a_function() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    for comment in [
        "one",
        "  one  two\n\n    three\n",
        "one\t\ttwo \r\n three",
        "é \n ü",
        "one\u{2003}  two",
        "\u{1} \u{1}  \u{1}\u{1}",
    ] {
        let create =
            format!("CREATE OR REPLACE FUNCTION f() RETURNS INTEGER LANGUAGE sql AS $$ SELECT 1 /*{comment}*/ $$");
        execute_sql(&database, &create).await;
        let pattern =
            "SELECT REGEXP_REPLACE('function f(): ' || PG_GET_FUNCTIONDEF('f'::REGPROC), '[[:space:]]+', ' ', 'g')";
        let expected: String = client.query_one(pattern, &[]).await.unwrap().get(0);
        assert_eq!(catalogue(&client).await.unwrap(), [expected], "{comment:?}");
    }
}
