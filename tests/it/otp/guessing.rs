//! What the documentation of `otp` says an attacker can try, with the defaults: whoever asks and tries as fast as it is allowed.

use std::time::Duration;

use barqnet_db::otp::{SendOutcome, VerifyOutcome, send, verify};

use super::support::{config, different_from, failures, let_time_pass, request};
use crate::common::{migrated_database, phone_number};

#[tokio::test]
async fn strangers_compare_20_codes_in_an_hour_30_in_a_day_and_80_until_the_owner_signs_in() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let (mut seconds, mut codes, mut at) = (0.0, Vec::new(), Vec::new());
    // Each day has several waits; 80 failures take 6 days.
    while seconds < 9.0 * 86_400.0 {
        let mut wait = match send(&pool, &config(), &request(&ada)).await.unwrap() {
            SendOutcome::Sent { code, .. } => {
                codes.push(code);
                Duration::from_mins(1)
            }
            SendOutcome::RetryAfter(wait) => wait,
            other => panic!("{other:?}"),
        };
        loop {
            let wrong = different_from(&codes);
            let before = failures(&database, &ada).await;
            let outcome = verify(&pool, &config(), &request(&ada), &wrong).await.unwrap();
            let after = failures(&database, &ada).await;
            at.extend((before..after).map(|_| seconds));
            match outcome {
                VerifyOutcome::Invalid if after > before => {}
                VerifyOutcome::Invalid => break,
                VerifyOutcome::RetryAfter(locked) => break wait = wait.max(locked),
                verified @ VerifyOutcome::Verified(_) => panic!("{verified:?}"),
            }
        }
        let pause = wait.as_secs_f64().max(1.0);
        seconds += pause;
        let_time_pass(&database, pause).await;
    }
    let most_within = |period: f64| {
        at.iter().map(|start| at.iter().filter(|other| (0.0..period).contains(&(*other - start))).count()).max()
    };
    assert_eq!(most_within(3600.0), Some(20));
    assert_eq!(most_within(86_400.0), Some(30));
    assert_eq!(at.len(), 80);
}
