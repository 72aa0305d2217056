//! Migrating a database, and reporting how far it is.

use std::fs;

use barqnet_db::{
    doctor, embedded,
    legacy::Refusal,
    migrate::{
        Conflict, Error, MigrateOptions, MigratePolicy, Migrations, OnAhead, OnConflict, Progress, State, migrate,
        migrate_observed, migrate_with, plan, plan_rollback, rollback, status,
    },
    pool::{self, Settings},
};
use barqnet_db_testing::{TestDatabase, server_url};

use crate::common::migrated_database;

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir("migrations")
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().into_string().unwrap().strip_suffix(".sql")?.to_owned()))
        .collect();
    names.sort_by_key(|name| name[1..name.find('_').unwrap()].parse::<i32>().unwrap());
    names
}

#[tokio::test]
async fn refinerys_runner_migrates_a_tokio_postgres_client_and_records_in_schema_migrations() {
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
async fn refinerys_runner_migrates_through_a_deadpool_client_once() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings()).await.unwrap();
    let mut client = pool.get().await.unwrap();
    let first = embedded::migrations::runner().run_async(&mut **client).await.unwrap();
    let second = embedded::migrations::runner().run_async(&mut **client).await.unwrap();
    assert_eq!((first.applied_migrations().len(), second.applied_migrations().len()), (names().len(), 0));
}

#[tokio::test]
async fn status_tells_pending_from_applied_and_writes_nothing() {
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
async fn a_role_that_may_not_create_tables_is_told_what_it_lacks() {
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
async fn a_folder_without_migrations_or_with_a_version_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let problem = || Migrations::from_folder(folder.path()).unwrap_err().to_string();
    assert!(problem().contains("no file named V<version>__"));
    for name in ["V2__add.sql", "V2__drop.sql"] {
        fs::write(folder.path().join(name), "SELECT 1;").unwrap();
    }
    assert!(problem().contains("V2__add and V2__drop have the same version"), "{}", problem());
}

#[test]
fn a_file_of_the_folder_that_refinery_would_ignore_is_refused() {
    for name in ["v2__two.sql", "V2__add-two.sql", "V2_two.sql", "V2__two.SQL", "V02__two.sql", "two.sql"] {
        let folder = folder(&["V1__one"]);
        fs::write(folder.path().join("README.md"), "Two migrations.").unwrap();
        assert_eq!(Migrations::from_folder(folder.path()).unwrap().len(), 1);
        fs::write(folder.path().join(name), "SELECT 1;").unwrap();
        let problem = Migrations::from_folder(folder.path()).unwrap_err().to_string();
        assert!(problem.contains(&format!("{name} is not named V<version>__<snake_case>.sql: ")), "{problem}");
    }
}

#[test]
fn a_file_of_the_folder_that_would_end_its_own_transaction_is_refused() {
    let folder = folder(&["V1__one"]);
    for end in ["COMMIT", "begin", "ROLLBACK", "PREPARE TRANSACTION 'x'"] {
        fs::write(folder.path().join("V2__two.sql"), format!("SELECT ';';\n  {end}; SELECT 1;")).unwrap();
        let problem = Migrations::from_folder(folder.path()).unwrap_err().to_string();
        let word = end.split(' ').next().unwrap();
        assert!(problem.contains(&format!("V2__two.sql:2:3: {word} would end the transaction")), "{problem}");
    }
    let harmless =
        "PREPARE p AS SELECT 1; DO $$ BEGIN NULL; END $$; SELECT 'COMMIT'; -- COMMIT;\n/* rollback\nCOMMIT; */";
    fs::write(folder.path().join("V2__two.sql"), harmless).unwrap();
    assert_eq!(Migrations::from_folder(folder.path()).unwrap().len(), 2);
}

/// A folder with these migrations, each of which makes a table of its name.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let table = name.split_once("__").unwrap().1;
        fs::write(folder.path().join(format!("{name}.sql")), format!("CREATE TABLE {table} (id INTEGER);\n")).unwrap();
    }
    folder
}

fn migrations(names: &[&str]) -> Migrations {
    Migrations::from_folder(folder(names).path()).unwrap()
}

fn accepting() -> MigrateOptions {
    let policy = MigratePolicy { ahead: OnAhead::Warn, unknown: OnConflict::Accept, late: OnConflict::Accept };
    MigrateOptions { policy, ..MigrateOptions::default() }
}

fn conflicts(error: &Error) -> &[Conflict] {
    match error {
        Error::Conflict(conflicts) => conflicts,
        _ => panic!("not a conflict: {error}"),
    }
}

