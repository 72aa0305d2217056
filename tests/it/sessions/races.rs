//! Concurrent calls.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use barqnet_db::{
    pool::Pool,
    queries::users,
    sessions::{
        AtLimit, CreateOutcome, Device, RevokeReason, RotateOutcome, Token, clean_up, create, record_activity, revoke,
        revoke_all, revoke_others, rotate,
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Barrier;

use super::support::{active, at_most, created, is_valid, policy, rotated, signed_in};
use crate::common::{Numbers, at_once, execute_sql, migrated_database, pool_of, scalar, user};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_of_five_holds_when_forty_sign_in_at_once() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for round in 0..10 {
        let ada = user(&pool.get().await.unwrap(), &format!("ada-{round}")).await;
        let at_limit = if round % 2 == 0 { AtLimit::EndOldest } else { AtLimit::Refuse };
        let outcomes = at_once(40, |_| {
            let pool = pool.clone();
            async move {
                let client = pool.get().await.unwrap();
                create(&client, ada, &Device::default(), &at_most(5, at_limit)).await.expect("an answer")
            }
        })
        .await;
        let client = pool.get().await.unwrap();
        assert_eq!(active(&client, ada).await, 5, "round {round}");
        let opened = outcomes.iter().filter(|outcome| matches!(outcome, CreateOutcome::Created(..))).count();
        assert_eq!(opened, if at_limit == AtLimit::Refuse { 5 } else { 40 }, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_tokens_from_concurrent_rotations_the_newest_is_valid() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for round in 0..20 {
        let (old, id) = signed_in(&pool.get().await.unwrap(), ada).await;
        let outcomes = at_once(40, |_| {
            let (pool, old) = (pool.clone(), old.clone());
            async move { rotate(&pool.get().await.unwrap(), &old, None, &policy()).await.expect("an answer") }
        })
        .await;
        let mut tokens: Vec<_> = outcomes
            .iter()
            .map(|outcome| match outcome {
                RotateOutcome::Rotated { token, session_id, generation, .. } => (*generation, token, *session_id),
                other => panic!("round {round}: {other:?}"),
            })
            .collect();
        tokens.sort_by_key(|(generation, ..)| *generation);
        assert!(tokens.iter().map(|(generation, ..)| *generation).eq(1..=40), "round {round}");
        let client = pool.get().await.unwrap();
        assert!(!is_valid(&client, &old).await);
        let (_, token, session_id) = tokens.pop().expect("forty");
        for (generation, dead, _) in tokens {
            assert!(!is_valid(&client, dead).await, "round {round}: {generation}");
        }
        assert_eq!(session_id, id);
        assert!(is_valid(&client, token).await);
    }
}

/// Where the processes of one client keep their token, with its generation.
type Store = Arc<Mutex<(Token, i32)>>;

/// Uses the token of the store and rotates it now and then, as the documentation of `rotate` demands. Some answers get lost.
/// Neither process is a whole round ahead of the other.
async fn use_store(pool: Pool, store: Store, both: Arc<Barrier>, seed: u64) {
    let mut numbers = Numbers::new(seed);
    for _ in 0..40 {
        both.wait().await;
        let (mut token, mut generation) = store.lock().unwrap().clone();
        while !is_valid(&pool.get().await.unwrap(), &token).await {
            // The other process has replaced it, or a rotation whose answer got lost has.
            let stored = store.lock().unwrap().clone();
            (token, generation) =
                if stored.1 > generation { stored } else { replaced(&pool, &store, &token, generation).await };
        }
        match numbers.below(3) {
            0 => {}
            1 => {
                let (client, policy) = (pool.get().await.unwrap(), policy());
                let limit = Duration::from_micros(numbers.below(2_000).unsigned_abs().into());
                let _ = tokio::time::timeout(limit, rotate(&client, &token, None, &policy)).await;
                // Not before the abandoned statement has ended, which would otherwise run in a later round.
                client.query_one("SELECT 1", &[]).await.unwrap();
            }
            _ => {
                replaced(&pool, &store, &token, generation).await;
            }
        }
    }
}

/// Rotates a token and stores the new one, or takes what another process stored.
async fn replaced(pool: &Pool, store: &Store, token: &Token, generation: i32) -> (Token, i32) {
    match rotate(&pool.get().await.unwrap(), token, None, &policy()).await.unwrap() {
        RotateOutcome::Rotated { token, generation, .. } => {
            let mut stored = store.lock().unwrap();
            if generation > stored.1 {
                *stored = (token.clone(), generation);
            }
            (token, generation)
        }
        RotateOutcome::Concurrent => {
            tokio::task::yield_now().await;
            let stored = store.lock().unwrap().clone();
            if stored.1 > generation { stored } else { (token.clone(), generation) }
        }
        other => panic!("the session has ended: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_that_share_a_store_are_never_signed_out() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 12).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for round in 0..10 {
        let (token, _) = signed_in(&pool.get().await.unwrap(), ada).await;
        let (store, both) = (Arc::new(Mutex::new((token, 0))), Arc::new(Barrier::new(2)));
        at_once(2, |task| {
            let seed = round * 2 + u64::try_from(task).expect("0 or 1");
            use_store(pool.clone(), Arc::clone(&store), Arc::clone(&both), seed)
        })
        .await;
    }
    assert_eq!(active(&pool.get().await.unwrap(), ada).await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_rotated_while_its_session_is_revoked_or_deleted_is_invalid() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 3).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for round in 0..40 {
        let (old, id) = signed_in(&pool.get().await.unwrap(), ada).await;
        let outcomes = at_once(3, |task| {
            let (pool, old) = (pool.clone(), old.clone());
            async move {
                let client = pool.get().await.unwrap();
                match task {
                    0 => {
                        revoke_all(&client, ada, RevokeReason::Administrator).await.expect("no deadlock");
                    }
                    1 => {
                        clean_up(&client, Duration::ZERO, 100).await.expect("no deadlock");
                    }
                    _ => return Some(rotate(&client, &old, None, &policy()).await.expect("no deadlock")),
                }
                None
            }
        })
        .await;
        let client = pool.get().await.unwrap();
        assert!(!is_valid(&client, &old).await);
        if let Some(RotateOutcome::Rotated { token, .. }) = outcomes.into_iter().flatten().next() {
            assert!(!is_valid(&client, &token).await, "round {round}, session {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_out_everywhere_ends_sessions_created_before_it_and_none_created_after() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 20).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for _ in 0..10 {
        let opened = at_once(20, |task| {
            let pool = pool.clone();
            async move {
                let client = pool.get().await.unwrap();
                if task == 10 {
                    revoke_all(&client, ada, RevokeReason::Administrator).await.expect("an answer");
                    return None;
                }
                Some(created(&client, ada, &Device::default()).await)
            }
        })
        .await;
        let client = pool.get().await.unwrap();
        let row = database.client().await.query_one("SELECT sessions_valid_after FROM users", &[]).await.unwrap();
        let cut: DateTime<Utc> = row.get(0);
        for (token, session) in opened.into_iter().flatten() {
            let opened_at = session.expires_at - TimeDelta::days(30);
            assert_eq!(is_valid(&client, &token).await, opened_at > cut, "opened {opened_at}, cut off {cut}");
        }
        revoke_all(&client, ada, RevokeReason::Administrator).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_clean_up_never_deletes_a_live_session() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    let lasting = at_once(8, |task| {
        let (pool, database) = (pool.clone(), database.name().to_owned());
        async move {
            let client = pool.get().await.unwrap();
            let mut kept = Vec::new();
            for round in 0..40 {
                if task < 2 {
                    clean_up(&client, Duration::ZERO, 5).await.expect("no deadlock");
                } else if round % 2 == 0 {
                    let (token, id) = signed_in(&client, ada).await;
                    revoke(&client, ada, id, RevokeReason::SignOut).await.expect("no deadlock");
                    assert!(!is_valid(&client, &token).await, "{database}");
                } else {
                    let (token, _) = signed_in(&client, ada).await;
                    kept.push(rotated(&client, &token).await);
                }
            }
            kept
        }
    })
    .await;
    let client = pool.get().await.unwrap();
    let lasting: Vec<Token> = lasting.into_iter().flatten().collect();
    assert_eq!(lasting.len(), 120);
    for token in &lasting {
        assert!(is_valid(&client, token).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn activity_is_recorded_in_any_order_while_sessions_are_deleted() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut ids = Vec::new();
    for number in 0..20 {
        let bob = user(&client, &format!("bob-{number}")).await;
        for _ in 0..10 {
            ids.push(signed_in(&client, bob).await.1);
            ids.push(signed_in(&client, ada).await.1);
        }
    }
    // The sessions of one user lie scattered, so that no scan meets them in the order of their ids.
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 day' WHERE id % 3 = 0").await;
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 day' WHERE id % 3 > 0").await;
    drop(client);
    let start = Utc::now() - TimeDelta::hours(12);
    let moved = at_once(40, |task| {
        let (pool, ids) = (pool.clone(), ids.clone());
        async move {
            let client = pool.get().await.expect("a connection");
            let mut numbers = Numbers::new(u64::try_from(task).expect("a small number"));
            let mut moved = 0;
            for round in 0..20 {
                if task < 20 && round == 10 {
                    let bob = format!("bob-{task}");
                    let gone = if task % 2 == 0 {
                        users::delete().bind(&client, &bob.as_str()).await
                    } else {
                        users::erase()
                            .bind(&client, &bob, &None::<&str>, &[""; 0].as_slice(), &[""; 0].as_slice())
                            .one()
                            .await
                            .map(|pseudonym| u64::from(pseudonym.is_some()))
                    };
                    assert_eq!(gone.expect("no deadlock"), 1);
                }
                let at = start + TimeDelta::seconds(round);
                let seen: Vec<_> = numbers.shuffled(&ids).into_iter().map(|id| (id, at)).collect();
                moved += record_activity(&client, &seen, &policy()).await.expect("no deadlock");
            }
            moved
        }
    })
    .await;
    // Every time that was new moved each session that was there.
    assert!(moved.iter().sum::<u64>() >= 10 * 400, "{moved:?}");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM user_sessions").await, 200, "ada's are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_writers_over_the_same_sessions_in_any_order_never_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut tokens = Vec::new();
    for _ in 0..200 {
        tokens.push(signed_in(&client, ada).await);
    }
    drop(client);
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 day'").await;
    let start = Utc::now() - TimeDelta::hours(12);
    at_once(40, |task| {
        let (pool, tokens) = (pool.clone(), tokens.clone());
        async move {
            let client = pool.get().await.unwrap();
            let mut numbers = Numbers::new(u64::try_from(task).expect("a small number"));
            for round in 0..25 {
                let at = start + TimeDelta::seconds(round);
                let chosen = numbers.shuffled(&tokens);
                match numbers.below(8) {
                    0 => {
                        let policy = at_most(190, AtLimit::EndOldest);
                        create(&client, ada, &Device::default(), &policy).await.expect("no deadlock");
                    }
                    1 => {
                        rotate(&client, &chosen[0].0, None, &policy()).await.expect("no deadlock");
                    }
                    2 => {
                        revoke_others(&client, ada, chosen[0].1, RevokeReason::SignOut).await.expect("no deadlock");
                    }
                    3 => {
                        revoke_all(&client, ada, RevokeReason::Administrator).await.expect("no deadlock");
                    }
                    4 => {
                        clean_up(&client, Duration::ZERO, 50).await.expect("no deadlock");
                    }
                    _ => {
                        let seen: Vec<_> = chosen.iter().take(150).map(|(_, id)| (*id, at)).collect();
                        record_activity(&client, &seen, &policy()).await.expect("no deadlock");
                    }
                }
            }
        }
    })
    .await;
    let deadlocks = format!("SELECT deadlocks FROM pg_stat_database WHERE datname = '{}'", database.name());
    assert_eq!(scalar(&database, &deadlocks).await, 0);
}
