//! What `cargo build` makes of good and of bad SQL files.

use std::{fs, path::PathBuf};

use barqnet_db_client::pool::{self, Client};
use barqnet_db_testing::{
    certificates::{Algorithm, Authority},
    servers::{PASSWORD, encrypted_with, plain_with},
};

use crate::project::{Project, QUERIES, THINGS, assert_contains, assert_snapshot, server_options};

#[test]
fn the_committed_code_and_schema_are_what_the_generator_writes() {
    let project = Project::copy_of("../..");
    let before = project.generated();
    let output = project.command().env("BARQNET_CODEGEN", "force").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Bytes and times: a file that did not change is not written.
    assert!(project.generated() == before, "something was written");
}

#[test]
fn the_output_does_not_depend_on_rustfmt() {
    let project = Project::small();
    assert!(project.run().status.success());
    let with_rustfmt = project.generated();
    // initdb and postgres are found by their folder; the server's supervisor needs these.
    let tools = tempfile::tempdir().unwrap();
    let search: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect();
    for tool in ["sh", "rm", "head", "mv", "sleep"] {
        let path = search.iter().map(|folder| folder.join(tool)).find(|path| path.exists()).unwrap();
        std::os::unix::fs::symlink(path, tools.path().join(tool)).unwrap();
    }
    let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(tools.path(), open).unwrap();
    let output = project.command().env("BARQNET_CODEGEN", "force").env("PATH", tools.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (path, (text, _)) in project.generated() {
        assert_eq!(text, with_rustfmt[&path].0);
    }
}

#[test]
fn a_fresh_project_looks_for_no_server() {
    let project = Project::small();
    assert!(project.run().status.success());
    let nowhere = project.command().env("BARQNET_PG_BIN", "/nonexistent").output().unwrap();
    assert!(nowhere.status.success(), "{}", String::from_utf8_lossy(&nowhere.stderr));
    assert_contains(&String::from_utf8(nowhere.stdout).unwrap(), &["up to date"]);
}

#[test]
fn line_endings_make_nothing_stale() {
    let project = Project::small();
    assert!(project.run().status.success());
    project.write("queries/things.sql", &QUERIES.replace('\n', "\r\n"));
    assert_eq!(barqnet_db_codegen::stale_files(project.path()).unwrap(), Vec::<String>::new());
}

#[test]
fn stale_code_without_a_server_fails_saying_what_is_stale_and_what_to_install() {
    let project = Project::small();
    assert!(project.run().status.success());
    project.write("queries/things.sql", &QUERIES.replace("by_id", "find"));
    project.write("queries/more.sql", "-- More.\n\n--! one\n--- One.\nSELECT 1 AS one;\n");
    let before = project.generated();
    let output = project.command().env("BARQNET_PG_BIN", "/nonexistent").output().unwrap();
    assert!(!output.status.success());
    assert_contains(
        &String::from_utf8(output.stderr).unwrap(),
        &["BARQNET_PG_BIN is /nonexistent", "queries/more.sql is new", "queries/things.sql changed", "cargo build"],
    );
    assert!(project.generated() == before, "something was written");
}

#[test]
fn check_mode_fails_on_stale_or_edited_code_and_writes_nothing() {
    let project = Project::small();
    assert!(project.run().status.success());
    let check = || project.command().env("BARQNET_CODEGEN", "check").output().unwrap();
    assert!(check().status.success());
    let module = fs::read_to_string(project.path().join("src/generated/things.rs")).unwrap();
    project.write("src/generated/things.rs", &module.replace("label", "lebal"));
    let before = project.generated();
    let output = check();
    assert!(!output.status.success());
    assert_contains(
        &String::from_utf8(output.stderr).unwrap(),
        &["src/generated/things.rs changed", "run `env -u BARQNET_CODEGEN cargo build`"],
    );
    assert!(project.generated() == before, "something was written");
    assert!(project.run().status.success());
    assert_eq!(fs::read_to_string(project.path().join("src/generated/things.rs")).unwrap(), module);
}

#[test]
fn a_deleted_query_file_takes_its_module_with_it() {
    let project = Project::small();
    project.write("queries/more.sql", "-- More.\n\n--! one\n--- One.\nSELECT 1 AS one;\n");
    assert!(project.run().status.success());
    fs::remove_file(project.path().join("queries/more.sql")).unwrap();
    assert!(project.run().status.success());
    assert_eq!(
        project.generated_names(),
        ["README.md", "schema.sql", "constraints.rs", "fingerprint", "mod.rs", "things.rs"]
    );
}

#[test]
fn all_invalid_queries_are_reported_with_place_and_server_message() {
    let project = Project::small();
    project.write(
        "queries/things.sql",
        "\
-- Things.

--! first
--- A column that is not there; the comment's apostrophe is no trap.
-- nor is this one's: it's a comment
SELECT id,
       lable
FROM things
WHERE id = :id /* it's :no parameter */;

--! second
--- A wrong type.
SELECT id
FROM things
WHERE made_at = 5;

--! third
--- Is never true.
SELECT id
FROM things
WHERE note = NULL;

--! fourth
--- No Rust type.
SELECT 1::MONEY AS price;
",
    );
    project.write("queries/other.sql", "-- Others.\n\n--! gone\n--- No table.\nSELECT id FROM thing;\n");
    let failure = project.failure();
    assert_contains(
        &failure,
        &[
            "error: column \"lable\" does not exist\n --> queries/things.sql:7:8\n  |\n7 |        lable\n  |        ^^^^^\n",
            "hint: Perhaps you meant to reference the column \"things.label\".",
            "SQLSTATE 42703",
            "query things.first",
            "--> queries/things.sql:15:15",
            "operator does not exist: timestamp with time zone = integer",
            "--> queries/things.sql:21:14",
            "write note IS NULL",
            "the column `price` has the type money",
            "relation \"thing\" does not exist\n --> queries/other.sql:5:16",
            "5 problems",
        ],
    );
    assert!(!project.path().join("src/generated").exists(), "something was written");
}

#[test]
fn mistakes_in_annotations_and_file_names_are_reported_together() {
    let project = Project::small();
    project.write("queries/things.sql", &format!("{QUERIES}\n--! by_id\n--- Again.\nSELECT label\nFROM things;\n"));
    project.write("queries/star.sql", "-- Stars.\n\n--! all\n--- All.\nSELECT *\nFROM things;\n");
    for name in ["V2__add-note.sql", "v3__add_note.sql", "V4__add_note.SQL", "V5_add_note.sql", "V01__other.sql"] {
        project.write(&format!("migrations/{name}"), THINGS);
    }
    project.write("migrations/V1__twice.sql", THINGS);
    assert_snapshot("mistakes.txt", &project.failure());
}

#[test]
fn a_failing_migration_is_shown_with_its_line_and_what_was_not_tried() {
    let project = Project::small();
    project.write(
        "migrations/V2__add_colour.sql",
        "-- Colours.\n\nALTER TABLE things\n    ADD COLUMN colour TEXTT;\n\n/* rollback\n*/\n",
    );
    project.write("migrations/V3__later.sql", THINGS);
    assert_contains(
        &project.failure(),
        &[
            "error: type \"textt\" does not exist\n --> migrations/V2__add_colour.sql:4:23\n",
            "4 |     ADD COLUMN colour TEXTT;",
            "not tried: V3",
        ],
    );
}

#[tokio::test]
async fn a_given_server_is_left_as_it_was() {
    let server = server_options().start().unwrap();
    let project = Project::small();
    let output = project.on(&server.url("postgres"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    project.write("queries/things.sql", &QUERIES.replace("label", "lable"));
    assert!(!project.on(&server.url("postgres")).status.success());
    let client = pool::connect_one(server.url("postgres")).await.unwrap();
    assert_eq!(databases(&client).await, ["postgres", "template0", "template1"]);
}

#[test]
fn secrets_in_rows_and_parameters_have_no_debug() {
    let project = Project::small();
    project.write(
        "queries/things.sql",
        "-- Things.\n\n--! set : Secret()\n--- Sets.\nSELECT label AS token_hash, id FROM things WHERE label = :password AND id = :id;\n",
    );
    assert!(project.run().status.success(), "{}", project.failure());
    let module = fs::read_to_string(project.path().join("src/generated/things.rs")).unwrap();
    for name in ["Secret", "SetParams"] {
        let at = module.find(&format!("pub struct {name}")).unwrap();
        let derive = module[..at].rfind("#[").map_or("", |start| &module[start..at]);
        assert!(!derive.contains("Debug"), "{name} has {derive}");
    }
}

#[test]
fn a_migration_ignores_the_statement_timeout_of_the_server() {
    let server = server_options().setting("statement_timeout", "1min").start().unwrap();
    let project = Project::small();
    project.write(
        "migrations/V2__unlimited.sql",
        "-- Fails where there is a limit.\n\nSELECT 1 / (CURRENT_SETTING('statement_timeout') = '0')::INTEGER;\n\n/* rollback\n*/\n",
    );
    assert!(project.run().status.success());
    fs::remove_dir_all(project.path().join("src/generated")).unwrap();
    let output = project.on(&format!("{}&statement_timeout=1min", server.url("postgres")));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_given_server_is_spoken_to_over_tls_as_its_url_asks() {
    let authority = Authority::new(Algorithm::P256);
    let server = encrypted_with(server_options(), &authority, &authority.server()).await;
    let (root, grace) = (authority.root(), authority.client("grace"));
    let verified = format!("localhost:{}/postgres?sslmode=verify-full&sslrootcert={}", server.port, root.display());
    let (certificate, key) = (grace.certificate.display(), grace.key.display());
    for url in [
        format!("postgres://ada:{}@{verified}&channel_binding=require", in_url(PASSWORD)),
        format!("postgres://grace@{verified}&sslcert={certificate}&sslkey={key}"),
    ] {
        let project = Project::small();
        // The server refuses connections without TLS.
        let output = project.on(&url);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(project.path().join("src/generated/things.rs").exists());
    }
    assert_eq!(databases(&server.superuser().await).await, ["postgres", "template0", "template1"]);
}

#[tokio::test]
async fn a_given_server_that_is_less_safe_than_its_url_asks_is_refused() {
    let (authority, unknown) = (Authority::new(Algorithm::P256), Authority::new(Algorithm::P256));
    let server = encrypted_with(server_options(), &authority, &authority.server()).await;
    let without = plain_with(server_options()).await;
    let (root, unknown) = (authority.root(), unknown.root());
    let (root, unknown) = (root.display(), unknown.display());
    for (host, port, parameters, words) in [
        ("localhost", server.port, format!("sslmode=verify-full&sslrootcert={unknown}"), "trusted here"),
        ("localhost", server.port, format!("sslmode=verify-ca&sslrootcert={unknown}"), "trusted here"),
        (
            "db.example",
            server.port,
            format!("hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={root}"),
            "issued for another host name",
        ),
        (
            "localhost",
            server.port,
            "sslmode=verify-full&sslrootcert=/nonexistent".to_owned(),
            "sslrootcert: cannot read",
        ),
        ("localhost", without.port, "sslmode=require".to_owned(), "does not offer TLS"),
        ("localhost", without.port, format!("sslmode=verify-full&sslrootcert={root}"), "does not offer TLS"),
        ("localhost", without.port, "channel_binding=require".to_owned(), "not bound to its TLS connection"),
    ] {
        let project = Project::small();
        let url = format!("postgres://ada:{}@{host}:{port}/postgres?{parameters}", in_url(PASSWORD));
        let output = project.on(&url);
        assert!(!output.status.success(), "{parameters}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_contains(&text, &[words, "--> BARQNET_CODEGEN_URL", "help: correct it, or unset it"]);
        assert!(!text.contains(PASSWORD) && !text.contains(&in_url(PASSWORD)), "{text}");
        assert!(!project.path().join("src/generated").exists(), "something was written");
    }
    for server in [server, without] {
        assert_eq!(databases(&server.superuser().await).await, ["postgres", "template0", "template1"]);
    }
}

async fn databases(server: &Client) -> Vec<String> {
    let rows = server.query("SELECT datname::TEXT FROM pg_database ORDER BY 1", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The test password has spaces.
fn in_url(password: &str) -> String {
    password.replace(' ', "%20")
}
