//! `status`.

use std::process::Stdio;

use barqnet_db_testing::TestDatabase;

use crate::program::{Finished, on, rows, run};

#[tokio::test]
async fn status_lists_every_migration_and_its_exit_code_tells_whether_any_is_pending() {
    let database = TestDatabase::empty().await;
    let before = run(&mut on(&database, ["status"])).ended_with(4);
    assert!(before.stderr.is_empty(), "{before:?}");
    assert_eq!(rows(&before.stdout)[0], ["1", "base_schema", "pending", "-"]);

    run(&mut on(&database, ["migrate"])).ended_with(0);
    let after = run(&mut on(&database, ["status"])).ended_with(0);
    let (before, after) = (rows(&before.stdout), rows(&after.stdout));
    assert_eq!(before.len(), after.len());
    for row in after {
        assert_eq!(row[2], "applied");
        assert!(row[3].starts_with("20") && row[3].ends_with('Z'), "{row:?}");
    }
}

#[tokio::test]
async fn a_database_that_is_ahead_of_the_build_has_an_exit_code_of_its_own() {
    let database = TestDatabase::new().await;
    let from_the_future = "INSERT INTO schema_migrations (version, name, applied_on, checksum)
                           VALUES (9001, 'from_the_future', '2036-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(from_the_future).await.unwrap();
    let finished = run(&mut on(&database, ["status"])).ended_with(5);
    let expected = ["9001", "from_the_future", "unknown", "2036-01-01T00:00:00Z"];
    assert_eq!(rows(&finished.stdout).last().unwrap(), &expected);
    run(&mut on(&database, ["migrate"])).failed_with(1, "nothing was changed");
}

#[tokio::test]
async fn a_reader_who_leaves_early_changes_nothing() {
    let database = TestDatabase::empty().await;
    let mut child = on(&database, ["status"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let finished = Finished::of(child.wait_with_output().unwrap()).ended_with(4);
    assert!(finished.stderr.is_empty(), "{finished:?}");
}
