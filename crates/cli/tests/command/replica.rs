//! `--replica`, and what `doctor` says of replication.

use barqnet_db::{embedded, migrate};
use barqnet_db_testing::replication::{Replicated, connect, primary, settings};

use crate::program::{Finished, program, rows, run};

/// A primary with the schema, and its replica.
async fn servers() -> Replicated {
    let primary = primary();
    migrate::migrate(&settings(&primary), &embedded::migrations()).await.unwrap();
    let servers = Replicated::of(primary).await;
    servers.until_replayed().await;
    servers
}

/// The program on the primary, with the replica in its environment.
fn on(servers: &Replicated, arguments: &[&str]) -> Finished {
    let replica = servers.replica.folder().display().to_string();
    let mut command = program(arguments.iter().copied());
    run(command.env("DATABASE_URL", servers.primary.url("postgres")).env("PGREPLICAHOST", replica))
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

#[test]
fn a_command_that_writes_refuses_replica() {
    for arguments in
        [&["migrate", "--replica"][..], &["maintain", "--replica=db2"], &["unlock", "+4915112345678", "--replica"]]
    {
        let finished = run(program(arguments.iter().copied()).env("PGREPLICAHOST", "/nonexistent"));
        finished.failed_with(2, "--replica is for commands that change nothing");
    }
    run(&mut program(["status", "--replica"])).failed_with(2, "write --replica=HOST");
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
