//! `maintain`.

use std::process::Stdio;

use barqnet_db::tokio_postgres::Client;
use barqnet_db_testing::TestDatabase;

use crate::program::{migrated_database, on, on_a_terminal, program, rows, run, scalar};

/// Statistics that are due for the archive, and as many audit entries that are due to go.
async fn much_to_do(client: &Client, count: usize) {
    let statements = "
        INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test');
        INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, ended_at)
        SELECT 'ada', 'node-1', n, 2 * n, NOW() - INTERVAL '100 days', NOW() - INTERVAL '99 days' FROM GENERATE_SERIES(1, {}) n;
        INSERT INTO audit_log (action, server_id, timestamp)
        SELECT 'login', 'node-1', NOW() - INTERVAL '100 days' FROM GENERATE_SERIES(1, {})";
    client.batch_execute(&statements.replace("{}", &count.to_string())).await.unwrap();
}

#[tokio::test]
async fn it_prints_what_each_task_did() {
    let database = migrated_database().await;
    much_to_do(&database.client().await, 7).await;
    let finished = run(&mut on(&database, ["maintain"])).ended_with(0);
    let lines = rows(&finished.stdout);
    let line = |task: &str| lines.iter().find(|row| row[0] == task).unwrap_or_else(|| panic!("{task}: {finished:?}"));
    assert_eq!(line("statistics")[1..4], ["archive statistics", "after 90 days", "7 rows"]);
    assert_eq!(line("audit")[3], "7 rows");
    assert_eq!(line("sessions")[3], "0 rows");
    assert!(line("vacuum")[3].ends_with(" tables") && lines.iter().all(|row| row[0] != "reindex"));
    assert!(finished.stderr.is_empty(), "{finished:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_a_bar_shows_the_task_and_how_far_it_is() {
    let database = migrated_database().await;
    let client = database.client().await;
    much_to_do(&client, 7).await;
    // The second task has something to wait for, so that the bar stays.
    client.batch_execute("BEGIN; LOCK TABLE server_health").await.unwrap();
    let url = database.url();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = program(["maintain", "--task", "audit", "--task", "health"]);
        on_a_terminal(command.env("DATABASE_URL", url), "")
    });
    // Longer than the interval at which the bar is redrawn.
    let watcher = database.client().await;
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = CURRENT_DATABASE()
                   AND query_start < CLOCK_TIMESTAMP() - INTERVAL '500 ms'";
    while watcher.query(waiting, &[]).await.unwrap().is_empty() && !run.is_finished() {}
    client.batch_execute("COMMIT").await.unwrap();
    let Some(finished) = run.await.unwrap() else { return };
    assert_eq!(finished.code, Some(0), "{finished:?}");
    for text in ["1/2 ", " health: delete health reports"] {
        assert!(finished.stdout.contains(text), "{text}: {finished:?}");
    }
}

#[tokio::test]
async fn no_connection_is_stale_before_openvpn_gives_up() {
    let database = migrated_database().await;
    for seconds in ["0", "269", "x"] {
        run(&mut on(&database, ["maintain", "--stale-connections", seconds])).failed_with(2, "--stale-connections");
    }
    run(&mut on(&database, ["maintain", "--task", "stale-connections", "--stale-connections", "270"])).ended_with(0);
}

#[tokio::test]
async fn its_json_has_these_fields() {
    let database = migrated_database().await;
    much_to_do(&database.client().await, 7).await;
    let arguments = ["maintain", "--json", "--task", "audit", "--batch", "3"];
    let finished = run(&mut on(&database, arguments)).ended_with(0);
    let mut document: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert!(document["tasks"][0]["seconds"].take().as_f64().unwrap() > 0.0);
    let expected = serde_json::json!({"failed": 0, "tasks": [{
        "task": "audit", "done": 7, "unit": "rows", "batches": 3, "unfinished": false, "seconds": null, "error": null,
    }]});
    assert_eq!(document, expected);
}

#[tokio::test]
async fn tasks_are_chosen_by_name_and_retention_by_flag() {
    let database = migrated_database().await;
    let client = database.client().await;
    much_to_do(&client, 7).await;
    let tasks = |finished: &str| rows(finished).iter().map(|row| row[0].to_owned()).collect::<Vec<_>>();
    let two = run(&mut on(&database, ["maintain", "--task", "health", "--task", "audit", "--keep-audit", "101"]));
    assert_eq!(tasks(&two.ended_with(0).stdout), ["audit", "health"]);
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM audit_log").await, 7);
    let skipping = run(&mut on(&database, ["maintain", "--skip", "statistics", "--skip", "vacuum"])).ended_with(0);
    assert!(!tasks(&skipping.stdout).iter().any(|task| ["statistics", "vacuum"].contains(&task.as_str())));
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM vpn_statistics").await, 7);
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM audit_log").await, 0);
}

