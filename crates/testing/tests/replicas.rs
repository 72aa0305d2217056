//! Reads on a replica: what runs there, how far it may lag, and that its failures cost readers nothing.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::Arc,
    time::{Duration, Instant},
};

use barqnet_db_client::{
    Bound, Error, Query, ReadClient, Returning, Row, TransactionOptions,
    pool::{self, Pool, PoolMode, Position, Settings},
    tokio_postgres::IsolationLevel,
};
use barqnet_db_testing::{
    pooler::Pooler,
    replication::{Frozen, Replicated, connect, kill, primary, promote, standby_of},
};
use barqnet_db_throwaway::Server;
use tempfile::TempDir;
use tokio::task::yield_now;

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

/// What the build would make of a statement that reads: the folder of its server's data, and how many rows it sees.
struct Seen;

impl Seen {
    const QUERY: &'static Query =
        &Query::by_hand("tests.seen", "SELECT CURRENT_SETTING('data_directory'), (SELECT COUNT(*) FROM written)");
    /// It needs what a migration has made.
    const MIGRATED: &'static Query =
        &Query::by_hand("tests.migrated", "SELECT CURRENT_SETTING('data_directory'), COUNT(note) FROM written");
    /// It does not end on a replica.
    const ENDLESS: &'static Query = &Query::by_hand(
        "tests.endless",
        "SELECT CURRENT_SETTING('data_directory'), COUNT(*)
         FROM written, LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_sleep(600) END) AS pause",
    );

    async fn by(client: &impl ReadClient) -> Result<(String, i64), Error> {
        Self::run(Self::QUERY, client).await
    }

    async fn run(query: &'static Query, client: &impl ReadClient) -> Result<(String, i64), Error> {
        Bound::<_, Self, 0>::new(query, client, [], |it| it).one().await
    }
}

impl Returning for Seen {
    type Row = (String, i64);
    type Borrowed<'r> = (String, i64);
    fn read(row: &Row) -> Result<Self::Borrowed<'_>, Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

fn data(server: &Server) -> String {
    server.folder().join("data").display().to_string()
}

/// The folder of the server that a read runs on.
async fn place(client: &impl ReadClient) -> String {
    Seen::by(client).await.unwrap().0
}

/// Two servers with a table of one row.
async fn servers() -> Replicated {
    let primary = primary();
    execute(&primary, "CREATE TABLE written (id INT); INSERT INTO written VALUES (1)").await;
    Replicated::of(primary).await
}

async fn execute(server: &Server, sql: &str) {
    connect(server).await.batch_execute(sql).await.unwrap();
}

/// What reaches the disk of the primary and replicas at once. The servers of tests commit before they write to the disk, unless they
/// are asked.
async fn execute_durably(server: &Server, sql: &str) {
    execute(server, &format!("SET synchronous_commit = on; {sql}")).await;
}

/// Lets a standby receive nothing more.
async fn cut_off(standby: &mut Server) {
    execute(standby, "ALTER SYSTEM SET primary_conninfo = 'host=/nowhere'").await;
    standby.restart_with("UNUSED", "1").unwrap();
}

/// An address at which one server after the other can be reached.
struct Address(TempDir);

impl Address {
    fn of(server: &Server) -> Self {
        let address = Self(tempfile::tempdir().unwrap());
        address.lead_to(server);
        address
    }

    fn host(&self) -> String {
        self.0.path().join("server").display().to_string()
    }

