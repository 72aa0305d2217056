//! Base columns, joins, views.

use super::assert_columns;

#[test]
fn a_base_column_is_nullable_without_not_null() {
    assert_columns(&[
        ("SELECT id, name, phone, age FROM users", "id name phone? age?"),
        ("SELECT tags, aliases FROM users", "tags[?] aliases?[?]"),
        ("SELECT home, (home).city, mood, nick, valid FROM users", "home city? mood nick? valid"),
        ("SELECT name_size, email FROM users", "name_size? email?"),
        ("SELECT ctid::TEXT AS place, tableoid::INTEGER AS kind, xmin::TEXT AS made FROM users", "place kind made"),
        ("SELECT u AS whole FROM users u", "whole"),
        ("SELECT a, b FROM parent", "a b?"),
        ("SELECT a, b FROM parted", "a b?"),
        ("SELECT a, b FROM parted_1", "a b?"),
        ("SELECT a, b FROM remote", "a? b?"),
        ("SELECT oid::INTEGER AS id, relname::TEXT AS name FROM pg_class", "id name"),
    ]);
}

#[test]
fn the_padded_side_of_an_outer_join_is_nullable() {
    assert_columns(&[
        ("SELECT u.id, p.title FROM users u JOIN posts p ON p.author = u.id", "id title"),
        ("SELECT u.id, p.title FROM users u LEFT JOIN posts p ON p.author = u.id", "id title?"),
        ("SELECT u.id, p.title FROM users u RIGHT JOIN posts p ON p.author = u.id", "id? title"),
        ("SELECT u.id, p.title FROM users u FULL JOIN posts p ON p.author = u.id", "id? title?"),
        ("SELECT u.id, p.title FROM users u CROSS JOIN posts p", "id title"),
        (
            "SELECT u.id, p.title, l.liker FROM users u LEFT JOIN (posts p JOIN likes l ON l.post = p.id) ON p.author = u.id",
            "id title? liker?",
        ),
        (
            "SELECT u.id, p.title, l.liker FROM users u LEFT JOIN posts p ON p.author = u.id LEFT JOIN likes l ON l.post = p.id",
            "id title? liker?",
        ),
        (
            "SELECT u.id, p.title, l.liker FROM users u LEFT JOIN posts p ON p.author = u.id JOIN likes l ON l.post = p.id",
            "id title liker",
        ),
        (
            "SELECT u.id, p.title, l.liker FROM likes l RIGHT JOIN posts p ON l.post = p.id RIGHT JOIN users u ON u.id = p.author",
            "id title? liker?",
        ),
        (
            "SELECT u.id, l.title FROM users u LEFT JOIN LATERAL (SELECT p.title FROM posts p WHERE p.author = u.id) l ON TRUE",
            "id title?",
        ),
        (
            "SELECT u.id, l.title FROM users u CROSS JOIN LATERAL (SELECT p.title FROM posts p WHERE p.author = u.id) l",
            "id title",
        ),
        ("SELECT p AS whole, p.ctid::TEXT AS place FROM users u LEFT JOIN posts p ON p.author = u.id", "whole? place?"),
        (
            "SELECT j.name, j.title FROM (users u LEFT JOIN posts p ON p.author = u.id) AS j (a, name, c, d, e, f, g, h, i, k, l, m, n, o, q, r, s, z, t, w, title)",
            "name title?",
        ),
        (
            "SELECT COALESCE(p.title, '') AS title, p.id IS NULL AS is_missing FROM users u LEFT JOIN posts p ON p.author = u.id",
            "title is_missing",
        ),
    ]);
}

#[test]
fn columns_that_using_merges_come_from_the_side_that_is_there() {
    assert_columns(&[
        ("SELECT id, u.name, p.title FROM users u JOIN posts p USING (id)", "id name title"),
        ("SELECT id, u.name, p.title FROM users u LEFT JOIN posts p USING (id)", "id name title?"),
        ("SELECT id, u.name, p.title FROM users u RIGHT JOIN posts p USING (id)", "id name? title"),
        ("SELECT id, u.name, p.title FROM users u FULL JOIN posts p USING (id)", "id name? title?"),
        ("SELECT id, p.id AS post FROM users u FULL JOIN posts p USING (id)", "id post?"),
        ("SELECT u.id, v.n FROM users u LEFT JOIN (VALUES (1)) v (n) ON TRUE", "id n"),
        ("SELECT u.id, v.n FROM users u LEFT JOIN (VALUES (1)) v (n) ON FALSE", "id n?"),
        ("SELECT u.id, v.n FROM (VALUES (1)) v (n) RIGHT JOIN users u ON TRUE", "id n"),
        ("SELECT u.id, p.id AS post FROM users u LEFT JOIN posts p ON TRUE", "id post?"),
        (
            "SELECT u.id, l.n, l.best FROM users u LEFT JOIN LATERAL (
                 SELECT COUNT(*) AS n, MAX(p.score) AS best FROM posts p WHERE p.author = u.id
             ) l ON TRUE",
            "id n best?",
        ),
        (
            "SELECT u.id, l.n FROM users u LEFT JOIN LATERAL (
                 SELECT COUNT(*) AS n FROM posts p WHERE p.author = u.id GROUP BY p.score LIMIT 1
             ) l ON TRUE",
            "id n?",
        ),
        ("SELECT u.id, l.n FROM users u LEFT JOIN LATERAL (SELECT u.id AS n WHERE u.active) l ON TRUE", "id n?"),
        ("SELECT b FROM (SELECT 1 AS b) x FULL JOIN (SELECT NULL::INTEGER AS b) y USING (b)", "b?"),
        (
            "SELECT l.post, j.id FROM likes l LEFT JOIN (users u FULL JOIN posts p USING (id)) j ON j.id = l.post",
            "post id?",
        ),
        ("SELECT id FROM (users u FULL JOIN posts p USING (id)) FULL JOIN (SELECT 1 AS id) one USING (id)", "id"),
    ]);
}

#[test]
fn views_are_looked_through() {
    assert_columns(&[
        ("SELECT id, name, phone FROM all_users", "id name phone?"),
        ("SELECT id, phone FROM callable", "id phone"),
        ("SELECT id, title, user_id, name FROM authored", "id title user_id? name?"),
        ("SELECT title, user_id, name FROM authored WHERE user_id = 1", "title user_id name"),
        ("SELECT title, name, phone FROM of_views", "title name phone"),
        ("SELECT id, posts, best, rows FROM totals", "id posts best? rows"),
        ("SELECT c.phone FROM users u LEFT JOIN callable c USING (id)", "phone?"),
        ("SELECT table_name::TEXT AS name FROM information_schema.tables", "name"),
        ("SELECT pid, query FROM pg_stat_activity", "pid? query?"),
        ("SELECT relname::TEXT AS name, n_live_tup FROM pg_stat_user_tables", "name n_live_tup"),
    ]);
}
