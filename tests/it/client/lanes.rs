//! Statements of many tasks on the connections of a lane.

use std::time::Duration;

use barqnet_db::{
    client::{Error, Query},
    pool::{self, Lane, Pool, Settings},
    queries::users,
    tokio_postgres::{Client as Driver, error::SqlState},
};
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::Options;
use futures::{StreamExt, TryStreamExt, future::join_all};
use tokio::time::timeout;

use super::abandoned::Frozen;
use crate::common::{at_once, migrated_database, user};

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

/// The places of a lane with one connection.
const PLACES: usize = 64;

static BACKEND: Query = Query::by_hand("test.backend", "SELECT PG_BACKEND_PID()");
static SLEEP: Query = Query::by_hand("test.sleep", "SELECT 1 FROM PG_SLEEP($1)");
static ECHO: Query = Query::by_hand("test.echo", "SELECT $1::INTEGER");
static MARK: Query = Query::by_hand("test.mark", "INSERT INTO marks VALUES ($1)");
static TOUCH: Query = Query::by_hand("test.touch", "UPDATE users SET port = 2 WHERE username = 'ada'");

fn lane_of(database: &TestDatabase, connections: usize) -> Pool {
    pool::connect_lazy(database.settings().lane_connections(connections)).expect("valid settings")
}

async fn integers(lane: &Lane, query: &'static Query) -> Result<Vec<i32>, Error> {
    let rows = query.stream(lane, &[]).await?;
    rows.map(|row| row?.try_get::<i32>(0)).try_collect().await
}

/// The process of the lane's only connection, which has the statements prepared that tests queue behind others.
async fn warm_backend(lane: &Lane) -> i32 {
    echo(lane, 0).await.expect("the server answers");
    sleep(lane, 0.0).await.expect("the server answers");
    backend(lane).await
}

async fn backend(lane: &Lane) -> i32 {
    integers(lane, &BACKEND).await.expect("the server answers")[0]
}

async fn echo(lane: &Lane, number: i32) -> Result<i32, Error> {
    let rows: Vec<_> = ECHO.stream(lane, &[&number]).await?.try_collect().await?;
    rows[0].try_get(0)
}

async fn sleep(lane: &Lane, seconds: f64) -> Result<u64, Error> {
    SLEEP.execute(lane, &[&seconds]).await
}