    fn lead_to(&self, server: &Server) {
        let _ = fs::remove_file(self.host());
        symlink(server.folder(), self.host()).unwrap();
    }
}

/// A pool whose reads run on the replica by now.
async fn reading(servers: &Replicated, settings: Settings) -> Pool {
    let pool = pool::connect(settings).await.unwrap();
    servers.until_read_by(&pool).await;
    pool
}

async fn until_read_on(pool: &Pool, server: &Server) {
    while place(&pool.read_lane()).await != data(server) {
        yield_now().await;
    }
}

async fn until_all_reads_are_on(pool: &Pool, server: &Server) {
    until_read_on(pool, server).await;
    assert_eq!(place(&pool.read().await.unwrap()).await, data(server));
    assert_eq!(place(&pool.read_lane()).await, data(server));
}

#[tokio::test]
async fn reads_run_on_the_replica_and_everything_else_on_the_primary() {
    let servers = servers().await;
    let (primary, replica) = (data(&servers.primary), data(&servers.replica));
    let pool = reading(&servers, servers.settings()).await;
    assert!(pool.has_replicas());
    let mut client = pool.read().await.unwrap();
    assert_eq!(place(&client).await, replica);
    assert_eq!(place(&client.transaction().await.unwrap()).await, replica);
    assert_eq!(place(&pool.read_lane()).await, replica);
    assert_eq!(place(&pool.get().await.unwrap()).await, primary);
    assert_eq!(place(pool.lane()).await, primary);
    for (isolation, expected) in [
        (IsolationLevel::ReadCommitted, &replica),
        (IsolationLevel::RepeatableRead, &replica),
        // A replica has no such transactions.
        (IsolationLevel::Serializable, &primary),
    ] {
        let options = TransactionOptions::at(isolation);
        let read = pool.read_transaction(&options, |transaction| async move {
            Ok::<_, Box<dyn std::error::Error>>(place(&transaction).await)
        });
        assert_eq!(&read.await.unwrap(), expected, "{isolation:?}");
    }
    pool.close();
    assert!(pool.read().await.is_err());
}

#[tokio::test]
async fn a_pool_without_replicas_reads_on_the_primary() {
    let servers = servers().await;
    let pool = pool::connect(barqnet_db_testing::replication::settings(&servers.primary)).await.unwrap();
    assert!(!pool.has_replicas());
    let position = pool.position().await.unwrap();
    assert_eq!(place(&pool.read().await.unwrap()).await, data(&servers.primary));
    assert_eq!(place(&pool.read_after(position).await.unwrap()).await, data(&servers.primary));
    assert_eq!(place(&pool.read_lane().after(position)).await, data(&servers.primary));
}

#[tokio::test]
async fn an_address_without_a_server_costs_no_reader_an_error() {
    let servers = servers().await;
    let settings = barqnet_db_testing::replication::settings(&servers.primary).add_replica("127.0.0.1", 1);
    let pool = pool::connect(settings).await.unwrap();
    for _ in 0..3 {
        assert_eq!(place(&pool.read_lane()).await, data(&servers.primary));
        assert_eq!(place(&pool.read().await.unwrap()).await, data(&servers.primary));
    }
}

#[tokio::test]
async fn a_primary_in_the_place_of_a_replica_is_not_read_as_one() {
    let servers = servers().await;
    let other = primary();
    execute(&other, "CREATE TABLE written (id INT)").await;
    let settings = barqnet_db_testing::replication::settings(&servers.primary);
    let settings = settings.add_replica(&other.folder().display().to_string(), 5432);
    let pool = pool::connect(settings).await.unwrap();
    assert_eq!(place(&pool.read_lane()).await, data(&servers.primary));
    assert_eq!(place(&pool.read().await.unwrap()).await, data(&servers.primary));
}

#[tokio::test]
async fn several_replicas_are_read_in_turn_and_one_that_goes_leaves_its_reads_to_the_others() {
    let servers = servers().await;
    let other = standby_of(&servers.primary).await;
    let folder = |server: &Server| server.folder().display().to_string();
    // As a service names them, with what finds the primary among them.
    let url = format!(
        "host={},{} user=postgres dbname=postgres target_session_attrs=read-write replica_host={},{} max_replica_lag=60s",
        folder(&servers.replica),
        folder(&servers.primary),
        folder(&servers.replica),
        folder(&other),
    );
    let pool = pool::connect(url.as_str()).await.unwrap();
    assert_eq!(place(&pool.get().await.unwrap()).await, data(&servers.primary));
    let places = [data(&servers.replica), data(&other)];
    let mut seen = Vec::new();
    while places.iter().any(|place| !seen.contains(place)) {
        seen.push(place(&pool.read_lane()).await);
    }
    kill(&servers.replica).await;
    for _ in 0..10 {
        // Those that meet the killed one are answered by the primary.
        assert_ne!(place(&pool.read_lane()).await, data(&servers.replica));
    }
    until_all_reads_are_on(&pool, &other).await;
}

// Lag

/// Writes a row that the replica does not get. A reader who asks when the maximum of `SHORT` has passed sees it.
async fn until_no_reader_misses_a_row(servers: &Replicated, pool: &Pool) {
    execute_durably(&servers.primary, "INSERT INTO written VALUES (2)").await;
    let written_at = Instant::now();
    loop {
        let waited = written_at.elapsed();
        let (_, rows) = Seen::by(&pool.read_lane()).await.unwrap();
        assert!(rows == 2 || waited <= SHORT, "not seen {waited:?} after the commit");
        if rows == 2 && waited > SHORT {
            break;
        }
    }
}

#[tokio::test]
async fn a_replica_that_lags_more_than_the_maximum_is_left_out_until_it_has_caught_up() {
    let servers = servers().await;
    let pool = reading(&servers, servers.settings().max_replica_lag(SHORT)).await;
    servers.pause_replay().await;
    until_no_reader_misses_a_row(&servers, &pool).await;
    until_all_reads_are_on(&pool, &servers.primary).await;
    servers.resume_replay().await;
    until_all_reads_are_on(&pool, &servers.replica).await;
    assert_eq!(Seen::by(&pool.read_lane()).await.unwrap().1, 2);
}

#[tokio::test]
async fn a_replica_that_hears_nothing_of_its_primary_is_left_out() {
    let mut servers = servers().await;
    let pool = reading(&servers, servers.settings().max_replica_lag(SHORT)).await;
    // It replays everything that it receives, and does not know that there is more.
    cut_off(&mut servers.replica).await;
    until_no_reader_misses_a_row(&servers, &pool).await;
    until_all_reads_are_on(&pool, &servers.primary).await;
}

#[tokio::test]
async fn a_reader_sees_what_was_written_before_its_position_and_others_may_not_yet() {
    let servers = servers().await;
    let pool = reading(&servers, servers.settings().max_replica_lag(LONG)).await;
    servers.pause_replay().await;
    execute(&servers.primary, "INSERT INTO written VALUES (2)").await;
    // As a service keeps it between two requests.
    let position: Position = pool.position().await.unwrap().to_string().parse().unwrap();
    assert_eq!(Seen::by(&pool.read_lane()).await.unwrap(), (data(&servers.replica), 1));
    assert_eq!(Seen::by(&pool.read_after(position).await.unwrap()).await.unwrap(), (data(&servers.primary), 2));
    assert_eq!(Seen::by(&pool.read_lane().after(position)).await.unwrap(), (data(&servers.primary), 2));
    // A client that does not ask for it.
    assert_eq!(Seen::by(&pool.read().await.unwrap()).await.unwrap(), (data(&servers.replica), 1));

    // The replica is waited for: once it replays, it is read, and sees the row.
    let wait = async {
        loop {
            let seen = Seen::by(&pool.read_after(position).await.unwrap()).await.unwrap();
            assert_eq!(seen.1, 2);
            if seen.0 == data(&servers.replica) {
                break;
            }
        }
    };
    tokio::join!(wait, servers.resume_replay());
    assert_eq!(Seen::by(&pool.read_lane().after(position)).await.unwrap(), (data(&servers.replica), 2));
}

#[tokio::test]
async fn what_a_replica_had_replayed_before_it_was_rebuilt_counts_no_longer() {
    let servers = servers().await;
    let mut older = standby_of(&servers.primary).await;
    cut_off(&mut older).await;
    execute_durably(&servers.primary, "INSERT INTO written VALUES (2)").await;
    let address = Address::of(&servers.replica);
    let settings = barqnet_db_testing::replication::settings(&servers.primary);
    let settings = settings.add_replica(&address.host(), 5432).max_replica_lag(LONG);
    let pool = reading(&servers, settings).await;
    let position = pool.position().await.unwrap();
    servers.until_replayed().await;
    assert_eq!(Seen::by(&pool.read_after(position).await.unwrap()).await.unwrap(), (data(&servers.replica), 2));
    kill(&servers.replica).await;
    address.lead_to(&older);
    assert_eq!(Seen::by(&pool.read_after(position).await.unwrap()).await.unwrap(), (data(&servers.primary), 2));
    assert_eq!(Seen::by(&pool.read_lane()).await.unwrap(), (data(&servers.primary), 2));
}

#[tokio::test]
async fn full_pools_of_clients_leave_no_replica_out_behind_a_pooler() {
    let servers = servers().await;
    let [primary, replica] = [&servers.primary, &servers.replica].map(|server| {
        let settings = barqnet_db_testing::replication::settings(server);
        let pooler = Pooler::start(&settings, PoolMode::Transaction, 4, "");
        (pooler.settings(&settings), pooler)
    });
    let (host, port) = replica.0.get_servers().next().unwrap();
    let settings = primary.0.add_replica(host, port).pool_mode(PoolMode::Transaction).max_size(1);
    let max_lag = Duration::from_secs(1);
    let pool = reading(&servers, settings.wait_timeout(SHORT).max_replica_lag(max_lag)).await;
    let of_primary = pool.get().await.unwrap();
    let of_replica = pool.read().await.unwrap();
    assert_eq!(place(&of_replica).await, data(&servers.replica));
    // Longer than what was measured before counts.
    let full_at = Instant::now();
    while full_at.elapsed() < 2 * max_lag {
        assert!(pool.read().await.is_err());
        assert!(Seen::by(&pool.read_lane()).await.is_err());
    }
    drop(of_replica);
    assert_eq!(place(&pool.read().await.unwrap()).await, data(&servers.replica));
    assert_eq!(place(&pool.read_lane()).await, data(&servers.replica));
    drop(of_primary);
}

#[tokio::test]
async fn a_statement_whose_migration_the_replica_has_not_replayed_runs_on_the_primary() {
    let servers = servers().await;
    let pool = reading(&servers, servers.settings().max_replica_lag(LONG)).await;
    servers.pause_replay().await;
    execute(&servers.primary, "ALTER TABLE written ADD COLUMN note TEXT DEFAULT 'new'").await;
    assert_eq!(Seen::run(Seen::MIGRATED, &pool.read_lane()).await.unwrap(), (data(&servers.primary), 1));
    let options = TransactionOptions::default();
    let mut attempts = 0;
    let read = pool.read_transaction(&options, |transaction| {
        attempts += 1;
        async move { Ok::<_, Box<dyn std::error::Error>>(Seen::run(Seen::MIGRATED, &transaction).await?) }
    });
    assert_eq!(read.await.unwrap(), (data(&servers.primary), 1));
    assert_eq!(attempts, 2);
    // It has not failed: what it can answer it does.
    assert_eq!(place(&pool.read_lane()).await, data(&servers.replica));
    // What the primary lacks as well is an error.
    execute(&servers.primary, "ALTER TABLE written DROP COLUMN note").await;
    assert!(Seen::run(Seen::MIGRATED, &pool.read_lane()).await.unwrap_err().is_undefined_object());
    servers.resume_replay().await;
}

// Failures

#[tokio::test]
async fn a_killed_replica_costs_readers_of_the_lane_nothing_and_is_read_again_when_it_is_back() {
    let mut servers = servers().await;
    let pool = reading(&servers, servers.settings()).await;
    let held = pool.read().await.unwrap();
    kill(&servers.replica).await;
    for _ in 0..20 {
        assert_eq!(place(&pool.read_lane()).await, data(&servers.primary));
    }
    // Who holds a connection learns that the same call may succeed a little later, and it does.
    assert!(Seen::by(&held).await.unwrap_err().is_transient());
    assert_eq!(place(&pool.read().await.unwrap()).await, data(&servers.primary));
    servers.replica.restart_with("UNUSED", "1").unwrap();
    until_all_reads_are_on(&pool, &servers.replica).await;
}

#[tokio::test]
async fn a_transaction_that_loses_its_replica_runs_again_on_the_primary() {
    let servers = Arc::new(servers().await);
    let pool = reading(&servers, servers.settings()).await;
    let mut attempts = 0;
    let options = TransactionOptions::default();
    let read = pool.read_transaction(&options, |transaction| {
        attempts += 1;
        let servers = (attempts == 1).then(|| Arc::clone(&servers));
        async move {
            if let Some(servers) = servers {
                assert_eq!(place(&transaction).await, data(&servers.replica));
                kill(&servers.replica).await;
            }
            Ok::<_, Box<dyn std::error::Error>>(Seen::by(&transaction).await?)
        }
    });
    assert_eq!(read.await.unwrap(), (data(&servers.primary), 1));
    assert_eq!(attempts, 2);
}

#[tokio::test]
async fn a_frozen_replica_delays_its_readers_and_fails_none() {
    let servers = servers().await;
    let pool = reading(&servers, servers.settings().recycle_timeout(SHORT).statement_timeout(None)).await;
    let frozen = Frozen::new(&servers.replica);
    // Without a limit of statements, they would wait forever.
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let lane = pool.read_lane();
            tokio::spawn(async move { place(&lane).await })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), data(&servers.primary));
    }
    until_all_reads_are_on(&pool, &servers.primary).await;
    drop(frozen);
    until_all_reads_are_on(&pool, &servers.replica).await;
}

