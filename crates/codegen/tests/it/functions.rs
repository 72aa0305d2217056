//! What the build step finds in functions before anybody calls them.

use std::fs;

use barqnet_db_throwaway::Server;

use crate::project::{Project, assert_contains};

/// A project whose migrations are `bodies`, V1, V2, and so on.
fn project_of(bodies: &[&str]) -> Project {
    let project = Project::empty();
    for (number, sql) in bodies.iter().enumerate() {
        project.write(
            &format!("migrations/V{}__step.sql", number + 1),
            &format!("-- A step.\n\n{sql}\n\n/* rollback\n*/\n"),
        );
    }
    fs::create_dir(project.path().join("queries")).unwrap();
    project
}

/// Success and everything that is printed, on Debian's server, which has `plpgsql_check`: a server of another major, on which
/// the suite may run, has not.
fn run(project: &Project) -> (bool, String) {
    let output = project.command().env("BARQNET_CODEGEN", "force").env_remove("BARQNET_PG_BIN").output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("were not checked"), "install Debian's postgresql-15-plpgsql-check:\n{text}");
    (output.status.success(), text)
}

fn failure(project: &Project) -> String {
    let (success, text) = run(project);
    assert!(!success, "{text}");
    text
}

fn success(project: &Project) -> String {
    let (success, text) = run(project);
    assert!(success, "{text}");
    text
}

const THINGS: &str = "CREATE TABLE things (id SERIAL PRIMARY KEY, label TEXT NOT NULL);";

#[test]
fn a_function_that_names_a_missing_column_is_refused_with_its_line() {
    let project = project_of(&[
        THINGS,
        "-- Counts.\nCREATE FUNCTION count_things(wanted TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$\nDECLARE\n    \
         found BIGINT;\nBEGIN\n    SELECT COUNT(*)\n    INTO found\n    FROM things\n    WHERE lable = wanted;\n    \
         RETURN found;\nEND\n$$;",
    ]);
    project
        .write("queries/things.sql", "-- Things.\n\n--! count\n--- How many.\nSELECT count_things(:label) AS count;\n");
    assert_contains(
        &failure(&project),
        &[
            "error: column \"lable\" does not exist\n  --> migrations/V2__step.sql:11:11\n",
            "11 |     WHERE lable = wanted;",
            "function count_things(text)",
            "SQLSTATE 42703",
            "1 problem",
        ],
    );
}

#[test]
fn a_later_migration_that_breaks_a_function_is_refused_at_the_function() {
    let project = project_of(&[
        &format!(
            "{THINGS}\nCREATE FUNCTION label_of(thing INTEGER) RETURNS TEXT LANGUAGE sql AS '\n    SELECT label FROM things WHERE id = thing';\n\
             CREATE FUNCTION rename_thing(thing INTEGER) RETURNS VOID LANGUAGE plpgsql AS $f$\nBEGIN\n    UPDATE things SET label = '' WHERE id = thing;\nEND $f$;"
        ),
        "ALTER TABLE things RENAME COLUMN label TO title;",
    ]);
    assert_contains(
        &failure(&project),
        &[
            "error: column \"label\" does not exist\n --> migrations/V1__step.sql:5:12\n",
            "error: column \"label\" of relation \"things\" does not exist\n --> migrations/V1__step.sql:8:23\n",
            "2 problems",
        ],
    );
}

#[test]
fn the_last_definition_of_a_function_is_the_one_that_is_checked() {
    let function = |column: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION f(a INTEGER) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN\n    PERFORM {column} FROM things; END $$;\n\
             CREATE OR REPLACE FUNCTION f(a TEXT) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN\n    PERFORM 1; END $$;"
        )
    };
    let repaired = project_of(&[THINGS, &function("lable"), &function("label")]);
    success(&repaired);
    let broken = project_of(&[THINGS, &function("label"), &function("lable")]);
    assert_contains(&failure(&broken), &["--> migrations/V3__step.sql:4:13"]);
}

