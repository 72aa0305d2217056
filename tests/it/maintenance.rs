//! Upkeep: what is past its time goes, nothing else does, whoever works beside it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use barqnet_db::{
    maintenance::{self as upkeep, MaintenancePolicy, Progress, Report, run_all, task},
    pool::{self, Pool},
    queries::{audit, connections, maintenance, servers, statistics},
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::TestDatabase;
use chrono::{TimeDelta, Utc};

use crate::common::{at_once, close, connection, count, days, migrated_database, pool_of, sql, user};

/// Rows of statistics of one user that began a hundred days ago and ended.
async fn old_statistics(database: &TestDatabase, rows: u32) {
    sql(
        database,
        &format!(
            "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at)
             SELECT 'ada', 'node-1', n, 2 * n, 1, NOW() - INTERVAL '100 days', NOW() - INTERVAL '99 days'
             FROM GENERATE_SERIES(1, {rows}) n"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_that_arrive_while_others_are_archived_are_neither_lost_nor_doubled() {
    const WRITERS: usize = 4;
    let database = Arc::new(migrated_database().await);
    let pool = pool_of(&database, 12).await;
    user(&pool.get().await.unwrap(), "ada").await;
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let moved: u64 = at_once(WRITERS + 4, |task| {
        let (database, pool, writing) = (Arc::clone(&database), pool.clone(), Arc::clone(&writing));
        async move {
            let client = pool.get().await.unwrap();
            let mut moved = 0;
            if task < WRITERS {
                for _ in 0..25 {
                    old_statistics(&database, 10).await;
                }
                writing.fetch_sub(1, Ordering::SeqCst);
            } else if task < WRITERS + 3 {
                loop {
                    let done = writing.load(Ordering::SeqCst) == 0;
                    let batch =
                        maintenance::archive_statistics().bind(&client, &days(90), &7).await.expect("no deadlock");
                    moved += batch;
                    if done && batch == 0 {
                        break;
                    }
                }
            } else {
                let mut seen = 0;
                while writing.load(Ordering::SeqCst) > 0 {
                    let summary = statistics::user_summary().bind(&client, &"ada").one().await.unwrap();
                    assert!(summary.total_sessions >= seen, "{seen} sessions became {}", summary.total_sessions);
                    seen = summary.total_sessions;
                }
            }
            moved
        }
    })
    .await
    .into_iter()
    .sum();
    assert_eq!(moved, 1000);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 0);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics_archive").await, 1000);
    // 100 times 1 to 10.
    assert_eq!(count(&database, "SELECT SUM(bytes_in)::BIGINT FROM vpn_statistics_archive").await, 5500);
    assert_eq!(count(&database, "SELECT SUM(bytes_out)::BIGINT FROM vpn_statistics_archive").await, 11_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_reader_sees_a_total_change_while_rows_are_archived() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 5).await;
    user(&pool.get().await.unwrap(), "ada").await;
    old_statistics(&database, 500).await;
    let archiving = Arc::new(AtomicUsize::new(2));
    at_once(4, |task| {
        let (pool, archiving) = (pool.clone(), Arc::clone(&archiving));
        async move {
            let client = pool.get().await.unwrap();
            if task < 2 {
                while maintenance::archive_statistics().bind(&client, &days(90), &10).await.unwrap() > 0 {}
                archiving.fetch_sub(1, Ordering::SeqCst);
                return;
            }
            loop {
                let last = archiving.load(Ordering::SeqCst) == 0;
                let user = statistics::user_summary().bind(&client, &"ada").one().await.unwrap();
                assert_eq!((user.total_sessions, user.total_bytes_in, user.total_bytes_out), (500, 125_250, 250_500));
                let server = statistics::server_summary().bind(&client, &"node-1").one().await.unwrap();
                assert_eq!((server.total_sessions, server.total_bytes_in, server.unique_users), (500, 125_250, 1));
                if last {
                    break;
                }
            }
        }
    })
    .await;
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics_archive").await, 500);
}

#[tokio::test]
async fn only_ended_statistics_that_are_old_enough_are_archived_as_they_were() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type,
                                     client_version, protocol, encryption)
         VALUES ('ada', 'node-1', 1, 2, 3, NOW() - INTERVAL '91 days', NOW() - INTERVAL '90 days', 'web', '2.1', 'tcp', 'AES'),
                ('ada', 'node-1', 1, 2, 3, NOW() - INTERVAL '89 days', NOW(), 'vpn', NULL, NULL, NULL),
                ('ada', 'node-1', 1, 2, 3, NOW() - INTERVAL '91 days', NULL, 'vpn', NULL, NULL, NULL)",
    )
    .await;
    let columns = "id, username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, started_at, ended_at, session_type,
                   client_version, protocol, encryption";
    let row = async |table: &str| {
        let query = format!("SELECT ROW({columns})::TEXT FROM {table} ORDER BY id LIMIT 1");
        database.client().await.query_one(&query, &[]).await.unwrap().get::<_, String>(0)
    };
    let before = row("vpn_statistics").await;
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).await.unwrap(), 1);
    assert_eq!(row("vpn_statistics_archive").await, before);
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).await.unwrap(), 0);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 2);
}

