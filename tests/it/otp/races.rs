//! Concurrent calls.

use barqnet_db::{
    otp::{SendOutcome, VerificationRequest, VerifyOutcome, return_send, send, unlock, verify},
    queries::maintenance,
};

use super::support::{
    PURPOSES, SIGN_IN, code_of, config, expire_codes, failures, generous, is_invalid, is_sent, other_than, request,
    sent, spend, ticket_of, tried,
};
use crate::common::{Numbers, at_once, migrated_database, phone_number, pool_of, scalar};

const ROUNDS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_correct_attempts_is_verified() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..ROUNDS {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let code = sent(&pool, &ada, &generous()).await;
        let outcomes = at_once(40, |_| {
            let (pool, ada, code) = (pool.clone(), ada.clone(), code.clone());
            async move { tried(&pool, &ada, &code).await }
        })
        .await;
        let verified = outcomes.iter().filter(|outcome| matches!(outcome, VerifyOutcome::Verified(_))).count();
        assert_eq!(verified, 1, "round {round}: {outcomes:?}");
        assert_eq!(failures(&database, &ada).await, 0, "round {round}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_tickets").await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_concurrent_wrong_attempts_five_count_and_the_right_code_then_fails() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..ROUNDS {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let code = sent(&pool, &ada, &generous()).await;
        let wrong = other_than(&code);
        let outcomes = at_once(40, |_| {
            let (pool, ada, wrong) = (pool.clone(), ada.clone(), wrong.clone());
            async move { tried(&pool, &ada, &wrong).await }
        })
        .await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, VerifyOutcome::Invalid)), "{outcomes:?}");
        assert_eq!(failures(&database, &ada).await, 5, "round {round}");
        assert!(is_invalid(&pool, &ada, &code).await);
    }
    let tries = "SELECT MAX(attempt_count)::BIGINT FROM otp_attempts WHERE attempt_type = 'send'";
    assert_eq!(scalar(&database, tries).await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_attempts_verify_at_most_once_within_five_attempts() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..20 {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let code = sent(&pool, &ada, &generous()).await;
        let wrong = other_than(&code);
        let outcomes = at_once(40, |task| {
            let (pool, ada) = (pool.clone(), ada.clone());
            let code = if task % 2 == 0 { code.clone() } else { wrong.clone() };
            async move { tried(&pool, &ada, &code).await }
        })
        .await;
        let verified = outcomes.iter().filter(|outcome| matches!(outcome, VerifyOutcome::Verified(_))).count();
        assert!(verified <= 1, "round {round}: {outcomes:?}");
        let tries = "SELECT attempt_count::BIGINT FROM otp_attempts WHERE attempt_type = 'send' AND phone_number = ";
        let tries = scalar(&database, &format!("{tries}'{ada}'")).await;
        assert!((1..=5).contains(&tries), "round {round}: {tries} tries");
        assert!(verified == 1 || tries == 5, "round {round}: refused after {tries} tries");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_failures_lock_a_number_exactly_when_forty_come_at_once() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..20 {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        // Four and four: two are left of ten, though the next code would bear five.
        for _ in 0..2 {
            let code = sent(&pool, &ada, &generous()).await;
            for _ in 0..4 {
                assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
            }
            expire_codes(&pool, &ada).await;
        }
        let wrong = other_than(&sent(&pool, &ada, &generous()).await);
        at_once(40, |_| {
            let (pool, ada, wrong) = (pool.clone(), ada.clone(), wrong.clone());
            async move { tried(&pool, &ada, &wrong).await }
        })
        .await;
        assert_eq!(failures(&database, &ada).await, 10, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_requests_gets_a_code_and_the_others_wait() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..5 {
        let ada = phone_number(&format!("+491511234567{round}"));
        let outcomes = at_once(40, |_| {
            let (pool, ada) = (pool.clone(), ada.clone());
            async move { send(&pool, &config(), &request(&ada)).await.expect("an answer") }
        })
        .await;
        let sent = outcomes.iter().filter(|outcome| is_sent(outcome)).count();
        assert_eq!(sent, 1, "round {round}");
        let cool_down = config().policy.cool_down;
        let waiting = |outcome: &&SendOutcome| matches!(outcome, SendOutcome::RetryAfter(wait) if !wait.is_zero() && *wait <= cool_down);
        assert_eq!(outcomes.iter().filter(waiting).count(), 39, "round {round}: {outcomes:?}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_attempts").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_sent_while_the_old_one_is_tried_is_valid_until_its_attempts_are_used() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 21).await;
    for round in 0..10 {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let old = sent(&pool, &ada, &generous()).await;
        let results = at_once(21, |task| {
            let (pool, ada, old) = (pool.clone(), ada.clone(), old.clone());
            async move {
                if task == 20 {
                    return Some(send(&pool, &generous(), &request(&ada)).await.expect("an answer"));
                }
                tried(&pool, &ada, &other_than(&old)).await;
                None
            }
        })
        .await;
        let newest = format!(
            "SELECT attempt_count::BIGINT FROM otp_attempts WHERE attempt_type = 'send' AND phone_number = '{ada}'
             ORDER BY id DESC LIMIT 1"
        );
        let (tries, failures) = (scalar(&database, &newest).await, failures(&database, &ada).await);
        match results.into_iter().find_map(|outcome| outcome).expect("one asked for a code") {
            // The tries that came before it locked the number.
            SendOutcome::RetryAfter(_) => assert_eq!(failures, 10, "round {round}"),
            SendOutcome::Sent { code, .. } => match tried(&pool, &ada, &code).await {
                VerifyOutcome::Verified(_) => assert!(tries < 5 && failures < 10, "round {round}: {tries}, {failures}"),
                VerifyOutcome::Invalid => assert_eq!(tries, 5, "round {round}"),
                VerifyOutcome::RetryAfter(_) => assert_eq!(failures, 10, "round {round}"),
            },
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_requests_for_a_number_gets_a_code() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..20 {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let outcomes = at_once(40, |task| {
            let (pool, ada) = (pool.clone(), ada.clone());
            async move {
                let request = VerificationRequest { purpose: PURPOSES[task % 3], ..request(&ada) };
                send(&pool, &config(), &request).await.expect("an answer")
            }
        })
        .await;
        let sent = outcomes.iter().filter(|outcome| is_sent(outcome)).count();
        assert_eq!(sent, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_writers_over_few_numbers_and_purposes_never_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    at_once(40, |task| {
        let pool = pool.clone();
        async move {
            let mut numbers = Numbers::new(u64::try_from(task).expect("a small number"));
            for _ in 0..50 {
                let phone_number = phone_number(&format!("+491511234567{}", numbers.below(4)));
                let purpose = PURPOSES[usize::try_from(numbers.below(3)).expect("not negative")];
                let address = format!("192.0.2.{}", numbers.below(3)).parse().expect("an address");
                let request = VerificationRequest {
                    ip_address: Some(address),
                    ..VerificationRequest::new(&phone_number, purpose)
                };
                let client = pool.get().await;
                match numbers.below(8) {
                    0 => {
                        let client = client.expect("a connection");
                        maintenance::delete_quiet_otp_numbers().bind(&client, &0.0, &100).await.expect("no deadlock");
                        maintenance::delete_expired_otp_codes().bind(&client, &100).await.expect("no deadlock");
                        maintenance::delete_unused_rate_counters().bind(&client, &100).await.expect("no deadlock");
                        maintenance::delete_old_rate_returns().bind(&client, &100).await.expect("no deadlock");
                    }
                    1 => {
                        let client = client.expect("a connection");
                        client.execute("SELECT otp_forget($1)", &[&phone_number.as_str()]).await.expect("no deadlock");
                        unlock(&client, &phone_number).await.expect("no deadlock");
                    }
                    2 => {
                        drop(client);
                        verify(&pool, &generous(), &request, &"123456".parse().expect("six digits"))
                            .await
                            .expect("no deadlock");
                    }
                    _ => {
                        drop(client);
                        let SendOutcome::Sent { code, receipt, .. } =
                            send(&pool, &generous(), &request).await.expect("no deadlock")
                        else {
                            continue;
                        };
                        if numbers.below(4) == 0 {
                            return_send(&pool, &receipt).await.expect("no deadlock");
                        }
                        if let VerifyOutcome::Verified(ticket) =
                            verify(&pool, &generous(), &request, &code).await.expect("no deadlock")
                        {
                            let client = pool.get().await.expect("a connection");
                            spend(&client, &ticket, purpose).await.expect("no deadlock");
                        }
                    }
                }
            }
        }
    })
    .await;
    let deadlocks = format!("SELECT deadlocks FROM pg_stat_database WHERE datname = '{}'", database.name());
    assert_eq!(scalar(&database, &deadlocks).await, 0);
    assert_ne!(scalar(&database, "SELECT COUNT(*) FROM otp_attempts WHERE verified").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_uses_spends_a_ticket() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..20 {
        let ada = phone_number(&format!("+4915112345{round:03}"));
        let code = code_of(send(&pool, &generous(), &request(&ada)).await.expect("an answer"));
        let ticket = ticket_of(tried(&pool, &ada, &code).await);
        let spent = at_once(40, |_| {
            let (pool, ticket) = (pool.clone(), ticket.clone());
            async move {
                let client = pool.get().await.expect("a connection");
                spend(&client, &ticket, SIGN_IN).await.expect("an answer")
            }
        })
        .await;
        let numbers: Vec<String> = spent.into_iter().flatten().collect();
        assert_eq!(numbers, [ada.as_str()], "round {round}");
    }
}
