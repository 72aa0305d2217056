//! On the cluster that `BARQNET_TEST_CITUS` names; `make citus` runs these.

use std::process::Command;

use barqnet_db::{
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, Heartbeat, NewConnection, OpenOutcome, heartbeat,
    },
    distribution::{Shape, distribute, plan, shape},
    doctor, embedded, migrate,
    queries::usage,
};
use barqnet_db_testing::{TestDatabase, cluster::node_settings};

use crate::common::{at_once, migrated_database, pool_of, scalar, text_rows, user};

pub(super) const NEEDS_CLUSTER: &str = "BARQNET_TEST_CITUS names no cluster";

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_database_with_the_extension_migrates_and_is_distributed_once() {
    assert!(barqnet_db_testing::cluster::has_cluster(), "{NEEDS_CLUSTER}");
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
    assert!(barqnet_db_testing::cluster::has_cluster(), "{NEEDS_CLUSTER}");
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

/// Opens, reports and closes a connection of a server, again and again; an error ends the round.
async fn rounds(database: &TestDatabase, server: &str, address: u8, count: u8) -> (u32, u32) {
    let pool = pool_of(database, 1).await;
    let (policy, counters) = (ConnectionPolicy::default(), CounterPolicy::default());
    let (mut opened, mut closed) = (0, 0);
    for round in 0..count {
        let address = std::net::IpAddr::from([10, 0, address, round]);
        let new = NewConnection {
            username: "ada",
            server_id: server,
            virtual_ip: Some(address),
            epoch: Some(1),
            ..NewConnection::default()
        };
        let Ok(OpenOutcome::Opened { id, .. }) = connections::open(&pool, &new, &policy).await else { continue };
        opened += 1;
        let Ok(client) = pool.get().await else { continue };
        let beat = Heartbeat { connection_id: id, epoch: 1, sequence: 1, bytes_received: 10, bytes_sent: 20 };
        if heartbeat(&client, server, &[beat], &counters).await.is_err() {
            continue;
        }
        let ended = connections::close(&client, server, id, CloseReason::ClientExit, None, &counters).await;
        closed += u32::from(ended.is_ok_and(|ended| ended.is_some()));
    }
    (opened, closed)
}

/// Kills one session of a worker, which must be on this machine, with SIGKILL: the whole server starts again.
pub(super) async fn crash(node: usize, database: &str) {
    let settings = node_settings(node, database);
    let (worker, _) = settings.connect_client().await.expect("the worker answers");
    let pid: i32 = worker.query_one("SELECT PG_BACKEND_PID()", &[]).await.expect("a session").get(0);
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status().expect("there is kill");
    assert!(killed.success());
    while worker.simple_query("SELECT 1").await.is_ok() {}
    while settings.connect_client().await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn nothing_is_lost_or_double_when_workers_are_killed() {
    assert!(barqnet_db_testing::cluster::has_cluster(), "{NEEDS_CLUSTER}");
    let database = std::sync::Arc::new(migrated_database().await);
    user(&database.pool().await.get().await.unwrap(), "ada").await;
    let name = database.name().to_owned();
    let outcomes = at_once(5, |task| {
        let (database, name) = (std::sync::Arc::clone(&database), name.clone());
        async move {
            if task < 4 {
                let address = u8::try_from(task).unwrap();
                return rounds(&database, &format!("node-{task}"), address, 40).await;
            }
            // Each crash ends all sessions of the worker, and the server recovers.
            for node in [1, 2, 1] {
                crash(node, &name).await;
            }
            (0, 0)
        }
    })
    .await;
    let (opened, closed) = outcomes.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert!(opened > 0 && closed > 0, "{outcomes:?}");
    let client = database.client().await;
    client.batch_execute("SELECT recover_prepared_transactions()").await.unwrap();
    // Each end has one row, each live connection none, and each count is that of the rows.
    let wrong = "SELECT FORMAT('%s %s: %s rows', c.id, c.status, COUNT(s.id))
                 FROM vpn_connections c
                 LEFT JOIN vpn_statistics s ON s.server_id = c.server_id AND s.connection_id = c.id
                 GROUP BY c.id, c.server_id, c.status
                 HAVING COUNT(s.id) <> CASE WHEN c.status = 'disconnected' THEN 1 ELSE 0 END";
    assert!(text_rows(&client, wrong).await.is_empty());
    assert!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections").await >= i64::from(opened));
    let ended = scalar(&database, "SELECT COUNT(*) FROM vpn_connections WHERE status = 'disconnected'").await;
    assert!(ended >= i64::from(closed));
    let pool = database.pool().await;
    let reader = pool.get().await.unwrap();
    assert!(usage::discrepancies().bind(&reader).all().await.unwrap().is_empty());
    assert!(barqnet_db::queries::connections::recount().bind(&reader).all().await.unwrap().is_empty());
}
