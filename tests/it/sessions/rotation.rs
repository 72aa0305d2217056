//! A token is replaced until its successor is used; after that it ends its session.

use std::time::Duration;

use barqnet_db::{
    password::PasswordHash,
    queries::{audit, sessions, users},
    sessions::{
        AtLimit, CreateOutcome, Device, RotateOutcome, TokenHash, create_after_password, create_with_hash, rotate,
        rotate_with_hash, validate,
    },
};
use barqnet_db_testing::TestDatabase;

use super::support::{active, at_most, created, is_valid, policy, rotated, signed_in};
use crate::common::{execute_sql, migrated_database, scalar, user};

async fn age_history(database: &TestDatabase, seconds: u32) {
    let age = "UPDATE session_token_history SET replaced_at = replaced_at - INTERVAL";
    execute_sql(database, &format!("{age} '{seconds} seconds'")).await;
}

#[tokio::test]
async fn a_new_token_replaces_the_old_one_and_the_session_stays() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (old, opened) = created(&client, ada, &Device::default()).await;
    let outcome = rotate(&client, &old, None, &policy()).await.unwrap();
    let RotateOutcome::Rotated { token: new, session_id, user_id, expires_at, generation } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((session_id, user_id, expires_at, generation), (opened.id, ada, opened.expires_at, 1));
    assert!(!is_valid(&client, &old).await);
    assert!(is_valid(&client, &new).await);
    assert_eq!(active(&client, ada).await, 1);
}

#[tokio::test]
async fn a_service_replaces_secrets_of_its_own_by_the_same_rules() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let hash = |jti: &str| TokenHash::of(jti.as_bytes());
    let CreateOutcome::Created((), opened) =
        create_with_hash(&client, ada, &hash("1"), &Device::default(), &policy()).await.unwrap()
    else {
        panic!("ada may")
    };
    let (others, _) = signed_in(&client, ada).await;
    let replace_in = async |session: Option<i64>, old: &str, new: &TokenHash| {
        rotate_with_hash(&client, session, &hash(old), new, None, &policy()).await.unwrap()
    };
    let replace = async |old: &str, new: &TokenHash| replace_in(None, old, new).await;
    for taken in [hash("1"), others.hash()] {
        assert_eq!(replace("1", &taken).await, RotateOutcome::TokenInUse);
    }
    let rotated = |generation| RotateOutcome::Rotated {
        token: (),
        session_id: opened.id,
        user_id: ada,
        expires_at: opened.expires_at,
        generation,
    };
    assert_eq!(replace("1", &hash("lost")).await, rotated(1));
    assert_eq!(replace("1", &hash("2")).await, rotated(2), "the answer was lost");
    assert_eq!(replace("2", &hash("1")).await, RotateOutcome::TokenInUse, "it was replaced before");
    assert_eq!(replace("9", &hash("3")).await, RotateOutcome::Invalid);
    for number in 3..=12 {
        let outcome = replace(&(number - 1).to_string(), &hash(&number.to_string())).await;
        assert_eq!(outcome, rotated(number));
    }
    assert_eq!(replace("1", &hash("13")).await, RotateOutcome::Invalid, "ten rotations ago");
    let reused = RotateOutcome::Reused { session_id: opened.id, user_id: ada };
    assert_eq!(replace_in(Some(opened.id), "1", &hash("13")).await, reused, "the session that the JWT names");
    assert!(validate(&client, &hash("12"), &policy()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_hash_that_is_in_use_leaves_the_callers_transaction_and_the_sessions_as_they_were() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (taken, _) = signed_in(&client, ada).await;
    let (own, _) = signed_in(&client, ada).await;
    let transaction = client.transaction().await.unwrap();
    let bob = user(&transaction, "bob").await;
    let device = Device::default();
    let create = create_with_hash(&transaction, bob, &taken.hash(), &device, &policy()).await.unwrap();
    assert_eq!(create, CreateOutcome::TokenInUse);
    // The limit would end a session for the new one.
    let one = at_most(1, AtLimit::EndOldest);
    let create = create_with_hash(&transaction, ada, &taken.hash(), &device, &one).await.unwrap();
    assert_eq!(create, CreateOutcome::TokenInUse);
    let replaced = rotate_with_hash(&transaction, None, &own.hash(), &taken.hash(), None, &policy()).await.unwrap();
    assert_eq!(replaced, RotateOutcome::TokenInUse);
    transaction.commit().await.unwrap();
    assert!(users::by_username().bind(&client, &"bob").opt().await.unwrap().is_some(), "bob was committed");
    assert!(is_valid(&client, &taken).await && is_valid(&client, &own).await);
    assert_eq!(active(&client, bob).await, 0);
}

#[tokio::test]
async fn within_the_grace_period_the_previous_token_ends_no_session_and_gets_no_token() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (old, _) = signed_in(&client, ada).await;
    let new = rotated(&client, &old).await;
    assert!(is_valid(&client, &new).await, "it was presented");
    age_history(&database, 9).await;
    for _ in 0..3 {
        assert!(matches!(rotate(&client, &old, None, &policy()).await.unwrap(), RotateOutcome::Concurrent));
    }
    assert!(is_valid(&client, &new).await && !is_valid(&client, &old).await);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM session_token_history").await, 1);
}

