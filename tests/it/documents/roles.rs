//! The roles of docs/operations.md can do what they are for, and no more.

use std::num::NonZero;

use barqnet_db::{
    connections::{self, AtLimit, CloseReason, ConnectionPolicy, CounterPolicy, Heartbeat, NewConnection, OpenOutcome},
    devices::{self, RegisterOutcome},
    doctor::{self, Severity},
    embedded,
    maintenance::{self, MaintenancePolicy},
    migrate::{MigrateOptions, migrate, rollback},
    plans::{self, Limits, NewPlan, PlanStart, PlanTerm, Refusal},
    pool::{self, Settings},
    queries::{self, connections::servers_with_stale, monitoring, servers::ReportHealthParams},
    servers::Health,
    tokio_postgres::{Client, error::SqlState},
};
use barqnet_db_throwaway::Server;

use super::markdown::code_blocks;
use crate::common::a_day_of_a_user;

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
        let printed: Vec<&str> =
            doctor::ROLES.split("-- As ").skip(1).map(|part| part.split_once('\n').unwrap().1).collect();
        assert_eq!(
            printed.iter().map(|part| part.trim_end()).collect::<Vec<_>>(),
            blocks.iter().map(|block| block.trim_end()).collect::<Vec<_>>()
        );
        let database = Self(Server::start().unwrap());
        database.execute("postgres", "postgres", of_the_server).await;
        database.execute("vpn", "postgres", before).await;
        migrate(&database.settings("vpn", "barqnet_owner"), &embedded::migrations()).await.unwrap();
        database.execute("vpn", "barqnet_owner", after).await;
        database
    }
}

async fn assert_forbidden(client: &Client, statement: &str) {
    let error = client.batch_execute(statement).await.expect_err(statement);
    assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}: {error:?}");
}

#[tokio::test]
async fn the_service_role_serves_and_maintains_but_changes_no_table() {
    let database = Database::from_the_page().await;
    let settings = database.settings("vpn", "barqnet_service");
    assert_eq!(migrate(&settings, &embedded::migrations()).await.unwrap(), [], "nothing is pending");
    let pool = pool::connect(settings.clone()).await.unwrap();
    a_day_of_a_user(&pool, "ada", "+4915112345678").await;
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
    let findings = doctor::examine(&settings, &embedded::migrations()).await.unwrap();
    assert!(findings.iter().all(|finding| finding.severity < Severity::Warning), "{findings:#?}");

    let (client, _) = settings.connect_client().await.unwrap();
    for forbidden in ["CREATE TABLE own (id INTEGER)", "DROP TABLE users", "DELETE FROM schema_migrations"] {
        assert_forbidden(&client, forbidden).await;
    }
}

