//! Statements that PostgreSQL accepts and nobody means, beside those that differ by little and are right.

mod habits;
mod run_time;

use crate::project::{Project, assert_contains, assert_snapshot, suite_major};

const SCHEMA: &str = "\
-- A shop, for this test.

CREATE TABLE owners (id SERIAL PRIMARY KEY, name TEXT NOT NULL, note TEXT);
CREATE TABLE things (
    id      SERIAL PRIMARY KEY,
    label   TEXT NOT NULL UNIQUE,
    note    TEXT,
    kind    INTEGER NOT NULL,
    owner   INTEGER REFERENCES owners (id),
    made_at TIMESTAMPTZ NOT NULL
);
CREATE VIEW noted AS SELECT t.id, o.id AS owner_id FROM things t LEFT JOIN owners o ON o.id = t.owner;

/* rollback
DROP VIEW noted;
DROP TABLE things, owners;
*/
";

/// A project with the statements; each has a file of its own, named by `name` and its number.
fn project(name: &str, statements: &[&str]) -> Project {
    let project = Project::empty();
    project.write("migrations/V1__shop.sql", SCHEMA);
    add(&project, name, statements);
    project
}

fn add(project: &Project, name: &str, statements: &[&str]) {
    for (number, statement) in statements.iter().enumerate() {
        let text = if statement.starts_with("--!") {
            format!("-- A statement.\n\n{statement};\n")
        } else {
            format!("-- A statement.\n\n--! run\n--- What it does.\n{statement};\n")
        };
        project.write(&format!("queries/{name}_{number}.sql"), &text);
    }
}

/// Each of the first statements is refused or warned of with its message, and none of the others is mentioned.
fn assert_found(wrong: &[(&str, &str)], fine: &[&str]) {
    let statements: Vec<&str> = wrong.iter().map(|(statement, _)| *statement).collect();
    let project = project("wrong", &statements);
    add(&project, "fine", fine);
    // A warning alone stops nothing and is printed only in part: an error shows all.
    project.write("queries/broken.sql", "-- An error.\n\n--! run\n--- None.\nSELECT missing;\n");
    let output = project.failure();
    let diagnostics: Vec<&str> = output.split("\n\n").collect();
    for (number, (statement, message)) in wrong.iter().enumerate() {
        let path = format!("queries/wrong_{number}.sql:");
        let of_file: Vec<&&str> = diagnostics.iter().filter(|diagnostic| diagnostic.contains(&path)).collect();
        let [diagnostic] = of_file[..] else { panic!("{statement}: {of_file:#?}\n{output}") };
        assert_contains(diagnostic, &[message]);
    }
    for (number, statement) in fine.iter().enumerate() {
        assert!(!output.contains(&format!("queries/fine_{number}.sql")), "{statement}\n{output}");
    }
}

#[test]
fn update_and_delete_of_every_row_must_be_marked() {
    assert_found(
        &[
            ("UPDATE things SET kind = 1", "this UPDATE changes every row of `things`: it has no WHERE"),
            ("DELETE FROM things", "this DELETE deletes every row of `things`"),
            ("DELETE FROM things WHERE TRUE", "its WHERE selects no rows of `things`"),
            ("DELETE FROM things WHERE 1 = 1", "its WHERE selects no rows of `things`"),
            ("DELETE FROM things WHERE id IS NOT NULL", "its WHERE selects no rows of `things`"),
            ("DELETE FROM things WHERE id = :id OR TRUE", "its WHERE selects no rows of `things`"),
            ("UPDATE things SET kind = 1 WHERE :really", "its WHERE selects no rows of `things`"),
            ("DELETE FROM things USING owners o WHERE o.name = :name", "this DELETE deletes every row of `things`"),
            ("DELETE FROM things WHERE EXISTS (SELECT 1 FROM owners o WHERE o.id = :id)", "every row of `things`"),
            (
                "WITH gone AS (DELETE FROM things RETURNING id) SELECT COUNT(*) AS deleted FROM gone",
                "this DELETE deletes every row of `things`",
            ),
            ("TRUNCATE things", "help: if that is meant: --! run all_rows"),
        ],
        &[
            "--! run all_rows\n--- What it does.\nDELETE FROM things",
            "--! run all_rows\n--- What it does.\nTRUNCATE things",
            "DELETE FROM things WHERE id = :id",
            "DELETE FROM things WHERE note IS NOT NULL",
            "--! run (kind?)\n--- What it does.\nDELETE FROM things WHERE :kind::INTEGER IS NULL OR kind = :kind",
            "DELETE FROM things t USING owners o WHERE o.id = t.owner AND o.name = :name",
            "DELETE FROM things t WHERE EXISTS (SELECT 1 FROM owners o WHERE o.id = t.owner AND o.id = :id)",
            "DELETE FROM things WHERE ctid = ANY (ARRAY(SELECT ctid FROM things WHERE kind = 1))",
            "INSERT INTO owners (id, name) VALUES (:id, :name) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
            "UPDATE things SET kind = 1 WHERE NOT (kind = 1)",
        ],
    );
}

