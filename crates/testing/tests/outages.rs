//! What a pool does when servers fail, change their roles, hang, or have more callers than they can serve.

use std::{
    collections::HashSet,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use barqnet_db_client::{
    Query, TransactionOptions,
    pool::{self, Client, Error, Pool, Settings},
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::{
    TestDatabase,
    callers::{Caller, Callers},
    replication::{Frozen, connect, kill, postmaster, primary, promote, settings, signal, standby_of},
};
use barqnet_db_throwaway::{Options, Server};
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

async fn backend(client: &Client) -> i32 {
    client.query_one("SELECT PG_BACKEND_PID()", &[]).await.expect("the server answers").get(0)
}

/// Settings that name several servers and accept the one that can be written to.
fn writable(servers: &[&Server]) -> Settings {
    let hosts: Vec<_> = servers.iter().map(|server| server.folder().display().to_string()).collect();
    let url = format!("postgresql:///postgres?host={}&user=postgres&target_session_attrs=read-write", hosts.join(","));
    Settings::from_url(&url).expect("it is well formed")
}

async fn execute(server: &Server, sql: &str) {
    for statement in sql.split(';') {
        pool::connect_one(settings(server)).await.unwrap().batch_execute(statement).await.unwrap();
    }
}

/// Opens so many connections, and returns all of them to the pool.
async fn fill(pool: &Pool, connections: usize) {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(pool.get().await.expect("a connection"));
    }
}

/// How many connections to the database there are, but for the one that asks.
async fn connections(database: &TestDatabase) -> i64 {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity
               WHERE datname = CURRENT_DATABASE() AND backend_type = 'client backend' AND pid <> PG_BACKEND_PID()";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

// Age

#[tokio::test]
async fn connections_that_nobody_uses_are_closed() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().idle_timeout(SHORT)).await.unwrap();
    fill(&pool, 5).await;
    assert_eq!(connections(&database).await, 5);
    while connections(&database).await > 0 {
        yield_now().await;
    }
    assert_eq!(pool.status().size, 0);
    backend(&pool.get().await.unwrap()).await;
}

#[tokio::test]
async fn an_old_connection_is_replaced_without_an_error() {
    let database = TestDatabase::empty().await;
    let settings = database.settings().max_size(1).max_lifetime(SHORT);
    let pool = pool::connect(settings).await.unwrap();
    let first = backend(&pool.get().await.unwrap()).await;
    while backend(&pool.get().await.unwrap()).await == first {}
    // Without use it is closed as well.
    while connections(&database).await > 0 {
        yield_now().await;
    }
    // Without a maximum, it stays.
    let pool = pool::connect(database.settings().max_size(1).max_lifetime(None)).await.unwrap();
    let first = backend(&pool.get().await.unwrap()).await;
    sleep(2 * SHORT).await;
    assert_eq!(backend(&pool.get().await.unwrap()).await, first);
}

#[tokio::test]
async fn the_search_for_old_connections_ends_with_the_pool() {
    let database = TestDatabase::empty().await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let pool = pool::connect(database.settings()).await.unwrap();
    assert!(tasks() > before);
    drop(pool);
    while tasks() > before {
        yield_now().await;
    }
}

// Readiness

#[tokio::test]
async fn a_pool_is_ready_or_says_why_not() {
    let server = Options::default().start().unwrap();
    let pool = pool::connect(settings(&server).max_size(1)).await.unwrap();
    pool.ready(LONG).await.unwrap();
    let client = pool.get().await.unwrap();
    let error = pool.ready(SHORT).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }) && error.to_string().contains("load of the pool"), "{error}");
    drop(client);

    execute(&server, "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()").await;
    let error = loop {
        if let Err(error) = pool.ready(LONG).await {
            break error;
        }
    };
    assert!(matches!(error, Error::ReadOnly { .. }) && error.is_transient(), "{error}");
    assert!(error.to_string().contains("standby"), "{error}");
    let reader = settings(&server).max_size(1);
    let url = format!("{}&target_session_attrs=read-only", server.url("postgres"));
    pool::connect(Settings::from_url(&url).unwrap()).await.unwrap().ready(LONG).await.unwrap();

    let frozen = Frozen::new(&server);
    let error = pool.ready(SHORT).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    drop(frozen);
    drop(server);
    let error = pool.ready(LONG).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("check that it is running"), "{error}");
    let error = pool::connect_lazy(reader).unwrap().ready(LONG).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    pool.close();
    assert!(matches!(pool.ready(LONG).await, Err(Error::PoolClosed)));
}

