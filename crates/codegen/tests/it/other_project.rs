//! Projects that are not BarqNet.

use std::{env, fs, path::Path};

use crate::project::{BOOKSHOP, Project, QUERIES, assert_contains};

/// With `UPDATE_SNAPSHOTS=1` the committed files become what the build step writes.
#[test]
fn the_committed_example_is_what_the_build_step_writes() {
    let project = Project::copy_of(BOOKSHOP);
    fs::remove_dir_all(project.path().join("schema")).unwrap();
    project.build();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join(BOOKSHOP);
    for (path, (text, _)) in project.generated() {
        let committed = example.join(path.strip_prefix(project.path()).unwrap());
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&committed, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&committed).unwrap(), text, "{}", committed.display());
    }
}

#[test]
fn folders_and_the_path_of_the_client_crate_are_settings() {
    let project = Project::small();
    project.write(
        "codegen.toml",
        "client = \"crate::database::client\"\nqueries = \"sql\"\nmigrations = \"history\"\ngenerated = \"src/sql\"\nschema = \"db/now\"\n",
    );
    for (from, to) in [("queries", "sql"), ("migrations", "history")] {
        fs::rename(project.path().join(from), project.path().join(to)).unwrap();
    }
    project.build();
    let code = project.read("src/sql/things.rs");
    assert_contains(&code, &["use crate::database::client as db;", "C: db::ReadClient"]);
    let others = code.replace("use crate::database::client as db;", "");
    for path in ["barqnet", "crate::", "tokio_postgres", "cornucopia"] {
        assert!(!others.contains(path), "{path} is in:\n{others}");
    }
    assert_contains(&project.read("db/now/schema.sql"), &["CREATE TABLE things ("]);
    project.write("sql/things.sql", &QUERIES.replace("label", "lable"));
    assert_contains(&project.failure(), &["--> sql/things.sql:5:12", "1 problem"]);
}
