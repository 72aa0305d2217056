//! The rules of tests/it/schema/changes.rs are those of Citus, on the cluster that `BARQNET_TEST_CITUS` names.

use barqnet_db_testing::cluster::require_cluster;

use crate::{
    common::{migrated_database, text_rows},
    schema::changes::{CARRIED_OUT, REFUSED},
};

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn citus_refuses_the_changes_that_the_rules_refuse_and_no_others() {
    require_cluster();
    let database = migrated_database().await;
    let client = database.client().await;
    for text in CARRIED_OUT {
        client.batch_execute(text).await.unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }
    for text in REFUSED {
        let error = client.batch_execute(text).await.expect_err(text);
        let message = error.as_db_error().expect("of the server").message();
        assert!(["VOLATILE", "IMMUTABLE"].iter().any(|word| message.contains(word)), "{text}: {message}");
    }
}

/// A forced delegation needs the column and the argument to be TEXT.
#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn calls_of_nodes_are_delegated_without_force() {
    require_cluster();
    let database = migrated_database().await;
    let delegated = "SELECT FORMAT('%s %s', p.proname, o.force_delegation IS TRUE)
                     FROM pg_dist_object o JOIN pg_proc p ON p.oid = o.objid
                     WHERE o.classid = 'pg_proc'::REGCLASS AND o.distribution_argument_index IS NOT NULL ORDER BY 1";
    let delegated = text_rows(&database.client().await, delegated).await;
    assert_eq!(delegated, ["connection_count_late f", "connection_heartbeat f"]);
}
