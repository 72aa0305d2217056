//! Usable accounts: neither deactivated nor expired.

use std::num::NonZero;

use barqnet_db::{
    connections::{ConnectionPolicy, NewConnection, open},
    queries::users,
};
use chrono::{TimeDelta, Utc};

use crate::common::{
    at_once, migrated_database, miscounted_connections, phone_number, pool_of, scalar, user, user_with_phone,
};

#[tokio::test]
async fn credentials_say_whether_the_account_may_be_used() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let phone = phone_number("+4915112345678");
    let id = user_with_phone(&client, "ada", &phone).await;
    assert_eq!(users::password_hash_by_id().bind(&client, &id).one().await.unwrap(), None);
    assert_eq!(users::set_password_hash().bind(&client, &"$2b$12$hash", &id).await.unwrap(), 1);
    assert_eq!(users::set_password_hash().bind(&client, &"$2b$12$hash", &-1).await.unwrap(), 0);
    assert_eq!(users::password_hash_by_id().bind(&client, &id).one().await.unwrap().as_deref(), Some("$2b$12$hash"));
    assert!(users::password_hash_by_id().bind(&client, &-1).opt().await.unwrap().is_none());

    let (past, future) = (Utc::now() - TimeDelta::seconds(1), Utc::now() + TimeDelta::hours(1));
    for (active, expires_at, usable) in [
        (true, None, true),
        (false, None, false),
        (true, Some(future), true),
        (true, Some(past), false),
        (false, Some(past), false),
    ] {
        let switched = if active {
            users::reactivate().bind(&client, &"ada").await.unwrap()
        } else {
            users::deactivate().bind(&client, &"ada").await.unwrap()
        };
        assert!(switched <= 1);
        assert_eq!(users::set_expiry().bind(&client, &expires_at, &"ada").await.unwrap(), 1);
        let by_phone = users::credentials_by_phone().bind(&client, &phone).one().await.unwrap();
        let by_name = users::credentials_by_username().bind(&client, &"ada").one().await.unwrap();
        for found in [by_phone, by_name] {
            assert_eq!(
                (found.id, found.username.as_str(), found.usable),
                (id, "ada", usable),
                "{active} {expires_at:?}"
            );
            assert_eq!(found.password_hash.as_deref(), Some("$2b$12$hash"));
        }
        assert_eq!(users::vpn_profile().bind(&client, &"ada").one().await.unwrap().usable, usable);
        assert_eq!(users::lock_by_username().bind(&client, &"ada").one().await.unwrap().usable, usable);
    }
    assert!(users::credentials_by_username().bind(&client, &"eve").opt().await.unwrap().is_none());
    assert!(
        users::credentials_by_phone().bind(&client, &phone_number("+4915112345670")).opt().await.unwrap().is_none()
    );
    assert_eq!(users::set_expiry().bind(&client, &None, &"eve").await.unwrap(), 0);
}

#[tokio::test]
async fn closing_and_opening_an_account_happen_once_each() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = user(&client, "ada").await;
    let synced = async || {
        let version = users::by_id().bind(&client, &id).one().await.unwrap().sync_version;
        assert_eq!(users::mark_synced().bind(&client, &id, &version).await.unwrap(), 1);
    };
    assert_eq!(users::reactivate().bind(&client, &"ada").await.unwrap(), 0, "it is open");
    synced().await;
    assert_eq!(users::deactivate().bind(&client, &"ada").await.unwrap(), 1);
    let closed = users::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!((closed.active, closed.synced), (false, false), "its node must hear of it");
    assert_eq!(users::deactivate().bind(&client, &"ada").await.unwrap(), 0);
    synced().await;
    assert_eq!(users::reactivate().bind(&client, &"ada").await.unwrap(), 1);
    let opened = users::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!((opened.active, opened.synced), (true, false));
    assert_eq!(users::deactivate().bind(&client, &"eve").await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_an_account_while_connections_open_leaves_none_live() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 12).await;
    for round in 0..10 {
        let name = format!("user-{round}");
        user(&pool.get().await.unwrap(), &name).await;
        let outcomes = at_once(12, |task| {
            let (pool, name) = (pool.clone(), name.clone());
            async move {
                if task == 0 {
                    return Some(barqnet_db::users::deactivate(&pool, &name).await.unwrap().expect("an account").len());
                }
                let new = NewConnection {
                    username: &name,
                    server_id: "node-1",
                    virtual_ip: Some([10, 8, round, u8::try_from(task).unwrap()].into()),
                    ..NewConnection::default()
                };
                let policy =
                    ConnectionPolicy { max_connections_per_user: NonZero::new(100), ..ConnectionPolicy::default() };
                open(&pool, &new, &policy).await.unwrap();
                None
            }
        })
        .await;
        let kicked = outcomes.into_iter().flatten().sum::<usize>();
        let opened = "SELECT COUNT(*) FROM vpn_connections WHERE username =";
        let of = format!("{opened} '{name}' AND disconnect_reason = 'account_deactivated'");
        assert_eq!(scalar(&database, &of).await, i64::try_from(kicked).unwrap(), "each is named");
        assert_eq!(scalar(&database, &format!("{opened} '{name}' AND status <> 'disconnected'")).await, 0);
        assert_eq!(barqnet_db::users::deactivate(&pool, &name).await.unwrap().unwrap().len(), 0);
    }
    assert!(barqnet_db::users::deactivate(&pool, "nobody").await.unwrap().is_none());
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn an_account_is_usable_unless_it_is_deactivated_or_expired() {
    let database = migrated_database().await;
    let client = database.client().await;
    for (active, expires_at, usable) in [
        ("NULL", "NULL", true),
        ("TRUE", "NULL", true),
        ("NULL", "CLOCK_TIMESTAMP() + INTERVAL '1 minute'", true),
        ("FALSE", "NULL", false),
        ("FALSE", "CLOCK_TIMESTAMP() + INTERVAL '1 minute'", false),
        ("TRUE", "CLOCK_TIMESTAMP()", false),
        ("TRUE", "'-infinity'", false),
        ("TRUE", "'infinity'", true),
    ] {
        let answer = format!("SELECT account_is_usable({active}, {expires_at})");
        assert_eq!(client.query_one(&answer, &[]).await.unwrap().get::<_, bool>(0), usable, "{answer}");
    }
    let at = "SELECT account_is_usable(TRUE, '2024-01-01Z', '2023-12-31Z'), account_is_usable(TRUE, '2024-01-01Z', '2024-01-01Z')";
    let row = client.query_one(at, &[]).await.unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, bool>(1)), (true, false));
}

#[tokio::test]
async fn postgresql_inlines_account_is_usable() {
    let database = migrated_database().await;
    let client = database.client().await;
    for statement in [
        "SELECT id FROM users WHERE username = 'ada' AND account_is_usable(active, expires_at)",
        "SELECT account_is_usable(active, expires_at) FROM users WHERE username = 'ada' FOR NO KEY UPDATE",
        "SELECT COUNT(*) FILTER (WHERE account_is_usable(active, expires_at, CURRENT_TIMESTAMP)) FROM users",
    ] {
        let plan = client.query(&format!("EXPLAIN (VERBOSE, COSTS OFF) {statement}"), &[]).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("expires_at"), "{plan}");
        assert!(!plan.contains("account_is_usable"), "{plan}");
    }
}
