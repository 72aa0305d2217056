//! Fixtures that most tests use: databases, pools, rows, concurrent tasks, pseudo-random numbers.

#[cfg(feature = "metrics")]
pub(crate) mod counted;
pub(crate) mod spans;

use std::{fs, future::Future, sync::Arc, time::Duration};

use barqnet_db::{
    NumberKeys, PhoneNumber,
    client::{GenericClient, Transaction, TransactionOptions},
    connections::{
        self, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, HeartbeatReport, NewConnection,
        OpenOutcome, Transition, heartbeat, mark_connected,
    },
    distribution::{self, distribute},
    embedded,
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    pool::{self, Pool},
    queries::{
        self,
        connections::{ClosedConnection, OpenParams},
        servers, users,
    },
    sessions::{self, Device, RotateOutcome, SessionPolicy},
    tokio_postgres::{Client, IsolationLevel, error::SqlState},
    users::{self as accounts, Erased, NewUser, RegisterOutcome, Username, register_with_ticket},
};
use barqnet_db_testing::{TestDatabase, cluster};
use tokio::{sync::Barrier, task::JoinSet};

/// A connection without a heartbeat for this long is stale.
pub(crate) const STALE: Duration = Duration::from_mins(5);

/// A folder with the migrations before a version.
pub(crate) fn migrations_before(version: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // README.md has none.
        let Some((number, _)) = name[1..].split_once("__") else { continue };
        let number: u32 = number.parse().unwrap();
        if number < version {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// A database with the whole schema; on a cluster, if `BARQNET_TEST_CITUS` names one, distributed.
pub(crate) async fn migrated_database() -> TestDatabase {
    let migrations = embedded::migrations();
    if !cluster::has_cluster() {
        return TestDatabase::migrated(&migrations).await;
    }
    // The template is as old as what distributed it.
    let distributing = [
        include_str!("../../../src/distribution/shape.sql"),
        include_str!("../../../src/distribution/functions.sql"),
        include_str!("../../../src/distribution/commands.sql"),
    ];
    let bytes = distributing.iter().flat_map(|text| text.bytes());
    let checksum = bytes.fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    TestDatabase::distributed(&migrations, &format!("distributed_{checksum:08x}"), async |settings| {
        distribute(&settings, &migrations).await.unwrap_or_else(|error| panic!("{error}"));
    })
    .await
}

/// Every isolation level that PostgreSQL has.
pub(crate) const ISOLATION_LEVELS: [IsolationLevel; 3] =
    [IsolationLevel::ReadCommitted, IsolationLevel::RepeatableRead, IsolationLevel::Serializable];

/// Makes REPEATABLE READ or SERIALIZABLE the level of every session that does not ask for another one.
pub(crate) async fn set_default_isolation(database: &TestDatabase, level: &str) {
    let name = database.name();
    execute_sql(database, &format!("ALTER DATABASE {name} SET default_transaction_isolation = '{level}'")).await;
}

/// Begins `tasks` transactions at an isolation level, lets each read so that it has a snapshot, and then runs `work` in all
/// of them at once. A transaction that fails with 40001 is tried again as a whole. Returns what `work` returned.
pub(crate) async fn in_transactions<T: Send + 'static>(
    pool: &Pool,
    level: IsolationLevel,
    tasks: usize,
    work: impl AsyncWork<T> + Clone + Send + Sync + 'static,
) -> Vec<T> {
    let all_have_read = Arc::new(Barrier::new(tasks));
    at_once(tasks, |task| {
        let (pool, work, all_have_read) = (pool.clone(), work.clone(), Arc::clone(&all_have_read));
        async move {
            let mut client = pool.get().await.expect("a connection");
            let mut is_first = true;
            loop {
                let transaction = client.transaction_with(TransactionOptions::at(level)).await.expect("it begins");
                transaction.query_one("SELECT COUNT(*) FROM users", &[]).await.expect("a snapshot");
                if std::mem::take(&mut is_first) {
                    all_have_read.wait().await;
                }
                let outcome = match work.run(&transaction, task).await {
                    Ok(outcome) => {
                        transaction.commit().await.map(|()| outcome).map_err(|error| error.sqlstate().cloned())
                    }
                    Err(code) => Err(code),
                };
                match outcome {
                    Ok(outcome) => return outcome,
                    Err(Some(SqlState::T_R_SERIALIZATION_FAILURE)) => {}
                    Err(code) => panic!("{code:?}"),
                }
            }
        }
    })
    .await
}

/// What [`in_transactions`] runs in each of its transactions. The error is the SQLSTATE.
pub(crate) trait AsyncWork<T> {
    fn run(
        &self,
        transaction: &Transaction<'_>,
        task: usize,
    ) -> impl Future<Output = Result<T, Option<SqlState>>> + Send;
}

/// Days as a query takes them, in seconds.
pub(crate) fn days(number: u32) -> f64 {
    f64::from(number) * 86_400.0
}

/// A user signs up with a code, renews the session, opens, reports and closes a connection, and is erased.
pub(crate) async fn a_day_of_a_user(pool: &Pool, name: &str, number: &str) {
    let config = OtpConfig::new(OtpKeys::random());
    let phone_number: PhoneNumber = number.parse().unwrap();
    // None, because an address has a limit of its own.
    let ip_address = None;
    let request = VerificationRequest { ip_address, ..VerificationRequest::new(&phone_number, Purpose::SignIn) };
    let sent = otp::send(pool, &config, &request).await.unwrap();
    let SendOutcome::Sent { code, .. } = sent else { panic!("{sent:?}") };
    let VerifyOutcome::Verified(ticket) = otp::verify(pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    let username = username(name);
    let (new, device, policy) = (NewUser::new(&username, "test"), Device::default(), SessionPolicy::default());
    let RegisterOutcome::Registered(user) = register_with_ticket(pool, &ticket, &new, &device, &policy).await.unwrap()
    else {
        panic!("no account")
    };
    let client = pool.get().await.unwrap();
    let rotated = sessions::rotate(&client, &user.token, None, &policy).await.unwrap();
    assert!(matches!(rotated, RotateOutcome::Rotated { .. }), "{rotated:?}");

    let new = NewConnection { username: name, server_id: "node-1", epoch: Some(1), ..NewConnection::default() };
    let OpenOutcome::Opened { id, .. } = connections::open(pool, &new, &ConnectionPolicy::default()).await.unwrap()
    else {
        panic!("no connection")
    };
    let beat = Heartbeat { connection_id: id, epoch: 1, sequence: 1, bytes_received: 10, bytes_sent: 10 };
    let policy = CounterPolicy::default();
    assert_eq!(connections::heartbeat(&client, "node-1", &[beat], &policy).await.unwrap().applied, [id]);
    connections::close(&client, "node-1", id, CloseReason::ClientExit, None, &policy)
        .await
        .unwrap()
        .expect("it was live");
    erase(pool, name).await.expect("there is an account");
}

/// A pool that opens up to `size` connections.
pub(crate) async fn pool_of(database: &TestDatabase, size: usize) -> Pool {
    pool::connect(database.settings().max_size(size)).await.expect("the test server answers")
}

/// An account on server `node-1`, without a phone number.
pub(crate) async fn user(client: &impl GenericClient, username: &str) -> i64 {
    account(client, username, None).await
}

/// An account on server `node-1` with a phone number.
pub(crate) async fn user_with_phone(client: &impl GenericClient, username: &str, number: &PhoneNumber) -> i64 {
    account(client, username, Some(number.clone())).await
}

async fn account(client: &impl GenericClient, username: &str, number: Option<PhoneNumber>) -> i64 {
    let new = users::CreateParams {
        username,
        phone_number: number,
        password_hash: None::<&str>,
        created_via: "test",
        server_id: "node-1",
        created_by: "tests",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
        name_skeleton: None::<&str>,
    };
    users::create().params(client, &new).one().await.expect("a new account")
}

/// An enabled end node.
pub(crate) async fn server(client: &impl GenericClient, name: &str) -> i64 {
    let host = format!("{name}.example");
    let none = &None::<&str>;
    servers::register().bind(client, &name, &host, &1194, &"endnode", none, none, none).one().await.expect("a server")
}

/// Opens a connection in state connected, without a limit per user.
pub(crate) async fn connection(client: &impl GenericClient, username: &str, server: &str) -> i64 {
    let id = opening(client, username, server).await;
    assert_eq!(mark_connected(client, server, id).await.expect("it was opened"), Transition::Connected);
    id
}

/// Opens a connection in state connecting, without a limit per user.
pub(crate) async fn opening(client: &impl GenericClient, username: &str, server: &str) -> i64 {
    let opened = queries::connections::open().params(client, &without_limit(username, server)).one().await;
    opened.expect("an answer").connection_id.expect("a usable account, and there is no limit")
}

/// What [`opening`] asks for.
pub(crate) fn without_limit<'a>(
    username: &'a str,
    server_id: &'a str,
) -> OpenParams<&'a str, &'a str, &'static str, &'static str, &'static str, &'static str> {
    OpenParams {
        server_id,
        username,
        device_id: None,
        virtual_ip: None,
        virtual_ip6: None,
        daemon: None,
        epoch: None,
        client_ip: None,
        public_ip: None,
        device_name: None,
        device_type: None,
        app_version: None,
        max_connections: None,
        ends_oldest: false,
        silent_seconds: 90.0,
        accepts_unknown: true,
    }
}

/// Reports the bytes of a connection whose counter has this epoch.
pub(crate) async fn send_heartbeat(
    client: &impl GenericClient,
    server: &str,
    epoch: i64,
    (connection_id, sequence): (i64, i64),
    (bytes_received, bytes_sent): (u64, u64),
) -> HeartbeatReport {
    let beat = Heartbeat { connection_id, epoch, sequence, bytes_received, bytes_sent };
    heartbeat(client, server, &[beat], &CounterPolicy::default()).await.expect("an answer")
}

/// Closes a connection, with the last counters of epoch 1 if they are given.
pub(crate) async fn close(
    client: &impl GenericClient,
    server: &str,
    id: i64,
    bytes: Option<(u64, u64)>,
) -> Option<ClosedConnection> {
    let last = bytes.map(|(bytes_received, bytes_sent)| FinalCounters { epoch: 1, bytes_received, bytes_sent });
    connections::close(client, server, id, CloseReason::ClientExit, last, &CounterPolicy::default())
        .await
        .expect("an answer")
}

/// The difference between `server_status` and the live connections, added up over all servers.
pub(crate) async fn miscounted_connections(database: &TestDatabase) -> i64 {
    scalar(
        database,
        "SELECT COALESCE(SUM(ABS(COALESCE(s.live_connections, 0) - COALESCE(c.live, 0))), 0)::BIGINT
         FROM server_status s
         FULL JOIN (SELECT server_id, COUNT(*) AS live FROM vpn_connections
                    WHERE status IN ('connecting', 'connected') GROUP BY server_id) c ON c.server_id = s.server_id",
    )
    .await
}

/// How many deadlocks the server has ended in this database so far.
pub(crate) async fn deadlocks(database: &TestDatabase) -> i64 {
    let client = database.client().await;
    // An idle connection reports its counts at the latest when it ends.
    let end = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = CURRENT_DATABASE() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while client.query_one(end, &[]).await.expect("we may").get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    scalar(database, "SELECT deadlocks FROM pg_stat_database WHERE datname = CURRENT_DATABASE()").await
}

/// Writes the number of live connections of a server into `server_status`.
pub(crate) async fn set_live_connections(database: &TestDatabase, server: &str, connections: i32) {
    let statement = "INSERT INTO server_status (server_id, live_connections) VALUES ($1, $2)
                     ON CONFLICT (server_id) DO UPDATE SET live_connections = EXCLUDED.live_connections";
    database.client().await.execute(statement, &[&server, &connections]).await.expect("a status row");
}

/// The keys of erased numbers, the same in each test.
pub(crate) fn number_keys() -> NumberKeys {
    NumberKeys::new(&[9; 32]).expect("32 bytes")
}

/// Erases a person; `None` means that there is no such account.
pub(crate) async fn erase(pool: &Pool, username: &str) -> Option<Erased> {
    accounts::erase(pool, username, &number_keys()).await.expect("an answer")
}

/// A name that a new account may have.
pub(crate) fn username(text: &str) -> Username {
    text.parse().expect("a name")
}

/// A well-formed phone number.
pub(crate) fn phone_number(text: &str) -> PhoneNumber {
    text.parse().expect("well formed")
}

/// Runs a statement that the crate has no function for and returns the number of rows it changed.
pub(crate) async fn execute_sql(database: &TestDatabase, statement: &str) -> u64 {
    execute_on(&database.client().await, statement).await
}

/// [`execute_sql`] for one of many statements, which share a connection.
pub(crate) async fn execute_on(client: &Client, statement: &str) -> u64 {
    if let Some(table) = distributed_table(statement)
        && distribution::shape(client).await.is_ok_and(|shape| shape != distribution::Shape::Plain)
    {
        return update_shards(client, table, statement).await;
    }
    match client.execute(statement, &[]).await {
        Ok(rows) => rows,
        Err(error) => panic!("{statement}: {error:?}"),
    }
}

/// The table that an UPDATE changes, if it is distributed.
fn distributed_table(statement: &str) -> Option<&str> {
    let table = statement.trim_start().strip_prefix("UPDATE ")?.split_whitespace().next()?;
    (cluster::has_cluster() && distribution::TABLES.contains(&table)).then_some(table)
}

/// Changes rows of a distributed table on each shard: fixtures reckon with times, which Citus takes in no UPDATE.
async fn update_shards(client: &Client, table: &str, statement: &str) -> u64 {
    let on_shard = statement.replace('%', "%%").replacen(table, "%s", 1);
    let sql = "SELECT success, result FROM run_command_on_shards($1::TEXT::REGCLASS, $2::TEXT)";
    let results =
        client.query(sql, &[&table, &on_shard]).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    let rows = |result: &str| result.rsplit(' ').next().and_then(|rows| rows.parse::<u64>().ok());
    results
        .iter()
        .map(|row| {
            let result: String = row.get(1);
            assert!(row.get::<_, bool>(0), "{statement}: {result}");
            rows(&result).unwrap_or_default()
        })
        .sum()
}

/// The one number that a query returns.
pub(crate) async fn scalar(database: &TestDatabase, query: &str) -> i64 {
    match database.client().await.query_one(query, &[]).await {
        Ok(row) => row.get(0),
        Err(error) => panic!("{query}: {error:?}"),
    }
}

/// The texts in the first column of a query's rows.
pub(crate) async fn text_rows(client: &Client, query: &str) -> Vec<String> {
    match client.query(query, &[]).await {
        Ok(rows) => rows.iter().map(|row| row.get(0)).collect(),
        Err(error) => panic!("{query}: {error:?}"),
    }
}

/// Every row of every table as text, one a line; times are left out, for a fraction of a second may be any six digits.
pub(crate) async fn dump(database: &TestDatabase) -> String {
    let client = database.client().await;
    let tables = "SELECT c.oid::REGCLASS::TEXT FROM pg_class c
                  WHERE c.relnamespace = 'public'::REGNAMESPACE AND c.relkind IN ('r', 'p') ORDER BY 1";
    let mut dump = String::new();
    for table in client.query(tables, &[]).await.expect("the catalogue") {
        let table: &str = table.get(0);
        let columns = "SELECT STRING_AGG(QUOTE_IDENT(attname), ', ') FROM pg_attribute
                       WHERE attrelid = $1::TEXT::REGCLASS AND attnum > 0 AND NOT attisdropped
                         AND FORMAT_TYPE(atttypid, NULL) NOT LIKE 'timestamp%'";
        let columns: String = client.query_one(columns, &[&table]).await.expect("the catalogue").get(0);
        for row in client.query(&format!("SELECT ROW({columns})::TEXT FROM {table}"), &[]).await.expect("a table") {
            dump += &format!("{table} {}\n", row.get::<_, &str>(0));
        }
    }
    dump
}

/// Awaits `call`, whose connection is lost while it waits for a lock on the accounts.
pub(crate) async fn with_a_lost_connection<T>(database: &TestDatabase, call: impl Future<Output = T>) -> T {
    let holder = database.client().await;
    holder.batch_execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.expect("a lock");
    let kill = async {
        database.until_a_connection_waits_for_a_lock().await;
        let waiting = "SELECT PG_TERMINATE_BACKEND(pid) FROM pg_stat_activity
                       WHERE wait_event_type = 'Lock' AND datname = CURRENT_DATABASE()";
        assert_eq!(holder.query(waiting, &[]).await.expect("an answer").len(), 1);
        holder.batch_execute("COMMIT").await.expect("the lock ends");
    };
    tokio::join!(call, kill).0
}

/// Runs `tasks` tasks that start at the same moment and returns their results in the order of their numbers.
pub(crate) async fn at_once<F>(tasks: usize, task: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(tasks));
    let mut set = JoinSet::new();
    for number in 0..tasks {
        let (barrier, work) = (Arc::clone(&barrier), task(number));
        set.spawn(async move {
            barrier.wait().await;
            (number, work.await)
        });
    }
    let mut results = set.join_all().await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Pseudo-random numbers, the same in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// Another series for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    /// The next number, at least 0 and less than `limit`.
    pub(crate) fn below(&mut self, limit: i32) -> i32 {
        // Knuth's MMIX generator; its upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    /// The next number, at least `low` and at most `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.below(1_000_000_001)) / 1e9
    }

    /// The items in another order.
    pub(crate) fn shuffled<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        for last in (1..items.len()).rev() {
            let other = self.below(i32::try_from(last).expect("a short list") + 1);
            items.swap(last, usize::try_from(other).expect("not negative"));
        }
        items
    }
}

/// Stores the number of an account as a program of before did, without the check of new numbers.
pub(crate) async fn store_older_number(database: &TestDatabase, name: &str, number: &str) {
    let client = database.client().await;
    client.batch_execute("ALTER TABLE users DISABLE TRIGGER phone_number_changed").await.unwrap();
    let update = "UPDATE users SET phone_number = $1 WHERE username = $2";
    assert_eq!(client.execute(update, &[&number, &name]).await.unwrap(), 1);
    client.batch_execute("ALTER TABLE users ENABLE TRIGGER phone_number_changed").await.unwrap();
}
