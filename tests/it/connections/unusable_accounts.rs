//! An account that expires, is deactivated, moved or erased loses its connections within one heartbeat, with their statistics.

use barqnet_db::{
    client::GenericClient,
    connections::{
        CloseReason, Closed, ConnectionPolicy, CounterPolicy, Heartbeat, NewConnection, OpenOutcome, heartbeat, open,
    },
    maintenance::{self, MaintenancePolicy},
    queries::{
        connections::{self, HeartbeatParams},
        sessions as session_queries, usage, users,
    },
    sessions::{CreateOutcome, Device, SessionPolicy, create, validate},
};
use barqnet_db_testing::TestDatabase;
use chrono::{DateTime, TimeDelta, Utc};

use super::support::{bare, closed_for, counters, found, opened, state, statistics};
use crate::common::{
    at_once, connection, erase, execute_sql, migrated_database, miscounted_connections, pool_of, scalar,
    send_heartbeat, text_rows, user,
};

/// Sets when the account expires.
async fn expires(client: &impl GenericClient, username: &str, at: Option<DateTime<Utc>>) {
    assert_eq!(users::set_expiry().bind(client, &at, &username).await.expect("an answer"), 1);
}

fn past() -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(1)
}

/// Everything that regular maintenance does.
async fn maintain(database: &TestDatabase) {
    let report = maintenance::run_all(&database.pool().await, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
}

/// Awaits that the database's clock has passed a moment.
async fn until(database: &TestDatabase, at: DateTime<Utc>) {
    while scalar(database, &format!("SELECT (CLOCK_TIMESTAMP() > '{at}')::INTEGER::BIGINT")).await == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_whose_account_expires_ends_with_the_next_heartbeat_and_its_bytes_count() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let at = Utc::now() + TimeDelta::milliseconds(700);
    expires(&client, "ada", Some(at)).await;
    let id = opened(&pool, &bare("ada", "node-1")).await.expect("the account is usable");
    let other = connection(&client, "bob", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    until(&database, at).await;
    let beats = [(id, 2, 150), (other, 1, 7)].map(|(connection_id, sequence, bytes)| Heartbeat {
        connection_id,
        epoch: 1,
        sequence,
        bytes_received: bytes,
        bytes_sent: 260,
    });
    let report = heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.unwrap();
    assert_eq!((report.closed, report.applied), (vec![closed_for(id, CloseReason::AccountExpired)], vec![other]));
    assert_eq!(counters(&client, id).await, (150, 260), "its last report counts");
    assert_eq!(statistics(&database).await, (1, 1));
    assert_eq!(scalar(&database, "SELECT bytes_in * 1000 + bytes_out FROM vpn_statistics").await, 150_260);
    // The answer stays the same, and what was used until the client was gone counts once.
    for _ in 0..2 {
        let report = send_heartbeat(&client, "node-1", 1, (id, 3), (170, 280)).await;
        assert_eq!(report.closed, [closed_for(id, CloseReason::AccountExpired)]);
        assert_eq!(counters(&client, id).await, (170, 280));
    }
    assert_eq!(statistics(&database).await, (1, 1));
    assert!(opened(&pool, &bare("ada", "node-1")).await.is_none());
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_new_expiry_reaches_the_live_connections() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (first, second) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-2").await);
    let mut sequence = 0;
    for (expiry, ends) in [
        (Some(Utc::now() + TimeDelta::days(1)), false),
        (None, false),
        // Another program writes without our statements.
        (Some(past()), true),
    ] {
        match expiry {
            Some(at) if ends => {
                execute_sql(&database, &format!("UPDATE users SET expires_at = '{at}'")).await;
            }
            at => expires(&client, "ada", at).await,
        }
        sequence += 1;
        for (id, server) in [(first, "node-1"), (second, "node-2")] {
            let report = send_heartbeat(&client, server, 1, (id, sequence), (10, 10)).await;
            assert_eq!((report.applied == [id], !report.closed.is_empty()), (!ends, ends), "{expiry:?}");
        }
    }
    assert_eq!(statistics(&database).await, (2, 2));
}

#[tokio::test]
async fn a_node_learns_why_a_connection_of_a_changed_account_ended_and_its_bytes_count() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (change, reason) in [
        ("deactivated", CloseReason::AccountDeactivated),
        ("deactivated by another program", CloseReason::AccountDeactivated),
        ("moved", CloseReason::AccountMoved),
        ("moved by a profile", CloseReason::AccountMoved),
        ("erased", CloseReason::AccountErased),
    ] {
        let name = change.replace(' ', "-");
        user(&client, &name).await;
        let id = connection(&client, &name, "node-1").await;
        send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
        match change {
            "deactivated" => {
                let closed = barqnet_db::users::deactivate(&pool, &name).await.unwrap().expect("an account");
                assert_eq!(closed.iter().map(|closed| closed.connection_id).collect::<Vec<_>>(), [id]);
            }
            "moved" => assert_eq!(users::assign_server().bind(&client, &"node-2", &name).await.unwrap(), 1),
            "moved by a profile" => {
                let none = &None::<&str>;
                let upsert = users::upsert_vpn_profile();
                upsert.bind(&client, &name, &"node-2", &"test", &"udp", &1194, none, none).one().await.unwrap();
            }
            "erased" => {
                erase(&pool, &name).await.expect("an account");
            }
            _ => {
                let sql = format!("UPDATE users SET active = FALSE WHERE username = '{name}'");
                execute_sql(&database, &sql).await;
            }
        }
        assert!(!state(&client, id).await.is_live(), "{change}");
        for _ in 0..2 {
            let report = send_heartbeat(&client, "node-1", 1, (id, 2), (130, 240)).await;
            assert_eq!(report.closed, [closed_for(id, reason)], "{change}");
            assert_eq!(counters(&client, id).await, (130, 240), "{change}: what it used until it was dropped");
        }
    }
    assert_eq!(statistics(&database).await, (5, 5));
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn an_account_that_moves_keeps_its_connections_on_other_servers() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (old, elsewhere) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-3").await);
    users::assign_server().bind(&client, &"node-2", &"ada").await.unwrap();
    assert!(!state(&client, old).await.is_live() && state(&client, elsewhere).await.is_live());
    users::assign_server().bind(&client, &"node-2", &"ada").await.unwrap();
    let new = connection(&client, "ada", "node-2").await;
    users::assign_server().bind(&client, &"node-2", &"ada").await.unwrap();
    assert!(state(&client, new).await.is_live(), "it is where it was");
}

#[tokio::test]
async fn the_reason_of_an_end_in_error_or_by_another_program_is_none() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for reason in ["'tls_error'", "NULL"] {
        let id = connection(&client, "ada", "node-1").await;
        let end = format!("UPDATE vpn_connections SET status = 'error', disconnect_reason = {reason} WHERE id = {id}");
        execute_sql(&database, &end).await;
        let report = send_heartbeat(&client, "node-1", 1, (id, 1), (1, 1)).await;
        assert_eq!(report.closed, [Closed { connection_id: id, reason: None }], "{reason}");
        assert_eq!(counters(&client, id).await, (0, 0), "its node has ended it");
    }
}

