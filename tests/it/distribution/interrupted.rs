//! `distribute` that is killed in the middle: the database is as it was, and the next one succeeds.

use barqnet_db::{
    distribution::{Shape, distribute, shape},
    embedded,
    migrate::{Drift, drift, migrate},
    tokio_postgres::Client,
};
use barqnet_db_testing::{
    TestDatabase,
    cluster::{node_settings, require_cluster},
};
use tokio::task::JoinHandle;

use super::killed::crash;

/// A migrated database of the cluster, in which `distribute` runs.
async fn distributing() -> (TestDatabase, JoinHandle<Result<(), String>>) {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let settings = database.settings();
    migrate(&settings, &embedded::migrations()).await.unwrap();
    let run = async move {
        distribute(&settings, &embedded::migrations()).await.map(drop).map_err(|error| error.to_string())
    };
    (database, tokio::spawn(run))
}

/// Waits until a worker has a shard of one of the last tables, in the transaction that makes it.
async fn until_shards_are_made<T>(database: &TestDatabase, run: &JoinHandle<T>) {
    let (worker, _) = node_settings(1, database.name()).connect_client().await.unwrap();
    let making = "SELECT FROM pg_stat_activity
                  WHERE datname = CURRENT_DATABASE() AND backend_xid IS NOT NULL
                    AND query LIKE '%worker_apply_shard_ddl_command%vpn_statistics%'";
    while worker.query(making, &[]).await.unwrap().is_empty() {
        assert!(!run.is_finished(), "it was not seen");
        tokio::task::yield_now().await;
    }
}

/// The database is not distributed; the next run distributes it.
async fn assert_can_be_repeated(database: &TestDatabase, client: &Client) {
    assert_eq!(shape(client).await.unwrap(), Shape::Plain);
    assert_eq!(drift(client).await.unwrap(), Drift::None);
    distribute(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(shape(client).await.unwrap(), Shape::Distributed { is_current: true });
    assert_eq!(drift(client).await.unwrap(), Drift::None);
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_distribution_whose_process_ends_changes_nothing_and_can_be_repeated() {
    let (database, run) = distributing().await;
    until_shards_are_made(&database, &run).await;
    // Its connection is closed, as by SIGKILL.
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    assert_can_be_repeated(&database, &database.client().await).await;
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_distribution_whose_worker_or_coordinator_is_killed_changes_nothing_and_can_be_repeated() {
    for node in [0, 1] {
        let (database, run) = distributing().await;
        until_shards_are_made(&database, &run).await;
        crash(node, database.name()).await;
        let failed = run.await.unwrap().unwrap_err();
        assert!(failed.contains("failed and was rolled back: "), "{failed}");
        assert_can_be_repeated(&database, &database.client().await).await;
    }
}
