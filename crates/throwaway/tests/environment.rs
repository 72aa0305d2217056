//! PostgreSQL's variables in the owner's environment do not affect a server.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Stdio},
};

/// The URL of a server whose owner has these variables, and what the server sends to a session of `postgres`.
fn session_with(variables: &[(&str, &str)]) -> (String, String) {
    // The command waits for the end of its input, and the server with it, while this process opens the session.
    let mut owner = Command::new(env!("CARGO_BIN_EXE_barqnet-db-throwaway"))
        .args(["sh", "-c", "echo $BARQNET_TEST_SERVER; exec cat >/dev/null"])
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut url = String::new();
    let mut output = BufReader::new(owner.stdout.take().expect("its output is piped"));
    output.read_line(&mut url).expect("it prints the URL");
    let url = url.trim().to_owned();
    let greeting = greeting(&socket(&url));
    drop(owner.stdin.take());
    assert!(owner.wait().expect("the program ends").success());
    (url, greeting)
}

/// The path of the socket that the URL names.
fn socket(url: &str) -> String {
    let (_, query) = url.split_once('?').expect("the URL has parameters");
    let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    format!("{}/.s.PGSQL.{}", value("host").expect("a host"), value("port").expect("a port"))
}

/// Logs in as `postgres` and returns what the server sends until it is ready for a query.
fn greeting(socket: &str) -> String {
    let mut connection = UnixStream::connect(Path::new(socket)).expect("the server listens");
    let parameters = b"user\0postgres\0database\0postgres\0\0";
    let length = u32::try_from(8 + parameters.len()).expect("a short packet");
    let protocol_3_0: u32 = 3 << 16;
    let packet = [&length.to_be_bytes()[..], &protocol_3_0.to_be_bytes(), parameters].concat();
    connection.write_all(&packet).expect("the server reads");
    let mut all = Vec::new();
    loop {
        let mut header = [0; 5];
        connection.read_exact(&mut header).expect("the server answers");
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
        let mut body = vec![0; length as usize - 4];
        connection.read_exact(&mut body).expect("the server answers");
        assert_ne!(header[0], b'E', "{}", String::from_utf8_lossy(&body));
        if header[0] == b'Z' {
            return String::from_utf8_lossy(&all).into_owned();
        }
        all.extend(body);
    }
}

#[test]
fn a_server_is_reachable_by_its_url_if_its_owner_has_pgport_and_the_like() {
    let (url, _) = session_with(&[
        ("PGPORT", "6000"),
        ("PGHOST", "db.example"),
        ("PGDATA", "/nonexistent"),
        ("PGUSER", "nobody_here"),
        ("PGDATABASE", "nowhere"),
        ("PGOPTIONS", "-c search_path=nowhere"),
    ]);
    assert!(url.contains("&port=5432&"), "{url}");
}

#[test]
fn a_servers_defaults_do_not_come_from_variables_of_its_owner() {
    let (_, without) = session_with(&[]);
    let (_, with) = session_with(&[("PGDATESTYLE", "SQL, DMY"), ("PGCLIENTENCODING", "LATIN1")]);
    for default in ["DateStyle\0ISO, MDY\0", "client_encoding\0UTF8\0"] {
        assert!(without.contains(default), "{without:?}");
        assert!(with.contains(default), "{with:?}");
    }
}

#[test]
fn the_url_has_the_port_that_was_set() {
    let server = barqnet_db_throwaway::Options::default().setting("port", "6000").start().expect("it starts");
    let greeting = greeting(&socket(&server.url("postgres")));
    assert!(greeting.contains("server_version"), "{greeting:?}");
}
