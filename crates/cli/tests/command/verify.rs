//! `verify` and `repair`.

use std::{fs, path::Path, process::Command};

use barqnet_db::migrate::{self, MigrateOptions, Migrations};
use barqnet_db_testing::TestDatabase;

use crate::program::{Finished, Folder, migrated_database, on, on_a_terminal, run};

const APPLIED: &str = "-- One.\nCREATE TABLE one (id INTEGER);\n\n/* rollback\nDROP TABLE one;\n*/\n";
const COMMENTED: &str = "-- One thing.\nCREATE TABLE one (id INTEGER);\n\n/* rollback\nDROP TABLE one;\n*/\n";

/// A database to which the folder's V1 and V2 are applied.
async fn database_with(name: &str) -> (TestDatabase, Folder) {
    let database = TestDatabase::empty().await;
    let folder = Folder::of(name, &[("V1__one.sql", APPLIED), ("V2__two.sql", "SELECT 2;\n")]);
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    (database, folder)
}

fn with<const N: usize>(database: &TestDatabase, folder: &Folder, arguments: [&str; N]) -> Finished {
    run(on(database, arguments).args(["--migrations", folder.path()]))
}

#[tokio::test]
async fn verify_tells_an_edited_migration_from_pending_and_newer_ones() {
    let (database, folder) = database_with("verify").await;
    folder.write("V3__pending.sql", "SELECT 3;");
    let fine = with(&database, &folder, ["verify"]).ended_with(0);
    assert!(fine.stdout.starts_with("2 applied migrations of database "), "{fine:?}");
    folder.write("V1__one.sql", COMMENTED);
    let edited = with(&database, &folder, ["verify"]).ended_with(6);
    assert!(edited.stderr.contains("V1__one was edited after it was applied"), "{edited:?}");
    let json = with(&database, &folder, ["verify", "--json"]).ended_with(6);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&document["compared"], &document["conflicts"][0]["kind"]), (&2.into(), &"changed".into()), "{json:?}");

    let built_in = migrated_database().await;
    let newer = "INSERT INTO schema_migrations VALUES (9001, 'newer', '2036-01-01T00:00:00Z', '1')";
    built_in.client().await.batch_execute(newer).await.unwrap();
    let ahead = run(&mut on(&built_in, ["verify"])).ended_with(5);
    assert!(ahead.stdout.contains("\n1 newer migration not compared"), "{ahead:?}");
}

#[tokio::test]
async fn repair_records_an_edit_and_shows_it_where_git_has_the_earlier_text() {
    let database = TestDatabase::empty().await;
    let project = Folder::of("repair", &[]);
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"];
        let status = Command::new("git").arg("-C").arg(project.path()).args(identity).args(arguments).status();
        assert!(status.unwrap().success());
    };
    git(&["init", "--quiet"]);
    let folder = project.folder("migrations");
    folder.write("V1__one.sql", APPLIED);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "Add one"]);
    with(&database, &folder, ["migrate"]).ended_with(0);
    folder.write("V1__one.sql", COMMENTED);
    git(&["commit", "--quiet", "-a", "-m", "Correct a comment"]);

    let shown = repair(&database, &folder, &["--dry-run"]).ended_with(0);
    assert!(
        shown.stdout.starts_with("V1__one, applied at 20")
            && shown.stdout.contains(": only comments or white space differ\n")
    );
    assert!(shown.stdout.contains("   --- One.\n   +-- One thing.\n1 checksum would be recorded on "), "{shown:?}");
    repair(&database, &folder, &[]).failed_with(2, "--yes");
    let json = repair(&database, &folder, &["--dry-run", "--json"]).ended_with(0);
    let mut document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(document["migrations"][0]["earlier_text_of"].take().as_str().unwrap().starts_with("commit "));
    let expected = serde_json::json!({"repaired": false, "migrations": [{
        "version": 1, "name": "one", "change": "comments", "earlier_text_of": null,
        "difference": ["--- One.", "+-- One thing."],
    }]});
    assert_eq!(document, expected);
    with(&database, &folder, ["migrate"]).failed_with(1, "V1__one was edited");

    let repaired = repair(&database, &folder, &["--yes"]).ended_with(0);
    assert!(repaired.stdout.contains("\n1 checksum recorded on "), "{repaired:?}");
    with(&database, &folder, ["status"]).ended_with(0);
    with(&database, &folder, ["migrate"]).ended_with(0);
    let again = repair(&database, &folder, &["--yes"]).ended_with(0);
    assert!(again.stdout.starts_with("nothing to repair: "), "{again:?}");
}

