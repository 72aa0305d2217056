//! `demo`: it leaves nothing behind when it succeeds, fails or is stopped.

use std::{
    env,
    fs::{self, Permissions},
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio, id},
};

use barqnet_db::{pool::Settings, tokio_postgres::Client};
use barqnet_db_throwaway::Server;

use crate::program::{Finished, program, run};

/// A folder for temporary files, open to everybody as `/tmp` is; it must be empty in the end.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("barqnet-db-demo-{}-{name}", id()));
        fs::create_dir(&folder).expect("a new folder");
        fs::set_permissions(&folder, Permissions::from_mode(0o1777)).expect("the test's own folder");
        Self(folder)
    }

    fn demo(&self) -> Command {
        let mut command = program(["demo"]);
        command.env("TMPDIR", &self.0);
        command
    }
}

#[test]
fn the_demo_works_whatever_variables_of_postgresql_are_set() {
    let folder = TemporaryFolder::new("variables");
    let finished = run(folder
        .demo()
        .env("PGPORT", "6000")
        .env("PGHOST", "db.invalid")
        .env("PGUSER", "nobody_here")
        .env("PGDATABASE", "nowhere")
        .env("PGSERVICE", "none")
        .env("PGPASSFILE", "/nonexistent")
        .env("PGSSLMODE", "verify-full")
        .env("PGOPTIONS", "-c search_path=nowhere")
        .env("PGDATESTYLE", "SQL, DMY"))
    .ended_with(0);
    assert!(finished.stdout.contains("The server and its data are gone."), "{finished:?}");
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // Refused unless the folder is empty.
        fs::remove_dir(&self.0).expect("the demo left something behind");
    }
}

async fn client(server: &Server) -> Client {
    Settings::from_url(&server.url("postgres")).unwrap().connect_client().await.unwrap().0
}

async fn databases(client: &Client) -> Vec<String> {
    let rows = client.query("SELECT datname FROM pg_database ORDER BY datname", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Starts it, and waits for a line with this text.
fn start_until(command: &mut Command, text: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended without saying {text}");
    }
    (child, output)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}

fn tells_the_whole_day(finished: &Finished) {
    for text in ["597.6 km", "Text message", "refused", "1.2 GB", "location Frankfurt", "archive statistics", "gone."] {
        assert!(finished.stdout.contains(text), "{text}: {}", finished.stdout);
    }
    assert!(finished.stderr.is_empty(), "{finished:?}");
}

#[test]
fn it_runs_a_day_on_a_private_server_and_leaves_nothing_behind() {
    let folder = TemporaryFolder::new("private");
    let finished = run(&mut folder.demo()).ended_with(0);
    tells_the_whole_day(&finished);
}

#[tokio::test]
async fn with_database_url_it_runs_in_a_scratch_database_and_drops_it() {
    let folder = TemporaryFolder::new("scratch");
    let server = Server::start().unwrap();
    let client = client(&server).await;
    let before = databases(&client).await;
    let finished = run(folder.demo().env("DATABASE_URL", server.url("postgres"))).ended_with(0);
    tells_the_whole_day(&finished);
    assert!(finished.stdout.contains("barqnet_demo_"), "{finished:?}");
    assert_eq!(databases(&client).await, before);
}

#[tokio::test]
async fn a_day_that_fails_leaves_no_database_behind() {
    let folder = TemporaryFolder::new("failing");
    let server = Server::start().unwrap();
    let client = client(&server).await;
    let before = databases(&client).await;
    // No schema to create tables in: the database can be made, the migrations can't.
    let url = format!("{}&options=-csearch_path%3Dnowhere", server.url("postgres"));
    let finished = run(folder.demo().env("DATABASE_URL", url)).ended_with(1);
    assert!(finished.stderr.starts_with("error: "), "{finished:?}");
    assert_eq!(databases(&client).await, before);
}

#[test]
fn stopped_on_a_private_server_it_leaves_nothing_behind() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = TemporaryFolder::new(signal);
        // Before it goes on to start a server, which takes longer than a signal takes to arrive.
        let (child, _output) = start_until(&mut folder.demo(), "Starting a private");
        send(signal, &child);
        Finished::of(child.wait_with_output().unwrap()).ended_with(code);
    }
}

#[tokio::test]
async fn stopped_on_a_server_of_others_it_leaves_no_database_behind() {
    let folder = TemporaryFolder::new("stopped");
    let server = Server::start().unwrap();
    let mut client = client(&server).await;
    let before = databases(&client).await;
    // No database can be created while this lock is held, so that the demo can't finish first.
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute("LOCK TABLE pg_database IN SHARE MODE").await.unwrap();
    let (child, _output) = start_until(folder.demo().env("DATABASE_URL", server.url("postgres")), "Creating");
    send("-INT", &child);
    transaction.rollback().await.unwrap();
    Finished::of(child.wait_with_output().unwrap()).ended_with(130);
    assert_eq!(databases(&client).await, before);
}

#[test]
fn without_postgresql_it_says_how_to_install_it() {
    let folder = TemporaryFolder::new("without");
    let finished = run(folder.demo().env("BARQNET_PG_BIN", "/nonexistent")).ended_with(1);
    assert!(finished.stderr.contains("BARQNET_PG_BIN"), "{finished:?}");
}
