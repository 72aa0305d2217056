//! One-time codes: each is valid once, for a limited time, for one number, one purpose and five attempts.

use std::time::Duration;

use barqnet_db::{
    otp::{Channel, OtpCode, OtpPolicy, Purpose, SendOutcome, VerificationRequest, VerifyOutcome, send, verify},
    queries::{maintenance, otp},
};

use super::support::{
    code_of, config, config_with, different_from, expire_codes, fail_attempts, failures, generous, is_invalid,
    is_verified, let_time_pass, other_than, request, request_from, send_refused, sent, tried, try_refused,
    without_cool_down,
};
use crate::common::{execute_sql, migrated_database, phone_number, scalar, user_with_phone};

#[tokio::test]
async fn a_correct_code_is_verified_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let code = sent(&pool, &ada, &config()).await;
    assert!(is_verified(&pool, &ada, &code).await);
    assert!(is_invalid(&pool, &ada, &code).await);
    assert!(is_invalid(&pool, &ada, &code).await);
    assert_eq!(failures(&database, &ada).await, 0, "there was no live code to guess");
}

#[tokio::test]
async fn a_fifth_attempt_is_accepted_and_a_sixth_refused_even_with_the_right_code() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for (ada, wrong_tries) in [(phone_number("+4915112345678"), 5), (phone_number("+4915112345679"), 4)] {
        let code = sent(&pool, &ada, &config()).await;
        for _ in 0..wrong_tries {
            assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
        }
        assert_eq!(is_verified(&pool, &ada, &code).await, wrong_tries == 4);
    }
}

#[tokio::test]
async fn an_earlier_code_is_valid_until_its_end_when_another_is_requested() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for (ada, age, good) in
        [(phone_number("+4915112345678"), 120.0, true), (phone_number("+4915112345679"), 240.0, false)]
    {
        let earlier = sent(&pool, &ada, &config()).await;
        let_time_pass(&database, 60.0).await;
        let newest = sent(&pool, &ada, &config()).await;
        let_time_pass(&database, age).await;
        assert_eq!(is_verified(&pool, &ada, &earlier).await, good, "after {age} s more");
        // A right code ends all others.
        assert_eq!(is_verified(&pool, &ada, &newest).await, !good);
    }
}

#[tokio::test]
async fn live_codes_share_their_tries_and_each_comparison_is_a_failure() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let codes = [sent(&pool, &ada, &without_cool_down()).await, sent(&pool, &ada, &without_cool_down()).await];
    let wrong = different_from(&codes);
    for failed in [2, 4, 6, 8] {
        assert!(is_invalid(&pool, &ada, &wrong).await);
        assert_eq!(failures(&database, &ada).await, failed);
    }
    assert!(is_invalid(&pool, &ada, &wrong).await);
    assert_eq!(failures(&database, &ada).await, 10, "five tries at each of two codes");
    assert!(!try_refused(&pool, &ada, &codes[0]).await.is_zero(), "the number is locked");
}

#[tokio::test]
async fn a_try_is_compared_with_no_more_codes_than_failures_are_left() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    fail_attempts(&pool, &ada, 9).await;
    expire_codes(&pool, &ada).await;
    let codes = [sent(&pool, &ada, &generous()).await, sent(&pool, &ada, &generous()).await];
    assert!(is_invalid(&pool, &ada, &codes[0]).await, "one comparison was left, for the newest code");
    assert_eq!(failures(&database, &ada).await, 10);
    let_time_pass(&database, 899.0).await;
    assert!(!try_refused(&pool, &ada, &codes[1]).await.is_zero(), "locked for 15 minutes");
}

#[tokio::test]
async fn a_code_is_valid_until_the_end_of_its_lifetime() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for (ada, age, good) in
        [(phone_number("+4915112345678"), 290.0, true), (phone_number("+4915112345679"), 300.0, false)]
    {
        let code = sent(&pool, &ada, &config()).await;
        let_time_pass(&database, age).await;
        assert_eq!(is_verified(&pool, &ada, &code).await, good, "after {age} s");
    }
}

