//! What is counted of statements and pools.

use std::time::Duration;

use barqnet_db::{
    client::{Query, metrics},
    pool,
    queries::users,
};
use barqnet_db_testing::replication::{Replicated, connect, kill, primary};
use futures::TryStreamExt;
use metrics_util::debugging::DebuggingRecorder;
use tokio::{task::yield_now, time::timeout};

use crate::common::{counted::Counted, execute_sql, migrated_database, pool_of, user};

/// A limit that is exceeded on purpose: long enough for any server, short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

static NUMBERS: Query = Query::by_hand("test.numbers", "SELECT n FROM GENERATE_SERIES(1, 10) AS n");
static SLEEP: Query = Query::by_hand("test.sleep", "SELECT PG_SLEEP(600)");
static FAILS: Query = Query::by_hand("test.fails", "SELECT 1 / 0");

/// The key of a statement's duration in a database.
fn duration(database: &str, statement: &str, error: Option<&str>) -> String {
    let error = error.map_or_else(String::new, |error| format!(",error.type={error}"));
    format!(
        "db.client.operation.duration{{db.system.name=postgresql,db.namespace={database},db.query.summary={statement}{error}}}"
    )
}

#[tokio::test]
async fn each_statement_is_timed_once_by_name_and_error() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let mut client = pool.get().await.unwrap();
    for _ in 0..3 {
        NUMBERS.execute(&client, &[]).await.unwrap();
    }
    NUMBERS.execute(pool.lane(), &[]).await.unwrap();
    NUMBERS.stream(&client, &[]).await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    drop(NUMBERS.stream(&client, &[]).await.unwrap());
    FAILS.execute(&client, &[]).await.unwrap_err();
    timeout(SHORT, SLEEP.execute(&client, &[])).await.expect_err("it sleeps for long");
    let transaction = client.transaction().await.unwrap();
    users::count().bind(&transaction).one().await.unwrap();
    transaction.commit().await.unwrap();

    let counted = Counted::take(&snapshotter);
    for (statement, error, times) in [
        ("test.numbers", None, 5.0),
        ("test.numbers", Some("cancelled"), 1.0),
        ("test.fails", Some("22012"), 1.0),
        ("test.sleep", Some("cancelled"), 1.0),
        ("users.count", None, 1.0),
        ("begin", None, 1.0),
        ("commit", None, 1.0),
    ] {
        let counted = counted.get(&duration(database.name(), statement, error));
        assert!((counted - times).abs() < 0.5, "{statement}, {error:?}: {counted}");
    }
    // The sleep and the dropped stream.
    let cancelled = "barqnet_db.statement.cancellations{db.client.connection.pool.name=barqnet-db,outcome=delivered}";
    assert!((counted.get(cancelled) - 2.0).abs() < 0.5, "{counted:#?}");
}

#[tokio::test]
async fn a_pool_shows_its_size_its_waiting_callers_and_how_long_they_waited() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    metrics::describe();
    let database = migrated_database().await;
    let settings = database.settings().application_name("it").max_size(2).wait_timeout(SHORT);
    let pool = pool::connect(settings).await.unwrap();
    let held = pool.get().await.unwrap();
    pool.record_metrics();
    let of =
        |name: &str, labels: &str| format!("db.client.connection.{name}{{db.client.connection.pool.name=it{labels}}}");
    let counted = Counted::take(&snapshotter);
    for (name, labels, value) in [
        ("count", ",db.client.connection.state=idle", 0.0),
        ("count", ",db.client.connection.state=used", 1.0),
        ("max", "", 2.0),
        ("pending_requests", "", 0.0),
        ("create_time", "", 1.0),
        ("wait_time", "", 2.0),
    ] {
        assert!((counted.get(&of(name, labels)) - value).abs() < 0.5, "{name}: {counted:#?}");
    }

    let other = pool.get().await.unwrap();
    let (waited, ()) = tokio::join!(pool.get(), async { pool.record_metrics() });
    waited.unwrap_err();
    let counted = Counted::take(&snapshotter);
    for (name, labels, value) in [
        ("count", ",db.client.connection.state=used", 2.0),
        ("pending_requests", "", 1.0),
        ("wait_time", ",error.type=timed_out", 1.0),
        ("timeouts", "", 1.0),
    ] {
        assert!((counted.get(&of(name, labels)) - value).abs() < 0.5, "{name}: {counted:#?}");
    }
    drop((held, other));
    pool.record_metrics();
    let counted = Counted::take(&snapshotter);
    assert!((counted.get(&of("count", ",db.client.connection.state=idle")) - 2.0).abs() < 0.5, "{counted:#?}");
}

#[tokio::test]
async fn a_statement_that_a_schema_change_made_useless_is_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let database = migrated_database().await;
    let client = pool_of(&database, 1).await.get().await.unwrap();
    user(&client, "ada").await;
    users::by_username().bind(&client, &"ada").one().await.unwrap();
    execute_sql(&database, "ALTER TABLE users ALTER COLUMN port TYPE INTEGER USING port, ADD COLUMN more INTEGER")
        .await;
    client.batch_execute("DEALLOCATE ALL").await.unwrap();
    users::by_username().bind(&client, &"ada").one().await.unwrap();
    let counted = Counted::take(&snapshotter);
    let again = counted.get("barqnet_db.statement.prepared_again{db.query.summary=users.by_username}");
    assert!((again - 1.0).abs() < 0.5, "{counted:#?}");
}

#[tokio::test]
async fn the_lag_of_a_replica_its_use_and_where_reads_ran_are_recorded_also_while_nobody_reads() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let servers = Replicated::of(primary()).await;
    let pool = pool::connect(servers.settings().application_name("it").max_replica_lag(SHORT)).await.unwrap();
    let of = |name: &str| {
        format!(
            "barqnet_db.replica.{name}{{db.client.connection.pool.name=it {}:5432}}",
            servers.replica.folder().display()
        )
    };
    let reads = |server: &str| format!("barqnet_db.replica.reads{{db.client.connection.pool.name=it,server={server}}}");
    // Nothing but scrapes, until one shows this; returns the lag.
    let until_used_is = async |expected: f64| loop {
        pool.record_metrics();
        let counted = Counted::take(&snapshotter);
        if (counted.get(&of("used")) - expected).abs() < 0.5 {
            return counted.get(&of("lag"));
        }
        yield_now().await;
    };

    servers.until_read_by(&pool).await;
    pool.record_metrics();
    let counted = Counted::take(&snapshotter);
    assert!(counted.get(&reads("replica")) > 0.5, "{counted:#?}");
    assert!(until_used_is(1.0).await <= SHORT.as_secs_f64());

    servers.pause_replay().await;
    let written = "SET synchronous_commit = on; SELECT PG_LOGICAL_EMIT_MESSAGE(TRUE, 'it', '')";
    connect(&servers.primary).await.batch_execute(written).await.unwrap();
    assert!(until_used_is(0.0).await > SHORT.as_secs_f64());
    pool.read().await.unwrap();
    assert!((Counted::take(&snapshotter).get(&reads("primary")) - 1.0).abs() < 0.5);
    servers.resume_replay().await;
    until_used_is(1.0).await;

    kill(&servers.replica).await;
    until_used_is(0.0).await;
}