#[tokio::test]
async fn a_token_that_was_replaced_before_ends_its_session_and_is_audited() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let thief = Some("203.0.113.66".parse().unwrap());
    // After the grace period, if the successor was presented or is replaced itself.
    for twice in [false, true] {
        let (old, id) = signed_in(&client, ada).await;
        let (other, _) = signed_in(&client, ada).await;
        let mut newest = rotated(&client, &old).await;
        if twice {
            newest = rotated(&client, &newest).await;
        } else {
            assert!(is_valid(&client, &newest).await, "it was presented");
        }
        age_history(&database, 9).await;
        assert!(matches!(rotate(&client, &old, thief, &policy()).await.unwrap(), RotateOutcome::Concurrent));
        age_history(&database, 1).await;
        let outcome = rotate(&client, &old, thief, &policy()).await.unwrap();
        assert!(
            matches!(outcome, RotateOutcome::Reused { session_id, user_id } if (session_id, user_id) == (id, ada)),
            "{outcome:?}"
        );
        assert!(!is_valid(&client, &newest).await);
        assert!(is_valid(&client, &other).await, "another session of the user is not concerned");
        for token in [&old, &newest] {
            assert!(matches!(rotate(&client, token, thief, &policy()).await.unwrap(), RotateOutcome::Invalid));
        }
        let ended = sessions::list_by_user().bind(&client, &ada, &(id + 1), &1).one().await.unwrap();
        assert_eq!(ended.revoked_reason.as_deref(), Some("token_reuse"));
        let entry = audit::recent().bind(&client, &i64::MAX, &1).one().await.unwrap();
        assert_eq!((entry.action.as_str(), entry.username.as_deref()), ("session_token_reuse", Some("ada")));
        assert_eq!((entry.ip_address, entry.details), (thief, Some(format!("session {id} revoked"))));
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM audit_log").await, 2);
}

#[tokio::test]
async fn a_lost_answer_costs_nothing_however_late_the_client_asks_again() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (old, _) = signed_in(&client, ada).await;
    let mut lost = rotated(&client, &old).await;
    for seconds in [0, 11, 86_400] {
        age_history(&database, seconds).await;
        let new = rotated(&client, &old).await;
        assert!(!is_valid(&client, &lost).await, "{seconds} s: the token that got lost is dead");
        lost = new;
    }
    assert!(is_valid(&client, &lost).await);
    age_history(&database, 11).await;
    assert!(matches!(rotate(&client, &old, None, &policy()).await.unwrap(), RotateOutcome::Reused { .. }));
    assert!(!is_valid(&client, &lost).await);
}

#[tokio::test]
async fn a_caller_that_gives_up_midway_loses_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (mut token, _) = signed_in(&client, ada).await;
    for microseconds in (0..3_000).step_by(150) {
        let dropped = pool.get().await.unwrap();
        let limit = Duration::from_micros(microseconds);
        let answer = tokio::time::timeout(limit, rotate(&dropped, &token, None, &policy())).await;
        // The server may still be at it: the connection ends first, so that it has happened or never will.
        drop(dropped);
        if let Ok(answer) = answer {
            answer.unwrap();
        }
        token = rotated(&client, &token).await;
    }
    assert_eq!(active(&client, ada).await, 1);
}

