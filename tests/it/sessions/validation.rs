//! Sessions: a token of a usable account is valid until its session ends.

use std::{collections::BTreeSet, time::Duration};

use barqnet_db::{
    PhoneNumber,
    queries::{maintenance, monitoring, sessions, users},
    sessions::{
        CleanUp, CreateOutcome, Device, RevokeReason, RotateOutcome, SessionPolicy, Token, TokenHash, clean_up, create,
        create_with_hash, list, revoke, revoke_all, revoke_others, rotate, validate,
    },
};
use chrono::{TimeDelta, Utc};

use super::support::{DAY, active, created, is_valid, policy, rotated, signed_in};
use crate::common::{days, execute_sql, migrated_database, phone_number, scalar, user, user_with_phone};

#[tokio::test]
async fn validating_a_token_returns_its_session_and_user() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let phone: PhoneNumber = phone_number("+4915112345678");
    let ada = user_with_phone(&client, "ada", &phone).await;
    let bob = user(&client, "bob").await;
    let device = Device {
        id: None,
        name: Some("iPhone 15".to_owned()),
        ip_address: Some("2001:db8::1".parse().unwrap()),
        user_agent: Some("BarqNet/2.1".to_owned()),
    };
    let (token, opened) = created(&client, ada, &device).await;
    signed_in(&client, bob).await;

    let valid = validate(&client, &token.hash(), &policy()).await.unwrap().expect("a live session");
    assert_eq!((valid.session_id, valid.user_id, valid.username.as_str()), (opened.id, ada, "ada"));
    assert_eq!((valid.phone_number.as_deref(), valid.server_id.as_str()), (Some(phone.as_str()), "node-1"));
    assert_eq!((valid.expires_at, valid.role.as_str()), (opened.expires_at, "user"));
    assert_eq!(valid.created_at.map(|created| opened.expires_at - created), Some(TimeDelta::days(30)));

    let listed = list(&client, ada, i64::MAX, 10, &policy()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].device_info.as_deref(), listed[0].user_agent.as_deref()),
        (Some("iPhone 15"), Some("BarqNet/2.1"))
    );
    assert_eq!((listed[0].ip_address, listed[0].revoked), (device.ip_address, false));
}

#[tokio::test]
async fn an_unknown_token_is_invalid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    signed_in(&client, ada).await;
    let unknown = Token::generate();
    assert!(!is_valid(&client, &unknown).await);
    assert!(matches!(rotate(&client, &unknown, None, &policy()).await.unwrap(), RotateOutcome::Invalid));
}

#[tokio::test]
async fn revoked_and_expired_sessions_are_invalid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (revoked, _) = signed_in(&client, ada).await;
    let (expired, id) = signed_in(&client, ada).await;
    let (live, _) = signed_in(&client, ada).await;
    assert_eq!(sessions::revoke_by_token().bind(&client, &RevokeReason::SignOut, &revoked.hash()).await.unwrap(), 1);
    execute_sql(&database, &format!("UPDATE user_sessions SET expires_at = CLOCK_TIMESTAMP() WHERE id = {id}")).await;
    assert!(!is_valid(&client, &revoked).await);
    assert!(!is_valid(&client, &expired).await);
    assert!(is_valid(&client, &live).await);
    assert_eq!(active(&client, ada).await, 1);
    assert_eq!(monitoring::count_active_sessions().bind(&client).one().await.unwrap(), 1);
    // What is over can't be touched or rotated either.
    assert_eq!(sessions::touch().bind(&client, &id, &1e9, &0.0).await.unwrap(), 0);
    for token in [revoked, expired] {
        assert!(matches!(rotate(&client, &token, None, &policy()).await.unwrap(), RotateOutcome::Invalid));
    }
}

#[tokio::test]
async fn sessions_of_a_closed_or_expired_account_are_invalid() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, _) = signed_in(&client, ada).await;
    let is_refused = async |id: i64| {
        let outcome = create(&client, id, &Device::default(), &policy()).await.unwrap();
        matches!(outcome, CreateOutcome::Unusable)
    };
    assert_eq!(users::deactivate().bind(&client, &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await);
    assert!(matches!(rotate(&client, &token, None, &policy()).await.unwrap(), RotateOutcome::Invalid));
    assert!(is_refused(ada).await);
    assert_eq!(users::reactivate().bind(&client, &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await, "it has ended with the deactivation");
    let (token, _) = signed_in(&client, ada).await;

    let past = Utc::now() - TimeDelta::seconds(1);
    assert_eq!(users::set_expiry().bind(&client, &Some(past), &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await);
    assert!(is_refused(ada).await);
    let future = Utc::now() + TimeDelta::hours(1);
    users::set_expiry().bind(&client, &Some(future), &"ada").await.unwrap();
    assert!(is_valid(&client, &token).await);
    assert!(is_refused(-1).await, "there is no such account");
}

#[tokio::test]
async fn a_hash_from_a_dump_is_not_a_valid_token() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, _) = signed_in(&client, ada).await;
    let stored = database.client().await.query_one("SELECT token_hash FROM user_sessions", &[]).await.unwrap();
    let stored: &str = stored.get(0);
    assert_eq!(stored, token.hash().as_str());
    let stolen: Token = stored.parse().expect("64 hexadecimal digits");
    assert!(!is_valid(&client, &stolen).await);
}