// Several servers

#[tokio::test]
async fn a_pool_for_writing_finds_the_primary_wherever_it_is_in_the_list() {
    let primary = primary();
    let standby = standby_of(&primary).await;
    for servers in [[&primary, &standby], [&standby, &primary]] {
        let pool = pool::connect(writable(&servers)).await.unwrap();
        pool.ready(LONG).await.unwrap();
        pool.get().await.unwrap().batch_execute("CREATE TEMPORARY TABLE written (id INT)").await.unwrap();
    }
    let pool = pool::connect(settings(&standby)).await.unwrap();
    assert!(matches!(pool.ready(LONG).await, Err(Error::ReadOnly { .. })));
    let error = pool::connect(writable(&[&standby])).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }) && error.is_transient(), "{error}");
    let reading = format!("{}&target_session_attrs=read-only", primary.url("postgres"));
    let error = pool::connect(Settings::from_url(&reading).unwrap()).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::Writable { .. }) && error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_server_that_became_a_standby_costs_one_caller_an_error() {
    let [old, new] = [Options::default().start().unwrap(), Options::default().start().unwrap()];
    execute(&old, "CREATE TABLE written (id INT)").await;
    execute(&new, "CREATE TABLE written (id INT)").await;
    let pool = pool::connect(writable(&[&old, &new])).await.unwrap();
    fill(&pool, 6).await;
    let held = pool.get().await.unwrap();
    execute(&old, "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()").await;
    while held.query_one("SHOW transaction_read_only", &[]).await.unwrap().get::<_, &str>(0) == "off" {}

    let insert = "INSERT INTO written VALUES (1)";
    let error = pool.get().await.unwrap().execute(insert, &[]).await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("25006"));
    for _ in 0..6 {
        pool.get().await.unwrap().execute(insert, &[]).await.unwrap();
    }
    // One that was in use meanwhile is looked at when it comes back.
    drop(held);
    let mut clients = Vec::new();
    for _ in 0..8 {
        let client = pool.get().await.unwrap();
        client.execute(insert, &[]).await.unwrap();
        clients.push(client);
    }
}

static INSERT: Query = Query::by_hand("tests.insert", "INSERT INTO written VALUES (1)");
static READ: Query = Query::by_hand("tests.read", "SELECT id FROM written");

