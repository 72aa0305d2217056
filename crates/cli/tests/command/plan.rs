//! `plan`.

use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, migrated_database, on, run};

const FIRST: &str = "CREATE TABLE one (id INTEGER);\n";
const SECOND: &str = "-- A label for each.\n--\n-- Locks: ACCESS EXCLUSIVE on one for an instant.\n\n\
                      ALTER TABLE one ADD COLUMN label TEXT;\n\n/* rollback\nALTER TABLE one DROP COLUMN label;\n*/\n";

#[tokio::test]
async fn plan_shows_sql_locks_and_tables_and_applies_nothing() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("plan", &[("V1__one.sql", FIRST)]);
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    folder.write("V2__label.sql", SECOND);
    for _ in 0..2 {
        let finished = run(&mut on(&database, ["plan", "--migrations", folder.path()])).ended_with(4);
        let lines: Vec<&str> = finished.stdout.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[..2], ["V2__label", "Locks: ACCESS EXCLUSIVE on one for an instant."]);
        assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), ["TABLE", "ROWS", "(ABOUT)", "SIZE"]);
        assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["one", "0", "0", "B"]);
        assert!(lines.contains(&"ALTER TABLE one ADD COLUMN label TEXT;"), "{lines:#?}");
        assert!(!finished.stdout.contains("DROP COLUMN"), "{lines:#?}");
        assert!(lines.last().unwrap().starts_with("1 migration to apply to database "), "{lines:#?}");
    }
}

#[tokio::test]
async fn plans_json_has_these_fields() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("plan-json", &[("V1__one.sql", FIRST)]);
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    folder.write("V2__label.sql", SECOND);
    let finished = run(&mut on(&database, ["plan", "--json", "--migrations", folder.path()])).ended_with(4);
    let expected = r#"{
  "state": "pending",
  "adopts": false,
  "pending": [
    {
      "version": 2,
      "name": "label",
      "in_transaction": true,
      "locks": "ACCESS EXCLUSIVE on one for an instant.",
      "tables": [
        {
          "name": "one",
          "rows_estimated": 0,
          "bytes": 0
        }
      ],
      "sql": "-- A label for each.\n--\n-- Locks: ACCESS EXCLUSIVE on one for an instant.\n\nALTER TABLE one ADD COLUMN label TEXT;"
    }
  ],
  "conflicts": []
}
"#;
    assert_eq!(finished.stdout, expected);
}

#[tokio::test]
async fn up_to_date_ahead_and_diverged_have_exit_codes_of_their_own() {
    let database = migrated_database().await;
    let finished = run(&mut on(&database, ["plan"])).ended_with(0);
    assert!(finished.stdout.starts_with("nothing to apply to database "), "{finished:?}");
    let client = database.client().await;
    for (change, code, note) in [
        (
            "INSERT INTO schema_migrations VALUES (9001, 'newer', '2036-01-01T00:00:00Z', '1')",
            5,
            "note: the database is ahead of this build: V9001__newer is applied",
        ),
        ("UPDATE schema_migrations SET checksum = '1' WHERE version = 1", 6, "V1__base_schema was edited after"),
    ] {
        client.batch_execute(change).await.unwrap();
        for command in ["plan", "status"] {
            let finished = run(&mut on(&database, [command])).ended_with(code);
            assert!(finished.stderr.contains(note), "{finished:?}");
        }
    }
}

#[tokio::test]
async fn a_brief_plan_has_no_sql_and_a_full_one_names_the_locks_once() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("plan-brief", &[("V1__one.sql", FIRST), ("V2__label.sql", SECOND)]);
    let plan =
        |more: &[&str]| run(on(&database, ["plan", "--migrations", folder.path()]).args(more)).ended_with(4).stdout;
    let brief = plan(&["--brief"]);
    assert!(
        brief.contains("Locks: ACCESS EXCLUSIVE on one for an instant.") && !brief.contains("ALTER TABLE"),
        "{brief}"
    );
    let full = plan(&[]);
    assert!(full.contains("ALTER TABLE one ADD COLUMN label TEXT;"), "{full}");
    assert_eq!(full.matches("Locks: ACCESS EXCLUSIVE on one").count(), 1, "{full}");
    let everything = run(&mut on(&database, ["plan", "--brief"])).ended_with(4).stdout;
    assert!(everything.lines().count() < 1000, "{}", everything.lines().count());
}
