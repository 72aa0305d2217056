//! Registering devices: once by their key, within the limit.

use barqnet_db::{
    devices::{
        AtLimit, DevicePolicy, MAX_KEY_CHARS, NewDevice, RegisterOutcome, RevokeReason, list, mark_lost, register,
        rename, sign_out,
    },
    queries::{devices, users},
    sessions::{RevokeReason as SessionReason, SessionPolicy, revoke, validate},
};

use super::support::{at_most, connected, is_valid, registered, signed_in};
use crate::common::{at_once, execute_sql, migrated_database, miscounted_connections, pool_of, scalar, user};

#[tokio::test]
async fn a_device_is_registered_once_and_found_again_by_its_key() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let new = NewDevice { key: "6f1c", name: Some("phone"), device_type: Some("ios"), session: None };
    let policy = DevicePolicy::default();
    let RegisterOutcome::Registered(first) = register(&pool, ada, &new, &policy).await.unwrap() else { panic!() };
    assert_eq!((first.was_revoked_for, first.replaced.len(), first.closed.len()), (None, 0, 0));
    let ids = scalar(&database, "SELECT last_value FROM user_devices_id_seq").await;
    let again = NewDevice { name: Some("Ada's phone"), device_type: None, ..new };
    let RegisterOutcome::Registered(found) = register(&pool, ada, &again, &policy).await.unwrap() else { panic!() };
    assert_eq!(found.id, first.id);
    assert_eq!(scalar(&database, "SELECT last_value FROM user_devices_id_seq").await, ids, "no id is taken");
    let device = devices::by_id().bind(&client, &first.id).one().await.unwrap();
    assert_eq!((device.user_id, device.device_key.as_str()), (ada, "6f1c"));
    assert_eq!((device.device_name.as_deref(), device.device_type.as_deref()), (Some("Ada's phone"), Some("ios")));
    assert!(device.last_seen > device.created_at);
    // Another user's device can have the same key.
    assert_ne!(registered(&pool, bob, "6f1c").await.id, first.id);

    assert!(rename(&client, ada, first.id, "i\0Phone").await.unwrap());
    assert!(rename(&client, ada, first.id, &"é".repeat(300)).await.unwrap());
    assert!(!rename(&client, bob, first.id, "mine").await.unwrap());
    let device = devices::by_id().bind(&client, &first.id).one().await.unwrap();
    assert_eq!(device.device_name, Some("é".repeat(255)));
    let long = "x".repeat(300);
    let told = NewDevice { name: Some(&long), device_type: Some(&long), ..new };
    assert!(matches!(register(&pool, ada, &told, &policy).await.unwrap(), RegisterOutcome::Registered(_)));
    let longest = "é".repeat(MAX_KEY_CHARS);
    assert_ne!(registered(&pool, ada, &longest).await.id, first.id);
    for key in ["", "a\0b", &format!("{longest}é")] {
        let outcome = register(&pool, ada, &NewDevice { key, ..new }, &policy).await.unwrap();
        assert!(matches!(outcome, RegisterOutcome::InvalidKey), "{outcome:?}");
    }
    for nobody in [-1, 0] {
        assert!(matches!(register(&pool, nobody, &new, &policy).await.unwrap(), RegisterOutcome::Unusable));
    }
    users::deactivate().bind(&client, &"ada").await.unwrap();
    assert!(matches!(register(&pool, ada, &new, &policy).await.unwrap(), RegisterOutcome::Unusable));
}

