//! The marks `batch`, `copy_in` and `copy_out`: what they write, and what they refuse.

use crate::project::{Project, assert_contains};

const TABLE: &str = "-- All.\n\nCREATE TABLE things (id INTEGER PRIMARY KEY, label TEXT NOT NULL, tags TEXT[]);\n\
                     CREATE VIEW v_things AS SELECT id, label FROM things;\n\n/* rollback\n*/\n";

fn project(queries: &str) -> Project {
    let project = Project::empty();
    project.write("migrations/V1__all.sql", TABLE);
    project.write("queries/things.sql", &format!("-- Things.\n\n{queries}"));
    project
}

fn code(queries: &str) -> String {
    let project = project(queries);
    project.build();
    project.read("src/generated/things.rs")
}

/// Queries `it_0`, `it_1`, … with these marks.
fn numbered(queries: &[(&str, &str)]) -> String {
    let numbered = queries.iter().enumerate();
    numbered.map(|(number, (mark, sql))| format!("--! it_{number} {mark}\n--- It.\n{sql};\n\n")).collect()
}

/// The line of the SQL of a query of [`numbered`].
fn line_of(number: usize) -> usize {
    5 + 4 * number
}

#[test]
fn an_insert_an_update_and_a_delete_become_statements_over_arrays() {
    let code = code(
        "--! add batch (label?)\n--- Adds.\nINSERT INTO things (id, label)\nVALUES (:id, COALESCE(:label, 'none'))\n\
         ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label\nRETURNING id;\n\n\
         --! rename batch\n--- Renames.\nUPDATE things t\nSET label = :label\nWHERE t.id = :id AND t.label IS DISTINCT FROM :label;\n\n\
         --! remove batch\n--- Removes.\nDELETE FROM things\nWHERE id = :id;\n",
    );
    assert_contains(
        &code,
        &[
            "/* things.add.batch */ INSERT INTO things (id, label) SELECT batch.p_id, COALESCE(batch.p_label, 'none') FROM \
             UNNEST($1::int4[], $2::text[]) WITH ORDINALITY AS batch (p_id, p_label, batch_position) ORDER BY \
             batch.batch_position ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label RETURNING id",
            "/* things.rename.batch */ UPDATE things t SET label = batch.p_label FROM UNNEST($1::text[], $2::int4[]) AS \
             batch (p_label, p_id) WHERE t.id = batch.p_id AND t.label IS DISTINCT FROM batch.p_label",
            "/* things.remove.batch */ DELETE FROM things USING UNNEST($1::int4[]) AS batch (p_id) WHERE id = batch.p_id",
            "rows: &[AddParams<impl db::StringSql>]",
            "rows: &[i32]",
            "Result<Vec<i32>, db::Error>",
        ],
    );
}

#[test]
fn an_upsert_may_use_the_parameters_of_its_values_again() {
    let code = code(
        "--! put batch (tags?)\n--- Adds or changes.\nINSERT INTO things AS t (id, label, tags)\n\
         VALUES (:id, :label, STRING_TO_ARRAY(:tags, ','))\nON CONFLICT (id) DO UPDATE\nSET label = :label\n\
         WHERE t.label <> :label AND t.id = :id\nRETURNING t.id;\n",
    );
    assert_contains(
        &code,
        &[
            "ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label WHERE t.label <> EXCLUDED.label AND t.id = EXCLUDED.id \
             RETURNING t.id",
        ],
    );
}

#[test]
fn a_composite_value_of_a_batch_stays_one_value() {
    let project = project(
        "--! add batch\n--- Adds.\nINSERT INTO homes (id, home) VALUES (:id, :home);\n\n\
         --! moved batch\n--- Moves.\nUPDATE homes SET home = :home WHERE id = :id;\n",
    );
    project.write(
        "migrations/V2__homes.sql",
        "-- Homes.\n\nCREATE TYPE place AS (street TEXT, city TEXT);\nCREATE TABLE homes (id INTEGER PRIMARY KEY, home place);\n\n\
         /* rollback\n*/\n",
    );
    project.build();
    assert_contains(
        &project.read("src/generated/things.rs"),
        &[
            "FROM (SELECT UNNEST($1::int4[]) AS p_id, UNNEST($2::place[]) AS p_home, GENERATE_SUBSCRIPTS($1::int4[], 1) AS \
             batch_position) AS batch ORDER BY batch.batch_position",
            "SET home = batch.p_home FROM (SELECT UNNEST($1::place[]) AS p_home, UNNEST($2::int4[]) AS p_id) AS batch WHERE",
        ],
    );
}

