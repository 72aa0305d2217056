//! Migrations in the build step: run as the runner runs them, and where their errors are shown.

use std::fs;

use crate::project::{Project, THINGS, assert_contains, server_options};

/// [`Project::small`] with a second migration.
fn project_with(sql: &str) -> Project {
    let project = Project::small();
    project.write("migrations/V2__step.sql", sql);
    project
}

/// The migration `sql` in a transaction.
fn in_transaction(sql: &str) -> Project {
    project_with(&format!("-- A step.\n\n{sql}\n\n/* rollback\n*/\n"))
}

/// The migration `sql` outside a transaction.
fn outside_transaction(sql: &str) -> Project {
    project_with(&format!("-- A step.\n-- barqnet: no-transaction\n{sql}\n\n/* rollback\n*/\n"))
}

#[test]
fn what_needs_no_transaction_runs_outside_one() {
    for sql in [
        "VACUUM (ANALYZE) things;",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_label ON things (label);",
        "REINDEX TABLE CONCURRENTLY things;",
        "DO $$ BEGIN COMMIT; END $$;",
    ] {
        outside_transaction(sql).build();
    }
    let failed = outside_transaction(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one ON things ((1 / (label = '')::INT), gone);",
    );
    assert_contains(&failed.failure(), &["column \"gone\" does not exist", "--> migrations/V2__step.sql:3:"]);
}

#[test]
fn what_needs_no_transaction_and_does_not_ask_is_refused_by_its_statement() {
    for (sql, name) in [
        ("VACUUM things;", "VACUUM"),
        ("DROP INDEX CONCURRENTLY IF EXISTS gone;", "DROP INDEX CONCURRENTLY"),
        ("REINDEX (CONCURRENTLY) TABLE things;", "REINDEX CONCURRENTLY"),
        ("ALTER TABLE things DETACH PARTITION part CONCURRENTLY;", "DETACH PARTITION … CONCURRENTLY"),
    ] {
        let failure = in_transaction(sql).failure();
        let message = format!("error: {name} can't run in a transaction\n --> migrations/V2__step.sql:3:1");
        assert_contains(&failure, &[&message, "`-- barqnet: no-transaction` in the head"]);
    }
    // PostgreSQL knows more such statements.
    let unlisted = in_transaction("ALTER DATABASE postgres SET TABLESPACE pg_default;").failure();
    assert_contains(
        &unlisted,
        &["cannot run inside a transaction block", "V2__step.sql:3:1", "no-transaction` in the head"],
    );
}

#[test]
fn a_check_is_made_on_the_empty_database_and_must_return_one_boolean() {
    let checking = |check: &str| {
        project_with(&format!(
            "-- A step.\n-- barqnet: check {check}\nALTER TABLE things ADD a INTEGER;\n\n/* rollback\n*/\n"
        ))
    };
    checking("SELECT NOT EXISTS (\n--     SELECT FROM things WHERE label = '')").build();
    for (check, returned) in [
        ("SELECT COUNT(*) > 0 FROM things", "on an empty database it returns false"),
        ("SELECT 1", "on an empty database it returns a column of type int4"),
        ("SELECT TRUE, TRUE", "on an empty database it returns 2 columns"),
        ("DELETE FROM things", "on an empty database it returns nothing, because it is no SELECT"),
    ] {
        let failure = checking(check).failure();
        assert_contains(&failure, &[returned, "--> migrations/V2__step.sql:2:1"]);
    }
    let failure = checking("SELECT gone FROM things").failure();
    assert_contains(&failure, &["column \"gone\" does not exist", "--> migrations/V2__step.sql:2:"]);
}

#[test]
fn a_file_that_replaces_others_needs_no_rollback() {
    let project = Project::small();
    let first = project.read("migrations/V1__things.sql");
    let (without_rollback, _) = first.split_once("/* rollback").unwrap();
    project.write("migrations/V1__things.sql", &format!("-- Things.\n-- barqnet: replaces 1\n{without_rollback}"));
    project.build();
}

