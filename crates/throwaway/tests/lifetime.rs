//! A server ends with its owner.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use barqnet_db_throwaway::{Options, Server};

fn wait_until_gone(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while folder.exists() {
        assert!(Instant::now() < deadline, "{} still exists", folder.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs the program with a command that prints the server's URL and then waits for the end of its input.
fn owner() -> (std::process::Child, PathBuf) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_barqnet-db-throwaway"))
        .args(["sh", "-c", "echo $BARQNET_TEST_SERVER; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut url = String::new();
    BufReader::new(child.stdout.as_mut().expect("its output is piped")).read_line(&mut url).expect("it prints the URL");
    let folder = url.split("host=").nth(1).and_then(|rest| rest.split('&').next());
    (child, PathBuf::from(folder.expect("the URL names the folder")))
}

#[test]
fn dropping_a_server_deletes_its_data() {
    let server = Server::start().expect("PostgreSQL is installed");
    let folder = server.folder().to_owned();
    assert!(folder.join(".s.PGSQL.5432").exists());
    drop(server);
    assert!(!folder.exists());
}

#[test]
fn a_server_ends_when_its_owner_panics() {
    let (send, receive) = std::sync::mpsc::channel();
    let outcome = std::thread::spawn(move || {
        let server = Server::start().expect("PostgreSQL is installed");
        send.send(server.folder().to_owned()).expect("the test listens");
        panic!("on purpose");
    })
    .join();
    assert!(outcome.is_err());
    wait_until_gone(&receive.recv().expect("the folder was sent"));
}

#[test]
fn a_server_ends_when_its_owner_is_interrupted_or_killed() {
    for signal in ["-INT", "-KILL"] {
        let (mut owner, folder) = owner();
        assert!(folder.join("data/postmaster.pid").exists());
        let killed = Command::new("kill").args([signal, &owner.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        owner.wait().expect("the owner ends");
        wait_until_gone(&folder);
    }
}

/// What the program has in a temporary folder of its own, which it leaves empty.
fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn an_owner_that_ends_while_its_server_starts_leaves_nothing() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777);
    std::fs::set_permissions(temporary.path(), open).expect("it is this test's");
    // From the first instruction to a server that accepts connections.
    for milliseconds in [20, 60, 150, 300, 450, 600] {
        let mut owner = Command::new(env!("CARGO_BIN_EXE_barqnet-db-throwaway"))
            .args(["sleep", "0.1"])
            .env("TMPDIR", temporary.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(milliseconds));
        owner.kill().expect("it is this test's process");
        owner.wait().expect("the owner ends");
        let deadline = Instant::now() + Duration::from_secs(20);
        while !entries(temporary.path()).is_empty() {
            assert!(Instant::now() < deadline, "after {milliseconds} ms: {:?}", entries(temporary.path()));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_server_that_cannot_start_is_an_error_with_the_cause() {
    let error = Options::default().setting("shared_buffers", "nonsense").start().expect_err("the setting is invalid");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}