#[test]
fn a_merge_says_which_rows_it_changes() {
    // PostgreSQL 14 has no MERGE.
    if suite_major() == 14 {
        return;
    }
    assert_found(
        &[
            (
                "MERGE INTO things t USING owners o ON TRUE WHEN MATCHED THEN DELETE",
                "this MERGE changes every row of `things`: its ON selects no rows of it",
            ),
            (
                "MERGE INTO things t USING owners o ON o.id = :id WHEN MATCHED AND o.note = 'x' THEN UPDATE SET kind = 1",
                "this MERGE changes every row of `things`",
            ),
        ],
        &[
            "MERGE INTO things t USING owners o ON o.id = t.owner WHEN MATCHED THEN DELETE",
            "MERGE INTO things t USING owners o ON o.id = :id WHEN MATCHED AND t.owner = o.id THEN UPDATE SET kind = 1",
            "MERGE INTO owners o USING things t ON FALSE WHEN NOT MATCHED THEN INSERT (name) VALUES (t.label)",
            "--! run all_rows\n--- What it does.\nMERGE INTO things t USING owners o ON TRUE WHEN MATCHED THEN DELETE",
        ],
    );
}

#[test]
fn nothing_is_ordered_or_divided_by_a_parameter() {
    assert_found(
        &[
            ("SELECT id FROM things ORDER BY :column::TEXT", "ORDER BY the parameter `:column`"),
            (
                "--! run (column?)\n--- x\nSELECT id FROM things ORDER BY COALESCE(:column, 'id')",
                "ORDER BY the parameter `:column`",
            ),
            ("SELECT id, :column::TEXT AS c FROM things ORDER BY c", "ORDER BY the parameter `:column`"),
            ("SELECT id FROM things ORDER BY LOWER(:column) DESC, id", "ORDER BY the parameter `:column`"),
            ("SELECT id FROM things ORDER BY (SELECT :column::TEXT)", "ORDER BY the parameter `:column`"),
            ("SELECT COUNT(*) AS n FROM things GROUP BY :column::TEXT", "GROUP BY the parameter `:column`"),
            (
                "SELECT id, COUNT(*) OVER (PARTITION BY :column::TEXT) AS n FROM things",
                "PARTITION BY the parameter `:column`",
            ),
            ("SELECT id, RANK() OVER (ORDER BY :column::TEXT) AS n FROM things", "ORDER BY the parameter `:column`"),
            ("SELECT DISTINCT ON (:column::TEXT) id FROM things", "DISTINCT ON the parameter `:column`"),
            (
                "SELECT ARRAY_AGG(id ORDER BY :column::TEXT)::TEXT AS ids FROM things",
                "ORDER BY the parameter `:column`",
            ),
        ],
        &[
            "SELECT id FROM things ORDER BY CASE WHEN :by_label::BOOLEAN THEN label END, id",
            "SELECT id FROM things ORDER BY kind * :factor::INTEGER",
            "SELECT DATE_TRUNC(:unit::TEXT, made_at) AS at, COUNT(*) AS n FROM things GROUP BY 1 ORDER BY 1",
            "SELECT id FROM things ORDER BY RANDOM() * :factor::DOUBLE PRECISION",
            "SELECT COUNT(*) * :factor::INTEGER AS n FROM things GROUP BY kind ORDER BY n",
            "SELECT UNNEST(:ids::INTEGER[]) AS id ORDER BY 1",
            "SELECT id FROM things ORDER BY (SELECT name FROM owners o WHERE o.id = owner AND o.name <> :name)",
        ],
    );
}

