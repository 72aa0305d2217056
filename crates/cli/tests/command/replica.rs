//! `--replica`, and what `doctor` says of replication.

use barqnet_db::{embedded, migrate};
use barqnet_db_testing::replication::{Replicated, connect, primary, settings};

use crate::{
    help::commands,
    program::{Finished, Folder, program, rows, run},
};

/// A primary with the schema, and its replica.
async fn servers() -> Replicated {
    let primary = primary();
    migrate::migrate(&settings(&primary), &embedded::migrations()).await.unwrap();
    let servers = Replicated::of(primary).await;
    servers.until_replayed().await;
    servers
}

/// The program on the primary, which it asks for as services do, with the replica in its environment.
fn on(servers: &Replicated, arguments: &[&str]) -> Finished {
    let replica = servers.replica.folder().display().to_string();
    let mut command = program(arguments.iter().copied());
    let url = format!("{}&target_session_attrs=read-write", servers.primary.url("postgres"));
    run(command.env("DATABASE_URL", url).env("PGREPLICAHOST", replica))
}

fn nearest(finished: Finished) -> String {
    rows(&finished.ended_with(0).stdout)[0][1].to_owned()
}

#[tokio::test]
async fn a_command_that_only_reads_runs_on_the_replica_that_is_asked_for() {
    let servers = servers().await;
    servers.pause_replay().await;
    let rename = "UPDATE server_locations SET name = 'Elsewhere' WHERE name = 'Frankfurt'";
    connect(&servers.primary).await.batch_execute(rename).await.unwrap();
    let point = ["nearest", "48.2082", "16.3738"];
    assert_eq!(nearest(on(&servers, &point)), "Elsewhere");
    assert_eq!(nearest(on(&servers, &[&point[..], &["--replica"]].concat())), "Frankfurt");
    // The flag takes precedence over the variable.
    let named = format!("--replica={}:5432", servers.replica.folder().display());
    assert_eq!(nearest(on(&servers, &[&point[..], &[&named]].concat())), "Frankfurt");
    let wrong = on(&servers, &[&point[..], &["--replica=/nonexistent"]].concat());
    wrong.failed_with(3, "/nonexistent:5432");
    on(&servers, &["status", "--replica"]).ended_with(0);
    on(&servers, &["plan", "--replica"]).ended_with(0);
    on(&servers, &["verify", "--replica"]).ended_with(0);
}

/// What a command needs to be complete.
fn arguments_of(command: &str) -> &'static [&'static str] {
    match command {
        "rollback" => &["--to", "1"],
        "new" => &["name"],
        "unlock" => &["+4915112345678"],
        "release-number" => &["ada"],
        "nearest" => &["48.2082", "16.3738"],
        "completions" => &["bash"],
        "dump" => &["/nonexistent"],
        "wait" => &["--timeout", "1ms"],
        _ => &[],
    }
}

#[test]
fn each_command_reads_on_a_replica_or_refuses_to_and_the_refusal_lists_those_that_read() {
    const REFUSAL: &str = "error: --replica is for commands that change nothing: ";
    let mut reading = Vec::new();
    let mut refusals = Vec::new();
    for command in commands() {
        let arguments = [&[command.as_str(), "--replica"], arguments_of(&command)].concat();
        let finished = run(program(arguments.iter().copied()).env("PGREPLICAHOST", "/nonexistent"));
        if finished.code == Some(3) {
            assert!(finished.stderr.contains("/nonexistent"), "{command} asks another server: {finished:?}");
            reading.push(command);
        } else {
            let refusal = finished.failed_with(2, REFUSAL).stderr;
            refusals.push(refusal.split("; ").next().unwrap_or_default().trim_start_matches(REFUSAL).to_owned());
        }
    }
    assert_eq!(reading.len() + refusals.len(), commands().len());
    refusals.dedup();
    let listed = refusals[0].replace(" and ", ", ");
    let mut listed: Vec<&str> = listed.split(", ").collect();
    listed.sort_unstable();
    reading.sort_unstable();
    assert_eq!((listed, refusals.len()), (reading.iter().map(String::as_str).collect(), 1));
    run(&mut program(["status", "--replica"])).failed_with(2, "write --replica=HOST");
}

