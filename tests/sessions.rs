//! Sessions: who holds a live token of a usable account is in, nobody else, and a session ends once.

#[expect(dead_code, reason = "each test file uses some of the fixtures")]
mod common;

use std::{collections::BTreeSet, time::Duration};

use barqnet_db::{
    PhoneNumber,
    client::GenericClient,
    queries::{maintenance, monitoring, sessions, users},
    sessions::{Device, RevokeReason, Token, create, validate},
};
use barqnet_db_testing::TestDatabase;
use chrono::{DateTime, TimeDelta, Utc};
use common::{Numbers, at_once, count, number, pool_of, sql, user, user_with_phone};

const DAY: Duration = Duration::from_hours(24);

/// Opens a session that lasts a day.
async fn signed_in(client: &impl GenericClient, user_id: i32) -> (Token, i32) {
    let (token, session) =
        create(client, user_id, &Device::default(), DAY).await.expect("an answer").expect("a usable account");
    (token, session.id)
}

async fn is_valid(client: &impl GenericClient, token: &Token) -> bool {
    validate(client, token).await.expect("an answer").is_some()
}

async fn last_activity(database: &TestDatabase, id: i32) -> DateTime<Utc> {
    let query = "SELECT last_activity FROM user_sessions WHERE id = $1";
    database.client().await.query_one(query, &[&id]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_token_leads_to_its_session_and_its_user() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let phone: PhoneNumber = number("+4915112345678");
    let ada = user_with_phone(&client, "ada", &phone).await;
    let bob = user(&client, "bob").await;
    let device = Device {
        name: Some("iPhone 15".to_owned()),
        ip_address: Some("2001:db8::1".parse().unwrap()),
        user_agent: Some("BarqNet/2.1".to_owned()),
    };
    let (token, opened) = create(&client, ada, &device, DAY).await.unwrap().unwrap();
    signed_in(&client, bob).await;

    let valid = validate(&client, &token).await.unwrap().expect("a live session");
    assert_eq!((valid.session_id, valid.user_id, valid.username.as_str()), (opened.id, ada, "ada"));
    assert_eq!((valid.phone_number.as_deref(), valid.server_id.as_str()), (Some(phone.as_str()), "node-1"));
    assert_eq!(valid.expires_at, opened.expires_at);
    assert_eq!(valid.created_at.map(|created| opened.expires_at - created), TimeDelta::from_std(DAY).ok());

    let listed = sessions::list_by_user().bind(&client, &ada, &i32::MAX, &10).all().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].device_info.as_deref(), listed[0].user_agent.as_deref()),
        (Some("iPhone 15"), Some("BarqNet/2.1"))
    );
    assert_eq!((listed[0].ip_address, listed[0].revoked), (device.ip_address, false));
}

#[tokio::test]
async fn an_unknown_token_opens_nothing() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    signed_in(&client, ada).await;
    assert!(!is_valid(&client, &Token::generate()).await);
}