#[tokio::test]
async fn pool_and_lane_leave_a_server_that_became_a_standby_together() {
    for first_is_lane in [true, false] {
        let [old, new] = [Options::default().start().unwrap(), Options::default().start().unwrap()];
        execute(&old, "CREATE TABLE written (id INT)").await;
        execute(&new, "CREATE TABLE written (id INT); INSERT INTO written VALUES (7)").await;
        let pool = pool::connect(writable(&[&old, &new])).await.unwrap();
        assert_eq!(READ.execute(pool.lane(), &[]).await.unwrap(), 0);
        execute(&old, "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()").await;
        let reader = pool::connect_one(settings(&old)).await.unwrap();
        while reader.query_one("SHOW transaction_read_only", &[]).await.unwrap().get::<_, &str>(0) == "off" {}
        // The sessions of pool and lane have to have read the configuration, too.
        let error = loop {
            let outcome = if first_is_lane {
                INSERT.execute(pool.lane(), &[]).await
            } else {
                INSERT.execute(&pool.get().await.unwrap(), &[]).await
            };
            match outcome {
                Ok(_) => yield_now().await,
                Err(error) => break error,
            }
        };
        assert_eq!(error.sqlstate().map(SqlState::code), Some("25006"));
        // Reading there would never end.
        assert_eq!(READ.execute(pool.lane(), &[]).await.unwrap(), 1);
        assert_eq!(READ.execute(&pool.get().await.unwrap(), &[]).await.unwrap(), 1);
        INSERT.execute(pool.lane(), &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_stops_costs_no_caller_more_than_one_error() {
    for how in ["-INT", "-QUIT"] {
        let [old, new] = [Options::default().start().unwrap(), Options::default().start().unwrap()];
        let pool = pool::connect(writable(&[&old, &new])).await.unwrap();
        fill(&pool, 6).await;
        signal(how, &[postmaster(&old)]);
        while !old.folder().join("exited").exists() {
            yield_now().await;
        }
        let mut errors = 0;
        for _ in 0..12 {
            errors += i32::from(pool.get().await.unwrap().query("SELECT 1", &[]).await.is_err());
        }
        assert!(errors <= 1, "{errors} errors after {how}");
    }
}

#[tokio::test]
async fn a_write_in_a_transaction_that_only_reads_keeps_its_connection() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    let mut client = pool.get().await.unwrap();
    let pid = backend(&client).await;
    let options = TransactionOptions { read_only: true, ..TransactionOptions::default() };
    let transaction = client.transaction_with(options).await.unwrap();
    let error = transaction.batch_execute("CREATE TABLE written (id INT)").await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("25006"));
    drop(transaction);
    drop(client);
    assert_eq!(backend(&pool.get().await.unwrap()).await, pid);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_tried_first_again() {
    let server = Options::default().start().unwrap();
    // It accepts connections and sends nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let settings = Settings::new()
        .host("127.0.0.1")
        .port(silent.local_addr().unwrap().port())
        .add_server(&server.folder().display().to_string(), 5432)
        .user("postgres")
        .dbname("postgres")
        .create_timeout(SHORT);
    let pool = pool::connect(settings).await.unwrap();
    fill(&pool, 5).await;
    assert_eq!(std::iter::from_fn(|| silent.accept().ok()).count(), 1);
}

#[tokio::test]
async fn a_frozen_server_is_waited_for_once_and_not_once_per_connection() {
    let [frozen, other] = [Options::default().start().unwrap(), Options::default().start().unwrap()];
    let limit = Duration::from_secs(1);
    let settings = writable(&[&frozen, &other]).max_size(8).create_timeout(limit);
    let pool = pool::connect(settings.recycle_timeout(limit)).await.unwrap();
    fill(&pool, 8).await;
    // No longer trusted without a look.
    sleep(Duration::from_millis(1_100)).await;
    let _frozen = Frozen::new(&frozen);
    let begin = Instant::now();
    backend(&pool.get().await.unwrap()).await;
    // One look and one attempt to connect, with as much for a slow machine; eight of each take 16 s.
    assert!(begin.elapsed() < 4 * limit, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn the_server_looks_whether_its_client_is_still_there_where_it_can() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    let sql = "SELECT current_setting('server_version_num')::INT >= 140000,
                      COALESCE(current_setting('client_connection_check_interval', TRUE), 'none')";
    for _ in 0..2 {
        let row = pool.get().await.unwrap().query_one(sql, &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(1), if row.get(0) { "1s" } else { "none" });
    }
    if pool.get().await.unwrap().query_one(sql, &[]).await.unwrap().get(0) {
        let options = database.settings().options("-c client_connection_check_interval=5s");
        let client = pool::connect_one(options).await.unwrap();
        assert_eq!(client.query_one(sql, &[]).await.unwrap().get::<_, &str>(1), "5s");
    }
}

// Fail-over

/// A primary that acknowledges a commit when its standby has it, and the standby.
async fn cluster() -> [Server; 2] {
    let primary = primary();
    execute(&primary, "CREATE TABLE written (id BIGINT PRIMARY KEY)").await;
    let standby = standby_of(&primary).await;
    execute(
        &primary,
        "ALTER SYSTEM SET synchronous_standby_names = '*'; ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf()",
    )
    .await;
    let client = pool::connect_one(settings(&primary)).await.unwrap();
    let in_sync = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'";
    while client.query(in_sync, &[]).await.unwrap().is_empty() {
        yield_now().await;
    }
    [primary, standby]
}

/// Inserts rows, each with a number of its own.
struct Inserter {
    pool: Pool,
    next: Arc<AtomicI64>,
}

impl Caller for Inserter {
    type Answer = i64;

    async fn call(&mut self) -> Result<i64, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let client = match self.pool.get().await {
            Ok(client) => client,
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                return Err(error.to_string());
            }
        };
        let inserted = client.execute("INSERT INTO written VALUES ($1)", &[&id]).await;
        inserted.map(|_| id).map_err(|error| error.to_string())
    }
}

/// Writes with many callers, lets `fail` end the primary and promotes the standby.
async fn fail_over<F>(name: &str, fail: impl FnOnce(&Server) -> F) {
    let [primary, standby] = cluster().await;
    let pool_settings = writable(&[&primary, &standby])
        .max_size(6)
        .statement_timeout(Duration::from_secs(1))
        .create_timeout(Duration::from_secs(2))
        .recycle_timeout(Duration::from_secs(1));
    let pool = pool::connect(pool_settings).await.unwrap();
    let next = Arc::<AtomicI64>::default();
    let callers = Callers::start((0..12).map(|_| Inserter { pool: pool.clone(), next: Arc::clone(&next) }));
    callers.more_answers(500).await;
    let failed_at = Instant::now();
    let _failure = fail(&primary);
    promote(&standby).await;
    let promoted_at = Instant::now();
    callers.more_answers(500).await;
    // Each caller has something to say about the time after it.
    sleep(2 * SHORT).await;

    let (mut acknowledged, mut errors, mut first_success) = (Vec::new(), Vec::new(), None);
    for seen in callers.stop(LONG).await {
        // Its errors are those of one moment: once it has succeeded again, there is no further one.
        assert!(seen.begins_and_ends_well() && seen.outages() <= 1, "{name}:\n{seen}");
        errors.push(seen.errors().count());
        first_success = first_success.into_iter().chain(seen.first_answer_after(promoted_at)).min();
        acknowledged.extend(seen.answers);
    }
    let rows = connect(&standby).await.query("SELECT id FROM written", &[]).await.unwrap();
    let stored: HashSet<i64> = rows.iter().map(|row| row.get(0)).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains(id)).collect();
    assert!(lost.is_empty(), "{name}: {} acknowledged, lost {lost:?}", acknowledged.len());
    println!(
        "{name}: promoted after {:?}, first success {:?} later; errors per caller: {errors:?}",
        promoted_at - failed_at,
        first_success.map(|at| at - promoted_at)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_primary_costs_errors_of_one_moment_and_nothing_that_was_acknowledged() {
    fail_over("killed", |primary| signal("-QUIT", &[postmaster(primary)])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_primary_costs_errors_of_one_moment_and_nothing_that_was_acknowledged() {
    fail_over("frozen", Frozen::new).await;
}

/// The data of the server that a pool's client is connected to.
async fn data_of(client: &Client) -> String {
    client.query_one("SHOW data_directory", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_former_primary_that_still_accepts_writes_is_left() {
    const PLACE: Query = Query::by_hand("place", "SELECT 1 WHERE CURRENT_SETTING('data_directory') = $1");
    let primary = primary();
    let standby = standby_of(&primary).await;
    let [old, new] = [&primary, &standby].map(|server| server.folder().join("data").display().to_string());
    let pool = pool::connect(writable(&[&standby, &primary]).max_size(3)).await.unwrap();
    fill(&pool, 2).await;
    assert_eq!(PLACE.execute(pool.lane(), &[&old]).await.unwrap(), 1);

    promote(&standby).await;
    // Nothing has failed, and nobody has met the new primary yet.
    let clients = [pool.get().await.unwrap(), pool.get().await.unwrap()];
    for client in &clients {
        assert_eq!(data_of(client).await, old);
    }
    assert_eq!(data_of(&pool.get().await.unwrap()).await, new);
    drop(clients);
    let clients = [pool.get().await.unwrap(), pool.get().await.unwrap(), pool.get().await.unwrap()];
    for client in &clients {
        assert_eq!(data_of(client).await, new);
    }
    assert_eq!(PLACE.execute(pool.lane(), &[&new]).await.unwrap(), 1);
    drop(clients);

    kill(&standby).await;
    let error = loop {
        match pool.get().await {
            // It is noticed at the first use.
            Ok(client) => assert!(client.query_one("SELECT 1", &[]).await.is_err()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::FormerPrimary { timeline: 1, highest: 2, .. }), "{error}");
    assert!(error.is_transient() && error.to_string().contains(primary.folder().to_str().unwrap()), "{error}");
}

// Overload

#[tokio::test]
async fn callers_are_served_in_their_order_and_one_too_many_is_refused_at_once() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().max_size(1).max_waiting(20).wait_timeout(LONG)).await.unwrap();
    let client = pool.get().await.unwrap();
    let served = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut callers = Vec::new();
    for caller in 0..20 {
        let (pool_, served) = (pool.clone(), Arc::clone(&served));
        callers.push(tokio::spawn(async move {
            let _client = pool_.get().await.unwrap();
            served.lock().unwrap().push(caller);
        }));
        while pool.status().waiting <= caller {
            yield_now().await;
        }
    }
    let error = pool.get().await.unwrap_err();
    assert!(matches!(error, Error::Overloaded { waiting: 20, max_size: 1 }), "{error}");
    assert!(error.is_transient());
    drop(client);
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(*served.lock().unwrap(), (0..20).collect::<Vec<_>>());
    pool.get().await.unwrap();
}

#[tokio::test]
async fn a_caller_that_gives_up_leaves_the_queue() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().max_size(1).max_waiting(1).wait_timeout(LONG)).await.unwrap();
    let client = pool.get().await.unwrap();
    for _ in 0..3 {
        timeout(Duration::from_millis(10), pool.get()).await.expect_err("it waits");
    }
    drop(client);
    pool.get().await.unwrap();
}

#[tokio::test]
async fn after_an_outage_as_many_callers_wait_as_there_are_connections() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().max_size(2).wait_timeout(Duration::from_secs(1))).await.unwrap();
    let held = [pool.get().await.unwrap(), pool.get().await.unwrap()];
    // Nobody is served: no more wait than there are connections.
    assert!(matches!(pool.get().await, Err(Error::TimedOut { .. })));
    let first_round = [(); 2].map(|()| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get().await })
    });
    while pool.status().waiting < 2 {
        yield_now().await;
    }
    // The connections are theirs, although they have not been told yet: nobody is before the next one.
    drop(held);
    let (next, ..) = tokio::join!(pool.get(), async {
        for caller in first_round {
            drop(caller.await.unwrap().unwrap());
        }
    });
    next.unwrap();
}

