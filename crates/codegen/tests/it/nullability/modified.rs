//! RETURNING.

use super::assert_columns;

#[test]
fn returning_knows_what_was_written() {
    assert_columns(&[
        (
            "INSERT INTO users (name) VALUES (:name) RETURNING id, name, phone, made_at, known_at, tags",
            "id name phone? made_at known_at tags[?]",
        ),
        ("INSERT INTO users (name, phone) VALUES (:name, :phone) RETURNING phone", "phone"),
        ("(phone?) INSERT INTO users (name, phone) VALUES (:name, :phone) RETURNING phone", "phone?"),
        ("INSERT INTO users (name, phone) VALUES ('a', 'b'), ('c', NULL) RETURNING phone", "phone?"),
        ("INSERT INTO users (name, phone) VALUES ('a', 'b'), ('c', DEFAULT) RETURNING phone", "phone?"),
        ("INSERT INTO users (name, phone) SELECT name, phone FROM users WHERE phone > '' RETURNING phone", "phone"),
        (
            "INSERT INTO users (name, phone) VALUES ('a', 'b') ON CONFLICT (id) DO UPDATE SET phone = 'c' RETURNING phone, age",
            "phone age?",
        ),
        (
            "INSERT INTO users (name, phone) VALUES ('a', 'b') ON CONFLICT (id) DO UPDATE SET name = 'c' RETURNING phone",
            "phone?",
        ),
        ("INSERT INTO users (name, phone) VALUES ('a', 'b') ON CONFLICT DO NOTHING RETURNING phone, id", "phone id"),
        ("UPDATE users SET phone = 'x' WHERE id = 1 RETURNING phone, age", "phone age?"),
        ("UPDATE users SET phone = NULL WHERE phone IS NOT NULL RETURNING phone, id", "phone? id"),
        ("UPDATE users SET name = 'x' WHERE phone IS NOT NULL RETURNING phone", "phone"),
        ("UPDATE users SET phone = phone || 'x' WHERE phone IS NOT NULL RETURNING phone", "phone"),
        (
            "UPDATE users u SET name = p.title FROM posts p WHERE p.author = u.id RETURNING u.id, u.phone, p.title, p.author, p.body",
            "id phone? title author body?",
        ),
        (
            "UPDATE users u SET age = 1 FROM posts p LEFT JOIN likes l ON l.post = p.id WHERE p.author = u.id RETURNING u.age, l.liker",
            "age liker?",
        ),
        ("DELETE FROM users WHERE phone IS NOT NULL RETURNING id, phone, age", "id phone age?"),
        ("DELETE FROM posts p USING users u WHERE u.id = p.author RETURNING p.author, u.phone", "author phone?"),
        ("INSERT INTO checked (a, b) VALUES ('x', 1) RETURNING a, b", "a? b"),
        ("UPDATE checked SET a = 'x' WHERE b = 1 RETURNING a, b", "a? b"),
        ("INSERT INTO all_users (name) VALUES ('x') RETURNING name", "name?"),
        (
            "UPDATE users SET name = 'x' WHERE id = 1 RETURNING (SELECT COUNT(*) FROM posts) AS posts, (SELECT title FROM posts LIMIT 1) AS title",
            "posts title?",
        ),
    ]);
}
