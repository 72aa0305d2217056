//! The pool with a real server: the settings of a session, the errors, and the reset between borrowers.

use std::{net::TcpListener, time::Duration};

use barqnet_db::{
    client::{Query, TransactionOptions},
    pool::{self, Client, Settings, SslMode},
    queries::users,
    tokio_postgres::{IsolationLevel, error::SqlState},
};
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::{Options, Server};

use crate::common::{migrated_database, user};

const PASSWORD: &str = "correct horse battery staple";

/// A limit that is exceeded on purpose: long enough for any server, short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

async fn show(client: &Client, setting: &str) -> String {
    client.query_one(&format!("SHOW {setting}"), &[]).await.expect("the setting exists").get(0)
}

async fn backend(client: &Client) -> i32 {
    client.query_one("SELECT PG_BACKEND_PID()", &[]).await.expect("the server answers").get(0)
}

/// Neither form of the error nor any of its causes contains the secret.
fn assert_silent(error: &pool::Error, secret: &str) {
    let mut texts = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        texts += &format!("{error} {error:?}");
        cause = error.source();
    }
    assert!(!texts.contains(secret), "{texts}");
}

/// The error of each function that opens a connection.
async fn refusals(settings: &Settings) -> Vec<pool::Error> {
    let lazy = pool::connect_lazy(settings.clone()).expect("the settings are valid");
    let Err(from_lazy) = lazy.get().await else { panic!("it must not connect") };
    vec![
        pool::connect(settings.clone()).await.map(|_| ()).expect_err("it must not connect"),
        pool::connect_one(settings.clone()).await.map(|_| ()).expect_err("it must not connect"),
        from_lazy,
    ]
}

