//! The way back to one server that docs/distribution.md describes.

use std::{env, fs, path::Path, process::Command};

use barqnet_db::{embedded, migrate::migrate};
use barqnet_db_testing::{TestDatabase, cluster::require_cluster};

use crate::common::{close, connection, migrated_database, text_rows, user};

/// The commands of the page.
fn documented() -> String {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/distribution.md")).expect("the page");
    let after = page.split("Back to one server").nth(1).and_then(|after| after.split("```sh\n").nth(1));
    after.and_then(|after| after.split("```").next()).expect("a block of commands").to_owned()
}

/// All rows but the records of the runner.
async fn rows(database: &TestDatabase) -> Vec<String> {
    let client = database.client().await;
    let tables = "SELECT relname::TEXT FROM pg_class
                  WHERE relnamespace = 'public'::REGNAMESPACE AND relkind = 'r' AND NOT STARTS_WITH(relname::TEXT, 'schema_migration')";
    let mut rows = Vec::new();
    for table in text_rows(&client, tables).await {
        rows.extend(text_rows(&client, &format!("SELECT '{table} ' || ROW(t.*)::TEXT FROM {table} t")).await);
    }
    rows.sort_unstable();
    rows
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn rows_come_back_to_one_server_by_the_documented_commands() {
    require_cluster();
    let (old, new) = (migrated_database().await, TestDatabase::empty().await);
    migrate(&new.settings(), &embedded::migrations()).await.unwrap();
    let pool = old.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for server in ["node-1", "node-2", "node-3"] {
        let id = connection(&client, "ada", server).await;
        assert!(close(&client, server, id, Some((10, 20))).await.is_some());
    }
    let nodes = env::var("BARQNET_TEST_CITUS").expect("a cluster");
    let coordinator = nodes.split_whitespace().next().expect("a coordinator");
    let output = Command::new("sh")
        .args(["-e", "-c", &documented()])
        .env("OLD", format!("{coordinator}/{}", old.name()))
        .env("NEW", format!("{coordinator}/{}", new.name()))
        .output()
        .expect("there is sh");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (before, after) = (rows(&old).await, rows(&new).await);
    assert!(before.iter().any(|row| row.starts_with("vpn_statistics ")), "{before:#?}");
    assert_eq!(before, after);
    // Ids go on behind those that were copied.
    let pool = new.pool().await;
    connection(&pool.get().await.unwrap(), "ada", "node-1").await;
}