#[test]
fn nothing_is_compared_with_null() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE note = NULL", "a comparison by `=` with NULL is never true"),
            ("SELECT id FROM things t WHERE t.note <> NULL", "help: write t.note IS NOT NULL"),
            ("SELECT id FROM things WHERE NULL = note", "a comparison by `=` with NULL"),
            ("SELECT id FROM things WHERE kind > NULL::INTEGER", "a comparison by `>` with NULL"),
            ("SELECT id FROM things WHERE note LIKE NULL", "a comparison by `LIKE` with NULL is never true"),
            ("SELECT id FROM things WHERE kind IN (1, NULL)", "NULL in the list of IN never matches"),
            ("SELECT id FROM things WHERE kind NOT IN (1, NULL)", "NULL in the list of NOT IN: no row passes"),
            ("SELECT CASE note WHEN NULL THEN 1 ELSE 2 END AS x FROM things", "WHEN NULL never matches"),
            ("UPDATE things SET note = NULL WHERE note = NULL", "a comparison by `=` with NULL"),
        ],
        &[
            "SELECT id FROM things WHERE note IS NULL",
            "SELECT id FROM things WHERE note IS DISTINCT FROM NULL",
            "UPDATE things SET note = NULL WHERE id = :id",
            "SELECT id FROM things WHERE NULLIF(note, NULL) = 'x'",
            "SELECT id FROM things WHERE COALESCE(note, NULL, '') = 'x'",
            "SELECT MAKE_INTERVAL(days => NULL)::TEXT AS none FROM things WHERE kind IN (1, 2)",
        ],
    );
}

#[test]
fn not_in_is_over_what_cannot_be_null() {
    assert_found(
        &[
            (
                "SELECT id FROM owners WHERE id NOT IN (SELECT owner FROM things)",
                "NOT IN over `owner`, which can be NULL",
            ),
            ("SELECT id FROM owners WHERE id <> ALL (SELECT owner FROM things)", "<> ALL over `owner`"),
            ("SELECT id FROM owners WHERE id NOT IN (SELECT owner_id FROM noted)", "NOT IN over `owner_id`"),
            ("SELECT id FROM owners WHERE id NOT IN (VALUES (1), (NULL))", "NOT IN over `column1`"),
            ("SELECT id FROM owners WHERE id <> ALL (SELECT n FROM (VALUES (1), (NULL)) v (n))", "<> ALL over `n`"),
            (
                "SELECT id FROM owners WHERE id NOT IN (SELECT o.id FROM things t LEFT JOIN owners o ON o.id = t.owner)",
                "NOT IN over `id`",
            ),
            (
                "SELECT id FROM owners WHERE id NOT IN (SELECT id FROM things UNION ALL SELECT owner FROM things)",
                "NOT IN over `id`",
            ),
            (
                "WITH o AS (SELECT owner AS x FROM things) SELECT id FROM owners WHERE id NOT IN (SELECT x FROM o)",
                "NOT IN over `x`",
            ),
            ("SELECT id FROM owners WHERE name NOT IN (SELECT NULLIF(label, '') FROM things)", "NOT IN over"),
            (
                "SELECT id FROM owners WHERE id <> ALL (ARRAY(SELECT owner FROM things))",
                "NOT IN, by an array, over `owner`, which can be NULL",
            ),
            ("SELECT id FROM owners WHERE NOT (id = ANY (ARRAY(SELECT owner FROM things)))", "NOT IN, by an array,"),
        ],
        &[
            "SELECT id FROM owners WHERE id NOT IN (SELECT owner FROM things WHERE owner IS NOT NULL)",
            "SELECT id FROM owners WHERE id NOT IN (SELECT owner FROM things WHERE owner > 5)",
            "SELECT id FROM owners WHERE id NOT IN (SELECT id FROM things)",
            "SELECT id FROM owners WHERE id = ANY (ARRAY(SELECT owner FROM things))",
            "SELECT id FROM owners WHERE id <> ALL (ARRAY(SELECT id FROM things))",
            "SELECT id FROM owners WHERE id IN (SELECT owner FROM things)",
            "SELECT o.id FROM owners o WHERE NOT EXISTS (SELECT 1 FROM things t WHERE t.owner = o.id)",
            "SELECT id FROM owners WHERE id NOT IN (SELECT t.owner FROM things t JOIN owners o ON o.id = t.owner WHERE t.owner = o.id)",
        ],
    );
}

