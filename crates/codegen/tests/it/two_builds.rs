//! Two builds of one project at the same time, as an editor and a shell run them.

use std::{fs, thread, time::Duration};

use barqnet_db_client::pool;

use crate::project::{Project, QUERIES, server_options};

fn is_fresh(project: &Project) -> bool {
    barqnet_db_codegen::stale_files(project.path()).unwrap().is_empty()
}

/// The builds with their outputs, run at the same time while the inputs change.
fn build_while_the_inputs_change(project: &Project, url: Option<&str>) {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let output = match url {
                        Some(url) => project.on(url),
                        None => project.run(),
                    };
                    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                }
            });
        }
        scope.spawn(|| {
            for round in 0..20 {
                let query = QUERIES.replace("by_id", &format!("by_id_{round}"));
                fs::write(project.path().join("new"), query).unwrap();
                fs::rename(project.path().join("new"), project.path().join("queries/things.sql")).unwrap();
                thread::sleep(Duration::from_millis(60));
            }
        });
    });
}

/// If the fingerprint says that the files are fresh, they are what a build of its own writes.
fn assert_consistent(project: &Project) {
    let fresh = is_fresh(project);
    let before = project.generated();
    let output = project.command().env("BARQNET_CODEGEN", "force").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if fresh {
        for (path, (text, _)) in project.generated() {
            assert_eq!(before[&path].0, text, "{}", path.display());
        }
    }
    let names = project.generated_names();
    assert!(names.iter().all(|name| !name.contains("tmp")), "{names:?}");
}

#[test]
fn two_builds_on_throwaway_servers_leave_files_that_fit_each_other() {
    let project = Project::small();
    build_while_the_inputs_change(&project, None);
    assert_consistent(&project);
}

#[tokio::test]
async fn two_builds_on_one_server_leave_files_that_fit_each_other_and_no_database() {
    let server = server_options().start().unwrap();
    let project = Project::small();
    let url = server.url("postgres");
    build_while_the_inputs_change(&project, Some(&url));
    assert_consistent(&project);
    let client = pool::connect_one(url).await.unwrap();
    let count: i64 = client.query_one("SELECT COUNT(*) FROM pg_database", &[]).await.unwrap().get(0);
    assert_eq!(count, 3);
}

#[test]
fn an_input_that_changes_while_it_is_read_is_stale_afterwards() {
    let project = Project::small();
    // The migration runs while the query file changes.
    project.write("migrations/V2__slow.sql", "-- Slow.\n\nSELECT PG_SLEEP(1);\n\n/* rollback\n*/\n");
    thread::scope(|scope| {
        let build = scope.spawn(|| project.build());
        thread::sleep(Duration::from_millis(900));
        project.write("queries/things.sql", &QUERIES.replace("by_id", "find"));
        build.join().unwrap();
    });
    let has_new = project.read("src/generated/things.rs").contains("find");
    assert!(has_new || !is_fresh(&project), "the old code passes for the new query's");
}

#[test]
fn a_change_of_one_query_file_generates_what_a_whole_build_does() {
    let project = Project::small();
    project.write("queries/more.sql", "-- More.\n\n--! one\n--- One.\nSELECT 1 AS one;\n");
    project.build();
    let before = project.generated();
    project.write("queries/things.sql", &QUERIES.replace("by_id", "find"));
    let output = project.run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Of two queries, one was checked.
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(" 1 queries checked"), "{said}");
    assert!(project.read("src/generated/things.rs").contains("pub fn find"));
    let after = project.generated();
    let others = before.iter().filter(|(path, _)| !path.ends_with("things.rs") && !path.ends_with("fingerprint"));
    for (path, entry) in others {
        assert!(after[path] == *entry, "{} was written", path.display());
    }
    let output = project.command_of(&["build", "--force"]).output().unwrap();
    assert!(output.status.success());
    assert!(project.generated() == after, "a whole build writes something else");
}

#[test]
fn a_migration_checks_every_query_again() {
    let project = Project::small();
    project.build();
    project.write(
        "migrations/V2__change.sql",
        "-- A change.\n\nALTER TABLE things DROP COLUMN note;\n\n/* rollback\n*/\n",
    );
    assert!(project.failure().contains("column \"note\" does not exist"));
}
