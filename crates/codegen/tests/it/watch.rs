//! `watch`: builds after every change until a signal ends it.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use barqnet_db_client::pool;
use serde_json::Value;

use crate::project::{Project, QUERIES, server_options};

struct Watch {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(project: &Project) -> Self {
        Self::run(project.command_of(&["watch", "--message-format", "json"]))
    }

    fn run(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The messages of the next round, and whether it succeeded.
    fn round(&mut self) -> (Vec<String>, bool) {
        let mut messages = Vec::new();
        for line in &mut self.lines {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if line["finished"] == true {
                return (messages, line["success"] == true);
            }
            messages.push(line["message"].as_str().unwrap().to_owned());
        }
        panic!("it ended");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

#[test]
fn every_change_is_built_and_a_corrected_problem_disappears() {
    let project = Project::small();
    let mut watch = Watch::start(&project);
    assert_eq!(watch.round(), (vec![], true));
    assert!(project.read("src/generated/things.rs").contains("by_id"));

    project.write("queries/things.sql", &QUERIES.replace("label", "lable"));
    assert_eq!(watch.round(), (vec!["column \"lable\" does not exist".to_owned()], false));
    project.write("queries/things.sql", &QUERIES.replace("by_id", "find"));
    assert_eq!(watch.round(), (vec![], true));
    assert!(project.read("src/generated/things.rs").contains("find"));

    project.write("migrations/V2__more.sql", "-- More.\n\nCREATE TABLE more (id INTEGER);\n\n/* rollback\n*/\n");
    assert_eq!(watch.round(), (vec![], true));
    assert!(project.read("schema/schema.sql").contains("CREATE TABLE more"));

    project.write("codegen.toml", "quereis = \"sql\"\n");
    let (messages, succeeded) = watch.round();
    assert!(!succeeded && messages[0].contains("quereis"), "{messages:?}");
    fs::remove_file(project.path().join("codegen.toml")).unwrap();
    assert_eq!(watch.round(), (vec![], true));
}

#[test]
fn the_server_is_the_same_in_every_round_and_ends_with_the_watch() {
    let project = Project::small();
    let temporary = tempfile::tempdir().unwrap();
    let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777);
    fs::set_permissions(temporary.path(), open).unwrap();
    let servers = || {
        let names = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with("barqnet-pg"));
        names.collect::<Vec<_>>()
    };
    let mut command = project.command_of(&["--watch", "--message-format", "json"]);
    let mut child = command.env("TMPDIR", temporary.path()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut watch = Watch { child, lines };
    watch.round();
    let first = servers();
    assert_eq!(first.len(), 1);
    project.write("queries/things.sql", &QUERIES.replace("by_id", "find"));
    watch.round();
    assert_eq!(servers(), first);
    drop(watch);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while fs::read_dir(temporary.path()).unwrap().next().is_some() {
        assert!(std::time::Instant::now() < deadline, "something is left");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[tokio::test]
async fn a_kept_database_follows_the_migrations_and_another_one_is_left_alone() {
    let server = server_options().start().unwrap();
    let client = pool::connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute("CREATE DATABASE precious").await.unwrap();
    let project = Project::small();
    let watch = |name: &str| {
        let mut command = project.command_of(&["watch", "--message-format", "json", "--database", name]);
        command.env("BARQNET_CODEGEN_URL", server.url("postgres"));
        Watch::run(command)
    };
    let (messages, succeeded) = watch("precious").round();
    assert!(!succeeded && messages[0].contains("`watch` did not create it"), "{messages:?}");

    let mut watching = watch("editor");
    assert_eq!(watching.round(), (vec![], true));
    let tables = || async {
        let editor = pool::connect_one(server.url("editor")).await.unwrap();
        let rows = editor
            .query("SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::REGNAMESPACE ORDER BY 1", &[])
            .await
            .unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    assert!(tables().await.contains(&"things".to_owned()));
    project.write("migrations/V2__more.sql", "-- More.\n\nCREATE TABLE more (id INTEGER);\n\n/* rollback\n*/\n");
    assert_eq!(watching.round(), (vec![], true));
    assert!(tables().await.contains(&"more".to_owned()));
    drop(watching);
    let names = client.query("SELECT datname::TEXT FROM pg_database ORDER BY 1", &[]).await.unwrap();
    let names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["editor", "postgres", "precious", "template0", "template1"]);
}