#[tokio::test]
async fn status_says_that_the_server_is_a_standby_with_its_lag() {
    let servers = servers().await;
    assert_eq!(on(&servers, &["status"]).ended_with(0).stderr, "");
    let note = |finished: Finished| finished.ended_with(0).stderr;
    assert_eq!(
        note(on(&servers, &["status", "--replica"])),
        "note: the server is a standby, 0.0 s behind its primary\n"
    );
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&on(&servers, arguments).ended_with(0).stdout).unwrap()
    };
    assert_eq!(json(&["status", "--json"])["standby"], serde_json::Value::Null);
    let expected = serde_json::json!({ "lag_seconds": 0.0, "is_receiving": true, "is_paused": false });
    assert_eq!(json(&["status", "--json", "--replica"])["standby"], expected);
    servers.pause_replay().await;
    let paused = note(on(&servers, &["status", "--replica"]));
    assert!(paused.starts_with("note: the server is a standby whose replay is paused; "), "{paused}");
}

#[tokio::test]
async fn a_command_that_writes_ends_on_a_standby_with_one_line_that_says_where_to_connect() {
    let servers = servers().await;
    let newer = Folder::with("standby", &["V1__of_a_service.sql"]);
    let source = format!("app={}", newer.path());
    let on_replica = |arguments: &[&str]| {
        run(program(arguments.iter().copied()).env("DATABASE_URL", servers.replica.url("postgres")))
    };
    for arguments in [
        &["migrate", "--source", &source][..],
        &["rollback", "--to", "100", "--yes"],
        &["rollback", "--to", "100", "--dry-run"],
        &["maintain"],
        &["distribute", "--yes"],
        &["unlock", "+4915112345678"],
        &["release-number", "ada"],
        &["create", "--dbname", "another"],
        &["drop", "--dbname", "another", "--yes"],
    ] {
        let failed = on_replica(arguments).failed_with(
            3,
            "accepts no writes: it is a standby, or default_transaction_read_only is on; \
             name the primary, or all servers and target_session_attrs=read-write",
        );
        assert_eq!(failed.stderr.lines().count(), 1, "{arguments:?}: {failed:?}");
    }
    // Where nothing is to be done, nothing is refused: a service may start while its database fails over.
    on_replica(&["migrate"]).ended_with(0);
}

#[tokio::test]
async fn doctor_tells_a_standby_from_a_primary_with_its_lag() {
    let servers = servers().await;
    let name = format!("the replica {}:5432", servers.replica.folder().display());
    let of_primary = on(&servers, &["doctor"]).ended_with(0);
    assert!(
        of_primary.stdout.contains("\nok       the server is a primary, and 1 server follows it\n"),
        "{of_primary:?}"
    );
    let expected = format!("\nnote     {name} is a standby, 0.0 s behind its primary\n");
    assert!(of_primary.stdout.contains(&expected), "{of_primary:?}");

    let of_standby = on(&servers, &["doctor", "--replica"]).ended_with(0);
    let expected =
        "\nnote     the server is a standby, 0.0 s behind its primary\n         statements that write fail here\n";
    assert!(of_standby.stdout.contains(expected), "{of_standby:?}");

    servers.pause_replay().await;
    let paused = on(&servers, &["doctor"]).ended_with(0);
    let expected = format!("\nwarning  {name} is a standby whose replay is paused; ");
    assert!(paused.stdout.contains(&expected) && paused.stdout.contains("SELECT pg_wal_replay_resume()"), "{paused:?}");
    servers.resume_replay().await;

    servers.promote().await;
    let promoted = on(&servers, &["doctor"]).ended_with(0);
    assert!(promoted.stdout.contains(&format!("\nwarning  {name} is no standby")), "{promoted:?}");
}