#[tokio::test]
async fn statistics_without_a_user_stay_where_they_are() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    old_statistics(&database, 2).await;
    // As a database of the Go service has them, where no foreign key was.
    sql(&database, "ALTER TABLE vpn_statistics DROP CONSTRAINT fk_vpn_statistics_username").await;
    sql(&database, "UPDATE vpn_statistics SET username = 'ghost' WHERE bytes_in = 1").await;
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).await.unwrap(), 1);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics WHERE username = 'ghost'").await, 1);
}

#[tokio::test]
async fn rows_that_somebody_holds_are_left_for_the_next_time() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    old_statistics(&database, 3).await;
    let mut holder = database.client().await;
    let transaction = holder.transaction().await.unwrap();
    transaction.execute("SELECT 1 FROM vpn_statistics WHERE bytes_in = 2 FOR UPDATE", &[]).await.unwrap();
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).await.unwrap(), 2);
    transaction.rollback().await.unwrap();
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).await.unwrap(), 1);
}

#[tokio::test]
async fn old_connections_go_and_their_statistics_stay() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (old, recent, live) = (
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
    );
    for id in [old, recent] {
        close(&client, "node-1", id, Some((1, 2))).await.expect("it was live");
    }
    sql(
        &database,
        &format!("UPDATE vpn_connections SET disconnected_at = NOW() - INTERVAL '91 days' WHERE id = {old}"),
    )
    .await;
    sql(&database, &format!("UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '91 days' WHERE id = {live}"))
        .await;
    // Of an older database, whose end nobody wrote down; of one nothing is known at all.
    sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
         VALUES ('ada', 'node-1', 'disconnected', NOW() - INTERVAL '99 days', NOW() - INTERVAL '91 days'),
                ('ada', 'node-1', 'error', NOW() - INTERVAL '91 days', NULL),
                ('ada', 'node-1', 'disconnected', NULL, NULL),
                ('ada', 'node-1', 'disconnected', NOW() - INTERVAL '99 days', NOW() - INTERVAL '89 days')",
    )
    .await;
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &1).await.unwrap(), 1);
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &2).await.unwrap(), 2);
    assert_eq!(maintenance::delete_old_connections().bind(&client, &days(90), &100).await.unwrap(), 1);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_connections").await, 3);
    assert!(connections::by_id().bind(&client, &old).opt().await.unwrap().is_none());
    for id in [recent, live] {
        assert!(connections::by_id().bind(&client, &id).opt().await.unwrap().is_some());
    }
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 2);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM vpn_statistics WHERE connection_id IS NULL").await, 1);
}

