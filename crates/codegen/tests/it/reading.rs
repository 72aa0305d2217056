//! Which statements run on a client that is read-only.

use crate::project::{Project, assert_contains};

const SCHEMA: &str = "\
-- Things.

CREATE TABLE things (id SERIAL PRIMARY KEY, label TEXT NOT NULL, owner INTEGER REFERENCES things (id));
CREATE VIEW labels AS SELECT id, label FROM things;
CREATE SEQUENCE numbers;
CREATE FUNCTION reads() RETURNS BIGINT LANGUAGE sql AS 'SELECT COUNT(*) FROM things';
CREATE FUNCTION adds() RETURNS INTEGER LANGUAGE sql AS 'INSERT INTO things (label) VALUES (''x'') RETURNING id';
CREATE FUNCTION opaque() RETURNS INTEGER LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION promised() RETURNS INTEGER LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION via() RETURNS INTEGER LANGUAGE sql AS 'SELECT opaque()';
CREATE FUNCTION gen_salt(TEXT) RETURNS TEXT LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE VIEW numbered AS SELECT NEXTVAL('numbers') AS number;
CREATE PROCEDURE work() LANGUAGE plpgsql AS 'BEGIN END';

/* rollback
*/
";

/// Each statement with the reason why it needs a full client; the empty one means that it only reads.
#[rustfmt::skip]
const STATEMENTS: [(&str, &str); 31] = [
    ("SELECT id, label FROM things WHERE id = :id", ""),
    ("WITH found AS (SELECT id FROM things) SELECT id FROM found", ""),
    ("VALUES (1), (2)", ""),
    ("SHOW server_version", ""),
    ("SELECT id FROM labels", ""),
    ("SELECT NOW(), CLOCK_TIMESTAMP(), STATEMENT_TIMESTAMP()", ""),
    ("SELECT RANDOM(), GEN_RANDOM_UUID()", ""),
    ("SELECT PG_TOTAL_RELATION_SIZE('things'::REGCLASS), PG_IS_IN_RECOVERY()", ""),
    ("SELECT CURRENT_SETTING('server_version')", ""),
    ("SELECT READS()", ""),
    ("SELECT PROMISED()", ""),
    ("SELECT id FROM things WHERE id = :id FOR UPDATE", "locks rows of things"),
    ("SELECT id FROM labels WHERE id = :id FOR KEY SHARE", "locks rows of things"),
    ("SELECT id FROM (SELECT id FROM things WHERE id = :id FOR SHARE) AS locked", "locks rows of things"),
    ("SELECT 1 AS one FROM PG_ADVISORY_XACT_LOCK(:key)", "calls pg_advisory_xact_lock"),
    ("SELECT PG_TRY_ADVISORY_XACT_LOCK_SHARED(:key)", "calls pg_try_advisory_xact_lock_shared"),
    ("SELECT NEXTVAL('numbers')", "calls nextval"),
    ("SELECT number FROM numbered", "calls nextval"),
    ("SELECT CURRVAL('numbers')", "calls currval"),
    ("SELECT SET_CONFIG('app.user', :name, TRUE)", "calls set_config"),
    ("SELECT 1 AS one FROM PG_NOTIFY('things', :id::TEXT)", "calls pg_notify"),
    ("SELECT PG_CURRENT_XACT_ID()", "calls pg_current_xact_id"),
    ("SELECT PG_TERMINATE_BACKEND(:pid)", "calls pg_terminate_backend"),
    ("SELECT OPAQUE()", "calls opaque"),
    ("SELECT VIA()", "calls opaque"),
    ("SELECT GEN_SALT('bf')", "calls gen_salt"),
    ("SELECT ADDS()", "writes things"),
    ("WITH gone AS (DELETE FROM things WHERE id = :id RETURNING id) SELECT id FROM gone", "writes things"),
    ("UPDATE things SET label = :label WHERE id = :id RETURNING id", "writes things"),
    ("INSERT INTO things (label) VALUES (:label) RETURNING id", "writes things"),
    ("DELETE FROM things WHERE id = :id RETURNING id", "writes things"),
];

