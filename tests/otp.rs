//! One-time passwords: each is good once, for a while, for one number and for five tries, whoever comes at once.

#[expect(dead_code, reason = "each test file uses some of the fixtures")]
mod common;

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use barqnet_db::{
    PhoneNumber,
    otp::{OtpCode, OtpPolicy, SendOutcome, VerifyOutcome, send, verify},
    pool::Pool,
    queries::{maintenance, otp},
};
use barqnet_db_testing::TestDatabase;
use common::{at_once, count, number, pool_of, sql, user_with_phone};

const HOUR: Duration = Duration::from_hours(1);

/// The default rules, but codes may follow each other at once.
fn without_cool_down() -> OtpPolicy {
    OtpPolicy { cool_down: Duration::ZERO, ..OtpPolicy::default() }
}

async fn sent(pool: &Pool, to: &PhoneNumber, policy: &OtpPolicy) -> OtpCode {
    match send(pool, to, None, policy).await.expect("an answer") {
        SendOutcome::Sent { code, .. } => code,
        SendOutcome::RetryAfter(wait) => panic!("no code for {wait:?}"),
    }
}

async fn tried(pool: &Pool, number: &PhoneNumber, code: &OtpCode) -> VerifyOutcome {
    verify(pool, number, code, None, &OtpPolicy::default()).await.expect("an answer")
}

/// A code that differs from this one in its last digit.
fn other_than(code: &OtpCode) -> OtpCode {
    let (start, last) = code.expose().split_at(5);
    let last: u32 = last.parse().expect("a digit");
    format!("{start}{}", (last + 1) % 10).parse().expect("six digits")
}

async fn tries_counted(database: &TestDatabase, number: &PhoneNumber) -> i64 {
    let query = "SELECT COALESCE(SUM(attempt_count), 0)::BIGINT FROM otp_attempts WHERE attempt_type = 'send' AND phone_number = ";
    count(database, &format!("{query}'{number}'")).await
}

#[tokio::test]
async fn a_right_code_is_verified_once_and_never_again() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let code = sent(&pool, &ada, &OtpPolicy::default()).await;
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Verified);
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Invalid);
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Invalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_right_tries_at_once_exactly_one_is_verified() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..10 {
        let ada = number(&format!("+491511234567{round}"));
        let code = sent(&pool, &ada, &OtpPolicy::default()).await;
        let outcomes = at_once(40, |_| {
            let (pool, ada, code) = (pool.clone(), ada.clone(), code.clone());
            async move { tried(&pool, &ada, &code).await }
        })
        .await;
        let verified = outcomes.iter().filter(|outcome| **outcome == VerifyOutcome::Verified).count();
        assert_eq!(verified, 1, "round {round}: {outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_wrong_tries_at_once_five_are_counted_and_the_right_code_is_then_refused() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..5 {
        let ada = number(&format!("+491511234567{round}"));
        let code = sent(&pool, &ada, &OtpPolicy::default()).await;
        let wrong = other_than(&code);
        let outcomes = at_once(40, |_| {
            let (pool, ada, wrong) = (pool.clone(), ada.clone(), wrong.clone());
            async move { tried(&pool, &ada, &wrong).await }
        })
        .await;
        assert!(outcomes.iter().all(|outcome| *outcome == VerifyOutcome::Invalid), "{outcomes:?}");
        assert_eq!(tries_counted(&database, &ada).await, 5, "round {round}");
        assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Invalid);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn right_and_wrong_tries_at_once_give_at_most_one_verified_within_five_tries() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..5 {
        let ada = number(&format!("+491511234567{round}"));
        let code = sent(&pool, &ada, &OtpPolicy::default()).await;
        let wrong = other_than(&code);
        let outcomes = at_once(40, |task| {
            let (pool, ada) = (pool.clone(), ada.clone());
            let code = if task % 2 == 0 { code.clone() } else { wrong.clone() };
            async move { tried(&pool, &ada, &code).await }
        })
        .await;
        let verified = outcomes.iter().filter(|outcome| **outcome == VerifyOutcome::Verified).count();
        assert!(verified <= 1, "round {round}: {outcomes:?}");
        let tries = tries_counted(&database, &ada).await;
        assert!((1..=5).contains(&tries), "round {round}: {tries} tries");
        assert!(verified == 1 || tries == 5, "round {round}: refused after {tries} tries");
    }
}

