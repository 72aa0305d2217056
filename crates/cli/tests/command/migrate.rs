//! `migrate`, and the Go tool's way of saying so.

use barqnet_db::{embedded, migrate};
use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, applied, migrated_database, on, on_a_terminal, program, run, socket};

async fn all_applied(database: &TestDatabase) -> bool {
    let all = migrate::status(&database.settings(), &embedded::migrations()).await.unwrap();
    applied(database).await == all.len()
}

#[tokio::test]
async fn the_first_run_applies_everything_and_the_second_nothing() {
    let database = TestDatabase::empty().await;
    let first = run(&mut on(&database, ["migrate"])).ended_with(0);
    assert!(first.stdout.starts_with("applied V1__base_schema\n"), "{first:?}");
    assert!(first.stderr.is_empty(), "{first:?}");
    assert!(all_applied(&database).await);
    let second = run(&mut on(&database, ["migrate"])).ended_with(0);
    assert!(second.stdout.starts_with("up to date: "), "{second:?}");
}

#[tokio::test]
async fn a_script_for_the_go_tool_migrates_with_the_programs_name_changed() {
    let database = TestDatabase::empty().await;
    let go_files = ["002_add_phone_auth.sql", "003_add_statistics.sql", "004_add_locations.sql", "run_migrations.go"];
    let folder = Folder::with("go", &go_files);
    let (host, name) = (socket(&database), database.name());
    let arguments = ["-host", &host, "-port", "5432", "-user", "postgres", "-password", "-x", "-dbname", name];
    let finished =
        run(&mut program(arguments.into_iter().chain(["-sslmode", "disable", "-migrations", folder.path()])))
            .ended_with(0);
    assert!(finished.stdout.contains("applied V1__base_schema"), "{finished:?}");
    assert!(finished.stderr.starts_with("note: ") && finished.stderr.lines().count() == 1, "{finished:?}");
    assert!(all_applied(&database).await);
}

#[tokio::test]
async fn the_status_flag_of_the_go_tool_is_accepted_in_each_form_and_changes_nothing() {
    let database = TestDatabase::empty().await;
    let (host, dbname) = (format!("-host={}", socket(&database)), format!("--dbname={}", database.name()));
    for status in ["-status", "--status", "-status=true", "-status=1", "--status=T"] {
        let finished = run(&mut program([&host, &dbname, status])).ended_with(0);
        assert!(finished.stdout.contains("pending"), "{finished:?}");
    }
    assert_eq!(applied(&database).await, 0);
    run(&mut program([&host, &dbname, "-status=false"])).ended_with(0);
    assert!(all_applied(&database).await);
}

#[tokio::test]
async fn another_folder_replaces_the_built_in_migrations() {
    let database = TestDatabase::empty().await;
    let folder = Folder::with("own", &["V1__own.sql"]);
    for arguments in [["migrate", "--migrations", folder.path()], ["-migrations", folder.path(), "migrate"]] {
        let finished = run(&mut on(&database, arguments)).ended_with(0);
        assert!(finished.stderr.is_empty(), "{finished:?}");
    }
    let client = database.client().await;
    assert!(client.query("SELECT id FROM made_by_a_file", &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_whose_files_are_not_named_as_migrations_is_refused_and_nothing_changed() {
    let database = TestDatabase::empty().await;
    for (name, files) in [
        ("bad", vec!["first.sql"]),
        ("empty", vec![]),
        ("twice", vec!["V1__a.sql", "V1__b.sql"]),
        // Beside the Go tool's own, a migration that nothing built in replaces.
        ("more", vec!["002_add_phone_auth.sql", "005_add_payment_tracking.sql"]),
    ] {
        let folder = Folder::with(name, &files);
        run(&mut on(&database, ["migrate", "--migrations", folder.path()])).failed_with(2, folder.path());
    }
    run(&mut on(&database, ["migrate", "--migrations", "/nonexistent"])).failed_with(2, "/nonexistent");
    assert_eq!(applied(&database).await, 0);
}

#[tokio::test]
async fn a_failed_migration_is_named_and_rolled_back() {
    let database = TestDatabase::empty().await;
    let folder = Folder::with("failing", &["V1__fine.sql", "V2__the_same_again.sql"]);
    let finished = run(&mut on(&database, ["migrate", "--migrations", folder.path()]));
    finished.failed_with(1, "V2__the_same_again.sql:1:1 failed and was rolled back");
}

#[tokio::test]
async fn the_row_that_breaks_a_constraint_of_a_migration_is_shown() {
    let database = TestDatabase::empty().await;
    let twice =
        "CREATE TABLE one (id INTEGER);\nINSERT INTO one VALUES (7), (7);\nCREATE UNIQUE INDEX once ON one (id);";
    let folder = Folder::of("twice-a-row", &[("V1__twice.sql", twice)]);
    let finished = run(&mut on(&database, ["migrate", "--migrations", folder.path()]));
    let failed = finished.failed_with(1, "V1__twice.sql:3:1 failed and was rolled back: could not create unique index");
    assert_eq!(failed.stderr.lines().nth(1), Some("detail: Key (id)=(7) is duplicated."), "{failed:?}");
}

#[tokio::test]
async fn flags_win_over_database_url_and_that_over_the_pg_variables() {
    let database = migrated_database().await;
    let elsewhere = "postgres://nobody:wrong@localhost:1/nowhere?sslmode=verify-full";
    let (host, name) = (socket(&database), database.name());
    let flags = ["status", "--host", &host, "--port", "5432", "--user", "postgres", "--dbname", name];
    run(program(flags).env("DATABASE_URL", elsewhere)).ended_with(0);
    run(on(&database, ["status"]).env("PGHOST", "/nonexistent").env("PGDATABASE", "nowhere")).ended_with(0);
    run(program(["status"]).env("PGHOST", &host).env("PGDATABASE", name)).ended_with(0);
}

#[tokio::test]
async fn on_a_terminal_a_bar_shows_the_migration_its_progress_and_what_blocks_it() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    for sql in ["CREATE TABLE two (id INTEGER)", "SET application_name = 'a report'; BEGIN; SELECT id FROM two"] {
        client.batch_execute(sql).await.unwrap();
    }
    let folder = Folder::of(
        "bar",
        &[("V1__one.sql", "SELECT PG_SLEEP(0.5);"), ("V2__two.sql", "ALTER TABLE two ADD COLUMN label TEXT;")],
    );
    let (url, arguments) = (database.url(), ["migrate", "--migrations", folder.path()].map(ToOwned::to_owned));
    let run = tokio::task::spawn_blocking(move || {
        let mut command = program(arguments.iter().map(String::as_str));
        on_a_terminal(command.env("DATABASE_URL", url), "")
    });
    // It waits, gives way and comes back; the second time round the bar has long been drawn.
    let watcher = database.client().await;
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = CURRENT_DATABASE()";
    for waits in [true, false, true, false, true] {
        while watcher.query(waiting, &[]).await.unwrap().is_empty() == waits && !run.is_finished() {}
    }
    client.batch_execute("COMMIT").await.unwrap();
    let Some(finished) = run.await.unwrap() else { return };
    assert_eq!(finished.code, Some(0), "{finished:?}");
    for text in ["checking database ", "0/2 ", " V1__one", "1/2 ", " V2__two", "waiting for process ", "(a report)"] {
        assert!(finished.stdout.contains(text), "{text}: {finished:?}");
    }
}
