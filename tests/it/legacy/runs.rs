//! Conversions that are interrupted, and several at the same time.

use std::fs;

use barqnet_db::{
    embedded::{self, migrations::HISTORY_TABLE},
    legacy::GoProduct,
    migrate::{Migrations, migrate},
};
use tokio::task::JoinSet;

use super::support::{A, B_002_TO_004, LAYOUTS, build, lost, migrations, not_valid, one_text, remember};

#[tokio::test]
async fn a_run_that_ended_after_the_old_tracking_table_was_put_aside_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("V1__base_schema.sql"), "SELECT 1 / 0;").unwrap();
    let breaks = Migrations::from_folder(folder.path()).unwrap().with_baseline(GoProduct);
    for tracking in LAYOUTS {
        let database = build(&B_002_TO_004, Some(tracking)).await;
        let client = database.client().await;
        remember(&client).await;
        migrate(&database.settings(), &breaks).await.unwrap_err();
        let history = format!("SELECT COUNT(*)::TEXT FROM {HISTORY_TABLE}");
        assert_eq!(one_text(&client, &history).await, "0");
        migrate(&database.settings(), &embedded::migrations()).await.unwrap();
        assert_eq!(lost(&client).await, Vec::<String>::new());
        assert_eq!(not_valid(&client).await, B_002_TO_004.not_valid);
    }
}

#[tokio::test]
async fn eight_replicas_convert_a_database_once() {
    let database = build(&A, Some(LAYOUTS[1])).await;
    let client = database.client().await;
    remember(&client).await;
    let mut replicas = JoinSet::new();
    for _ in 0..8 {
        let settings = database.settings();
        replicas.spawn(async move { migrate(&settings, &embedded::migrations()).await.map(|applied| applied.len()) });
    }
    let mut applied: Vec<usize> = replicas.join_all().await.into_iter().map(Result::unwrap).collect();
    applied.sort_unstable();
    assert_eq!(applied, [[0; 7].as_slice(), &[migrations().len()]].concat());
    assert_eq!(lost(&client).await, Vec::<String>::new());
    assert_eq!(not_valid(&client).await, A.not_valid);
}