#[tokio::test]
async fn a_code_is_valid_for_the_time_of_the_policy_and_at_most_ten_minutes() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    for (ada, asked, given) in [(phone_number("+4915112345678"), 3, 180), (phone_number("+4915112345679"), 60, 600)] {
        let policy = OtpPolicy { lifetime: Duration::from_mins(asked), ..OtpPolicy::default() };
        let outcome = send(&pool, &config_with(policy), &request(&ada)).await.unwrap();
        let SendOutcome::Sent { expires_at, .. } = outcome else { panic!("{outcome:?}") };
        let row = database
            .client()
            .await
            .query_one(
                "SELECT EXTRACT(EPOCH FROM a.expires_at - a.created_at)::BIGINT, a.expires_at, c.expires_at
                 FROM otp_attempts a JOIN otp_codes c ON c.id = a.id WHERE a.phone_number = $1",
                &[&ada.as_str()],
            )
            .await
            .unwrap();
        assert_eq!(row.get::<_, i64>(0), given);
        for stored in [row.get::<_, chrono::DateTime<chrono::Utc>>(1), row.get(2)] {
            assert_eq!(stored, expires_at);
        }
    }
}

#[tokio::test]
async fn a_code_is_for_one_number_and_one_purpose() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let code = sent(&pool, &ada, &config()).await;
    assert!(is_invalid(&pool, &bob, &code).await);
    let reset = VerificationRequest { purpose: Purpose::PasswordReset, ..request(&ada) };
    assert!(matches!(verify(&pool, &config(), &reset, &code).await.unwrap(), VerifyOutcome::Invalid));
    assert_eq!(failures(&database, &ada).await, 0, "nothing was spent");

    // Nor can someone with write access to the database make a stored code valid for another number or purpose.
    sent(&pool, &bob, &config()).await;
    let reset_code = code_of(send(&pool, &without_cool_down(), &reset).await.unwrap());
    assert!(matches!(
        verify(&pool, &config(), &reset, &other_than(&reset_code)).await.unwrap(),
        VerifyOutcome::Invalid
    ));
    let moved = format!(
        "UPDATE otp_codes c SET mac = a.mac, key_id = a.key_id FROM otp_codes a
         WHERE a.phone_number = '{ada}' AND a.purpose = 'sign_in' AND c.mac <> a.mac"
    );
    assert_eq!(execute_sql(&database, &moved).await, 2);
    assert!(is_invalid(&pool, &bob, &code).await);
    assert!(matches!(verify(&pool, &config(), &reset, &code).await.unwrap(), VerifyOutcome::Invalid));
    assert_eq!((failures(&database, &bob).await, failures(&database, &ada).await), (1, 2));
    assert!(is_verified(&pool, &ada, &code).await);
}

#[tokio::test]
async fn unknown_and_known_numbers_are_answered_alike() {
    let database = migrated_database().await;
    let (known, unknown) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    user_with_phone(&database.pool().await.get().await.unwrap(), "ada", &known).await;
    // A role without the right to read accounts works too, so the answer can't depend on them.
    execute_sql(
        &database,
        "DO $$ BEGIN CREATE ROLE doorman LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
    )
    .await;
    execute_sql(
        &database,
        "GRANT ALL ON otp_numbers, otp_challenges, otp_codes, otp_tickets, otp_attempts, otp_attempts_id_seq, rate_counters,
             rate_returns TO doorman",
    )
    .await;
    let pool = barqnet_db::pool::connect(database.settings().user("doorman")).await.unwrap();
    assert!(pool.get().await.unwrap().query("SELECT id FROM users", &[]).await.is_err(), "the role sees accounts");

    let mut seen = Vec::new();
    for number in [&known, &unknown] {
        let mut outcomes = Vec::new();
        // Before any code, with a wrong code, with the right code, with a spent one, asked for again.
        let guess: OtpCode = "000000".parse().unwrap();
        outcomes.push(format!("{:?}", tried(&pool, number, &guess).await));
        let code = sent(&pool, number, &config()).await;
        for code in [other_than(&code), code.clone(), code] {
            outcomes.push(format!("{:?}", tried(&pool, number, &code).await));
        }
        outcomes.push((send_refused(&pool, number, &config()).await > Duration::from_secs(50)).to_string());
        for table in ["otp_attempts", "otp_challenges", "otp_tickets"] {
            let rows = format!("SELECT COUNT(*) FROM {table} WHERE phone_number = '{number}'");
            outcomes.push(format!("{table} {}", scalar(&database, &rows).await));
        }
        seen.push(outcomes);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(
        seen[0],
        [
            "Invalid",
            "Invalid",
            "Verified(Ticket(…))",
            "Invalid",
            "true",
            "otp_attempts 3",
            "otp_challenges 1",
            "otp_tickets 1"
        ]
    );
}

#[tokio::test]
async fn after_a_database_error_no_code_is_spent_and_no_challenge_is_made() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let code = sent(&pool, &ada, &config()).await;
    // The last thing that both write.
    execute_sql(&database, "ALTER TABLE otp_attempts RENAME TO elsewhere").await;
    assert!(verify(&pool, &config(), &request(&ada), &code).await.is_err());
    assert!(send(&pool, &config(), &request(&bob)).await.is_err());
    execute_sql(&database, "ALTER TABLE elsewhere RENAME TO otp_attempts").await;
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_tickets").await, 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_codes").await, 1);
    assert!(is_verified(&pool, &ada, &code).await, "the code was not spent");
}