#[tokio::test]
async fn repair_tells_statements_from_comments_and_what_is_not_known() {
    let (database, folder) = database_with("statements").await;
    let earlier = Folder::of("earlier", &[("V1__one.sql", APPLIED)]);
    let change = |arguments: &[&str]| repair(&database, &folder, arguments).ended_with(0).stdout;
    for (text, says) in [
        (APPLIED.replace("INTEGER", "BIGINT"), "statements differ"),
        (APPLIED.replace("DROP TABLE one", "DROP TABLE IF EXISTS one"), "the rollback block differs"),
        (COMMENTED.to_owned(), "only comments or white space differ"),
        (APPLIED.replace('\n', "\n\n"), "only comments or white space differ"),
    ] {
        folder.write("V1__one.sql", &text);
        let shown = change(&["--dry-run", "--earlier", earlier.path()]);
        assert!(shown.contains(says), "{says}: {shown}");
        let unknown = change(&["--dry-run"]);
        assert!(unknown.contains("the earlier text is not known"), "{unknown}");
    }
}

#[tokio::test]
async fn repair_recognises_a_text_that_was_recorded_with_other_line_ends() {
    let (database, folder) = database_with("line-ends").await;
    // As refinery's own runner records a file with CRLF.
    let migration = barqnet_db::refinery::Migration::unapplied("V1__one", &APPLIED.replace('\n', "\r\n")).unwrap();
    let update = format!("UPDATE schema_migrations SET checksum = '{}' WHERE version = 1", migration.checksum());
    database.client().await.batch_execute(&update).await.unwrap();
    let repaired = repair(&database, &folder, &["--yes"]).ended_with(0);
    assert!(repaired.stdout.contains("this text with other line ends"), "{repaired:?}");
    with(&database, &folder, ["verify"]).ended_with(0);
}

#[tokio::test]
async fn repair_refuses_what_no_checksum_repairs_and_changes_nothing() {
    let (database, folder) = database_with("irreparable").await;
    folder.write("V1__one.sql", COMMENTED);
    fs::rename(format!("{}/V2__two.sql", folder.path()), format!("{}/V2__second.sql", folder.path())).unwrap();
    repair(&database, &folder, &["--yes"]).failed_with(6, "V2__second has the version of V2__two");
    fs::rename(format!("{}/V2__second.sql", folder.path()), format!("{}/V3__second.sql", folder.path())).unwrap();
    repair(&database, &folder, &["--yes"]).failed_with(6, "V2__two is applied, but this build");
    with(&database, &folder, ["verify"]).ended_with(6);
}

#[tokio::test]
async fn on_a_terminal_repair_asks_and_only_the_word_confirms() {
    let (database, folder) = database_with("asking").await;
    folder.write("V1__one.sql", COMMENTED);
    let command = on(&database, ["repair", "--migrations", folder.path()]);
    let Some(declined) = on_a_terminal(&command, "yes\n") else { return };
    assert_eq!(declined.code, Some(1), "{declined:?}");
    assert!(declined.stdout.contains("Type repair to record 1 checksum:"), "{declined:?}");
    with(&database, &folder, ["verify"]).ended_with(6);
    assert_eq!(on_a_terminal(&command, "repair\n").unwrap().code, Some(0));
    with(&database, &folder, ["verify"]).ended_with(0);
}

#[tokio::test]
async fn edits_are_accepted_all_or_none_and_only_if_the_history_is_as_it_was_read() {
    let (database, folder) = database_with("accept").await;
    folder.write("V1__one.sql", COMMENTED);
    folder.write("V2__two.sql", "SELECT 2; -- Two.\n");
    let (settings, options) = (database.settings(), MigrateOptions::default());
    let migrations = Migrations::from_folder(Path::new(folder.path())).unwrap();
    let edited = migrate::edited(&settings, &migrations).await.unwrap();
    assert_eq!(edited.iter().map(|it| it.migration.to_string()).collect::<Vec<_>>(), ["V1__one", "V2__two"]);
    let client = database.client().await;
    client.batch_execute("UPDATE schema_migrations SET checksum = '1' WHERE version = 2").await.unwrap();
    let refused = migrate::accept_edits(&settings, &edited, &options).await.unwrap_err().to_string();
    assert!(refused.contains("the record of V2__two has changed meanwhile"), "{refused}");
    assert_eq!(migrate::edited(&settings, &migrations).await.unwrap().len(), 2);
    let edited = migrate::edited(&settings, &migrations).await.unwrap();
    migrate::accept_edits(&settings, &edited, &options).await.unwrap();
    assert!(migrate::edited(&settings, &migrations).await.unwrap().is_empty());
}

fn repair(database: &TestDatabase, folder: &Folder, arguments: &[&str]) -> Finished {
    run(on(database, ["repair"]).args(arguments).args(["--migrations", folder.path()]))
}
