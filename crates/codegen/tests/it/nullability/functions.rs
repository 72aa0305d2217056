//! Functions in expressions and in FROM.

use super::{SCHEMA, assert_columns, described};

#[test]
fn built_in_functions_are_known_by_their_source() {
    assert_columns(&[
        (
            "SELECT UPPER(name) AS a, LENGTH(phone) AS b, ABS(id) AS c, NOW() AS d, RANDOM() AS e, GEN_RANDOM_UUID() AS f FROM users",
            "a b? c d e f",
        ),
        (
            "SELECT CONCAT(name, phone) AS a, CONCAT_WS(',', phone) AS b, CONCAT_WS(phone, 'a') AS c, FORMAT('%s', phone) AS d FROM users",
            "a b c? d",
        ),
        (
            "SELECT SUBSTRING(name FROM 1 FOR 2) AS a, SUBSTRING(name FROM 'a+') AS b, REGEXP_MATCH(name, 'a') AS c, REGEXP_REPLACE(name, 'a', 'b') AS d FROM users",
            "a b? c?[?] d",
        ),
        (
            "SELECT SPLIT_PART(name, ',', 1) AS a, STRPOS(name, 'a') AS b, LPAD(name, 3) AS c, MD5(name) AS d, TRIM(name) AS e, OVERLAY(name PLACING 'x' FROM 1) AS f FROM users",
            "a b c d e f",
        ),
        (
            "SELECT JSONB_BUILD_OBJECT('a', age) AS a, TO_JSONB(age) AS b, TO_JSONB(id) AS c, JSONB_TYPEOF(settings) AS d, JSONB_EXTRACT_PATH(settings, 'a') AS e FROM users",
            "a b? c d e?",
        ),
        (
            "SELECT EXTRACT(YEAR FROM made_at) AS a, EXTRACT(DAY FROM made_at) AS b, DATE_TRUNC('day', made_at) AS c, TO_CHAR(made_at, 'YYYY') AS d, EXTRACT(EPOCH FROM made_at) AS e FROM users",
            "a b? c d? e",
        ),
        (
            "SELECT NUM_NULLS(age, phone) AS a, NUM_NULLS(VARIADIC aliases) AS b, QUOTE_NULLABLE(phone) AS c, QUOTE_LITERAL(phone) AS d FROM users",
            "a b? c d?",
        ),
        (
            "SELECT CURRENT_SETTING('a.b') AS a, CURRENT_SETTING('a.b', TRUE) AS b, SET_CONFIG('a.b', 'c', TRUE) AS c, PG_TYPEOF(NULL)::TEXT AS d",
            "a b? c d",
        ),
        (
            "SELECT TO_REGCLASS('users')::TEXT AS a, 'users'::REGCLASS::TEXT AS b, PG_GET_VIEWDEF('callable'::REGCLASS) AS c, INET_CLIENT_ADDR() AS d, PG_BACKEND_PID() AS e",
            "a? b c? d? e",
        ),
        (
            "SELECT MAKE_INTERVAL(days => 1) AS a, MAKE_DATE(2020, 1, 1) AS b, AGE(made_at) AS c, made_at + INTERVAL '1 day' AS d FROM users",
            "a b c d",
        ),
        ("SELECT ('null'::JSONB)::INTEGER AS a, (settings->'a')::INTEGER AS b FROM users", "a? b?"),
        (
            "SELECT REGEXP_SUBSTR_OR_NULL AS a FROM (SELECT NULLIF(name, '') AS regexp_substr_or_null FROM users) s",
            "a?",
        ),
    ]);
}

#[test]
fn set_returning_functions_return_what_they_are_made_of() {
    assert_columns(&[
        ("SELECT n FROM GENERATE_SERIES(1, 3) n", "n"),
        ("(p?) SELECT n FROM GENERATE_SERIES(1, :p::INTEGER) n", "n"),
        ("SELECT n, place FROM UNNEST(ARRAY[1, 2]) WITH ORDINALITY AS u (n, place)", "n place"),
        ("SELECT tag FROM users, UNNEST(tags) AS tag", "tag?"),
        ("SELECT n FROM UNNEST(:ids::INTEGER[]) AS n", "n"),
        ("SELECT a, b FROM UNNEST(:a::INTEGER[], :b::INTEGER[]) AS u (a, b)", "a? b?"),
        (
            "SELECT a, b, place FROM ROWS FROM (GENERATE_SERIES(1, 2), GENERATE_SERIES(1, 3)) WITH ORDINALITY AS u (a, b, place)",
            "a? b? place",
        ),
        ("SELECT key, value FROM users, JSONB_EACH(settings)", "key value"),
        ("SELECT key, value FROM users, JSONB_EACH_TEXT(settings)", "key value?"),
        ("SELECT value FROM users, JSONB_ARRAY_ELEMENTS(settings)", "value"),
        ("SELECT value FROM users, JSONB_ARRAY_ELEMENTS_TEXT(settings)", "value?"),
        ("SELECT m FROM users, REGEXP_MATCHES(name, 'a') m", "m[?]"),
        ("SELECT part FROM users, REGEXP_SPLIT_TO_TABLE(name, ',') part", "part"),
        ("SELECT a FROM JSONB_TO_RECORDSET('[]') AS r (a INTEGER)", "a?"),
        ("SELECT u.id, n FROM users u LEFT JOIN GENERATE_SERIES(1, 2) n ON n = u.id", "id n?"),
        ("SELECT GENERATE_SERIES(1, 3) AS a", "a"),
        ("SELECT GENERATE_SERIES(1, 3) AS a, GENERATE_SERIES(1, 2) AS b, 1 AS c", "a? b? c"),
        ("SELECT UNNEST(tags) AS a, UNNEST(ARRAY[1]) + 1 AS b FROM users", "a? b?"),
        ("SELECT a FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a TEXT, n FOR ORDINALITY)", "a?"),
        ("SELECT n FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS a TEXT, n FOR ORDINALITY)", "n"),
        ("SELECT n FROM NOW() n", "n"),
    ]);
}

#[test]
fn sql_functions_are_looked_into_and_others_are_not() {
    assert_columns(&[
        (
            "SELECT TWICE(id) AS a, TWICE(age) AS b, STRICT_TWICE(id) AS c, STRICT_TWICE(age) AS d, HALF(id) AS e FROM users",
            "a b? c d? e",
        ),
        ("SELECT PHONE_OF(1) AS a, NAME_OF(1) AS b, COUNT_OF(1) AS c", "a? b? c"),
        ("SELECT title, body FROM POSTS_OF(1)", "title body?"),
        ("SELECT a, b FROM PAIR()", "a b"),
        ("SELECT PROCEDURAL(1) AS a", "a?"),
        ("SELECT a, b FROM PROCEDURAL_ROWS()", "a? b?"),
        ("SELECT ITSELF(1) AS a", "a?"),
    ]);
}

#[test]
fn a_query_that_is_nested_too_deeply_is_nullable_and_harms_nothing() {
    let sum = format!("SELECT {} AS sum", vec!["1"; 1200].join(" + "));
    let brackets = format!("SELECT {}1{} AS one", "ABS(".repeat(300), ")".repeat(300));
    let found = described(SCHEMA, &[&sum, &brackets]);
    let nullable: Vec<bool> = found.iter().map(|query| query.columns[0].nullable).collect();
    assert_eq!(nullable, [true, false]);
}
