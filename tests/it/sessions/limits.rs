//! How long a session lasts, what is written of its use, and how many a user has.

use std::time::Duration;

use barqnet_db::{
    queries::sessions,
    sessions::{
        AtLimit, CreateOutcome, Device, NewSession, RevokeReason, RotateOutcome, SessionPolicy, create, list,
        record_activity, revoke, rotate, validate,
    },
};
use chrono::{DateTime, TimeDelta, Utc};

use super::support::{active, at_most, created, is_valid, last_activity, policy, rotated, signed_in};
use crate::common::{at_once, execute_sql, migrated_database, pool_of, scalar, user};

#[tokio::test]
async fn a_session_ends_after_a_week_without_use_and_after_thirty_days() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    for (unused, good) in [("6 days 23:59:50", true), ("7 days", false)] {
        let (token, id) = signed_in(&client, ada).await;
        execute_sql(
            &database,
            &format!("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '{unused}' WHERE id = {id}"),
        )
        .await;
        assert_eq!(is_valid(&client, &token).await, good, "unused for {unused}");
        // Validation records the activity of a valid session only.
        assert_eq!(last_activity(&database, id).await > Utc::now() - TimeDelta::minutes(1), good);
        if !good {
            assert!(matches!(rotate(&client, &token, None, &policy()).await.unwrap(), RotateOutcome::Invalid));
            assert_eq!(sessions::touch().bind(&client, &id, &policy().idle.as_secs_f64(), &0.0).await.unwrap(), 0);
        }
    }
    // Use doesn't move the end, nor does a new token.
    let (token, session) = created(&client, ada, &Device::default()).await;
    let id = session.id;
    execute_sql(
        &database,
        &format!(
            "UPDATE user_sessions SET created_at = created_at - INTERVAL '29 days 23:59:50',
                                    expires_at = expires_at - INTERVAL '29 days 23:59:50' WHERE id = {id}"
        ),
    )
    .await;
    let token = rotated(&client, &token).await;
    let valid = validate(&client, &token.hash(), &policy()).await.unwrap().expect("ten seconds are left");
    assert!(valid.expires_at < Utc::now() + TimeDelta::seconds(11), "{}", valid.expires_at);
    execute_sql(&database, &format!("UPDATE user_sessions SET expires_at = NOW() WHERE id = {id}")).await;
    assert!(!is_valid(&client, &token).await);
}

#[tokio::test]
async fn validating_writes_the_last_use_once_per_minute() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, id) = signed_in(&client, ada).await;
    let opened = last_activity(&database, id).await;
    for _ in 0..3 {
        assert!(is_valid(&client, &token).await);
    }
    assert_eq!(last_activity(&database, id).await, opened);
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '61 seconds'").await;
    assert!(is_valid(&client, &token).await);
    let touched = last_activity(&database, id).await;
    assert!(touched > Utc::now() - TimeDelta::seconds(10));
    assert!(is_valid(&client, &token).await);
    assert_eq!(last_activity(&database, id).await, touched);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_validations_writes_the_last_use() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    let (token, _) = signed_in(&pool.get().await.unwrap(), ada).await;
    execute_sql(&database, "CREATE TABLE writes ()").await;
    execute_sql(
        &database,
        "CREATE FUNCTION note_write() RETURNS TRIGGER LANGUAGE plpgsql AS
         'BEGIN INSERT INTO writes DEFAULT VALUES; RETURN NULL; END'",
    )
    .await;
    execute_sql(
        &database,
        "CREATE TRIGGER written AFTER UPDATE ON user_sessions FOR EACH ROW EXECUTE FUNCTION note_write()",
    )
    .await;
    for round in 1..=10 {
        execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '61 seconds'").await;
        at_once(40, |_| {
            let (pool, token) = (pool.clone(), token.clone());
            async move { assert!(is_valid(&pool.get().await.expect("a connection"), &token).await) }
        })
        .await;
        // The update of the test's own counts, too.
        assert_eq!(scalar(&database, "SELECT COUNT(*) FROM writes").await, 2 * round);
    }
}

#[tokio::test]
async fn a_limit_of_forever_means_no_limit() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let ever = SessionPolicy {
        lifetime: Duration::MAX,
        idle: Duration::MAX,
        touch_after: Duration::MAX,
        rotation_grace: Duration::MAX,
        ..SessionPolicy::default()
    };
    let CreateOutcome::Created(token, session) = create(&client, ada, &Device::default(), &ever).await.unwrap() else {
        panic!("ada may")
    };
    assert!(session.expires_at > Utc::now() + TimeDelta::days(365_000));
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '900 years'").await;
    assert!(validate(&client, &token.hash(), &ever).await.unwrap().is_some());
    let RotateOutcome::Rotated { token: new, .. } = rotate(&client, &token, None, &ever).await.unwrap() else {
        panic!("it is live")
    };
    assert!(validate(&client, &new.hash(), &ever).await.unwrap().is_some());
    assert!(matches!(rotate(&client, &token, None, &ever).await.unwrap(), RotateOutcome::Concurrent));
    assert_eq!(list(&client, ada, i64::MAX, 10, &ever).await.unwrap().len(), 1);
    assert_eq!(record_activity(&client, &[(session.id, Utc::now() + TimeDelta::days(1))], &ever).await.unwrap(), 1);
}