#[test]
fn limit_has_an_order_where_it_matters() {
    assert_found(
        &[
            ("SELECT id FROM things LIMIT 5", "LIMIT without ORDER BY: which rows are returned is left to chance"),
            ("SELECT id FROM things LIMIT :limit::BIGINT", "LIMIT without ORDER BY"),
            ("SELECT id FROM things OFFSET 5", "OFFSET without ORDER BY"),
            ("SELECT id FROM things FETCH FIRST 5 ROWS ONLY", "FETCH without ORDER BY"),
            ("SELECT id FROM things WHERE kind = 1 LIMIT 1", "LIMIT without ORDER BY"),
            (
                "SELECT o.id FROM owners o JOIN LATERAL (SELECT t.id FROM things t WHERE t.owner = o.id LIMIT 1) t ON TRUE",
                "LIMIT",
            ),
            ("WITH few AS (SELECT id FROM things LIMIT 3) SELECT id FROM few ORDER BY id", "LIMIT without ORDER BY"),
            ("SELECT o.name FROM things t JOIN owners o ON o.id = t.owner WHERE o.id = :id LIMIT 1", "LIMIT"),
            ("SELECT DISTINCT kind FROM things LIMIT 3", "LIMIT without ORDER BY"),
            ("SELECT kind, COUNT(*) AS n FROM things GROUP BY kind LIMIT 3", "LIMIT without ORDER BY"),
            ("SELECT id FROM things UNION SELECT id FROM owners LIMIT 3", "LIMIT without ORDER BY"),
            ("SELECT id FROM things ORDER BY NULL::TEXT LIMIT 3", "LIMIT without ORDER BY"),
            ("SELECT id FROM things ORDER BY NOW(), CURRENT_DATE LIMIT 3", "LIMIT without ORDER BY"),
            ("SELECT DISTINCT ON (kind) kind, id FROM things", "DISTINCT ON without an order within its groups"),
            ("SELECT DISTINCT ON (kind) kind, id FROM things ORDER BY kind DESC", "DISTINCT ON without an order"),
        ],
        &[
            "SELECT id FROM things ORDER BY id LIMIT 5",
            "--! run unordered\n--- What it does.\nSELECT id FROM things LIMIT 5",
            "SELECT COUNT(*) AS n FROM things LIMIT 1",
            "SELECT note AS note FROM things WHERE id = :id AND note IS NOT NULL LIMIT 1",
            "SELECT id FROM things WHERE label = :label LIMIT 1",
            "SELECT EXISTS (SELECT id FROM things WHERE kind = 1 LIMIT 1) AS found",
            "SELECT 1 AS found FROM things WHERE kind = 1 LIMIT 1",
            "SELECT id FROM things WHERE kind = 1 LIMIT 5 FOR UPDATE SKIP LOCKED",
            "SELECT t.id FROM (SELECT id FROM things ORDER BY made_at) t LIMIT 5",
            "SELECT id FROM things LIMIT ALL",
            "SELECT id FROM things ORDER BY RANDOM() LIMIT 3",
            "SELECT DISTINCT ON (kind) kind, id FROM things ORDER BY kind, made_at DESC",
            "SELECT DISTINCT ON (kind) kind FROM things",
            "--! run unordered\n--- What it does.\nSELECT DISTINCT ON (kind) kind, id FROM things",
            "SELECT o.name FROM things t JOIN owners o ON o.id = t.owner WHERE t.label = :label LIMIT 1",
            "WITH few AS (SELECT id FROM things ORDER BY made_at) SELECT id FROM few LIMIT 5",
            "WITH batch AS (SELECT id FROM things LIMIT 5 FOR UPDATE SKIP LOCKED), more AS (SELECT id FROM batch LIMIT 2) \
             DELETE FROM things USING more WHERE things.id = more.id",
        ],
    );
}

#[test]
fn tables_are_connected_and_outer_joins_stay_outer() {
    assert_found(
        &[
            ("SELECT t.id FROM things t, owners o WHERE o.name = 'x'", "no condition connects `o` with `t`"),
            ("SELECT t.id FROM things t JOIN owners o ON o.name = 'x'", "no condition connects `o` with `t`"),
            ("SELECT t.id FROM things t JOIN owners o ON t.owner = t.kind", "no condition connects `o` with `t`"),
            (
                "SELECT t.id FROM things t LEFT JOIN owners o ON o.id = t.owner WHERE o.name = 'x'",
                "the outer join keeps rows without `o`, and this condition on `name` drops them again",
            ),
        ],
        &[
            "SELECT t.id FROM things t CROSS JOIN owners o WHERE o.name = 'x'",
            "SELECT t.id FROM things t JOIN owners o ON TRUE",
            "SELECT t.id FROM things t, owners o WHERE o.id = t.owner",
            "SELECT t.id FROM things t, owners o WHERE o.id = :owner AND t.owner = :owner",
            "SELECT t.id, o.name FROM things t, owners o WHERE t.id = :id AND o.id = :other",
            "SELECT t.id FROM things t, (SELECT MAX(id) AS id FROM owners) newest",
            "SELECT t.id FROM things t, UNNEST(ARRAY[t.kind]) AS k (x)",
            "SELECT t.id FROM things t JOIN owners o USING (id)",
            "SELECT t.id FROM things t LEFT JOIN owners o ON o.id = t.owner WHERE o.id IS NULL",
            "SELECT t.id FROM things t LEFT JOIN owners o ON o.id = t.owner WHERE COALESCE(o.name, '') = 'x'",
            "SELECT t.id FROM things t LEFT JOIN owners o ON o.id = t.owner AND o.name = 'x' WHERE t.kind = 1",
            "UPDATE things t SET note = o.name FROM owners o WHERE o.id = t.owner",
        ],
    );
}

