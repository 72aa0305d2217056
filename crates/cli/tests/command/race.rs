//! Replicas that start at once, and one that dies in the middle.

use std::{fs, process::Stdio};

use barqnet_db::embedded;
use barqnet_db_testing::TestDatabase;

use crate::program::{on, scalar};

const PROCESSES: usize = 32;
const ROUNDS: usize = 8;

#[tokio::test]
async fn replicas_that_start_at_once_on_an_empty_database_all_succeed_and_one_migrates() {
    let known = i64::try_from(embedded::migrations().len()).unwrap();
    for round in 0..ROUNDS {
        let database = TestDatabase::empty().await;
        let start = |_| on(&database, ["migrate"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let processes: Vec<_> = (0..PROCESSES).map(start).collect();
        let outputs: Vec<_> = processes.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
        for output in &outputs {
            assert!(output.status.success(), "round {round}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let migrated = outputs.iter().filter(|output| output.stdout.starts_with(b"applied V1__base_schema\n")).count();
        assert_eq!(migrated, 1, "round {round}");
        let client = database.client().await;
        assert_eq!(scalar(&client, "SELECT COUNT(*) FROM schema_migrations").await, known, "round {round}");
    }
}

#[tokio::test]
async fn a_migration_of_a_killed_runner_is_rolled_back_and_the_next_runner_applies_it() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let folder = tempfile::tempdir().unwrap();
    let slow = "CREATE TABLE half (id INTEGER);\nSELECT PG_SLEEP(10);\n";
    fs::write(folder.path().join("V1__slow.sql"), slow).unwrap();
    let arguments = ["migrate", "--migrations", folder.path().to_str().unwrap()];
    let mut killed = on(&database, arguments).spawn().unwrap();
    let sleeping =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = CURRENT_DATABASE()";
    while scalar(&client, sleeping).await == 0 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    // The same number, quick this time: the first left no trace, so it is no other migration.
    fs::write(folder.path().join("V1__slow.sql"), "CREATE TABLE half (id INTEGER);\n").unwrap();
    let next = on(&database, arguments).output().unwrap();
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM schema_migrations").await, 1);
    let locks = "SELECT COUNT(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE l.locktype = 'advisory' AND d.datname = CURRENT_DATABASE()";
    while scalar(&client, locks).await > 0 {
        // The runner has ended; its session is about to.
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_next_runner_finishes_an_index_that_a_killed_runner_was_building() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("V1__one.sql", "CREATE TABLE one (id INTEGER);\nINSERT INTO one SELECT GENERATE_SERIES(1, 1000);\n");
    let arguments = ["migrate", "--migrations", folder.path().to_str().unwrap()];
    assert!(on(&database, arguments).output().unwrap().status.success());
    write("V2__index.sql", "-- barqnet: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS one_id ON one (id);\n");
    // The build waits in the middle for a transaction that writes to the table.
    let writer = database.client().await;
    writer.batch_execute("BEGIN; INSERT INTO one VALUES (0)").await.unwrap();
    let mut killed = on(&database, arguments).spawn().unwrap();
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                   WHERE wait_event_type = 'Lock' AND query LIKE '%CONCURRENTLY%' AND datname = CURRENT_DATABASE() \
                     AND pid <> PG_BACKEND_PID()";
    while scalar(&client, waiting).await == 0 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    // From PostgreSQL 14 on its session notices; before, it goes on to the end.
    if scalar(&client, "SELECT CURRENT_SETTING('server_version_num')::BIGINT").await >= 140_000 {
        while scalar(&client, waiting).await > 0 {
            tokio::task::yield_now().await;
        }
        let invalid = "SELECT COUNT(*) FROM pg_index WHERE indexrelid = TO_REGCLASS('one_id') AND NOT indisvalid";
        assert_eq!(scalar(&client, invalid).await, 1);
    }
    writer.batch_execute("COMMIT").await.unwrap();

    let next = on(&database, arguments).output().unwrap();
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
    let valid = "SELECT COUNT(*) FROM pg_index WHERE indexrelid = TO_REGCLASS('one_id') AND indisvalid";
    assert_eq!(scalar(&client, valid).await, 1);
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM schema_migrations").await, 2);
}
