//! Unusual counters in random histories: they jump, begin again, are older than their connection or outlive it, and accounts
//! expire in between.

use barqnet_db::{
    connections::{CloseReason, ConnectionPolicy, InitialCounters, NewConnection, OpenOutcome, open, reap_stale},
    pool::Pool,
    queries::{connections, maintenance, users},
};
use barqnet_db_testing::TestDatabase;

use super::roll_ups::{Live, Model, some, sum};
use crate::common::{Numbers, STALE, execute_sql, send_heartbeat};

/// Something unusual that happens to the counter of a live connection.
pub(super) async fn counter_step(
    database: &TestDatabase,
    pool: &Pool,
    numbers: &mut Numbers,
    model: &mut Model,
    chosen: usize,
) {
    let client = pool.get().await.unwrap();
    let mut live = model.live[chosen].clone();
    let more = some(numbers);
    let report = async |live: &Live, figure| {
        send_heartbeat(&client, &live.server, live.epoch, (live.id, live.sequence), figure).await
    };
    match numbers.below(6) {
        // A jump, which is no usage, and what comes after it.
        0 => {
            live.sequence += 1;
            live.counted = sum(live.counted, (3_000_000_000_000, 0));
            assert_eq!(report(&live, live.counted).await.implausible, [live.id]);
            live.sequence += 1;
            live.counted = sum(live.counted, more);
            assert_eq!(report(&live, live.counted).await.applied, [live.id]);
            model.add(&live.username, more);
            model.live[chosen] = live;
        }
        // The counter begins again at 0 within its epoch.
        1 if live.sequence > 0 && live.counted.0 > 1 && live.counted.0 < 1_000_000_000 => {
            live.sequence += 1;
            live.counted = (live.counted.0 / 2, 0);
            assert_eq!(report(&live, live.counted).await.implausible, [live.id]);
            live.sequence += 1;
            live.counted = sum(live.counted, more);
            assert_eq!(report(&live, live.counted).await.applied, [live.id]);
            let all = live.counted;
            model.add(&live.username, all);
            model.live[chosen] = live;
        }
        // It outlives its connection, which is reaped and opened again.
        2 if live.sequence > 0 => {
            let silent = "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 days' WHERE id =";
            execute_sql(database, &format!("{silent} {}", live.id)).await;
            assert_eq!(reap_stale(&client, STALE, 10).await.unwrap().len(), 1);
            model.ended(|other| other.id == live.id);
            // What the node reports before it opens the connection again counts for the reaped one.
            if numbers.below(2) == 0 {
                live.sequence += 1;
                live.counted = sum(live.counted, more);
                for _ in 0..2 {
                    assert_eq!(report(&live, live.counted).await.closed.len(), 1);
                }
                model.add(&live.username, more);
            }
            open_again(pool, model, live, None).await;
        }
        // It is older than its connection, and the node says so; its daemon restarts later.
        3 => {
            let closed = connections::close_all_for_address();
            let address = live.address.into();
            closed.bind(&client, &live.server.as_str(), &address, &CloseReason::Administrator).all().await.unwrap();
            model.ended(|other| other.id == live.id);
            live.counted = sum(live.counted, more);
            let initial = live.counted;
            open_again(pool, model, live, Some(initial)).await;
        }
        4 => {
            let close = connections::close_all_for_server();
            let reason = CloseReason::ServerRestart;
            let daemon = ["udp", "tcp"][usize::from(numbers.below(2) == 0)];
            let ended = close.bind(&client, &live.server.as_str(), &Some(daemon), &None, &reason).all().await.unwrap();
            model.ended(|other| ended.iter().any(|ended| ended.connection_id == other.id));
        }
        // The account expires: the last report counts, and nothing is written twice.
        _ => {
            let past = Some(chrono::Utc::now() - chrono::TimeDelta::seconds(1));
            users::set_expiry().bind(&client, &past, &live.username).await.unwrap();
            if numbers.below(2) == 0 {
                live.sequence += 1;
                live.counted = sum(live.counted, more);
                for _ in 0..2 {
                    assert_eq!(report(&live, live.counted).await.closed.len(), 1);
                }
                model.add(&live.username, more);
            }
            maintenance::expire_accounts().bind(&client, &10).one().await.unwrap();
            model.ended(|other| other.username == live.username);
            users::set_expiry().bind(&client, &None, &live.username).await.unwrap();
        }
    }
}

/// Opens a connection for the counter of another one.
async fn open_again(pool: &Pool, model: &mut Model, live: Live, initial: Option<(u64, u64)>) {
    let new = NewConnection {
        username: &live.username,
        server_id: &live.server,
        virtual_ip: Some(live.address.into()),
        daemon: initial.map(|_| "udp"),
        epoch: Some(live.epoch),
        counters: initial.map(|(bytes_received, bytes_sent)| InitialCounters { bytes_received, bytes_sent }),
        ..NewConnection::default()
    };
    let policy = ConnectionPolicy { max_connections_per_user: None, ..ConnectionPolicy::default() };
    let outcome = open(pool, &new, &policy).await.unwrap();
    let OpenOutcome::Opened { id, .. } = outcome else { panic!("{outcome:?}") };
    model.live.push(Live { id, sequence: 0, ..live });
}
