//! Forty connections to the database at once: devices that come back, servers that fall silent or restart, reapers.

use barqnet_db::{
    connections::{AtLimit, CloseReason, ConnectionPolicy, NewConnection, OpenOutcome, open, reap_stale, recount},
    devices::{DevicePolicy, NewDevice, RegisterOutcome, register, sign_out},
    queries::{connections, usage},
};

use super::limits::{at_most, falls_silent};
use crate::common::{
    Numbers, STALE, at_once, deadlocks, migrated_database, miscounted_connections, pool_of, scalar, send_heartbeat,
    user,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_openers_with_devices_on_four_servers_keep_every_limit_without_deadlock() {
    const USERS: i32 = 6;
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let mut phones = Vec::new();
    for number in 0..USERS {
        let id = user(&pool.get().await.unwrap(), &format!("user-{number}")).await;
        for key in ["phone", "tablet"] {
            let new = NewDevice { key, ..NewDevice::default() };
            let RegisterOutcome::Registered(device) =
                register(&pool, id, &new, &DevicePolicy::default()).await.unwrap()
            else {
                panic!("there is no limit yet")
            };
            phones.push((id, device.id));
        }
    }
    at_once(40, |task| {
        let (pool, phones) = (pool.clone(), phones.clone());
        async move {
            let mut numbers = Numbers::new(task as u64);
            for _ in 0..25 {
                let number = numbers.below(USERS);
                let (name, server) = (format!("user-{number}"), format!("node-{}", numbers.below(4)));
                match numbers.below(24) {
                    0 => {
                        let client = pool.get().await.unwrap();
                        let all = connections::close_all_for_server();
                        all.bind(&client, &server, &None::<&str>, &None, &CloseReason::ServerRestart)
                            .all()
                            .await
                            .expect("no deadlock");
                    }
                    1 => {
                        let client = pool.get().await.unwrap();
                        let all = connections::close_all_for_user();
                        all.bind(&client, &name, &CloseReason::Administrator).all().await.expect("no deadlock");
                    }
                    2 => drop(reap_stale(&pool.get().await.unwrap(), STALE, 5).await.expect("no deadlock")),
                    3 => drop(recount(&pool).await.expect("no deadlock")),
                    4 => {
                        let (user, device) = phones[usize::try_from(numbers.below(2 * USERS)).unwrap()];
                        sign_out(&pool, user, device).await.expect("no deadlock");
                        let new =
                            NewDevice { key: if device % 2 == 1 { "phone" } else { "tablet" }, ..NewDevice::default() };
                        register(&pool, user, &new, &DevicePolicy::default()).await.expect("no deadlock");
                    }
                    choice => {
                        let device = (choice % 3 > 0)
                            .then(|| phones[usize::try_from(number).unwrap() * 2 + usize::from(choice % 3 > 1)].1);
                        let new = NewConnection {
                            username: &name,
                            server_id: &server,
                            device,
                            virtual_ip: Some([10, 8, 0, u8::try_from(numbers.below(9)).unwrap()].into()),
                            virtual_ip6: (numbers.below(2) == 0)
                                .then(|| [0xfd00, 0, 0, 0, 0, 0, 0, u16::try_from(numbers.below(9)).unwrap()].into()),
                            ..NewConnection::default()
                        };
                        let policy =
                            at_most(2, if numbers.below(2) == 0 { AtLimit::Refuse } else { AtLimit::EndOldest });
                        let outcome = open(&pool, &new, &policy).await.expect("no deadlock");
                        if let OpenOutcome::Opened { id, .. } = outcome {
                            send_heartbeat(&pool.get().await.unwrap(), &server, 1, (id, 1), (10, 20)).await;
                        }
                    }
                }
            }
        }
    })
    .await;
    let live = "FROM vpn_connections WHERE status IN ('connecting', 'connected')";
    for (what, query) in [
        ("users above the limit", format!("SELECT COUNT(*) FROM (SELECT username {live} GROUP BY username HAVING COUNT(*) > 2) t")),
        ("devices with two connections", format!("SELECT COUNT(*) FROM (SELECT device_id {live} AND device_id IS NOT NULL GROUP BY device_id HAVING COUNT(*) > 1) t")),
        ("ends without a row of statistics", "SELECT COUNT(*) FROM vpn_connections c WHERE status = 'disconnected' AND NOT EXISTS (SELECT 1 FROM vpn_statistics v WHERE v.server_id = c.server_id AND v.connection_id = c.id)".to_owned()),
        ("what openings replaced is none", "SELECT (COUNT(*) = 0)::INTEGER::BIGINT FROM vpn_connections WHERE disconnect_reason = 'connection_limit'".to_owned()),
    ] {
        assert_eq!(scalar(&database, &query).await, 0, "{what}");
    }
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&pool.get().await.unwrap()).all().await.unwrap(), []);
    assert_eq!(deadlocks(&database).await, 0, "to try again would have hidden one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_devices_of_a_dead_node_come_back_on_others_at_once_and_twice() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let mut phones = Vec::new();
    let one = at_most(1, AtLimit::Refuse);
    for number in 0..20 {
        let id = user(&pool.get().await.unwrap(), &format!("user-{number}")).await;
        let new = NewDevice { key: "phone", ..NewDevice::default() };
        let RegisterOutcome::Registered(device) = register(&pool, id, &new, &DevicePolicy::default()).await.unwrap()
        else {
            panic!("there is no limit yet")
        };
        let (name, server_id) = (format!("user-{number}"), ["dead-1", "dead-2"][number % 2]);
        let new = NewConnection { username: &name, server_id, device: Some(device.id), ..NewConnection::default() };
        assert!(matches!(open(&pool, &new, &one).await.unwrap(), OpenOutcome::Opened { .. }));
        phones.push(device.id);
    }
    for server in ["dead-1", "dead-2"] {
        falls_silent(&database, server).await;
    }
    let outcomes = at_once(40, |task| {
        let (pool, phone) = (pool.clone(), phones[task / 2]);
        async move {
            let name = format!("user-{}", task / 2);
            let server_id = ["live-1", "live-2", "dead-2"][task % 3];
            let new = NewConnection { username: &name, server_id, device: Some(phone), ..NewConnection::default() };
            open(&pool, &new, &ConnectionPolicy { at_limit: AtLimit::Refuse, ..one }).await.expect("no deadlock")
        }
    })
    .await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, OpenOutcome::Opened { .. })), "{outcomes:?}");
    let live = "SELECT COUNT(*) FROM vpn_connections WHERE status IN ('connecting', 'connected')";
    assert_eq!(scalar(&database, live).await, 20, "one for each device");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 40);
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(deadlocks(&database).await, 0, "to try again would have hidden one");
}