#[tokio::test]
async fn a_session_starts_with_its_limits_its_time_zone_and_its_name() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (setting, value) in [
        ("statement_timeout", "30s"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("TimeZone", "UTC"),
        ("application_name", "barqnet-db"),
    ] {
        assert_eq!(show(&client, setting).await, value, "{setting}");
    }
    // The server's own zone is a different one.
    let reset = "SELECT boot_val <> 'UTC' OR source <> 'default' FROM pg_settings WHERE name = 'TimeZone'";
    assert!(client.query_one(reset, &[]).await.unwrap().get::<_, bool>(0));

    let settings = database
        .settings()
        .application_name("billing")
        .statement_timeout(Duration::from_secs(7))
        .lock_timeout(Duration::from_secs(2))
        .idle_in_transaction_session_timeout(None)
        .options("-c TimeZone=Asia/Tokyo -c work_mem=5MB");
    let chosen = pool::connect(settings).await.unwrap();
    let client = chosen.get().await.unwrap();
    for (setting, value) in [
        ("statement_timeout", "7s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "0"),
        ("work_mem", "5MB"),
        ("TimeZone", "UTC"),
        ("application_name", "billing"),
    ] {
        assert_eq!(show(&client, setting).await, value, "{setting}");
    }
}

/// Other values than those that a session must have.
const HOSTILE: [(&str, &str); 10] = [
    ("TimeZone", "Asia/Kathmandu"),
    ("default_transaction_isolation", "serializable"),
    ("standard_conforming_strings", "off"),
    ("transform_null_equals", "on"),
    ("quote_all_identifiers", "on"),
    ("DateStyle", "SQL, DMY"),
    ("IntervalStyle", "iso_8601"),
    ("extra_float_digits", "-3"),
    ("check_function_bodies", "off"),
    ("plpgsql.extra_errors", "all"),
];

#[tokio::test]
async fn no_setting_of_database_role_or_options_reaches_what_sql_relies_on() {
    assert_eq!(HOSTILE.map(|(name, _)| name), pool::SESSION_SETTINGS.map(|(name, _)| name));
    let database = migrated_database().await;
    let all = HOSTILE.map(|(name, value)| format!("ALTER DATABASE {} SET {name} = '{value}'", database.name()));
    database.client().await.batch_execute(&all.join("; ")).await.unwrap();
    let options = HOSTILE.map(|(name, value)| format!("-c {name}={}", value.replace(' ', "\\ "))).join(" ");
    let settings = database.settings().options(&options).max_size(1);
    let pool = pool::connect(settings.clone()).await.unwrap();
    let (of_driver, _) = settings.connect_client().await.unwrap();
    for (name, value) in pool::SESSION_SETTINGS {
        let shown: String = of_driver.query_one(&format!("SHOW {name}"), &[]).await.unwrap().get(0);
        assert_eq!(shown, value, "{name} of connect_client");
        let client = pool.get().await.unwrap();
        assert_eq!(show(&client, name).await, value, "{name}");
        // What a borrower sets is gone with him.
        let (_, hostile) = HOSTILE.into_iter().find(|(hostile, _)| *hostile == name).unwrap();
        client.batch_execute(&format!("SET {name} = '{hostile}'")).await.unwrap();
        drop(client);
        assert_eq!(show(&pool.get().await.unwrap(), name).await, value, "{name} after it was set");
    }
    // A transaction may ask for another level.
    let mut client = pool.get().await.unwrap();
    let serializable = client.transaction_with(TransactionOptions::at(IsolationLevel::Serializable)).await.unwrap();
    let level: String = serializable.query_one("SHOW transaction_isolation", &[]).await.unwrap().get(0);
    assert_eq!(level, "serializable");
}

/// A server that asks `ada` for her password and does not admit `eve`.
async fn guarded_server() -> Server {
    let rules = "local all postgres trust\nlocal all ada scram-sha-256\n";
    let server = Options::default().authentication(rules).start().expect("PostgreSQL is installed");
    let admin = pool::connect_one(Settings::from_url(&server.url("postgres")).unwrap()).await.unwrap();
    admin.batch_execute(&format!("CREATE ROLE ada LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE eve LOGIN")).await.unwrap();
    server
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_one_are_different_errors_without_the_password() {
    let server = guarded_server().await;
    let settings = Settings::from_url(&server.url("postgres")).unwrap().user("ada");
    let pool = pool::connect(settings.clone().password(PASSWORD)).await.unwrap();
    assert_eq!(
        pool.get().await.unwrap().query_one("SELECT CURRENT_USER::TEXT", &[]).await.unwrap().get::<_, &str>(0),
        "ada"
    );

    let wrong = "wr0ng-pa55word";
    for error in refusals(&settings.clone().password(wrong)).await {
        assert!(matches!(error, pool::Error::WrongPassword { .. }), "{error}");
        assert!(error.to_string().contains("PGPASSWORD"), "{error}");
        assert!(!error.is_transient());
        assert_silent(&error, wrong);
    }
    for error in refusals(&settings.clone()).await {
        assert!(matches!(error, pool::Error::MissingPassword { .. }), "{error}");
        assert!(error.to_string().contains("set PGPASSWORD"), "{error}");
        assert!(!error.is_transient());
    }
    // Other errors don't contain the password either.
    for settings in [settings.clone().dbname("nowhere"), settings.clone().user("eve"), settings.host("/nonexistent")] {
        for error in refusals(&settings.password(PASSWORD)).await {
            assert_silent(&error, PASSWORD);
        }
    }
    assert!(!server.log().unwrap().contains(wrong));
}

#[tokio::test]
async fn a_role_that_is_not_admitted_is_an_error_that_says_how_to_admit_it() {
    let server = guarded_server().await;
    let settings = Settings::from_url(&server.url("postgres")).unwrap().user("eve");
    let error = &refusals(&settings).await[0];
    assert!(matches!(error, pool::Error::NotPermitted { user, .. } if user == "eve"), "{error}");
    assert!(error.to_string().contains("pg_hba.conf"), "{error}");

    let database = TestDatabase::empty().await;
    let error = &refusals(&database.settings().user("nobody_here")).await[0];
    assert!(matches!(error, pool::Error::NotPermitted { user, .. } if user == "nobody_here"), "{error}");
    assert!(error.to_string().contains("create the role"), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_missing_database_is_an_error_that_says_how_to_create_it() {
    let database = TestDatabase::empty().await;
    let error = &refusals(&database.settings().dbname("nowhere")).await[0];
    assert!(matches!(error, pool::Error::UnknownDatabase { dbname, .. } if dbname == "nowhere"), "{error}");
    assert!(error.to_string().contains("createdb nowhere"), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_unreachable_server_is_a_transient_error_that_names_it() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let missing_port = Settings::new().host("127.0.0.1").port(port).user("ada").dbname("vpn");
    let missing_socket = Settings::new().host("/nonexistent").user("ada").dbname("vpn");
    for (settings, name) in [(missing_port, format!("127.0.0.1:{port}")), (missing_socket, "/nonexistent".to_owned())] {
        let error = &refusals(&settings).await[0];
        assert!(matches!(error, pool::Error::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains(&name) && error.to_string().contains("PGHOST"), "{error}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    // It accepts connections and sends nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Settings::new()
        .host("127.0.0.1")
        .port(listener.local_addr().unwrap().port())
        .user("ada")
        .ssl_mode(SslMode::Disable)
        .create_timeout(SHORT);
    for error in refusals(&settings).await {
        assert!(matches!(error, pool::Error::TimedOut { after, .. } if after == SHORT), "{error}");
        assert!(error.to_string().contains("firewall"), "{error}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn an_exhausted_pool_is_an_error_that_says_what_to_do_until_a_connection_is_free() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings().max_size(2).wait_timeout(SHORT)).await.unwrap();
    let (one, other) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    let error = pool.get().await.expect_err("both are taken");
    assert!(matches!(error, pool::Error::TimedOut { after, .. } if after == SHORT), "{error}");
    let text = error.to_string();
    assert!(text.contains("one of the pool's 2 connections") && text.contains("raise pool_max_size"), "{text}");
    assert!(error.is_transient());
    drop((one, other));
    drop(pool.get().await.expect("both were returned"));
}

#[tokio::test]
async fn a_server_without_free_connections_is_a_transient_error() {
    let server = Options::default()
        .setting("max_connections", "4")
        .setting("superuser_reserved_connections", "0")
        .start()
        .expect("PostgreSQL is installed");
    let settings = Settings::from_url(&server.url("postgres")).unwrap();
    let mut held = Vec::new();
    let error = loop {
        match pool::connect_one(settings.clone()).await {
            Ok(connection) => held.push(connection),
            Err(error) => break error,
        }
        assert!(held.len() <= 4);
    };
    assert!(matches!(error, pool::Error::TooManyConnections { .. }), "{error}");
    assert!(error.to_string().contains("pool_max_size") && error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_statement_that_exceeds_its_limit_is_cancelled_and_the_pool_stays_usable() {
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().max_size(1).statement_timeout(SHORT)).await.unwrap();
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let error = client.query("SELECT PG_SLEEP(600)", &[]).await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("57014"), "{error}");

    // A typed statement that waits for a row that another transaction has locked.
    let mut holder = database.client().await;
    let transaction = holder.transaction().await.unwrap();
    transaction.execute("UPDATE users SET port = 1 WHERE username = 'ada'", &[]).await.unwrap();
    let error = users::deactivate().bind(&client, &"ada").await.unwrap_err();
    assert_eq!((error.statement(), error.sqlstate().map(SqlState::code)), ("users.deactivate", Some("57014")));
    assert!(error.to_string().contains("statement_timeout"), "{error}");
    transaction.rollback().await.unwrap();
    drop(client);
    assert_eq!(users::deactivate().bind(&pool.get().await.unwrap(), &"ada").await.unwrap(), 1);
}

#[tokio::test]
async fn a_connection_keeps_no_session_state_for_its_next_borrower() {
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    let client = pool.get().await.unwrap();
    let pid = backend(&client).await;
    client
        .batch_execute(
            "SET TimeZone = 'Asia/Tokyo'; SET search_path = pg_catalog; SET statement_timeout = 0; SET application_name = 'left behind';
             LISTEN left_behind; CREATE TEMPORARY TABLE left_behind (id INT); SELECT PG_ADVISORY_LOCK(1); SET ROLE pg_monitor",
        )
        .await
        .unwrap();
    drop(client);

    let client = pool.get().await.unwrap();
    assert_eq!(backend(&client).await, pid, "the same connection");
    for (setting, value) in [
        ("TimeZone", "UTC"),
        ("search_path", "\"$user\", public"),
        ("statement_timeout", "30s"),
        ("application_name", "barqnet-db"),
    ] {
        assert_eq!(show(&client, setting).await, value, "{setting}");
    }
    let left = client
        .query_one(
            "SELECT CURRENT_USER <> 'postgres', TO_REGCLASS('pg_temp.left_behind') IS NOT NULL,
                    EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = PG_BACKEND_PID()),
                    EXISTS (SELECT 1 FROM PG_LISTENING_CHANNELS())",
            &[],
        )
        .await
        .unwrap();
    let left: [bool; 4] = [left.get(0), left.get(1), left.get(2), left.get(3)];
    assert_eq!(left, [false; 4], "role, temporary table, lock, channel");
}

/// Marked `session` in its query file, as generated code has it.
static MARKED: Query = Query {
    name: "test.marked",
    file: "queries/test.sql",
    line: 1,
    sql: "SELECT SET_CONFIG('work_mem', $1, FALSE) AS value",
    parameters: &["text"],
    columns: &[("value", "text")],
    changes_session: true,
};

#[tokio::test]
async fn a_statement_that_changes_the_session_is_undone_for_the_next_borrower() {
    static BY_HAND: Query = Query::by_hand("test.by_hand", "SET work_mem = '7MB'");
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    let usual = show(&pool.get().await.unwrap(), "work_mem").await;
    let set_by_hand = async || BY_HAND.execute(&pool.get().await.unwrap(), &[]).await;
    let set_by_marked = async || MARKED.execute(&pool.get().await.unwrap(), &[&"7MB"]).await;
    set_by_hand().await.unwrap();
    assert_eq!(show(&pool.get().await.unwrap(), "work_mem").await, usual);
    set_by_marked().await.unwrap();
    assert_eq!(show(&pool.get().await.unwrap(), "work_mem").await, usual);
}

#[tokio::test]
async fn the_next_borrower_is_not_inside_a_transaction_of_the_last() {
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    // Through the API: dropped without a commit.
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    user(&transaction, "dropped").await;
    drop(transaction);
    drop(client);
    let client = pool.get().await.unwrap();
    assert!(!users::exists().bind(&client, &"dropped").one().await.unwrap());

    // In SQL: begun and never ended.
    client.batch_execute("BEGIN").await.unwrap();
    user(&client, "forgotten").await;
    drop(client);
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    // Another connection sees only what is committed.
    let seen = database.client().await.query("SELECT username FROM users ORDER BY 1", &[]).await.unwrap();
    assert_eq!(seen.iter().map(|row| row.get(0)).collect::<Vec<&str>>(), ["ada"]);
}

#[tokio::test]
async fn a_connection_that_broke_in_the_pool_is_replaced() {
    let database = migrated_database().await;
    let pool = pool::connect(database.settings().max_size(1)).await.unwrap();
    let pid = backend(&pool.get().await.unwrap()).await;
    let driver = database.client().await;
    driver.execute("SELECT PG_TERMINATE_BACKEND($1)", &[&pid]).await.unwrap();
    while !driver.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", &[&pid]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let client = pool.get().await.unwrap();
    assert_ne!(backend(&client).await, pid);
    assert!(!users::exists().bind(&client, &"ada").one().await.unwrap());
}

#[tokio::test]
async fn a_closed_pool_is_an_error_of_its_own() {
    let database = TestDatabase::empty().await;
    let pool = database.pool().await;
    pool.close();
    let error = pool.get().await.expect_err("it is closed");
    assert!(matches!(error, pool::Error::PoolClosed), "{error}");
}
