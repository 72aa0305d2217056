//! What is verified, or reached nobody, gives back what it was charged to.

use barqnet_db::otp::{Limits, OtpPolicy, SendOutcome, VerifyOutcome, return_send, send, verify};

use super::support::{
    code_of, config, config_with, generous, is_invalid, is_sent, is_verified, known_device, let_time_pass, request,
    request_from, send_refused, sent, used,
};
use crate::common::{at_once, migrated_database, phone_number, pool_of, scalar};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_five_people_behind_one_address_sign_in_within_an_hour() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 25).await;
    let verified = at_once(25, |task| {
        let pool = pool.clone();
        async move {
            let number = phone_number(&format!("+97455{:06}", task * 40_000));
            let request = request_from(&number, "203.0.113.7");
            let code = code_of(send(&pool, &config(), &request).await.expect("an answer"));
            matches!(verify(&pool, &config(), &request, &code).await.expect("an answer"), VerifyOutcome::Verified(_))
        }
    })
    .await;
    assert_eq!(verified.iter().filter(|verified| **verified).count(), 25);
    assert_eq!(used(&database, "send_address").await, 0);
}

#[tokio::test]
async fn an_address_with_more_sign_ins_than_its_limits_is_served_as_long_as_codes_are_entered() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for person in 0..130 {
        let number = phone_number(&format!("+9745{person:07}"));
        let request = request_from(&number, if person % 2 == 0 { "203.0.113.7" } else { "2001:db8:1:2::3" });
        let code = code_of(send(&pool, &config(), &request).await.unwrap());
        assert!(matches!(verify(&pool, &config(), &request, &code).await.unwrap(), VerifyOutcome::Verified(_)));
    }
    for budget in ["send_address", "send_network"] {
        assert_eq!(used(&database, budget).await, 0, "{budget}");
    }
    assert_eq!(used(&database, "send_overall").await, 130);
}

#[tokio::test]
async fn prefix_and_country_get_back_exactly_what_was_verified_once_they_are_full() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let three = Limits { per_day: Some(3), ..Limits::NONE };
    for (policy, block) in [
        (OtpPolicy { sends_per_prefix: three, ..OtpPolicy::default() }, "+491511"),
        (OtpPolicy { sends_per_country: three, reserved_percent: 0, ..OtpPolicy::default() }, "+436601"),
    ] {
        let config = config_with(policy);
        let number = |n: u32| phone_number(&format!("{block}{n:05}"));
        let mut codes = Vec::new();
        for n in 0..3 {
            codes.push(sent(&pool, &number(n), &config).await);
        }
        assert!(!send_refused(&pool, &number(3), &config).await.is_zero());
        assert!(is_verified(&pool, &number(0), &codes[0]).await);
        assert!(is_verified(&pool, &number(2), &codes[2]).await);
        let_time_pass(&database, 7200.0).await;
        for n in 3..5 {
            sent(&pool, &number(n), &config).await;
        }
        assert!(!send_refused(&pool, &number(5), &config).await.is_zero(), "three that nobody entered");
    }
}

#[tokio::test]
async fn a_number_and_the_overall_budget_get_nothing_back_for_a_verified_code() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    for _ in 0..5 {
        let code = sent(&pool, &ada, &config()).await;
        assert!(is_verified(&pool, &ada, &code).await);
        let_time_pass(&database, 60.0).await;
    }
    assert!(
        !send_refused(&pool, &ada, &config()).await.is_zero(),
        "five in an hour: a number that is paid per code is not pumped"
    );
    assert_eq!(used(&database, "send_overall").await, 5);
}

#[tokio::test]
async fn a_send_that_the_provider_refused_is_given_back_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let request = request_from(&ada, "2001:db8:1:2::3");
    for _ in 0..20 {
        let outcome = send(&pool, &config(), &request).await.unwrap();
        let SendOutcome::Sent { code, receipt, .. } = outcome else { panic!("{outcome:?}") };
        assert!(return_send(&pool, &receipt).await.unwrap());
        assert!(!return_send(&pool, &receipt).await.unwrap(), "once");
        assert!(is_invalid(&pool, &ada, &code).await, "it is invalid from then on");
    }
    for budget in ["send_address", "send_country", "send_network", "send_overall", "send_prefix"] {
        assert_eq!(used(&database, budget).await, 0, "{budget}");
    }
    assert_eq!(scalar(&database, "SELECT SUM(CARDINALITY(sent_at))::BIGINT FROM otp_numbers").await, 0);
}

#[tokio::test]
async fn a_verified_code_is_not_given_back_again() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let request = request_from(&ada, "203.0.113.7");
    let SendOutcome::Sent { code, receipt, .. } = send(&pool, &config(), &request).await.unwrap() else { panic!() };
    assert!(is_verified(&pool, &ada, &code).await);
    assert!(!return_send(&pool, &receipt).await.unwrap());
    assert_eq!(used(&database, "send_overall").await, 1);
}

#[tokio::test]
async fn a_send_to_a_known_device_is_given_back_to_its_quota() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let device = known_device(&database, &ada).await;
    let request = barqnet_db::otp::VerificationRequest { known_device: Some(&device), ..request(&ada) };
    for _ in 0..7 {
        let outcome = send(&pool, &config(), &request).await.unwrap();
        let SendOutcome::Sent { receipt, .. } = outcome else { panic!("{outcome:?}") };
        assert!(return_send(&pool, &receipt).await.unwrap());
    }
    assert_eq!(used(&database, "known_device").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_sends_verifications_and_returns_leave_no_charge_behind() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    at_once(40, |task| {
        let pool = pool.clone();
        async move {
            let number = phone_number(&format!("+4915112345{task:03}"));
            let request = request_from(&number, "203.0.113.7");
            for round in 0..4 {
                let outcome = send(&pool, &generous_for_one_address(), &request).await.expect("an answer");
                let SendOutcome::Sent { code, receipt, .. } = outcome else { panic!("{outcome:?}") };
                if (task + round) % 2 == 0 {
                    assert!(is_verified(&pool, &number, &code).await);
                } else {
                    assert!(return_send(&pool, &receipt).await.expect("an answer"));
                }
            }
        }
    })
    .await;
    assert_eq!(used(&database, "send_address").await, 0);
    // Those of the prefix are taken out of the counter with its next use after 5 minutes.
    let_time_pass(&database, 300.0).await;
    let number = phone_number("+4915112345999");
    assert!(is_sent(&send(&pool, &generous_for_one_address(), &request(&number)).await.unwrap()));
    assert_eq!(used(&database, "send_prefix").await, 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM rate_returns WHERE budget = 'send_prefix'").await, 0);
}

fn generous_for_one_address() -> barqnet_db::otp::OtpConfig {
    let mut config = generous();
    config.policy.sends_per_address = Limits::per_minute(1000);
    // In one row.
    config.policy.sends_per_prefix = Limits::per_minute(599);
    config
}