#[tokio::test]
async fn audit_entries_and_health_reports_go_when_they_are_old() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let none = &None::<&str>;
    for _ in 0..3 {
        audit::append().bind(&client, &"login", none, none, &None, &"node-1").one().await.unwrap();
        servers::report_health().bind(&client, &"node-1", &"healthy", &None, none, &None).one().await.unwrap();
    }
    sql(&database, "UPDATE audit_log SET timestamp = NOW() - INTERVAL '91 days' WHERE id < 3").await;
    sql(&database, "UPDATE server_health SET last_check = NOW() - INTERVAL '31 days' WHERE id < 3").await;
    assert_eq!(maintenance::delete_old_audit_entries().bind(&client, &days(90), &1).await.unwrap(), 1);
    assert_eq!(maintenance::delete_old_audit_entries().bind(&client, &days(90), &10).await.unwrap(), 1);
    assert_eq!(maintenance::delete_old_server_health().bind(&client, &days(30), &10).await.unwrap(), 2);
    assert_eq!(audit::recent().bind(&client, &i32::MAX, &10).all().await.unwrap().len(), 1);
    assert_eq!(servers::health_history().bind(&client, &"node-1", &i32::MAX, &10).all().await.unwrap().len(), 1);
}

/// Twelve rows for each task to handle, and one each that it must leave.
async fn much_to_do(database: &TestDatabase) {
    for (old, rows) in [("100 days", 12), ("1 second", 1)] {
        for statement in [
            "INSERT INTO user_sessions (user_id, token_hash, expires_at, last_activity)
             SELECT u.id, MD5(RANDOM()::TEXT || n), NOW() - INTERVAL '{old}', NOW()
             FROM users u, GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO user_sessions (user_id, token_hash, ip_address, expires_at, last_activity)
             SELECT u.id, MD5(RANDOM()::TEXT || n), '192.0.2.1', NOW() + INTERVAL '1 day', NOW() - INTERVAL '{old}'
             FROM users u, GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, expires_at)
             SELECT '+4915112345678', '******', 'send', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO otp_numbers (phone_number, quiet_since)
             SELECT FORMAT('+4917{rows}%s', 100000 + n), NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_numbers (phone_number, quiet_since) VALUES ('+4915112345678', NULL) ON CONFLICT DO NOTHING",
            "INSERT INTO otp_tickets (ticket_hash, phone_number, purpose, created_at, expires_at)
             SELECT MD5(RANDOM()::TEXT || n), '+4915112345678', 'sign_in', NOW(), NOW() + INTERVAL '1 day' - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO otp_budgets (budget, key, empty_at)
             SELECT 'send_address', MD5(RANDOM()::TEXT || n), NOW() + INTERVAL '1 day' - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows}) n",
            "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
             SELECT 'ada', 'node-1', 'connected', NOW() - INTERVAL '{old}', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO vpn_connections (username, server_id, status, connected_at, disconnected_at)
             SELECT 'ada', 'node-1', 'disconnected', NOW() - INTERVAL '101 days', NOW() - INTERVAL '{old}'
             FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO vpn_statistics (username, server_id, started_at, ended_at)
             SELECT 'ada', 'node-1', NOW() - INTERVAL '{old}', NOW() FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO audit_log (action, server_id, timestamp)
             SELECT 'login', 'node-1', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO server_health (server_id, status, last_check)
             SELECT 'node-1', 'healthy', NOW() - INTERVAL '{old}' FROM GENERATE_SERIES(1, {rows})",
            "INSERT INTO usage_hourly (server_id, username, hour, sessions, bytes_in, bytes_out, seconds)
             SELECT 'node-1', FORMAT('user-%s', n), DATE_TRUNC('hour', NOW() - INTERVAL '{old}', 'UTC'), 1, 10, 20, 30
             FROM GENERATE_SERIES(1, {rows}) n",
        ] {
            sql(database, &statement.replace("{old}", old).replace("{rows}", &rows.to_string())).await;
        }
    }
}

/// The tasks that `much_to_do` gives something to do.
const NAMES: [&str; 12] = [
    "sessions",
    "session-addresses",
    "otp-attempts",
    "otp-tickets",
    "otp-numbers",
    "otp-budgets",
    "stale-connections",
    "statistics",
    "usage",
    "connections",
    "audit",
    "health",
];

/// What each of them did.
fn rows_handled(report: &Report) -> [u64; NAMES.len()] {
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    NAMES.map(|name| report.of(name).unwrap_or_else(|| panic!("{name} did not run")).done)
}