#[test]
fn an_unknown_task_or_invalid_number_is_refused_before_anything_runs() {
    let unknown = run(&mut program(["maintain", "--task", "everything"]));
    unknown.failed_with(2, "there is no task `everything`: it must be one of sessions, devices, otp-attempts, ");
    for arguments in
        [["--batch", "0"], ["--keep-audit", "-1"], ["--keep-audit", "0"], ["--time-limit", "0"], ["--batch", "lots"]]
    {
        run(program(["maintain"]).args(arguments)).ended_with(2);
    }
}

#[test]
fn the_list_of_tasks_needs_no_database() {
    let finished = run(&mut program(["maintain", "--list", "--keep-sessions", "7"])).ended_with(0);
    let lines = rows(&finished.stdout);
    assert_eq!(lines[0], ["sessions", "delete sessions that have ended", "after 7 days"]);
    assert!(lines.iter().any(|row| row[0] == "reindex"));
}

#[tokio::test]
async fn a_task_that_fails_shows_in_the_exit_code_and_the_others_run() {
    let database = migrated_database().await;
    let client = database.client().await;
    much_to_do(&client, 7).await;
    client.batch_execute("ALTER TABLE server_health RENAME TO moved").await.unwrap();
    let finished = run(&mut on(&database, ["maintain"])).ended_with(1);
    assert!(finished.stdout.contains("0 rows, failed"), "{finished:?}");
    assert!(
        finished.stderr.starts_with("error: task health: ") && finished.stderr.lines().count() == 1,
        "{finished:?}"
    );
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM audit_log").await, 0);
    let json = run(&mut on(&database, ["maintain", "--json", "--task", "health"])).ended_with(1);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(document["failed"] == 1 && document["tasks"][0]["error"].as_str().unwrap().contains("server_health"));
}

#[tokio::test]
async fn a_database_without_the_schema_says_what_to_do_and_no_server_is_exit_code_3() {
    let database = TestDatabase::empty().await;
    let finished = run(&mut on(&database, ["maintain", "--task", "audit"])).ended_with(1);
    assert!(finished.stderr.contains("run `barqnet-db migrate` first"), "{finished:?}");
    run(&mut program(["maintain", "-host", "/nonexistent"])).failed_with(3, "");
}

#[tokio::test]
async fn parallel_runs_one_of_them_killed_lose_and_duplicate_nothing() {
    const ROWS: i64 = 4000;
    let database = migrated_database().await;
    let client = database.client().await;
    much_to_do(&client, usize::try_from(ROWS).unwrap()).await;
    let start = || {
        let arguments = ["maintain", "--batch", "10", "--task", "statistics", "--task", "audit"];
        on(&database, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut doomed = start();
    // In the middle of its work, whichever statement it is at.
    while scalar(&client, "SELECT COUNT(*) FROM vpn_statistics_archive").await < 50 {
        assert!(doomed.try_wait().unwrap().is_none(), "it ended by itself");
    }
    let others: Vec<_> = (0..3).map(|_| start()).collect();
    doomed.kill().unwrap();
    doomed.wait().unwrap();
    for other in others {
        let output = other.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // A run ends where others hold all that is left: one more finds the rest.
    run(&mut on(&database, ["maintain"])).ended_with(0);
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM vpn_statistics").await, 0);
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM audit_log").await, 0);
    assert_eq!(scalar(&client, "SELECT COUNT(*) FROM vpn_statistics_archive").await, ROWS);
    let sums = "SELECT SUM(bytes_in + bytes_out)::BIGINT FROM vpn_statistics_archive";
    assert_eq!(scalar(&client, sums).await, 3 * ROWS * (ROWS + 1) / 2);
}

#[test]
fn the_examples_run_the_command_as_it_is() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/maintenance/");
    let read = |file: &str| std::fs::read_to_string(format!("{root}{file}")).unwrap();
    let mut commands: Vec<Vec<String>> = Vec::new();
    for unit in ["barqnet-maintain", "barqnet-reap"] {
        let service = read(&format!("{unit}.service"));
        let command = service.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/barqnet-db "));
        commands.push(command.unwrap().split(' ').map(ToOwned::to_owned).collect());
        assert!(read(&format!("{unit}.timer")).contains("[Timer]\nOnCalendar="), "{unit}");
    }
    let cronjobs = read("cronjob.yaml");
    for list in cronjobs.lines().filter_map(|line| line.trim().strip_prefix("args: ")) {
        commands.push(serde_json::from_str(list).unwrap());
    }
    assert_eq!(commands.len(), 4);
    for arguments in commands {
        assert_eq!(arguments[0], "maintain");
        run(program(arguments.iter().map(String::as_str)).arg("--list")).ended_with(0);
    }
}
