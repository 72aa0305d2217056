//! Databases of the Go product whose rows violate constraints, on the cluster that `BARQNET_TEST_CITUS` names.

use barqnet_db::{
    distribution::{Error, Refusal, Shape, distribute, plan, shape},
    embedded,
    migrate::{catalogue, migrate},
    tokio_postgres::Client,
};
use barqnet_db_testing::{TestDatabase, cluster::require_cluster};

use crate::{
    common::text_rows,
    legacy::support::{A, B_002_TO_004, Fixture, fill},
};

/// A migrated database of the cluster that was one of the Go product, after `changes` to that.
async fn adopted(fixture: &Fixture, changes: &str) -> (TestDatabase, Client) {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let client = database.client().await;
    client.batch_execute("SET citus.enable_ddl_propagation = off").await.unwrap();
    fill(&database, fixture, None).await;
    client.batch_execute(changes).await.unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    (database, client)
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn rows_that_violate_a_constraint_are_refused_with_what_repairs_them() {
    let without_connections = "ALTER TABLE vpn_statistics ADD connection_id INTEGER;
                               UPDATE vpn_statistics SET connection_id = 90 + id WHERE id IN (1, 2)";
    let (database, client) = adopted(&A, without_connections).await;
    let from_year_2025 = "CHECK (connected_at >= '2025-01-01 00:00+00') NOT VALID";
    client
        .batch_execute(&format!("ALTER TABLE vpn_connections ADD CONSTRAINT chk_of_a_service {from_year_2025}"))
        .await
        .unwrap();
    let before = catalogue(&client).await.unwrap();

    let found = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    let [missing @ Refusal::MissingConnections(2), violations] = found.refusals.as_slice() else { panic!("{found}") };
    let Refusal::Violations { constraint, table, rows: 2, select } = violations else { panic!("{found}") };
    assert_eq!((constraint.as_str(), table.as_str()), ("chk_of_a_service", "vpn_connections"));
    let refused = distribute(&database.settings(), &embedded::migrations()).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused(refusals) if *refusals == found.refusals), "{refused}");
    assert_eq!(shape(&client).await.unwrap(), Shape::Plain);
    assert_eq!(catalogue(&client).await.unwrap(), before);

    // What the refusals say is enough.
    let missing = missing.to_string();
    let (_, repair) = missing.split_once(": run ").expect("a statement");
    assert_eq!(client.execute(repair, &[]).await.unwrap(), 2);
    let listed = select.replacen('*', "id::TEXT", 1);
    assert_eq!(text_rows(&client, &format!("{listed} ORDER BY id")).await, ["1", "2"]);
    client.batch_execute("UPDATE vpn_connections SET connected_at = '2025-01-01 00:00+00' WHERE id < 3").await.unwrap();
    distribute(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(text_rows(&client, "SELECT COUNT(*)::TEXT FROM vpn_statistics").await, ["4"]);
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn rows_without_an_account_are_distributed() {
    for fixture in [&A, &B_002_TO_004] {
        let (database, client) = adopted(fixture, "").await;
        let rows = "SELECT (SELECT COUNT(*) FROM vpn_connections) || ' ' || (SELECT COUNT(*) FROM vpn_statistics)";
        let before = text_rows(&client, rows).await;
        distribute(&database.settings(), &embedded::migrations()).await.unwrap();
        assert_eq!(shape(&client).await.unwrap(), Shape::Distributed { is_current: true });
        assert_eq!(text_rows(&client, rows).await, before);
    }
}
