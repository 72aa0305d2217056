//! Invalid input ends in one clear error and its exit code, and no password is shown.

use barqnet_db::pool::Settings;
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::{Options, Server};

use crate::program::{Finished, on, program, run};

const SECRET: &str = "hunter2";

#[track_caller]
fn keeps_the_secret(finished: &Finished) {
    assert!(!finished.stdout.contains(SECRET) && !finished.stderr.contains(SECRET), "{finished:?}");
}

/// A server where everyone but `postgres` needs the right password, with a role `barq` that has one.
async fn server_with_passwords() -> Server {
    let server = Options::default()
        .authentication("local all postgres trust\nlocal all all scram-sha-256\n")
        .start()
        .expect("PostgreSQL is installed");
    let (client, _) = Settings::from_url(&server.url("postgres")).unwrap().connect_client().await.unwrap();
    client.batch_execute("CREATE ROLE barq LOGIN PASSWORD 'right'").await.unwrap();
    server
}

#[test]
fn a_malformed_url_is_refused_before_anything_is_attempted() {
    for (url, says) in [
        ("postgres://u:hunter2@h:port/db", "port"),
        ("mysql://u:hunter2@h/db", "DATABASE_URL: a URL must begin with postgres://"),
        ("hunter2", "DATABASE_URL"),
        ("postgres://u:hunter2@h/db?sslmode=sometimes", "sslmode"),
        ("postgres://u:hunter2@x@h/db", "%40"),
    ] {
        for arguments in [&["status"][..], &["migrate", "-host", "h"], &["nearest", "1", "1"], &["demo"]] {
            let finished = run(program(arguments.iter().copied()).env("DATABASE_URL", url)).failed_with(2, says);
            keeps_the_secret(&finished);
        }
    }
}

#[tokio::test]
async fn a_wrong_or_missing_password_is_no_connection_and_the_password_is_not_shown() {
    let server = server_with_passwords().await;
    let host = server.folder().to_str().unwrap();
    let flags = ["-host", host, "-user", "barq", "-dbname", "postgres", "-status"];
    let wrong =
        run(&mut program(flags.into_iter().chain(["-password", SECRET]))).failed_with(3, "refused the password");
    keeps_the_secret(&wrong);
    let missing = run(&mut program(flags)).failed_with(3, "none was given");
    assert!(missing.stderr.contains("PGPASSWORD"), "{missing:?}");
    // Nor is it needed on the command line.
    run(program(flags).env("PGPASSWORD", "right")).ended_with(0);
}

#[test]
fn an_unreachable_host_and_a_missing_database_are_no_connection() {
    run(&mut program(["migrate", "--host", "127.0.0.1", "--port", "1"])).failed_with(3, "127.0.0.1:1");
    run(&mut program(["migrate", "--host", "/nonexistent"])).failed_with(3, "/nonexistent");
}

#[tokio::test]
async fn a_missing_database_is_named() {
    let database = TestDatabase::empty().await;
    let finished = run(&mut on(&database, ["migrate", "--dbname", "no_such_database"]));
    finished.failed_with(3, "database \"no_such_database\" does not exist");
}

#[tokio::test]
async fn a_role_without_the_right_to_create_changes_nothing_and_gets_an_error() {
    let server = server_with_passwords().await;
    let host = server.folder().to_str().unwrap();
    let (client, _) = Settings::from_url(&server.url("postgres")).unwrap().connect_client().await.unwrap();
    // As it is from PostgreSQL 15 on.
    client.batch_execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await.unwrap();
    let flags = ["-host", host, "-user", "barq", "-password", "right", "-dbname", "postgres"];
    run(&mut program(flags)).failed_with(1, "permission denied for schema public");
    let demo = run(&mut program(flags.into_iter().chain(["demo"]))).ended_with(1);
    assert!(demo.stderr.contains("give the role CREATEDB"), "{demo:?}");
    let tables = client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", &[]).await.unwrap();
    assert!(tables.is_empty());
}

#[test]
fn arguments_that_cannot_be_meant_are_wrong_usage() {
    for (arguments, says) in [
        (&["-hots", "localhost"][..], "--hots"),
        (&["-passwrod=hunter2"], "--passwrod"),
        (&["--passwrod", "hunter2"], "--passwrod"),
        (&["-port", "postgres"], "--port"),
        (&["-port", "0"], "--port"),
        (&["-sslmode", "sometimes"], "verify-full"),
        (&["-status=maybe"], "true or false"),
        (&["-status", "nearest", "1", "1"], "--status"),
        (&["-password"], "--password"),
        (&["mirgate"], "mirgate"),
        (&["nearest", "91", "0"], "latitude 91"),
        (&["nearest", "-90.5", "0"], "latitude -90.5"),
        (&["nearest", "0", "180.5"], "longitude 180.5"),
        (&["nearest", "NaN", "0"], "latitude NaN"),
        (&["nearest", "abc", "0"], "decimal number"),
        (&["nearest", "48,2", "16,4"], "decimal number"),
        (&["nearest", "48.2"], "LON"),
        (&["nearest", "1", "1", "--limit", "0"], "--limit"),
    ] {
        let finished = run(&mut program(arguments.iter().copied())).failed_with(2, says);
        keeps_the_secret(&finished);
    }
}