/// How a call for a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outcome {
    Served,
    Refused,
    TimedOut,
}

#[tokio::test(flavor = "multi_thread")]
async fn at_four_times_the_capacity_answers_come_in_time_and_the_rest_is_refused_at_once() {
    let database = TestDatabase::empty().await;
    let limit = Duration::from_secs(1);
    let pool = pool::connect(database.settings().max_size(2).wait_timeout(limit)).await.unwrap();
    let mut callers = Vec::new();
    // Two connections serve a caller in 20 ms each: 100 per second. 400 per second come.
    for _ in 0..1_600 {
        let pool = pool.clone();
        callers.push(tokio::spawn(async move {
            let begin = Instant::now();
            let outcome = match pool.get().await {
                Ok(client) => {
                    let waited = begin.elapsed();
                    client.query("SELECT PG_SLEEP(0.02)", &[]).await.unwrap();
                    return (Outcome::Served, waited);
                }
                Err(Error::Overloaded { .. }) => Outcome::Refused,
                Err(Error::TimedOut { .. }) => Outcome::TimedOut,
                Err(error) => panic!("{error}"),
            };
            (outcome, begin.elapsed())
        }));
        sleep(Duration::from_micros(2_500)).await;
    }
    let mut outcomes = Vec::new();
    for caller in callers {
        outcomes.push(caller.await.unwrap());
    }
    let count = |wanted: Outcome| outcomes.iter().filter(|(outcome, _)| *outcome == wanted).count();
    let (served, refused, timed_out) = (count(Outcome::Served), count(Outcome::Refused), count(Outcome::TimedOut));
    println!("{served} served, {refused} refused at once, {timed_out} after the limit");
    assert!(served > 100 && refused > 100, "{served} served, {refused} refused");
    // The pace is measured, so few who join the queue wait in vain.
    assert!(timed_out * 5 < refused, "{timed_out} timed out, {refused} refused");
    // As much again for a machine that has other things to do.
    let longest = outcomes.iter().map(|(_, waited)| *waited).max();
    assert!(longest < Some(2 * limit), "{longest:?}");
}