#[tokio::test]
async fn a_sixth_try_is_refused_even_with_the_right_code() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let code = sent(&pool, &ada, &OtpPolicy::default()).await;
    for _ in 0..5 {
        assert_eq!(tried(&pool, &ada, &other_than(&code)).await, VerifyOutcome::Invalid);
    }
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Invalid);
}

#[tokio::test]
async fn a_fifth_try_with_the_right_code_is_good() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let code = sent(&pool, &ada, &OtpPolicy::default()).await;
    for _ in 0..4 {
        assert_eq!(tried(&pool, &ada, &other_than(&code)).await, VerifyOutcome::Invalid);
    }
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Verified);
}

#[tokio::test]
async fn a_new_code_kills_the_old_one_for_good() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let old = sent(&pool, &ada, &without_cool_down()).await;
    let new = loop {
        let new = sent(&pool, &ada, &without_cool_down()).await;
        // Once in a million times both are the same.
        if new.expose() != old.expose() {
            break new;
        }
    };
    assert_eq!(tried(&pool, &ada, &old).await, VerifyOutcome::Invalid);
    assert_eq!(tried(&pool, &ada, &new).await, VerifyOutcome::Verified);
    // The newest is spent: the old one doesn't come back to life.
    assert_eq!(tried(&pool, &ada, &old).await, VerifyOutcome::Invalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_sent_while_the_old_one_is_tried_is_good_once() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 21).await;
    for round in 0..5 {
        let ada = number(&format!("+491511234567{round}"));
        let old = sent(&pool, &ada, &without_cool_down()).await;
        let results = at_once(21, |task| {
            let (pool, ada, old) = (pool.clone(), ada.clone(), old.clone());
            async move {
                if task == 20 {
                    return (Some(sent(&pool, &ada, &without_cool_down()).await), None);
                }
                (None, Some(tried(&pool, &ada, &other_than(&old)).await))
            }
        })
        .await;
        let new = results.into_iter().find_map(|(code, _)| code).expect("one was sent");
        // Tries at the old code may have gone to the new one, five at most.
        let tries = count(
            &database,
            &format!("SELECT attempt_count::BIGINT FROM otp_attempts WHERE attempt_type = 'send' AND phone_number = '{ada}' ORDER BY id DESC LIMIT 1"),
        )
        .await;
        let failures = otp::failures_last_hour().bind(&pool.get().await.unwrap(), &ada).one().await.unwrap();
        let expected = match (tries, failures) {
            (_, 10..) => VerifyOutcome::RetryAfter(HOUR),
            (5, _) => VerifyOutcome::Invalid,
            _ => VerifyOutcome::Verified,
        };
        assert_eq!(tried(&pool, &ada, &new).await, expected, "round {round}: {tries} tries, {failures} failures");
    }
}

#[tokio::test]
async fn an_expired_code_is_refused() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let code = sent(&pool, &ada, &OtpPolicy::default()).await;
    sql(&database, "UPDATE otp_attempts SET expires_at = CLOCK_TIMESTAMP()").await;
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Invalid);
}

#[tokio::test]
async fn a_code_lives_as_long_as_the_policy_says() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let policy = OtpPolicy { lifetime: Duration::from_mins(3), ..OtpPolicy::default() };
    let SendOutcome::Sent { expires_at, .. } = send(&pool, &number("+4915112345678"), None, &policy).await.unwrap()
    else {
        panic!("the first code of a number");
    };
    let lifetime = "SELECT EXTRACT(EPOCH FROM expires_at - created_at)::BIGINT FROM otp_attempts";
    assert_eq!(count(&database, lifetime).await, 180);
    let stored = database.client().await.query_one("SELECT expires_at FROM otp_attempts", &[]).await.unwrap();
    assert_eq!(stored.get::<_, chrono::DateTime<chrono::Utc>>(0), expires_at);
}

