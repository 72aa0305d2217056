//! Ctrl-C leaves nothing, whenever it comes; kill -9 leaves nothing for long.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use barqnet_db_client::pool::{self, Client};
use tempfile::TempDir;

use crate::project::{Project, server_options};

/// A folder for temporary files that the server's user can enter, too.
fn temporary_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777);
    fs::set_permissions(folder.path(), open).unwrap();
    folder
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Either nothing is generated, or the fingerprint fits everything.
fn assert_whole(project: &Project) {
    let names = project.generated_names();
    assert!(names.iter().all(|name| !name.contains("tmp")), "{names:?}");
    if !names.is_empty() {
        assert_eq!(barqnet_db_codegen::stale_files(project.path()).unwrap(), Vec::<String>::new());
    }
}

async fn databases(server: &Client) -> Vec<String> {
    let rows = server.query("SELECT datname::TEXT FROM pg_database ORDER BY 1", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_signal_at_any_moment_leaves_no_server_and_no_file() {
    let mut interrupted = 0;
    for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        for milliseconds in [30, 150, 400, 700, 1000] {
            let (project, temporary) = (Project::small(), temporary_folder());
            let mut command = project.command();
            let mut child = command.env("TMPDIR", temporary.path()).stdout(Stdio::null()).spawn().unwrap();
            thread::sleep(Duration::from_millis(milliseconds));
            send(signal, &child);
            let status = child.wait().unwrap();
            // A very fast machine may have finished, and a very slow one not have begun.
            let has_not_begun = status.signal() == Some(number);
            assert!(status.success() || has_not_begun || status.code() == Some(128 + number), "{status:?}");
            interrupted += i32::from(status.code() == Some(128 + number));
            let left = format!("{signal} after {milliseconds} ms left {:?}", entries(temporary.path()));
            wait_until(&left, || entries(temporary.path()).is_empty());
            assert_whole(&project);
        }
    }
    assert!(interrupted > 0, "every build was faster than its signal");
}

#[tokio::test]
async fn a_signal_at_any_moment_leaves_no_database_on_a_given_server() {
    let server = server_options().start().unwrap();
    let client = pool::connect_one(server.url("postgres")).await.unwrap();
    for milliseconds in [20, 60, 120, 200, 300, 450] {
        let (project, temporary) = (Project::small(), temporary_folder());
        let mut command = project.command();
        command.env("TMPDIR", temporary.path()).env("BARQNET_CODEGEN_URL", server.url("postgres"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(milliseconds));
        send("-INT", &child);
        child.wait().unwrap();
        assert_eq!(databases(&client).await, ["postgres", "template0", "template1"], "after {milliseconds} ms");
        assert_eq!(entries(temporary.path()), Vec::<PathBuf>::new(), "after {milliseconds} ms");
        assert_whole(&project);
    }
}

#[test]
fn a_signal_ends_a_migration_that_takes_long() {
    let (project, temporary) = (Project::small(), temporary_folder());
    project.write("migrations/V2__slow.sql", "-- Slow.\n\nSELECT PG_SLEEP(600);\n\n/* rollback\n*/\n");
    let mut child = project.command().env("TMPDIR", temporary.path()).spawn().unwrap();
    let is_migrating = || {
        let servers = entries(temporary.path());
        servers.iter().any(|folder| folder.join("data/postmaster.pid").exists())
    };
    wait_until("no server started", is_migrating);
    thread::sleep(Duration::from_millis(200));
    let begin = Instant::now();
    send("-INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    wait_until("something is left", || entries(temporary.path()).is_empty());
}

#[tokio::test]
async fn the_database_of_a_killed_build_is_removed_by_the_next_one_and_no_other() {
    let server = server_options().start().unwrap();
    let client = pool::connect_one(server.url("postgres")).await.unwrap();
    let slow = Project::small();
    slow.write("migrations/V2__slow.sql", "-- Slow.\n\nSELECT PG_SLEEP(600);\n\n/* rollback\n*/\n");
    let start = || slow.command().env("BARQNET_CODEGEN_URL", server.url("postgres")).spawn().unwrap();
    let mut killed = start();
    while databases(&client).await.len() < 4 {
        thread::sleep(Duration::from_millis(5));
    }
    let abandoned = databases(&client).await[0].clone();
    killed.kill().unwrap();
    assert_eq!(killed.wait().unwrap().signal(), Some(9));
    // The server notices the end of a connection only when it writes to it.
    client
        .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", &[&abandoned])
        .await
        .unwrap();
    while client
        .query_one(
            "SELECT COUNT(*) > 0 FROM pg_stat_activity WHERE datname = $1 OR application_name = $1",
            &[&abandoned],
        )
        .await
        .unwrap()
        .get(0)
    {
        thread::sleep(Duration::from_millis(5));
    }
    client.batch_execute("CREATE DATABASE barqnet_codegen_of_a_person").await.unwrap();

    let mut alive = start();
    while !databases(&client)
        .await
        .iter()
        .any(|name| name.starts_with("barqnet_codegen") && name.len() > 30 && *name != abandoned)
    {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(Project::small().on(&server.url("postgres")).status.success());
    let names = databases(&client).await;
    assert!(!names.contains(&abandoned), "{names:?}");
    assert_eq!(names.len(), 5, "the database of the build that runs, and the person's, are there: {names:?}");
    send("-INT", &alive);
    alive.wait().unwrap();
    assert_eq!(databases(&client).await, ["barqnet_codegen_of_a_person", "postgres", "template0", "template1"]);
}