/// How many connections of programs there are to the database, this one left out, and how many of them run a statement.
async fn connections(watcher: &Driver) -> (i64, i64) {
    let sql = "SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'active') FROM pg_stat_activity
               WHERE datname = CURRENT_DATABASE() AND pid <> PG_BACKEND_PID() AND backend_type = 'client backend'";
    let row = watcher.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_get_their_own_answers_on_the_lanes_connections() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 2);
    let watcher = database.client().await;
    at_once(50, |task| {
        let lane = pool.lane().clone();
        async move {
            for round in 0..50 {
                let number = i32::try_from(task * 100 + round).unwrap();
                assert_eq!(echo(&lane, number).await.unwrap(), number);
            }
        }
    })
    .await;
    assert_eq!(connections(&watcher).await, (2, 0));
    drop(pool);
    while connections(&watcher).await.0 > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn generated_statements_run_on_a_lane_and_are_transactions_of_their_own() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    user(lane, "ada").await;
    assert!(users::exists().bind(lane, &"ada").one().await.unwrap());
    assert_eq!(users::touch_last_access().bind(lane, &"ada", &0.0).await.unwrap(), 1);
    assert_eq!(users::list().bind(lane, &0, &10).all().await.unwrap().len(), 1);
    let streamed: Vec<_> = users::list().bind(lane, &0, &10).iter().await.unwrap().try_collect().await.unwrap();
    assert_eq!(streamed[0].username, "ada");
    // Another connection sees what is committed.
    assert!(users::exists().bind(&pool.get().await.unwrap(), &"ada").one().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_write_is_there_once_although_callers_give_up() {
    let database = migrated_database().await;
    database.client().await.batch_execute("CREATE TABLE marks (id INTEGER NOT NULL)").await.unwrap();
    let pool = lane_of(&database, 2);
    let tasks = 40_usize;
    let acknowledged = at_once(tasks, |task| {
        let lane = pool.lane().clone();
        async move {
            let (mut acknowledged, mut given_up) = (Vec::new(), 0);
            for round in 0..60 {
                let id = i32::try_from(task * 1000 + round).unwrap();
                // Some end about when they are given up, and some are long enough to be cancelled.
                let limit = Duration::from_micros(u64::try_from((task * 7919 + round * 104_729) % 4000).unwrap());
                if task % 4 == 0 {
                    given_up += usize::from(timeout(limit, sleep(&lane, 0.01)).await.is_err());
                } else if task % 4 == 1 {
                    match timeout(limit, MARK.execute(&lane, &[&id])).await {
                        Ok(written) => {
                            assert_eq!(written.expect("no neighbour's cancellation is seen"), 1);
                            acknowledged.push(id);
                        }
                        Err(_) => given_up += 1,
                    }
                } else {
                    assert_eq!(MARK.execute(&lane, &[&id]).await.expect("no neighbour's cancellation is seen"), 1);
                    acknowledged.push(id);
                }
            }
            (acknowledged, given_up)
        }
    })
    .await;
    let given_up: usize = acknowledged.iter().map(|(_, given_up)| given_up).sum();
    assert!(given_up > tasks, "only {given_up} callers gave up");
    let watcher = database.client().await;
    let of_none = "SELECT id, COUNT(*) FROM marks GROUP BY id";
    let written: std::collections::HashMap<i32, i64> =
        watcher.query(of_none, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    for id in acknowledged.iter().flat_map(|(acknowledged, _)| acknowledged) {
        assert_eq!(written.get(id), Some(&1), "{id}");
    }
    assert!(written.values().all(|times| *times == 1), "a statement that was given up has run twice");
}

#[tokio::test]
async fn a_dropped_statement_is_cancelled_and_those_behind_it_are_answered() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    let pid = warm_backend(lane).await;
    for _ in 0..5 {
        let behind = async {
            tokio::task::yield_now().await;
            echo(lane, 7).await
        };
        let (dropped, answered) = tokio::join!(timeout(SHORT, sleep(lane, 600.0)), behind);
        assert!(dropped.is_err());
        assert_eq!(answered.unwrap(), 7);
    }
    assert_eq!(backend(lane).await, pid);
}

#[tokio::test]
async fn a_write_that_was_dropped_behind_others_takes_no_effect_later() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    user(lane, "ada").await;
    let mut holder = pool.get().await.unwrap();
    let locked = holder.transaction().await.unwrap();
    locked.execute("UPDATE users SET port = 1 WHERE username = 'ada'", &[]).await.unwrap();
    // Both are prepared.
    assert!(timeout(SHORT, TOUCH.execute(lane, &[])).await.is_err());
    warm_backend(lane).await;
    let (first, dropped) = tokio::join!(sleep(lane, 0.5), timeout(SHORT, TOUCH.execute(lane, &[])));
    assert!(first.is_ok() && dropped.is_err());
    // It has been cancelled, although the row is still locked.
    assert_eq!(echo(lane, 1).await.unwrap(), 1);
    locked.commit().await.unwrap();
    drop(holder);
    assert_eq!(echo(lane, 1).await.unwrap(), 1);
    let port: i32 = database.client().await.query_one("SELECT port FROM users", &[]).await.unwrap().get(0);
    assert_eq!(port, 1);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_its_callers_error_only() {
    let database = migrated_database().await;
    let pool = pool::connect_lazy(database.settings().lane_connections(1).statement_timeout(SHORT)).unwrap();
    let lane = pool.lane();
    let pid = warm_backend(lane).await;
    let calls = (0..20).map(|number| async move {
        if number % 5 == 0 { sleep(lane, 600.0).await.map(|_| 0) } else { echo(lane, number).await }
    });
    for (number, outcome) in (0..).zip(join_all(calls).await) {
        match outcome {
            Ok(answer) => assert_eq!(answer, number),
            Err(error) => {
                assert_eq!(number % 5, 0, "{error}");
                assert_eq!(error.sqlstate(), Some(&SqlState::QUERY_CANCELED), "{error}");
                assert!(error.to_string().contains("statement timeout"), "{error}");
            }
        }
    }
    assert_eq!(backend(lane).await, pid);
}

#[tokio::test]
async fn a_killed_connection_is_an_error_of_what_it_ran_and_is_replaced() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    let pid = warm_backend(lane).await;
    let watcher = database.client().await;
    let kill = async {
        while connections(&watcher).await.1 == 0 {
            tokio::task::yield_now().await;
        }
        watcher.execute("SELECT PG_TERMINATE_BACKEND($1)", &[&pid]).await.unwrap();
    };
    let (first, second, ()) = tokio::join!(sleep(lane, 600.0), echo(lane, 1), kill);
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert!(error.is_transient(), "{error}");
        let is_admin_shutdown = error.sqlstate() == Some(&SqlState::ADMIN_SHUTDOWN);
        assert!(is_admin_shutdown || matches!(error, Error::Connection { .. }), "{error}");
    }
    assert_ne!(backend(lane).await, pid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_server_holds_no_call_for_longer_than_its_limit_and_five_seconds() {
    let server = Options::default().start().expect("PostgreSQL is installed");
    let settings = Settings::from_url(&server.url("postgres")).unwrap().lane_connections(1).statement_timeout(SHORT);
    let pool = pool::connect_lazy(settings).unwrap();
    let lane = pool.lane();
    let pid = warm_backend(lane).await;
    let frozen = Frozen::new(&server);
    // All of this is answered while the server is still frozen.
    for outcome in join_all((0..20).map(|number| echo(lane, number))).await {
        assert!(matches!(outcome, Err(Error::TimedOut { .. })), "{outcome:?}");
    }
    drop(frozen);
    assert_ne!(backend(lane).await, pid);
}

#[tokio::test]
async fn a_connection_whose_server_became_read_only_is_replaced() {
    static WRITE: Query = Query::by_hand("test.write", "SELECT as_on_a_standby()");
    let database = migrated_database().await;
    let function = "CREATE FUNCTION as_on_a_standby() RETURNS INTEGER LANGUAGE plpgsql AS
                    $$ BEGIN RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$";
    database.client().await.batch_execute(function).await.unwrap();
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    let pid = backend(lane).await;
    let error = integers(lane, &WRITE).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some(&SqlState::READ_ONLY_SQL_TRANSACTION), "{error}");
    assert_ne!(backend(lane).await, pid);
}