#[test]
fn a_statement_without_a_batch_form_is_refused_with_its_place_and_a_reason() {
    let refused = [
        ("SELECT id FROM things WHERE id = :id", "1", "SELECT is neither INSERT nor UPDATE nor DELETE"),
        ("INSERT INTO things (id, label) SELECT :id, 'x'", "1", "it inserts no VALUES"),
        ("INSERT INTO things (id, label) VALUES (:id, 'a'), (2, 'b')", "49", "it inserts several rows"),
        ("INSERT INTO things (id, label, tags) VALUES (:id, 'a', DEFAULT)", "56", "DEFAULT can't be selected"),
        ("INSERT INTO things (id, label, tags) VALUES (:id, 'a', :tags)", "56", "the parameter `tags` is an array"),
        (
            "INSERT INTO things (id, label) VALUES (:id, 'a') ON CONFLICT (id) DO UPDATE SET label = :label",
            "89",
            "`:label` stands outside VALUES",
        ),
        (
            "INSERT INTO things (id, label) VALUES (:id, :label) RETURNING :label::TEXT AS label",
            "63",
            "`:label` stands outside VALUES",
        ),
        (
            "INSERT INTO things (id, label) VALUES (:id, LOWER(:label)) ON CONFLICT (id) DO UPDATE SET label = :label",
            "99",
            "`:label` stands outside VALUES",
        ),
        ("DELETE FROM things WHERE id = 1", "1", "it has no parameter"),
    ];
    let queries = refused.map(|(sql, ..)| ("batch", sql));
    let failure = project(&numbered(&queries)).failure();
    for (number, (_, column, reason)) in refused.iter().enumerate() {
        let message = format!("`it_{number}` has no batch form: {reason}");
        assert_contains(&failure, &[&message, &format!("--> queries/things.sql:{}:{column}", line_of(number))]);
    }
}

#[test]
fn an_insert_of_parameters_becomes_a_copy_and_anything_else_is_refused() {
    let code = code(
        "--! add copy_in (tags?)\n--- Adds.\nINSERT INTO things\n    (label, id, tags)\nVALUES (:label, :id, :tags);\n\n\
         --! all copy_out\n--- All.\nSELECT id, label\nFROM things;\n",
    );
    assert_contains(
        &code,
        &[
            "/* things.add.copy_in */ COPY things (label, id, tags) FROM STDIN (FORMAT binary)",
            "/* things.all.copy_out */ COPY (SELECT id, label FROM things) TO STDOUT (FORMAT binary)",
            "|row| [&row.label, &row.id, &row.tags]",
        ],
    );
    let refused = [
        ("copy_in", "UPDATE things SET label = 'a' WHERE id = :id", "1", "it is no INSERT with a list of columns"),
        ("copy_in", "INSERT INTO things (id, label) VALUES (:id, 'a')", "45", "this is an expression"),
        (
            "copy_in",
            "INSERT INTO things (id, label) VALUES (:id, :label) RETURNING id",
            "53",
            "`RETURNING` has no form in COPY",
        ),
        ("copy_in", "INSERT INTO things (id, label) SELECT :id, :label", "32", "`SELECT` has no form in COPY"),
        ("copy_out", "SELECT label FROM things WHERE id = :id", "37", "COPY takes no parameters"),
        ("copy_out", "DELETE FROM things WHERE id = 1", "1", "it returns no rows"),
    ];
    let failure = project(&numbered(&refused.map(|(mark, sql, ..)| (mark, sql)))).failure();
    for (number, (.., column, reason)) in refused.iter().enumerate() {
        assert_contains(&failure, &[reason, &format!("--> queries/things.sql:{}:{column}", line_of(number))]);
    }
    // The server refuses to copy into a view, which no other check finds.
    let failure =
        project("--! it copy_in\n--- It.\nINSERT INTO v_things (id, label) VALUES (:id, :label);\n").failure();
    assert_contains(&failure, &["cannot copy to view \"v_things\"", "the mark copy_in of things.it"]);
}