#[test]
fn a_view_is_refreshed_concurrently_in_a_transaction() {
    in_transaction(
        "CREATE MATERIALIZED VIEW labels AS SELECT id, label FROM things;\nCREATE UNIQUE INDEX labels_id ON labels (id);\n\
         REFRESH MATERIALIZED VIEW CONCURRENTLY labels;",
    )
    .build();
}

#[test]
fn a_statement_that_changes_the_server_is_refused() {
    for sql in ["CREATE DATABASE other;", "ALTER SYSTEM SET work_mem = '1GB';", "DROP TABLESPACE other;"] {
        for project in [in_transaction(sql), outside_transaction(sql)] {
            assert_contains(
                &project.failure(),
                &["can't run in a transaction, and changes the server", "V2__step.sql:3:1"],
            );
        }
    }
}

#[test]
fn what_an_interrupted_run_could_not_repeat_is_refused_or_accepted() {
    let detach = "ALTER TABLE things DETACH PARTITION part CONCURRENTLY;";
    for sql in ["CREATE INDEX CONCURRENTLY a ON things (label);", "ALTER TYPE a ADD VALUE 'b';", detach] {
        assert_contains(&outside_transaction(sql).failure(), &["an interrupted run could not be repeated"]);
    }
    let accepted =
        outside_transaction(&format!("-- barqnet: accepts not-repeatable: the operator finalizes it\n{detach}"));
    let failure = accepted.failure();
    assert!(!failure.contains("could not be repeated"), "{failure}");
    assert_contains(&failure, &["1 problem", "things"]);
}

#[test]
fn a_rollback_that_can_not_run_in_a_transaction_is_refused() {
    let project = project_with(
        "-- A step.\n-- barqnet: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON things (label);\n\n\
         /* rollback\nDROP INDEX CONCURRENTLY IF EXISTS a;\n*/\n",
    );
    assert_contains(
        &project.failure(),
        &["DROP INDEX CONCURRENTLY can't run in a transaction, and a rollback always does", ":6:1"],
    );
}

#[test]
fn a_new_value_of_an_enum_is_used_by_a_later_migration_only() {
    let project = in_transaction("CREATE TYPE colour AS ENUM ('red');");
    project.write(
        "migrations/V3__more.sql",
        "-- More.\n\nALTER TYPE colour ADD VALUE 'blue';\nSELECT 'blue'::colour;\n\n/* rollback\n*/\n",
    );
    assert_contains(
        &project.failure(),
        &["unsafe use of new value \"blue\"", "V3__more.sql:4:8", "help: add the value in a migration of its own"],
    );
}

#[test]
fn a_failing_statement_is_shown_at_its_own_line() {
    let flags = "CREATE TABLE flags (atomic BOOLEAN NOT NULL, n INTEGER NOT NULL CHECK (n > 0));\n\
                 CREATE FUNCTION next(n INTEGER) RETURNS INTEGER LANGUAGE sql IMMUTABLE\nBEGIN ATOMIC\n    \
                 SELECT CASE WHEN n < 0 THEN 0 ELSE n END + 1;\nEND;\n";
    in_transaction(&format!("{flags}INSERT INTO flags (atomic, n) VALUES (TRUE, 1);")).build();
    let failed = in_transaction(&format!("{flags}INSERT INTO flags (atomic, n) VALUES (TRUE, 0);")).failure();
    assert_contains(&failed, &["violates check constraint", "--> migrations/V2__step.sql:8:1"]);
}

#[test]
fn an_error_in_a_block_is_shown_at_its_word() {
    let block = "DO LANGUAGE plpgsql $$\nDECLARE\n    made TIMESTAMPTZ;\nBEGIN\n    SELECT made_at INTO made FROM things\n    WHERE lable = 'x';\nEND\n$$;";
    assert_contains(&in_transaction(block).failure(), &["column \"lable\" does not exist", "V2__step.sql:8:11"]);
    let raised = "DO $$\nBEGIN\n    PERFORM 1;\n    RAISE EXCEPTION 'no';\nEND\n$$;";
    assert_contains(&in_transaction(raised).failure(), &["error: no", "V2__step.sql:6:5"]);
}

