//! The setting `fakes`: what a client without a server needs to know of the rows.

use crate::project::{Project, assert_contains};

const QUERIES: &str = "\
-- Things.

--! by_id : Thing(note?)
--- The thing with this id.
SELECT id, label, note
FROM things
WHERE id = :id;

--! other_order : Thing
--- The thing with this id, in another order.
SELECT note, id, label
FROM things
WHERE id = :id;

--! labels
--- The labels.
SELECT label
FROM things;

--! with_home
--- A composite type, which only a server describes.
SELECT id, home
FROM things;

--! with_row : WithRow(inner: Inner)
--- An embedded row.
SELECT t.id, inner
FROM things t
JOIN LATERAL (SELECT t.label) AS inner ON TRUE;

--! rename batch
--- Renames.
UPDATE things
SET label = :label
WHERE id = :id;
";

fn project(settings: &str) -> Project {
    let project = Project::empty();
    project.write(
        "migrations/V1__things.sql",
        "-- Things.\n\nCREATE TYPE place AS (city TEXT);\nCREATE TABLE things (id INT PRIMARY KEY, label TEXT NOT NULL, note TEXT, home place);\n\n\
         /* rollback\n*/\n",
    );
    let queries = QUERIES.replace(": Thing(note?)", ": Thing").replace("--! by_id", "--: Thing()\n\n--! by_id");
    project.write("queries/things.sql", &queries.replace("inner", "label_row"));
    project.write("codegen.toml", settings);
    project
}

#[test]
fn the_columns_of_each_statement_are_listed_in_its_own_order() {
    let project = project("fakes = true\n");
    project.build();
    let code = project.read("src/generated/fakes.rs");
    assert_contains(
        &code,
        &[
            "db::faked! {\n    super::things::ByIdStmt { id, label, note };\n    super::things::OtherOrderStmt { note, id, label };\n    \
             super::things::LabelsStmt;\n}\n",
        ],
    );
    assert_contains(&project.read("src/generated/mod.rs"), &["#[cfg(any(test, feature = \"fakes\"))]\nmod fakes;\n"]);
    // A change of a query file alone changes the list, too.
    project.write("queries/things.sql", "-- Things.\n\n--! labels\n--- The labels.\nSELECT label FROM things;\n");
    project.build();
    assert!(!project.read("src/generated/fakes.rs").contains("ByIdStmt"));
}

#[test]
fn without_the_setting_nothing_is_generated_for_fakes() {
    let project = project("fakes = true\n");
    project.build();
    project.write("codegen.toml", "");
    project.build();
    assert!(!project.generated_names().contains(&"fakes.rs".to_owned()));
    assert!(!project.read("src/generated/mod.rs").contains("fakes"));
    project.write("codegen.toml", "fakes = 1\n");
    assert_contains(&project.failure(), &["fakes", "expected a boolean", "--> codegen.toml:1:9"]);
}

#[test]
fn a_query_file_called_fakes_is_refused() {
    let project = project("");
    project.write("queries/fakes.sql", "-- Fakes.\n\n--! one\n--- One.\nSELECT 1 AS one;\n");
    assert_contains(
        &project.failure(),
        &["the module `fakes` is generated: it holds what unit tests without a server need", "--> queries/fakes.sql"],
    );
}
