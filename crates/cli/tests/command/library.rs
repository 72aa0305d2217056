//! The commands in the program of a service, `examples/myservice.rs`.

use std::{ffi::OsString, path::Path, process::Command};

use barqnet_db::{embedded, migrate::Migrations};
use barqnet_db_cli::{Commands, Exit};
use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, applied, program, run};

/// The example with these arguments.
fn service<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let folder = Path::new(env!("CARGO_BIN_EXE_barqnet-db")).parent().expect("the folder of programs");
    let mut command = Command::new(folder.join("examples/myservice"));
    for (name, value) in program([]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(arguments);
    command
}

#[tokio::test]
async fn a_service_migrates_under_its_own_name_and_serves_without_a_command() {
    let database = TestDatabase::empty().await;
    let on = |arguments: &[&'static str]| run(service(arguments.iter().copied()).env("DATABASE_URL", database.url()));
    let before = on(&["nearest", "1", "1"]).failed_with(1, "run `myservice migrate` first");
    assert!(!before.stderr.contains("barqnet-db migrate"), "{before:?}");
    let migrated = on(&["migrate"]).ended_with(0);
    assert!(migrated.stdout.starts_with("applied V1__base_schema\n"), "{migrated:?}");
    assert_eq!(applied(&database).await, embedded::migrations().len());
    on(&["status"]).ended_with(0);
    assert_eq!(on(&[]).ended_with(0).stdout, "serving\n");
    assert_eq!(on(&["--port", "80"]).ended_with(0).stdout, "serving\n");
}

#[test]
fn a_services_help_and_version_are_its_own_and_have_no_demo_and_no_flags_of_the_go_tool() {
    let help = run(&mut service(["migrate", "--help"])).ended_with(0);
    assert!(help.stdout.contains("Usage: myservice migrate [OPTIONS]"), "{help:?}");
    let arguments = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
    let commands = Commands::new("myservice", embedded::migrations());
    assert_eq!(commands.run_if_named(arguments("myservice demo")), None);
    assert_eq!(commands.run_if_named(arguments("myservice")), None);
    assert_eq!(commands.run(arguments("myservice demo")), Exit::Usage);
    assert_eq!(commands.run(arguments("myservice status -status")), Exit::Usage);
    assert_eq!(commands.run(arguments("myservice --help")).code(), 0);
}

#[tokio::test]
async fn the_migrations_are_those_that_the_service_gives() {
    let database = TestDatabase::empty().await;
    let folder = Folder::with("service", &["V1__own.sql"]);
    let migrations = Migrations::from_folder(Path::new(folder.path())).unwrap();
    let commands = Commands::new("myservice db", migrations);
    let arguments = |command: &str| ["db", command, "-q", "--database-url", &database.url()].map(OsString::from);
    assert_eq!(commands.run(arguments("status")), Exit::Pending);
    assert_eq!(commands.run(arguments("migrate")), Exit::Done);
    assert_eq!(commands.run(arguments("status")), Exit::Done);
    assert!(database.client().await.query("SELECT id FROM made_by_a_file", &[]).await.unwrap().is_empty());
}
