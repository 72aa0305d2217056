//! Names and SQL that are easy to get wrong, in `tests/fixture/`: the code that the build step writes for them is compiled
//! into this test and run.

use std::{env, fs, path::Path};

use barqnet_db_client::pool::{Client, connect_one};
use barqnet_db_codegen::schema_script;
use barqnet_db_throwaway::Server;

use crate::project::Project;

#[expect(dead_code, unreachable_pub, reason = "the code is written for a library")]
#[expect(clippy::pedantic, reason = "generated code has a style of its own")]
#[rustfmt::skip]
#[path = "../fixture/src/generated/mod.rs"]
mod generated;

use generated::{names, texts};

/// With `UPDATE_SNAPSHOTS=1` the committed files become what the build step writes.
#[test]
fn the_committed_fixture_is_what_the_build_step_writes() {
    let project = Project::copy_of("tests/fixture");
    fs::remove_dir_all(project.path().join("schema")).unwrap();
    project.build();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
    for (path, (text, _)) in project.generated() {
        let committed = fixture.join(path.strip_prefix(project.path()).unwrap());
        if env::var_os("UPDATE_SNAPSHOTS").is_some() {
            fs::write(&committed, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(&committed).unwrap(), text, "{}", committed.display());
    }
}

async fn client() -> (Server, Client) {
    let server = Server::start().unwrap();
    let client = connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute(&schema_script(Project::copy_of("tests/fixture").path()).unwrap()).await.unwrap();
    client.batch_execute("INSERT INTO notes (id, body) VALUES (1, 'first')").await.unwrap();
    (server, client)
}

#[tokio::test]
async fn parameters_and_columns_may_have_names_that_the_generated_code_uses() {
    let (_server, client) = client().await;
    assert_eq!(names::of_type().bind(&client, &1, &"first").one().await.unwrap().r#type, "first");
    assert_eq!(names::of_params().bind(&client, &1, &"first").one().await.unwrap().params, "first");
    assert_eq!(names::get_row().bind(&client, &1).one().await.unwrap().body, "first");
    assert_eq!(names::result().bind(&client, &1).one().await.unwrap(), "first");
    assert_eq!(names::change().bind(&client, &"second", &1, &"first", &"x", &"y").await.unwrap(), 1);
}

/// A text that may be missing, and one that may not.
trait Text {
    fn text(self) -> String;
}

impl Text for String {
    fn text(self) -> String {
        self
    }
}

impl Text for Option<String> {
    fn text(self) -> String {
        self.expect("the text is there")
    }
}

#[tokio::test]
async fn sql_that_is_easy_to_misread_reaches_the_server_as_it_is_written() {
    let (_server, client) = client().await;
    macro_rules! assert_text {
        ($name:ident ($($parameter:expr),*), $expected:expr) => {
            let row = texts::$name().bind(&client, $($parameter),*).one().await.unwrap();
            assert_eq!(row.text(), $expected, stringify!($name));
        };
    }
    assert_text!(backslash(), "a\\b'\\");
    assert_text!(line_break(), "a\n\nb");
    assert_text!(continued(), "abc");
    assert_text!(escapes(), "it's\\n\n;");
    assert_text!(dollar(), "it's $1 \\ ; -- text $$ ");
    assert_text!(unicode(), "data größe".replace(' ', ""));
    assert_text!(after_type(), "\\\\");
    assert_text!(comments(), "ab");
    assert_text!(hinted(), "first");
    assert_text!(hinted_inside(), "first");
    assert_text!(named_argument(&2024, &2, &29), "**2024-02-29");
    assert_text!(slices(&Some(1), &2, &3, &"x", &"y"), "p,qp,qp,qrx,y");
    assert_text!(casts(&[7, 8].as_slice(), &"b"), "7b");
    assert_text!(glued(&"!", &1, &true, &1, &5_i64), "first!!");
    assert_text!(literal(), ":word10:30host:port{\"a\":true}");
    assert_text!(identifiers(), "123");
}