#[tokio::test]
async fn a_session_that_was_revoked_or_has_expired_is_over() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (revoked, _) = signed_in(&client, ada).await;
    let (expired, id) = signed_in(&client, ada).await;
    let (live, _) = signed_in(&client, ada).await;
    assert_eq!(sessions::revoke_by_token().bind(&client, &RevokeReason::SignOut, &revoked.hash()).await.unwrap(), 1);
    sql(&database, &format!("UPDATE user_sessions SET expires_at = CLOCK_TIMESTAMP() WHERE id = {id}")).await;
    assert!(!is_valid(&client, &revoked).await);
    assert!(!is_valid(&client, &expired).await);
    assert!(is_valid(&client, &live).await);
    assert_eq!(sessions::count_active().bind(&client, &ada).one().await.unwrap(), 1);
    assert_eq!(monitoring::count_active_sessions().bind(&client).one().await.unwrap(), 1);
    // What is over can't be touched, extended or rotated either.
    assert_eq!(sessions::touch().bind(&client, &id, &0.0).await.unwrap(), 0);
    assert!(sessions::extend().bind(&client, &60.0, &id).opt().await.unwrap().is_none());
    for token in [revoked, expired] {
        let new = Token::generate();
        assert!(sessions::rotate().bind(&client, &new.hash(), &60.0, &token.hash()).opt().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_account_that_is_closed_or_has_expired_keeps_every_session_out() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, _) = signed_in(&client, ada).await;
    assert_eq!(users::deactivate().bind(&client, &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await);
    assert!(create(&client, ada, &Device::default(), DAY).await.unwrap().is_none());
    assert_eq!(users::reactivate().bind(&client, &"ada").await.unwrap(), 1);
    assert!(is_valid(&client, &token).await);

    let past = Utc::now() - TimeDelta::seconds(1);
    assert_eq!(users::set_expiry().bind(&client, &Some(past), &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await);
    assert!(create(&client, ada, &Device::default(), DAY).await.unwrap().is_none());
    let future = Utc::now() + TimeDelta::hours(1);
    users::set_expiry().bind(&client, &Some(future), &"ada").await.unwrap();
    assert!(is_valid(&client, &token).await);
    assert!(create(&client, -1, &Device::default(), DAY).await.unwrap().is_none(), "there is no such account");
}

#[tokio::test]
async fn the_database_never_sees_a_token() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (first, id) = signed_in(&client, ada).await;
    let second = Token::generate();
    let rotated = sessions::rotate().bind(&client, &second.hash(), &60.0, &first.hash()).one().await.unwrap();
    assert_eq!((rotated.id, rotated.user_id), (id, ada));

    let rows = database.client().await.query("SELECT (s.*)::TEXT FROM user_sessions s", &[]).await.unwrap();
    let dump: String = rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n");
    assert!(dump.contains(second.hash().as_str()), "{dump}");
    for token in [&first, &second] {
        assert!(!dump.contains(&token.expose()), "{dump}");
    }
    assert!(!format!("{:?}", second.hash()).contains(second.hash().as_str()));
    // Whoever has the dump can't sign in with what it holds.
    let stolen: Token = second.hash().as_str().parse().expect("64 hexadecimal digits");
    assert!(!is_valid(&client, &stolen).await);
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_user() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let (token, id) = signed_in(&client, ada).await;
    assert_eq!(sessions::revoke_one().bind(&client, &RevokeReason::SignOut, &id, &bob).await.unwrap(), 0);
    assert!(is_valid(&client, &token).await);
    assert_eq!(sessions::revoke_all().bind(&client, &bob, &RevokeReason::Administrator).await.unwrap(), 0);
    assert_eq!(sessions::revoke_others().bind(&client, &bob, &-1, &RevokeReason::SignOut).await.unwrap(), 0);
    assert!(is_valid(&client, &token).await);
}

#[tokio::test]
async fn a_session_is_revoked_once_and_keeps_the_first_reason() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, id) = signed_in(&client, ada).await;
    assert_eq!(sessions::revoke_one().bind(&client, &RevokeReason::SignOut, &id, &ada).await.unwrap(), 1);
    let ended = sessions::list_by_user().bind(&client, &ada, &i32::MAX, &1).one().await.unwrap();
    assert_eq!((ended.revoked, ended.revoked_reason.as_deref()), (true, Some("sign_out")));
    assert!(ended.revoked_at.is_some());

    assert_eq!(sessions::revoke_one().bind(&client, &RevokeReason::TokenReuse, &id, &ada).await.unwrap(), 0);
    assert_eq!(sessions::revoke_by_token().bind(&client, &RevokeReason::TokenReuse, &token.hash()).await.unwrap(), 0);
    assert_eq!(sessions::revoke_all().bind(&client, &ada, &RevokeReason::TokenReuse).await.unwrap(), 0);
    let again = sessions::list_by_user().bind(&client, &ada, &i32::MAX, &1).one().await.unwrap();
    assert_eq!((again.revoked_at, again.revoked_reason), (ended.revoked_at, ended.revoked_reason));
}

