//! What a person at a terminal sees: whole words, last lines after signals, and as much of the log as asked for.

use std::{
    io::Read as _,
    process::{Command, Stdio},
};

use barqnet_db::tokio_postgres::Client;
use barqnet_db_testing::TestDatabase;

use crate::program::{Finished, Folder, migrated_database, on, on_a_terminal_of, program, run, scalar};

#[tokio::test]
async fn no_terminal_is_so_narrow_that_a_word_is_broken() {
    let database = migrated_database().await;
    let maintain = ["maintain", "--task", "otp-attempts", "--task", "account-tombstones"];
    for (arguments, columns, has_frame, words) in [
        (&maintain[..], 120, true, ["account-tombstones", "otp-attempts"]),
        (&maintain, 80, true, ["account-tombstones", "otp-attempts"]),
        (&maintain, 60, true, ["account-tombstones", "otp-attempts"]),
        (&maintain, 40, false, ["account-tombstones", "otp-attempts"]),
        (&["status"], 120, true, ["invalidate_and_unlock_all_codes", "applied"]),
        (&["status"], 60, false, ["open_at_the_counter_of_a_reaped_connection", "applied"]),
        (&["nearest", "48.2", "16.4"], 60, true, ["Frankfurt", "Germany"]),
    ] {
        let command = on(&database, arguments.iter().copied());
        let Some(finished) = on_a_terminal_of(columns, &command, "") else { return };
        assert_eq!(finished.code, Some(0), "{finished:?}");
        let shown = finished.stdout.as_str();
        assert!(words.iter().all(|word| shown.contains(word)), "{arguments:?} at {columns}: {shown}");
        assert_eq!(shown.contains('╭'), has_frame, "{arguments:?} at {columns}: {shown}");
    }
}

/// Starts the program in a group of its own, and waits until its session is at this statement.
async fn start_and_wait_for(client: &Client, command: &mut Command, waits: &str) -> std::process::Child {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let there = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = CURRENT_DATABASE() AND pid <> PG_BACKEND_PID() AND {waits}"
    );
    while scalar(client, &there).await == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
    }
    child
}

fn send(signal: &str, child: &std::process::Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[tokio::test]
async fn a_signal_during_a_migration_ends_with_a_line_that_names_it() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let folder = Folder::of("signal", &[("V1__one.sql", "SELECT 1;"), ("V2__slow.sql", "SELECT PG_SLEEP(600);")]);
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let mut migrate = on(&database, ["migrate", "--json", "--migrations", folder.path()]);
        let child = start_and_wait_for(&client, &mut migrate, "wait_event = 'PgSleep'").await;
        send(signal, &child);
        let finished = Finished::of(child.wait_with_output().unwrap()).ended_with(code);
        let says = "error: stopped: V2__slow was running; `barqnet-db status` shows what is applied, and the next run continues\n";
        assert_eq!(finished.stderr, says);
        let document: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(document["exit_code"], code);
        assert_eq!(scalar(&client, "SELECT COUNT(*) FROM schema_migrations").await, 1);
        // PostgreSQL 12 and 13 do not notice by themselves that the program has ended.
        let end = "SELECT COUNT(PG_TERMINATE_BACKEND(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'
                   AND datname = CURRENT_DATABASE()";
        while scalar(&client, end).await > 0 {}
    }
}

#[tokio::test]
async fn a_signal_during_maintenance_and_waiting_says_what_it_leaves() {
    let database = migrated_database().await;
    let client = database.client().await;
    let locker = database.client().await;
    locker.batch_execute("BEGIN; LOCK TABLE server_health").await.unwrap();
    let mut maintain = on(&database, ["maintain", "--task", "health"]);
    let child = start_and_wait_for(&client, &mut maintain, "wait_event_type = 'Lock'").await;
    send("-INT", &child);
    let finished = Finished::of(child.wait_with_output().unwrap()).ended_with(130);
    assert_eq!(finished.stderr, "error: stopped: what the finished batches did stays, and the next run continues\n");
}

