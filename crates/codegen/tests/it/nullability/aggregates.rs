//! Aggregates, grouping and windows.

use super::assert_columns;

#[test]
fn an_aggregate_of_no_row_is_null_except_count() {
    assert_columns(&[
        ("SELECT COUNT(*) AS n, COUNT(phone) AS phones FROM users", "n phones"),
        ("SELECT SUM(id) AS a, MAX(id) AS b, AVG(id) AS c, BOOL_OR(active) AS d FROM users", "a? b? c? d?"),
        ("SELECT ARRAY_AGG(id) AS a, STRING_AGG(name, ',') AS b, JSON_AGG(id) AS c FROM users", "a? b? c?"),
        ("SELECT ARRAY_AGG(phone) AS a FROM users", "a?[?]"),
        ("SELECT COALESCE(SUM(id), 0) AS a FROM users", "a"),
        ("SELECT COUNT(*) + 1 AS n, SUM(id) + 1 AS s FROM users", "n s?"),
        ("SELECT MAX(n) AS n FROM (VALUES (1), (2)) v (n)", "n"),
        ("SELECT MAX(n) AS n FROM (VALUES (1), (2)) v (n) WHERE n > 5", "n?"),
        ("SELECT REGR_COUNT(id, age) AS a, CORR(id, age) AS b, STDDEV(id) AS c FROM users", "a b? c?"),
        ("SELECT RANK(1) WITHIN GROUP (ORDER BY age) AS a, MODE() WITHIN GROUP (ORDER BY id) AS b FROM users", "a b?"),
    ]);
}

#[test]
fn a_group_holds_a_row() {
    assert_columns(&[
        ("SELECT active, MAX(id) AS a, SUM(id) AS b, MIN(name) AS c FROM users GROUP BY active", "active a b c"),
        ("SELECT phone, MAX(age) AS a FROM users GROUP BY phone", "phone? a?"),
        ("SELECT id, phone, name FROM users GROUP BY id", "id phone? name"),
        (
            "SELECT active, MAX(id) FILTER (WHERE age > 1) AS a, COUNT(*) FILTER (WHERE age > 1) AS b FROM users GROUP BY active",
            "active a? b",
        ),
        ("SELECT active, STDDEV(id) AS a, VAR_POP(id) AS b FROM users GROUP BY active", "active a? b"),
        ("SELECT active, ARRAY_AGG(id) AS a, ARRAY_AGG(age) AS b FROM users GROUP BY active", "active a b[?]"),
        (
            "SELECT active, STRING_AGG(name, ', ') AS a, STRING_AGG(phone, ', ') AS b FROM users GROUP BY active",
            "active a b?",
        ),
        (
            "SELECT active, JSONB_AGG(age) AS a, JSON_OBJECT_AGG(name, age) AS b FROM users GROUP BY active",
            "active a b",
        ),
        ("SELECT active, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY id) AS a FROM users GROUP BY active", "active a"),
        (
            "SELECT active, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY age) AS a FROM users GROUP BY active",
            "active a?",
        ),
        ("SELECT active, OWN_SUM(id) AS a FROM users GROUP BY active", "active a?"),
        (
            "SELECT u.active, MAX(p.score) AS a FROM users u LEFT JOIN posts p ON p.author = u.id GROUP BY u.active",
            "active a?",
        ),
        ("SELECT (ARRAY_AGG(id))[1] AS a FROM users GROUP BY active", "a?"),
        ("SELECT active, (SELECT MAX(u.id)) AS a FROM users u GROUP BY active", "active a"),
    ]);
}

#[test]
fn a_column_that_is_missing_from_a_grouping_set_is_nullable() {
    assert_columns(&[
        ("SELECT active, COUNT(*) AS n FROM users GROUP BY ROLLUP (active)", "active? n"),
        ("SELECT active, name, COUNT(*) AS n FROM users GROUP BY CUBE (active, name)", "active? name? n"),
        ("SELECT active, name FROM users GROUP BY active, ROLLUP (name)", "active name?"),
        ("SELECT active, name FROM users GROUP BY GROUPING SETS ((active), (active, name))", "active name?"),
        ("SELECT active, name FROM users GROUP BY GROUPING SETS ((active), (name))", "active? name?"),
        (
            "SELECT COALESCE(active, FALSE) AS active, GROUPING(active) AS level FROM users GROUP BY ROLLUP (active)",
            "active level",
        ),
        ("SELECT active, MAX(id) AS a FROM users GROUP BY ROLLUP (active)", "active? a?"),
        ("SELECT active, MAX(id) AS a FROM users GROUP BY GROUPING SETS ((active), (active, name))", "active a"),
        ("SELECT active FROM users WHERE active GROUP BY ROLLUP (active)", "active?"),
        ("SELECT active FROM users GROUP BY ROLLUP (active) HAVING active IS NOT NULL", "active"),
        ("SELECT id + 1 AS next FROM users GROUP BY ROLLUP (id + 1)", "next?"),
        ("SELECT id + 1 AS next, LENGTH(name) AS size FROM users GROUP BY ROLLUP (id + 1), name", "next? size"),
        ("SELECT (SELECT u.active) AS active FROM users u GROUP BY ROLLUP (active)", "active?"),
        ("SELECT MAX(active::INTEGER) AS a FROM users GROUP BY GROUPING SETS ((active), (name))", "a"),
        ("SELECT COUNT(*) AS n FROM users GROUP BY ()", "n"),
        ("SELECT MAX(id) AS n FROM users GROUP BY ()", "n?"),
    ]);
}

#[test]
fn window_functions_depend_on_their_frame() {
    assert_columns(&[
        ("SELECT ROW_NUMBER() OVER () AS a, RANK() OVER (ORDER BY id) AS b, NTILE(2) OVER () AS c FROM users", "a b c"),
        (
            "SELECT LAG(id) OVER (ORDER BY id) AS a, LEAD(id, 1, 0) OVER (ORDER BY id) AS b, LAG(age, 1, 0) OVER (ORDER BY id) AS c FROM users",
            "a? b c?",
        ),
        (
            "SELECT FIRST_VALUE(id) OVER (ORDER BY id) AS a, LAST_VALUE(age) OVER () AS b, NTH_VALUE(id, 2) OVER () AS c FROM users",
            "a b? c?",
        ),
        ("SELECT SUM(id) OVER (ORDER BY id) AS a, COUNT(*) OVER () AS b, MAX(age) OVER () AS c FROM users", "a b c?"),
        ("SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS a FROM users", "a?"),
        ("SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS a FROM users", "a"),
        (
            "SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS a FROM users",
            "a?",
        ),
        ("SELECT FIRST_VALUE(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS a FROM users", "a?"),
        ("SELECT SUM(id) FILTER (WHERE age > 1) OVER () AS a FROM users", "a?"),
        ("SELECT active, SUM(COUNT(*)) OVER (ORDER BY active) AS a FROM users GROUP BY active", "active a"),
        (
            "SELECT PERCENT_RANK() OVER w AS a, SUM(id) OVER w AS b FROM users WINDOW w AS (PARTITION BY active ORDER BY id)",
            "a b",
        ),
    ]);
}
