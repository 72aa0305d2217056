//! What the build step understands, and what it refuses, by the text of the files: each refusal has a place and a way out.

use std::{fs, os::unix::ffi::OsStrExt};

use barqnet_db_client::pool;
use barqnet_db_throwaway::Server;

use crate::project::{Project, QUERIES, THINGS, assert_contains};

/// A project whose only query file is this one.
fn with_queries(queries: &str) -> Project {
    let project = Project::small();
    project.write("queries/things.sql", &format!("-- Things.\n\n{queries}"));
    project
}

/// The queries are refused with these parts in the message, and with this many problems.
fn assert_refused(queries: &str, problems: usize, parts: &[&str]) {
    let failure = with_queries(queries).failure();
    assert_contains(&failure, parts);
    let count = format!("{problems} problem{}\n", if problems == 1 { "" } else { "s" });
    assert!(failure.contains(&format!("\n{count}")), "{failure}");
    for diagnostic in failure.split("\n\n").filter(|part| part.starts_with("error: ")) {
        assert!(diagnostic.contains("= help: ") || diagnostic.contains("SQLSTATE"), "{diagnostic}");
    }
}

#[test]
fn statements_that_are_no_queries_are_refused_with_the_way_out() {
    for (statement, way_out) in [
        ("COPY things (label) FROM STDIN", "copy_in"),
        ("COPY (SELECT id FROM things) TO STDOUT", "copy_out"),
        ("LISTEN news", "outside the pool"),
        ("NOTIFY news", "PG_NOTIFY(:channel, :payload)"),
        ("SET search_path = a", "SET_CONFIG('name', :value, TRUE)"),
        ("BEGIN", "`client.transaction()`"),
        ("PREPARE a AS SELECT 1", "the statement itself"),
        ("DECLARE a CURSOR FOR SELECT 1", "`.iter()`"),
        ("LOCK TABLE things", "FOR UPDATE"),
        ("DO $$ BEGIN END $$", "CALL it"),
        ("EXPLAIN SELECT 1", "without EXPLAIN"),
        ("CREATE TABLE other (id INT)", "a migration"),
    ] {
        let word = statement.split(' ').next().unwrap();
        let message = format!("error: {word} ");
        assert_refused(
            &format!("--! it\n--- It.\n{statement};\n"),
            1,
            &[&message, "--> queries/things.sql:5:1", way_out],
        );
    }
}

#[test]
fn maintenance_statements_may_be_queries() {
    let project = with_queries(
        "--! vacuum\n--- V.\nVACUUM (ANALYZE) things;\n\n--! reindex\n--- R.\nREINDEX TABLE CONCURRENTLY things;\n\n\
         --! analyse\n--- A.\nANALYZE things;\n\n--! truncate all_rows\n--- T.\nTRUNCATE things;\n\n\
         --! version\n--- V.\nSHOW server_version;\n",
    );
    project.build();
}

/// The queries are analysed in batches, and the server refuses a batch with such a statement.
#[test]
fn a_maintenance_statement_leaves_the_analysis_of_other_queries_as_it_is() {
    let labels = |range: std::ops::Range<usize>| -> String {
        range
            .map(|n| format!("--! label_{n} : Label{n}()\n--- L.\nSELECT id, label FROM things WHERE id = :id;\n\n"))
            .collect()
    };
    let reindex = "--! reindex\n--- R.\nREINDEX TABLE things;\n\n";
    let project = with_queries(&format!("{}{reindex}{}", labels(0..40), labels(40..80)));
    project.build();
    let code = project.read("src/generated/things.rs");
    assert_eq!(code.matches("pub label: String").count(), 80, "{code}");
    assert!(!code.contains("Option<String>"), "{code}");
}

