//! `check --against`: whether two releases can run at the same time.

use std::process::{Command, Output};

use serde_json::Value;

use crate::project::{Project, THINGS, assert_contains, assert_snapshot, program};

const OLD_QUERIES: &str = "\
-- Things.

--! by_id : (note?)
--- The thing with this id.
SELECT id, label, note
FROM things
WHERE id = :id;

--! add
--- A new thing.
INSERT INTO things (label)
VALUES (:label);

--! put
--- A new or changed thing.
INSERT INTO things (id, label)
VALUES (:id, :label)
ON CONFLICT (id) DO NOTHING;
";

fn git(project: &Project, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(project.path())
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A project whose release `v1` is committed.
fn released() -> Project {
    let project = Project::empty();
    project.write("codegen.toml", "");
    project.write("migrations/V1__things.sql", THINGS);
    project.write("queries/things.sql", OLD_QUERIES);
    git(&project, &["init", "--quiet"]);
    commit(&project, "v1");
    project
}

fn commit(project: &Project, tag: &str) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message", tag]);
    git(project, &["tag", tag]);
}

fn migrate(project: &Project, sql: &str) {
    project.write("migrations/V2__change.sql", &format!("-- A change.\n\n{sql}\n\n/* rollback\n*/\n"));
}

fn against(project: &Project, reference: &str) -> Output {
    project.command_of(&["check", "--against", reference]).output().unwrap()
}

/// The verdicts that are not fine, as `direction query verdict why`.
fn verdicts(project: &Project) -> Vec<String> {
    let output = project.command_of(&["check", "--message-format=json", "--against", "v1"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let found: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|verdict| verdict["verdict"] != "fine")
        .map(|verdict| {
            let why = verdict["message"].as_str().map_or_else(|| verdict["differences"].to_string(), str::to_owned);
            let word = |key: &str| verdict[key].as_str().unwrap().to_owned();
            format!("{} {} {} {why}", &word("direction")[..3], word("query"), word("verdict"))
        })
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!found.is_empty())), "{text}");
    found
}

#[test]
fn an_added_column_and_a_new_query_on_it_fail_on_the_old_schema_only() {
    let project = released();
    assert_eq!(verdicts(&project), Vec::<String>::new());
    migrate(&project, "ALTER TABLE things ADD COLUMN colour TEXT;");
    project.write(
        "queries/colours.sql",
        "-- Colours.\n\n--! all : (colour?)\n--- All.\nSELECT colour FROM things ORDER BY id;\n",
    );
    assert_eq!(verdicts(&project), ["new colours.all fails column \"colour\" does not exist"]);
}

#[test]
fn dropped_and_renamed_columns_fail_for_the_old_release() {
    let project = released();
    migrate(&project, "ALTER TABLE things DROP COLUMN note;\nALTER TABLE things RENAME COLUMN label TO title;");
    project.write("queries/things.sql", "-- Things.\n\n--! titles\n--- All.\nSELECT title FROM things;\n");
    assert_eq!(
        verdicts(&project),
        [
            "old things.by_id fails column \"label\" does not exist",
            "old things.add fails column \"label\" of relation \"things\" does not exist",
            "old things.put fails column \"label\" of relation \"things\" does not exist",
            "new things.titles fails column \"title\" does not exist",
        ]
    );
}

#[test]
fn another_type_and_a_column_that_can_be_null_differ() {
    let project = released();
    migrate(
        &project,
        "ALTER TABLE things ALTER COLUMN id TYPE BIGINT;\nALTER TABLE things ALTER COLUMN label DROP NOT NULL;",
    );
    project.write("queries/things.sql", &OLD_QUERIES.replace("(note?)", "(label?, note?)"));
    let found = verdicts(&project);
    assert_contains(
        &found.join("\n"),
        &[
            "old things.by_id shape",
            "the parameter `id` is int8 instead of int4",
            "the column `id` is int8 instead of int4",
            "the column `label` can be NULL",
            "new things.by_id shape",
            "the column `id` is int4 instead of int8",
        ],
    );
}

#[test]
fn nullability_that_follows_from_the_sql_differs_too() {
    let project = Project::empty();
    let migration = "-- Things.\n\nCREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
                     CREATE TABLE things (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, note TEXT);\n\
                     CREATE VIEW owned AS SELECT t.id, o.name FROM things t JOIN owners o ON o.id = t.owner;\n\n/* rollback\n*/\n";
    project.write("migrations/V1__things.sql", migration);
    project.write(
        "queries/things.sql",
        "-- Things.\n\n--! owned\n--- All.\nSELECT id, UPPER(name) AS name FROM owned;\n\n\
         --! known : (name!)\n--- All. `name` is never NULL: every thing has an owner.\nSELECT id, name FROM owned;\n\n\
         --! names\n--- All.\nSELECT ARRAY_AGG(name) AS names FROM owned GROUP BY id;\n\n\
         --! set_note (note?)\n--- A note.\nUPDATE things SET note = :note WHERE id = :id;\n",
    );
    git(&project, &["init", "--quiet"]);
    commit(&project, "v1");
    migrate(
        &project,
        "CREATE OR REPLACE VIEW owned AS SELECT t.id, o.name FROM things t LEFT JOIN owners o ON o.id = t.owner;\n\
         ALTER TABLE things ALTER COLUMN note SET NOT NULL;",
    );
    project.write("queries/things.sql", "-- Things.\n\n--! ids\n--- All.\nSELECT id FROM owned;\n");
    let found = verdicts(&project);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert_contains(&found[0], &["old things.owned shape", "the column `name` can be NULL: "]);
    assert_contains(&found[1], &["old things.names shape", "elements of the column `names` can be NULL"]);
    assert_contains(
        &found[2],
        &[
            "old things.set_note shape",
            "the parameter `note` can be NULL, and is written to things.note, which is NOT NULL",
        ],
    );
}