#[tokio::test]
async fn the_code_of_another_number_is_refused_and_spends_nothing() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let (ada, bob) = (number("+4915112345678"), number("+4915112345679"));
    let code = sent(&pool, &ada, &OtpPolicy::default()).await;
    assert_eq!(tried(&pool, &bob, &code).await, VerifyOutcome::Invalid);
    assert_eq!(tries_counted(&database, &ada).await, 0);
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Verified);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_requests_at_once_one_is_sent_and_the_others_wait() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..5 {
        let ada = number(&format!("+491511234567{round}"));
        let outcomes = at_once(40, |_| {
            let (pool, ada) = (pool.clone(), ada.clone());
            async move { send(&pool, &ada, None, &OtpPolicy::default()).await.expect("an answer") }
        })
        .await;
        let sent = outcomes.iter().filter(|outcome| matches!(outcome, SendOutcome::Sent { .. })).count();
        assert_eq!(sent, 1, "round {round}");
        let cool_down = OtpPolicy::default().cool_down;
        let waiting = |outcome: &&SendOutcome| matches!(outcome, SendOutcome::RetryAfter(wait) if !wait.is_zero() && *wait <= cool_down);
        assert_eq!(outcomes.iter().filter(waiting).count(), 39, "round {round}: {outcomes:?}");
    }
    assert_eq!(count(&database, "SELECT COUNT(*) FROM otp_attempts").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_number_gets_five_codes_an_hour_however_they_are_asked_for() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 20).await;
    let ada = number("+4915112345678");
    let outcomes = at_once(20, |_| {
        let (pool, ada) = (pool.clone(), ada.clone());
        async move { send(&pool, &ada, None, &without_cool_down()).await.expect("an answer") }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, SendOutcome::Sent { .. })).count(), 5);
    let another = send(&pool, &ada, None, &without_cool_down()).await.unwrap();
    assert!(matches!(another, SendOutcome::RetryAfter(wait) if !wait.is_zero() && wait <= HOUR), "{another:?}");
    // Another number is not concerned.
    sent(&pool, &number("+4915112345679"), &OtpPolicy::default()).await;

    sql(&database, "UPDATE otp_attempts SET created_at = created_at - INTERVAL '1 hour'").await;
    sent(&pool, &ada, &OtpPolicy::default()).await;
}

#[tokio::test]
async fn a_code_can_be_had_again_when_the_cool_down_is_over() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    sent(&pool, &ada, &OtpPolicy::default()).await;
    sql(&database, "UPDATE otp_attempts SET created_at = created_at - INTERVAL '59 seconds'").await;
    assert!(matches!(send(&pool, &ada, None, &OtpPolicy::default()).await.unwrap(), SendOutcome::RetryAfter(_)));
    sql(&database, "UPDATE otp_attempts SET created_at = created_at - INTERVAL '1 second'").await;
    sent(&pool, &ada, &OtpPolicy::default()).await;
}