#[test]
fn a_second_statement_on_the_line_is_refused_and_a_comment_is_not() {
    assert_refused(
        "--! a\n--- A.\nUPDATE things SET note = NULL WHERE id = :id; DELETE FROM things WHERE id = :id;\n\n\
         --! b\n--- B.\nSELECT 1 AS one; /* a comment */ SELECT 2;\n\n--! c\n--- C.\nSELECT lable FROM things;\n",
        3,
        &[
            "--> queries/things.sql:5:47",
            "a query is one statement",
            "--> queries/things.sql:9:34",
            "with a `--! name` line",
        ],
    );
    with_queries("--! a\n--- A.\nSELECT 1 AS one; -- one\n--! b\n--- B.\nSELECT 2 AS two; /* two\nlines */\n").build();
}

#[test]
fn a_semicolon_too_many_is_reported_as_what_it_is() {
    let query = "--! a\n--- A.\nSELECT id FROM things WHERE id = 1";
    assert_refused(&format!("{query}; ;\n"), 1, &["this semicolon ends nothing", "--> queries/things.sql:5:37"]);
}

#[test]
fn a_file_without_a_query_becomes_an_empty_module() {
    let project = with_queries("--: Thing()\n");
    project.build();
    assert_contains(&project.read("src/generated/things.rs"), &["//! Things.\n"]);
    assert_contains(&project.read("src/generated/mod.rs"), &["pub mod things;"]);
    project.write("queries/others.sql", &QUERIES.replace("-- Things.", "-- Others."));
    project.build();
    assert_contains(&project.read("src/generated/others.rs"), &["pub fn by_id()"]);
}

#[test]
fn a_parameter_in_quotes_is_refused_unless_it_is_meant() {
    assert_refused(
        "--! a\n--- A.\nSELECT id FROM things WHERE label LIKE '%:word%';\n\n--! b\n--- B.\nSELECT $$:x$$ AS x;\n",
        2,
        &["--> queries/things.sql:5:42", "|| :word ||", "--! a literal_colons", "--> queries/things.sql:9:10"],
    );
    with_queries(
        "--! a literal_colons\n--- A.\nSELECT id FROM things WHERE label LIKE '%:word%';\n\n\
         --! b\n--- B.\nSELECT id, 'host:port' AS form FROM things WHERE made_at::TIME > '10:30' AND label ~ '[[:alpha:]]';\n",
    )
    .build();
}

#[test]
fn a_slice_that_could_be_a_parameter_is_refused_with_every_spelling() {
    let queries = |slice: &str| {
        format!(
            "--! a\n--- A.\nSELECT CARDINALITY(t.tags[{slice}]) AS size FROM (SELECT 2 AS n, ARRAY['a', 'b'] AS tags) t;\n"
        )
    };
    for (slice, column) in [(":n", 27), ("1:n", 28), ("n + 1:n", 32)] {
        assert_refused(
            &queries(slice),
            1,
            &[&format!("--> queries/things.sql:5:{column}"), "[1 : n] or [ : n]", "[1 : :n]", "[(:n)]"],
        );
    }
    for slice in ["1 : n", " : n", "1:2", "1 : :n", ":low : :high"] {
        with_queries(&queries(slice)).build();
    }
}

#[test]
fn names_of_parameters_that_the_code_can_not_have_are_refused() {
    assert_refused(
        "--! a\n--- A.\nSELECT id FROM things WHERE label = :client AND note = :self;\n\n\
         --! b (Note?)\n--- B.\nUPDATE things SET note = :Note WHERE id = :größe;\n",
        4,
        &[
            "things.sql:5:37",
            "write :client_name, for example",
            "things.sql:5:56",
            "keyword of Rust that can't be escaped",
            "things.sql:9:26",
            "write :note",
            "things.sql:9:43",
            "write :groesse",
        ],
    );
}