#[tokio::test]
async fn an_older_program_runs_on_a_newer_database_unless_the_policy_refuses() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two"])).await.unwrap();
    let old = migrations(&["V1__one"]);
    assert!(migrate(&settings, &old).await.unwrap().is_empty());
    let policy = MigratePolicy { ahead: OnAhead::Refuse, ..MigratePolicy::default() };
    let error =
        migrate_with(&settings, &old, &MigrateOptions { policy, ..MigrateOptions::default() }).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::Ahead { newest_known: 1, newer: vec!["V2__two".into()] }]);
    assert!(error.to_string().contains("deploy a newer build"), "{error}");
}

#[tokio::test]
async fn an_applied_migration_that_the_program_lacks_is_refused() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two", "V3__three"])).await.unwrap();
    let gap = migrations(&["V1__one", "V3__three", "V4__four"]);
    let error = migrate(&settings, &gap).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::Unknown { migration: "V2__two".into() }]);
    assert_eq!(migrate_with(&settings, &gap, &accepting()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_pending_migration_older_than_an_applied_one_is_refused_and_never_skipped() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V3__three"])).await.unwrap();
    let merged = migrations(&["V1__one", "V2__two", "V3__three"]);
    let error = migrate(&settings, &merged).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::Late { migration: "V2__two".into(), newest_applied: 3 }]);
    assert!(error.to_string().contains("give it a version above 3"), "{error}");
    let applied = migrate_with(&settings, &merged, &accepting()).await.unwrap();
    assert_eq!(applied.iter().map(ToString::to_string).collect::<Vec<_>>(), ["V2__two"]);
}

#[tokio::test]
async fn a_migration_that_was_edited_or_replaced_is_refused_whatever_the_policy() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two"])).await.unwrap();
    let other = migrations(&["V1__one", "V2__zwei"]);
    let error = migrate_with(&settings, &other, &accepting()).await.unwrap_err();
    let changed = Conflict::Changed { migration: "V2__zwei".into(), applied_as: "V2__two".into() };
    assert_eq!(conflicts(&error), [changed]);
    let edited = folder(&["V1__one", "V2__two"]);
    fs::write(edited.path().join("V1__one.sql"), "CREATE TABLE one (id BIGINT);\n").unwrap();
    let error =
        migrate_with(&settings, &Migrations::from_folder(edited.path()).unwrap(), &accepting()).await.unwrap_err();
    assert!(error.to_string().contains("V1__one was edited after it was applied"), "{error}");
}

#[tokio::test]
async fn line_endings_and_a_byte_order_mark_do_not_change_a_migration() {
    let database = TestDatabase::empty().await;
    let unix = folder(&["V1__one"]);
    migrate(&database.settings(), &Migrations::from_folder(unix.path()).unwrap()).await.unwrap();
    let sql = fs::read_to_string(unix.path().join("V1__one.sql")).unwrap();
    fs::write(unix.path().join("V1__one.sql"), format!("\u{feff}{}", sql.replace('\n', "\r\n"))).unwrap();
    let windows = Migrations::from_folder(unix.path()).unwrap();
    assert!(migrate(&database.settings(), &windows).await.unwrap().is_empty());
}

#[tokio::test]
async fn refinerys_own_runner_agrees_with_the_history() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let report = embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
    assert!(report.applied_migrations().is_empty());
    let mut client = database.client().await;
    let applied = embedded::migrations::runner().get_applied_migrations_async(&mut client).await.unwrap();
    assert_eq!(applied.iter().map(ToString::to_string).collect::<Vec<_>>(), names());
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
async fn a_runner_that_gives_up_waiting_names_the_lock_holder() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    client
        .batch_execute("SET application_name = 'replica 7'; SELECT pg_advisory_lock(1650553457, 1835624306)")
        .await
        .unwrap();
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let options =
        MigrateOptions { max_wait_for_runner: std::time::Duration::from_millis(50), ..MigrateOptions::default() };
    let error = migrate_with(&database.settings(), &embedded::migrations(), &options).await.unwrap_err();
    let text = error.to_string();
    let since = client
        .query_one("SELECT DATE_TRUNC('second', backend_start)::TEXT FROM pg_stat_activity WHERE pid = $1", &[&pid])
        .await
        .unwrap();
    let since: String = since.get(0);
    // Each session writes a time in its own zone.
    let minute = &since[since.find(':').unwrap()..since.rfind(':').unwrap()];
    let holder = format!("process {pid} of the server (replica 7), connected since 20");
    assert!(text.contains(&holder) && text.contains(minute), "{since}: {text}");
    let tables = client.query("SELECT 1 FROM pg_class WHERE relname = 'schema_migrations'", &[]).await.unwrap();
    assert!(tables.is_empty(), "something was changed");

    // Another role can't see the start of the session, but everything else.
    let role = format!("{}_waiting", database.name());
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    let settings = database.settings().user(&role);
    let text = migrate_with(&settings, &embedded::migrations(), &options).await.unwrap_err().to_string();
    assert!(text.ends_with(&format!("held by process {pid} of the server (replica 7)")), "{text}");
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_migration_gives_way_to_a_long_transaction_and_is_retried() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one"])).await.unwrap();
    let reader = database.client().await;
    reader.batch_execute("BEGIN; SELECT id FROM one").await.unwrap();
    let later = folder(&["V1__one"]);
    fs::write(later.path().join("V2__widen.sql"), "ALTER TABLE one ADD COLUMN label TEXT;\n").unwrap();
    let later = Migrations::from_folder(later.path()).unwrap();
    let options = MigrateOptions { lock_timeout: std::time::Duration::from_millis(50), ..MigrateOptions::default() };
    let run = tokio::spawn({
        let settings = settings.clone();
        async move { migrate_with(&settings, &later, &options).await }
    });
    // It waits for its lock, and later statements still get through.
    let watcher = database.client().await;
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while watcher.query(waiting, &[]).await.unwrap().is_empty() {
        assert!(!run.is_finished(), "it did not wait");
    }
    let mut longest = std::time::Duration::ZERO;
    for _ in 0..100 {
        let asked = std::time::Instant::now();
        watcher.batch_execute("SELECT id FROM one").await.unwrap();
        longest = longest.max(asked.elapsed());
    }
    println!("the longest stall of 100 requests beside the waiting migration: {longest:?}");
    assert!(!run.is_finished(), "it did not wait for the lock");
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(run.await.unwrap().unwrap().len(), 1);
}