#[tokio::test]
async fn maintenance_ends_what_an_expired_account_of_a_silent_server_has_once_and_tells_the_node() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (user(&client, "ada").await, user(&client, "bob").await);
    let policy = SessionPolicy::default();
    let mut tokens = Vec::new();
    for id in [ada, bob] {
        let CreateOutcome::Created(token, _) = create(&client, id, &Device::default(), &policy).await.unwrap() else {
            panic!("a usable account")
        };
        tokens.push(token);
    }
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    let other = connection(&client, "bob", "node-1").await;
    let last = "UPDATE vpn_connections SET last_activity = last_activity - INTERVAL '20 seconds'";
    execute_sql(&database, last).await;
    let reported = found(&client, id).await.last_activity;
    for round in 1..=2 {
        expires(&client, "ada", Some(past())).await;
        let sent = users::by_id().bind(&client, &ada).one().await.unwrap().sync_version;
        users::mark_synced().bind(&client, &ada, &sent).await.unwrap();
        maintain(&database).await;
        let unsynced = users::list_unsynced().bind(&client, &"node-1", &0, &10).all().await.unwrap();
        let names: Vec<_> = unsynced.iter().map(|user| user.username.as_str()).collect();
        assert_eq!(names, ["ada", "bob"], "round {round}: the node hears of it");
        assert_eq!(users::mark_synced().bind(&client, &ada, &sent).await.unwrap(), 0, "and not of an earlier state");
        let version = unsynced[0].sync_version;
        assert_eq!(users::mark_synced().bind(&client, &ada, &version).await.unwrap(), 1);
        // It takes effect once, and again for a new expiry.
        maintain(&database).await;
        assert!(users::by_id().bind(&client, &ada).one().await.unwrap().synced, "round {round}");
    }
    let ended = found(&client, id).await;
    assert_eq!((ended.disconnect_reason.as_deref(), ended.disconnected_at), (Some("account_expired"), reported));
    assert_eq!(statistics(&database).await, (1, 1));
    assert!(state(&client, other).await.is_live());
    // Longer validity brings no session back.
    expires(&client, "ada", None).await;
    let is_valid =
        async |token: &barqnet_db::sessions::Token| validate(&client, &token.hash(), &policy).await.unwrap().is_some();
    assert!(!is_valid(&tokens[0]).await && is_valid(&tokens[1]).await);
    let sessions = session_queries::list_by_user().bind(&client, &ada, &i64::MAX, &10).all().await.unwrap();
    assert_eq!(sessions[0].revoked_reason.as_deref(), Some("account_expired"));
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn a_deactivated_account_that_is_reactivated_gets_no_session_back() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let policy = SessionPolicy::default();
    let CreateOutcome::Created(stolen, _) = create(&client, ada, &Device::default(), &policy).await.unwrap() else {
        panic!("a usable account")
    };
    barqnet_db::users::deactivate(&pool, "ada").await.unwrap().expect("an account");
    users::reactivate().bind(&client, &"ada").await.unwrap();
    assert!(validate(&client, &stolen.hash(), &policy).await.unwrap().is_none());
    let sessions = session_queries::list_by_user().bind(&client, &ada, &i64::MAX, &10).all().await.unwrap();
    assert_eq!(sessions[0].revoked_reason.as_deref(), Some("account_deactivated"));
    let created = create(&client, ada, &Device::default(), &policy).await.unwrap();
    assert!(matches!(created, CreateOutcome::Created(..)), "{created:?}");
}