#[tokio::test]
async fn a_call_without_a_place_is_refused_after_the_pools_wait() {
    let database = migrated_database().await;
    let pool = pool::connect_lazy(database.settings().lane_connections(1).wait_timeout(SHORT)).unwrap();
    let lane = pool.lane();
    warm_backend(lane).await;
    let mut calls: Vec<_> = (0..PLACES).map(|_| Box::pin(sleep(lane, 0.01))).collect();
    let mut first = Box::pin(sleep(lane, 600.0));
    assert!(timeout(SHORT, &mut first).await.is_err());
    for call in &mut calls[1..] {
        assert!(timeout(Duration::ZERO, call).await.is_err());
    }
    let refused = echo(lane, 1).await.unwrap_err();
    assert!(matches!(refused, Error::NoConnection { .. }) && refused.is_transient(), "{refused}");
    assert!(refused.to_string().contains("64 places"), "{refused}");
    // The places of dropped calls are free again.
    drop((first, calls));
    assert_eq!(echo(lane, 1).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_four_times_the_capacity_every_call_is_answered_or_refused() {
    let database = migrated_database().await;
    let pool = pool::connect_lazy(database.settings().lane_connections(2).wait_timeout(SHORT)).unwrap();
    let outcomes = at_once(4 * 2 * PLACES, |_| {
        let lane = pool.lane().clone();
        async move { sleep(&lane, 0.005).await }
    })
    .await;
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(answered >= 2 * PLACES, "{answered}");
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(error, Error::NoConnection { .. }), "{error}");
    }
    assert!(answered < outcomes.len(), "nothing was refused");
}

#[tokio::test]
async fn calls_are_answered_in_the_order_they_came_beyond_the_places_too() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    warm_backend(lane).await;
    let order = std::sync::Mutex::new(Vec::new());
    let calls = (0..200_i32).map(|number| {
        let order = &order;
        async move {
            sleep(lane, 0.001).await.unwrap();
            order.lock().unwrap().push(number);
        }
    });
    join_all(calls).await;
    assert!(order.lock().unwrap().is_sorted(), "{order:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_changes_under_load_are_seen_by_no_caller() {
    static ALL: Query = Query::by_hand("test.all", "SELECT * FROM changing");
    let database = migrated_database().await;
    let owner = database.client().await;
    owner.batch_execute("CREATE TABLE changing (id INTEGER); INSERT INTO changing VALUES (7)").await.unwrap();
    let pool = lane_of(&database, 2);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let readers = at_once(20, |_| {
        let (lane, stopped) = (pool.lane().clone(), stopped.clone());
        async move {
            let mut read = 0;
            while !*stopped.borrow() {
                assert_eq!(integers(&lane, &ALL).await.unwrap(), [7]);
                read += 1;
            }
            read
        }
    });
    let changes = async {
        for column in 0..30 {
            let change = format!("ALTER TABLE changing ADD COLUMN column_{column} INTEGER");
            owner.batch_execute(&change).await.unwrap();
            // Statements of the old shape are prepared again meanwhile.
            for _ in 0..5 {
                assert_eq!(integers(pool.lane(), &ALL).await.unwrap(), [7]);
            }
        }
        stop.send(true).unwrap();
    };
    let (read, ()): (Vec<i32>, ()) = tokio::join!(readers, changes);
    assert!(read.iter().all(|read| *read > 0));
}

