//! A refused request writes nothing, so nobody fills the database by asking.

use barqnet_db::otp::{Limits, OtpPolicy, Purpose, VerificationRequest, VerifyOutcome, send, verify};
use barqnet_db_testing::TestDatabase;

use super::support::{
    code_of, config, config_with, fail_attempts, let_time_pass, other_than, request, request_from, sent,
    without_cool_down,
};
use crate::common::{execute_sql, migrated_database, phone_number, scalar};

/// Asks for a code as `send` does with the default policy, and requires that it is refused by `limit` and that the transaction
/// has neither changed nor locked a row.
async fn refused_without_a_write(database: &TestDatabase, number: &str, address: &str, overall: i32, limit: &str) {
    let mut client = database.client().await;
    let transaction = client.transaction().await.unwrap();
    let issue = "SELECT refused_by
                 FROM otp_issue_code($1, 'sign_in', DECODE(REPEAT('aa', 32), 'hex'), 1, NULL, 'sms', NULL, 300, 60, 5, 10, 100, 80, 60,
                                     ARRAY['send_address', 'send_overall', 'send_prefix'], ARRAY[$2, 'all', LEFT($1, 7)],
                                     ARRAY[1, 1, 1], ARRAY[30, $3::INTEGER, 100], ARRAY[60, NULL, 200], ARRAY[300, NULL, 1000],
                                     ARRAY[0, 20, 0], ARRAY['at_once', 'never', 'later'], LEFT($1, 7), 50, 10)";
    let row = transaction.query_one(issue, &[&number, &address, &overall]).await.unwrap();
    assert_eq!(row.get::<_, Option<&str>>(0), Some(limit));
    assert_wrote_nothing(&transaction).await;
}

/// Likewise for a try.
async fn try_refused_without_a_write(database: &TestDatabase, number: &str, address: &str, limit: &str) {
    let mut client = database.client().await;
    let transaction = client.transaction().await.unwrap();
    let check = "SELECT refused_by
                 FROM otp_check_code($1, 'sign_in', ARRAY[DECODE(REPEAT('aa', 32), 'hex')], ARRAY[1], NULL, NULL, 5, 10,
                                     ARRAY[900, 3600, 86400], 100, 80, ARRAY['verify_address'], ARRAY[$2], ARRAY[NULL::INTEGER],
                                     ARRAY[30], ARRAY[100], 'ticket', 600)";
    let row = transaction.query_one(check, &[&number, &address]).await.unwrap();
    assert_eq!(row.get::<_, Option<&str>>(0), Some(limit));
    assert_wrote_nothing(&transaction).await;
}

/// A transaction that writes or locks a row has an id.
async fn assert_wrote_nothing(transaction: &barqnet_db::tokio_postgres::Transaction<'_>) {
    let id = transaction.query_one("SELECT TXID_CURRENT_IF_ASSIGNED()", &[]).await.unwrap();
    assert_eq!(id.get::<_, Option<i64>>(0), None);
}

#[tokio::test]
async fn a_refused_request_for_a_code_writes_and_locks_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, bob) = ("+4915112345678", "+4915112345679");
    let number = phone_number(ada);
    code_of(send(&pool, &config(), &request_from(&number, "192.0.2.1")).await.unwrap());
    refused_without_a_write(&database, ada, "192.0.2.1", 300, "cool_down").await;
    refused_without_a_write(&database, bob, "192.0.2.1", 1, "send_overall").await;
    for _ in 0..4 {
        sent(&pool, &number, &without_cool_down()).await;
    }
    refused_without_a_write(&database, ada, "192.0.2.1", 300, "hour").await;
    let_time_pass(&database, 3600.0).await;
    for _ in 0..5 {
        sent(&pool, &number, &without_cool_down()).await;
    }
    let_time_pass(&database, 3600.0).await;
    refused_without_a_write(&database, ada, "192.0.2.1", 300, "day").await;

    let eve = phone_number("+4917012345678");
    fail_attempts(&pool, &eve, 10).await;
    refused_without_a_write(&database, eve.as_str(), "192.0.2.1", 300, "lock").await;
    execute_sql(&database, "UPDATE otp_challenges SET failures = 80").await;
    refused_without_a_write(&database, eve.as_str(), "192.0.2.1", 300, "closed").await;

    let policy = OtpPolicy { sends_per_address: Limits::per_hour(60), ..OtpPolicy::default() };
    for n in 0..60 {
        let number = phone_number(&format!("+3313456{n:04}"));
        code_of(send(&pool, &config_with(policy.clone()), &request_from(&number, "192.0.2.9")).await.unwrap());
    }
    refused_without_a_write(&database, bob, "192.0.2.9", 300, "send_address").await;
    let_time_pass(&database, 900.0).await;
    refused_without_a_write(&database, "+33134569999", "192.0.2.1", 300, "prefix_unverified").await;
}

#[tokio::test]
async fn a_refused_try_writes_and_locks_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let code = sent(&pool, &ada, &config()).await;
    for n in 0..31 {
        let number = phone_number(&format!("+4915112345{n:03}"));
        let outcome = verify(&pool, &config(), &request_from(&number, "192.0.2.1"), &other_than(&code)).await.unwrap();
        assert_eq!(matches!(outcome, VerifyOutcome::RetryAfter(_)), n == 30, "{outcome:?}");
    }
    try_refused_without_a_write(&database, ada.as_str(), "192.0.2.1", "verify_address").await;
    fail_attempts(&pool, &ada, 10).await;
    try_refused_without_a_write(&database, ada.as_str(), "192.0.2.2", "lock").await;
    execute_sql(&database, "UPDATE otp_challenges SET failures = 80").await;
    try_refused_without_a_write(&database, ada.as_str(), "192.0.2.2", "closed").await;
}

#[tokio::test]
async fn tries_without_an_address_leave_no_more_rows_than_codes_can_be_tried() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let rows = "SELECT (SELECT COUNT(*) FROM otp_attempts) + (SELECT COUNT(*) FROM otp_numbers) + (SELECT COUNT(*) FROM otp_codes)
                     + (SELECT COUNT(*) FROM otp_challenges) + (SELECT COUNT(*) FROM rate_counters)
                     + (SELECT COUNT(*) FROM otp_tickets)";
    for n in 0..50 {
        let number = phone_number(&format!("+4915112345{n:03}"));
        for purpose in [Purpose::SignIn, Purpose::PhoneChange] {
            let request = VerificationRequest { purpose, ..request(&number) };
            verify(&pool, &config(), &request, &"123456".parse().unwrap()).await.unwrap();
        }
    }
    assert_eq!(scalar(&database, rows).await, 0, "numbers without a code");
    let ada = phone_number("+4915112345678");
    let wrong = other_than(&sent(&pool, &ada, &config()).await);
    for _ in 0..50 {
        verify(&pool, &config(), &request(&ada), &wrong).await.unwrap();
    }
    let tries = "SELECT COUNT(*) FROM otp_attempts WHERE attempt_type = 'verify'";
    assert_eq!(scalar(&database, tries).await, 5);
}
