//! Indexes that are built concurrently, outside a transaction.

use std::fs;

use barqnet_db::migrate::{Migrations, migrate};
use barqnet_db_testing::TestDatabase;

use super::support::{folder, migrations};

const CONCURRENTLY: &str = "-- Serves look-ups by id.\n-- barqnet: no-transaction\n\
                            CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_id ON one (id);\n";

fn with_concurrent_index() -> Migrations {
    let folder = folder(&["V1__one"]);
    fs::write(folder.path().join("V2__index.sql"), CONCURRENTLY).unwrap();
    Migrations::from_folder(folder.path()).unwrap()
}

async fn index_is_valid(database: &TestDatabase) -> bool {
    let sql = "SELECT indisvalid FROM pg_index WHERE indexrelid = TO_REGCLASS('one_id')";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_build_an_index_concurrently_do_not_deadlock() {
    let database = TestDatabase::empty().await;
    let runs: Vec<_> = (0..8)
        .map(|_| {
            let settings = database.settings();
            tokio::spawn(async move { migrate(&settings, &with_concurrent_index()).await.unwrap().len() })
        })
        .collect();
    let mut applied = 0;
    for run in runs {
        applied += run.await.unwrap();
    }
    assert_eq!(applied, 2);
    assert!(index_is_valid(&database).await);
}

#[tokio::test]
async fn an_invalid_index_that_an_interrupted_run_left_is_rebuilt() {
    let database = TestDatabase::empty().await;
    let (settings, client) = (database.settings(), database.client().await);
    migrate(&settings, &migrations(&["V1__one"])).await.unwrap();
    client.batch_execute("INSERT INTO one VALUES (1), (1)").await.unwrap();
    let error = migrate(&settings, &with_concurrent_index()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("V2__index.sql:3:1 failed; the next run resumes it: could not create unique index"),
        "{error}"
    );
    assert!(!index_is_valid(&database).await);
    client.batch_execute("TRUNCATE one").await.unwrap();
    assert_eq!(migrate(&settings, &with_concurrent_index()).await.unwrap().len(), 1);
    assert!(index_is_valid(&database).await);
}
