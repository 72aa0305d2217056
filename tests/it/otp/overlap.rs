//! During a deploy programs of the previous release run on the new schema: they call `otp_send_code` and `otp_verify_code`.

use barqnet_db::{PhoneNumber, otp::OtpCode, pool::Pool};

use super::support::{config, failures, is_invalid, is_verified, other_than, sent};
use crate::common::{at_once, migrated_database, phone_number, pool_of, scalar};

/// The MAC of a code, as a program of any release computes it. The code is recorded and deleted.
async fn mac_of(pool: &Pool, number: &PhoneNumber) -> (OtpCode, Vec<u8>) {
    let code = sent(pool, number, &config()).await;
    let client = pool.get().await.unwrap();
    let delete = "DELETE FROM otp_codes WHERE phone_number = $1 RETURNING mac";
    let mac = client.query_one(delete, &[&number.as_str()]).await.unwrap().get(0);
    client.execute("DELETE FROM otp_numbers WHERE phone_number = $1", &[&number.as_str()]).await.unwrap();
    (code, mac)
}

/// Sends a code as the previous release does.
async fn old_send(pool: &Pool, number: &PhoneNumber, mac: &[u8]) -> bool {
    let send = "SELECT code_ends_at IS NOT NULL
                FROM otp_send_code($1, 'sign_in', $2, 1, NULL, 300, 60, 5, 10, 100, 86400, ARRAY['send_overall', 'send_prefix'],
                                   ARRAY['all', LEFT($1, 7)], ARRAY[300, 30], ARRAY[60, 60])";
    pool.get().await.unwrap().query_one(send, &[&number.as_str(), &mac]).await.unwrap().get(0)
}

/// Tries a code as the previous release does.
async fn old_verify(pool: &Pool, number: &PhoneNumber, mac: &[u8]) -> bool {
    let verify = "SELECT verified
                  FROM otp_verify_code($1, 'sign_in', ARRAY[$2::BYTEA], ARRAY[1], NULL, 5, 10, ARRAY[900, 3600, 86400], 100,
                                       'verify_address', '192.0.2.1', 30, 3600, MD5(RANDOM()::TEXT), 600)";
    pool.get().await.unwrap().query_one(verify, &[&number.as_str(), &mac]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_code_of_the_previous_release_is_verified_by_this_one_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let (code, mac) = mac_of(&pool, &ada).await;
    assert!(old_send(&pool, &ada, &mac).await);
    for failed in 1..=4 {
        assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
        assert_eq!(failures(&database, &ada).await, failed);
    }
    assert!(is_verified(&pool, &ada, &code).await);
    assert!(is_invalid(&pool, &ada, &code).await);
    assert!(!old_verify(&pool, &ada, &mac).await, "by neither");
    assert_eq!(failures(&database, &ada).await, 0);
}

#[tokio::test]
async fn a_code_of_this_release_is_verified_by_the_previous_one_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let (_, other) = mac_of(&pool, &ada).await;
    let code = sent(&pool, &ada, &config()).await;
    let read = "SELECT mac FROM otp_codes WHERE phone_number = $1";
    let mac: Vec<u8> = pool.get().await.unwrap().query_one(read, &[&ada.as_str()]).await.unwrap().get(0);
    for _ in 0..4 {
        assert!(!old_verify(&pool, &ada, &other).await);
    }
    assert_eq!(failures(&database, &ada).await, 4, "failures count together");
    assert!(old_verify(&pool, &ada, &mac).await);
    assert!(is_invalid(&pool, &ada, &code).await, "it is spent for both");
}

#[tokio::test]
async fn a_code_of_the_previous_release_has_five_tries_in_both_together() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let (_, other) = mac_of(&pool, &ada).await;
    let (code, mac) = mac_of(&pool, &ada).await;
    assert!(old_send(&pool, &ada, &mac).await);
    for _ in 0..2 {
        assert!(!old_verify(&pool, &ada, &other).await);
        assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
    }
    assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
    assert!(is_invalid(&pool, &ada, &code).await, "five tries");
    assert!(!old_verify(&pool, &ada, &mac).await);
}

#[tokio::test]
async fn both_releases_share_the_limits_of_a_number() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let (_, mac) = mac_of(&pool, &ada).await;
    assert!(old_send(&pool, &ada, &mac).await);
    assert!(!super::support::send_refused(&pool, &ada, &config()).await.is_zero(), "the cool-down of the other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_correct_attempts_by_both_releases_is_verified() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..10 {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let (code, mac) = mac_of(&pool, &ada).await;
        assert!(old_send(&pool, &ada, &mac).await);
        let verified = at_once(40, |task| {
            let (pool, ada, code, mac) = (pool.clone(), ada.clone(), code.clone(), mac.clone());
            async move {
                if task % 2 == 0 { is_verified(&pool, &ada, &code).await } else { old_verify(&pool, &ada, &mac).await }
            }
        })
        .await;
        assert_eq!(verified.iter().filter(|verified| **verified).count(), 1, "round {round}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_tickets").await, 10);
}
