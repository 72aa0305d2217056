//! Set operations, VALUES and WITH.

use super::assert_columns;

#[test]
fn a_set_operation_is_nullable_where_its_arms_are() {
    assert_columns(&[
        ("SELECT name FROM users UNION ALL SELECT NULL", "name?"),
        ("SELECT id, name FROM users UNION SELECT id, phone FROM users", "id name?"),
        ("SELECT id, name FROM users UNION SELECT id, title FROM posts", "id name"),
        ("SELECT phone FROM users INTERSECT SELECT title FROM posts", "phone"),
        ("SELECT phone FROM users INTERSECT SELECT body FROM posts", "phone?"),
        ("SELECT name FROM users EXCEPT SELECT body FROM posts", "name"),
        ("SELECT phone FROM users EXCEPT SELECT title FROM posts", "phone?"),
        ("SELECT 1 AS a UNION SELECT 2 UNION SELECT NULL", "a?"),
        ("(SELECT 1 AS a UNION SELECT NULL) INTERSECT SELECT 2", "a"),
        ("SELECT phone FROM users WHERE phone IS NOT NULL UNION SELECT 'x'", "phone"),
        ("SELECT ARRAY[1] AS a UNION ALL SELECT ARRAY[NULL]::INTEGER[]", "a[?]"),
    ]);
}

#[test]
fn a_column_of_values_is_nullable_if_one_row_holds_null() {
    assert_columns(&[
        ("SELECT a, b FROM (VALUES (1, 'x'), (2, NULL)) v (a, b)", "a b?"),
        ("VALUES (1, 'x'), (2, 'y')", "column1 column2"),
        ("(p?) SELECT a, b FROM (VALUES (:p::INTEGER, :q::INTEGER)) v (a, b)", "a? b"),
        ("SELECT v.n, u.id FROM (VALUES (1)) v (n) LEFT JOIN users u ON u.id = v.n", "n id?"),
    ]);
}

#[test]
fn a_cte_has_the_columns_of_its_query() {
    assert_columns(&[
        ("WITH c AS (SELECT id, phone FROM users) SELECT id, phone FROM c", "id phone?"),
        ("WITH c (a, b) AS (SELECT id, phone FROM users WHERE phone > '') SELECT a, b FROM c", "a b"),
        ("WITH a AS (SELECT id FROM users), b AS (SELECT id FROM a) SELECT b.id FROM a LEFT JOIN b USING (id)", "id?"),
        ("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c", "n"),
        ("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT NULLIF(n + 1, 5) FROM c) SELECT n FROM c LIMIT 9", "n?"),
        (
            "WITH RECURSIVE c (a, b) AS (SELECT 1, 2 UNION ALL SELECT b, NULLIF(a, 3) FROM c) SELECT a, b FROM c LIMIT 9",
            "a? b?",
        ),
        (
            "WITH RECURSIVE c (id, parent) AS (SELECT id, author FROM posts UNION ALL SELECT p.id, p.author FROM c JOIN posts p ON p.author = c.id) SELECT id, parent FROM c",
            "id parent?",
        ),
        (
            "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SEARCH DEPTH FIRST BY n SET ord CYCLE n SET again USING path SELECT n, again FROM c",
            "n again",
        ),
        (
            "WITH gone AS (DELETE FROM posts WHERE id = 1 RETURNING title, body) SELECT title, body FROM gone",
            "title body?",
        ),
        (
            "WITH made AS (INSERT INTO posts (title) VALUES ('x') RETURNING id, body) SELECT id, body FROM made",
            "id body?",
        ),
        ("SELECT l.n FROM users u, LATERAL (WITH c AS (SELECT u.id AS n) SELECT n FROM c) l", "n"),
        ("WITH c AS (SELECT COUNT(*) AS n FROM users) SELECT (SELECT n FROM c) AS n", "n"),
    ]);
}