#[tokio::test]
async fn the_node_role_opens_reports_and_ends_connections_and_reads_no_secret() {
    let database = Database::from_the_page().await;
    let service = pool::connect(database.settings("vpn", "barqnet_service")).await.unwrap();
    let phone = "+4915112345678".parse().unwrap();
    let ada = crate::common::user_with_phone(&service.get().await.unwrap(), "ada", &phone).await;
    crate::common::server(&service.get().await.unwrap(), "node-1").await;

    let pool = pool::connect(database.settings("vpn", "barqnet_node")).await.unwrap();
    let client = pool.get().await.unwrap();
    let phone = devices::NewDevice { key: "phone", ..devices::NewDevice::default() };
    let registered = devices::register(&service, ada, &phone, &devices::DevicePolicy::default()).await.unwrap();
    let RegisterOutcome::Registered(device) = registered else { panic!("{registered:?}") };
    let new = NewConnection { username: "ada", server_id: "node-1", epoch: Some(1), ..NewConnection::default() };
    let one = ConnectionPolicy {
        max_connections_per_user: NonZero::new(1),
        at_limit: AtLimit::Refuse,
        ..ConnectionPolicy::default()
    };
    let OpenOutcome::Opened { id, .. } = connections::open(&pool, &new, &one).await.unwrap() else {
        panic!("not opened")
    };
    let refused = connections::open(&pool, &new, &one).await.unwrap();
    assert!(matches!(refused, OpenOutcome::LimitReached { .. }), "{refused:?}");
    let on_device = NewConnection { device: Some(device.id), ..new };
    let outcome = connections::open(&pool, &on_device, &ConnectionPolicy::default()).await.unwrap();
    assert!(matches!(outcome, OpenOutcome::Opened { .. }), "{outcome:?}");
    connections::mark_connected(&client, "node-1", id).await.unwrap();
    let beat = Heartbeat { connection_id: id, epoch: 1, sequence: 1, bytes_received: 10, bytes_sent: 10 };
    assert_eq!(
        connections::heartbeat(&client, "node-1", &[beat], &CounterPolicy::default()).await.unwrap().applied,
        [id]
    );
    connections::close(&client, "node-1", id, CloseReason::ClientExit, None, &CounterPolicy::default())
        .await
        .unwrap()
        .expect("it was live");
    let restarted = queries::connections::close_all_for_server();
    restarted.bind(&client, &"node-1", &None::<&str>, &Some(2), &CloseReason::ServerRestart).all().await.unwrap();
    let health = ReportHealthParams {
        server_id: "node-1",
        status: Health::Healthy,
        response_time_ms: Some(3),
        error_message: None::<&str>,
        measured_at: None,
    };
    queries::servers::report_health().params(&client, &health).one().await.unwrap();
    let unsynced = queries::users::list_unsynced().bind(&client, &"node-1", &0, &10).all().await.unwrap();
    assert_eq!(unsynced[0].id, ada);
    queries::users::mark_synced().bind(&client, &ada, &unsynced[0].sync_version).await.unwrap();
    assert_eq!(queries::users::list_removed().bind(&client, &"node-1", &0, &10).all().await.unwrap().len(), 0);
    queries::users::confirm_removed().bind(&client, &1, &"node-1").await.unwrap();

    // A user with a plan, from the first connection to the end of the quota.
    let of_service = service.get().await.unwrap();
    let limits = Limits { max_bytes_per_month: Some(100), locations: &[1], ..Limits::default() };
    let plans::CreateOutcome::Created(plan_id) = plans::create(&of_service, "small", &limits).await.unwrap() else {
        panic!("it is new")
    };
    let days = PlanTerm::Days(30.try_into().unwrap());
    let plan = NewPlan { plan_id, start: PlanStart::FirstConnection, term: days, assigned_by: None };
    plans::assign(&of_service, "ada", &plan).await.unwrap();
    let elsewhere = connections::open(&pool, &new, &one).await.unwrap();
    assert!(matches!(elsewhere, OpenOutcome::RefusedByPlan(Refusal::LocationNotAllowed)), "{elsewhere:?}");
    queries::servers::set_location().bind(&of_service, &Some(1), &"node-1").await.unwrap();
    let OpenOutcome::Opened { id, .. } = connections::open(&pool, &new, &one).await.unwrap() else {
        panic!("not opened")
    };
    let beat = Heartbeat { connection_id: id, ..beat };
    assert_eq!(
        connections::heartbeat(&client, "node-1", &[beat], &CounterPolicy::default()).await.unwrap().applied,
        [id]
    );
    let beat = Heartbeat { sequence: 2, bytes_sent: 100, ..beat };
    let report = connections::heartbeat(&client, "node-1", &[beat], &CounterPolicy::default()).await.unwrap();
    assert_eq!(report.closed[0].reason, Some(CloseReason::OverQuota));

    let (client, _) = database.settings("vpn", "barqnet_node").connect_client().await.unwrap();
    for forbidden in [
        "UPDATE plans SET max_bytes_per_month = NULL",
        "UPDATE user_plans SET plan_id = 1",
        "SELECT role_permissions FROM role_permissions",
        "SELECT password_hash FROM users",
        "UPDATE users SET role = 'admin'",
        "INSERT INTO users (username, created_by) VALUES ('eve', 'eve')",
        "SELECT token_hash FROM user_sessions",
        "SELECT device_key FROM user_devices",
        "SELECT password FROM servers",
        "SELECT 1 FROM otp_challenges",
        "DELETE FROM vpn_connections",
        "SELECT session_create(1, 'hash', NULL, NULL, NULL, NULL, 60, 60, 5, TRUE, NULL)",
        "CREATE TABLE own (id INTEGER)",
    ] {
        assert_forbidden(&client, forbidden).await;
    }
}

