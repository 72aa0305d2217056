//! What a number, an address, a prefix of numbers and everybody together may use up.

use std::time::Duration;

use barqnet_db::{
    otp::{Limits, OtpPolicy, SendOutcome, VerifyOutcome, send, verify},
    queries::maintenance,
};

use super::support::{
    code_of, config, config_with, failures, generous, is_sent, is_verified, let_time_pass, other_than, request,
    request_from, send_refused, sent, used, without_cool_down,
};
use crate::common::{at_once, execute_sql, migrated_database, phone_number, pool_of, scalar};

#[tokio::test]
async fn a_code_can_be_requested_again_after_the_cool_down() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    sent(&pool, &ada, &config()).await;
    let_time_pass(&database, 50.0).await;
    let wait = send_refused(&pool, &ada, &config()).await;
    assert!(!wait.is_zero() && wait <= Duration::from_secs(10), "{wait:?}");
    let_time_pass(&database, 10.0).await;
    sent(&pool, &ada, &config()).await;
}

#[tokio::test]
async fn a_number_gets_five_codes_within_any_hour_and_ten_within_any_day() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    // One, and four 40 minutes later.
    sent(&pool, &ada, &config()).await;
    let_time_pass(&database, 2400.0).await;
    for _ in 0..4 {
        sent(&pool, &ada, &without_cool_down()).await;
    }
    let wait = send_refused(&pool, &ada, &without_cool_down()).await;
    assert!(wait <= Duration::from_mins(20) && wait > Duration::from_mins(19), "{wait:?}");
    // The first leaves the hour; the four are in it still.
    let_time_pass(&database, 1200.0).await;
    sent(&pool, &ada, &without_cool_down()).await;
    let wait = send_refused(&pool, &ada, &without_cool_down()).await;
    assert!(wait <= Duration::from_mins(40) && wait > Duration::from_mins(39), "{wait:?}");
    let_time_pass(&database, 3600.0).await;
    for _ in 0..4 {
        sent(&pool, &ada, &without_cool_down()).await;
    }
    // Ten within 2 hours: now it is the day that counts.
    let_time_pass(&database, 3600.0).await;
    let wait = send_refused(&pool, &ada, &without_cool_down()).await;
    assert!(wait <= Duration::from_hours(21) && wait > Duration::from_hours(20), "{wait:?}");
    let_time_pass(&database, 21.0 * 3600.0).await;
    sent(&pool, &ada, &without_cool_down()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_number_gets_five_codes_per_hour_from_any_number_of_addresses() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let ada = phone_number("+4915112345678");
    let outcomes = at_once(40, |task| {
        let (pool, ada) = (pool.clone(), ada.clone());
        async move {
            send(&pool, &without_cool_down(), &request_from(&ada, &format!("198.51.100.{task}")))
                .await
                .expect("an answer")
        }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| is_sent(outcome)).count(), 5);
    // Who was refused for the number's sake has used nothing up.
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM rate_counters WHERE budget = 'send_address'").await, 5);
    for budget in ["send_address", "send_country", "send_overall", "send_prefix"] {
        assert_eq!(used(&database, budget).await, 5, "{budget}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_gets_thirty_codes_per_minute_and_a_48_of_ipv6_twenty_that_nobody_enters() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    // One address of IPv4, written in several ways, and the networks of one customer of IPv6.
    for (addresses, allowed) in [
        (["203.0.113.7", "::ffff:203.0.113.7", "64:ff9b::203.0.113.7", "2002:cb00:7107::1"], 30),
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "2001:db8:1:ffff::1"], 20),
    ] {
        let outcomes = at_once(40, |task| {
            let pool = pool.clone();
            let address = addresses[task % 4];
            async move {
                let prefix = if addresses[0].contains("db8") { "+4477009" } else { "+1202555" };
                let ada = phone_number(&format!("{prefix}{task:04}"));
                send(&pool, &config(), &request_from(&ada, address)).await.expect("an answer")
            }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| is_sent(outcome)).count(), allowed, "{addresses:?}");
    }
    // The neighbours are not concerned.
    for (ada, neighbour) in [("+4915112345678", "203.0.113.8"), ("+4915112345679", "2001:db8:2::1")] {
        code_of(send(&pool, &config(), &request_from(&phone_number(ada), neighbour)).await.unwrap());
    }
    let_time_pass(&database, 70.0).await;
    code_of(send(&pool, &config(), &request_from(&phone_number("+4915112345670"), "203.0.113.7")).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn budgets_per_prefix_and_overall_hold_for_any_number_of_addresses() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let policy = OtpPolicy {
        sends_per_prefix: Limits::per_minute(7),
        sends_overall: Limits::per_minute(20),
        reserved_percent: 0,
        ..OtpPolicy::default()
    };
    let config = config_with(policy);
    let ask = |prefix: &'static str| {
        let (pool, config) = (pool.clone(), config.clone());
        at_once(40, move |task| {
            let (pool, config) = (pool.clone(), config.clone());
            async move {
                let ada = phone_number(&format!("{prefix}{task:05}"));
                is_sent(
                    &send(&pool, &config, &request_from(&ada, &format!("198.51.100.{task}"))).await.expect("an answer"),
                )
            }
        })
    };
    let mut sent = Vec::new();
    for prefix in ["+491511", "+491512", "+491513"] {
        sent.push(ask(prefix).await.into_iter().filter(|sent| *sent).count());
    }
    assert_eq!(sent, [7, 7, 6]);
    // A request that the overall budget refuses does not use up the budget of its prefix.
    assert_eq!(used(&database, "send_prefix").await, 20);
    assert_eq!(used(&database, "send_address").await, 20);
    let_time_pass(&database, 70.0).await;
    assert_eq!(ask("+491514").await.into_iter().filter(|sent| *sent).count(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_has_thirty_failed_attempts_per_hour_over_all_numbers() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let mut codes = Vec::new();
    for task in 0..40 {
        let phone_number = phone_number(&format!("+4915112345{task:03}"));
        codes.push((code_of(send(&pool, &generous(), &request(&phone_number)).await.unwrap()), phone_number));
        if task % 20 == 0 {
            let_time_pass(&database, 60.0).await;
        }
    }
    let outcomes = at_once(40, |task| {
        let (pool, (code, ada)) = (pool.clone(), codes[task].clone());
        async move {
            verify(&pool, &config(), &request_from(&ada, "203.0.113.7"), &other_than(&code)).await.expect("an answer")
        }
    })
    .await;
    let refused = |outcome: &&VerifyOutcome| matches!(outcome, VerifyOutcome::RetryAfter(wait) if !wait.is_zero());
    assert_eq!(outcomes.iter().filter(refused).count(), 10, "{outcomes:?}");
    // The right code doesn't get in from there either, and spends nothing; from elsewhere it does.
    let (code, ada) = &codes[39];
    let same_address = request_from(ada, "203.0.113.7");
    let before = failures(&database, ada).await;
    assert!(matches!(verify(&pool, &config(), &same_address, code).await.unwrap(), VerifyOutcome::RetryAfter(_)));
    assert_eq!(failures(&database, ada).await, before);
    let elsewhere = request_from(ada, "203.0.113.8");
    assert!(matches!(verify(&pool, &config(), &elsewhere, code).await.unwrap(), VerifyOutcome::Verified(_)));

    let_time_pass(&database, 3900.0).await;
    let late = verify(&pool, &config(), &request_from(&codes[0].1, "203.0.113.7"), &codes[0].0).await.unwrap();
    assert!(matches!(late, VerifyOutcome::Invalid), "{late:?}: expired");
}

#[tokio::test]
async fn correct_codes_use_no_budget() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    for _ in 0..40 {
        let code = sent(&pool, &ada, &generous()).await;
        let request = request_from(&ada, "203.0.113.7");
        assert!(matches!(verify(&pool, &config(), &request, &code).await.unwrap(), VerifyOutcome::Verified(_)));
    }
}

#[tokio::test]
async fn a_budget_of_zero_refuses_everything() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let closed = Limits::per_hour(0);
    for policy in [
        OtpPolicy { max_sends_per_hour: 0, ..OtpPolicy::default() },
        OtpPolicy { max_sends_per_day: 0, ..OtpPolicy::default() },
        OtpPolicy { sends_overall: closed, ..OtpPolicy::default() },
        OtpPolicy { sends_per_prefix: closed, ..OtpPolicy::default() },
        OtpPolicy { sends_per_country: closed, ..OtpPolicy::default() },
    ] {
        assert!(send_refused(&pool, &ada, &config_with(policy)).await > Duration::from_mins(59));
    }
}