#[tokio::test]
async fn validating_reads_two_rows_by_their_indexes_and_writes_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, _) = signed_in(&client, ada).await;
    for statement in [
        "INSERT INTO users (username, server_id, created_by) SELECT 'user-' || n, 'node-1', 'test' FROM GENERATE_SERIES(1, 5000) n",
        "INSERT INTO user_sessions (user_id, token_hash, expires_at)
         SELECT id, MD5(id::TEXT), NOW() + INTERVAL '1 day' FROM users",
        "ANALYZE users, user_sessions",
    ] {
        execute_sql(&database, statement).await;
    }
    let transaction = client.transaction().await.unwrap();
    // What this connection has read and not reported yet.
    let read = async || -> Vec<[i64; 4]> {
        let counts = "SELECT seq_scan, idx_scan, idx_tup_fetch, n_tup_upd FROM pg_stat_xact_user_tables
                      WHERE relname IN ('users', 'user_sessions') ORDER BY relname";
        let rows = transaction.query(counts, &[]).await.unwrap();
        rows.iter().map(|row| [row.get(0), row.get(1), row.get(2), row.get(3)]).collect()
    };
    let validate_ten_times = async || {
        for _ in 0..10 {
            assert!(validate(&transaction, &token.hash(), &policy()).await.unwrap().is_some());
        }
    };
    // First until the generic plan is used: planning reads indexes, too. Other work on the server can cause a new plan, so
    // the cheapest of several rounds counts.
    validate_ten_times().await;
    let mut cheapest = vec![[i64::MAX; 4]; 2];
    for _ in 0..5 {
        let before = read().await;
        validate_ten_times().await;
        let after = read().await;
        for (table, least) in cheapest.iter_mut().enumerate() {
            let by = std::array::from_fn(|column| after[table][column] - before[table][column]);
            assert_eq!((by[0], by[3]), (0, 0), "scans of the whole, rows written");
            *least = by.min(*least);
        }
    }
    assert_eq!(cheapest, [[0, 10, 10, 0]; 2], "scans of the whole, by index, rows fetched, rows written");
}

#[tokio::test]
async fn recorded_activity_is_throttled_monotonic_and_updated_in_place() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (_, id) = signed_in(&client, ada).await;
    let idle = policy().idle.as_secs_f64();
    let touch = async |after: f64| sessions::touch().bind(&client, &id, &idle, &after).await.unwrap();
    let opened = last_activity(&database, id).await;
    assert_eq!(touch(60.0).await, 0);
    assert_eq!(last_activity(&database, id).await, opened);
    assert_eq!(touch(0.0).await, 1);
    assert!(last_activity(&database, id).await > opened);

    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '61 seconds'").await;
    assert_eq!(touch(60.0).await, 1);
    assert_eq!(touch(60.0).await, 0);

    // A clock that went back: what is stored lies ahead, until the next use.
    for batched in [false, true] {
        execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() + INTERVAL '1 hour'").await;
        let ahead = last_activity(&database, id).await;
        let updated = if batched {
            record_activity(&client, &[(id, Utc::now())], &policy()).await.unwrap()
        } else {
            touch(60.0).await
        };
        assert_eq!(updated, 1);
        assert!(last_activity(&database, id).await < ahead);
    }
    assert_eq!(record_activity(&client, &[(id, Utc::now() - TimeDelta::hours(1))], &policy()).await.unwrap(), 0);
    assert_eq!(sessions::touch().bind(&client, &-1, &idle, &0.0).await.unwrap(), 0);

    // None of these updates had an index to write to.
    let cold = "SELECT COUNT(*) FROM pg_index i, UNNEST(i.indkey) AS k (attnum)
                JOIN pg_attribute a ON a.attnum = k.attnum AND a.attname = 'last_activity'
                WHERE i.indrelid = 'user_sessions'::REGCLASS AND a.attrelid = i.indrelid";
    assert_eq!(scalar(&database, cold).await, 0);
}

