//! Expressions.

use super::assert_columns;

#[test]
fn operators_are_null_where_an_argument_is() {
    assert_columns(&[
        ("SELECT id + 1 AS a, age + 1 AS b, name || 'x' AS c, name || phone AS d FROM users", "a b? c d?"),
        (
            "SELECT age = 1 AS a, age IS DISTINCT FROM 1 AS b, age IS NULL AS c, verified IS TRUE AS d FROM users",
            "a? b c d",
        ),
        (
            "SELECT settings->'a' AS a, settings->>'a' AS b, settings @> '{}' AS c, settings || '{}' AS d FROM users",
            "a? b? c d",
        ),
        ("SELECT name || id AS a, id || name AS b, phone || id AS c, id || phone AS d FROM users", "a b c? d?"),
        ("SELECT id / 2 AS a, id % 2 AS b, -id AS c, id::TEXT AS d, name::short AS e FROM users", "a b c d e"),
        (
            "SELECT active AND verified AS a, active OR verified AS b, NOT verified AS c, NOT active AS d FROM users",
            "a? b? c? d",
        ),
        ("SELECT (id, age) < (1, 2) AS a, (id, id) < (1, 2) AS b, (id, age) = (1, 2) AS c FROM users", "a? b c?"),
        (
            "SELECT name COLLATE \"C\" AS a, made_at AT TIME ZONE 'UTC' AS b, made_at - seen_at AS c FROM users",
            "a b c?",
        ),
        ("SELECT LOWER(valid) AS a, ISEMPTY(valid) AS b, valid @> CURRENT_DATE AS c FROM users", "a? b c"),
    ]);
}

#[test]
fn special_forms_have_rules_of_their_own() {
    assert_columns(&[
        ("SELECT NULL AS a, 1 AS b, 'x' AS c, NULL::INTEGER AS d", "a? b c d?"),
        ("SELECT COALESCE(phone, name) AS a, COALESCE(phone, nick) AS b FROM users", "a b?"),
        ("SELECT NULLIF(id, 1) AS a, NULLIF(phone, 'x') AS b FROM users", "a? b?"),
        ("SELECT GREATEST(age, 1) AS a, LEAST(age, NULL) AS b FROM users", "a b?"),
        (
            "SELECT CURRENT_TIMESTAMP AS a, CURRENT_USER AS b, CURRENT_SCHEMA AS c, CURRENT_DATE AS d, LOCALTIME AS e",
            "a b c? d e",
        ),
        ("SELECT XMLELEMENT(NAME a) AS a, XMLCONCAT(NULL, '<a/>') AS b, XMLCONCAT(NULL) AS c", "a b c?"),
        ("(p?) SELECT :p::INTEGER AS a, :q::INTEGER AS b", "a? b"),
        ("(p?) SELECT COALESCE(:p::INTEGER, :q) AS a, :p::INTEGER + 1 AS b", "a b?"),
        ("(p[?]) SELECT :p::INTEGER[] AS a, :q::INTEGER[] AS b", "a[?] b"),
        ("SELECT phone::required AS a, phone::short AS b FROM users", "a b?"),
        (
            "SELECT mood::TEXT AS a, 'calm'::mood AS b, '1'::TEXT::INTEGER AS c, phone::INTEGER AS d FROM users",
            "a b c d?",
        ),
    ]);
}

#[test]
fn a_scalar_subquery_without_a_row_is_null() {
    assert_columns(&[
        ("SELECT (SELECT name FROM users WHERE id = 1) AS a", "a?"),
        ("SELECT (SELECT COUNT(*) FROM users) AS a, (SELECT MAX(id) FROM users) AS b", "a b?"),
        ("SELECT (SELECT COUNT(*) FROM users GROUP BY active LIMIT 1) AS a", "a?"),
        ("SELECT (SELECT COUNT(*) FROM users HAVING COUNT(*) > 1) AS a", "a?"),
        (
            "SELECT (SELECT COUNT(*) FROM users LIMIT 1) AS a, (SELECT COUNT(*) FROM users OFFSET 1) AS b, (SELECT 1 LIMIT 0) AS c",
            "a b? c?",
        ),
        ("SELECT (SELECT COALESCE(SUM(id), 0) FROM users) AS a", "a"),
        ("SELECT (SELECT 1) AS a, (SELECT u.id) AS b, (SELECT u.age) AS c FROM users u", "a b c?"),
        ("SELECT (SELECT 1 WHERE u.active) AS a FROM users u", "a?"),
        ("SELECT (SELECT n FROM (VALUES (1)) v (n)) AS a, (SELECT 1 FROM users LIMIT 1) AS b", "a b?"),
        ("SELECT EXISTS (SELECT FROM users) AS a, NOT EXISTS (SELECT FROM users) AS b", "a b"),
        ("SELECT ARRAY(SELECT id FROM users) AS a, ARRAY(SELECT age FROM users) AS b", "a b[?]"),
        (
            "SELECT id IN (SELECT id FROM posts) AS a, id IN (SELECT author FROM posts) AS b, age IN (SELECT id FROM posts) AS c FROM users",
            "a b? c?",
        ),
        ("SELECT id > ALL (SELECT id FROM posts) AS a, id > ALL (SELECT author FROM posts) AS b FROM users", "a b?"),
        (
            "SELECT (id, name) IN (SELECT id, title FROM posts) AS a, (id, name) IN (SELECT id, body FROM posts) AS b FROM users",
            "a b?",
        ),
        ("SELECT (id, name) = (SELECT id, title FROM posts LIMIT 1) AS a FROM users", "a?"),
    ]);
}

