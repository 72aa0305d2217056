//! The upgrade to 64-bit ids, of a database with rows of the release before, prepared and not.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use barqnet_db::{
    embedded,
    migrate::{Migrations, catalogue, migrate},
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, migrations_before, text_rows};

/// The first migration that the release before does not have.
const FIRST: u32 = 32;

const PREPARED: [&str; 8] = [
    "vpn_connections",
    "vpn_statistics",
    "vpn_statistics_archive",
    "audit_log",
    "server_health",
    "session_token_history",
    "user_sessions",
    "users",
];

/// A database of the release before, with rows in every table whose ids change.
async fn database_of_the_release_before() -> TestDatabase {
    let database = TestDatabase::empty().await;
    let folder = migrations_before(FIRST);
    migrate(&database.settings(), &Migrations::from_folder(folder.path()).unwrap()).await.unwrap();
    database
        .client()
        .await
        .batch_execute(
            "INSERT INTO users (username, server_id, created_by)
             SELECT 'user-' || n, 'node-1', 'test' FROM GENERATE_SERIES(1, 50) n;
             INSERT INTO user_sessions (user_id, token_hash, expires_at) SELECT id, 'hash-' || id, '2100-01-01' FROM users;
             INSERT INTO session_token_history (token_hash, session_id, generation, replaced_at)
             SELECT 'earlier-' || id, id, 0, '2026-01-01' FROM user_sessions;
             INSERT INTO vpn_connections (username, server_id, status)
             SELECT 'user-' || 1 + n % 50, 'node-1', 'disconnected' FROM GENERATE_SERIES(1, 300) n;
             INSERT INTO vpn_statistics (username, server_id, connection_id, ended_at)
             SELECT username, server_id, NULLIF(id, 7), '2026-01-01' FROM vpn_connections;
             INSERT INTO vpn_statistics_archive (id, username, server_id, connection_id)
             SELECT 1000 + id, username, server_id, id FROM vpn_connections;
             INSERT INTO audit_log (action, server_id) SELECT 'test', 'node-1' FROM GENERATE_SERIES(1, 300);
             INSERT INTO server_health (server_id, status) SELECT 'node-1', 'healthy' FROM GENERATE_SERIES(1, 300);
             INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, expires_at)
             VALUES ('+4915112345678', '******', 'send', '2026-01-01');
             GRANT SELECT (id) ON users TO PUBLIC;
             GRANT SELECT ON v_active_connections TO PUBLIC;",
        )
        .await
        .unwrap();
    database
}

/// Runs `widen-ids.sql` as psql does: a query before `\gexec` returns statements.
async fn prepare(client: &Client) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/maintenance/widen-ids.sql");
    let script = fs::read_to_string(path).unwrap();
    let mut statement = String::new();
    for line in script.lines().filter(|line| !line.starts_with("--")) {
        if line == "\\gexec" {
            for made in text_rows(client, &statement).await {
                client.batch_execute(&made).await.unwrap_or_else(|error| panic!("{made}: {error:?}"));
            }
            statement.clear();
            continue;
        }
        statement.push_str(line);
        statement.push('\n');
        if line.ends_with(';') && statement.matches("$$").count().is_multiple_of(2) {
            client.batch_execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
            statement.clear();
        }
    }
    assert_eq!(statement.trim(), "");
}

/// Every id, with what it belongs to.
async fn rows(client: &Client) -> Vec<String> {
    text_rows(
        client,
        "SELECT FORMAT('users %s %s', id, username) FROM users
         UNION ALL SELECT FORMAT('sessions %s %s %s', id, user_id, token_hash) FROM user_sessions
         UNION ALL SELECT FORMAT('tokens %s %s', session_id, token_hash) FROM session_token_history
         UNION ALL SELECT FORMAT('connections %s %s', id, username) FROM vpn_connections
         UNION ALL SELECT FORMAT('statistics %s %s %s', id, connection_id, username) FROM vpn_statistics
         UNION ALL SELECT FORMAT('archive %s %s %s', id, connection_id, username) FROM vpn_statistics_archive
         UNION ALL SELECT FORMAT('audit %s', id) FROM audit_log
         UNION ALL SELECT FORMAT('health %s', id) FROM server_health
         UNION ALL SELECT FORMAT('attempts %s', id) FROM otp_attempts
         ORDER BY 1",
    )
    .await
}

