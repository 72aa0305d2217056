//! The doctor finds what is wrong, says what to do, and changes nothing.

use std::fs;

use barqnet_db::{
    doctor::{Finding, Severity, examine},
    embedded,
    migrate::migrate,
    pool::Settings,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, scalar};

async fn findings(settings: &Settings) -> Vec<Finding> {
    examine(settings, &embedded::migrations()).await.unwrap()
}

/// The one finding whose text begins so.
#[track_caller]
fn about<'f>(findings: &'f [Finding], start: &str) -> &'f Finding {
    let found: Vec<&Finding> = findings.iter().filter(|finding| finding.what.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}: {findings:#?}");
    found[0]
}

fn worst(findings: &[Finding]) -> Severity {
    findings.iter().map(|finding| finding.severity).max().unwrap()
}

/// A role that may log in and nothing else, for as long as the test runs. Its name needs quotes.
async fn role(database: &TestDatabase) -> String {
    let role = format!("{} Doctor", database.name());
    let setup = format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE \"{role}\" LOGIN");
    database.client().await.batch_execute(&setup).await.unwrap();
    role
}

async fn drop_role(database: &TestDatabase, role: &str) {
    let drop = format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"");
    database.client().await.batch_execute(&drop).await.unwrap();
}

#[tokio::test]
async fn a_migrated_database_has_no_finding_but_ok() {
    let database = migrated_database().await;
    let findings = findings(&database.settings()).await;
    assert_eq!(worst(&findings), Severity::Ok, "{findings:#?}");
    for start in [
        "the encoding of the database is UTF8",
        "sessions run at READ COMMITTED",
        "PostgreSQL 1",
        "the server's clock",
        "sessions run in UTC",
        "every migration is applied, V1 to V",
    ] {
        about(&findings, start);
    }
}

#[tokio::test]
async fn an_empty_database_gets_the_advice_to_migrate_and_stays_empty() {
    let database = TestDatabase::empty().await;
    let findings = findings(&database.settings()).await;
    let pending = about(
        &findings,
        &format!("{} migrations are not applied yet: V1__base_schema to V", embedded::migrations().len()),
    );
    assert_eq!((pending.severity, pending.advice.as_deref()), (Severity::Warning, Some("run `migrate`")));
    about(&findings, "cannot tell whether the schema was changed by hand: no migration is applied");
    let relations = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE";
    assert_eq!(scalar(&database, relations).await, 0);
}

#[tokio::test]
async fn a_read_only_database_has_the_same_findings() {
    let database = migrated_database().await;
    let read_only = database.settings().options("-c default_transaction_read_only=on");
    let says = |findings: Vec<Finding>| findings.into_iter().map(|finding| finding.what).collect::<Vec<_>>();
    assert_eq!(says(findings(&read_only).await), says(findings(&database.settings()).await));
}

