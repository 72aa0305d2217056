//! The roles of docs/operations.md can do what they are for, and no more.

use barqnet_db::{
    PhoneNumber,
    connections::{self, CloseReason, ConnectionPolicy, Heartbeat, NewConnection, OpenOutcome},
    doctor::{self, Severity},
    embedded,
    maintenance::{self, MaintenancePolicy},
    migrate::migrate,
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    pool::{self, Pool, Settings},
    queries::{connections::servers_with_stale, monitoring},
    sessions::{self, Device, RotateOutcome, SessionPolicy},
    users::{self, NewUser, RegisterOutcome},
};
use barqnet_db_throwaway::Server;

use super::markdown::code_blocks;

/// A server, whose roles no other test has.
struct Database(Server);

impl Database {
    fn settings(&self, database: &str, role: &str) -> Settings {
        Settings::from_url(&self.0.url(database)).unwrap().user(role)
    }

    async fn execute(&self, database: &str, role: &str, sql: &str) {
        let (client, _) = self.settings(database, role).connect_client().await.unwrap();
        for statement in sql.split_inclusive(";\n") {
            // One by one: CREATE DATABASE can't share a transaction.
            client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }

    /// The database `vpn`, made as the page says.
    async fn from_the_page() -> Self {
        let blocks = code_blocks("docs/operations.md", "sql");
        let [of_the_server, before, after] = blocks.as_slice() else { panic!("three blocks, not {}", blocks.len()) };
        let database = Self(Server::start().unwrap());
        database.execute("postgres", "postgres", of_the_server).await;
        database.execute("vpn", "postgres", before).await;
        migrate(&database.settings("vpn", "barqnet_owner"), &embedded::migrations()).await.unwrap();
        database.execute("vpn", "barqnet_owner", after).await;
        database
    }
}

async fn a_day_of_a_user(pool: &Pool) {
    let config = OtpConfig::new(OtpKeys::random());
    let phone_number: PhoneNumber = "+4915112345678".parse().unwrap();
    let ip_address = Some([203, 0, 113, 7].into());
    let request = VerificationRequest { phone_number: &phone_number, purpose: Purpose::SignIn, ip_address };
    let SendOutcome::Sent { code, .. } = otp::send(pool, &config, &request).await.unwrap() else { panic!("no code") };
    let VerifyOutcome::Verified(ticket) = otp::verify(pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    let (new, device, policy) = (NewUser::new("ada", "test"), Device::default(), SessionPolicy::default());
    let RegisterOutcome::Registered(user) =
        users::register_with_ticket(pool, &ticket, &new, &device, &policy).await.unwrap()
    else {
        panic!("no account")
    };
    let client = pool.get().await.unwrap();
    let rotated = sessions::rotate(&client, &user.token, None, &policy).await.unwrap();
    assert!(matches!(rotated, RotateOutcome::Rotated { .. }), "{rotated:?}");

    let new = NewConnection { username: "ada", server_id: "node-1", epoch: Some(1), ..NewConnection::default() };
    let OpenOutcome::Opened { id, .. } = connections::open(pool, &new, &ConnectionPolicy::default()).await.unwrap()
    else {
        panic!("no connection")
    };
    let beat = Heartbeat { connection_id: id, sequence: 1, bytes_received: 10, bytes_sent: 10 };
    assert_eq!(connections::heartbeat(&client, "node-1", 1, &[beat]).await.unwrap().applied, [id]);
    connections::close(&client, "node-1", id, CloseReason::ClientExit, None).await.unwrap().expect("it was live");
    users::erase(pool, "ada").await.unwrap().expect("there is an account");
}

#[tokio::test]
async fn the_service_role_serves_and_maintains_but_changes_no_table() {
    let database = Database::from_the_page().await;
    let settings = database.settings("vpn", "barqnet_service");
    assert_eq!(migrate(&settings, &embedded::migrations()).await.unwrap(), [], "nothing is pending");
    let pool = pool::connect(settings.clone()).await.unwrap();
    a_day_of_a_user(&pool).await;
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
    let findings = doctor::examine(&settings, &embedded::migrations()).await.unwrap();
    assert!(findings.iter().all(|finding| finding.severity < Severity::Warning), "{findings:#?}");

    let (client, _) = settings.connect_client().await.unwrap();
    for forbidden in ["CREATE TABLE own (id INTEGER)", "DROP TABLE users", "DELETE FROM schema_migrations"] {
        client.batch_execute(forbidden).await.unwrap_err();
    }
}

#[tokio::test]
async fn the_monitor_role_reads_every_figure_and_no_secret() {
    let database = Database::from_the_page().await;
    let pool = pool::connect(database.settings("vpn", "barqnet_monitor")).await.unwrap();
    let client = pool.get().await.unwrap();
    monitoring::ping().bind(&client).one().await.unwrap();
    assert!(!monitoring::migration_status().bind(&client).all().await.unwrap().is_empty());
    monitoring::count_active_sessions().bind(&client).one().await.unwrap();
    monitoring::count_active_connections().bind(&client).one().await.unwrap();
    monitoring::otp_attempts_last_hour().bind(&client).one().await.unwrap();
    monitoring::bandwidth_today().bind(&client).one().await.unwrap();
    monitoring::top_users_by_bandwidth().bind(&client, &10).all().await.unwrap();
    monitoring::database_size().bind(&client).one().await.unwrap();
    monitoring::table_sizes().bind(&client).all().await.unwrap();
    servers_with_stale().bind(&client, &600.0).all().await.unwrap();

    let (other, _) = database.settings("vpn", "barqnet_service").connect_client().await.unwrap();
    other.batch_execute("BEGIN; SELECT 1").await.unwrap();
    let longest = monitoring::longest_transactions().bind(&client, &10).all().await.unwrap();
    assert!(!longest.is_empty(), "another role's transaction is visible");

    let (client, _) = database.settings("vpn", "barqnet_monitor").connect_client().await.unwrap();
    for forbidden in [
        "SELECT password_hash FROM users",
        "SELECT token_hash FROM user_sessions",
        "SELECT password FROM servers",
        "DELETE FROM audit_log",
    ] {
        client.batch_execute(forbidden).await.unwrap_err();
    }
}
