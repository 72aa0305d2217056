//! The build step needs PostgreSQL 14, and says so.

use std::process::Command;

use barqnet_db_throwaway::{Installation, Server};

use crate::project::{Project, assert_contains, newer_installation, suite_major};

/// A folder that holds the programs of another PostgreSQL, whose `postgres` says that it is this version.
fn programs_of(version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for program in ["initdb", "postgres"] {
        let file = folder.path().join(program);
        std::fs::write(&file, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")).unwrap();
        let executable = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
        std::fs::set_permissions(&file, executable).unwrap();
    }
    folder
}

#[test]
fn an_installation_that_is_too_old_is_named_with_its_version_and_the_way_out() {
    let old = programs_of("13.23");
    let output = Project::small().command().env("BARQNET_PG_BIN", old.path()).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    let folder = old.path().display().to_string();
    assert_contains(
        &text,
        &["PostgreSQL 14 or newer is needed", &folder, "holds version 13.23", "install a newer one"],
    );
}

#[test]
fn an_older_installation_in_the_path_does_not_hide_a_newer_one() {
    let old = programs_of("12.1");
    let path = format!("{}:{}", old.path().display(), std::env::var("PATH").unwrap());
    let output = Project::small().command().env_remove("BARQNET_PG_BIN").env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Has something to check where the suite runs on PostgreSQL 12 or 13, as `make test` does.
#[test]
fn a_given_server_that_is_too_old_is_named_with_its_version() {
    if newer_installation().is_none() {
        return;
    }
    let server = Server::start().unwrap();
    let output = Project::small().on(&server.url("postgres"));
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    let version = format!("but this server is {}", suite_major());
    assert_contains(&text, &["needs PostgreSQL 14 or newer", &version, "--> BARQNET_CODEGEN_URL", "unset it"]);
}

#[test]
fn the_version_of_an_installation_is_that_of_its_server() {
    let installation = Installation::find().unwrap();
    let output = Command::new(installation.program("postgres")).arg("--version").output().unwrap();
    let version = installation.version().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with(&format!("postgres (PostgreSQL) {version}")));
}