#[test]
fn a_trigger_function_is_checked_with_every_table_that_calls_it() {
    let project = project_of(&[
        THINGS,
        "CREATE TABLE others (id SERIAL PRIMARY KEY);\n\
         CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql AS $$\nBEGIN\n    NEW.label := 'x';\n    RETURN NEW;\nEND $$;\n\
         CREATE TRIGGER note BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION note();",
    ]);
    success(&project);
    project.write(
        "migrations/V3__more.sql",
        "-- More.\n\nCREATE TRIGGER note BEFORE INSERT ON others FOR EACH ROW EXECUTE FUNCTION note();\n\n/* rollback\n*/\n",
    );
    assert_contains(&failure(&project), &["record \"new\" has no field \"label\"", "--> migrations/V2__step.sql:6:9"]);
}

#[test]
fn transition_tables_of_all_triggers_of_a_function_are_known() {
    let trigger = "CREATE FUNCTION log() RETURNS TRIGGER LANGUAGE plpgsql AS $$\nBEGIN\n    IF TG_OP = 'INSERT' THEN\n        \
                   PERFORM label FROM added;\n    ELSE\n        PERFORM label FROM removed;\n    END IF;\n    RETURN NULL;\nEND $$;\n\
                   CREATE TRIGGER a AFTER INSERT ON things REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION log();\n\
                   CREATE TRIGGER b AFTER DELETE ON things REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION log();";
    success(&project_of(&[THINGS, trigger]));
    let wrong = trigger.replace("label FROM removed", "lable FROM removed");
    assert_contains(
        &failure(&project_of(&[THINGS, &wrong])),
        &["column \"lable\" does not exist", "V2__step.sql:8:17"],
    );
}

#[test]
fn a_table_of_the_run_time_is_declared_and_its_columns_are_checked() {
    let function = |declaration: &str, column: &str| {
        format!(
            "-- Works on a table of its own.\n{declaration}CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$\nBEGIN\n    \
             CREATE TEMPORARY TABLE work (id INTEGER);\n    INSERT INTO work ({column}) VALUES (1);\nEND $$;"
        )
    };
    assert_contains(
        &failure(&project_of(&[&function("", "id")])),
        &[
            "relation \"work\" does not exist",
            "V1__step.sql:7:17",
            "help: if the table exists at run time only, declare it",
        ],
    );
    let declaration = "-- plpgsql_check: table work (id INTEGER)\n";
    let project = project_of(&[&function(declaration, "id")]);
    success(&project);
    let schema = project.read("schema/schema.sql");
    assert!(!schema.contains("CREATE TABLE work"), "{schema}");
    assert_contains(
        &failure(&project_of(&[&function(declaration, "ident")])),
        &["column \"ident\" of relation \"work\""],
    );
    let needless = format!("CREATE TABLE work (id INTEGER);\n{}", function(declaration, "id"));
    assert_contains(&failure(&project_of(&[&needless])), &["the table work exists", "V1__step.sql:5:1"]);
    for wrong in ["-- plpgsql_check: work\n", "-- plpgsql_check: table work (id INTEGERR)\n"] {
        assert_contains(&failure(&project_of(&[&function(wrong, "id")])), &["--> migrations/V1__step.sql:4:1"]);
    }
}

#[test]
fn what_a_server_may_lack_is_named_in_the_settings() {
    let project = project_of(&[
        "CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$\nBEGIN\n    PERFORM cube_of(1);\n    PERFORM 1 FROM cubes;\nEND $$;",
    ]);
    assert_contains(
        &failure(&project),
        &["function cube_of(integer) does not exist", "V1__step.sql:5:13", "2 problems"],
    );
    project.write("codegen.toml", "optional = [\"cube_of\", \"cubes\"]\n");
    success(&project);
}

#[test]
fn dynamic_sql_is_no_false_alarm_but_its_expressions_are_checked() {
    let body = |expression: &str| {
        format!(
            "CREATE FUNCTION f() RETURNS VOID LANGUAGE plpgsql AS $$\nBEGIN\n    EXECUTE 'CREATE TABLE later (id INTEGER)';\n    \
             EXECUTE 'INSERT INTO later (id) VALUES (1)';\n    EXECUTE FORMAT('DELETE FROM %I', {expression});\nEND $$;"
        )
    };
    success(&project_of(&[&body("'later'")]));
    assert_contains(
        &failure(&project_of(&[&body("latter")])),
        &["column \"latter\" does not exist", "V1__step.sql:7:38"],
    );
}