/// The files of the tables: one that is rewritten gets another.
async fn files(client: &Client) -> Vec<String> {
    let files = format!(
        "SELECT FORMAT('%s %s', relname, relfilenode) FROM pg_class WHERE relname IN ('{}') ORDER BY 1",
        PREPARED.join("', '")
    );
    text_rows(client, &files).await
}

async fn assert_is_upgraded(client: &Client, before: &[String]) {
    assert_eq!(rows(client).await, before);
    let fresh = migrated_database().await;
    assert_eq!(catalogue(client).await.unwrap(), catalogue(&fresh.client().await).await.unwrap());
    let grants = "SELECT FORMAT('%s %s', HAS_TABLE_PRIVILEGE('pg_monitor', 'v_active_connections', 'SELECT'),
                                HAS_COLUMN_PRIVILEGE('pg_monitor', 'users', 'id', 'SELECT'))";
    assert_eq!(text_rows(client, grants).await, ["t t"]);
    let next = "INSERT INTO vpn_connections (username, server_id, status) VALUES ('user-1', 'node-1', 'error')
                RETURNING (id > (SELECT MAX(id) FROM vpn_connections))::TEXT";
    assert_eq!(text_rows(client, next).await, ["true"]);
}

#[tokio::test]
async fn ids_become_wide_with_every_row_reference_and_privilege_kept() {
    let database = database_of_the_release_before().await;
    let client = database.client().await;
    let before = rows(&client).await;
    assert!(before.len() > 1600, "{}", before.len());
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_is_upgraded(&client, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prepared_database_rewrites_no_large_table_and_rows_written_meanwhile_are_there() {
    let database = database_of_the_release_before().await;
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (client, is_over) = (database.client().await, Arc::clone(&is_over));
        async move {
            let write = "WITH opened AS (
                             INSERT INTO vpn_connections (username, server_id, status)
                             VALUES ('user-1', 'node-1', 'disconnected') RETURNING id
                         )
                         INSERT INTO audit_log (action, server_id) SELECT 'opened ' || id, 'node-1' FROM opened";
            while !is_over.load(Ordering::Relaxed) {
                client.batch_execute(write).await.unwrap();
                client
                    .batch_execute("DELETE FROM vpn_connections WHERE id = (SELECT 8 + (RANDOM() * 200)::INTEGER)")
                    .await
                    .unwrap();
            }
        }
    });
    let client = database.client().await;
    prepare(&client).await;
    is_over.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    let (before, files_before) = (rows(&client).await, files(&client).await);
    assert_eq!(files_before.len(), PREPARED.len());
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(files(&client).await, files_before);
    assert_is_upgraded(&client, &before).await;
}

#[tokio::test]
async fn a_preparation_that_is_not_complete_is_refused_and_can_be_continued() {
    let database = database_of_the_release_before().await;
    let client = database.client().await;
    prepare(&client).await;
    let before = rows(&client).await;
    execute_sql(&database, "ALTER TABLE users DROP CONSTRAINT users_wide").await;
    let error = migrate(&database.settings(), &embedded::migrations()).await.expect_err("no proof");
    let message = "the preparation of users is not complete: there is no valid constraint users_wide";
    assert!(error.to_string().contains(message), "{error}");
    prepare(&database.client().await).await;
    execute_sql(&database, "DROP INDEX idx_audit_user_newest_wide").await;
    let state = catalogue(&client).await.unwrap();
    let error = migrate(&database.settings(), &embedded::migrations()).await.expect_err("an index is missing");
    let message = "the preparation of audit_log is not complete: there is no valid index idx_audit_user_newest_wide";
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(catalogue(&client).await.unwrap(), state, "nothing has changed");
    prepare(&database.client().await).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_is_upgraded(&client, &before).await;
}
