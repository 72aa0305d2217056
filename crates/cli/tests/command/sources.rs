//! `--source NAME=FOLDER`: a service's own migrations after the built-in ones.

use std::{fs, process::Stdio};

use barqnet_db_testing::TestDatabase;

use crate::program::{migrated_database, on, run};

/// A folder with two migrations of a service, the first of which has a check.
fn of_the_service() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let check = "-- barqnet: check SELECT COUNT(*) >= 0 FROM users\n-- barqnet: requires barqnet 90";
    for (name, head, table) in [("V1__add_tickets", check, "tickets"), ("V2__add_labels", "--", "labels")] {
        let sql = format!("-- Adds {table}.\n{head}\nCREATE TABLE {table} ();\n/* rollback\nDROP TABLE {table};\n*/\n");
        fs::write(folder.path().join(format!("{name}.sql")), sql).unwrap();
    }
    folder
}

#[tokio::test]
async fn a_services_migrations_are_planned_applied_listed_and_rolled_back() {
    let database = migrated_database().await;
    let folder = of_the_service();
    let source = format!("app={}", folder.path().display());
    let with = |arguments: &[&'static str]| {
        let arguments = arguments.iter().copied().chain(["--source", &source]);
        on(&database, arguments.map(ToOwned::to_owned).collect::<Vec<_>>().iter().map(String::as_str))
    };

    let planned = run(&mut with(&["plan"])).ended_with(4).stdout;
    assert!(
        planned.contains("app/V1__add_tickets\n") && planned.contains("Check in line 2: SELECT COUNT(*)"),
        "{planned}"
    );
    let planned = run(&mut with(&["plan", "--json"])).ended_with(4).stdout;
    assert!(planned.contains("\"source\": \"app\"") && planned.contains("\"checks\": ["), "{planned}");
    let applied = run(&mut with(&["migrate"])).ended_with(0).stdout;
    assert!(applied.starts_with("applied app/V1__add_tickets\napplied app/V2__add_labels\n2 migrations"), "{applied}");
    let listed = run(&mut with(&["status"])).ended_with(0).stdout;
    assert!(listed.contains(" app/add_labels ") && listed.contains(" barqnet/base_schema "), "{listed}");
    // Whether it knows the source or not.
    run(&mut with(&["doctor"])).ended_with(0);
    let seen = run(&mut on(&database, ["doctor"])).ended_with(0).stdout;
    assert!(seen.contains("the schema matches the migrations") && !seen.contains("not made by"), "{seen}");

    run(&mut with(&["rollback", "--yes", "--to", "1"])).failed_with(1, "version 1 of which source?");
    let refused = "cannot be rolled back: app/V1__add_tickets, which is applied, requires it or a newer one";
    run(&mut on(&database, ["rollback", "--yes", "--to", "89"])).failed_with(1, refused);
    let undone = run(&mut with(&["rollback", "--yes", "--to", "app/1"])).ended_with(0).stdout;
    assert!(undone.contains("rolled back app/V2__add_labels\n1 migration rolled back"), "{undone}");
}

#[tokio::test]
async fn migrate_stops_at_a_version_of_a_source_and_the_next_run_continues() {
    let database = migrated_database().await;
    let folder = of_the_service();
    let source = format!("app={}", folder.path().display());
    let applied = run(&mut on(&database, ["migrate", "--to", "app/1", "--source", &source])).ended_with(0).stdout;
    assert!(applied.starts_with("applied app/V1__add_tickets\n1 migration"), "{applied}");
    let applied = run(&mut on(&database, ["migrate", "--source", &source])).ended_with(0).stdout;
    assert!(applied.starts_with("applied app/V2__add_labels\n1 migration"), "{applied}");
    run(&mut on(&database, ["migrate", "--to", "x", "--source", &source])).failed_with(2, "--to");
}

#[tokio::test]
async fn an_edited_migration_of_a_source_is_found_and_repaired_in_its_own_history() {
    let database = migrated_database().await;
    let folder = of_the_service();
    let source = format!("app={}", folder.path().display());
    run(&mut on(&database, ["migrate", "--source", &source])).ended_with(0);
    let earlier = tempfile::tempdir().unwrap();
    let file = folder.path().join("V2__add_labels.sql");
    fs::copy(&file, earlier.path().join("V2__add_labels.sql")).unwrap();
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("Adds labels", "Adds the labels")).unwrap();
    let verified = run(&mut on(&database, ["verify", "--source", &source])).ended_with(6);
    assert!(verified.stderr.contains("app/V2__add_labels was edited"), "{verified:?}");
    let earlier = earlier.path().to_str().unwrap();
    let repaired =
        run(&mut on(&database, ["repair", "--yes", "--earlier", earlier, "--source", &source])).ended_with(0);
    assert!(
        repaired.stdout.contains("Adds the labels") && repaired.stdout.contains("1 checksum recorded"),
        "{repaired:?}"
    );
    run(&mut on(&database, ["verify", "--source", &source])).ended_with(0);
}

#[tokio::test]
async fn the_history_of_a_source_may_be_refinerys_table_and_a_wrong_source_is_wrong_usage() {
    let database = TestDatabase::empty().await;
    let folder = of_the_service();
    let source = format!("app={}:refinery_schema_history", folder.path().display());
    run(&mut on(&database, ["migrate", "--source", &source])).ended_with(0);
    let count = "SELECT COUNT(*) FROM refinery_schema_history";
    let applied: i64 = database.client().await.query_one(count, &[]).await.unwrap().get(0);
    assert_eq!(applied, 2);
    for bad in ["app", "my-app=.", "app=/nonexistent"] {
        run(&mut on(&database, ["migrate", "--source", bad])).ended_with(2);
    }
}

#[tokio::test]
async fn of_32_processes_that_start_at_once_one_applies_the_migrations_of_all_sources() {
    let database = TestDatabase::empty().await;
    let folder = of_the_service();
    let source = format!("app={}", folder.path().display());
    let start = |_| {
        let mut migrate = on(&database, ["migrate", "--source", &source]);
        migrate.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let processes: Vec<_> = (0..32).map(start).collect();
    let outputs: Vec<_> = processes.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
    let mut migrated = 0;
    for output in outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        migrated += usize::from(text.contains("applied barqnet/V1__base_schema\n"));
        assert_eq!(text.contains("applied app/V2__add_labels\n"), text.contains("applied barqnet/V1__"), "{text}");
    }
    assert_eq!(migrated, 1);
}
