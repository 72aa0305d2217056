//! Devices that change networks and servers: one that comes back replaces its own connection.

use barqnet_db::{
    connections::{AtLimit, CloseReason, ConnectionPolicy, NewConnection, OpenOutcome, open},
    devices::{DevicePolicy, NewDevice, RegisterOutcome, mark_lost, register, sign_out},
    pool::Pool,
    queries::connections,
    sessions::{self, Device, SessionPolicy},
};

use super::{
    limits::{at_most, falls_silent},
    support::{address, bare, closed_for, found, state, statistics},
};
use crate::common::{execute_sql, migrated_database, miscounted_connections, scalar, send_heartbeat, user};

async fn device(pool: &Pool, user_id: i64, key: &str) -> i64 {
    let new = NewDevice { key, name: Some("phone"), device_type: Some("ios"), ..NewDevice::default() };
    match register(pool, user_id, &new, &DevicePolicy::default()).await.expect("an answer") {
        RegisterOutcome::Registered(device) => device.id,
        other => panic!("{other:?}"),
    }
}

async fn opened(pool: &Pool, new: &NewConnection<'_>, policy: &ConnectionPolicy) -> (i64, Vec<i64>) {
    match open(pool, new, policy).await.expect("an answer") {
        OpenOutcome::Opened { id, ended, .. } => (id, ended.into_iter().map(|ended| ended.id).collect()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_device_that_comes_back_replaces_its_own_connection_on_whichever_server() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let phone = device(&pool, ada, "phone").await;
    let two = at_most(2, AtLimit::Refuse);
    let (laptop, _) = opened(&pool, &bare("ada", "node-1"), &two).await;
    let mut last = None;
    // It changes networks and servers faster than anything is reaped.
    for step in 0..6 {
        let server_id = ["node-1", "node-2", "node-2"][step % 3];
        let new = NewConnection { device: Some(phone), ..bare("ada", server_id) };
        let (id, ended) = opened(&pool, &new, &two).await;
        assert_eq!(ended, last.iter().map(|(id, _)| *id).collect::<Vec<_>>(), "step {step}");
        if let Some((before, server)) = last {
            let gone = found(&client, before).await;
            assert_eq!((gone.status.as_str(), gone.disconnect_reason.as_deref()), ("disconnected", Some("superseded")));
            assert_eq!(
                send_heartbeat(&client, server, 1, (before, 1), (1, 1)).await.closed,
                [closed_for(before, CloseReason::Superseded)]
            );
        }
        let held = found(&client, id).await;
        assert_eq!(
            (held.device_id, held.device_name.as_deref(), held.device_type.as_deref()),
            (Some(phone), Some("phone"), Some("ios"))
        );
        last = Some((id, server_id));
    }
    assert!(state(&client, laptop).await.is_live());
    assert_eq!(connections::count_active_by_user().bind(&client, &"ada").one().await.unwrap(), 2);
    assert_eq!((statistics(&database).await, miscounted_connections(&database).await), ((5, 5), 0));
    let seen = scalar(
        &database,
        "SELECT COUNT(*) FROM user_devices d JOIN vpn_connections c ON c.device_id = d.id AND c.connected_at = d.last_seen",
    )
    .await;
    assert_eq!(seen, 1, "the last opening");
}

#[tokio::test]
async fn what_a_device_had_on_a_silent_server_ends_as_of_its_last_report() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let new = NewConnection { device: Some(device(&pool, ada, "phone").await), ..bare("ada", "node-1") };
    let one = at_most(1, AtLimit::Refuse);
    let (lost, _) = opened(&pool, &new, &one).await;
    send_heartbeat(&client, "node-1", 1, (lost, 1), (100, 200)).await;
    falls_silent(&database, "node-1").await;
    let last_report = found(&client, lost).await.last_activity;
    let (_, ended) = opened(&pool, &NewConnection { server_id: "node-2", ..new }, &one).await;
    assert_eq!(ended, [lost]);
    let gone = found(&client, lost).await;
    assert_eq!((gone.disconnected_at, gone.bytes_received), (last_report, 100));
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn only_a_registered_device_of_the_user_opens_connections_and_sessions() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let of_bob = device(&pool, bob, "phone").await;
    let (signed_out, lost) = (device(&pool, ada, "tablet").await, device(&pool, ada, "phone").await);
    sign_out(&pool, ada, signed_out).await.unwrap().expect("her device");
    mark_lost(&pool, ada, lost).await.unwrap().expect("her device");
    for refused in [of_bob, signed_out, lost, -1] {
        let new =
            NewConnection { device: Some(refused), virtual_ip: Some(address("10.8.0.2")), ..bare("ada", "node-1") };
        let outcome = open(&pool, &new, &ConnectionPolicy::default()).await.unwrap();
        assert!(matches!(outcome, OpenOutcome::DeviceNotRegistered), "{refused}: {outcome:?}");
        let on = Device { id: Some(refused), ..Device::default() };
        let outcome = sessions::create(&client, ada, &on, &SessionPolicy::default()).await.unwrap();
        assert!(matches!(outcome, sessions::CreateOutcome::DeviceNotRegistered), "{refused}: {outcome:?}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections").await, 0);
    for key in ["tablet", "phone"] {
        let again = device(&pool, ada, key).await;
        opened(&pool, &NewConnection { device: Some(again), ..bare("ada", "node-1") }, &ConnectionPolicy::default())
            .await;
    }
}

#[tokio::test]
async fn a_delayed_opening_does_not_take_the_device_from_a_later_start_of_the_daemon() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let phone = Some(device(&pool, ada, "phone").await);
    let at = |epoch| NewConnection { device: phone, daemon: Some("wg0"), epoch: Some(epoch), ..bare("ada", "node-1") };
    let (id, _) = opened(&pool, &at(2), &ConnectionPolicy::default()).await;
    let outcome = open(&pool, &at(1), &ConnectionPolicy::default()).await.unwrap();
    assert!(matches!(outcome, OpenOutcome::Outdated), "{outcome:?}");
    assert!(state(&client, id).await.is_live());
    assert_eq!(opened(&pool, &at(2), &ConnectionPolicy::default()).await.1, [id]);
}

#[tokio::test]
async fn connections_without_a_device_work_as_before() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let one = at_most(1, AtLimit::Refuse);
    let new = NewConnection { device_name: Some("phone"), ..bare("ada", "node-1") };
    let (id, _) = opened(&pool, &new, &one).await;
    assert_eq!(found(&client, id).await.device_id, None);
    assert!(matches!(open(&pool, &new, &one).await.unwrap(), OpenOutcome::LimitReached { .. }));
    execute_sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 minutes'").await;
    opened(&pool, &new, &one).await;
}