#[test]
fn a_field_that_a_record_lacks_is_shown_where_it_is_named() {
    let project = project_of(&[
        THINGS,
        "CREATE FUNCTION f() RETURNS INTEGER LANGUAGE plpgsql AS $$\nDECLARE\n    thing things;\n    row RECORD;\nBEGIN\n    \
         SELECT id INTO row FROM things ORDER BY id LIMIT 1;\n    IF 1 < thing.nr THEN RETURN row.id + row.nr; END IF;\n    \
         EXECUTE 'SELECT 1' USING thing.name;\n    RETURN 1;\nEND $$;",
    ]);
    assert_contains(
        &failure(&project),
        &[
            "record \"thing\" has no field \"nr\"\n --> migrations/V2__step.sql:9:18\n",
            "record \"row\" has no field \"nr\"\n --> migrations/V2__step.sql:9:46\n",
            "record \"thing\" has no field \"name\"\n  --> migrations/V2__step.sql:10:36\n",
            // That an unknown field is not read does not make its variable unused.
            "\n3 problems\n",
        ],
    );
}

#[test]
fn a_function_that_can_end_without_return_is_reported_at_its_end() {
    let function = |name: &str, body: &str| {
        format!(
            "CREATE FUNCTION {name}(a INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$\nBEGIN\n    {body}\nEND $$;\n"
        )
    };
    let returns = "IF a = 1 THEN RETURN 1; END IF;";
    let fine = [
        function("endless", &format!("LOOP {returns} END LOOP;")),
        function("raises", &format!("{returns} RAISE EXCEPTION 'no';")),
        function("cases", "CASE a WHEN 1 THEN RETURN 1; END CASE;"),
    ];
    let text = success(&project_of(&[&fine.concat()]));
    assert!(!text.contains("warning"), "{text}");
    assert_contains(
        &success(&project_of(&[&function("can", returns)])),
        &[
            "warning: the function can end without RETURN\n --> migrations/V1__step.sql:6:1\n",
            "help: end it with RETURN",
        ],
    );
    assert_contains(
        &failure(&project_of(&[&function("does", "PERFORM 1;")])),
        &["error: the function ends without RETURN\n --> migrations/V1__step.sql:6:1\n", "SQLSTATE 2F005"],
    );
}

#[test]
fn an_unused_variable_is_a_warning_at_its_function() {
    let project = project_of(&[
        "CREATE FUNCTION f() RETURNS INTEGER LANGUAGE plpgsql AS $$\nDECLARE\n    unused INTEGER;\nBEGIN\n    RETURN 1;\nEND $$;",
    ]);
    assert_contains(&success(&project), &["warning: unused variable \"unused\"", "V1__step.sql:5:5"]);
}

#[test]
fn the_extension_is_no_part_of_the_schema() {
    let project = project_of(&["CREATE FUNCTION f() RETURNS INTEGER LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"]);
    success(&project);
    let schema = project.read("schema/schema.sql");
    assert!(!schema.contains("plpgsql_check"), "{schema}");
    let both = project_of(&[
        "CREATE EXTENSION plpgsql_check;",
        "CREATE FUNCTION f() RETURNS INTEGER LANGUAGE plpgsql AS 'BEGIN RETURN a; END';",
    ]);
    assert_contains(&failure(&both), &["column \"a\" does not exist", "V2__step.sql:3:71"]);
}

#[tokio::test]
async fn a_role_that_can_not_create_the_extension_builds_and_is_told_once() {
    let server = Server::start().unwrap();
    let client = barqnet_db_client::pool::connect_one(server.url("postgres")).await.unwrap();
    client.batch_execute("CREATE ROLE builder LOGIN CREATEDB").await.unwrap();
    let project = project_of(&["CREATE FUNCTION f() RETURNS INTEGER LANGUAGE plpgsql AS 'BEGIN RETURN a; END';\n\
         CREATE FUNCTION g() RETURNS INTEGER LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"]);
    let output = project.on(&format!("{}&user=builder", server.url("postgres")));
    let text = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
    assert!(output.status.success(), "{text}");
    assert_contains(&text, &["warning: 2 functions in PL/pgSQL were not checked", "plpgsql_check"]);
    assert_eq!(text.matches("warning:").count(), 1, "{text}");
}
