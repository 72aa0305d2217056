//! `watch`: builds after every change until a signal ends it.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::project::{Project, QUERIES};

struct Watch {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(project: &Project) -> Self {
        let mut command = project.command_of(&["watch", "--message-format", "json"]);
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