#[tokio::test]
async fn a_session_is_created_by_hash_only_if_no_other_session_has_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let hash = TokenHash::of(b"the id of a JWT");
    let device = Device::default();
    let opened = create_with_hash(&client, ada, &hash, &device, &policy()).await.unwrap();
    assert!(matches!(opened, CreateOutcome::Created((), _)), "{opened:?}");
    for id in [ada, bob] {
        // Planting a token on another user (session fixation) is refused.
        assert_eq!(create_with_hash(&client, id, &hash, &device, &policy()).await.unwrap(), CreateOutcome::TokenInUse);
    }
    assert_eq!(validate(&client, &hash, &policy()).await.unwrap().expect("a live session").user_id, ada);
    assert_eq!(active(&client, bob).await, 0);
}

#[tokio::test]
async fn a_user_cannot_end_the_session_of_another_user() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let (token, id) = signed_in(&client, ada).await;
    assert!(!revoke(&client, bob, id, RevokeReason::SignOut).await.unwrap());
    assert!(is_valid(&client, &token).await);
    assert_eq!(revoke_all(&client, bob, RevokeReason::Administrator).await.unwrap(), 0);
    assert_eq!(revoke_others(&client, bob, -1, RevokeReason::SignOut).await.unwrap(), 0);
    assert!(is_valid(&client, &token).await);
}

#[tokio::test]
async fn a_session_is_revoked_once_and_keeps_the_first_reason() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, id) = signed_in(&client, ada).await;
    assert!(revoke(&client, ada, id, RevokeReason::SignOut).await.unwrap());
    let ended = sessions::list_by_user().bind(&client, &ada, &i64::MAX, &1).one().await.unwrap();
    assert_eq!((ended.revoked, ended.revoked_reason.as_deref()), (true, Some("sign_out")));
    assert!(ended.revoked_at.is_some());

    assert!(!revoke(&client, ada, id, RevokeReason::TokenReuse).await.unwrap());
    assert_eq!(sessions::revoke_by_token().bind(&client, &RevokeReason::TokenReuse, &token.hash()).await.unwrap(), 0);
    assert_eq!(revoke_all(&client, ada, RevokeReason::TokenReuse).await.unwrap(), 0);
    let again = sessions::list_by_user().bind(&client, &ada, &i64::MAX, &1).one().await.unwrap();
    assert_eq!((again.revoked_at, again.revoked_reason), (ended.revoked_at, ended.revoked_reason));
}

#[tokio::test]
async fn signing_out_the_others_keeps_this_session_and_signing_out_all_ends_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let (first, _) = signed_in(&client, ada).await;
    let (kept, id) = signed_in(&client, ada).await;
    let (third, _) = signed_in(&client, ada).await;
    let (of_bob, _) = signed_in(&client, bob).await;
    assert_eq!(revoke_others(&client, ada, id, RevokeReason::PasswordChange).await.unwrap(), 2);
    assert!(is_valid(&client, &kept).await && is_valid(&client, &of_bob).await);
    assert!(!is_valid(&client, &first).await && !is_valid(&client, &third).await);

    assert_eq!(revoke_all(&client, ada, RevokeReason::RoleChange).await.unwrap(), 1);
    assert!(!is_valid(&client, &kept).await);
    assert!(is_valid(&client, &of_bob).await);
    let (after, _) = signed_in(&client, ada).await;
    assert!(is_valid(&client, &after).await, "whoever signs in after it is in");
}

#[tokio::test]
async fn signing_out_everywhere_ends_a_session_created_concurrently() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, id) = signed_in(&client, ada).await;
    revoke_all(&client, ada, RevokeReason::Administrator).await.unwrap();
    // As if its row had become visible only now.
    let unseen = "UPDATE user_sessions SET revoked = FALSE, revoked_at = NULL, revoked_reason = NULL WHERE id = ";
    execute_sql(&database, &format!("{unseen}{id}")).await;
    assert!(!is_valid(&client, &token).await);
    assert!(matches!(rotate(&client, &token, None, &policy()).await.unwrap(), RotateOutcome::Invalid));
    assert_eq!(active(&client, ada).await, 0);
    // Even where the clock has gone back since.
    execute_sql(&database, "UPDATE users SET sessions_valid_after = NOW() + INTERVAL '1 hour'").await;
    let (after, _) = signed_in(&client, ada).await;
    assert!(is_valid(&client, &after).await);
}