#[test]
fn names_of_types_that_the_code_can_not_have_are_refused() {
    assert_refused(
        "--! result\n--- A.\nSELECT id, label FROM things;\n\n--! b : Option()\n--- B.\nSELECT id, label FROM things;\n\n\
         --! c : type()\n--- C.\nSELECT id, label FROM things;\n\n--! match\n--- D.\nSELECT id FROM things;\n\n\
         --! e : T()\n--- E.\nSELECT id, label FROM things;\n\n--! f : StreamExt()\n--- F.\nSELECT id FROM things;\n",
        6,
        &[
            "things.sql:3:5",
            "--! result : ResultRow()",
            "things.sql:7:9",
            "write OptionRow",
            "things.sql:11:9",
            "write Type",
            "things.sql:15:5",
            "is a keyword of Rust",
            "things.sql:19:9",
            "things.sql:23:9",
        ],
    );
}

#[test]
fn generated_names_that_collide_are_refused_with_both_places() {
    assert_refused(
        "--! get_user1\n--- A.\nSELECT id FROM things;\n\n--! get_user_1\n--- B.\nSELECT id FROM things;\n\n\
         --! c : SetParams()\n--- C.\nSELECT id, label FROM things;\n\n\
         --! set\n--- D.\nUPDATE things SET note = :note WHERE id = :id;\n\n\
         --! e : Pair()\n--- E.\nSELECT id, label FROM things;\n\n--! f : Pair()\n--- F.\nSELECT id, label AS name FROM things;\n\n\
         --! g : PairBorrowed()\n--- G.\nSELECT id, label FROM things;\n",
        4,
        &[
            "`GetUser1Stmt`, as would be the statement of `get_user1` in line 3",
            "things.sql:7:5",
            "`SetParams`, as would be",
            "two queries with the row type `Pair` return different columns: only `f` returns `name`",
            "`PairBorrowed`, as would be the row of `e` in line 19",
        ],
    );
}

#[test]
fn names_of_columns_that_are_no_fields_are_refused_with_their_place() {
    assert_refused(
        "--! digit : Digit()\n--- A.\nSELECT id, TRUE AS \"2fa_enabled\" FROM things;\n\n\
         --! pair : Pair()\n--- B.\nSELECT id AS \"user-id\", label AS \"user id\" FROM things;\n\n\
         --! accent : Accent()\n--- C.\nSELECT id, label AS \"größe\" FROM things;\n\n\
         --! unnamed\n--- D.\nSELECT id, 1 + 1 FROM things;\n\n--! alone\n--- E.\nSELECT 1 + 1 FROM things;\n\n\
         --! letters\n--- F.\nSELECT id, label AS \"userName\", 1 AS self FROM things;\n\n\
         --! twice\n--- G.\nSELECT id, 2 AS id FROM things;\n",
        9,
        &[
            "the column `2fa_enabled` can't be a field",
            "things.sql:5:20",
            "… AS n_2fa_enabled",
            "`user-id`",
            "`user id`",
            "things.sql:9:34",
            "… AS groesse",
            "column 2 has no name: PostgreSQL calls it `?column?`",
            "column 1 has no name",
            "… AS user_name",
            "… AS self_value",
            "two columns are called `id`",
        ],
    );
    // Alone and without a row type, a column is no field.
    with_queries("--! size\n--- S.\nSELECT LENGTH(label) AS \"größe\" FROM things;\n").build();
}

#[test]
fn names_of_modules_that_rust_can_not_have_are_refused() {
    let project = Project::small();
    for name in ["mod.sql", "type.sql", "types.sql", "self.sql", "Users.sql", "my-things.sql", "notes.txt"] {
        project.write(&format!("queries/{name}"), "-- Things.\n\n--! it\n--- It.\nSELECT lable FROM things;\n");
    }
    let failure = project.failure();
    assert_contains(
        &failure,
        &[
            "--> queries/mod.sql\n",
            "mod_queries.sql",
            "--> queries/type.sql\n",
            "--> queries/types.sql\n",
            "--> queries/self.sql\n",
            "lower case: users.sql",
            "lower case: my_things.sql",
            "--> queries/notes.txt\n",
        ],
    );
    // A file's name hides no query.
    assert_eq!(failure.matches("column \"lable\" does not exist").count(), 6, "{failure}");
}