#[test]
fn an_error_in_a_called_function_names_the_functions_line() {
    let call = "CREATE FUNCTION f(n INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $$\nBEGIN\n    RETURN 1 / n;\nEND $$;\n\nSELECT f(0);";
    assert_contains(
        &in_transaction(call).failure(),
        &["division by zero", "V2__step.sql:8:1", "the function's line is migrations/V2__step.sql:5:5"],
    );
}

#[test]
fn a_constraint_that_fails_at_commit_names_the_file_and_the_rollback() {
    let project = in_transaction(
        "CREATE TABLE child (\n    parent INTEGER REFERENCES things DEFERRABLE INITIALLY DEFERRED\n);\nINSERT INTO child VALUES (999);",
    );
    assert_contains(
        &project.failure(),
        &[
            "child_parent_fkey",
            " --> migrations/V2__step.sql\n",
            "COMMIT failed, and the whole migration was rolled back",
        ],
    );
}

#[test]
fn a_migration_sees_its_history_as_under_the_runner() {
    in_transaction(
        "DO $$ BEGIN ASSERT (SELECT ARRAY_AGG(version || name) FROM schema_migrations) = '{1things}'; END $$;\n",
    )
    .build();
    let project = project_with("-- A step.\n-- barqnet: min-version 2\nSELECT 1;\n\n/* rollback\n*/\n");
    project.build();
    let schema = project.read("schema/schema.sql");
    assert!(!schema.contains("schema_migration"), "{schema}");
}

#[test]
fn carriage_returns_are_no_part_of_a_function_as_under_the_runner() {
    let function = "-- A step.\r\n\r\nCREATE FUNCTION f() RETURNS TEXT LANGUAGE sql AS $$\r\n    SELECT 'a\r\nb' $$;\r\n\
                    DO $$ BEGIN ASSERT f() = E'a\\nb'; END $$;\r\n\r\n/* rollback\r\n*/\r\n";
    let project = project_with(function);
    project.build();
    fs::write(project.path().join("migrations/V1__things.sql"), format!("\u{feff}{THINGS}")).unwrap();
    project.build();
}

#[test]
fn what_only_psql_can_run_and_what_hides_the_history_is_refused_with_the_way_out() {
    for (sql, parts) in [
        ("COPY things (label) FROM stdin;\n1\n\\.", &["V2__step.sql:3:1", "help: write INSERT INTO … VALUES"][..]),
        ("\\set a 1\nSELECT 1;", &["V2__step.sql:3:1", "help: this is a command of psql, not SQL"]),
        (
            "SET LOCAL search_path = pg_catalog;",
            &["the runner records the migration in its transaction", "SET LOCAL search_path TO DEFAULT"],
        ),
    ] {
        assert_contains(&in_transaction(sql).failure(), parts);
    }
}

#[test]
fn an_endless_migration_ends_the_build_and_leaves_no_database() {
    let server = server_options().start().unwrap();
    for sql in ["DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$;", "SELECT PG_SLEEP(1000);"] {
        let project = in_transaction(sql);
        project.write("codegen.toml", "seconds_per_migration = 1\n");
        let stderr = String::from_utf8(project.on(&server.url("postgres")).stderr).unwrap();
        assert_contains(
            &stderr,
            &[
                "the migration was not done after 1 s on an empty database\n --> migrations/V2__step.sql",
                "seconds_per_migration = 600",
            ],
        );
        assert!(!stderr.contains("was not dropped"), "{stderr}");
    }
}

#[test]
fn a_function_that_never_returns_ends_the_build_where_a_query_calls_it() {
    let project = in_transaction(
        "CREATE FUNCTION endless() RETURNS INTEGER LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN LOOP END LOOP; END $$;",
    );
    project.write("codegen.toml", "seconds_per_migration = 1\n");
    project.write(
        "queries/things.sql",
        "-- Things.\n\n--! run\n--- A thing.\nSELECT id FROM things WHERE id = endless();\n",
    );
    assert_contains(&project.failure(), &["statement timeout"]);
}