#[tokio::test]
async fn two_processes_of_one_client_with_one_token_live_together() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (old, _) = signed_in(&client, ada).await;
    let (app, extension) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    let policy = policy();
    let mut store = (old, 0);
    for round in 0..20 {
        let token = store.0.clone();
        let answers = tokio::join!(rotate(&app, &token, None, &policy), rotate(&extension, &token, None, &policy));
        for answer in [answers.0.unwrap(), answers.1.unwrap()] {
            let RotateOutcome::Rotated { token, generation, .. } = answer else { panic!("{round}: {answer:?}") };
            if generation > store.1 {
                store = (token, generation);
            } else {
                assert!(!is_valid(&client, &token).await, "{round}: the other one is valid");
                assert!(is_valid(&client, &store.0).await, "{round}");
                let late = rotate(&client, &token, None, &policy).await.unwrap();
                assert!(matches!(late, RotateOutcome::Concurrent), "{round}: {late:?}");
            }
        }
        assert!(is_valid(&client, &store.0).await, "{round}");
    }
    assert_eq!(active(&client, ada).await, 1);
}

#[tokio::test]
async fn a_token_that_lost_the_race_is_replaced_as_long_as_the_other_was_never_used() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (old, _) = signed_in(&client, ada).await;
    let (first, second) = (rotated(&client, &old).await, rotated(&client, &old).await);
    age_history(&database, 11).await;
    let third = rotated(&client, &first).await;
    assert!(is_valid(&client, &third).await && !is_valid(&client, &second).await);
    assert!(matches!(rotate(&client, &second, None, &policy()).await.unwrap(), RotateOutcome::Concurrent));
    age_history(&database, 11).await;
    assert!(matches!(rotate(&client, &second, None, &policy()).await.unwrap(), RotateOutcome::Reused { .. }));
    assert!(!is_valid(&client, &third).await);
}

#[tokio::test]
async fn of_an_owner_and_a_thief_with_one_token_neither_keeps_the_session() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    for owner_first in [true, false] {
        let (stolen, _) = signed_in(&client, ada).await;
        let (first, second) = (rotated(&client, &stolen).await, rotated(&client, &stolen).await);
        let (owner, thief) = if owner_first { (&first, &second) } else { (&second, &first) };
        assert!(is_valid(&client, &second).await);
        age_history(&database, 11).await;
        let found = rotate(&client, &first, None, &policy()).await.unwrap();
        assert!(matches!(found, RotateOutcome::Reused { .. }), "{found:?}");
        assert!(!is_valid(&client, owner).await && !is_valid(&client, thief).await);
    }
}

#[tokio::test]
async fn a_session_keeps_nine_hashes_and_knows_every_replaced_token_however_often_it_rotates() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (first, id) = signed_in(&client, ada).await;
    let mut newest = first.clone();
    let mut kept = Vec::new();
    // 96 per day, at one per 15 minutes.
    for _ in 0..4 {
        for _ in 0..96 {
            newest = rotated(&client, &newest).await;
        }
        kept.push(scalar(&database, "SELECT COUNT(*) FROM session_token_history").await);
    }
    assert_eq!(kept, [8; 4]);
    // One more, because a token whose answers get lost is kept as well.
    for _ in 0..20 {
        rotated(&client, &newest).await;
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM session_token_history").await, 9);
    let outcome = rotate(&client, &first, None, &policy()).await.unwrap();
    assert!(
        matches!(outcome, RotateOutcome::Reused { session_id, user_id } if (session_id, user_id) == (id, ada)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_opens_no_session() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (old, new) = (PasswordHash::from_stored("old".to_owned()), PasswordHash::from_stored("new".to_owned()));
    users::set_password_hash().bind(&client, &old, &ada).await.unwrap();
    let device = Device::default();
    let opened = create_after_password(&client, ada, &old, &device, &policy()).await.unwrap();
    assert!(matches!(opened, CreateOutcome::Created(..)), "{opened:?}");
    assert_eq!(barqnet_db::users::change_password(&pool, ada, new.expose(), None).await.unwrap(), Some(1));
    let late = create_after_password(&client, ada, &old, &device, &policy()).await.unwrap();
    assert!(matches!(late, CreateOutcome::PasswordChanged), "{late:?}");
    let opened = create_after_password(&client, ada, &new, &device, &policy()).await.unwrap();
    assert!(matches!(opened, CreateOutcome::Created(..)), "{opened:?}");
}