#[tokio::test]
async fn what_needs_a_session_of_its_own_is_refused() {
    static MARKED: Query = Query {
        name: "test.marked",
        file: "queries/test.sql",
        line: 1,
        sql: "SELECT take_lock()",
        parameters: &[],
        columns: &[],
        changes_session: true,
    };
    static OTHERS: [Query; 8] = [
        Query::by_hand("test.begin", "BEGIN"),
        Query::by_hand("test.set", "SET work_mem = '1MB'"),
        Query::by_hand("test.listen", "LISTEN channel"),
        Query::by_hand("test.table", "CREATE TEMPORARY TABLE a (b INTEGER)"),
        Query::by_hand("test.vacuum", "/* test.vacuum */ VACUUM"),
        Query::by_hand("test.call", "CALL a()"),
        Query::by_hand("test.lock", "SELECT pg_advisory_lock(1)"),
        Query::by_hand("test.setting", "SELECT SET_CONFIG('work_mem', '1MB', FALSE)"),
    ];
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    for query in OTHERS.iter().chain([&MARKED]) {
        let error = query.execute(pool.lane(), &[]).await.unwrap_err();
        assert!(matches!(error, Error::NeedsClient { .. }), "{error}");
        assert!(
            error.to_string().starts_with(query.name) && error.to_string().contains("client of the pool"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_nobody_reads_holds_up_nobody() {
    static MANY: Query = Query::by_hand("test.many", "SELECT n, REPEAT('x', 1000) FROM GENERATE_SERIES(1, 10000) AS n");
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    // Read into memory, and held.
    let mut held = MANY.stream(lane, &[]).await.unwrap();
    // Sent, and not looked at again.
    let mut unwatched = Box::pin(MANY.stream(lane, &[]));
    assert!(timeout(Duration::ZERO, &mut unwatched).await.is_err());
    for number in 0..10 {
        assert_eq!(echo(lane, number).await.unwrap(), number);
    }
    assert_eq!(held.next().await.unwrap().unwrap().try_get::<i32>(0).unwrap(), 1);
    assert_eq!(held.count().await, 9_999);
    assert_eq!(unwatched.await.unwrap().count().await, 10_000);
}

#[tokio::test]
async fn a_stream_beyond_the_memory_limit_is_an_error_and_is_cancelled() {
    static ENDLESS: Query = Query::by_hand("test.endless", "SELECT REPEAT('x', 10000), GENERATE_SERIES(1, 1000000000)");
    let database = migrated_database().await;
    // Only the lane ends it.
    let pool = pool::connect_lazy(database.settings().lane_connections(1).statement_timeout(None)).unwrap();
    let lane = pool.lane();
    let pid = backend(lane).await;
    let error = ENDLESS.stream(lane, &[]).await.unwrap_err();
    assert!(matches!(error, Error::Overrun { .. }), "{error}");
    assert_eq!(backend(lane).await, pid);
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_is_an_error_of_its_call_only() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    let (before, wrong, none, after) =
        tokio::join!(echo(lane, 1), ECHO.execute(lane, &[&"one"]), ECHO.execute(lane, &[]), echo(lane, 2));
    assert_eq!((before.unwrap(), after.unwrap()), (1, 2));
    for error in [wrong.unwrap_err(), none.unwrap_err()] {
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_the_pools_error() {
    let settings = Settings::new().host("/nonexistent").user("ada");
    let pool = pool::connect_lazy(settings).unwrap();
    let errors = join_all((0..10).map(|number| echo(pool.lane(), number))).await;
    for error in errors.into_iter().map(Result::unwrap_err) {
        let Error::NoConnection { source, .. } = &error else { panic!("{error}") };
        assert!(matches!(**source, pool::Error::Unreachable { .. }) && error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn a_closed_pool_refuses_statements_on_its_lane() {
    let database = migrated_database().await;
    let pool = lane_of(&database, 1);
    let lane = pool.lane();
    warm_backend(lane).await;
    let (running, ()) = tokio::join!(sleep(lane, 0.1), async { pool.close() });
    assert_eq!(running.unwrap(), 1);
    let error = echo(lane, 1).await.unwrap_err();
    let Error::NoConnection { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(**source, pool::Error::PoolClosed), "{error}");
    let watcher = database.client().await;
    while connections(&watcher).await.0 > 0 {
        tokio::task::yield_now().await;
    }
}