#[test]
fn a_signal_at_a_question_ends_the_program_and_changes_nothing() {
    // Without a terminal nothing is asked, and `script` gives one.
    let server = barqnet_db_throwaway::Server::start().unwrap();
    let folder = Folder::of("question", &[("V1__one.sql", "CREATE TABLE one ();\n/* rollback\nDROP TABLE one;\n*/\n")]);
    let of = |arguments: &[&str]| {
        let mut command = program(arguments.iter().copied());
        command.args(["--migrations", folder.path()]).env("DATABASE_URL", server.url("postgres"));
        command
    };
    run(&mut of(&["migrate"])).ended_with(0);
    let rollback = of(&["rollback", "--to", "0"]);
    let words: Vec<_> = [rollback.get_program()].into_iter().chain(rollback.get_args()).collect();
    let line: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
    let Ok(mut child) = Command::new("script")
        .args(["-qec", &line.join(" "), "/dev/null"])
        .env("DATABASE_URL", server.url("postgres"))
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    else {
        return;
    };
    let mut output = child.stdout.take().unwrap();
    let mut shown = String::new();
    let mut byte = [0];
    while !shown.contains("version 0:") {
        assert_eq!(output.read(&mut byte).unwrap(), 1, "{shown}");
        shown.push(char::from(byte[0]));
    }
    // Ctrl-C, as the terminal gets it.
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"\x03").unwrap();
    output.read_to_string(&mut shown).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{shown}");
    assert!(shown.contains("stopped: nothing was changed"), "{shown}");
    run(&mut of(&["status"])).ended_with(0);
}

#[tokio::test]
async fn quiet_prints_errors_and_json_only() {
    let database = TestDatabase::empty().await;
    for arguments in
        [&["migrate", "-q"][..], &["-q", "status"], &["plan", "--quiet"], &["doctor", "-q"], &["maintain", "-q"]]
    {
        let finished = run(&mut on(&database, arguments.iter().copied())).ended_with(0);
        assert!(finished.stdout.is_empty() && finished.stderr.is_empty(), "{finished:?}");
    }
    assert!(run(&mut on(&database, ["status", "-q", "--json"])).ended_with(0).stdout.starts_with("{\n"));
    run(&mut on(&database, ["nearest", "-q", "91", "0"])).failed_with(2, "latitude 91");
    run(&mut on(&database, ["status", "-q", "-v"])).failed_with(2, "--quiet");
}

#[tokio::test]
async fn verbose_and_rust_log_show_migrations_and_statements_with_their_time() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("log", &[("V1__one.sql", "SELECT 1;")]);
    let info = run(&mut on(&database, ["migrate", "-v", "--migrations", folder.path()])).ended_with(0);
    assert!(info.stderr.contains("INFO migration{version=1 name=\"one\"}: close time.busy="), "{info:?}");
    let database = migrated_database().await;
    let nearest = |log: Option<&str>, more: &[&str]| {
        let mut command = on(&database, ["nearest", "1", "1"]);
        command.args(more).envs(log.map(|log| ("RUST_LOG", log)));
        run(&mut command).ended_with(0).stderr
    };
    for (log, more) in [
        (None, &["-vv"][..]),
        (Some("debug"), &[]),
        (Some("barqnet_db=debug"), &[]),
        (Some("info,barqnet_db_client=debug"), &[]),
    ] {
        let stderr = nearest(log, more);
        assert!(stderr.contains("locations.nearest") && stderr.contains("time.busy="), "{log:?} {more:?}: {stderr}");
    }
    // The driver logs with the crate `log`.
    assert!(nearest(None, &["-vvv"]).contains(" tokio_postgres::"));
    assert_eq!(nearest(None, &[]), "");
    assert_eq!(nearest(Some(""), &[]), "");
    // The flag is nearer.
    assert_eq!(nearest(Some("debug"), &["-q"]), "");
    run(on(&database, ["status"]).env("RUST_LOG", "barqnet_db=loud")).failed_with(2, "RUST_LOG: ");
}

#[tokio::test]
async fn pgservice_names_the_database_and_an_unknown_service_is_refused() {
    let database = migrated_database().await;
    let settings = database.settings();
    let host = settings.get_servers().next().unwrap().0.to_owned();
    let file = format!("[vpn]\nhost={host}\nuser=postgres\ndbname={}\n", database.name());
    let folder = Folder::of("service-file", &[("services", &file)]);
    let status = |service: &str| {
        let path = format!("{}/services", folder.path());
        run(program(["status", "-q"]).env("PGSERVICE", service).env("PGSERVICEFILE", path))
    };
    status("vpn").ended_with(0);
    status("other").failed_with(2, "PGSERVICE: there is no service \"other\"");
}

#[test]
fn a_number_below_zero_is_named_in_the_error() {
    for arguments in
        [&["nearest", "1", "1", "--limit", "-1"][..], &["rollback", "--to", "-1"], &["maintain", "--keep-audit", "-1"]]
    {
        run(&mut program(arguments.iter().copied())).failed_with(2, "invalid value '-1' for '--");
    }
}