#[tokio::test]
async fn signing_out_the_others_keeps_this_one_and_signing_out_all_keeps_none() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let (first, _) = signed_in(&client, ada).await;
    let (kept, id) = signed_in(&client, ada).await;
    let (third, _) = signed_in(&client, ada).await;
    let (of_bob, _) = signed_in(&client, bob).await;
    assert_eq!(sessions::revoke_others().bind(&client, &ada, &id, &RevokeReason::PasswordChange).await.unwrap(), 2);
    assert!(is_valid(&client, &kept).await && is_valid(&client, &of_bob).await);
    assert!(!is_valid(&client, &first).await && !is_valid(&client, &third).await);

    assert_eq!(sessions::revoke_all().bind(&client, &ada, &RevokeReason::RoleChange).await.unwrap(), 1);
    assert!(!is_valid(&client, &kept).await);
    assert!(is_valid(&client, &of_bob).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_on_sessions_holds_when_twenty_sign_in_at_once() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 20).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    at_once(20, |_| {
        let pool = pool.clone();
        async move {
            let mut client = pool.get().await.unwrap();
            let transaction = client.transaction().await.unwrap();
            assert!(users::lock_by_id().bind(&transaction, &ada).one().await.unwrap().usable);
            signed_in(&transaction, ada).await;
            sessions::revoke_oldest().bind(&transaction, &ada, &5, &RevokeReason::SessionLimit).await.unwrap();
            transaction.commit().await.unwrap();
        }
    })
    .await;
    let client = pool.get().await.unwrap();
    assert_eq!(sessions::count_active().bind(&client, &ada).one().await.unwrap(), 5);
    let live = sessions::list_active().bind(&client, &ada, &i32::MAX, &100).all().await.unwrap();
    let all = sessions::list_by_user().bind(&client, &ada, &i32::MAX, &100).all().await.unwrap();
    assert_eq!((live.len(), all.len()), (5, 20));
    let newest: Vec<i32> = all.iter().take(5).map(|session| session.id).collect();
    assert_eq!(live.iter().map(|session| session.id).collect::<Vec<_>>(), newest, "the newest stay");
    assert!(all[5..].iter().all(|session| session.revoked_reason.as_deref() == Some("session_limit")));
}

#[tokio::test]
async fn touching_is_throttled_and_never_goes_back() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (_, id) = signed_in(&client, ada).await;
    let opened = last_activity(&database, id).await;
    assert_eq!(sessions::touch().bind(&client, &id, &60.0).await.unwrap(), 0);
    assert_eq!(last_activity(&database, id).await, opened);
    assert_eq!(sessions::touch().bind(&client, &id, &0.0).await.unwrap(), 1);
    assert!(last_activity(&database, id).await > opened);

    sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '61 seconds'").await;
    assert_eq!(sessions::touch().bind(&client, &id, &60.0).await.unwrap(), 1);
    assert_eq!(sessions::touch().bind(&client, &id, &60.0).await.unwrap(), 0);

    // A clock that went back: what is stored lies ahead.
    sql(&database, "UPDATE user_sessions SET last_activity = NOW() + INTERVAL '1 hour'").await;
    let ahead = last_activity(&database, id).await;
    assert_eq!(sessions::touch().bind(&client, &id, &0.0).await.unwrap(), 0);
    assert_eq!(sessions::touch_batch().bind(&client, &vec![id], &vec![Utc::now()]).await.unwrap(), 0);
    assert_eq!(last_activity(&database, id).await, ahead);
    assert_eq!(sessions::touch().bind(&client, &-1, &0.0).await.unwrap(), 0);
}