#[tokio::test]
async fn a_batch_takes_the_newest_time_of_each_live_session_and_skips_the_rest() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(signed_in(&client, ada).await.1);
    }
    let [twice, revoked, early, ahead, idle, expired] = ids[..] else { panic!("six") };
    revoke(&client, ada, revoked, RevokeReason::SignOut).await.unwrap();
    execute_sql(
        &database,
        "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 hour', created_at = NOW() - INTERVAL '9 days'",
    )
    .await;
    execute_sql(
        &database,
        &format!("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '8 days' WHERE id = {idle}"),
    )
    .await;
    execute_sql(
        &database,
        &format!("UPDATE user_sessions SET expires_at = NOW() - INTERVAL '30 min' WHERE id = {expired}"),
    )
    .await;
    let (before, long_ago) = (last_activity(&database, twice).await, last_activity(&database, idle).await);

    let minute = TimeDelta::minutes(1);
    let seen = [
        (twice, before + minute * 2),
        (-1, before),
        (revoked, before + minute),
        (twice, before + minute),
        (early, before - minute),
        (ahead, before + minute * 600),
        // The session was over by then.
        (idle, before),
        (expired, before + minute * 40),
    ];
    assert_eq!(record_activity(&client, &seen, &policy()).await.unwrap(), 2);
    assert_eq!(last_activity(&database, twice).await, before + minute * 2);
    for unmoved in [revoked, early, expired] {
        assert_eq!(last_activity(&database, unmoved).await, before, "session {unmoved}");
    }
    assert_eq!(last_activity(&database, idle).await, long_ago);
    let capped = last_activity(&database, ahead).await;
    assert!(
        capped > before + minute * 59 && capped < before + minute * 600,
        "{capped}: a time in the future counts as now"
    );
    // It was in use a week after its last use that is recorded.
    assert_eq!(record_activity(&client, &[(idle, long_ago + minute)], &policy()).await.unwrap(), 1);
    assert_eq!(record_activity(&client, &[], &policy()).await.unwrap(), 0);
}

#[tokio::test]
async fn an_absurd_time_of_use_costs_its_own_entry_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let sessions: Vec<i64> = [signed_in(&client, ada).await.1, signed_in(&client, ada).await.1].into();
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 hour'").await;
    let before = last_activity(&database, sessions[0]).await;
    let now = Utc::now();
    for (absurd, counts) in [
        (DateTime::<Utc>::MIN_UTC, false),
        (DateTime::UNIX_EPOCH - TimeDelta::days(5_000 * 365), false),
        (DateTime::<Utc>::MAX_UTC, true),
    ] {
        let seen = [(sessions[0], absurd), (sessions[1], now)];
        let moved = record_activity(&client, &seen, &policy()).await.unwrap();
        assert_eq!(last_activity(&database, sessions[0]).await > before, counts, "{absurd}");
        assert!(moved >= u64::from(counts), "{absurd}");
    }
    assert!(last_activity(&database, sessions[1]).await > before);
}

#[tokio::test]
async fn over_the_limit_the_session_used_least_recently_ends_or_the_new_one_is_refused() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let (of_bob, _) = signed_in(&client, bob).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(signed_in(&client, ada).await);
    }
    // The second was used least recently, the third is over.
    execute_sql(
        &database,
        &format!("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 hour' WHERE id = {}", tokens[1].1),
    )
    .await;
    revoke(&client, ada, tokens[2].1, RevokeReason::SignOut).await.unwrap();
    let device = Device::default();
    let refused = create(&client, ada, &device, &at_most(2, AtLimit::Refuse)).await.unwrap();
    assert!(matches!(refused, CreateOutcome::LimitReached), "{refused:?}");
    let outcome = create(&client, ada, &device, &at_most(2, AtLimit::EndOldest)).await.unwrap();
    let CreateOutcome::Created(token, session) = outcome else { panic!("{outcome:?}") };
    assert_eq!(session.ended, 1);
    assert!(is_valid(&client, &token).await && is_valid(&client, &tokens[0].0).await);
    assert!(!is_valid(&client, &tokens[1].0).await);
    let ended = sessions::list_by_user().bind(&client, &ada, &i64::MAX, &10).all().await.unwrap();
    assert_eq!(ended[2].revoked_reason.as_deref(), Some("session_limit"));
    assert!(is_valid(&client, &of_bob).await, "another user is not concerned");
    // A limit that was lowered ends as many as it takes.
    let outcome = create(&client, ada, &device, &at_most(1, AtLimit::EndOldest)).await.unwrap();
    let CreateOutcome::Created(token, session) = outcome else { panic!("{outcome:?}") };
    assert_eq!((session.ended, active(&client, ada).await), (2, 1));
    // A session idle for a week does not count towards the limit.
    execute_sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '7 days'").await;
    assert!(!is_valid(&client, &token).await);
    let outcome = create(&client, ada, &device, &at_most(1, AtLimit::Refuse)).await.unwrap();
    assert!(matches!(outcome, CreateOutcome::Created(_, NewSession { ended: 0, .. })), "{outcome:?}");
}