#[tokio::test]
async fn wrong_tries_add_up_over_new_codes_until_the_number_is_locked() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    for _ in 0..2 {
        let code = sent(&pool, &ada, &without_cool_down()).await;
        for _ in 0..5 {
            assert_eq!(tried(&pool, &ada, &other_than(&code)).await, VerifyOutcome::Invalid);
        }
    }
    let code = sent(&pool, &ada, &without_cool_down()).await;
    let locked = tried(&pool, &ada, &code).await;
    assert!(matches!(locked, VerifyOutcome::RetryAfter(wait) if !wait.is_zero() && wait <= HOUR), "{locked:?}");
    assert_eq!(tries_counted(&database, &ada).await, 10, "a refused try is not a try");

    sql(&database, "UPDATE otp_attempts SET last_attempt_at = last_attempt_at - INTERVAL '1 hour'").await;
    assert_eq!(tried(&pool, &ada, &code).await, VerifyOutcome::Verified);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_hourly_limit_on_wrong_tries_holds_when_they_come_at_once() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 40).await;
    let policy = OtpPolicy::default();
    for round in 0..5 {
        let ada = number(&format!("+491511234567{round}"));
        // Four and four: two are left of ten, though the next code would bear five.
        for _ in 0..2 {
            let code = sent(&pool, &ada, &without_cool_down()).await;
            for _ in 0..4 {
                assert_eq!(tried(&pool, &ada, &other_than(&code)).await, VerifyOutcome::Invalid);
            }
        }
        let wrong = other_than(&sent(&pool, &ada, &without_cool_down()).await);
        at_once(40, |_| {
            let (pool, ada, wrong) = (pool.clone(), ada.clone(), wrong.clone());
            async move { tried(&pool, &ada, &wrong).await }
        })
        .await;
        assert_eq!(tries_counted(&database, &ada).await, policy.failures_an_hour, "round {round}");
    }
}

#[tokio::test]
async fn cleaning_up_gives_no_try_and_no_code_back() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    for _ in 0..2 {
        let code = sent(&pool, &ada, &without_cool_down()).await;
        for _ in 0..5 {
            tried(&pool, &ada, &other_than(&code)).await;
        }
    }
    // Fifty-nine minutes ago: expired since 54, still within the hour.
    sql(
        &database,
        "UPDATE otp_attempts SET created_at = created_at - INTERVAL '59 min', expires_at = expires_at - INTERVAL '59 min',
                                 last_attempt_at = last_attempt_at - INTERVAL '59 min'",
    )
    .await;
    let client = pool.get().await.unwrap();
    maintenance::delete_expired_otp_attempts().bind(&client, &3600.0, &500).await.unwrap();
    assert_eq!(otp::failures_last_hour().bind(&client, &ada).one().await.unwrap(), 10);
    assert_eq!(otp::recent_sends().bind(&client, &ada, &3600.0).one().await.unwrap().sent, 2);

    sql(&database, "UPDATE otp_attempts SET expires_at = expires_at - INTERVAL '1 hour'").await;
    assert_ne!(maintenance::delete_expired_otp_attempts().bind(&client, &3600.0, &500).await.unwrap(), 0);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM otp_attempts").await, 0);
}

#[tokio::test]
async fn an_unknown_number_can_not_be_told_from_a_known_one() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let (known, unknown) = (number("+4915112345678"), number("+4915112345679"));
    user_with_phone(&pool.get().await.unwrap(), "ada", &known).await;
    let mut seen = Vec::new();
    for number in [&known, &unknown] {
        let mut outcomes = Vec::new();
        // Before any code, with a wrong code, with the right code, with a spent one, asked for again.
        let guess: OtpCode = "000000".parse().unwrap();
        outcomes.push(format!("{:?}", tried(&pool, number, &guess).await));
        let code = sent(&pool, number, &OtpPolicy::default()).await;
        for code in [other_than(&code), code.clone(), code] {
            outcomes.push(format!("{:?}", tried(&pool, number, &code).await));
        }
        let again = send(&pool, number, None, &OtpPolicy::default()).await.unwrap();
        outcomes.push(matches!(again, SendOutcome::RetryAfter(_)).to_string());
        let rows =
            count(&database, &format!("SELECT COUNT(*) FROM otp_attempts WHERE phone_number = '{number}'")).await;
        outcomes.push(rows.to_string());
        seen.push(outcomes);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], ["Invalid", "Invalid", "Verified", "Invalid", "true", "5"]);
}

