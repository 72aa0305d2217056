//! `wait` and `create`.

use std::process::Stdio;

use barqnet_db::pool::Settings;
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::{Options, Server};

use crate::program::{Finished, Folder, on, program, run, scalar};

#[tokio::test]
async fn wait_ends_as_soon_as_the_database_is_created() {
    let server = Server::start().unwrap();
    let (client, _) = Settings::from_url(&server.url("postgres")).unwrap().connect_client().await.unwrap();
    let waiting = program(["wait", "--json", "--timeout", "5min"])
        .env("DATABASE_URL", server.url("later"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It has asked for the database and was refused.
    let refused = "SELECT COUNT(*) FROM pg_stat_database WHERE datname = 'later'";
    assert_eq!(scalar(&client, refused).await, 0);
    client.batch_execute("CREATE DATABASE later").await.unwrap();
    let finished = Finished::of(waiting.wait_with_output().unwrap()).ended_with(0);
    let document: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert!(document["seconds"].as_f64().unwrap() > 0.0, "{document}");
}

#[test]
fn wait_has_a_limit_and_says_what_it_waited_for() {
    let arguments = ["wait", "--host", "127.0.0.1", "--port", "1", "--timeout", "500ms"];
    run(&mut program(arguments))
        .failed_with(3, "the database was not ready after 500ms: cannot reach PostgreSQL at 127.0.0.1:1");
    run(&mut program(["wait", "--timeout", "soon"])).failed_with(2, "such as 500ms or 10min");
}

#[test]
fn wait_ends_at_once_where_waiting_does_not_help() {
    let authentication = "local all postgres trust\nlocal all all scram-sha-256\n";
    let server = Options::default().authentication(authentication).start().unwrap();
    let host = server.folder().to_str().unwrap();
    // With an hour's limit the test would not end.
    let arguments = ["wait", "--timeout", "1h", "--host", host, "--user", "nobody_here", "--dbname", "postgres"];
    run(program(arguments).env("PGPASSWORD", "x")).failed_with(3, "refused the password of user nobody_here");
    run(program(["wait"]).env("DATABASE_URL", "nonsense")).failed_with(2, "DATABASE_URL");
}

#[tokio::test]
async fn wait_migrated_ends_when_nothing_is_pending_and_tells_what_is() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("wait", &[("V1__one.sql", "SELECT 1;")]);
    let wait = |limit| on(&database, ["wait", "--migrated", "--timeout", limit, "--migrations", folder.path()]);
    run(&mut wait("300ms")).failed_with(4, "migrations were still pending after 300ms");
    let waiting = wait("5min").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    Finished::of(waiting.wait_with_output().unwrap()).ended_with(0);
    folder.write("V1__one.sql", "SELECT 2;");
    run(&mut wait("5min")).failed_with(6, "diverged");
}

#[test]
fn create_makes_an_utf8_database_once() {
    let server = Options::default().start().unwrap();
    let create = |arguments: &[&'static str]| {
        run(program(arguments.iter().copied()).env("DATABASE_URL", server.url("Ada's \"vpn\""))).ended_with(0)
    };
    assert!(create(&["create"]).stdout.contains("is created"));
    assert!(create(&["create"]).stdout.contains("exists already"));
    assert_eq!(create(&["create", "--json"]).stdout, "{\n  \"created\": false\n}\n");
    create(&["migrate", "--lock-timeout", "500ms", "--max-wait", "1min"]);
}