#[test]
fn what_is_always_true_or_false_is_refused() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE kind = kind", "`kind` is compared with itself, which is true"),
            ("SELECT t.id FROM things t JOIN owners o ON o.id = t.owner AND t.kind <> t.kind", "which is false"),
            ("SELECT id FROM things WHERE kind BETWEEN 10 AND 1", "lower bound is above the upper one"),
            ("SELECT id FROM things WHERE kind BETWEEN 1 AND -1", "lower bound is above the upper one"),
            ("SELECT id FROM things WHERE made_at BETWEEN '2024-02-01' AND '2024-01-01'", "lower bound is above"),
            (
                "WITH a AS (UPDATE things SET kind = 1 WHERE id = :id) UPDATE things SET note = 'x' WHERE id = :id",
                "two parts of the statement change `things`",
            ),
            ("INSERT INTO owners VALUES (:id, :name, :note)", "help: name the columns: (id, name, note)"),
        ],
        &[
            "SELECT a.id FROM things a JOIN things b ON b.kind = a.kind AND a.id <> b.id",
            "SELECT id FROM things t WHERE EXISTS (SELECT 1 FROM things u WHERE u.kind = t.kind)",
            "SELECT id FROM things WHERE kind BETWEEN 1 AND 10",
            "SELECT id FROM things WHERE kind BETWEEN SYMMETRIC 10 AND 1",
            "SELECT id FROM things WHERE label BETWEEN 'b' AND 'a'",
            "WITH a AS (DELETE FROM things WHERE id = :id RETURNING owner) DELETE FROM owners USING a WHERE owners.id = a.owner",
            "INSERT INTO owners (name) SELECT label FROM things",
            "INSERT INTO owners DEFAULT VALUES",
        ],
    );
}

#[test]
fn every_rule_has_its_place_reason_and_way_out() {
    let statements = [
        "UPDATE things SET kind = 1",
        "SELECT id\nFROM things\nORDER BY label, :column::TEXT",
        "SELECT COUNT(*) AS n FROM things GROUP BY :column::TEXT",
        "SELECT id, COUNT(*) OVER (PARTITION BY :column::TEXT) AS n FROM things",
        "SELECT DISTINCT ON (:column::TEXT) id FROM things",
        "SELECT id FROM things WHERE kind = 1 AND note = NULL",
        "SELECT id FROM things WHERE kind NOT IN (1, NULL)",
        "SELECT id FROM owners WHERE id NOT IN (SELECT owner FROM things)",
        "SELECT id FROM things WHERE id IN (SELECT id FROM things LIMIT 5)",
        "SELECT t.id FROM things t, owners o WHERE o.name = 'x'",
        "SELECT t.id FROM things t LEFT JOIN owners o ON o.id = t.owner WHERE o.name = 'x'",
        "SELECT t.id FROM things t WHERE t.kind = t.kind",
        "SELECT id FROM things WHERE kind BETWEEN 10 AND 1",
        "WITH a AS (UPDATE things SET kind = 1 WHERE id = :id) DELETE FROM things WHERE id = :id",
        "INSERT INTO owners VALUES (:id, :name, :note)",
        "SELECT DISTINCT ON (kind) kind, id FROM things",
        "SELECT SET_CONFIG('work_mem', :size, FALSE) AS size",
        "SELECT id FROM things WHERE :kind::INTEGER IS NULL OR kind = :kind",
        "SELECT id FROM things WHERE owner = (SELECT id FROM owners WHERE name = :name)",
        "INSERT INTO owners (name) VALUES (:name) ON CONFLICT (name) DO NOTHING",
        "SELECT id FROM things NATURAL JOIN owners",
        "SELECT id FROM things WHERE id = @id",
    ];
    let output = project("rule", &statements).failure();
    let end = output.find("Nothing was written").unwrap_or(output.len());
    assert_snapshot("rules.txt", &output[..end]);
}