#[tokio::test]
async fn both_kinds_of_attempt_are_recorded_with_their_address_and_a_try_without_its_code() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let (sender, wrong_one, right_one): (IpAddr, IpAddr, IpAddr) =
        ("192.0.2.1".parse().unwrap(), "2001:db8::2".parse().unwrap(), "192.0.2.3".parse().unwrap());
    let policy = OtpPolicy::default();
    let SendOutcome::Sent { code, .. } = send(&pool, &ada, Some(sender), &policy).await.unwrap() else {
        panic!("the first code of a number");
    };
    verify(&pool, &ada, &other_than(&code), Some(wrong_one), &policy).await.unwrap();
    verify(&pool, &ada, &code, Some(right_one), &policy).await.unwrap();

    let rows = database
        .client()
        .await
        .query("SELECT attempt_type, ip_address, verified, otp_code, attempt_count FROM otp_attempts ORDER BY id", &[])
        .await
        .unwrap();
    let found: Vec<(&str, IpAddr, bool, &str, i32)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4))).collect();
    assert_eq!(
        found,
        [
            ("send", sender, true, code.expose(), 2),
            ("verify", wrong_one, false, "******", 1),
            ("verify", right_one, true, "******", 1),
        ]
    );
}

#[tokio::test]
async fn the_typed_statements_say_what_is_left_of_a_code() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = number("+4915112345678");
    assert!(otp::verify().bind(&client, &"123456", &ada, &3).opt().await.unwrap().is_none(), "there is no code");
    let first = otp::send().bind(&client, &ada, &"123456", &None, &300.0).one().await.unwrap();
    let second = otp::send().bind(&client, &ada, &"654321", &None, &300.0).one().await.unwrap();
    assert!(second.id > first.id && second.expires_at >= first.expires_at);
    let recent = otp::recent_sends().bind(&client, &ada, &60.0).one().await.unwrap();
    assert_eq!(recent.sent, 2);
    assert!(recent.newest_at.is_some_and(|newest| newest < second.expires_at));

    let mut left = Vec::new();
    for code in ["123456", "111111", "654321"] {
        let tried = otp::verify().bind(&client, &code, &ada, &3).one().await.unwrap();
        left.push((tried.verified, tried.tries_left));
    }
    assert_eq!(left, [(false, 2), (false, 1), (true, 0)]);
    assert!(otp::verify().bind(&client, &"654321", &ada, &3).opt().await.unwrap().is_none(), "it is spent");
    assert_eq!(otp::failures_last_hour().bind(&client, &ada).one().await.unwrap(), 2);
    assert_eq!(otp::record_attempt().bind(&client, &ada, &None, &false).await.unwrap(), 1);
    assert_eq!(otp::failures_last_hour().bind(&client, &ada).one().await.unwrap(), 2, "the report decides nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_locked_number_makes_the_next_caller_wait_until_the_transaction_ends() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let ada = number("+4915112345678");
    let mut first = pool.get().await.unwrap();
    let holding = first.transaction().await.unwrap();
    otp::lock_phone_number().bind(&holding, &ada).one().await.unwrap();

    let waiter = tokio::spawn({
        let (pool, ada) = (pool.clone(), ada.clone());
        async move { sent(&pool, &ada, &OtpPolicy::default()).await }
    });
    // Another number is not in the way of it.
    sent(&pool, &number("+4915112345679"), &OtpPolicy::default()).await;
    while count(&database, "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!waiter.is_finished());
    otp::send().bind(&holding, &ada, &"123456", &None, &300.0).one().await.unwrap();
    holding.rollback().await.unwrap();
    // The code of the transaction that was rolled back is no reason to wait any longer.
    waiter.await.expect("a code for whoever waited");
}

#[tokio::test]
async fn no_debug_text_holds_a_code() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let outcome = send(&pool, &number("+4915112345678"), None, &OtpPolicy::default()).await.unwrap();
    let text = format!("{outcome:?}");
    let SendOutcome::Sent { code, .. } = outcome else { panic!("the first code of a number") };
    assert!(!text.contains(code.expose()), "{text}");

    let distinct: BTreeSet<String> = (0..100).map(|_| OtpCode::generate().expose().to_owned()).collect();
    assert!(distinct.len() > 90, "codes repeat: {distinct:?}");
}
