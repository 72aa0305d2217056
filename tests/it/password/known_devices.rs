//! A device that presents a token of an earlier sign-in has limits of its own.

use barqnet_db::{
    sessions::{CreateOutcome, Device, RevokeReason, RotateOutcome, SessionPolicy, Token, TokenHash, create, rotate},
    users::{Credentials, PasswordSignInOutcome},
};

use super::support::{
    RIGHT, WRONG, account, at, fail, fail_times, is_refused, let_time_pass, limits, of, opened, sign_in, sign_in_from,
};
use crate::common::{execute_sql, migrated_database};

#[tokio::test]
async fn strangers_keep_no_known_device_out() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    let earlier = opened(sign_in(&pool, &of("ada", RIGHT)).await).token.hash();
    for _ in 0..8 {
        fail_times(&pool, "ada", 10, None).await;
        let_time_pass(&database, 86_400).await;
    }
    // What everybody behind her address has used up is no matter either.
    for number in 0..30 {
        fail(&pool, &format!("name-{number}"), Some("192.0.2.1"), None).await;
    }
    let (home, limits) = (at("192.0.2.1"), limits());
    let known = Credentials { known_token: Some(&earlier), ..of("ada", RIGHT) };
    let unknown = sign_in_from(&pool, &of("ada", RIGHT), &at("192.0.2.2"), &limits).await;
    assert!(matches!(unknown, PasswordSignInOutcome::RetryAfter(_)), "{unknown:?}");
    assert!(is_refused(&sign_in_from(&pool, &Credentials { password: WRONG, ..known }, &home, &limits).await));
    opened(sign_in_from(&pool, &known, &home, &limits).await);
    assert!(is_refused(&sign_in(&pool, &of("ada", WRONG)).await), "that unlocks it for all");
}

#[tokio::test]
async fn a_stolen_token_is_good_for_twenty_tries_which_lock_nobody_else_out() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    let stolen = opened(sign_in(&pool, &of("ada", RIGHT)).await).token.hash();
    let refusal = async || fail(&pool, "ada", None, Some(&stolen)).await.map(|(limit, _)| limit);
    fail_times(&pool, "ada", 10, Some(&stolen)).await;
    assert_eq!(refusal().await.as_deref(), Some("lock"));
    let_time_pass(&database, 900).await;
    fail_times(&pool, "ada", 10, Some(&stolen)).await;
    let_time_pass(&database, 86_400).await;
    assert_eq!(refusal().await.as_deref(), Some("closed"));
    fail_times(&pool, "ada", 9, None).await;
    opened(sign_in(&pool, &of("ada", RIGHT)).await);
}

#[tokio::test]
async fn a_token_makes_a_device_known_unless_its_session_ended_for_what_could_be_a_theft() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (account(&pool, "ada").await, account(&pool, "bob").await);
    let policy = SessionPolicy { max_sessions: None, ..SessionPolicy::default() };
    let token_of = async |user: i64| match create(&client, user, &Device::default(), &policy).await.unwrap() {
        CreateOutcome::Created(token, session) => (token, session.id),
        other => panic!("{other:?}"),
    };
    // Only known devices are compared any more.
    execute_sql(&database, "DELETE FROM password_failures").await;
    for _ in 0..8 {
        fail_times(&pool, "ada", 10, None).await;
        let_time_pass(&database, 86_400).await;
    }
    let is_known = async |token: &TokenHash| {
        let refusal = fail(&pool, "ada", None, Some(token)).await;
        execute_sql(&database, "UPDATE password_failures SET known_failures = 0").await;
        refusal.is_none()
    };
    let (live, _) = token_of(ada).await;
    assert!(is_known(&live.hash()).await);
    let (expired, id) = token_of(ada).await;
    execute_sql(&database, &format!("UPDATE user_sessions SET expires_at = created_at WHERE id = {id}")).await;
    assert!(is_known(&expired.hash()).await);
    let RotateOutcome::Rotated { token: newer, .. } = rotate(&client, &live, None, &policy).await.unwrap() else {
        panic!("it is live")
    };
    assert!(!is_known(&live.hash()).await, "it was replaced");
    assert!(is_known(&newer.hash()).await);
    assert!(!is_known(&token_of(bob).await.0.hash()).await, "it is another's");
    assert!(!is_known(&Token::generate().hash()).await);
    for (reason, harmless) in [
        (RevokeReason::SignOut, true),
        (RevokeReason::SessionLimit, true),
        (RevokeReason::Superseded, true),
        (RevokeReason::DeviceLimit, true),
        (RevokeReason::RoleChange, true),
        (RevokeReason::AccountExpired, true),
        (RevokeReason::DeviceLost, false),
        (RevokeReason::PasswordChange, false),
        (RevokeReason::PhoneChange, false),
        (RevokeReason::TokenReuse, false),
        (RevokeReason::AccountDeactivated, false),
        (RevokeReason::Administrator, false),
    ] {
        let (token, id) = token_of(ada).await;
        let revoke =
            format!("UPDATE user_sessions SET revoked = TRUE, revoked_reason = '{}' WHERE id = {id}", reason.as_str());
        execute_sql(&database, &revoke).await;
        assert_eq!(is_known(&token.hash()).await, harmless, "{reason:?}");
    }
}