#[tokio::test]
async fn a_role_with_one_right_gets_findings_and_no_error() {
    let database = migrated_database().await;
    let role = role(&database).await;
    // Without any, this is the only finding.
    let nothing = findings(&database.settings().user(&role)).await;
    assert_eq!((nothing.len(), worst(&nothing)), (1, Severity::Problem), "{nothing:#?}");
    about(&nothing, &format!("role {role} may read none of the tables in schema public"));
    execute_sql(&database, &format!("GRANT SELECT ON plans TO \"{role}\"")).await;
    let seen = findings(&database.settings().user(&role)).await;
    let users = about(&seen, &format!("role {role} lacks SELECT, INSERT, UPDATE, DELETE on users"));
    assert_eq!(users.severity, Severity::Warning);
    let grant = format!("a service needs it: GRANT SELECT, INSERT, UPDATE, DELETE ON users TO \"{role}\"");
    assert_eq!(users.advice, Some(grant));
    assert!(!seen.iter().any(|finding| finding.what.contains("EXECUTE")), "PUBLIC may execute: {seen:#?}");
    let sequence = about(&seen, &format!("role {role} lacks USAGE on sequence users_id_seq"));
    assert!(sequence.advice.as_ref().unwrap().contains(&format!("GRANT USAGE ON sequence users_id_seq TO \"{role}\"")));
    assert_eq!(about(&seen, &format!("role {role} may not create tables in schema public")).severity, Severity::Note);
    for (could_not, severity) in
        [("could not check the migrations: ", Severity::Problem), ("could not check drift: ", Severity::Note)]
    {
        let finding = about(&seen, could_not);
        assert!(finding.what.contains("permission denied for table schema_migration"), "{finding}");
        assert_eq!(finding.severity, severity, "{finding}");
    }
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_role_with_the_advised_privileges_has_no_warning() {
    let database = migrated_database().await;
    let role = role(&database).await;
    execute_sql(&database, "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC").await;
    execute_sql(&database, &format!("GRANT SELECT ON plans TO \"{role}\"")).await;
    let settings = database.settings().user(&role);
    let seen = findings(&settings).await;
    assert!(
        seen.iter()
            .any(|finding| finding.what.starts_with(&format!("role {role} lacks EXECUTE on function otp_issue_code(")))
    );
    for finding in findings(&settings).await {
        if let Some(grant) = finding.advice.as_deref().and_then(|advice| advice.strip_prefix("a service needs it: ")) {
            execute_sql(&database, grant).await;
        }
    }
    let seen = findings(&settings).await;
    about(&seen, &format!("role {role} may read and write every table"));
    about(&seen, "every migration is applied");
    assert_eq!(worst(&seen), Severity::Note, "{seen:#?}");
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn an_invalid_index_is_a_problem_that_its_advice_solves() {
    let database = migrated_database().await;
    execute_sql(&database, "INSERT INTO audit_log (action, server_id) VALUES ('a', 'node-1'), ('a', 'node-1')").await;
    let client = database.client().await;
    client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY once ON audit_log (action)").await.unwrap_err();
    let seen = findings(&database.settings()).await;
    let index = about(&seen, "index once on audit_log is invalid");
    assert_eq!(index.severity, Severity::Problem);
    assert_eq!(
        index.advice.as_deref(),
        Some("remove the duplicate rows, then REINDEX INDEX CONCURRENTLY once; or DROP INDEX CONCURRENTLY once")
    );
    client.batch_execute("DROP INDEX CONCURRENTLY once").await.unwrap();
    about(&findings(&database.settings()).await, "every index is valid");
}

#[tokio::test]
async fn a_constraint_that_older_rows_violate_is_reported_with_their_number() {
    let database = migrated_database().await;
    let client = database.client().await;
    client
        .batch_execute(
            "CREATE TABLE parents (a INTEGER, b INTEGER, UNIQUE (a, b));
             CREATE TABLE children (a INTEGER, b INTEGER, size INTEGER);
             INSERT INTO parents VALUES (1, 1);
             INSERT INTO children VALUES (1, 1, 1), (1, 2, NULL), (2, 1, -1), (2, NULL, 5);
             ALTER TABLE children ADD CONSTRAINT of_parent FOREIGN KEY (a, b) REFERENCES parents (a, b) NOT VALID;
             ALTER TABLE children ADD CONSTRAINT sized CHECK (size > 0) NOT VALID;
             ALTER TABLE children ADD CONSTRAINT small CHECK (size < 9) NOT VALID",
        )
        .await
        .unwrap();
    let seen = findings(&database.settings()).await;
    let severity_of = |start: &str| about(&seen, start).severity;
    assert_eq!(
        severity_of("constraint of_parent of children holds for new rows only: 2 older rows violate it"),
        Severity::Warning
    );
    assert_eq!(
        severity_of("constraint sized of children holds for new rows only: 1 older row violates it"),
        Severity::Warning
    );
    let small = about(&seen, "constraint small of children holds for new rows only, and no row violates it");
    assert_eq!(small.severity, Severity::Note);
    client.batch_execute(small.advice.as_ref().unwrap()).await.unwrap();
    // The advice lists the rows.
    for (constraint, rows) in [("of_parent", 2), ("sized", 1)] {
        let finding = about(&seen, &format!("constraint {constraint}"));
        let (select, _) = finding.advice.as_ref().unwrap().split_once(" lists them; ").unwrap();
        assert_eq!(client.query(select, &[]).await.unwrap().len(), rows, "{select}");
    }
}

#[tokio::test]
async fn a_database_that_is_ahead_is_a_warning_and_one_that_has_diverged_a_problem() {
    let database = migrated_database().await;
    execute_sql(&database, "INSERT INTO schema_migrations VALUES (9000, 'newer', '2030-01-01T00:00:00Z', '1')").await;
    let seen = findings(&database.settings()).await;
    let ahead = about(&seen, "the database is ahead of this build: V9000__newer is applied");
    assert_eq!((ahead.severity, ahead.advice.as_deref()), (Severity::Warning, Some("deploy a newer build")));
    execute_sql(&database, "UPDATE schema_migrations SET checksum = '1' WHERE version = 1").await;
    let seen = findings(&database.settings()).await;
    assert_eq!(about(&seen, "V1__base_schema was edited after it was applied").severity, Severity::Problem);
}

#[tokio::test]
async fn tables_that_no_migration_made_and_time_zones_of_others_are_notes() {
    let database = migrated_database().await;
    execute_sql(&database, "CREATE TABLE somebody_s_own (id INTEGER)").await;
    execute_sql(&database, &format!("ALTER DATABASE {} SET TimeZone = 'Asia/Kathmandu'", database.name())).await;
    let seen = findings(&database.settings()).await;
    let left = about(&seen, "not made by any migration, and left unchanged: table somebody_s_own");
    assert_eq!(left.severity, Severity::Note);
    assert_eq!(about(&seen, "other programs' sessions run in Asia/Kathmandu").severity, Severity::Note);
    about(&seen, "sessions run in UTC");
}

#[tokio::test]
async fn a_setting_that_statements_rely_on_is_a_warning_with_the_command_that_sets_it() {
    let database = migrated_database().await;
    // A superuser's setting, as no start-up option of the crate brings it back.
    let set = format!("ALTER DATABASE {} SET session_replication_role = 'replica'", database.name());
    execute_sql(&database, &set).await;
    let seen = findings(&database.settings()).await;
    let found = about(&seen, "session_replication_role of this session is replica instead of origin");
    assert_eq!(found.severity, Severity::Warning);
    let (_, alter) = found.advice.as_ref().unwrap().split_once("; or ").unwrap();
    assert_eq!(alter, "ALTER ROLE postgres SET session_replication_role = 'origin'");
}

#[tokio::test]
async fn an_extension_that_is_not_needed_is_a_note() {
    let database = migrated_database().await;
    about(&findings(&database.settings()).await, "no extension is needed");
    let available = "SELECT COUNT(*) FROM pg_available_extensions WHERE name = 'pg_trgm'";
    if scalar(&database, available).await > 0 {
        execute_sql(&database, "CREATE EXTENSION pg_trgm").await;
        let seen = findings(&database.settings()).await;
        assert_eq!(about(&seen, "installed beyond what is needed: pg_trgm").severity, Severity::Note);
    }
}

#[tokio::test]
async fn a_search_path_that_would_split_the_schema_is_a_problem_that_its_advice_solves() {
    let database = migrated_database().await;
    let role = role(&database).await;
    execute_sql(&database, &format!("CREATE SCHEMA AUTHORIZATION \"{role}\"")).await;
    let seen = findings(&database.settings().user(&role)).await;
    let start =
        format!("role {role} finds the table schema_migrations in schema public and would create new tables in ");
    let split = about(&seen, &start);
    assert!(split.severity == Severity::Problem && split.what.ends_with(&format!("schema {role}")), "{split}");
    execute_sql(&database, split.advice.as_ref().unwrap()).await;
    let seen = findings(&database.settings().user(&role)).await;
    assert!(!seen.iter().any(|finding| finding.what.starts_with(&start)), "{seen:#?}");
    drop_role(&database, &role).await;
}

#[tokio::test]
async fn a_locked_table_does_not_block() {
    let database = migrated_database().await;
    let client = database.client().await;
    client.batch_execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let seen = findings(&database.settings()).await;
    about(&seen, "every migration is applied");
    about(&seen, "every index is valid");
}

#[tokio::test]
async fn a_database_of_the_go_product_is_checked_before_and_after_its_conversion() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    client.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    for file in ["a", "a_rows", "tracking_1"] {
        client.batch_execute(&fs::read_to_string(format!("tests/legacy/{file}.sql")).unwrap()).await.unwrap();
    }
    let seen = findings(&database.settings()).await;
    about(&seen, "this is a database of the Go product; the first run converts it");
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let seen = findings(&database.settings()).await;
    about(&seen, "the schema matches the migrations");
    let constraint = about(&seen, "constraint fk_vpn_statistics_username of vpn_statistics holds for new rows only: ");
    assert_eq!(constraint.severity, Severity::Warning);
    assert!(about(&seen, "not made by any migration, and left unchanged: ").what.contains("table auth_users"));
    assert_eq!(worst(&seen), Severity::Warning, "{seen:#?}");
}

#[tokio::test]
async fn a_database_that_is_not_barqnets_is_a_problem() {
    let database = TestDatabase::empty().await;
    execute_sql(&database, "CREATE TABLE invoices (id INTEGER)").await;
    let seen = findings(&database.settings()).await;
    assert_eq!(about(&seen, "this database is not BarqNet's: it has invoices").severity, Severity::Problem);
}

#[tokio::test]
async fn a_sequence_that_has_used_half_of_its_range_is_a_warning_before_it_is_a_problem() {
    let database = migrated_database().await;
    let places = |last: i64| format!("SELECT SETVAL('server_locations_location_id_seq', {last})");
    let half = 1_073_741_824;
    execute_sql(&database, &places(half - 1)).await;
    about(&findings(&database.settings()).await, "no sequence has used 50 % of its range");

    execute_sql(&database, &places(half)).await;
    let seen = findings(&database.settings()).await;
    let near = about(&seen, "sequence server_locations_location_id_seq");
    let what = "sequence server_locations_location_id_seq of server_locations.location_id has used 50 % of its range: \
                after 1073741823 more ids no row can be added";
    assert_eq!((near.severity, near.what.as_str()), (Severity::Warning, what));
    let advice = near.advice.as_deref().expect("a warning has advice");
    assert!(advice.contains("ALTER COLUMN location_id TYPE BIGINT"), "{advice}");

    // Of a table that is not this crate's, in a column that is narrower than its sequence.
    execute_sql(&database, "CREATE SEQUENCE tickets_number_seq").await;
    execute_sql(&database, "CREATE TABLE tickets (number SMALLINT DEFAULT NEXTVAL('tickets_number_seq'))").await;
    execute_sql(&database, "ALTER SEQUENCE tickets_number_seq OWNED BY tickets.number").await;
    execute_sql(&database, "SELECT SETVAL('tickets_number_seq', 32767)").await;
    let seen = findings(&database.settings()).await;
    let ended = about(&seen, "sequence tickets_number_seq of tickets.number has used 100 % of its range: after 0 more");
    assert_eq!(ended.severity, Severity::Problem);
    assert_eq!(about(&seen, "sequence server_locations_location_id_seq").severity, Severity::Warning);
}