#[tokio::test]
async fn a_counter_is_deleted_two_days_after_its_last_use() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let forget = async || maintenance::delete_unused_rate_counters().bind(&client, &500).await.unwrap();
    code_of(send(&pool, &config(), &request_from(&phone_number("+4915112345678"), "192.0.2.1")).await.unwrap());
    for (days, deleted) in [(2, 0), (3, 4)] {
        execute_sql(&database, &format!("UPDATE rate_counters SET used_on = CURRENT_DATE - {days}")).await;
        assert_eq!(forget().await, deleted, "after {days} days");
    }
}

#[tokio::test]
async fn a_returned_use_is_deleted_once_no_window_has_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = phone_number("+4915112345678");
    let code = sent(&pool, &ada, &config()).await;
    assert!(is_verified(&pool, &ada, &code).await);
    for (seconds, deleted) in [(25.0 * 3600.0, 0), (3700.0, 2)] {
        let_time_pass(&database, seconds).await;
        assert_eq!(maintenance::delete_old_rate_returns().bind(&client, &500).await.unwrap(), deleted);
    }
}

#[tokio::test]
async fn a_number_that_never_got_a_code_leaves_no_row() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let policy = OtpPolicy { sends_per_address: Limits::per_hour(1), ..OtpPolicy::default() };
    let config = config_with(policy);
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    code_of(send(&pool, &config, &request_from(&ada, "192.0.2.1")).await.unwrap());
    for request in [request_from(&bob, "192.0.2.1"), request_from(&ada, "192.0.2.1")] {
        assert!(matches!(send(&pool, &config, &request).await.unwrap(), SendOutcome::RetryAfter(_)));
    }
    let numbers = "SELECT COUNT(*) FROM otp_numbers";
    assert_eq!(scalar(&database, numbers).await, 1, "the one that has a code keeps its row");
    assert!(matches!(
        verify(&pool, &config, &request_from(&bob, "192.0.2.1"), &"123456".parse().unwrap()).await.unwrap(),
        VerifyOutcome::Invalid
    ));
    assert_eq!(scalar(&database, numbers).await, 1);
}