#[test]
fn arrays_hold_null_where_their_source_does() {
    assert_columns(&[
        (
            "SELECT ARRAY[1, 2] AS a, ARRAY[id, age] AS b, ARRAY[1, NULL] AS c, ARRAY[]::INTEGER[] AS d FROM users",
            "a b[?] c[?] d",
        ),
        ("SELECT '{1,2}'::INTEGER[] AS a, '{1,NULL}'::INTEGER[] AS b", "a b[?]"),
        ("SELECT tags[1] AS a, (ARRAY[1])[1] AS b, tags[1:2] AS c, aliases[1:2] AS d FROM users", "a? b? c[?] d?[?]"),
        (
            "SELECT id = ANY (ARRAY[1, 2]) AS a, id = ANY (ARRAY[1, NULL]) AS b, id IN (1, 2) AS c, id IN (1, age) AS d FROM users",
            "a b? c d?",
        ),
        (
            "SELECT id = ANY ('{1,NULL}'::INTEGER[]) AS a, id = ANY ('{1,2}'::INTEGER[]) AS b, age = ANY ('{1}'::INTEGER[]) AS c FROM users",
            "a? b c?",
        ),
        ("SELECT id = ANY (:ids::INTEGER[]) AS a, name = ANY (tags) AS b FROM users", "a b?"),
        ("(ids[?]) SELECT id = ANY (:ids::INTEGER[]) AS a FROM users", "a?"),
        ("SELECT ARRAY[ARRAY[1], ARRAY[2]] AS a, ARRAY[ARRAY[age]] AS b FROM users", "a b[?]"),
        (
            "SELECT ARRAY_APPEND(ARRAY[1], age) AS a, ARRAY[1] || 2 AS b, ARRAY[1] || ARRAY[age] AS c, ARRAY_REMOVE(tags, NULL) AS d FROM users",
            "a[?] b c[?] d",
        ),
        (
            "SELECT ARRAY_LENGTH(tags, 1) AS a, CARDINALITY(tags) AS b, ARRAY_POSITION(tags, 'x') AS c, ARRAY_TO_STRING(tags, ',') AS d FROM users",
            "a? b c? d",
        ),
        (
            "SELECT STRING_TO_ARRAY(name, ',') AS a, STRING_TO_ARRAY(name, ',', '') AS b, REGEXP_SPLIT_TO_ARRAY(name, ',') AS c FROM users",
            "a b[?] c",
        ),
        ("SELECT ARRAY[1]::TEXT[] AS a, ARRAY[age]::BIGINT[] AS b FROM users", "a b[?]"),
    ]);
}

#[test]
fn fields_of_composite_values_are_those_of_their_row() {
    assert_columns(&[
        ("SELECT (home).street FROM users", "street?"),
        ("SELECT (ROW('a', 'b')::place).city", "city"),
        ("SELECT (ROW('a', phone)::place).city FROM users", "city?"),
        ("SELECT (u).name, (u).phone FROM users u", "name phone?"),
        ("SELECT (s.u).name FROM (SELECT u FROM users u) s", "name"),
        ("SELECT (s.p).title FROM (SELECT p FROM users u LEFT JOIN posts p ON p.author = u.id) s", "title?"),
        ("SELECT ROW(1, NULL) AS a, (SELECT u FROM users u LIMIT 1) AS b", "a b?"),
        ("SELECT (pair()).a AS a", "a"),
    ]);
}
