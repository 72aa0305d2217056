//! Waiting for other runners, for locks of tables, and within the limits of a role.

use std::fs;

use barqnet_db::{
    embedded,
    migrate::{MigrateOptions, Migrations, Progress, migrate, migrate_observed, migrate_with, plan_rollback, rollback},
};
use barqnet_db_testing::TestDatabase;

use super::support::{folder, migrations};

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
async fn the_timeouts_of_a_role_end_neither_a_migration_nor_its_wait() {
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
        let (settings, migrations, options) = (settings.clone(), migrations.clone(), options.clone());
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
async fn a_migration_that_gets_no_lock_gives_up_and_changes_nothing() {
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
