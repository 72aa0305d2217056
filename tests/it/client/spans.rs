//! What a tracing subscriber is shown of each statement.

use std::time::Duration;

use barqnet_db::{
    client::{GenericClient, Query, stream_of},
    pool,
    queries::{audit, users},
};
use futures::{StreamExt, TryStreamExt, future::join_all};
use tokio::time::timeout;
use tracing::Level;

use crate::common::{
    migrated_database, pool_of,
    spans::{Recorder, Span},
    user,
};

/// A limit that is exceeded on purpose: long enough for any server, short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

static NUMBERS: Query = Query::by_hand("test.numbers", "SELECT n FROM GENERATE_SERIES(1, 10) AS n");
static COUNT: Query = Query::by_hand("test.count", "SELECT COUNT(*) FROM users");
static SLEEP: Query = Query::by_hand("test.sleep", "SELECT PG_SLEEP(600)");
static FAILS_LATE: Query = Query::by_hand("test.fails_late", "SELECT 1 / (500 - n) FROM GENERATE_SERIES(1, 1000) AS n");

/// The only span of this name.
fn only(recorder: &Recorder, name: &str) -> Span {
    let mut spans = recorder.spans(name);
    assert_eq!(spans.len(), 1, "{name}: {}", recorder.text());
    spans.remove(0)
}

/// Rows, SQLSTATE, error and status of a statement's span, which has ended.
fn outcome(span: &Span) -> [Option<&str>; 4] {
    assert!(span.is_closed(), "{span:?}");
    ["db.response.returned_rows", "db.response.status_code", "error.type", "otel.status_code"].map(|it| span.get(it))
}

async fn run_some(client: &impl GenericClient) {
    users::by_username().bind(client, &"secret-name").opt().await.unwrap();
    users::touch_last_access().bind(client, &"secret-name", &123_454_321.0).await.unwrap();
    users::count().bind(client).one().await.unwrap();
}

#[tokio::test]
async fn a_statement_has_a_span_with_opentelemetrys_fields_and_no_parameter() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    let recorder = Recorder::default();
    {
        let _guard = tracing::subscriber::set_default(recorder.clone());
        run_some(&client).await;
        let transaction = client.transaction().await.unwrap();
        run_some(&transaction).await;
        transaction.commit().await.unwrap();
        run_some(pool.lane()).await;
    }
    for (name, rows) in
        [("users.by_username", Some("0")), ("users.touch_last_access", None), ("users.count", Some("1"))]
    {
        let spans = recorder.spans(name);
        assert_eq!(spans.len(), 3, "{name}: {}", recorder.text());
        for span in spans {
            assert_eq!(span.level, Level::DEBUG);
            assert_eq!(outcome(&span), [rows, None, None, None], "{name}");
            let of =
                ["otel.kind", "db.system.name", "db.query.summary", "db.namespace"].map(|it| span.get(it).unwrap());
            assert_eq!(of, ["client", "postgresql", name, database.name()]);
            let server = span.get("server.address").unwrap();
            assert!(server.starts_with('/') || span.get("server.port").is_some(), "{span:?}");
        }
    }
    for name in ["begin", "commit"] {
        assert_eq!(outcome(&only(&recorder, name)), [None; 4]);
    }
    let everything = recorder.text();
    assert!(!everything.contains("secret-name") && !everything.contains("123454321"), "{everything}");
}

#[tokio::test]
async fn a_span_over_tcp_has_the_servers_name_and_port() {
    let server = barqnet_db_testing::servers::plain().await;
    let client = pool::connect_one(server.settings()).await.unwrap();
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    NUMBERS.execute(&client, &[]).await.unwrap();
    let span = only(&recorder, "test.numbers");
    let port = server.port.to_string();
    assert_eq!(["server.address", "server.port"].map(|it| span.get(it)), [Some("localhost"), Some(port.as_str())]);
}

#[tokio::test]
async fn the_span_of_a_stream_lasts_until_its_last_row_and_counts_the_rows() {
    let database = migrated_database().await;
    let client = pool_of(&database, 1).await.get().await.unwrap();
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let mut rows = NUMBERS.stream(&client, &[]).await.unwrap();
    for _ in 0..10 {
        rows.next().await.unwrap().unwrap();
        assert!(!only(&recorder, "test.numbers").is_closed());
    }
    assert!(rows.next().await.is_none());
    // The stream is still held.
    assert_eq!(outcome(&only(&recorder, "test.numbers")), [Some("10"), None, None, None]);
    drop(rows);
    assert_eq!(outcome(&only(&recorder, "test.numbers")), [Some("10"), None, None, None]);
}

#[tokio::test]
async fn the_span_of_a_failed_statement_has_the_sqlstate_and_that_of_a_dropped_one_says_so() {
    let database = migrated_database().await;
    let client = pool_of(&database, 1).await.get().await.unwrap();
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    FAILS_LATE.execute(&client, &[]).await.unwrap_err();
    let rows = FAILS_LATE.stream(&client, &[]).await.unwrap();
    rows.try_collect::<Vec<_>>().await.unwrap_err();
    let [whole, stream] = &recorder.spans("test.fails_late")[..] else { panic!("{}", recorder.text()) };
    assert_eq!(outcome(whole), [None, Some("22012"), Some("22012"), Some("ERROR")]);
    assert_eq!(outcome(stream)[1..], [Some("22012"), Some("22012"), Some("ERROR")]);

    timeout(SHORT, SLEEP.execute(&client, &[])).await.expect_err("it sleeps for long");
    assert_eq!(outcome(&only(&recorder, "test.sleep")), [None, None, Some("cancelled"), Some("ERROR")]);
    drop(NUMBERS.stream(&client, &[]).await.unwrap());
    assert_eq!(outcome(&only(&recorder, "test.numbers"))[2], Some("cancelled"));
}

