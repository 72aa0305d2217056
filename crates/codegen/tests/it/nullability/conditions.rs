//! What conditions prove.

use super::assert_columns;

#[test]
fn a_conjunct_of_where_excludes_null() {
    assert_columns(&[
        ("SELECT phone FROM users WHERE phone IS NOT NULL", "phone"),
        ("SELECT phone AS number FROM users WHERE phone IS NOT NULL AND active", "number"),
        ("SELECT phone FROM users WHERE NOT phone IS NULL", "phone"),
        ("SELECT phone FROM users WHERE phone = 'x'", "phone"),
        ("SELECT phone FROM users WHERE phone LIKE 'x%'", "phone"),
        ("SELECT phone FROM users WHERE LENGTH(phone) > 3", "phone"),
        ("SELECT phone FROM users WHERE phone IN ('a', 'b')", "phone"),
        ("SELECT phone FROM users WHERE phone NOT IN ('a', 'b')", "phone"),
        ("SELECT phone FROM users WHERE phone = ANY (:phones::TEXT[])", "phone"),
        ("SELECT phone FROM users WHERE phone <> ALL (:phones::TEXT[])", "phone?"),
        ("SELECT age FROM users WHERE age BETWEEN 1 AND 3", "age"),
        ("SELECT age FROM users WHERE age + 1 > 3", "age"),
        ("SELECT verified FROM users WHERE verified", "verified"),
        ("SELECT verified FROM users WHERE NOT verified", "verified"),
        ("SELECT verified FROM users WHERE verified IS TRUE", "verified"),
        ("SELECT verified FROM users WHERE verified IS NOT UNKNOWN", "verified"),
        ("SELECT age FROM users WHERE age IS NOT DISTINCT FROM 3", "age"),
        ("SELECT age FROM users WHERE age IS DISTINCT FROM NULL", "age"),
        ("SELECT phone, age FROM users WHERE (phone, age) IS NOT NULL", "phone age"),
        ("SELECT phone, age FROM users u WHERE u IS NOT NULL", "phone age"),
        ("SELECT age FROM users WHERE COALESCE(age > 1, FALSE)", "age"),
        ("SELECT age FROM users WHERE age IN (SELECT score FROM posts)", "age"),
        ("SELECT age FROM users u WHERE EXISTS (SELECT FROM posts p WHERE p.score = u.age)", "age"),
        ("SELECT phone, age FROM users WHERE (phone, age) = ('a', 1)", "phone age"),
        ("SELECT aliases[1] AS first FROM users WHERE aliases[1] IS NOT NULL", "first"),
        ("SELECT settings->>'a' AS a FROM users WHERE settings->>'a' IS NOT NULL", "a"),
        ("SELECT settings->>'a' AS a FROM users WHERE settings->>'a' = 'b'", "a"),
        ("SELECT (home).city FROM users WHERE (home).city <> ''", "city"),
        ("SELECT phone FROM users WHERE (phone = 'a' OR phone = 'b')", "phone"),
        ("SELECT phone FROM users WHERE NOT (phone IS NULL OR age IS NULL)", "phone"),
        ("SELECT phone FROM users WHERE (phone IS NULL) = FALSE", "phone?"),
    ]);
}

#[test]
fn a_condition_elsewhere_proves_nothing() {
    assert_columns(&[
        ("SELECT phone FROM users WHERE phone IS NOT NULL OR active", "phone?"),
        ("SELECT phone, phone IS NOT NULL AS has_phone FROM users", "phone? has_phone"),
        ("SELECT a.phone FROM users a JOIN users b ON b.id = a.id WHERE b.phone IS NOT NULL", "phone?"),
        ("SELECT phone FROM users WHERE id IN (SELECT id FROM users WHERE phone IS NOT NULL)", "phone?"),
        ("SELECT phone FROM users WHERE NOT (phone IS NOT NULL AND active)", "phone?"),
        ("SELECT phone FROM users WHERE COALESCE(phone, 'x') = 'x'", "phone?"),
        ("SELECT phone FROM users WHERE phone IS DISTINCT FROM 'x'", "phone?"),
        ("SELECT verified FROM users WHERE verified IS NOT TRUE", "verified?"),
        ("SELECT verified FROM users WHERE verified IS NOT FALSE", "verified?"),
        ("SELECT age FROM users WHERE age NOT IN (SELECT score FROM posts)", "age?"),
        ("SELECT age FROM users u WHERE NOT EXISTS (SELECT FROM posts p WHERE p.score = u.age)", "age?"),
        ("SELECT age FROM users u WHERE EXISTS (SELECT COUNT(*) FROM posts p WHERE p.score = u.age)", "age?"),
        ("SELECT phone FROM users WHERE CASE WHEN active THEN phone IS NOT NULL ELSE TRUE END", "phone?"),
        ("SELECT phone FROM users ORDER BY phone IS NOT NULL", "phone?"),
        ("SELECT aliases[2] AS second FROM users WHERE aliases[1] IS NOT NULL", "second?"),
        ("SELECT phone FROM users WHERE phone IS NULL", "phone?"),
        ("SELECT u.phone FROM users u LEFT JOIN posts p ON u.phone = p.title", "phone?"),
    ]);
}