/// The stale connections began a hundred days ago too: what they leave behind is archived in the same run. They ended
/// when they fell silent, or now; either way their statistics are there.
fn all_that_is_due(handled: [u64; NAMES.len()]) -> bool {
    let [
        sessions,
        addresses,
        attempts,
        tickets,
        numbers,
        budgets,
        stale,
        statistics,
        usage,
        connections,
        audit,
        health,
    ] = handled;
    [sessions, addresses, attempts, tickets, numbers, budgets, stale, audit, health] == [12; 9]
        && statistics == 24
        // What the sessions moved is ada's, in one hour that is over.
        && usage == 13
        && [12, 24].contains(&connections)
}

#[tokio::test]
async fn maintenance_does_all_that_is_due_and_a_second_run_finds_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    // Not a divisor of 12 and one that is: the last batch is partly full in one case and empty in the other.
    let policy = MaintenancePolicy { batch: 5, ..MaintenancePolicy::default() };
    let report = run_all(&pool, &policy).await;
    assert!(all_that_is_due(rows_handled(&report)), "{report:#?}");
    assert_eq!(report.of("audit").unwrap().batches, 3);
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
    for (table, left) in [
        ("user_sessions", 1 + 13),
        ("user_sessions WHERE ip_address IS NOT NULL", 1),
        ("otp_attempts", 1),
        ("otp_tickets", 1),
        ("otp_numbers", 1 + 1),
        ("otp_budgets", 1),
        ("vpn_statistics", 1),
        ("audit_log", 1),
        ("server_health", 1),
        ("usage_hourly WHERE username LIKE 'user-%'", 1),
        ("usage_daily", 13),
    ] {
        assert_eq!(count(&database, &format!("SELECT COUNT(*) FROM {table}")).await, left, "{table}");
    }

    for table in ["user_sessions", "otp_numbers", "usage_hourly"] {
        sql(&database, &format!("DELETE FROM {table}")).await;
    }
    much_to_do(&database).await;
    let policy = MaintenancePolicy { batch: 12, ..policy };
    let report = run_all(&pool, &policy).await;
    assert!(all_that_is_due(rows_handled(&report)), "{report:#?}");
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
}

#[tokio::test]
async fn what_is_kept_for_ever_is_kept() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let ever = MaintenancePolicy {
        keep_sessions: Duration::MAX,
        forget_addresses_after: Duration::MAX,
        keep_otp_attempts: Duration::MAX,
        keep_otp_limits: Duration::MAX,
        close_stale_after: Duration::MAX,
        archive_statistics_after: Duration::MAX,
        keep_usage_hours: Duration::MAX,
        keep_connections: Duration::MAX,
        keep_audit: Duration::MAX,
        keep_health: Duration::MAX,
        ..MaintenancePolicy::default()
    };
    let handled = rows_handled(&run_all(&pool, &ever).await);
    // Tickets and budgets have ends of their own.
    let own = NAMES.map(|name| if ["otp-tickets", "otp-budgets"].contains(&name) { 12 } else { 0 });
    assert_eq!(handled, own);
}

#[tokio::test]
async fn a_count_of_live_connections_that_went_wrong_is_put_right() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    // As by a program that knows nothing of the count.
    sql(&database, "INSERT INTO server_status (server_id, live_connections) VALUES ('node-2', 7)").await;
    sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, last_activity) VALUES ('ada', 'node-1', 'connected', NOW())",
    )
    .await;
    let report = run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.of("connection-counts").unwrap().done, 2, "{report:#?}");
    let counts =
        "SELECT COUNT(*) FROM server_status WHERE (server_id, live_connections) IN (('node-1', 1), ('node-2', 0))";
    assert_eq!(count(&database, counts).await, 2);
    assert_eq!(run_all(&pool, &MaintenancePolicy::default()).await.of("connection-counts").unwrap().done, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_maintain_at_once_share_the_work() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let policy = MaintenancePolicy { batch: 2, ..MaintenancePolicy::default() };
    let reports = at_once(4, |_| {
        let pool = pool.clone();
        async move { rows_handled(&run_all(&pool, &policy).await) }
    })
    .await;
    // A run ends early where others hold all that is left; nothing is left when the last one has finished.
    let mut handled = rows_handled(&run_all(&pool, &policy).await);
    for report in reports {
        for (sum, rows) in handled.iter_mut().zip(report) {
            *sum += rows;
        }
    }
    assert!(all_that_is_due(handled), "{handled:?}");
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
}

