//! The service starts on an empty database and signs a user in, over HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use barqnet_db_testing::TestDatabase;

/// The running service; it is killed at the end of the test.
struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Service {
    fn start(database: &TestDatabase) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_barqnet-db-minimal"))
            .env("DATABASE_URL", database.url())
            .env("OTP_KEYS", format!("1:{}", "ab".repeat(32)))
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut service = Self { child, stdout, address: String::new() };
        service.address = service.line_after("listening on http://");
        service
    }

    /// The rest of the next line of its output, which must begin so.
    fn line_after(&mut self, start: &str) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().strip_prefix(start).unwrap_or_else(|| panic!("it printed {line:?}")).to_owned()
    }

    /// Sends JSON; returns status and body.
    fn post(&self, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn it_migrates_an_empty_database_and_signs_a_user_in_once_per_code() {
    let database = TestDatabase::empty().await;
    let mut service = Service::start(&database);
    assert_eq!(service.post("/codes", r#"["12"]"#).0, 400);
    assert_eq!(service.post("/codes", r#"["+4915112345678"]"#), (200, "sent\n".to_owned()));
    let line = service.line_after("send ");
    let code = line.strip_suffix(" to +4915112345678").unwrap();
    assert_eq!(service.post("/codes", r#"["+4915112345678"]"#).0, 429);

    let sign_in = format!(r#"["+4915112345678", "{code}", "ada"]"#);
    let (status, token) = service.post("/sessions", &sign_in);
    assert_eq!((status, token.trim_end().len()), (200, 64), "{token}");
    assert_eq!(service.post("/sessions", &sign_in).0, 401);
}