#[tokio::test]
async fn a_batch_takes_the_newest_time_of_each_live_session_and_skips_the_rest() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (_, twice) = signed_in(&client, ada).await;
    let (_, revoked) = signed_in(&client, ada).await;
    let (_, early) = signed_in(&client, ada).await;
    let (_, ahead) = signed_in(&client, ada).await;
    sessions::revoke_one().bind(&client, &RevokeReason::SignOut, &revoked, &ada).await.unwrap();
    sql(&database, "UPDATE user_sessions SET last_activity = NOW() - INTERVAL '1 hour'").await;
    let before = last_activity(&database, twice).await;

    let minute = TimeDelta::minutes(1);
    let ids = vec![twice, -1, revoked, twice, early, ahead];
    let seen =
        vec![before + minute * 2, before, before + minute, before + minute, before - minute, before + minute * 600];
    assert_eq!(sessions::touch_batch().bind(&client, &ids, &seen).await.unwrap(), 2);
    assert_eq!(last_activity(&database, twice).await, before + minute * 2);
    assert_eq!(last_activity(&database, revoked).await, before);
    assert_eq!(last_activity(&database, early).await, before);
    let capped = last_activity(&database, ahead).await;
    assert!(
        capped > before + minute * 59 && capped < before + minute * 600,
        "{capped}: a time in the future counts as now"
    );

    assert_eq!(sessions::touch_batch().bind(&client, &ids, &seen).await.unwrap(), 1, "only the capped one moves on");
    assert_eq!(
        sessions::touch_batch().bind(&client, &Vec::<i32>::new(), &Vec::<DateTime<Utc>>::new()).await.unwrap(),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_over_the_same_sessions_in_any_order_never_deadlock() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 9).await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    sql(
        &database,
        &format!(
            "INSERT INTO user_sessions (user_id, token_hash, expires_at, last_activity)
             SELECT {ada}, 'hash ' || n, NOW() + INTERVAL '1 day', NOW() - INTERVAL '1 day' FROM GENERATE_SERIES(1, 600) n"
        ),
    )
    .await;
    let rows = database.client().await.query("SELECT id FROM user_sessions", &[]).await.unwrap();
    let all: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    let start = Utc::now() - TimeDelta::hours(12);
    at_once(8, |task| {
        let (pool, all) = (pool.clone(), all.clone());
        async move {
            let client = pool.get().await.unwrap();
            let mut numbers = Numbers::new(task as u64);
            for round in 0..15 {
                let ids: Vec<i32> = numbers.shuffled(&all).into_iter().take(400).collect();
                let seen = ids.iter().map(|_| start + TimeDelta::seconds(i64::from(round))).collect::<Vec<_>>();
                sessions::touch_batch().bind(&client, &ids, &seen).await.expect("no deadlock");
                if round % 5 == 0 {
                    let reason = RevokeReason::SessionLimit;
                    let keep = 599 - i64::from(round) * 8 - i64::try_from(task).unwrap();
                    sessions::revoke_oldest().bind(&client, &ada, &keep, &reason).await.expect("no deadlock");
                }
            }
        }
    })
    .await;
    let latest: DateTime<Utc> = start + TimeDelta::seconds(14);
    let query = "SELECT MAX(last_activity) FROM user_sessions";
    let newest: DateTime<Utc> = database.client().await.query_one(query, &[]).await.unwrap().get(0);
    assert_eq!(newest.timestamp_micros(), latest.timestamp_micros());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_who_rotate_one_token_at_once_exactly_one_gets_the_new_one() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 40).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for round in 0..5 {
        let (old, id) = signed_in(&pool.get().await.unwrap(), ada).await;
        let new = at_once(40, |_| {
            let (pool, old) = (pool.clone(), old.clone());
            async move {
                let client = pool.get().await.unwrap();
                let new = Token::generate();
                let rotated = sessions::rotate().bind(&client, &new.hash(), &3600.0, &old.hash()).opt().await.unwrap();
                rotated.map(|_| new)
            }
        })
        .await;
        let won: Vec<&Token> = new.iter().flatten().collect();
        assert_eq!(won.len(), 1, "round {round}");
        let client = pool.get().await.unwrap();
        assert!(!is_valid(&client, &old).await);
        assert_eq!(validate(&client, won[0]).await.unwrap().expect("the winner's token").session_id, id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_that_is_rotated_while_its_session_is_revoked_is_dead_afterwards() {
    let database = TestDatabase::new().await;
    let pool = pool_of(&database, 2).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for _ in 0..20 {
        let (old, _) = signed_in(&pool.get().await.unwrap(), ada).await;
        let new = Token::generate();
        let revoked: u64 = at_once(2, |task| {
            let (pool, old, new) = (pool.clone(), old.clone(), new.clone());
            async move {
                let client = pool.get().await.unwrap();
                if task == 0 {
                    return sessions::revoke_all().bind(&client, &ada, &RevokeReason::Administrator).await.unwrap();
                }
                sessions::rotate().bind(&client, &new.hash(), &3600.0, &old.hash()).opt().await.unwrap();
                0
            }
        })
        .await
        .into_iter()
        .sum();
        assert_eq!(revoked, 1);
        let client = pool.get().await.unwrap();
        assert!(!is_valid(&client, &old).await && !is_valid(&client, &new).await);
    }
}

#[tokio::test]
async fn extending_moves_the_end_further_and_never_closer() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (_, session) = create(&client, ada, &Device::default(), DAY).await.unwrap().unwrap();
    let closer = sessions::extend().bind(&client, &60.0, &session.id).one().await.unwrap();
    assert_eq!(closer, session.expires_at);
    let further = sessions::extend().bind(&client, &(2.0 * DAY.as_secs_f64()), &session.id).one().await.unwrap();
    assert!(further > session.expires_at + TimeDelta::hours(23), "{further}");
    assert!(sessions::extend().bind(&client, &60.0, &-1).opt().await.unwrap().is_none());
}

#[tokio::test]
async fn paging_through_sessions_returns_every_one_once() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let mut expected = Vec::new();
    for number in 0..23 {
        let (_, id) = signed_in(&client, ada).await;
        signed_in(&client, bob).await;
        expected.push(id);
        if number % 3 == 0 {
            sessions::revoke_one().bind(&client, &RevokeReason::SignOut, &id, &ada).await.unwrap();
        }
    }
    expected.reverse();
    let (mut all, mut live, mut before_all, mut before_live) = (Vec::new(), Vec::new(), i32::MAX, i32::MAX);
    loop {
        let page = sessions::list_by_user().bind(&client, &ada, &before_all, &5).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before_all = last.id;
        all.extend(page.iter().map(|session| session.id));
    }
    loop {
        let page = sessions::list_active().bind(&client, &ada, &before_live, &4).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before_live = last.id;
        live.extend(page.iter().map(|session| session.id));
    }
    assert_eq!(all, expected);
    assert_eq!(live.len(), 15);
    assert!(live.iter().collect::<BTreeSet<_>>().len() == 15 && live.is_sorted_by(|one, next| one > next));
    assert_eq!(sessions::count_active().bind(&client, &ada).one().await.unwrap(), 15);
}