#[tokio::test]
async fn paging_through_sessions_returns_each_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let mut expected = Vec::new();
    for number in 0..23 {
        let (_, id) = signed_in(&client, ada).await;
        signed_in(&client, bob).await;
        expected.push(id);
        if number % 3 == 0 {
            revoke(&client, ada, id, RevokeReason::SignOut).await.unwrap();
        }
    }
    expected.reverse();
    let (mut all, mut live, mut before_all, mut before_live) = (Vec::new(), Vec::new(), i64::MAX, i64::MAX);
    loop {
        let page = sessions::list_by_user().bind(&client, &ada, &before_all, &5).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before_all = last.id;
        all.extend(page.iter().map(|session| session.id));
    }
    loop {
        let page = list(&client, ada, before_live, 4, &policy()).await.unwrap();
        let Some(last) = page.last() else { break };
        before_live = last.id;
        live.extend(page.iter().map(|session| session.id));
    }
    assert_eq!(all, expected);
    assert_eq!(live.len(), 15);
    assert!(live.iter().collect::<BTreeSet<_>>().len() == 15 && live.is_sorted_by(|one, next| one > next));
    assert_eq!(active(&client, ada).await, 15);
}

#[tokio::test]
async fn clean_up_deletes_only_expired_sessions_with_their_old_tokens() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        let (token, id) = signed_in(&client, ada).await;
        rotated(&client, &token).await;
        ids.push(id);
    }
    let expired = |ago: &str| format!("expires_at = NOW() - INTERVAL '{ago}'");
    let revoked = |ago: &str| format!("revoked = TRUE, revoked_at = NOW() - INTERVAL '{ago}'");
    for (id, change) in [
        (ids[0], expired("31 days")),
        (ids[1], expired("30 days 1 minute")),
        (ids[2], expired("29 days 23 hours")),
        (ids[3], expired("1 second")),
        (ids[4], revoked("30 days 1 minute")),
        (ids[5], revoked("29 days 23 hours")),
    ] {
        execute_sql(&database, &format!("UPDATE user_sessions SET {change} WHERE id = {id}")).await;
    }
    assert_eq!(clean_up(&client, DAY * 30, 1).await.unwrap(), CleanUp { deleted: 1, more: true });
    assert_eq!(clean_up(&client, DAY * 30, 500).await.unwrap(), CleanUp { deleted: 2, more: false });
    assert_eq!(maintenance::delete_expired_sessions().bind(&client, &days(30), &500).await.unwrap(), 0);
    let left = sessions::list_by_user().bind(&client, &ada, &i64::MAX, &100).all().await.unwrap();
    assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [ids[6], ids[5], ids[3], ids[2]]);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM session_token_history").await, 4);
}

#[tokio::test]
async fn addresses_of_idle_sessions_are_deleted_and_the_sessions_stay() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let device = Device {
        ip_address: Some("192.0.2.1".parse().unwrap()),
        user_agent: Some("BarqNet".to_owned()),
        ..Device::default()
    };
    let (idle, session) = created(&client, ada, &device).await;
    created(&client, ada, &device).await;
    let id = session.id;
    execute_sql(
        &database,
        &format!("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '31 days' WHERE id = {id}"),
    )
    .await;
    // One session a page, twice over.
    let mut forgotten = Vec::new();
    for _ in 0..2 {
        let mut after = Some(0);
        while let Some(id) = after {
            let forget = maintenance::forget_idle_session_addresses();
            let page = forget.bind(&client, &id, &1, &days(30)).one().await.unwrap();
            forgotten.push(page.forgotten);
            after = page.last_id;
        }
    }
    assert_eq!(forgotten, [1, 0, 0, 0, 0, 0], "two sessions, and the end");
    let patient = SessionPolicy { idle: Duration::from_hours(24 * 60), ..policy() };
    assert!(validate(&client, &idle.hash(), &patient).await.unwrap().is_some());
    let listed = sessions::list_by_user().bind(&client, &ada, &i64::MAX, &10).all().await.unwrap();
    assert_eq!(listed[1].id, id);
    assert_eq!((listed[1].ip_address, listed[1].user_agent.as_deref()), (None, None));
    assert_eq!((listed[0].ip_address, listed[0].user_agent.as_deref()), (device.ip_address, Some("BarqNet")));
}

#[tokio::test]
async fn deleting_an_account_deletes_its_sessions() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, _) = signed_in(&client, ada).await;
    let token = rotated(&client, &token).await;
    assert_eq!(users::delete().bind(&client, &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM user_sessions").await, 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM session_token_history").await, 0);
}
