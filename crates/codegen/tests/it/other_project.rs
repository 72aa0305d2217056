//! A project that is not BarqNet: its generated code, which is committed in `example/`, is compiled into this test.

use std::{env, fs, path::Path};

use barqnet_db_client::pool::connect_one;
use barqnet_db_codegen::schema_script;

use crate::project::{Project, QUERIES, assert_contains, server_options};

#[expect(dead_code, unreachable_pub, reason = "the example's code is written for a library")]
#[expect(clippy::all, clippy::pedantic, reason = "cornucopia's style is its own")]
#[rustfmt::skip]
#[path = "../../example/src/generated/mod.rs"]
mod generated;

/// With `UPDATE_SNAPSHOTS=1` the committed files become what the build step writes.
#[test]
fn the_committed_example_is_what_the_build_step_writes() {
    let project = Project::copy_of("example");
    fs::remove_dir_all(project.path().join("schema")).unwrap();
    project.build();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("example");
    for (path, (text, _)) in project.generated() {
        let committed = example.join(path.strip_prefix(project.path()).unwrap());
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&committed, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&committed).unwrap(), text, "{}", committed.display());
    }
}

#[tokio::test]
async fn generated_code_runs_on_the_client_crate() {
    let server = server_options().start().unwrap();
    let client = connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute(&schema_script(Project::copy_of("example").path()).unwrap()).await.unwrap();

    let author = generated::books::add_author().bind(&client, &"Ursula").one().await.unwrap();
    generated::books::add().bind(&client, &"9780000000001", &author, &"Always", &1000).await.unwrap();
    let sale = generated::sales::sell().bind(&client, &"9780000000001").opt().await.unwrap();
    assert_eq!(sale.map(|sale| sale.cents), Some(1000));
    assert!(generated::sales::sell().bind(&client, &"9780000000002").opt().await.unwrap().is_none());
    assert_eq!(generated::sales::earnings_of().bind(&client, &author).one().await.unwrap(), 120);
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
    assert_contains(&code, &["use crate::database::client::GenericClient;", "crate::database::client::one("]);
    let others = code.replace("crate::database::client::", "");
    for path in ["barqnet", "crate::", "tokio_postgres", "cornucopia"] {
        assert!(!others.contains(path), "{path} is in:\n{others}");
    }
    assert_contains(&project.read("db/now/schema.sql"), &["CREATE TABLE things ("]);
    project.write("sql/things.sql", &QUERIES.replace("label", "lable"));
    assert_contains(&project.failure(), &["--> sql/things.sql:5:12", "1 problem"]);
}
