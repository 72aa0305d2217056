//! Statements that other tools get wrong.

use super::assert_columns;

/// Eight that an earlier build step accepted although NULL comes.
#[test]
fn simple_traps_are_seen() {
    assert_columns(&[
        ("SELECT u.name, p.title FROM users u LEFT JOIN posts p ON p.author = u.id", "name title?"),
        ("SELECT title, name FROM authored", "title name?"),
        ("SELECT SUM(score) AS total FROM posts", "total?"),
        ("SELECT (SELECT title FROM posts WHERE id = :id) AS title", "title?"),
        ("SELECT NULLIF(name, '') AS name FROM users", "name?"),
        ("SELECT CASE WHEN age > 18 THEN 'adult' END AS kind FROM users", "kind?"),
        ("SELECT a.phone FROM users a JOIN users b ON a.id = b.id WHERE b.phone IS NOT NULL", "phone?"),
        ("SELECT name FROM users UNION ALL SELECT NULL", "name?"),
    ]);
}

/// Eighteen on which a peer was unsound, refused what is valid, or was needlessly optional on nine.
#[test]
fn harder_statements_are_right() {
    assert_columns(&[
        ("SELECT mood, COUNT(*) AS users FROM users GROUP BY ROLLUP (mood)", "mood? users"),
        ("SELECT id = ANY (ARRAY[1, NULL]) AS found FROM users", "found?"),
        ("SELECT (ARRAY_AGG(name ORDER BY id))[1] AS first FROM users", "first?"),
        (
            "UPDATE users AS u SET name = p.title FROM posts AS p WHERE p.author = u.id RETURNING u.id, u.phone, p.title AS new_title",
            "id phone? new_title",
        ),
        ("SELECT SUBSTRING(name FROM '[0-9]+') AS digits FROM users", "digits?"),
        ("SELECT v.id, v.label FROM (VALUES (1, 'one'), (2, NULL)) AS v (id, label)", "id label?"),
        ("SELECT phone FROM users WHERE phone IS NOT NULL", "phone"),
        ("SELECT u.id, p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.score > 0", "id title"),
        ("SELECT author, MAX(score) AS best FROM posts GROUP BY author", "author? best"),
        ("SELECT name FROM users EXCEPT SELECT phone FROM users", "name"),
        (
            "WITH RECURSIVE up (id, author) AS (SELECT id, author FROM posts WHERE id = :id UNION ALL SELECT p.id, p.author FROM posts p JOIN up ON p.id = up.author) SELECT id, author FROM up",
            "id author?",
        ),
        ("SELECT LAG(score) OVER (ORDER BY id) AS before FROM posts", "before?"),
        ("SELECT settings->>'theme' AS theme FROM users", "theme?"),
        ("SELECT id FROM users u FULL JOIN posts p USING (id)", "id"),
        (
            "SELECT u.name, s.best FROM users u LEFT JOIN LATERAL (SELECT MAX(score) AS best FROM posts p WHERE p.author = u.id) s ON TRUE",
            "name best?",
        ),
        ("SELECT COUNT(*) FILTER (WHERE active) AS n, MAX(id) FILTER (WHERE active) AS top FROM users", "n top?"),
        ("SELECT tag FROM users, UNNEST(tags) AS tag", "tag?"),
        ("SELECT CASE WHEN phone IS NULL THEN 'none' ELSE phone END AS phone FROM users", "phone"),
    ]);
}

/// The two cases of the reports about `IS NOT NULL` elsewhere and about NULL in an arm.
#[test]
fn reported_cases_are_right() {
    assert_columns(&[
        ("SELECT name, phone FROM users WHERE phone IS NOT NULL OR mood = :mood", "name phone?"),
        ("SELECT phone, phone IS NOT NULL AS has_phone FROM users WHERE id = :id", "phone? has_phone"),
        (
            "SELECT a.phone, b.name FROM users a JOIN users b ON b.nick = a.name WHERE b.phone IS NOT NULL",
            "phone? name",
        ),
        (
            "SELECT name, phone FROM users WHERE id IN (SELECT id FROM users WHERE phone IS NOT NULL) OR mood = :mood",
            "name phone?",
        ),
        ("SELECT name, phone FROM users WHERE phone IS NOT NULL AND mood = :mood", "name phone"),
        ("SELECT name, phone AS number FROM users WHERE phone IS NOT NULL AND mood = :mood", "name number"),
        ("SELECT name, nick FROM users UNION ALL SELECT 'nobody', NULL", "name nick?"),
        ("SELECT id, name FROM users UNION SELECT id, phone FROM users", "id name?"),
        ("SELECT nick, COUNT(*) AS users FROM users GROUP BY ROLLUP (nick)", "nick? users"),
        ("SELECT id, name FROM users UNION SELECT id, title FROM posts", "id name"),
    ]);
}
