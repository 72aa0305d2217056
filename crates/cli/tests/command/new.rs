//! `new`.

use std::fs;

use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, applied, on, program, run};

#[test]
fn a_new_migration_has_the_next_version_and_the_parts_that_the_build_step_wants() {
    let folder = Folder::with("new", &["V1__one.sql", "V9__nine.sql", "V10__ten.sql"]);
    let finished = run(&mut program(["new", "add_devices", "--migrations", folder.path()])).ended_with(0);
    let path = format!("{}/V11__add_devices.sql", folder.path());
    assert_eq!(finished.stdout, format!("{path}\n"));
    let expected = "-- Add devices: <what for>.\n--\n-- Why: <what is wrong without it>.\n\
                    -- Locks: <which tables, in which mode, for how long on a large one>.\n\n\
                    CREATE TABLE IF NOT EXISTS <name> (<columns>);\n\n/* rollback\nDROP TABLE IF EXISTS <name>;\n*/\n";
    assert_eq!(fs::read_to_string(path).unwrap(), expected);

    let arguments = ["new", "index_devices", "--no-transaction", "--json", "--migrations", folder.path()];
    let finished = run(&mut program(arguments)).ended_with(0);
    let document: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let path = format!("{}/V12__index_devices.sql", folder.path());
    assert_eq!(document, serde_json::json!({"version": 12, "file": path}));
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.contains("\n-- barqnet: no-transaction\n\nCREATE INDEX CONCURRENTLY IF NOT EXISTS <name> ON <table>"),
        "{text}"
    );
}

#[tokio::test]
async fn an_incomplete_migration_is_never_applied_and_a_complete_one_is() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("incomplete", &[]);
    run(&mut program(["new", "first", "--migrations", folder.path()])).ended_with(0);
    let migrate = || run(&mut on(&database, ["migrate", "--migrations", folder.path()]));
    migrate().failed_with(1, "V1__first.sql:6:28 failed and was rolled back: syntax error at or near \"<\"");
    assert_eq!(applied(&database).await, 0);
    let text = fs::read_to_string(format!("{}/V1__first.sql", folder.path())).unwrap();
    folder.write(
        "V1__first.sql",
        &text.replace("NOT EXISTS <name>", "NOT EXISTS devices").replace("<columns>", "id INTEGER"),
    );
    migrate().ended_with(0);
    let rollback = || run(&mut on(&database, ["rollback", "--to", "0", "--yes", "--migrations", folder.path()]));
    rollback().failed_with(1, "the rollback in V1__first.sql:9:22 failed");
    folder.write("V1__first.sql", &text.replace("<name>", "devices").replace("<columns>", "id INTEGER"));
    run(&mut on(&database, ["repair", "--yes", "--migrations", folder.path()])).ended_with(0);
    rollback().ended_with(0);
}

#[test]
fn a_name_that_a_runner_would_misread_is_refused_and_no_file_is_made() {
    let folder = Folder::of("names", &[]);
    for (name, says) in [
        ("Add devices", "for example add_devices"),
        ("add-devices", "for example add_devices"),
        ("_devices", "for example devices"),
        ("../devices", "snake_case"),
        ("", "snake_case"),
        ("größe", "snake_case"),
    ] {
        let says = if says == "snake_case" { "is no name of a migration" } else { says };
        run(&mut program(["new", name, "--migrations", folder.path()])).failed_with(2, says);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_whose_versions_are_not_known_is_refused() {
    let folder = Folder::with("misnamed", &["V1__one.sql", "2_two.sql"]);
    run(&mut program(["new", "three", "--migrations", folder.path()])).failed_with(2, "2_two.sql");
    run(&mut program(["new", "three", "--migrations", "/nonexistent"]))
        .failed_with(2, "there is no folder /nonexistent");
    let last = Folder::with("last", &["V2147483647__last.sql"]);
    run(&mut program(["new", "more", "--migrations", last.path()])).failed_with(2, "2147483647");
}