#[tokio::test]
async fn a_task_that_fails_says_why_and_keeps_none_of_the_others_from_running() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    sql(&database, "ALTER TABLE audit_log RENAME TO moved").await;
    let report = run_all(&pool, &MaintenancePolicy::default()).await;
    let failed: Vec<_> = report.failed().map(|task| task.task.name()).collect();
    assert_eq!(failed, ["audit"]);
    let audit = report.of("audit").unwrap().to_string();
    assert!(audit.starts_with("audit: 0 rows, then it failed: ") && audit.contains("audit_log"), "{audit}");
    assert_eq!((report.of("sessions").unwrap().done, report.of("health").unwrap().done), (12, 12));
}

#[tokio::test]
async fn a_database_that_is_away_fails_every_task_and_nothing_hangs() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    pool.close();
    let report = run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), report.tasks.len());
}

#[tokio::test]
async fn when_the_time_is_up_no_batch_is_begun_and_the_rest_is_said_to_be_left() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let policy = MaintenancePolicy { time_limit: Some(Duration::ZERO), ..MaintenancePolicy::default() };
    let report = run_all(&pool, &policy).await;
    assert_eq!(rows_handled(&report), [0; NAMES.len()]);
    assert!(report.tasks.iter().all(|task| task.unfinished && task.batches == 0), "{report:#?}");
    assert!(report.tasks[0].to_string().ends_with(", more is left"), "{}", report.tasks[0]);
}

#[tokio::test]
async fn tasks_can_be_chosen_and_tell_how_far_they_are() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    much_to_do(&database).await;
    let policy = MaintenancePolicy { batch: 5, ..MaintenancePolicy::default() };
    let mut steps = Vec::new();
    let chosen = [task("health").unwrap(), task("audit").unwrap()];
    let report = upkeep::run(&pool, &policy, &chosen, &mut |step| {
        steps.push(match step {
            Progress::Started { task, position, total } => format!("{} {position}/{total}", task.name()),
            Progress::Advanced { done, .. } => done.to_string(),
            _ => String::new(),
        });
    })
    .await;
    assert_eq!(steps, ["health 1/2", "5", "10", "12", "audit 2/2", "5", "10", "12"]);
    assert_eq!(report.tasks.iter().map(|task| task.done).collect::<Vec<_>>(), [12, 12]);
    assert!(task("nothing").is_none() && report.of("sessions").is_none());
}

#[tokio::test]
async fn a_table_is_vacuumed_once_enough_of_it_has_changed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let vacuum = [task("vacuum").unwrap()];
    let vacuumed = async || {
        let report = upkeep::run(&pool, &MaintenancePolicy::default(), &vacuum, &mut |_| {}).await;
        assert_eq!(report.failed().count(), 0, "{report:#?}");
        report.tasks[0].done
    };
    assert_eq!(vacuumed().await, 0, "nothing has changed");
    for table in ["audit_log", "server_health", "user_sessions"] {
        sql(&database, &format!("ALTER TABLE {table} SET (autovacuum_enabled = FALSE)")).await;
    }
    let add = "INSERT INTO audit_log (action, server_id) SELECT 'login', 'node-1' FROM GENERATE_SERIES(1, {})";
    sql(&database, &add.replace("{}", "900")).await;
    sql(&database, "INSERT INTO server_health (server_id, status) SELECT 'n', 'ok' FROM GENERATE_SERIES(1, 2000)")
        .await;
    sql(&database, "DELETE FROM server_health").await;
    // What a session did is added up when it ends, or a moment later.
    let told = "SELECT COUNT(*) FROM pg_stat_user_tables WHERE (relname, n_tup_ins) IN (('audit_log', 900), ('server_health', 2000))
                AND (relname = 'audit_log' OR n_tup_del = 2000)";
    while count(&database, told).await < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(vacuumed().await, 1, "server_health; 900 rows are not many");
    let times =
        "SELECT COALESCE(SUM(vacuum_count), 0)::BIGINT FROM pg_stat_user_tables WHERE relname = 'server_health'";
    while count(&database, times).await < 1 {
        tokio::task::yield_now().await;
    }
    while vacuumed().await > 0 {
        tokio::task::yield_now().await;
    }
    // The limit on statements is back.
    let limit = pool.get().await.unwrap().query_one("SHOW statement_timeout", &[]).await.unwrap();
    assert_eq!(limit.get::<_, &str>(0), "30s");
}

