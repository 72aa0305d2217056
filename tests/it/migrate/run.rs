//! A run applies what is pending, records it, and says why it can not.

use std::fs;

use barqnet_db::{
    doctor, embedded,
    legacy::Refusal,
    migrate::{Error, MigrateOptions, Migrations, State, migrate, plan, rollback, status},
    pool::{self, Settings},
};
use barqnet_db_testing::{TestDatabase, server_url};

use super::support::{migrations, names};
use crate::common::migrated_database;

#[tokio::test]
async fn refinerys_runner_migrates_through_tokio_postgres_and_records_the_history() {
    let database = TestDatabase::empty().await;
    let mut client = database.client().await;
    let report = embedded::migrations::runner().run_async(&mut client).await.unwrap();
    let applied: Vec<String> = report.applied_migrations().iter().map(ToString::to_string).collect();
    assert_eq!(applied, names());
    let rows =
        client.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version", &[]).await.unwrap();
    let recorded: Vec<(i32, String, String)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let expected: Vec<(i32, String, String)> = report
        .applied_migrations()
        .iter()
        .map(|migration| (migration.version(), migration.name().to_owned(), migration.checksum().to_string()))
        .collect();
    assert_eq!(recorded, expected);
}

#[tokio::test]
async fn refinerys_runner_migrates_through_a_client_of_the_pool_once() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings()).await.unwrap();
    let mut client = pool.get().await.unwrap();
    let first = embedded::migrations::runner().run_async(client.unguarded_mut()).await.unwrap();
    let second = embedded::migrations::runner().run_async(client.unguarded_mut()).await.unwrap();
    assert_eq!((first.applied_migrations().len(), second.applied_migrations().len()), (names().len(), 0));
}

#[tokio::test]
async fn status_lists_pending_and_applied_migrations_and_writes_nothing() {
    let database = TestDatabase::empty().await;
    let (settings, migrations) = (database.settings(), embedded::migrations());
    let before = status(&settings, &migrations).await.unwrap();
    assert_eq!(before.iter().map(ToString::to_string).collect::<Vec<_>>(), names());
    assert!(before.iter().all(|migration| migration.applied_at.is_none() && migration.known));
    let tables = database.client().await.query("SELECT 1 FROM pg_class WHERE relname = 'schema_migrations'", &[]).await;
    assert!(tables.unwrap().is_empty(), "status created the history");

    let applied = migrate(&settings, &migrations).await.unwrap();
    assert_eq!(applied.len(), before.len());
    assert!(migrate(&settings, &migrations).await.unwrap().is_empty());
    let after = status(&settings, &migrations).await.unwrap();
    assert!(after.iter().all(|migration| migration.applied_at.is_some() && migration.known));
}

#[tokio::test]
async fn a_migration_of_a_newer_program_is_shown_as_unknown() {
    let database = migrated_database().await;
    let insert = "INSERT INTO schema_migrations VALUES (9000, 'from_the_future', '2030-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(insert).await.unwrap();
    let all = status(&database.settings(), &embedded::migrations()).await.unwrap();
    let newest = all.last().unwrap();
    assert_eq!((newest.to_string().as_str(), newest.known), ("V9000__from_the_future", false));
}

#[tokio::test]
async fn a_failing_migration_names_file_line_cause_and_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("V1__one.sql", "CREATE TABLE one (id INTEGER PRIMARY KEY);");
    write("V2__two.sql", "CREATE TABLE two (id INTEGER PRIMARY KEY);\n\nINSERT INTO two VALUES (1),\n    ('x');");
    write("V3__three.sql", "CREATE TABLE three (id INTEGER PRIMARY KEY);");
    let database = TestDatabase::empty().await;
    let migrations = Migrations::from_folder(folder.path()).unwrap();
    let error = migrate(&database.settings(), &migrations).await.unwrap_err();
    assert!(matches!(&error, Error::Failed(failure) if failure.file == "V2__two.sql" && failure.place == Some((4, 6))));
    let text = error.to_string();
    assert!(text.starts_with("V2__two.sql:4:6 failed and was rolled back: invalid input syntax"), "{text}");
    assert!(text.ends_with("(SQLSTATE 22P02); applied before it: V1__one; not tried: V3__three"), "{text}");
    let client = database.client().await;
    let tables = client.query("SELECT TO_REGCLASS('one')::TEXT, TO_REGCLASS('two')::TEXT", &[]).await.unwrap();
    assert_eq!(tables[0].get::<_, Option<&str>>(0), Some("one"));
    assert_eq!(tables[0].get::<_, Option<&str>>(1), None);
    assert_eq!(
        status(&database.settings(), &migrations).await.unwrap().iter().filter(|m| m.applied_at.is_some()).count(),
        1
    );
}