/// The process that answers a heartbeat dies between its statements: the next heartbeat ends the connection.
#[tokio::test]
async fn a_heartbeat_that_is_cut_off_before_the_end_is_made_up_for_by_the_next() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    expires(&client, "ada", Some(past())).await;
    let parameters = HeartbeatParams {
        server_id: "node-1",
        ids: vec![id],
        epochs: vec![1_i64],
        sequences: vec![1_i64],
        bytes_received: vec![100_i64],
        bytes_sent: vec![200_i64],
        max_bits_per_second: 1_000_000_000,
    };
    let row = connections::heartbeat().params(&client, &parameters).one().await.unwrap();
    assert_eq!((row.outcome.as_str(), row.reason), ("expired", None));
    assert!(state(&client, id).await.is_live());
    assert_eq!(statistics(&database).await, (0, 0));
    // The same message again.
    let report = send_heartbeat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    assert_eq!(report.closed, [closed_for(id, CloseReason::AccountExpired)]);
    assert_eq!((counters(&client, id).await, statistics(&database).await), ((100, 200), (1, 1)));
}

/// Nodes report, clients open, maintenance runs and accounts change, all at the same time: nothing is written twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accounts_that_end_while_nodes_report_leave_one_row_of_statistics_each() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 12).await;
    let client = pool.get().await.unwrap();
    let mut ids = Vec::new();
    for number in 0..40 {
        user(&client, &format!("user-{number}")).await;
        ids.push(connection(&client, &format!("user-{number}"), "node-1").await);
    }
    let failures = at_once(10, |task| {
        let (pool, ids) = (pool.clone(), ids.clone());
        async move {
            let client = pool.get().await.unwrap();
            let mut failures = Vec::new();
            for number in 0..40_usize {
                let name = format!("user-{number}");
                let failed = match task {
                    0 => users::set_expiry().bind(&client, &Some(past()), &name).await.err(),
                    1 => maintenance_batch(&client).await.err(),
                    2 if number % 3 == 0 => users::assign_server().bind(&client, &"node-2", &name).await.err(),
                    3 if number % 5 == 0 => users::deactivate().bind(&client, &name).await.err(),
                    4 => {
                        let new = NewConnection { username: &name, server_id: "node-1", ..NewConnection::default() };
                        let outcome = open(&pool, &new, &ConnectionPolicy::default()).await.unwrap();
                        assert!(
                            matches!(outcome, OpenOutcome::Opened { .. } | OpenOutcome::UserInactive),
                            "{outcome:?}"
                        );
                        None
                    }
                    _ => {
                        let beats: Vec<Heartbeat> = ids
                            .iter()
                            .map(|&connection_id| Heartbeat {
                                connection_id,
                                epoch: 1,
                                sequence: i64::try_from(number).unwrap(),
                                bytes_received: 10 * u64::try_from(number).unwrap(),
                                bytes_sent: 0,
                            })
                            .collect();
                        heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.err()
                    }
                };
                failures.extend(failed.map(|error| error.to_string()));
            }
            failures
        }
    })
    .await;
    assert_eq!(failures.concat(), Vec::<String>::new());
    // Whoever was opened after the last run of the maintenance.
    while maintenance_batch(&client).await.unwrap() > 0 {}
    let report = {
        let beats: Vec<Heartbeat> = ids
            .iter()
            .map(|&connection_id| Heartbeat {
                connection_id,
                epoch: 1,
                sequence: 100,
                bytes_received: 1000,
                bytes_sent: 0,
            })
            .collect();
        heartbeat(&client, "node-1", &beats, &CounterPolicy::default()).await.unwrap()
    };
    assert_eq!((report.closed.len(), report.applied.len()), (40, 0), "{report:?}");
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 0);
    let ended = scalar(&database, "SELECT COUNT(*) FROM vpn_connections").await;
    assert_eq!(statistics(&database).await, (ended, ended));
    for &id in &ids {
        assert_eq!(counters(&client, id).await, (1000, 0), "every byte, once");
    }
    assert_eq!(miscounted_connections(&database).await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    let reasons = "SELECT DISTINCT disconnect_reason::TEXT FROM vpn_connections ORDER BY 1";
    let reasons = text_rows(&database.client().await, reasons).await;
    assert!(reasons.iter().all(|reason| reason.starts_with("account_")), "{reasons:?}");
}

/// One batch of the accounts whose expiry is due.
async fn maintenance_batch(client: &impl GenericClient) -> Result<i32, barqnet_db::client::Error> {
    barqnet_db::queries::maintenance::expire_accounts().bind(client, &7).one().await
}
