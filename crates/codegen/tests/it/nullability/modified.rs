//! RETURNING.

use barqnet_db_client::pool::connect_one;
use barqnet_db_throwaway::Server;

use super::{assert_columns, assert_columns_in};

/// The major version of the suite's server.
async fn major() -> i32 {
    let server = Server::start().unwrap();
    let client = connect_one(server.url("postgres")).await.unwrap();
    let row = client.query_one("SELECT CURRENT_SETTING('server_version_num')::INTEGER / 10000", &[]).await.unwrap();
    row.get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_are_null_where_there_is_no_such_row() {
    if major().await < 18 {
        return;
    }
    let schema = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, m INTEGER, v INTEGER);
                  ALTER TABLE t ADD CONSTRAINT v_is_there NOT NULL v NOT VALID;";
    let cases = [
        ("SELECT n, v FROM t", "n v?"),
        ("INSERT INTO t VALUES (1, 2, 3, 4) RETURNING old.n AS a, new.n AS b, n", "a? b n"),
        ("UPDATE t SET n = 1 WHERE m > 1 RETURNING old.n AS a, new.n AS b, old.m AS c, new.m AS d", "a b c d"),
        ("UPDATE t SET m = NULL WHERE m > 1 RETURNING old.m AS a, new.m AS b, m AS c", "a b? c?"),
        ("DELETE FROM t WHERE m > 1 RETURNING old.n AS a, new.n AS b, n, m", "a b? n m"),
        (
            "MERGE INTO t USING (SELECT 1 AS id) s ON s.id = t.id WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT VALUES (1, 2, 3, 4) RETURNING MERGE_ACTION() AS done, s.id, t.n, t.m, old.n AS a",
            "done id n m? a?",
        ),
        (
            "MERGE INTO t USING (SELECT 1 AS id) s ON s.id = t.id WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN MATCHED THEN DO NOTHING RETURNING s.id AS id, t.n, new.n AS a",
            "id? n a?",
        ),
    ];
    tokio::task::block_in_place(|| assert_columns_in(schema, &cases));
}

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