#[tokio::test]
async fn a_promoted_replica_is_not_read_any_more() {
    let servers = servers().await;
    // So that its lag alone would not show it for a long time.
    let pool = reading(&servers, servers.settings().max_replica_lag(LONG)).await;
    servers.promote().await;
    execute(&servers.replica, "INSERT INTO written VALUES (2), (3)").await;
    until_all_reads_are_on(&pool, &servers.primary).await;
    assert_eq!(Seen::by(&pool.read_lane()).await.unwrap().1, 1);
}

#[tokio::test]
async fn a_replica_that_is_ahead_of_a_promoted_server_is_left_out_until_it_is_rebuilt() {
    let servers = servers().await;
    let mut promoted = standby_of(&servers.primary).await;
    cut_off(&mut promoted).await;
    let address = Address::of(&servers.replica);
    let settings = format!(
        "host={},{} user=postgres dbname=postgres target_session_attrs=read-write replica_host={} max_replica_lag=60s",
        servers.primary.folder().display(),
        promoted.folder().display(),
        address.host(),
    );
    let pool = reading(&servers, Settings::from_url(&settings).unwrap()).await;
    let much = "SELECT pg_logical_emit_message(TRUE, 'testing', REPEAT('x', 2000000))";
    execute_durably(&servers.primary, "INSERT INTO written VALUES (2)").await;
    execute_durably(&servers.primary, much).await;
    servers.until_read_by(&pool).await;
    kill(&servers.primary).await;
    promote(&promoted).await;
    execute_durably(&promoted, "INSERT INTO written VALUES (3), (4)").await;
    until_all_reads_are_on(&pool, &promoted).await;
    // Also when that has written more, and the replica has been measured again.
    for _ in 0..2 {
        execute_durably(&promoted, much).await;
    }
    let overtaken_at = Instant::now();
    while overtaken_at.elapsed() < Duration::from_secs(4) {
        assert_eq!(Seen::by(&pool.read_lane()).await.unwrap(), (data(&promoted), 3));
    }
    let rebuilt = standby_of(&promoted).await;
    kill(&servers.replica).await;
    address.lead_to(&rebuilt);
    until_all_reads_are_on(&pool, &rebuilt).await;
    assert_eq!(Seen::by(&pool.read_lane()).await.unwrap().1, 3);
}