#[tokio::test]
async fn a_history_of_another_program_is_refused_before_anything_changes() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let table =
        "CREATE TABLE schema_migrations (id SERIAL PRIMARY KEY, version INTEGER UNIQUE NOT NULL, applied_at TIMESTAMP)";
    client.batch_execute(table).await.unwrap();
    let error = migrate(&database.settings(), &embedded::migrations()).await.unwrap_err();
    let columns = "id, version, applied_at";
    assert!(matches!(Refusal::of(&error), Some(Refusal::ForeignTracking { columns: c }) if c == columns), "{error}");
    let tables = client
        .query("SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::REGNAMESPACE", &[]);
    assert_eq!(tables.await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_role_without_the_right_to_create_tables_gets_an_error_naming_it() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let role = format!("{}_reader", database.name());
    let setup = format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN");
    client.batch_execute(&setup).await.unwrap();
    let error = migrate(&database.settings().user(&role), &embedded::migrations()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("permission denied for schema public") && text.contains("GRANT"), "{text}");
    let tables = client.query("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE", &[]).await.unwrap();
    assert!(tables.is_empty(), "something was created");
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_only_read_the_history_starts_on_an_up_to_date_database() {
    let database = migrated_database().await;
    let client = database.client().await;
    let role = format!("{}_service", database.name());
    let setup = format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN; GRANT SELECT ON schema_migrations TO {role}"
    );
    client.batch_execute(&setup).await.unwrap();
    let settings = database.settings().user(&role);
    assert!(migrate(&settings, &embedded::migrations()).await.unwrap().is_empty());
    assert_eq!(status(&settings, &embedded::migrations()).await.unwrap().len(), names().len());
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_read_only_database_is_accepted_if_up_to_date_and_refused_otherwise() {
    let read_only = "-c default_transaction_read_only=on";
    let database = migrated_database().await;
    assert!(migrate(&database.settings().options(read_only), &embedded::migrations()).await.unwrap().is_empty());
    let empty = TestDatabase::empty().await;
    let error = migrate(&empty.settings().options(read_only), &embedded::migrations()).await.unwrap_err().to_string();
    assert!(error.contains("accepts no writes") && error.contains("name the primary"), "{error}");
}

#[tokio::test]
async fn a_search_path_that_would_split_the_schema_is_refused() {
    let database = TestDatabase::empty().await;
    let (settings, client) = (database.settings(), database.client().await);
    migrate(&settings, &migrations(&["V1__one"])).await.unwrap();
    client.batch_execute("CREATE SCHEMA barqnet").await.unwrap();
    let other = settings.clone().options("-c search_path=barqnet,public");
    // With nothing to create, it is accepted.
    assert!(migrate(&other, &migrations(&["V1__one"])).await.unwrap().is_empty());
    let more = migrations(&["V1__one", "V2__two"]);
    for error in [migrate(&other, &more).await.unwrap_err(), plan(&other, &more).await.unwrap_err()] {
        let text = error.to_string();
        assert!(text.starts_with("nothing was changed: the table schema_migrations is in schema public"), "{text}");
        assert!(text.contains("new tables are created in schema barqnet; set search_path"), "{text}");
    }
    // A search_path with one schema of its own is fine.
    let own = settings.options("-c search_path=barqnet");
    assert_eq!(migrate(&own, &more).await.unwrap().len(), 2);
    let tables = "SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::REGNAMESPACE
                                                 AND relname NOT LIKE 'schema_migration%'";
    let count: i64 = client.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_database_whose_name_needs_quotes_can_be_migrated() {
    let (server, _) = Settings::from_url(&server_url("postgres")).unwrap().connect_client().await.unwrap();
    let name = format!("It's a \"Barq net\"; ü {}", std::process::id());
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    server.batch_execute(&format!("CREATE DATABASE {quoted}")).await.unwrap();
    let settings = Settings::from_url(&server_url("postgres")).unwrap().dbname(&name);
    let embedded = embedded::migrations();
    assert_eq!(migrate(&settings, &embedded).await.unwrap().len(), embedded.len());
    assert_eq!(plan(&settings, &embedded).await.unwrap().state(), State::UpToDate);
    let findings = doctor::examine(&settings, &embedded).await.unwrap();
    assert!(findings.iter().all(|finding| finding.severity == doctor::Severity::Ok), "{findings:#?}");
    let options = MigrateOptions::default();
    assert_eq!(rollback(&settings, &embedded, 0, &options).await.unwrap().len(), embedded.len());
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    server.query(end, &[&name]).await.unwrap();
    server.batch_execute(&format!("DROP DATABASE {quoted}")).await.unwrap();
}

#[tokio::test]
async fn a_row_of_the_history_that_no_runner_wrote_is_shown() {
    let database = migrated_database().await;
    let client = database.client().await;
    for (change, shown) in [
        ("checksum = 'abc'", "checksum is `abc`"),
        ("checksum = NULL", "checksum is ``"),
        ("checksum = '1', applied_on = 'yesterday'", "applied_on is `yesterday`"),
    ] {
        client.batch_execute(&format!("UPDATE schema_migrations SET {change} WHERE version = 1")).await.unwrap();
        let text = migrate(&database.settings(), &embedded::migrations()).await.unwrap_err().to_string();
        assert!(text.contains("holds a row that no runner wrote") && text.ends_with(shown), "{text}");
    }
}

#[tokio::test]
async fn a_statement_that_fails_is_named_by_line_and_column() {
    let unique =
        "-- One; two.\nCREATE TABLE t (id INTEGER PRIMARY KEY);\n\n  INSERT INTO t VALUES (7), (7);\nSELECT 1;";
    let exists = "CREATE TABLE t (note TEXT DEFAULT ';');\nSELECT $$;$$; /* ; */ CREATE TABLE t ();";
    let raised =
        "CREATE TABLE t ();\nDO $$\nBEGIN\n    PERFORM 1;\n    RAISE EXCEPTION 'no' USING HINT = 'yes';\nEND\n$$;";
    let cast = "SELECT 1;\nDO $b$ BEGIN PERFORM 'x'::INTEGER; END $b$;";
    let unknown = "SELECT 1;\nSELECT\n    missing;";
    for (sql, place, says) in [
        (unique, (4, 3), "duplicate key value violates unique constraint \"t_pkey\" (SQLSTATE 23505"),
        (exists, (2, 23), "already exists (SQLSTATE 42P07)"),
        (raised, (5, 5), "no (SQLSTATE P0001); hint: yes"),
        (cast, (2, 1), "(SQLSTATE 22P02)"),
        (unknown, (3, 5), "(SQLSTATE 42703)"),
    ] {
        let database = TestDatabase::empty().await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("V1__fails.sql"), sql).unwrap();
        let migrations = Migrations::from_folder(folder.path()).unwrap();
        let error = migrate(&database.settings(), &migrations).await.unwrap_err();
        let Error::Failed(failure) = &error else { panic!("{error}") };
        assert_eq!(failure.place, Some(place), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        // The row's values are in their own field and in no text that may be logged.
        assert_eq!(failure.row.as_deref(), (sql == unique).then_some("Key (id)=(7) already exists."));
        assert!(!error.to_string().contains("(7)"), "{error}");
    }
}
