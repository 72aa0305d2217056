//! The documents of `--json` that have no test beside their command, and those of failures.

use barqnet_db_testing::TestDatabase;
use serde_json::{Value, json};

use crate::program::{Finished, Folder, migrated_database, on, program, run, scalar};

fn document(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {finished:?}"))
}

#[tokio::test]
async fn migrates_json_has_what_was_applied_also_if_a_later_one_fails() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("json", &[("V1__one.sql", "SELECT 1;"), ("V2__two.sql", "SELECT one;")]);
    let migrate = || run(&mut on(&database, ["migrate", "--json", "--migrations", folder.path()]));
    let failed = migrate().ended_with(1);
    assert!(failed.stderr.starts_with("error: V2__two.sql:1:8 failed"), "{failed:?}");
    let mut failed = document(&failed);
    assert!(failed["seconds"].take().is_f64() && failed["applied"][0]["seconds"].take().is_f64());
    assert!(failed["error"].take().as_str().unwrap().starts_with("V2__two.sql:1:8 failed"));
    let expected = json!({"applied": [{"migration": "V1__one", "seconds": null}], "seconds": null, "error": null});
    assert_eq!(failed, expected);
    folder.write("V2__two.sql", "SELECT 2;");
    assert_eq!(document(&migrate().ended_with(0))["applied"][0]["migration"], "V2__two");
    let nothing = document(&migrate().ended_with(0));
    assert_eq!((&nothing["applied"], &nothing["error"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn rollbacks_json_has_the_losses_and_a_dry_run_changes_nothing() {
    let database = TestDatabase::empty().await;
    let made = "CREATE TABLE one (id INTEGER);\nINSERT INTO one VALUES (1), (2);\n/* rollback\nDROP TABLE one;\n*/\n";
    let folder = Folder::of("json-rollback", &[("V1__one.sql", made)]);
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    let rollback = |more: &[&str]| {
        run(on(&database, ["rollback", "--to", "0", "--migrations", folder.path()]).args(more)).ended_with(0)
    };
    let mut expected = json!({"rolled_back": false, "migrations": [
        {"version": 1, "name": "one", "losses": [{"what": "table one", "rows": 2}]},
    ]});
    assert_eq!(document(&rollback(&["--dry-run", "--json"])), expected);
    let shown = rollback(&["--dry-run"]).stdout;
    assert!(shown.contains("table one") && shown.contains("\n1 migration would be rolled back on "), "{shown}");
    assert_eq!(scalar(&database.client().await, "SELECT COUNT(*) FROM one").await, 2);
    expected["rolled_back"] = true.into();
    assert_eq!(document(&rollback(&["--yes", "--json"])), expected);
    assert_eq!(document(&rollback(&["--yes", "--json"]))["migrations"], json!([]));
    run(&mut on(&database, ["rollback", "--to", "0", "--yes", "--dry-run"])).failed_with(2, "--dry-run");
    run(&mut on(&database, ["rollback", "--to", "0", "--quiet"])).failed_with(2, "--json and --quiet need --yes");
}

#[tokio::test]
async fn the_commands_on_accounts_and_locations_print_json() {
    let database = migrated_database().await;
    let client = database.client().await;
    let rows = "INSERT INTO users (username, created_by, phone_number, active) VALUES ('ada', 'test', '+4915112345678', FALSE);
                INSERT INTO otp_numbers (phone_number) VALUES ('+4915112345678');
                INSERT INTO otp_challenges (phone_number, purpose, failures) VALUES ('+4915112345678', 'sign_in', 100)";
    client.batch_execute(rows).await.unwrap();
    for expected in [true, false] {
        let unlocked = run(&mut on(&database, ["unlock", "+4915112345678", "--json"])).ended_with(0);
        assert_eq!(document(&unlocked), json!({"unlocked": expected}));
        let released = run(&mut on(&database, ["release-number", "ada", "--json"])).ended_with(0);
        assert_eq!(document(&released), json!({"released": expected}));
    }
    let mut nearest =
        document(&run(&mut on(&database, ["nearest", "48.2", "16.4", "--limit", "1", "--json"])).ended_with(0));
    assert!(nearest["locations"][0]["distance_km"].take().as_f64().unwrap() > 500.0);
    assert!(nearest["locations"][0]["id"].take().is_i64());
    let expected = json!({"locations": [{"id": null, "name": "Frankfurt", "country_code": "DE", "distance_km": null}]});
    assert_eq!(nearest, expected);
}

#[test]
fn the_tasks_and_the_demo_print_json() {
    let tasks = document(&run(&mut program(["maintain", "--list", "--json", "--keep-sessions", "7"])).ended_with(0));
    let expected =
        json!({"task": "sessions", "does": "delete sessions that have ended", "due": "after 7 days", "regular": true});
    assert_eq!(tasks["tasks"][0], expected);
    let demo = document(&run(&mut program(["demo", "--json"])).ended_with(0));
    assert_eq!(demo["chapters"][1]["title"], "The schema");
    assert!(demo["chapters"][1]["seconds"].as_f64().unwrap() > 0.0 && demo["seconds"].is_f64(), "{demo}");
}

#[tokio::test]
async fn a_failure_is_a_document_with_its_exit_code_and_a_line_on_standard_error() {
    let database = TestDatabase::empty().await;
    for (arguments, code, says) in [
        (&["nearest", "1", "1", "--json"][..], 1, "run `barqnet-db migrate` first"),
        (&["nearest", "91", "1", "--json"], 2, "latitude 91"),
        (&["status", "--json", "--dbname", "no_such_database"], 3, "does not exist"),
        (&["release-number", "ada", "--json"], 1, "run `barqnet-db migrate` first"),
        (&["distribute", "--json"], 2, "--yes"),
    ] {
        let finished = run(&mut on(&database, arguments.iter().copied())).ended_with(code);
        let document = document(&finished);
        assert_eq!(document["exit_code"], code, "{document}");
        let text = document["error"].as_str().unwrap();
        assert!(text.contains(says) && finished.stderr == format!("error: {text}\n"), "{finished:?}");
    }
}

#[tokio::test]
async fn a_url_may_be_a_flag_and_is_named_in_errors() {
    let database = migrated_database().await;
    let url = database.url();
    run(program(["status", "-q", "--database-url", &url]).env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/x"))
        .ended_with(0);
    run(&mut program(["status", "--database-url", "mysql://u:hunter2@h/db"]))
        .failed_with(2, "--database-url: a URL must begin");
}

#[tokio::test]
async fn late_and_unknown_migrations_and_newer_ones_are_accepted_or_refused_by_flags() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("policy", &[("V2__two.sql", "SELECT 2;")]);
    let migrate = |more: &[&str]| run(on(&database, ["migrate", "--migrations", folder.path()]).args(more));
    migrate(&[]).ended_with(0);
    folder.write("V1__late.sql", "SELECT 1;");
    migrate(&[]).failed_with(1, "V1__late is pending, but version 2");
    assert!(migrate(&["--accept-late"]).ended_with(0).stdout.starts_with("applied V1__late\n"));
    std::fs::remove_file(format!("{}/V1__late.sql", folder.path())).unwrap();
    migrate(&[]).failed_with(1, "V1__late is applied, but this build");
    migrate(&["--accept-unknown"]).ended_with(0);
    let newer = "INSERT INTO schema_migrations VALUES (9, 'newer', '2036-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(newer).await.unwrap();
    migrate(&["--accept-unknown"]).ended_with(0);
    migrate(&["--accept-unknown", "--refuse-ahead"]).failed_with(1, "the database is ahead of this build: V9__newer");
}

#[tokio::test]
async fn the_limits_of_locks_and_retries_are_flags() {
    let database = TestDatabase::empty().await;
    let locker = database.client().await;
    locker.batch_execute("CREATE TABLE one (id INTEGER)").await.unwrap();
    locker.batch_execute("BEGIN; LOCK TABLE one").await.unwrap();
    let folder = Folder::of("limits", &[("V1__one.sql", "ALTER TABLE one ADD COLUMN two INTEGER;")]);
    // With the defaults this would take ten minutes.
    let limits = ["--lock-timeout", "50ms", "--max-retry", "300ms", "--migrations", folder.path()];
    run(on(&database, ["migrate", "-q"]).args(limits)).failed_with(1, "canceling statement due to lock timeout");
    let runner = database.client().await;
    let hold = "SELECT PG_ADVISORY_LOCK(x'62617271'::INTEGER, x'6d696772'::INTEGER)";
    runner.batch_execute(hold).await.unwrap();
    let waits = ["--max-wait", "300ms", "--migrations", folder.path()];
    run(on(&database, ["migrate", "-q"]).args(waits))
        .failed_with(1, "another runner was still migrating this database after 300ms");
    run(on(&database, ["migrate"]).args(["--lock-timeout", "0"])).failed_with(2, "--lock-timeout");
}
