//! Habits of other databases, and names that are nearly right.

use super::assert_found;

#[test]
fn habits_of_other_databases_are_answered_with_what_postgresql_has() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE id = ?", "parameters have names here"),
            ("SELECT id FROM things WHERE id = %s", "help: write :name instead"),
            ("SELECT `id` FROM things", "PostgreSQL quotes names in double quotes"),
            ("SELECT id FROM things WHERE id = @id", "`@id` is the absolute value of `id`, not a parameter"),
            ("SELECT id FROM things WHERE label == 'x'", "PostgreSQL compares with a single `=`"),
            ("SELECT [id] FROM things", "help: PostgreSQL quotes names in double quotes"),
            ("SELECT TOP 5 id FROM things", "help: PostgreSQL has LIMIT, at the end of the statement"),
            ("SELECT id FROM things WHERE label = \"x\"", "if the text is meant: 'x'"),
            ("SELECT IFNULL(note, '') AS note FROM things", "help: PostgreSQL has COALESCE(value, other)"),
            (
                "SELECT id FROM things NATURAL JOIN owners",
                "it also compares columns of one name that a later migration",
            ),
        ],
        &[
            "SELECT id FROM things WHERE TO_JSONB(things) ? :key",
            "SELECT @ kind AS size, kind % 3 AS rest FROM things",
            "SELECT id FROM things JOIN owners USING (id)",
        ],
    );
}

#[test]
fn an_operator_of_an_extension_is_not_taken_for_one_of_another_language() {
    let project = super::project("wrong", &["SELECT id FROM things WHERE label == 'x' AND kind == 1"]);
    project.write(
        "migrations/V2__operator.sql",
        "-- An operator.\nCREATE OPERATOR == (LEFTARG = TEXT, RIGHTARG = TEXT, FUNCTION = TEXTEQ);\n
/* rollback\nDROP OPERATOR == (TEXT, TEXT);\n*/\n",
    );
    super::assert_contains(
        &project.failure(),
        &["operator does not exist: integer == integer", "wrong_0.sql:5:51", "1 problem"],
    );
}

#[test]
fn a_function_that_returns_nothing_is_called_in_from() {
    assert_found(
        &[
            ("SELECT PG_NOTIFY(:channel, :payload)", "help: the function returns nothing: call it in FROM"),
            ("NOTIFY things", "help: write SELECT FROM PG_NOTIFY(:channel, :payload)"),
        ],
        &["SELECT FROM PG_NOTIFY(:channel, :payload)", "SELECT FROM PG_ADVISORY_XACT_LOCK(:key)"],
    );
}

#[test]
fn a_parameter_where_no_value_can_stand_is_answered_with_what_can() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE id IN :ids", "help: one parameter can hold all values: = ANY (:ids)"),
            ("SELECT INTERVAL :age AS age", "help: cast it: :age::INTERVAL"),
            ("SELECT id FROM :place", "help: a parameter is a value: names of tables"),
            ("INSERT INTO things (:names) VALUES (1)", "help: a parameter is a value"),
            ("SELECT id FROM things WHERE id = :1", "help: a parameter is a colon and a name"),
            ("SELECT id FROM things WHERE label = :'word'", "help: a parameter is a colon and a name"),
            ("SELECT id FROM things WHERE id = : id", "help: a parameter is a colon and a name"),
        ],
        &[],
    );
}

#[test]
fn a_name_that_does_not_exist_is_answered_with_a_near_one() {
    assert_found(
        &[
            ("SELECT id FROM thing", "help: did you mean `things`?"),
            ("SELECT lenght(label) AS length FROM things", "help: did you mean `length`?"),
        ],
        &[],
    );
}

#[test]
fn a_name_that_postgresql_would_cut_off_is_refused() {
    let (kept, cut) = ("n".repeat(63), "n".repeat(64));
    assert_found(
        &[(&format!("SELECT id AS {cut} FROM things"), "PostgreSQL cuts this name off after 63 bytes")],
        &[&format!("SELECT id AS {kept} FROM things")],
    );
}

#[test]
fn a_parameter_whose_type_postgresql_cannot_tell_gets_an_example() {
    assert_found(
        &[
            ("SELECT id FROM things WHERE made_at > NOW() - :age", "help: say its type: :age::INTERVAL, for example"),
            (
                "SELECT id FROM things WHERE made_at = ANY (ARRAY[:a, :b])",
                "help: say its type: :a::timestamp with time zone",
            ),
            ("SELECT UNNEST(:labels) AS label", "help: say its type: :labels::TEXT[], for example"),
            ("SELECT CONCAT(:first, :second) AS text", "5:15"),
        ],
        &[],
    );
}