#[test]
fn an_insert_that_prepares_but_lacks_a_required_column_fails() {
    let project = released();
    migrate(
        &project,
        "ALTER TABLE things ADD COLUMN owner INTEGER NOT NULL;\nALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 1;",
    );
    project.write(
        "queries/things.sql",
        &OLD_QUERIES
            .replace("(label)", "(label, owner)")
            .replace("(:label)", "(:label, :owner)")
            .replace("(id, label)\nVALUES (:id, :label)", "(id, label, owner)\nVALUES (:id, :label, :owner)"),
    );
    let lacks = "the INSERT does not name `owner`, which is NOT NULL and has no default in `things`";
    let found = verdicts(&project);
    assert_eq!(found[..2], [format!("old things.add fails {lacks}"), format!("old things.put fails {lacks}")]);
    assert_contains(&found[2..].join("\n"), &["new things.add fails column \"owner\""]);
}

#[test]
fn an_upsert_whose_unique_index_is_gone_fails() {
    let project = released();
    migrate(&project, "ALTER TABLE things DROP CONSTRAINT things_pkey;");
    project.write("queries/things.sql", &OLD_QUERIES.replace("\nON CONFLICT (id) DO NOTHING", ""));
    let found = verdicts(&project);
    assert_eq!(
        found,
        ["old things.put fails there is no unique or exclusion constraint matching the ON CONFLICT specification"]
    );
}

#[test]
fn a_new_value_of_an_enum_differs() {
    let project = released();
    project.write(
        "migrations/V1__things.sql",
        "-- Things.\n\nCREATE TYPE state AS ENUM ('new', 'old');\nCREATE TABLE things (state state NOT NULL);\n\n/* rollback\n*/\n",
    );
    let query = "-- Things.\n\n--! states\n--- All.\nSELECT ARRAY[state] AS states FROM things;\n";
    project.write("queries/things.sql", query);
    git(&project, &["tag", "--delete", "v1"]);
    commit(&project, "v1");
    migrate(&project, "ALTER TYPE state ADD VALUE 'gone';");
    let found = verdicts(&project);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_contains(&found[0], &["old things.states shape", "state (new, old, gone)[] instead of state (new, old)[]"]);
}

#[test]
fn people_read_a_table() {
    let project = released();
    migrate(&project, "ALTER TABLE things DROP COLUMN note;\nALTER TABLE things ALTER COLUMN id TYPE BIGINT;");
    project.write("queries/things.sql", "-- Things.\n\n--! labels\n--- All.\nSELECT label FROM things;\n");
    let output = against(&project, "v1");
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot("against.txt", &String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_project_may_be_in_a_folder_of_its_repository() {
    let repository = Project::empty();
    repository.write("db/migrations/V1__things.sql", THINGS);
    repository.write("db/queries/things.sql", OLD_QUERIES);
    git(&repository, &["init", "--quiet"]);
    commit(&repository, "v1");
    let output = program().args(["check", "--against", "v1"]).arg(repository.path().join("db")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_contains(&String::from_utf8(output.stdout).unwrap(), &["Queries of v1", "3 of 3 fine"]);
}

#[test]
fn what_git_cannot_show_is_said_with_the_way_out() {
    let outside = Project::small();
    let unknown = released();
    let early = Project::small();
    git(&early, &["init", "--quiet"]);
    git(&early, &["commit", "--quiet", "--allow-empty", "--message", "Begin"]);
    git(&early, &["tag", "begin"]);
    for (project, reference, parts) in [
        (&outside, "v1", &["the project is not in a git repository", "git says: fatal: not a git repository"][..]),
        (&unknown, "v9", &["git knows no commit of this name", "--> v9", "git fetch --depth 1"]),
        (&unknown, "HEAD:queries", &["git knows no commit of this name"]),
        (&early, "begin", &["the folder migrations/ is not there at this ref", "name a ref at which"]),
    ] {
        let output = against(project, reference);
        assert_eq!(output.status.code(), Some(1), "{reference}");
        assert_contains(&String::from_utf8(output.stderr).unwrap(), parts);
    }
}

#[test]
fn a_mistake_in_the_ref_is_named_as_git_names_its_file() {
    let project = released();
    project.write("migrations/V1__things.sql", &THINGS.replace("SERIAL", "SERIALL"));
    git(&project, &["tag", "--delete", "v1"]);
    commit(&project, "v1");
    project.write("migrations/V1__things.sql", THINGS);
    let output = against(&project, "v1");
    assert_contains(&String::from_utf8(output.stderr).unwrap(), &["--> v1:migrations/V1__things.sql:3:", "seriall"]);
}
