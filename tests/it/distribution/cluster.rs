//! On the cluster that `BARQNET_TEST_CITUS` names; `make citus` runs these.

use barqnet_db::{
    distribution::{Shape, distribute, plan, shape},
    doctor, embedded, migrate,
};
use barqnet_db_testing::{TestDatabase, cluster::require_cluster};

use crate::common::{at_once, text_rows};

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_database_with_the_extension_migrates_and_is_distributed_once() {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let (settings, migrations) = (database.settings(), embedded::migrations());
    migrate::migrate(&settings, &migrations).await.unwrap();
    let before = plan(&settings, &migrations).await.unwrap();
    assert_eq!((before.shape, before.refusals.len(), before.tables.len()), (Shape::Plain, 0, 8), "{before}");
    distribute(&settings, &migrations).await.unwrap();
    let client = database.client().await;
    assert_eq!(shape(&client).await.unwrap(), Shape::Distributed { is_current: true });
    assert!(distribute(&settings, &migrations).await.unwrap().is_done());
    let shards = "SELECT COUNT(DISTINCT nodename || nodeport)::TEXT FROM citus_shards
                  WHERE table_name = 'vpn_connections'::REGCLASS";
    assert_ne!(text_rows(&client, shards).await, ["1"]);
    let problems: Vec<String> = doctor::examine(&settings, &migrations)
        .await
        .unwrap()
        .iter()
        .filter(|finding| finding.severity == doctor::Severity::Problem)
        .map(ToString::to_string)
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn two_runs_at_once_distribute_once() {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let (settings, migrations) = (database.settings(), embedded::migrations());
    migrate::migrate(&settings, &migrations).await.unwrap();
    for outcome in at_once(2, |_| {
        let (settings, migrations) = (settings.clone(), migrations.clone());
        async move { distribute(&settings, &migrations).await.map(drop).map_err(|error| error.to_string()) }
    })
    .await
    {
        assert_eq!(outcome, Ok(()));
    }
    assert_eq!(shape(&database.client().await).await.unwrap(), Shape::Distributed { is_current: true });
}