#[tokio::test]
async fn both_kinds_of_attempt_are_recorded_with_address_and_channel_and_no_code() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let [sender, wrong_one, right_one] = ["192.0.2.1", "2001:db8::2", "192.0.2.3"];
    let by_voice = VerificationRequest { channel: Channel::Voice, ..request_from(&ada, sender) };
    let code = code_of(send(&pool, &config(), &by_voice).await.unwrap());
    verify(&pool, &config(), &request_from(&ada, wrong_one), &other_than(&code)).await.unwrap();
    verify(&pool, &config(), &request_from(&ada, right_one), &code).await.unwrap();

    let rows = database
        .client()
        .await
        .query(
            "SELECT attempt_type, HOST(ip_address), verified, otp_code, attempt_count, verified_at IS NOT NULL,
                    CONCAT_WS(' by ', purpose, channel)
             FROM otp_attempts ORDER BY id",
            &[],
        )
        .await
        .unwrap();
    let found: Vec<(&str, &str, bool, &str, i32, bool, &str)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5), row.get(6)))
        .collect();
    assert_eq!(
        found,
        [
            ("send", sender, true, "******", 2, true, "sign_in by voice"),
            ("verify", wrong_one, false, "******", 1, false, "sign_in"),
            ("verify", right_one, true, "******", 1, true, "sign_in"),
        ]
    );
}

#[tokio::test]
async fn deleting_old_attempts_restores_no_attempt_and_no_code() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    for _ in 0..2 {
        let wrong = other_than(&sent(&pool, &ada, &without_cool_down()).await);
        for _ in 0..4 {
            assert!(is_invalid(&pool, &ada, &wrong).await);
        }
        let_time_pass(&database, 300.0).await;
    }
    // Two hours later the report is empty, and everything else as it was.
    let_time_pass(&database, 7200.0).await;
    let client = pool.get().await.unwrap();
    assert_eq!(maintenance::delete_expired_otp_attempts().bind(&client, &3600.0, &500).await.unwrap(), 10);
    assert_eq!(maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &500).await.unwrap(), 0);
    let guards = otp::status().bind(&client, &ada).all().await.unwrap();
    assert_eq!((guards[0].failures, guards[0].sent_last_day), (8, 2));
    assert_eq!((guards[0].purpose.as_str(), guards[0].code_expires_at), ("sign_in", None));

    // Even after a week: failures in a row know no time.
    let_time_pass(&database, 604_800.0).await;
    assert_eq!(maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &500).await.unwrap(), 0);
    fail_attempts(&pool, &ada, 2).await;
    assert!(!send_refused(&pool, &ada, &without_cool_down()).await.is_zero(), "the tenth failure locks");
}

#[tokio::test]
async fn expired_rate_limit_state_is_deleted() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = phone_number("+4915112345678");
    let code = sent(&pool, &ada, &config()).await;
    assert!(is_verified(&pool, &ada, &code).await);
    let_time_pass(&database, 172_790.0).await;
    assert_eq!(maintenance::delete_expired_otp_tickets().bind(&client, &500).await.unwrap(), 1);
    assert_eq!(maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &500).await.unwrap(), 0);
    let_time_pass(&database, 10.0).await;
    assert_eq!(maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &500).await.unwrap(), 1);
    // A shorter time than the longest window would make a limit forget.
    sent(&pool, &ada, &config()).await;
    let_time_pass(&database, 7200.0).await;
    assert_eq!(maintenance::delete_quiet_otp_numbers().bind(&client, &1.0, &500).await.unwrap(), 0);
}

#[tokio::test]
async fn an_erased_person_leaves_no_code_and_no_network_of_a_request() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    user_with_phone(&pool.get().await.unwrap(), "ada", &ada).await;
    code_of(send(&pool, &config(), &request_from(&ada, "203.0.113.7")).await.unwrap());
    barqnet_db::users::erase(&pool, "ada", &crate::common::number_keys()).await.unwrap().expect("there is an account");
    for table in ["otp_codes", "otp_attempts"] {
        assert_eq!(scalar(&database, &format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}