#[test]
fn every_mistake_of_every_query_is_reported_in_one_run() {
    assert_refused(
        "--: Row(note?)\n--! a : Rwo\nSELECT id, lable FROM things WHERE note = :a;\n\n\
         --! b all_row (x?, x?)\n--- B.\nDELETE FROM thing;\n\n--! found (labell?) : (nam?)\n--- C.\nSELECT id, label AS name FROM things WHERE label = :label;\n\n\
         --! d\n--- D.\nSELECT '%:x' AS x, $1 AS y;\n\n--! e\n--- E.\nSELECT id FROM things WHERE id = :client AND made_at = 5\n",
        11,
        &[
            "there is no row type `Rwo` above",
            "did you mean `Row`?",
            "`a` has no documentation",
            "column \"lable\" does not exist",
            "`all_row` is not a mark",
            "did you mean `all_rows`?",
            "`x` is listed twice",
            "relation \"thing\" does not exist",
            "the query has no parameter `labell`",
            "did you mean `label?`?",
            "returns no column `nam`",
            "did you mean `name`?",
            "`:x` in quotes is text",
            "parameters have names here",
            "the SQL of `e` has no semicolon",
        ],
    );
}

#[test]
fn a_parameter_without_a_type_is_shown_by_its_name() {
    assert_refused(
        "--! a\n--- A.\nSELECT id FROM things WHERE id>=:low AND id<>-:high;\n\n--! b\n--- B.\nSELECT :x IS NULL AS missing;\n",
        2,
        &["things.sql:5:46", ":high::INTEGER, for example", "$1 is :x", ":x::INTEGER"],
    );
}

#[test]
fn a_migration_may_create_functions_with_bodies_of_their_own() {
    let project = Project::small();
    project.write(
        "migrations/V2__flags.sql",
        "-- Flags.\nCREATE TABLE flags (atomic BOOLEAN NOT NULL, n INTEGER NOT NULL CHECK (n > 0));\n\n\
         CREATE FUNCTION next_flag(n INTEGER) RETURNS INTEGER LANGUAGE sql IMMUTABLE\nBEGIN ATOMIC\n    \
         SELECT CASE WHEN n < 0 THEN 0 ELSE n END + 1;\nEND;\n\n\
         CREATE OR REPLACE PROCEDURE set_atomic(begin BOOLEAN) LANGUAGE sql\nBEGIN ATOMIC\n    UPDATE flags SET atomic = begin;\n    \
         SELECT 1 AS case, 2 AS end;\nEND;\n\nINSERT INTO flags (atomic, n) VALUES (TRUE, 1);\n\n\
         /* rollback\nDROP PROCEDURE set_atomic(BOOLEAN);\nDROP FUNCTION next_flag(INTEGER);\nDROP TABLE flags;\n*/\n",
    );
    project.build();
    let migration = project.read("migrations/V2__flags.sql");
    project.write("migrations/V2__flags.sql", &migration.replace("(TRUE, 1);", "(TRUE, x);"));
    assert_contains(&project.failure(), &["column \"x\" does not exist", "--> migrations/V2__flags.sql:15:45"]);
    project.write("migrations/V2__flags.sql", &migration.replace("(TRUE, 1);", "(TRUE, 1);\nCOMMIT;"));
    assert_contains(&project.failure(), &["may not end", "--> migrations/V2__flags.sql:16:1"]);
}

