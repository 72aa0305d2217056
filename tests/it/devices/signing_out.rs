//! Signing out one device, a lost one, and everything.

use barqnet_db::{
    connections::ConnectionPolicy,
    devices::{list, mark_lost, sign_out, sign_out_everywhere},
    queries::connections,
    sessions::{RevokeReason, SessionPolicy},
};

use super::support::{connected, is_valid, registered, signed_in};
use crate::common::{
    at_once, deadlocks, migrated_database, miscounted_connections, pool_of, scalar, send_heartbeat, user,
};

#[tokio::test]
async fn signing_out_a_device_ends_its_sessions_and_connections_and_nobody_elses() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    for (lost, reason, of_session) in [(false, "signed_out", "sign_out"), (true, "device_lost", "device_lost")] {
        let phone = registered(&pool, ada, "phone").await.id;
        let laptop = registered(&pool, ada, "laptop").await.id;
        let of_bob = registered(&pool, bob, "phone").await.id;
        let ended = connected(&pool, "ada", "node-1", Some(phone)).await;
        let mut stay = Vec::new();
        for (name, device) in [("ada", Some(laptop)), ("ada", None), ("bob", Some(of_bob))] {
            stay.push(connected(&pool, name, "node-1", device).await);
        }
        let (its_token, session) = signed_in(&client, ada, Some(phone)).await;
        let mut tokens = Vec::new();
        for (user_id, device) in [(ada, Some(laptop)), (ada, None), (bob, Some(of_bob))] {
            tokens.push(signed_in(&client, user_id, device).await.0);
        }
        assert!(sign_out(&pool, bob, phone).await.unwrap().is_none(), "not his");
        let gone = if lost { mark_lost(&pool, ada, phone).await } else { sign_out(&pool, ada, phone).await };
        let gone = gone.unwrap().expect("her device");
        assert_eq!(gone.sessions_ended, 1);
        assert_eq!(gone.closed.iter().map(|closed| closed.connection_id).collect::<Vec<_>>(), [ended]);
        assert!(!is_valid(&client, &its_token).await);
        for token in &tokens {
            assert!(is_valid(&client, token).await);
        }
        let report = send_heartbeat(&client, "node-1", 1, (ended, 1), (1, 1)).await;
        assert_eq!(
            report.closed.iter().map(|closed| closed.connection_id).collect::<Vec<_>>(),
            [ended],
            "its node learns it"
        );
        for id in stay {
            assert_eq!(send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await.applied, [id]);
        }
        let reasons = format!(
            "SELECT COUNT(*) FROM vpn_connections c, user_sessions s
             WHERE c.id = {ended} AND c.disconnect_reason = '{reason}' AND s.id = {session} AND s.revoked_reason = '{of_session}'"
        );
        assert_eq!(scalar(&database, &reasons).await, 1);
        // Once more: nothing is left.
        let again = sign_out(&pool, ada, phone).await.unwrap().expect("her device");
        assert_eq!((again.sessions_ended, again.closed.len()), (0, 0));
    }
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn signing_out_everywhere_ends_devices_sessions_and_connections_of_one_user() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let phone = registered(&pool, ada, "phone").await.id;
    let mut ended =
        vec![connected(&pool, "ada", "node-2", Some(phone)).await, connected(&pool, "ada", "node-1", None).await];
    let (of_bob, _) = signed_in(&client, bob, None).await;
    connected(&pool, "bob", "node-1", None).await;
    let tokens = [signed_in(&client, ada, Some(phone)).await.0, signed_in(&client, ada, None).await.0];
    let all = sign_out_everywhere(&pool, ada, RevokeReason::Administrator).await.unwrap().expect("an account");
    assert_eq!(all.sessions_ended, 2);
    let mut closed: Vec<i64> = all.closed.iter().map(|closed| closed.connection_id).collect();
    closed.sort_unstable();
    ended.sort_unstable();
    assert_eq!(closed, ended);
    for token in &tokens {
        assert!(!is_valid(&client, token).await);
    }
    assert!(list(&client, ada, i64::MAX, 10).await.unwrap().is_empty());
    assert!(is_valid(&client, &of_bob).await);
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 1);
    assert!(sign_out_everywhere(&pool, -1, RevokeReason::SignOut).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_device_that_is_signed_out_while_it_opens_keeps_nothing() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 12).await;
    let ada = user(&pool.get().await.unwrap(), "ada").await;
    for round in 0..8 {
        let phone = registered(&pool, ada, "phone").await.id;
        at_once(12, |task| {
            let pool = pool.clone();
            async move {
                let new = barqnet_db::connections::NewConnection {
                    username: "ada",
                    server_id: ["node-1", "node-2", "node-3"][task % 3],
                    device: Some(phone),
                    ..Default::default()
                };
                match task {
                    0 => drop(sign_out(&pool, ada, phone).await.expect("no deadlock")),
                    1..6 => {
                        let device = barqnet_db::sessions::Device { id: Some(phone), ..Default::default() };
                        let client = pool.get().await.unwrap();
                        barqnet_db::sessions::create(&client, ada, &device, &SessionPolicy::default())
                            .await
                            .expect("no deadlock");
                    }
                    _ => drop(
                        barqnet_db::connections::open(&pool, &new, &ConnectionPolicy::default())
                            .await
                            .expect("no deadlock"),
                    ),
                }
            }
        })
        .await;
        let live = "SELECT (SELECT COUNT(*) FROM vpn_connections WHERE status IN ('connecting', 'connected'))
                         + (SELECT COUNT(*) FROM user_sessions WHERE NOT revoked)";
        assert_eq!(scalar(&database, live).await, 0, "round {round}");
    }
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(deadlocks(&database).await, 0, "to try again would have hidden one");
}