#[tokio::test]
async fn a_session_belongs_to_the_device_that_it_registers() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let policy = DevicePolicy::default();
    let (first, session) = signed_in(&client, ada, None).await;
    let new = NewDevice { key: "phone", session: Some(session), ..NewDevice::default() };
    let RegisterOutcome::Registered(phone) = register(&pool, ada, &new, &policy).await.unwrap() else { panic!() };
    let valid = validate(&client, &first.hash(), &SessionPolicy::default()).await.unwrap().expect("it is valid");
    assert_eq!(valid.device_id, Some(phone.id));
    // The device signs in again: its earlier session ends, others stay.
    let (other, _) = signed_in(&client, ada, None).await;
    let (second, session) = signed_in(&client, ada, None).await;
    let new = NewDevice { session: Some(session), ..new };
    assert!(matches!(register(&pool, ada, &new, &policy).await.unwrap(), RegisterOutcome::Registered(_)));
    assert!(!is_valid(&client, &first).await && is_valid(&client, &second).await && is_valid(&client, &other).await);
    let (third, _) = signed_in(&client, ada, Some(phone.id)).await;
    assert!(!is_valid(&client, &second).await && is_valid(&client, &third).await && is_valid(&client, &other).await);
    let reason = "SELECT COUNT(*) FROM user_sessions WHERE revoked_reason = 'superseded'";
    assert_eq!(scalar(&database, reason).await, 2);
    // Not another user's, and not one that has ended.
    let (_, of_bob) = signed_in(&client, bob, None).await;
    let (_, ended) = signed_in(&client, ada, None).await;
    revoke(&client, ada, ended, SessionReason::SignOut).await.unwrap();
    for session in [of_bob, ended, -1] {
        let new = NewDevice { key: "tablet", session: Some(session), ..NewDevice::default() };
        let outcome = register(&pool, ada, &new, &policy).await.unwrap();
        assert!(matches!(outcome, RegisterOutcome::Unusable), "{session}: {outcome:?}");
    }
    assert_eq!(list(&client, ada, i64::MAX, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_device_that_was_signed_out_or_lost_is_registered_again_and_that_is_told() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let phone = registered(&pool, ada, "phone").await.id;
    sign_out(&pool, ada, phone).await.unwrap().expect("her device");
    assert_eq!(list(&client, ada, i64::MAX, 10).await.unwrap().len(), 0);
    let again = registered(&pool, ada, "phone").await;
    assert_eq!((again.id, again.was_revoked_for), (phone, Some(RevokeReason::SignOut)));
    // Lost counts more than signed out, in either order.
    for (first, second) in [(true, false), (false, true)] {
        for is_lost in [first, second] {
            let ended = if is_lost { mark_lost(&pool, ada, phone).await } else { sign_out(&pool, ada, phone).await };
            ended.unwrap().expect("her device");
        }
        assert_eq!(registered(&pool, ada, "phone").await.was_revoked_for, Some(RevokeReason::Lost));
        assert_eq!(registered(&pool, ada, "phone").await.was_revoked_for, None);
    }
    assert_eq!(list(&client, ada, i64::MAX, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn at_the_limit_the_device_not_used_for_longest_is_signed_out_or_the_new_one_is_refused() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut ids = Vec::new();
    for key in ["phone", "tablet", "laptop"] {
        ids.push(registered(&pool, ada, key).await.id);
    }
    let [phone, tablet, laptop] = ids[..] else { panic!("three") };
    let new = NewDevice { key: "tv", ..NewDevice::default() };
    let refused = register(&pool, ada, &new, &at_most(3, AtLimit::Refuse)).await.unwrap();
    assert!(matches!(refused, RegisterOutcome::LimitReached), "{refused:?}");
    // Registered long ago: the phone has a connection, the laptop a session that was used since.
    let (of_tablet, _) = signed_in(&client, ada, Some(tablet)).await;
    let (of_laptop, _) = signed_in(&client, ada, Some(laptop)).await;
    let connection = connected(&pool, "ada", "node-1", Some(phone)).await;
    execute_sql(&database, "UPDATE user_devices SET last_seen = NOW() - INTERVAL '9 days'").await;
    execute_sql(
        &database,
        &format!("UPDATE user_sessions SET last_activity = NOW() - INTERVAL '5 days' WHERE device_id = {tablet}"),
    )
    .await;
    execute_sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '8 days'").await;
    let outcome = register(&pool, ada, &new, &at_most(3, AtLimit::EndOldest)).await.unwrap();
    let RegisterOutcome::Registered(tv) = outcome else { panic!("{outcome:?}") };
    assert_eq!((tv.replaced, tv.closed.len()), (vec![tablet], 0));
    assert!(!is_valid(&client, &of_tablet).await && is_valid(&client, &of_laptop).await);
    // A limit that was lowered signs out as many as it takes, with their connections.
    assert_eq!(users::set_limits().bind(&client, &None, &Some(1), &"ada").await.unwrap(), 1);
    let new = NewDevice { key: "watch", ..new };
    let outcome = register(&pool, ada, &new, &DevicePolicy::default()).await.unwrap();
    let RegisterOutcome::Registered(watch) = outcome else { panic!("{outcome:?}") };
    assert_eq!(watch.replaced.len(), 3);
    assert_eq!(watch.closed.iter().map(|closed| closed.connection_id).collect::<Vec<_>>(), [connection]);
    let reasons = "SELECT COUNT(*) FROM vpn_connections WHERE disconnect_reason = 'device_limit'";
    assert_eq!(scalar(&database, reasons).await, 1);
    assert_eq!(list(&client, ada, i64::MAX, 10).await.unwrap().len(), 1);
    // A device that is registered is not refused by a limit.
    assert_eq!(users::set_limits().bind(&client, &None, &Some(0), &"ada").await.unwrap(), 1);
    assert!(matches!(
        register(&pool, ada, &new, &at_most(1, AtLimit::Refuse)).await.unwrap(),
        RegisterOutcome::Registered(_)
    ));
    let new = NewDevice { key: "phone", ..new };
    assert!(matches!(
        register(&pool, ada, &new, &at_most(9, AtLimit::EndOldest)).await.unwrap(),
        RegisterOutcome::LimitReached
    ));
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_of_devices_holds_for_forty_concurrent_registrations_whatever_the_isolation_level() {
    for level in ["read committed", "serializable"] {
        for at_limit in [AtLimit::Refuse, AtLimit::EndOldest] {
            let database = migrated_database().await;
            crate::common::set_default_isolation(&database, level).await;
            let pool = pool_of(&database, 40).await;
            let ada = user(&pool.get().await.unwrap(), "ada").await;
            let outcomes = at_once(40, |task| {
                let pool = pool.clone();
                async move {
                    // Each key twice.
                    let key = format!("device-{}", task / 2);
                    let new = NewDevice { key: &key, ..NewDevice::default() };
                    register(&pool, ada, &new, &at_most(5, at_limit)).await.expect("an answer")
                }
            })
            .await;
            let count = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::Registered(_))).count();
            assert_eq!(count, if at_limit == AtLimit::Refuse { 10 } else { 40 }, "{level}: {outcomes:?}");
            assert_eq!(
                scalar(&database, "SELECT COUNT(*) FROM user_devices WHERE revoked_at IS NULL").await,
                5,
                "{level}"
            );
        }
    }
}
