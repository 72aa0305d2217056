//! What the database never sees.

use std::collections::BTreeSet;

use barqnet_db::{
    otp::{OtpCode, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome, send, verify},
    sessions::{self, Device, RotateOutcome, SessionPolicy},
    users::{NewUser, RegisterOutcome, register_with_ticket},
};

use super::support::{code_of, config, generous, is_invalid, is_verified, keys, other_than, request, sent, ticket_of};
use crate::common::{dump, execute_sql, migrated_database, phone_number, scalar, username};

#[tokio::test]
async fn a_dump_after_a_users_whole_day_contains_no_code_no_ticket_and_no_token() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let (mut codes, mut secrets) = (Vec::new(), Vec::new());
    for user in 0..20 {
        let ada = phone_number(&format!("+49151987654{user:02}"));
        let code = sent(&pool, &ada, &generous()).await;
        assert!(is_invalid(&pool, &ada, &other_than(&code)).await);
        let ticket = ticket_of(verify(&pool, &generous(), &request(&ada), &code).await.unwrap());
        let (name, device, policy) = (format!("user-{user}"), Device::default(), SessionPolicy::default());
        let name = username(&name);
        let new = NewUser::new(&name, "tests");
        let outcome = register_with_ticket(&pool, &ticket, &new, &device, &policy).await.unwrap();
        let RegisterOutcome::Registered(registered) = outcome else { panic!("{outcome:?}") };
        let client = pool.get().await.unwrap();
        let RotateOutcome::Rotated { token, .. } =
            sessions::rotate(&client, &registered.token, None, &policy).await.unwrap()
        else {
            panic!("not rotated")
        };
        assert!(sessions::validate(&client, &token.hash(), &policy).await.unwrap().is_some());
        // One more code, live, one more ticket, unspent, and a token that was used again.
        let reset = VerificationRequest { purpose: Purpose::PasswordReset, ..request(&ada) };
        let second = code_of(send(&pool, &generous(), &reset).await.unwrap());
        let unspent = ticket_of(verify(&pool, &generous(), &reset, &second).await.unwrap());
        let change = VerificationRequest { purpose: Purpose::PhoneChange, ..request(&ada) };
        let live = code_of(send(&pool, &generous(), &change).await.unwrap());
        execute_sql(&database, "UPDATE session_token_history SET replaced_at = replaced_at - INTERVAL '1 minute'")
            .await;
        let reused = sessions::rotate(&client, &registered.token, None, &policy).await.unwrap();
        assert!(matches!(reused, RotateOutcome::Reused { .. }));
        codes.extend([code, second, live]);
        secrets.extend([ticket.expose(), unspent.expose(), registered.token.expose(), token.expose()]);
    }
    let dump = dump(&database).await;
    for table in [
        "otp_challenges",
        "otp_codes",
        "otp_tickets",
        "otp_attempts",
        "user_sessions",
        "session_token_history",
        "audit_log",
    ] {
        assert!(dump.contains(table), "nothing of {table} in {dump}");
    }
    for secret in &secrets {
        assert!(!dump.contains(secret), "{secret} in {dump}");
    }
    // A hash or a phone number can contain the six digits by chance, so only whole words are compared.
    let words: BTreeSet<&str> = dump.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    for code in &codes {
        assert!(!words.contains(code.expose()), "{} in {dump}", code.expose());
        let bytes: String = code.expose().bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!dump.contains(&bytes), "{} as bytes in {dump}", code.expose());
    }
    assert!(words.contains("user") && words.contains("4915198765407"), "words are told apart");

    // Without the key a million guesses find nothing: not the code alone, nor with what else is in the row.
    let found = "SELECT COUNT(*)
                 FROM otp_codes g
                 CROSS JOIN LATERAL (
                     SELECT LPAD(n::TEXT, 6, '0') AS code FROM GENERATE_SERIES(0, 999999) n
                 ) c
                 WHERE g.phone_number = '+4915198765400'
                   AND g.mac IN (SHA256(c.code::BYTEA), SHA256((g.phone_number || c.code)::BYTEA),
                                      SHA256(CONCAT_WS('|', 'barqnet-otp-1', g.purpose, g.phone_number, c.code)::BYTEA))";
    assert_eq!(scalar(&database, found).await, 0);
}

#[tokio::test]
async fn a_code_is_valid_under_every_accepted_key_and_no_other() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let new_key = || OtpKeys::new(2, &[8; 32]).unwrap();
    let rotated = OtpConfig::new(new_key().accept(1, &[7; 32]).unwrap());
    let (ada, bob, eve) =
        (phone_number("+4915112345678"), phone_number("+4915112345679"), phone_number("+4915112345670"));

    // Sent before the rotation, tried after it.
    let code = sent(&pool, &ada, &config()).await;
    let outcome = verify(&pool, &rotated, &request(&ada), &code).await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Verified(_)), "{outcome:?}");
    // Sent after it by one process, tried at another that knows of it but still sends under the old key.
    let code = sent(&pool, &bob, &rotated).await;
    let older = OtpConfig::new(keys().accept(2, &[8; 32]).unwrap());
    let outcome = verify(&pool, &older, &request(&bob), &code).await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Verified(_)), "{outcome:?}");
    // The old key was dropped.
    let code = sent(&pool, &eve, &config()).await;
    let outcome = verify(&pool, &OtpConfig::new(new_key()), &request(&eve), &code).await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Invalid), "{outcome:?}");
    // Another key under the same id.
    let impostor = OtpConfig::new(OtpKeys::new(1, &[9; 32]).unwrap());
    let outcome = verify(&pool, &impostor, &request(&eve), &code).await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Invalid), "{outcome:?}");
    assert!(is_verified(&pool, &eve, &code).await);
}

#[tokio::test]
async fn the_report_takes_no_code() {
    let database = migrated_database().await;
    let insert = "INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, expires_at)
                  VALUES ('+4915112345678', '048213', 'send', NOW())";
    let error = database.client().await.execute(insert, &[]).await.unwrap_err();
    assert_eq!(error.as_db_error().and_then(|error| error.constraint()), Some("chk_otp_code_masked"));
}

#[tokio::test]
async fn no_debug_text_holds_a_secret() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let ada = phone_number("+4915112345678");
    let outcome = send(&pool, &config(), &request(&ada)).await.unwrap();
    let text = format!("{outcome:?} {:?}", config());
    let SendOutcome::Sent { code, .. } = outcome else { panic!("the first code of a number") };
    assert!(!text.contains(code.expose()), "{text}");
    let outcome = verify(&pool, &config(), &request(&ada), &code).await.unwrap();
    let text = format!("{outcome:?}");
    assert!(!text.contains(&ticket_of(outcome).expose()), "{text}");

    let distinct: BTreeSet<String> = (0..100).map(|_| OtpCode::generate().expose().to_owned()).collect();
    assert!(distinct.len() > 90, "codes repeat: {distinct:?}");
}