#[tokio::test]
async fn the_maintenance_role_runs_every_task_and_reads_no_secret() {
    let database = Database::from_the_page().await;
    let service = pool::connect(database.settings("vpn", "barqnet_service")).await.unwrap();
    a_day_of_a_user(&service, "ada", "+4915112345678").await;
    crate::common::user(&service.get().await.unwrap(), "bob").await;
    crate::common::connection(&service.get().await.unwrap(), "bob", "node-1").await;
    // Everything is old enough for its task.
    let (owner, _) = database.settings("vpn", "barqnet_owner").connect_client().await.unwrap();
    owner
        .batch_execute(
            "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '1 year', connected_at = NOW() - INTERVAL '1 year';
             UPDATE vpn_connections SET disconnected_at = NOW() - INTERVAL '1 year' WHERE disconnected_at IS NOT NULL;
             UPDATE vpn_statistics SET started_at = NOW() - INTERVAL '1 year';
             UPDATE usage_hourly SET hour = hour - INTERVAL '1 year';
             UPDATE otp_attempts SET expires_at = NOW() - INTERVAL '1 year';
             UPDATE otp_numbers SET quiet_since = NOW() - INTERVAL '1 year';
             UPDATE otp_budgets SET empty_at = NOW() - INTERVAL '1 year';
             INSERT INTO password_failures (name_hash, has_account, failed_at) VALUES ('\\x00', FALSE, NOW() - INTERVAL '1 year');
             UPDATE rate_counters SET used_on = CURRENT_DATE - 365;
             UPDATE rate_returns SET used_at = NOW() - INTERVAL '1 year';
             UPDATE otp_codes SET created_at = NOW() - INTERVAL '1 year', expires_at = NOW() - INTERVAL '1 year';
             INSERT INTO user_sessions (user_id, token_hash, expires_at, ip_address, last_activity)
             SELECT id, username, NOW() + t.at, '192.0.2.1', NOW() - INTERVAL '1 year'
             FROM users, (VALUES (INTERVAL '1 hour'), (INTERVAL '-1 year')) AS t (at) WHERE username = 'bob'
             ON CONFLICT DO NOTHING;
             UPDATE users SET expires_at = NOW() - INTERVAL '1 hour' WHERE username = 'bob';
             INSERT INTO account_tombstones (server_id, username, cause, created_at)
             VALUES ('node-1', 'old', 'moved', NOW() - INTERVAL '1 year');
             INSERT INTO plans (name) VALUES ('month');
             INSERT INTO user_plans (user_id, plan_id, starts_at, ends_at)
             SELECT id, 1, NOW() - INTERVAL '1 year', NOW() - INTERVAL '1 month' FROM users WHERE username = 'bob';
             INSERT INTO usage_marks (user_id, marked_at, bytes_in, bytes_out)
             SELECT id, NOW() - INTERVAL '9 years', 1, 1 FROM users WHERE username = 'bob';
             INSERT INTO audit_log (timestamp, action, server_id) VALUES (NOW() - INTERVAL '1 year', 'old', 'node-1');
             INSERT INTO server_health (server_id, status, last_check) VALUES ('node-1', 'healthy', NOW() - INTERVAL '1 year')",
        )
        .await
        .unwrap();

    let pool = pool::connect(database.settings("vpn", "barqnet_maintenance")).await.unwrap();
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
    let left = "SELECT (SELECT COUNT(*) FROM vpn_statistics) + (SELECT COUNT(*) FROM otp_attempts)
                     + (SELECT COUNT(*) FROM otp_numbers) + (SELECT COUNT(*) FROM rate_counters) + (SELECT COUNT(*) FROM rate_returns)
                     + (SELECT COUNT(*) FROM password_failures)
                     + (SELECT COUNT(*) FROM otp_codes) + (SELECT COUNT(*) FROM vpn_connections WHERE status = 'connected')
                     + (SELECT COUNT(*) FROM audit_log WHERE action = 'old')
                     + (SELECT COUNT(*) FROM account_tombstones WHERE username = 'old')
                     + (SELECT COUNT(*) FROM user_plans WHERE ended_at IS NULL) + (SELECT COUNT(*) FROM usage_marks)
                     + (SELECT COUNT(*) FROM users WHERE expires_at IS DISTINCT FROM expired_at)";
    assert_eq!(owner.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);

    let (client, _) = database.settings("vpn", "barqnet_maintenance").connect_client().await.unwrap();
    for forbidden in [
        "SELECT password_hash FROM users",
        "DELETE FROM users",
        "UPDATE users SET role = 'admin'",
        "SELECT token_hash FROM user_sessions",
        "UPDATE user_sessions SET expires_at = 'tomorrow'",
        "SELECT password FROM servers",
        "SELECT code_mac FROM otp_challenges",
        "SELECT mac FROM otp_codes",
        "DROP TABLE audit_log",
    ] {
        assert_forbidden(&client, forbidden).await;
    }
}

#[tokio::test]
async fn the_owner_role_migrates_rolls_back_and_maintains_but_creates_no_role() {
    let database = Database::from_the_page().await;
    let settings = database.settings("vpn", "barqnet_owner");
    let undone = rollback(&settings, &embedded::migrations(), 22, &MigrateOptions::default()).await.unwrap();
    assert!(!undone.is_empty());
    assert_eq!(migrate(&settings, &embedded::migrations()).await.unwrap().len(), undone.len());
    let pool = pool::connect(settings.clone()).await.unwrap();
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
    // The functions that were made again may be called by the service, and not by everybody.
    let service = pool::connect(database.settings("vpn", "barqnet_service")).await.unwrap();
    a_day_of_a_user(&service, "ada", "+4915112345678").await;
    let (client, _) = settings.connect_client().await.unwrap();
    let everybody = "SELECT COUNT(*) FROM pg_proc p, ACLEXPLODE(p.proacl) a
                     WHERE p.pronamespace = 'public'::REGNAMESPACE AND p.proowner = 'barqnet_owner'::REGROLE AND a.grantee = 0";
    assert_eq!(client.query_one(everybody, &[]).await.unwrap().get::<_, i64>(0), 0);
    for forbidden in ["CREATE ROLE eve", "ALTER ROLE barqnet_owner SUPERUSER", "CREATE DATABASE other"] {
        assert_forbidden(&client, forbidden).await;
    }
}

#[tokio::test]
async fn the_reporter_role_reads_every_figure_and_no_secret() {
    let database = Database::from_the_page().await;
    let pool = pool::connect(database.settings("vpn", "barqnet_reporter")).await.unwrap();
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

    let (client, _) = database.settings("vpn", "barqnet_reporter").connect_client().await.unwrap();
    for forbidden in [
        "SELECT password_hash FROM users",
        "SELECT token_hash FROM user_sessions",
        "SELECT password FROM servers",
        "DELETE FROM audit_log",
    ] {
        assert_forbidden(&client, forbidden).await;
    }
}
