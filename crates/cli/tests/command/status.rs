//! `status`.

use std::{fs, process::Stdio};

use barqnet_db_testing::TestDatabase;

use crate::program::{Finished, Folder, migrated_database, on, rows, run};

#[tokio::test]
async fn status_lists_every_migration_and_its_exit_code_says_whether_any_is_pending() {
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
    let database = migrated_database().await;
    let from_the_future = "INSERT INTO schema_migrations (version, name, applied_on, checksum)
                           VALUES (9001, 'from_the_future', '2036-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(from_the_future).await.unwrap();
    let finished = run(&mut on(&database, ["status"])).ended_with(5);
    let expected = ["9001", "from_the_future", "unknown", "2036-01-01T00:00:00Z"];
    assert_eq!(rows(&finished.stdout).last().unwrap(), &expected);
    // An older build goes on, with a warning.
    let migrated = run(&mut on(&database, ["migrate"])).ended_with(0);
    assert!(migrated.stderr.contains("the database is ahead of this build"), "{migrated:?}");
}

#[tokio::test]
async fn what_could_not_be_converted_is_listed_with_its_rows_on_standard_error() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    for file in ["a", "a_rows", "002", "002_rows", "tracking_2"] {
        let path = format!("{}/../../tests/legacy/{file}.sql", env!("CARGO_MANIFEST_DIR"));
        client.batch_execute(&fs::read_to_string(path).unwrap()).await.unwrap();
    }
    let before = run(&mut on(&database, ["status"])).ended_with(4);
    assert!(before.stderr.contains("note: this is a database of the Go product"), "{before:?}");
    run(&mut on(&database, ["migrate"])).ended_with(0);

    let not_valid = "holds for new rows only (NOT VALID)";
    let exceptions = [
        (format!("vpn_statistics: fk_vpn_statistics_username {not_valid}"), 2),
        (format!("otp_attempts: chk_otp_attempt_type {not_valid}"), 1),
        (
            "user_sessions.token_hash was changed (a newer session has this token hash); adoption_changes has the originals"
                .to_owned(),
            1,
        ),
        (
            "server_locations.country_code was changed (does not fit character(2)); adoption_changes has the originals"
                .to_owned(),
            5,
        ),
    ];
    let after = run(&mut on(&database, ["status"])).ended_with(0);
    let json = run(&mut on(&database, ["status", "--json"])).ended_with(0);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let listed = document["exceptions"].as_array().unwrap();
    for (what, rows) in exceptions {
        let line = format!("note: {what}: {rows} row{}\n", if rows == 1 { "" } else { "s" });
        assert!(after.stderr.contains(&line), "{line}: {after:?}");
        let is_it = |it: &serde_json::Value| it["what"] == what.as_str() && it["rows"] == rows;
        assert!(listed.iter().any(is_it), "{what}: {json:?}");
    }
    assert!(after.stderr.contains("table auth_users, table schema_migrations_legacy"), "{after:?}");
    assert!(document["kept"].as_array().unwrap().contains(&"table auth_users".into()), "{json:?}");

    // A locked table does not block.
    client.batch_execute("BEGIN; LOCK TABLE vpn_statistics IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let beside = run(&mut on(&database, ["status"])).ended_with(0);
    assert!(beside.stderr.contains("note: cannot tell which rows violate a constraint: "), "{beside:?}");
}

#[tokio::test]
async fn a_closed_standard_output_is_no_error() {
    let database = TestDatabase::empty().await;
    let mut child = on(&database, ["status"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let finished = Finished::of(child.wait_with_output().unwrap()).ended_with(4);
    assert!(finished.stderr.is_empty(), "{finished:?}");
}

#[tokio::test]
async fn status_json_has_these_fields() {
    let database = TestDatabase::empty().await;
    let folder = Folder::with("status-json", &["V1__own.sql", "V3__third.sql"]);
    let history = "CREATE TABLE schema_migrations (version INT4, name TEXT, applied_on TEXT, checksum TEXT);
                   INSERT INTO schema_migrations VALUES (2, 'second', '2036-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(history).await.unwrap();
    let finished = run(&mut on(&database, ["status", "--json", "--migrations", folder.path()])).ended_with(6);
    let expected = r#"{
  "state": "diverged",
  "adopts": false,
  "migrations": [
    {
      "version": 1,
      "name": "own",
      "state": "pending",
      "applied_at": null
    },
    {
      "version": 2,
      "name": "second",
      "state": "unknown",
      "applied_at": "2036-01-01T00:00:00Z"
    },
    {
      "version": 3,
      "name": "third",
      "state": "pending",
      "applied_at": null
    }
  ],
  "conflicts": [
    {
      "kind": "late",
      "text": "V1__own is pending, but version 2, which is newer, is already applied; give it a version above 2"
    },
    {
      "kind": "unknown",
      "text": "V2__second is applied, but this build, which has newer migrations, does not have it; deploy the build that has it, or merge it into this one"
    }
  ],
  "standby": null,
  "exceptions": [],
  "kept": []
}
"#;
    assert_eq!(finished.stdout, expected);
}