#[tokio::test]
async fn cleaning_up_removes_what_is_past_its_time_and_nothing_else() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(signed_in(&client, ada).await.1);
    }
    for (id, expired) in
        [(ids[0], "31 days"), (ids[1], "30 days 1 minute"), (ids[2], "29 days 23 hours"), (ids[3], "1 second")]
    {
        sql(&database, &format!("UPDATE user_sessions SET expires_at = NOW() - INTERVAL '{expired}' WHERE id = {id}"))
            .await;
    }
    assert_eq!(maintenance::delete_expired_sessions().bind(&client, &30, &1).await.unwrap(), 1);
    assert_eq!(maintenance::delete_expired_sessions().bind(&client, &30, &500).await.unwrap(), 1);
    assert_eq!(maintenance::delete_expired_sessions().bind(&client, &30, &500).await.unwrap(), 0);
    let left = sessions::list_by_user().bind(&client, &ada, &i32::MAX, &100).all().await.unwrap();
    assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [ids[4], ids[3], ids[2]]);
}

#[tokio::test]
async fn the_addresses_of_idle_sessions_are_forgotten_and_the_sessions_stay() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let device = Device {
        ip_address: Some("192.0.2.1".parse().unwrap()),
        user_agent: Some("BarqNet".to_owned()),
        ..Device::default()
    };
    let (idle, session) = create(&client, ada, &device, DAY).await.unwrap().unwrap();
    create(&client, ada, &device, DAY).await.unwrap().unwrap();
    let id = session.id;
    sql(&database, &format!("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '31 days' WHERE id = {id}"))
        .await;
    assert_eq!(maintenance::forget_idle_session_addresses().bind(&client, &30, &500).await.unwrap(), 1);
    assert_eq!(maintenance::forget_idle_session_addresses().bind(&client, &30, &500).await.unwrap(), 0);
    assert!(is_valid(&client, &idle).await);
    let listed = sessions::list_active().bind(&client, &ada, &i32::MAX, &10).all().await.unwrap();
    assert_eq!(listed[1].id, id);
    assert_eq!((listed[1].ip_address, listed[1].user_agent.as_deref()), (None, None));
    assert_eq!((listed[0].ip_address, listed[0].user_agent.as_deref()), (device.ip_address, Some("BarqNet")));
}

#[tokio::test]
async fn deleting_an_account_takes_its_sessions_along() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let (token, _) = signed_in(&client, ada).await;
    assert_eq!(users::delete().bind(&client, &"ada").await.unwrap(), 1);
    assert!(!is_valid(&client, &token).await);
    assert_eq!(count(&database, "SELECT COUNT(*) FROM user_sessions").await, 0);
}
