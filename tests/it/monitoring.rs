//! What an operator asks of the database.

use barqnet_db::{
    embedded, migrate,
    otp::{OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, send, verify},
    queries::monitoring,
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::common::{execute_sql, migrated_database, phone_number, scalar, user};

#[tokio::test]
async fn a_ping_tells_the_time_and_the_version_of_the_server() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ping = monitoring::ping().bind(&client).one().await.unwrap();
    assert!((ping.server_time - Utc::now()).abs() < TimeDelta::minutes(10), "{}", ping.server_time);
    assert!(ping.version.starts_with("PostgreSQL "), "{}", ping.version);
    assert_eq!(
        i64::from(ping.version_number),
        scalar(&database, "SELECT CURRENT_SETTING('server_version_num')::BIGINT").await
    );
}

#[tokio::test]
async fn the_migrations_are_listed_as_the_runner_knows_them() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let listed = monitoring::migration_status().bind(&client).all().await.unwrap();
    let known = migrate::status(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(listed.len(), known.len());
    for (row, migration) in listed.iter().zip(&known) {
        assert_eq!((row.version, row.name.as_deref()), (migration.version, Some(migration.name.as_str())));
        let applied_on = DateTime::parse_from_rfc3339(row.applied_on.as_deref().expect("a time")).expect("RFC 3339");
        assert_eq!(Some(applied_on.to_utc()), migration.applied_at);
        assert!(migration.known && row.checksum.is_some());
    }
}

#[tokio::test]
async fn the_report_on_one_time_passwords_counts_each_kind_of_the_last_hour() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let rules = OtpConfig::new(OtpKeys::random());
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let by_ada = VerificationRequest::new(&ada, Purpose::SignIn);
    let SendOutcome::Sent { code, .. } = send(&pool, &rules, &by_ada).await.unwrap() else { panic!("the first code") };
    let by_bob = VerificationRequest { phone_number: &bob, ..by_ada };
    send(&pool, &rules, &by_bob).await.unwrap();
    let wrong = if code.expose() == "000000" { "000001" } else { "000000" }.parse().unwrap();
    for code in [&wrong, &wrong, &code] {
        verify(&pool, &rules, &by_ada, code).await.unwrap();
    }
    let report = monitoring::otp_attempts_last_hour().bind(&client).one().await.unwrap();
    assert_eq!((report.attempts, report.sent, report.sent_verified, report.tries), (5, 2, 1, 3));
    assert_eq!((report.verify_attempts, report.verify_successes), (3, 1));
    execute_sql(&database, "UPDATE otp_attempts SET created_at = created_at - INTERVAL '61 min'").await;
    verify(&pool, &rules, &by_bob, &wrong).await.unwrap();
    // A try at a number without a live code is not recorded.
    verify(&pool, &rules, &by_ada, &wrong).await.unwrap();
    let report = monitoring::otp_attempts_last_hour().bind(&client).one().await.unwrap();
    assert_eq!((report.attempts, report.sent, report.verify_attempts), (1, 0, 1));
}

#[tokio::test]
async fn sizes_of_database_and_tables_are_what_postgresql_says() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id) SELECT 'ada', 'node-1' FROM GENERATE_SERIES(1, 30000)",
    )
    .await;
    database.client().await.batch_execute("ANALYZE vpn_statistics").await.unwrap();
    let bytes = monitoring::database_size().bind(&client).one().await.unwrap();
    assert!(bytes > 1_000_000, "{bytes}");

    let sizes = monitoring::table_sizes().bind(&client).all().await.unwrap();
    let tables = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(i64::try_from(sizes.len()).unwrap(), scalar(&database, tables).await);
    assert!(sizes.is_sorted_by(|one, next| one.total_bytes >= next.total_bytes));
    assert_eq!((sizes[0].table_name.as_str(), sizes[0].estimated_rows), ("vpn_statistics", 30000));
    for size in &sizes {
        assert_eq!(size.total_bytes, size.table_bytes + size.index_bytes, "{}", size.table_name);
        let query = format!("SELECT PG_TOTAL_RELATION_SIZE('{}')", size.table_name);
        assert_eq!(size.total_bytes, scalar(&database, &query).await, "{}", size.table_name);
    }
}

#[tokio::test]
async fn the_longest_transaction_comes_first_and_the_caller_is_left_out() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(pool.get().await.unwrap());
    }
    let caller = clients.pop().expect("three");
    let (mut expected, mut open) = (Vec::new(), Vec::new());
    for client in &mut clients {
        let transaction = client.transaction().await.unwrap();
        let pid: i32 = transaction.query_one("SELECT PG_BACKEND_PID(), NOW()", &[]).await.unwrap().get(0);
        expected.push(pid);
        open.push(transaction);
    }
    let found = monitoring::longest_transactions().bind(&caller, &10).all().await.unwrap();
    assert_eq!(found.iter().map(|transaction| transaction.pid).collect::<Vec<_>>(), expected);
    assert_eq!(found[0].state.as_deref(), Some("idle in transaction"));
    assert_eq!(found[0].application_name.as_deref(), Some("barqnet-db"));
    assert!(found.iter().all(|transaction| transaction.seconds >= 0));
    assert_eq!(monitoring::longest_transactions().bind(&caller, &1).all().await.unwrap().len(), 1);
}