#[test]
fn a_condition_on_the_padded_side_makes_an_outer_join_an_inner_one() {
    assert_columns(&[
        ("SELECT p.title, p.body FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.score > 1", "title body?"),
        (
            "SELECT p.title, p.body FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.id IS NOT NULL",
            "title body?",
        ),
        ("SELECT p.title, p.body FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.body = 'x'", "title body"),
        ("SELECT p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.id IS NULL", "title?"),
        ("SELECT p.title FROM users u LEFT JOIN posts p ON p.author = u.id AND p.score > 1", "title?"),
        ("SELECT p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE COALESCE(p.score, 0) > 1", "title?"),
        ("SELECT p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.score > 1 OR u.active", "title?"),
        ("SELECT p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p.score > 1 OR p.body = 'x'", "title"),
        ("SELECT u.id, p.title FROM users u FULL JOIN posts p ON p.author = u.id WHERE u.id > 1", "id title?"),
        ("SELECT u.id, p.title FROM users u FULL JOIN posts p ON p.author = u.id WHERE p.score > 1", "id? title"),
        ("SELECT u.id, p.title FROM users u FULL JOIN posts p ON p.author = u.id WHERE p.score > u.id", "id title"),
        (
            "SELECT p.title, l.liker FROM users u LEFT JOIN (posts p LEFT JOIN likes l ON l.post = p.id) ON p.author = u.id WHERE l.liker = 1",
            "title liker",
        ),
        (
            "SELECT p.title, l.liker FROM users u LEFT JOIN posts p ON p.author = u.id LEFT JOIN likes l ON l.post = p.id WHERE l.liker = 1",
            "title liker",
        ),
        ("SELECT p.title FROM users u LEFT JOIN posts p ON p.author = u.id WHERE p IS NOT NULL", "title"),
        (
            "SELECT s.title, s.name FROM (SELECT p.title, u.name, u.age FROM posts p LEFT JOIN users u ON u.id = p.author) s WHERE s.age > 1",
            "title name",
        ),
        (
            "SELECT s.name FROM (SELECT p.title, MAX(u.name) AS name, u.age FROM posts p LEFT JOIN users u ON u.id = p.author GROUP BY p.title, u.age) s WHERE s.age > 1",
            "name?",
        ),
    ]);
}

#[test]
fn conditions_of_inner_joins_and_subqueries_count_where_they_stand() {
    assert_columns(&[
        ("SELECT p.author FROM users u JOIN posts p ON p.author = u.id", "author"),
        ("SELECT p.author FROM users u JOIN posts p ON p.author = u.id OR p.score = 1", "author?"),
        ("SELECT p.body FROM users u JOIN posts p ON p.author = u.id AND p.body IS NOT NULL", "body"),
        ("SELECT age FROM users JOIN (SELECT 1 AS age) one USING (age)", "age"),
        ("SELECT phone FROM (SELECT phone FROM users WHERE phone IS NOT NULL) s", "phone"),
        ("SELECT phone FROM (SELECT phone FROM users) s WHERE phone IS NOT NULL", "phone"),
        ("SELECT phone, COUNT(*) AS users FROM users GROUP BY phone HAVING phone IS NOT NULL", "phone users"),
        ("SELECT active, MAX(age) AS oldest FROM users GROUP BY active HAVING MAX(age) > 1", "active oldest"),
        ("SELECT MAX(age) AS oldest FROM users HAVING MAX(age) IS NOT NULL", "oldest"),
        ("SELECT MAX(age) AS oldest FROM users WHERE age IS NOT NULL", "oldest?"),
    ]);
}

#[test]
fn branches_know_their_condition() {
    assert_columns(&[
        ("SELECT CASE WHEN age IS NOT NULL THEN age ELSE 0 END AS age FROM users", "age"),
        ("SELECT CASE WHEN age IS NULL THEN 0 ELSE age END AS age FROM users", "age"),
        ("SELECT CASE WHEN age > 1 THEN age ELSE 0 END AS age FROM users", "age"),
        ("SELECT CASE WHEN age > 1 THEN 0 ELSE age END AS age FROM users", "age?"),
        ("SELECT CASE age WHEN 1 THEN age ELSE 0 END AS age FROM users", "age"),
        ("SELECT CASE age WHEN 1 THEN 0 ELSE age END AS age FROM users", "age?"),
        ("SELECT CASE WHEN age IS NULL OR phone IS NULL THEN '' ELSE phone END AS phone FROM users", "phone"),
        ("SELECT CASE WHEN age IS NULL AND phone IS NULL THEN '' ELSE phone END AS phone FROM users", "phone?"),
        ("SELECT CASE WHEN active THEN 1 END AS one FROM users", "one?"),
        ("SELECT CASE WHEN active THEN 1 ELSE NULL END AS one FROM users", "one?"),
        ("SELECT CASE WHEN active THEN 1 ELSE 2 END AS one FROM users", "one"),
        ("SELECT CASE WHEN active THEN age ELSE 2 END AS one FROM users", "one?"),
        ("SELECT CASE WHEN age IS NOT NULL THEN (SELECT u.age) ELSE 0 END AS age FROM users u", "age"),
        ("SELECT age IS NOT NULL AND age > 1 AS old FROM users", "old"),
        ("SELECT age IS NULL OR age > 1 AS old FROM users", "old"),
        ("SELECT age > 1 AND active AS old FROM users", "old?"),
        ("SELECT NOT (age IS NULL) AND NOT age > 1 AS old FROM users", "old"),
        (
            "SELECT CASE WHEN u.age IS NOT NULL THEN p.score + u.age ELSE 0 END AS sum FROM users u JOIN posts p ON TRUE",
            "sum",
        ),
        ("SELECT CASE WHEN settings->>'a' IS NOT NULL THEN settings->>'a' ELSE '' END AS a FROM users", "a"),
        ("SELECT CASE WHEN procedural(1) IS NOT NULL THEN procedural(1) ELSE 0 END AS n", "n?"),
    ]);
}