#[tokio::test]
async fn the_indexes_of_sessions_are_built_anew_when_asked_for_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let indexes = "SELECT SUM(c.oid::BIGINT)::BIGINT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                   WHERE i.indrelid = 'user_sessions'::REGCLASS AND i.indisvalid";
    let before = count(&database, indexes).await;
    assert!(run_all(&pool, &MaintenancePolicy::default()).await.of("reindex").is_none());
    assert_eq!(count(&database, indexes).await, before);
    let reindex = [task("reindex").unwrap()];
    let report = upkeep::run(&pool, &MaintenancePolicy::default(), &reindex, &mut |_| {}).await;
    assert_eq!((report.failed().count(), report.tasks[0].done), (0, 1));
    assert_ne!(count(&database, indexes).await, before);
}

#[tokio::test]
async fn indexes_are_rebuilt_outside_transactions_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    let tables = &["users", "audit_log"].as_slice();
    assert!(maintenance::tables_to_vacuum().bind(&client, tables).all().await.unwrap().is_empty());
    let indexes = "SELECT SUM(c.oid::BIGINT)::BIGINT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                   WHERE i.indrelid = 'user_sessions'::REGCLASS AND i.indisvalid";
    let before = count(&database, indexes).await;
    maintenance::reindex_sessions().bind(&client).await.unwrap();
    assert_ne!(count(&database, indexes).await, before, "the indexes are new ones");

    let transaction = client.transaction().await.unwrap();
    let error = maintenance::reindex_sessions().bind(&transaction).await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("25001"), "{error}");
    assert_eq!(error.statement(), "maintenance.reindex_sessions");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hours_of_usage_become_days_beside_those_that_write_them_and_no_reader_misses_one() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    user(&pool.get().await.unwrap(), "ada").await;
    // One session an hour of 30 days that are long over.
    sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at)
         SELECT 'ada', 'node-1', 1, 2, 3, d, d FROM (
             SELECT DATE_TRUNC('day', NOW(), 'UTC') - INTERVAL '100 days' + n * INTERVAL '1 hour' AS d
             FROM GENERATE_SERIES(0, 719) n
         ) t",
    )
    .await;
    let working = Arc::new(AtomicUsize::new(4));
    at_once(6, |task| {
        let (pool, working) = (pool.clone(), Arc::clone(&working));
        async move {
            let client = pool.get().await.unwrap();
            match task {
                // Both fold; two go on adding to hours and days that are being folded.
                0 | 1 => while maintenance::roll_up_hours().bind(&client, &days(35), &7).one().await.unwrap() > 0 {},
                2 | 3 => {
                    for n in 0..100_i32 {
                        let late = "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, ended_at)
                                    SELECT 'ada', 'node-1', 0, 0, d, d
                                    FROM (SELECT DATE_TRUNC('day', NOW(), 'UTC') - INTERVAL '100 days' + $1 * INTERVAL '1 hour' AS d) t";
                        client.execute(late, &[&f64::from(n * 7)]).await.unwrap();
                    }
                }
                _ => loop {
                    let last = working.load(Ordering::SeqCst) == 0;
                    let today = Utc::now().date_naive();
                    let first = today - TimeDelta::days(101);
                    let days = statistics::usage_by_day().bind(&client, &"ada", &first, &today).all().await.unwrap();
                    assert_eq!((days.len(), days.iter().map(|day| day.bytes_in).sum::<i64>()), (30, 720));
                    assert!(days.iter().all(|day| (day.bytes_in, day.bytes_out, day.duration_seconds) == (24, 48, 72)));
                    assert_eq!(statistics::discrepancies().bind(&client).all().await.unwrap(), []);
                    if last {
                        return;
                    }
                },
            }
            working.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await;
    let client = pool.get().await.unwrap();
    while maintenance::roll_up_hours().bind(&client, &days(35), &500).one().await.unwrap() > 0 {}
    assert_eq!(count(&database, "SELECT COUNT(*) FROM usage_hourly").await, 0);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM usage_daily").await, 30);
    assert_eq!(count(&database, "SELECT SUM(sessions)::BIGINT FROM usage_daily").await, 720 + 200);
    assert_eq!(statistics::discrepancies().bind(&client).all().await.unwrap(), []);
    // Whoever gets another name takes the days along.
    sql(&database, "UPDATE users SET username = 'lovelace'").await;
    assert_eq!(count(&database, "SELECT COUNT(*) FROM usage_daily WHERE username = 'lovelace'").await, 30);
}

#[tokio::test]
async fn usage_of_no_known_time_becomes_a_day_that_is_in_no_period() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at) VALUES ('ada', 'node-1', 5, 6, NULL)",
    )
    .await;
    assert_eq!(maintenance::roll_up_hours().bind(&client, &days(35), &10).one().await.unwrap(), 1);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM usage_daily WHERE day = '-infinity'").await, 1);
    let (first, last) = (chrono::DateTime::UNIX_EPOCH.date_naive(), Utc::now().date_naive());
    assert_eq!(statistics::usage_by_day().bind(&client, &"ada", &first, &last).all().await.unwrap(), []);
    assert_eq!(statistics::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_table_that_the_role_may_not_vacuum_is_not_counted_as_done() {
    let database = migrated_database().await;
    let role = format!("{}_keeper", database.name());
    sql(&database, &format!("CREATE ROLE {role} LOGIN")).await;
    sql(&database, &format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")).await;
    sql(&database, "ALTER TABLE server_health SET (autovacuum_enabled = FALSE)").await;
    sql(&database, "INSERT INTO server_health (server_id, status) SELECT 'n', 'ok' FROM GENERATE_SERIES(1, 2000)")
        .await;
    let told = "SELECT COUNT(*) FROM pg_stat_user_tables WHERE relname = 'server_health' AND n_tup_ins = 2000";
    while count(&database, told).await < 1 {
        tokio::task::yield_now().await;
    }
    let keeper = pool::connect(database.settings().user(&role)).await.unwrap();
    let vacuum = [task("vacuum").unwrap()];
    let of = async |pool: &Pool| {
        let report = upkeep::run(pool, &MaintenancePolicy::default(), &vacuum, &mut |_| {}).await;
        assert_eq!(report.failed().count(), 0, "{report:#?}");
        report.tasks[0].done
    };
    assert_eq!(of(&keeper).await, 0);
    // Whoever is given the owner's rights has them.
    sql(&database, &format!("ALTER TABLE server_health OWNER TO {role}")).await;
    assert_eq!(of(&keeper).await, 1);
    keeper.close();
    sql(&database, &format!("ALTER TABLE server_health OWNER TO {}", database_owner(&database).await)).await;
    sql(&database, &format!("DROP OWNED BY {role}")).await;
    sql(&database, &format!("DROP ROLE {role}")).await;
}

async fn database_owner(database: &TestDatabase) -> String {
    let owner = "SELECT datdba::REGROLE::TEXT FROM pg_database WHERE datname = CURRENT_DATABASE()";
    database.client().await.query_one(owner, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_batch_of_none_comes_to_an_end() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let policy = MaintenancePolicy { batch: 0, ..MaintenancePolicy::default() };
    assert_eq!(rows_handled(&run_all(&pool, &policy).await), [0; NAMES.len()]);
}