/// A role that may create tables and has, for its requests, limits that are too short for migrations.
async fn role_with_limits(database: &TestDatabase) -> String {
    let role = format!("{}_hurried", database.name());
    let sql = format!("CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}");
    let client = database.client().await;
    client.batch_execute(&sql).await.unwrap();
    let limits = "SELECT name FROM pg_settings
                  WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
                                 'idle_session_timeout', 'transaction_timeout')";
    for limit in client.query(limits, &[]).await.unwrap() {
        let limit: &str = limit.get(0);
        client.batch_execute(&format!("ALTER ROLE {role} SET {limit} = '50ms'")).await.unwrap();
    }
    role
}

#[tokio::test]
async fn a_roles_limits_for_requests_end_neither_a_migration_nor_its_waiting() {
    let database = TestDatabase::empty().await;
    let role = role_with_limits(&database).await;
    let settings = database.settings().user(&role);
    migrate(&settings, &migrations(&["V1__one"])).await.unwrap();
    let client = database.client().await;
    client.batch_execute("BEGIN; SELECT id FROM one").await.unwrap();
    let slow = folder(&["V1__one"]);
    let sql = "SELECT PG_SLEEP(0.2);\nALTER TABLE one ADD COLUMN label TEXT;\n/* rollback\nSELECT PG_SLEEP(0.2);\n*/";
    fs::write(slow.path().join("V2__slow.sql"), sql).unwrap();
    let migrations = Migrations::from_folder(slow.path()).unwrap();
    let options = MigrateOptions { lock_timeout: std::time::Duration::from_millis(20), ..MigrateOptions::default() };
    // Two pauses, each longer than the session may be idle; then the lock is free.
    let (sender, mut waits) = tokio::sync::mpsc::unbounded_channel();
    let run = tokio::spawn({
        let (settings, migrations) = (settings.clone(), migrations.clone());
        async move {
            let mut observe = |step| drop(sender.send(step));
            migrate_observed(&settings, &migrations, &options, &mut observe).await
        }
    });
    let mut waited = 0;
    while let Some(step) = waits.recv().await {
        waited += usize::from(matches!(step, Progress::WaitingForLock { .. }));
        if waited == 2 {
            client.batch_execute("COMMIT").await.unwrap();
            waited += 1;
        }
    }
    assert_eq!(run.await.unwrap().unwrap().len(), 1);
    assert!(waited > 2, "it did not wait");
    assert_eq!(plan_rollback(&settings, &migrations, 1, &options).await.unwrap().len(), 1);
    assert_eq!(rollback(&settings, &migrations, 1, &options).await.unwrap().len(), 1);
    client.batch_execute(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_migration_that_never_gets_its_lock_gives_up_and_changes_nothing() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one"])).await.unwrap();
    let reader = database.client().await;
    reader.batch_execute("BEGIN; SELECT id FROM one").await.unwrap();
    let later = folder(&["V1__one", "V3__three"]);
    fs::write(later.path().join("V2__widen.sql"), "-- Widens.\nALTER TABLE one ADD COLUMN label TEXT;\n").unwrap();
    let later = Migrations::from_folder(later.path()).unwrap();
    let moment = std::time::Duration::from_millis(20);
    let options = MigrateOptions { lock_timeout: moment, max_retry: moment * 10, ..MigrateOptions::default() };
    let text = migrate_with(&settings, &later, &options).await.unwrap_err().to_string();
    assert!(text.starts_with("V2__widen.sql:2:1 failed and was rolled back: "), "{text}");
    assert!(text.contains("lock timeout (SQLSTATE 55P03)") && text.ends_with("; not tried: V3__three"), "{text}");
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(migrate(&settings, &later).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_session_that_has_lost_the_lock_stops() {
    let database = TestDatabase::empty().await;
    let folder = folder(&["V1__one", "V3__three"]);
    fs::write(folder.path().join("V2__loses.sql"), "SELECT PG_ADVISORY_UNLOCK_ALL();").unwrap();
    let migrations = Migrations::from_folder(folder.path()).unwrap();
    let text = migrate(&database.settings(), &migrations).await.unwrap_err().to_string();
    let start = "V3__three.sql failed and was rolled back: this session no longer holds the migration lock";
    assert!(text.starts_with(start) && text.contains("not through a pooler"), "{text}");
    assert_eq!(migrate(&database.settings(), &migrations).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_read_only_database_is_accepted_if_up_to_date_and_refused_otherwise() {
    let read_only = "-c default_transaction_read_only=on";
    let database = migrated_database().await;
    assert!(migrate(&database.settings().options(read_only), &embedded::migrations()).await.unwrap().is_empty());
    let empty = TestDatabase::empty().await;
    let error = migrate(&empty.settings().options(read_only), &embedded::migrations()).await.unwrap_err().to_string();
    assert!(error.contains("(SQLSTATE 25006)") && error.contains("hint: connect to the primary"), "{error}");
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

#[tokio::test]
async fn a_minimum_version_that_a_migration_sets_refuses_older_programs() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let newer = folder(&["V1__one", "V2__two", "V3__three"]);
    fs::write(
        newer.path().join("V3__three.sql"),
        "-- Drops what V1 relied on.\n-- barqnet: min-version 2\nSELECT 1;\n",
    )
    .unwrap();
    migrate(&settings, &Migrations::from_folder(newer.path()).unwrap()).await.unwrap();
    assert!(migrate(&settings, &migrations(&["V1__one", "V2__two"])).await.unwrap().is_empty());
    let error = migrate_with(&settings, &migrations(&["V1__one"]), &accepting()).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::ProgramTooOld { newest_known: 1, min_version: 2 }]);

    // Also a program that may only read the history.
    let client = database.client().await;
    let role = format!("{}_old", database.name());
    client
        .batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON schema_migrations TO {role}"))
        .await
        .unwrap();
    let error = migrate(&settings.clone().user(&role), &migrations(&["V1__one"])).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::ProgramTooOld { newest_known: 1, min_version: 2 }]);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();

    // A minimum version ends with its migration.
    client.batch_execute("DELETE FROM schema_migrations WHERE version = 3").await.unwrap();
    assert!(migrate(&settings, &migrations(&["V1__one"])).await.unwrap().is_empty());
}

const CONCURRENTLY: &str = "-- Serves look-ups by id.\n-- barqnet: no-transaction\n\
                            CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_id ON one (id);\n";

fn with_concurrent_index() -> Migrations {
    let folder = folder(&["V1__one"]);
    fs::write(folder.path().join("V2__index.sql"), CONCURRENTLY).unwrap();
    Migrations::from_folder(folder.path()).unwrap()
}

async fn index_is_valid(database: &TestDatabase) -> bool {
    let sql = "SELECT indisvalid FROM pg_index WHERE indexrelid = TO_REGCLASS('one_id')";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_build_an_index_concurrently_do_not_deadlock() {
    let database = TestDatabase::empty().await;
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let settings = database.settings();
            tokio::spawn(async move { migrate(&settings, &with_concurrent_index()).await.unwrap().len() })
        })
        .collect();
    let mut applied = 0;
    for run in runs {
        applied += run.await.unwrap();
    }
    assert_eq!(applied, 2);
    assert!(index_is_valid(&database).await);
}

#[tokio::test]
async fn an_invalid_index_that_an_interrupted_run_left_is_rebuilt() {
    let database = TestDatabase::empty().await;
    let (settings, client) = (database.settings(), database.client().await);
    migrate(&settings, &migrations(&["V1__one"])).await.unwrap();
    client.batch_execute("INSERT INTO one VALUES (1), (1)").await.unwrap();
    let error = migrate(&settings, &with_concurrent_index()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("V2__index.sql:3:1 failed; the next run resumes it: could not create unique index"),
        "{error}"
    );
    assert!(!index_is_valid(&database).await);
    client.batch_execute("TRUNCATE one").await.unwrap();
    assert_eq!(migrate(&settings, &with_concurrent_index()).await.unwrap().len(), 1);
    assert!(index_is_valid(&database).await);
}