fn project(queries: &str) -> Project {
    let project = Project::empty();
    project.write("migrations/V1__all.sql", SCHEMA);
    project.write("queries/things.sql", &format!("-- Things.\n\n{queries}"));
    project
}

#[test]
fn a_statement_runs_on_a_read_only_client_only_if_it_reads() {
    let queries: Vec<String> = STATEMENTS
        .iter()
        .enumerate()
        .map(|(number, (sql, _))| format!("--! it_{number} unordered\n--- It.\n{sql};\n\n"))
        .collect();
    let project = project(&queries.concat());
    project.build();
    let code = project.read("src/generated/things.rs");
    for (number, (sql, reason)) in STATEMENTS.iter().enumerate() {
        let start = code.find(&format!("impl It{number}Stmt")).unwrap_or_else(|| panic!("{sql}"));
        let own = &code[start..];
        let own = &own[..own.find("\nimpl db::Returning").unwrap_or(own.len())];
        let (wanted, other) = if reason.is_empty() {
            ("db::ReadClient", "db::GenericClient")
        } else {
            ("db::GenericClient", "db::ReadClient")
        };
        assert!(own.contains(wanted) && !own.contains(other), "{sql}: {own}");
        let sentence = format!("It needs a full client, because it {reason}");
        let is_said = code.contains(&format!("[`it_{number}`](fn@it_{number}). {sentence}"));
        assert_eq!(is_said, reason.starts_with("calls") || reason.starts_with("locks"), "{sql}: {code}");
    }
}

#[test]
fn what_a_statement_without_rows_does_needs_a_full_client() {
    let project = project(
        "--! work\n--- Works.\nCALL work();\n\n--! clear all_rows\n--- Clears.\nTRUNCATE things;\n\n\
         --! add batch copy_in\n--- Adds.\nINSERT INTO things (id, label) VALUES (:id, :label);\n\n\
         --! export copy_out\n--- Exports.\nSELECT id, label FROM things;\n",
    );
    project.build();
    let code = project.read("src/generated/things.rs");
    assert_contains(
        &code,
        &["copy_out<'c, C: db::ReadClient>", "copy_in<C: db::GenericClient>", "batch<C: db::GenericClient>"],
    );
    // Those of `export`: bind and copy_out.
    assert_eq!(code.matches("db::ReadClient").count(), 2, "{code}");
}

#[test]
fn a_reading_statement_that_is_marked_primary_needs_a_full_client() {
    let project = project("--! latest primary\n--- The latest.\nSELECT id FROM things WHERE id = :id;\n");
    project.build();
    let code = project.read("src/generated/things.rs");
    assert_contains(&code, &["C: db::GenericClient", "It needs a full client, because it is marked `primary`."]);
    assert!(!code.contains("ReadClient"), "{code}");
}

#[test]
fn the_mark_primary_is_refused_where_it_changes_nothing() {
    let failure = project(
        "--! rename primary\n--- Renames.\nUPDATE things SET label = :label WHERE id = :id;\n\n\
         --! lock primary\n--- Locks.\nSELECT id FROM things WHERE id = :id FOR UPDATE;\n",
    )
    .failure();
    assert_contains(
        &failure,
        &[
            "the mark `primary` is needless: the statement writes things, so it needs the full client anyway",
            "--> queries/things.sql:3:5",
            "the mark `primary` is needless: the statement locks rows of things, so it needs the full client anyway",
            "--> queries/things.sql:7:5",
            "remove the mark: it is for statements that only read",
        ],
    );
}

#[test]
fn a_statement_that_starts_to_write_no_longer_fits_its_read_only_callers() {
    let project = project("--! next_number\n--- A number.\nSELECT reads();\n");
    project.build();
    assert_contains(&project.read("src/generated/things.rs"), &["C: db::ReadClient"]);
    project.write(
        "migrations/V2__write.sql",
        "-- Writes.\n\nCREATE OR REPLACE FUNCTION reads() RETURNS BIGINT LANGUAGE sql AS 'SELECT NEXTVAL(''numbers'')';\n\n/* rollback\n*/\n",
    );
    project.build();
    assert_contains(&project.read("src/generated/things.rs"), &["C: db::GenericClient", "because it calls nextval"]);
}