#[tokio::test]
async fn a_statement_on_a_lane_shows_its_rows_its_failure_and_its_wait() {
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().lane_connections(1).wait_timeout(SHORT)).await.unwrap();
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let rows: Vec<_> = NUMBERS.stream(pool.lane(), &[]).await.unwrap().try_collect().await.unwrap();
    assert_eq!(rows.len(), 10);
    assert_eq!(outcome(&only(&recorder, "test.numbers")), [Some("10"), None, None, None]);
    FAILS_LATE.execute(pool.lane(), &[]).await.unwrap_err();
    assert_eq!(outcome(&only(&recorder, "test.fails_late")), [None, Some("22012"), Some("22012"), Some("ERROR")]);

    // They take every place of the lane's connection.
    let sleeping = join_all((0..64).map(|_| SLEEP.execute(pool.lane(), &[])));
    tokio::select! {
        // They are asked first.
        biased;
        _ = sleeping => panic!("they sleep for long"),
        refused = COUNT.execute(pool.lane(), &[]) => { refused.unwrap_err(); }
    }
    assert_eq!(outcome(&only(&recorder, "test.count"))[2], Some("timed_out"));
    assert_eq!(only(&recorder, "lane.wait").get("error.type"), Some("timed_out"));
    let slept = recorder.spans("test.sleep");
    assert!(slept.len() == 64 && slept.iter().all(|span| outcome(span)[2] == Some("cancelled")), "{slept:?}");
}

#[tokio::test]
async fn a_copy_has_one_span_until_its_last_row() {
    let database = migrated_database().await;
    let client = pool_of(&database, 1).await.get().await.unwrap();
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let entries = (0..20).map(|_| audit::ImportParams {
        timestamp: chrono::Utc::now(),
        action: "test",
        username: Some("secret-name"),
        details: None::<&str>,
        ip_address: None,
        server_id: "node-1",
        subject_id: None,
    });
    audit::import().copy_in(&client, stream_of(entries)).await.unwrap();
    let rows = audit::export().copy_out(&client).await.unwrap();
    assert!(!only(&recorder, "audit.export.copy_out").is_closed());
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 20);
    assert_eq!(outcome(&only(&recorder, "audit.import.copy_in")), [None; 4]);
    assert_eq!(outcome(&only(&recorder, "audit.export.copy_out")), [Some("20"), None, None, None]);
    // Preparing the INSERT, for its types, is no run of it.
    assert_eq!(recorder.spans("audit.import").len(), 0);
    assert!(!recorder.text().contains("secret-name"), "{}", recorder.text());
}

#[tokio::test]
async fn the_wait_for_the_pool_has_a_span_of_its_own() {
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().max_size(1).wait_timeout(SHORT).application_name("it")).await.unwrap();
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let held = pool.get().await.unwrap();
    pool.get().await.unwrap_err();
    timeout(SHORT / 4, pool.get()).await.expect_err("the connection is in use");
    drop(held);
    let waits = recorder.spans("pool.get");
    let errors: Vec<_> = waits.iter().map(|span| span.get("error.type")).collect();
    assert_eq!(errors, [None, Some("timed_out"), Some("cancelled")]);
    for span in waits {
        assert!(span.is_closed());
        assert_eq!(span.get("db.client.connection.pool.name"), Some("it"));
    }
}

#[tokio::test]
async fn a_slow_statement_is_logged_with_its_name_time_and_rows_and_without_parameters() {
    let database = migrated_database().await;
    let settings = database.settings();
    assert_eq!(settings.get_slow_statement(), None);
    let pool = pool::connect(settings.slow_statement(Duration::ZERO)).await.unwrap();
    let client = pool.get().await.unwrap();
    let (quiet, recorder) = (pool_of(&database, 1).await.get().await.unwrap(), Recorder::default());
    user(&client, "secret-name").await;
    let _guard = tracing::subscriber::set_default(recorder.clone());
    run_some(&quiet).await;
    assert_eq!(recorder.events("slow statement").len(), 0);
    run_some(&client).await;
    let slow = recorder.events("slow statement");
    let part = |event: usize, field| slow[event].get(field).map(String::as_str);
    for (event, name) in ["users.by_username", "users.touch_last_access", "users.count"].iter().enumerate() {
        assert_eq!(part(event, "db.query.summary"), Some(format!("{name:?}").as_str()));
        assert!(part(event, "took").is_some_and(|took| took.ends_with('s')), "{slow:?}");
        assert_eq!(part(event, "error.type"), None);
    }
    assert_eq!((part(0, "db.response.returned_rows"), part(0, "changed_rows")), (Some("1"), None));
    assert_eq!((part(1, "db.response.returned_rows"), part(1, "changed_rows")), (None, Some("0")));
    assert!(!recorder.text().contains("secret-name"), "{}", recorder.text());
}