#[tokio::test]
async fn a_replica_of_a_busy_primary_is_not_taken_for_one_that_is_ahead_of_it() {
    let servers = servers().await;
    let pool = reading(&servers, servers.settings().max_replica_lag(LONG)).await;
    let writer = connect(&servers.primary).await;
    let write = async {
        loop {
            writer.batch_execute("SET synchronous_commit = on; INSERT INTO written VALUES (2)").await.unwrap();
        }
    };
    let read = async {
        let busy_since = Instant::now();
        // Until it had to be measured several times.
        while busy_since.elapsed() < Duration::from_secs(4) {
            assert_eq!(place(&pool.read_lane()).await, data(&servers.replica));
        }
    };
    tokio::select! {
        () = read => {}
        () = write => {}
    }
}

#[tokio::test]
async fn a_read_that_replay_cancels_runs_again_on_the_primary() {
    let servers = servers().await;
    execute(&servers.replica, "ALTER SYSTEM SET max_standby_streaming_delay = 0").await;
    execute(&servers.replica, "SELECT pg_reload_conf()").await;
    let pool = reading(&servers, servers.settings()).await;
    let lane = pool.read_lane();
    let read = tokio::spawn(async move { Bound::<_, Seen, 0>::new(Seen::ENDLESS, &lane, [], |it| it).one().await });
    let client = connect(&servers.replica).await;
    let running = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> PG_BACKEND_PID()";
    while client.query(running, &[]).await.unwrap().is_empty() {
        yield_now().await;
    }
    execute(&servers.primary, "ALTER TABLE written ADD COLUMN note TEXT").await;
    assert_eq!(read.await.unwrap().unwrap(), (data(&servers.primary), 1));
    // The replica has not failed.
    servers.until_replayed().await;
    assert_eq!(place(&pool.read().await.unwrap()).await, data(&servers.replica));
}