#[test]
fn a_folder_among_the_files_is_refused_hidden_or_not() {
    let project = Project::small();
    project.build();
    for file in ["queries/admin/users.sql", "queries/.old/users.sql"] {
        project.write(file, QUERIES);
    }
    for file in ["migrations/archive/V3__old.sql", "migrations/.old/V16__x.sql"] {
        project.write(file, THINGS);
    }
    let stale = barqnet_db_codegen::stale_files(project.path()).unwrap();
    assert_eq!(
        stale,
        ["migrations/.old/ is new", "migrations/archive/ is new", "queries/.old/ is new", "queries/admin/ is new"]
    );
    let failure = project.failure();
    for folder in ["queries/admin", "queries/.old", "migrations/archive", "migrations/.old"] {
        assert_contains(&failure, &[&format!("error: a folder here is not looked into\n --> {folder}\n")]);
    }
    assert!(failure.contains("4 problems"), "{failure}");
}

#[test]
fn links_count_as_the_files_that_they_lead_to() {
    let project = Project::small();
    project.write("elsewhere.sql", "-- Linked.\n\n--! one\n--- One.\nSELECT 1 AS one;\n");
    std::os::unix::fs::symlink("../elsewhere.sql", project.path().join("queries/linked.sql")).unwrap();
    project.build();
    assert_contains(&project.read("src/generated/linked.rs"), &["pub fn one()"]);
    project.write("elsewhere.sql", "-- Linked.\n\n--! two\n--- Two.\nSELECT 2 AS two;\n");
    assert_eq!(barqnet_db_codegen::stale_files(project.path()).unwrap(), ["queries/linked.sql changed"]);
    std::os::unix::fs::symlink("nowhere.sql", project.path().join("queries/broken.sql")).unwrap();
    std::os::unix::fs::symlink("..", project.path().join("queries/up")).unwrap();
    // Reading it would wait for somebody who writes.
    let pipe = std::process::Command::new("mkfifo").arg(project.path().join("queries/pipe.sql")).status().unwrap();
    assert!(pipe.success());
    let name = std::ffi::OsStr::from_bytes(b"\xff.sql");
    fs::write(project.path().join("queries").join(name), QUERIES).unwrap();
    assert_contains(
        &project.failure(),
        &[
            "the link leads to no file",
            "queries/broken.sql",
            "queries/up\n",
            "the file's name is not UTF-8",
            "this is not a file\n --> queries/pipe.sql",
            "4 problems",
        ],
    );
}

#[test]
fn texts_that_are_not_plain_utf_8_are_read_or_refused_with_their_place() {
    let project = Project::small();
    project.write("queries/things.sql", &format!("\u{feff}{}", QUERIES.replace('\n', "\r\n")));
    project.write("migrations/V1__things.sql", &format!("\u{feff}{}", THINGS.replace('\n', "\r\n")));
    project.write("queries/none.sql", "-- No query yet.\n");
    project.build();
    assert!(!project.read("src/generated/things.rs").contains("\\r"));
    for (file, text) in [
        ("queries/latin.sql", &b"-- Latin.\n-- gr\xf6\xdfe\n"[..]),
        ("queries/nul.sql", b"-- Nul.\n\n--! a\n--- A.\nSELECT 'a\0b' AS text;\n"),
        ("queries/empty.sql", b""),
    ] {
        fs::write(project.path().join(file), text).unwrap();
    }
    assert_contains(
        &project.failure(),
        &[
            "the file is not UTF-8 here\n --> queries/latin.sql:2:6",
            "NUL character\n --> queries/nul.sql:5:10",
            "the first line must be a comment that says what the file is for\n --> queries/empty.sql:1:1",
            "3 problems",
        ],
    );
}

#[tokio::test]
async fn names_that_rust_can_not_take_leave_no_database_behind() {
    let server = Server::start().unwrap();
    let project = with_queries(
        "--! a : \u{1f600}()\n--- A.\nSELECT id AS \"2fa\", label AS \"\" FROM things;\n\n--! b\n--- B.\nSELECT 1, 2;\n",
    );
    let output = project.on(&server.url("postgres"));
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    let client = pool::connect_one(server.url("postgres")).await.unwrap();
    let rows = client.query("SELECT datname::TEXT FROM pg_database WHERE datname LIKE 'barqnet%'", &[]).await.unwrap();
    assert_eq!(rows.len(), 0);
}
