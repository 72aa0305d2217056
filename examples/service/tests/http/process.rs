//! The service as a process: started, used and stopped.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use barqnet_db::{embedded, migrate::status};
use barqnet_db_testing::TestDatabase;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{ADA, Client, migrated_database};

fn keys() -> String {
    format!("1:{}", "ab".repeat(32))
}

fn node_key() -> String {
    "cd".repeat(32)
}

/// The running service; killed if the test ends before it does.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// What it said before it listened.
    said: String,
    pub(crate) api: Client,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command
            .env("BARQNET_LISTEN", "127.0.0.1:0")
            .env("BARQNET_OTP_KEYS", keys())
            .env("BARQNET_NODE_KEY", node_key())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let api = Client { address: ([127, 0, 0, 1], 0).into() };
        let mut process = Self { child, stdout, said: String::new(), api };
        process.api.address = process.address();
        process
    }

    fn address(&mut self) -> SocketAddr {
        while self.stdout.read_line(&mut self.said).unwrap() > 0 {
            let last = self.said.lines().last().unwrap_or_default();
            if let Some(address) = last.strip_prefix("listening on http://") {
                return address.parse().unwrap();
            }
        }
        let log = self.log();
        panic!("it ended before it listened: {}{log}", self.said);
    }

    fn log(&mut self) -> String {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }

    pub(crate) fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits for its end: the exit status, the rest of stdout, and the log.
    pub(crate) fn end(mut self) -> (ExitStatus, String, String) {
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        let log = self.log();
        (self.child.wait().unwrap(), said, log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails when it has ended already, as it should have.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn service() -> Command {
    Command::new(env!("CARGO_BIN_EXE_barqnet-db-service"))
}

#[tokio::test]
async fn it_migrates_an_empty_database_and_stops_in_good_order() {
    let database = TestDatabase::empty().await;
    let process = Process::start(service().env("DATABASE_URL", database.url()));
    assert_eq!(process.api.get("/healthz").await.status, StatusCode::OK);
    let migrations = status(&database.settings(), &embedded::migrations()).await.unwrap();
    assert!(!migrations.is_empty() && migrations.iter().all(|migration| migration.applied_at.is_some()));
    assert_eq!(process.api.get("/v1/locations/nearest?lat=0&lon=0").await.status, StatusCode::OK);
    let beat = json!({"epoch": 1, "connections": []});
    let heard = process.api.send(Method::POST, "/v1/nodes/n/heartbeats", Some(&node_key()), Some(beat)).await;
    assert_eq!(heard.status, StatusCode::OK, "{heard:?}");
    assert!(!process.said.contains(&node_key()), "{}", process.said);

    process.terminate();
    let (exit, said, log) = process.end();
    assert_eq!(exit.code(), Some(0), "{log}");
    assert!(said.ends_with("stopped\n"), "{said}");

    // The second start finds nothing to do.
    let again = Process::start(service().env("DATABASE_URL", database.url()));
    again.terminate();
    let (exit, ..) = again.end();
    assert_eq!(exit.code(), Some(0));
}

#[tokio::test]
async fn without_configuration_it_starts_a_database_with_one_server() {
    let mut command = service();
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    let process = Process::start(command.env_remove("DATABASE_URL"));
    let api = process.api;
    let first = api.get("/v1/locations/nearest?lat=40.7&lon=-74&limit=1").await.body;
    let servers = api.get(&format!("/v1/locations/{}/servers", first[0]["id"])).await.body;
    assert_eq!(servers[0]["name"], "demo-1");
    let sent = api.send(Method::POST, "/v1/otp", None, Some(json!({"phone_number": ADA}))).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED);
    let key = process.said.lines().find_map(|line| line.strip_prefix("key of its nodes: ")).unwrap();
    let (path, restart) = ("/v1/nodes/demo-1/restart", json!({"epoch": 1}));
    assert_eq!(api.send(Method::POST, path, Some(key), Some(restart)).await.status, StatusCode::OK);

    process.terminate();
    let (exit, said, log) = process.end();
    assert_eq!((exit.code(), said.as_str()), (Some(0), "stopped\n"), "{log}");
    assert!(log.contains("for development only") && !log.contains(ADA), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_before_it_stops() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let process = Process::start(service().env("DATABASE_URL", database.url()));
    let api = process.api;
    // The request waits for its turn with this number, which was heard of before.
    pool.get().await.unwrap().execute("INSERT INTO otp_numbers (phone_number) VALUES ($1)", &[&ADA]).await.unwrap();
    let mut client = pool.get().await.unwrap();
    let turn = client.transaction().await.unwrap();
    turn.execute("SELECT otp_forget($1)", &[&ADA]).await.unwrap();
    let request = tokio::spawn(api.post("/v1/otp", json!({"phone_number": ADA})));
    database.until_a_connection_waits_for_a_lock().await;
    process.terminate();
    while TcpStream::connect(api.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!request.is_finished());
    turn.commit().await.unwrap();
    assert_eq!(request.await.unwrap().status, StatusCode::ACCEPTED);
    let (exit, said, log) = process.end();
    assert_eq!((exit.code(), said.as_str()), (Some(0), "stopped\n"), "{log}");
}

#[test]
fn a_missing_database_is_an_error_and_not_replaced_by_a_throwaway_one() {
    let absent = "postgres://nobody:secret@127.0.0.1:1/none";
    let mut command = service();
    command.env("DATABASE_URL", absent).env("BARQNET_OTP_KEYS", keys()).env("BARQNET_NODE_KEY", node_key());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("127.0.0.1:1") && !log.contains("secret"), "{log}");
    assert!(output.stdout.is_empty());
}

#[test]
fn without_usable_keys_it_does_not_start_and_says_how_to_make_them() {
    let absent = "postgres://nobody:secret@127.0.0.1:1/none";
    let bad = "abcd".repeat(9);
    for (name, key, says) in [
        ("BARQNET_OTP_KEYS", None, "openssl rand -hex 32"),
        ("BARQNET_OTP_KEYS", Some("1:abcd"), "at least 32"),
        ("BARQNET_OTP_KEYS", Some("abcd"), "id:hexadecimal"),
        ("BARQNET_NODE_KEY", None, "openssl rand -hex 32"),
        ("BARQNET_NODE_KEY", Some(""), "openssl rand -hex 32"),
        ("BARQNET_NODE_KEY", Some(&bad), "openssl rand -hex 32"),
    ] {
        let mut command = service();
        command.env("DATABASE_URL", absent).env("BARQNET_OTP_KEYS", keys()).env("BARQNET_NODE_KEY", node_key());
        match key {
            Some(key) => command.env(name, key),
            None => command.env_remove(name),
        };
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.contains(name) && log.contains(says), "{log}");
        assert!(!log.contains("abcd"), "{log}");
    }
}
