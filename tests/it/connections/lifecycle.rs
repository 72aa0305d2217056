//! VPN connections: what may follow what, and one statistics row for each end, whatever races.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use barqnet_db::{
    client::GenericClient,
    connections::{
        CloseReason, ConnectionPolicy, ConnectionStatus, FinalCounters, Heartbeat, MIN_IDLE, NewConnection,
        OpenOutcome, Transition, heartbeat, mark_connected, mark_error, open, reap_stale, recount,
    },
    pool::Pool,
    queries::{
        self,
        connections::{self, Connection},
        monitoring, servers, users,
    },
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{
    Numbers, STALE, at_once, beat, close, connection, count, drift, migrated_database, number, opening, pool_of,
    server, sql, user, user_with_phone,
};

const EXIT: CloseReason = CloseReason::ClientExit;

fn address(text: &str) -> IpAddr {
    text.parse().expect("well formed")
}

fn bare<'a>(username: &'a str, server_id: &'a str) -> NewConnection<'a> {
    NewConnection { username, server_id, ..NewConnection::default() }
}

async fn opened(pool: &Pool, new: &NewConnection<'_>) -> Option<i32> {
    match open(pool, new, &ConnectionPolicy::default()).await.expect("an answer") {
        OpenOutcome::Opened { id, .. } => Some(id),
        OpenOutcome::UserInactive => None,
        other => panic!("{other:?}"),
    }
}

async fn found(client: &impl GenericClient, id: i32) -> Connection {
    connections::by_id().bind(client, &id).one().await.expect("it was opened")
}

async fn state(client: &impl GenericClient, id: i32) -> ConnectionStatus {
    found(client, id).await.status.parse().expect("a known status")
}

async fn closed(client: &impl GenericClient, id: i32) -> bool {
    close(client, "node-1", id, None).await.is_some()
}

async fn failed(client: &impl GenericClient, id: i32) -> bool {
    mark_error(client, "node-1", id, "tls_error", None).await.expect("an answer").is_some()
}

/// Rows of statistics, and connections they belong to.
async fn statistics(database: &TestDatabase) -> (i64, i64) {
    (
        count(database, "SELECT COUNT(*) FROM vpn_statistics").await,
        count(database, "SELECT COUNT(DISTINCT connection_id) FROM vpn_statistics").await,
    )
}

#[tokio::test]
async fn a_connection_holds_what_it_was_opened_with() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user_with_phone(&client, "ada", &number("+4915112345678")).await;
    let new = NewConnection {
        client_ip: Some(address("198.51.100.7")),
        virtual_ip: Some(address("10.8.0.2")),
        public_ip: Some(address("2001:db8::1")),
        device_name: Some("Ada's phone"),
        device_type: Some("ios"),
        app_version: Some("2.1.0"),
        ..bare("ada", "node-1")
    };
    let id = opened(&pool, &new).await.expect("a usable account");
    let found = found(&client, id).await;
    assert_eq!(
        (found.username.as_str(), found.server_id.as_str(), found.status.as_str()),
        ("ada", "node-1", "connecting")
    );
    assert_eq!((found.client_ip, found.virtual_ip, found.public_ip), (new.client_ip, new.virtual_ip, new.public_ip));
    assert_eq!((found.bytes_received, found.bytes_sent), (0, 0));
    assert_eq!((found.disconnected_at, found.duration_seconds, found.disconnect_reason), (None, None, None));
    assert!(found.connected_at.is_some() && found.connected_at == found.last_activity);

    let active = connections::active_by_user().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((active.id, active.phone_number.as_deref()), (id, Some("+4915112345678")));
    assert_eq!((active.device_name.as_deref(), active.device_type.as_deref()), (Some("Ada's phone"), Some("ios")));
    assert_eq!(active.app_version.as_deref(), Some("2.1.0"));
    assert!(connections::by_id().bind(&client, &-1).opt().await.unwrap().is_none());
}

#[tokio::test]
async fn only_a_usable_account_opens_a_connection() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "closed", "expired"] {
        user(&client, name).await;
    }
    users::deactivate().bind(&client, &"closed").await.unwrap();
    users::set_expiry().bind(&client, &Some(chrono::Utc::now()), &"expired").await.unwrap();
    for (name, opens) in [("ada", true), ("closed", false), ("expired", false), ("nobody", false)] {
        assert_eq!(opened(&pool, &bare(name, "node-1")).await.is_some(), opens, "{name}");
    }
}

#[tokio::test]
async fn every_state_allows_exactly_the_transitions_it_should() {
    use ConnectionStatus::{Connected, Connecting, Disconnected, Error};
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for from in [Connecting, Connected, Disconnected, Error] {
        for to in [Connecting, Connected, Disconnected, Error] {
            let id = opening(&client, "ada", "node-1").await;
            match from {
                Connected => assert_eq!(mark_connected(&client, "node-1", id).await.unwrap(), Transition::Connected),
                Disconnected => assert!(closed(&client, id).await),
                Error => assert!(failed(&client, id).await),
                _ => {}
            }
            let changed = match to {
                Connected => {
                    let answer = mark_connected(&client, "node-1", id).await.unwrap();
                    let expected = match from {
                        Connecting => Transition::Connected,
                        Connected => Transition::AlreadyConnected,
                        _ => Transition::Ended,
                    };
                    assert_eq!(answer, expected, "from {from} to {to}");
                    answer == Transition::Connected
                }
                Disconnected => closed(&client, id).await,
                Error => failed(&client, id).await,
                // Nothing leads back; a heartbeat must not either.
                _ => {
                    let report = beat(&client, "node-1", 1, (id, 1), (1, 1)).await;
                    assert_eq!((report.applied == [id], report.closed == [id]), (from.is_live(), !from.is_live()));
                    !report.applied.is_empty() && !from.is_live()
                }
            };
            let legal = matches!((from, to), (Connecting, Connected) | (Connecting | Connected, Disconnected | Error));
            assert_eq!(changed, legal, "from {from} to {to}");
            assert_eq!(state(&client, id).await, if legal { to } else { from }, "from {from} to {to}");
        }
    }
}

#[tokio::test]
async fn another_servers_connection_is_unknown() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = opening(&client, "ada", "node-1").await;
    assert_eq!(mark_connected(&client, "node-2", id).await.unwrap(), Transition::Unknown);
    assert!(close(&client, "node-2", id, None).await.is_none());
    assert!(mark_error(&client, "node-2", id, "x", None).await.unwrap().is_none());
    assert_eq!(state(&client, id).await, ConnectionStatus::Connecting);
}

#[tokio::test]
async fn the_database_itself_refuses_a_state_that_is_none_a_way_back_and_bytes_below_zero() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    let driver = database.client().await;
    let refused = async |statement: &str| {
        let error = driver.execute(statement, &[]).await.unwrap_err();
        assert_eq!(error.code().map(SqlState::code), Some("23514"), "{statement}: {error}");
    };
    for change in ["status = 'asleep'", "status = 'connecting'", "bytes_received = -1", "bytes_sent = -1"] {
        refused(&format!("UPDATE vpn_connections SET {change}")).await;
    }
    refused(&format!("INSERT INTO vpn_statistics (username, server_id, connection_id) VALUES ('ada', 'node-1', {id})"))
        .await;
    assert!(closed(&client, id).await);
    for change in ["status = 'connected'", "status = 'connecting'", "status = 'error', disconnected_at = NULL"] {
        refused(&format!("UPDATE vpn_connections SET {change}")).await;
    }
    refused("UPDATE vpn_statistics SET bytes_in = -1").await;
    let again = "INSERT INTO vpn_statistics (username, server_id, connection_id) SELECT username, server_id, connection_id FROM vpn_statistics";
    let error = driver.execute(again, &[]).await.unwrap_err();
    assert_eq!(error.code().map(SqlState::code), Some("23505"), "{error}");
}

#[tokio::test]
async fn closing_writes_down_what_the_connection_was() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let new =
        NewConnection { virtual_ip: Some(address("10.8.0.2")), app_version: Some("2.1.0"), ..bare("ada", "node-1") };
    let id = opened(&pool, &new).await.expect("a usable account");
    mark_connected(&client, "node-1", id).await.unwrap();
    beat(&client, "node-1", 1, (id, 1), (100, 200)).await;
    sql(&database, "UPDATE vpn_connections SET connected_at = connected_at - INTERVAL '90.5 seconds'").await;

    let ended = close(&client, "node-1", id, Some((150, 280))).await.expect("it was live");
    assert_eq!((ended.connection_id, ended.username.as_str(), ended.server_id.as_str()), (id, "ada", "node-1"));
    assert_eq!((ended.virtual_ip, ended.bytes_received, ended.bytes_sent), (new.virtual_ip, 150, 280));
    assert!((90..=100).contains(&ended.duration_seconds), "{}", ended.duration_seconds);
    assert!(!closed(&client, id).await, "closed already");

    let found = found(&client, id).await;
    assert_eq!((found.status.as_str(), found.disconnect_reason.as_deref()), ("disconnected", Some("client_exit")));
    assert_eq!(found.duration_seconds, Some(ended.duration_seconds));
    let row = database
        .client()
        .await
        .query_one(
            "SELECT username, server_id, bytes_in, bytes_out, duration_seconds, connection_id, session_type, client_version,
                    id, started_at, ended_at
             FROM vpn_statistics",
            &[],
        )
        .await
        .unwrap();
    let facts: (&str, &str, i64, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    assert_eq!(facts, ("ada", "node-1", 150, 280));
    let facts: (i32, Option<i32>, &str, Option<&str>, i32) =
        (row.get(4), row.get(5), row.get(6), row.get(7), row.get(8));
    assert_eq!(facts, (ended.duration_seconds, Some(id), "vpn", Some("2.1.0"), ended.statistics_id.unwrap()));
    assert_eq!(
        (row.get::<_, Option<chrono::DateTime<chrono::Utc>>>(9), row.get(10)),
        (found.connected_at, found.disconnected_at)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_who_close_at_once_one_does_and_one_row_of_statistics_is_left() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 30).await;
    user(&pool.get().await.unwrap(), "ada").await;
    for round in 1..=5 {
        let id = connection(&pool.get().await.unwrap(), "ada", "node-1").await;
        let closes = at_once(30, |_| {
            let pool = pool.clone();
            async move { closed(&pool.get().await.unwrap(), id).await }
        })
        .await;
        assert_eq!(closes.iter().filter(|closed| **closed).count(), 1, "round {round}");
        assert_eq!(statistics(&database).await, (round, round));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_failing_reaping_and_reporting_at_once_end_every_connection_once() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 16).await;
    user(&pool.get().await.unwrap(), "ada").await;
    sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
         SELECT 'ada', 'node-1', 'connected', NOW() - INTERVAL '1 hour', NOW() - INTERVAL '10 min' FROM GENERATE_SERIES(1, 400)",
    )
    .await;
    assert_eq!(recount(&pool).await.unwrap().len(), 1, "written by hand");
    let rows = database.client().await.query("SELECT id FROM vpn_connections", &[]).await.unwrap();
    let all: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    let ended: usize = at_once(14, |task| {
        let (pool, all) = (pool.clone(), all.clone());
        async move {
            let client = pool.get().await.unwrap();
            let ids = Numbers::new(task as u64).shuffled(&all);
            let mut ended = 0;
            match task {
                0..4 => {
                    for id in ids {
                        ended += usize::from(closed(&client, id).await);
                    }
                }
                4..7 => {
                    for id in ids.into_iter().take(150) {
                        ended += usize::from(failed(&client, id).await);
                    }
                }
                7..10 => loop {
                    let reaped = reap_stale(&client, STALE, 20).await.expect("no deadlock");
                    ended += reaped.len();
                    if reaped.len() < 20 {
                        break;
                    }
                },
                10..12 => {
                    for ids in ids.chunks(50) {
                        let beats: Vec<Heartbeat> = ids.iter().map(|id| seven(*id)).collect();
                        heartbeat(&client, "node-1", 1, &beats).await.expect("no deadlock");
                    }
                }
                12 => {
                    ended += connections::close_all_for_server()
                        .bind(&client, &"node-1", &None, &EXIT)
                        .all()
                        .await
                        .unwrap()
                        .len();
                }
                _ => ended += connections::close_all_for_user().bind(&client, &"ada", &EXIT).all().await.unwrap().len(),
            }
            ended
        }
    })
    .await
    .into_iter()
    .sum();
    assert_eq!(ended, 400);
    assert_eq!(statistics(&database).await, (400, 400));
    let live =
        "SELECT COUNT(*) FROM vpn_connections WHERE status IN ('connecting', 'connected') OR disconnected_at IS NULL";
    assert_eq!(count(&database, live).await, 0);
    let differing = "SELECT COUNT(*) FROM vpn_connections c JOIN vpn_statistics s ON s.connection_id = c.id
                     WHERE s.bytes_in <> c.bytes_received OR s.bytes_out <> c.bytes_sent
                        OR s.duration_seconds <> c.duration_seconds OR s.ended_at <> c.disconnected_at";
    assert_eq!(count(&database, differing).await, 0);
    assert_eq!(drift(&database).await, 0);
    let client = pool.get().await.unwrap();
    assert_eq!(queries::statistics::discrepancies().bind(&client).all().await.unwrap(), []);
}

fn seven(connection_id: i32) -> Heartbeat {
    Heartbeat { connection_id, sequence: 1, bytes_received: 7, bytes_sent: 7 }
}

#[tokio::test]
async fn a_stale_connection_ends_when_it_was_last_heard_of() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let stale = connection(&client, "ada", "node-1").await;
    let live = connection(&client, "ada", "node-1").await;
    let aged = "UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '2 hours', last_activity = NOW() - INTERVAL";
    sql(&database, &format!("{aged} '301 seconds' WHERE id = {stale}")).await;
    sql(&database, &format!("{aged} '290 seconds' WHERE id = {live}")).await;
    let last = found(&client, stale).await.last_activity;

    let reaped = reap_stale(&client, STALE, 100).await.unwrap();
    assert_eq!(reaped.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [stale]);
    let ended = found(&client, stale).await;
    assert_eq!((ended.status.as_str(), ended.disconnect_reason.as_deref()), ("disconnected", Some("stale")));
    assert_eq!(ended.disconnected_at, last);
    assert_eq!(ended.duration_seconds, Some(7200 - 301));
    let in_statistics = "SELECT EXTRACT(EPOCH FROM s.ended_at - c.last_activity)::BIGINT FROM vpn_statistics s JOIN vpn_connections c ON c.id = s.connection_id";
    assert_eq!(count(&database, in_statistics).await, 0);
    assert!(state(&client, live).await.is_live());
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_reapers_share_the_work() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    user(&pool.get().await.unwrap(), "ada").await;
    sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
         SELECT 'ada', 'node-1', 'connected', NOW() - INTERVAL '1 hour', NOW() - INTERVAL '10 min' FROM GENERATE_SERIES(1, 1000)",
    )
    .await;
    let reaped = at_once(4, |_| {
        let pool = pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            let mut ids = Vec::new();
            loop {
                let batch = reap_stale(&client, STALE, 50).await.unwrap();
                if batch.is_empty() {
                    return ids;
                }
                ids.extend(batch.into_iter().map(|ended| ended.connection_id));
            }
        }
    })
    .await
    .concat();
    assert_eq!(reaped.len(), 1000);
    assert_eq!(reaped.into_iter().collect::<BTreeSet<_>>().len(), 1000, "nobody reaps what another has reaped");
    assert_eq!(statistics(&database).await, (1000, 1000));
}

#[tokio::test]
async fn a_reaper_leaves_what_somebody_holds() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (held, free) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-1").await);
    sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '10 min'").await;
    let mut other = pool.get().await.unwrap();
    let transaction = other.transaction().await.unwrap();
    beat(&transaction, "node-1", 1, (held, 1), (1, 1)).await;
    let reaped = reap_stale(&client, STALE, 100).await.unwrap();
    assert_eq!(reaped.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [free]);
    transaction.commit().await.unwrap();
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0, "it was heard of");
    assert!(state(&client, held).await.is_live());
}

#[tokio::test]
async fn an_address_given_to_a_new_client_ends_the_connection_that_held_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let at = |username, server, ip| NewConnection { virtual_ip: Some(address(ip)), ..bare(username, server) };
    let old = opened(&pool, &at("ada", "node-1", "10.8.0.2")).await.unwrap();
    let neighbour = opened(&pool, &at("ada", "node-1", "10.8.0.3")).await.unwrap();
    let elsewhere = opened(&pool, &at("ada", "node-2", "10.8.0.2")).await.unwrap();
    beat(&client, "node-1", 1, (old, 1), (10, 20)).await;

    let outcome = open(&pool, &at("bob", "node-1", "10.8.0.2"), &ConnectionPolicy::default()).await.unwrap();
    let OpenOutcome::Opened { id: new, superseded } = outcome else { panic!("{outcome:?}") };
    assert_eq!(superseded, Some(old));
    assert_eq!(found(&client, old).await.disconnect_reason.as_deref(), Some("superseded"));
    assert_eq!(count(&database, "SELECT bytes_in + bytes_out FROM vpn_statistics").await, 30);
    for id in [neighbour, elsewhere, new] {
        assert!(state(&client, id).await.is_live());
    }
    assert_eq!(statistics(&database).await, (1, 1));

    // A node may take an address back without giving it to anybody.
    let taken = connections::close_all_for_address()
        .bind(&client, &"node-1", &address("10.8.0.2"), &CloseReason::Administrator)
        .all()
        .await
        .unwrap();
    assert_eq!(taken.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [new]);
    assert_eq!(drift(&database).await, 0);
}

#[tokio::test]
async fn a_server_or_a_user_that_leaves_takes_its_connections_along_and_no_others() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let mut ids = Vec::new();
    for (username, server) in [("ada", "node-1"), ("bob", "node-1"), ("ada", "node-2"), ("bob", "node-2")] {
        let id = connection(&client, username, server).await;
        beat(&client, server, 1, (id, 1), (10, 20)).await;
        ids.push(id);
    }
    let of_server = connections::close_all_for_server()
        .bind(&client, &"node-1", &None, &CloseReason::ServerRestart)
        .all()
        .await
        .unwrap();
    assert_eq!(of_server.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), ids[..2]);
    assert!(of_server.iter().all(|ended| (ended.bytes_received, ended.bytes_sent) == (10, 20)));
    let of_user =
        connections::close_all_for_user().bind(&client, &"ada", &CloseReason::AccountDeactivated).all().await.unwrap();
    assert_eq!(
        of_user.iter().map(|ended| (ended.connection_id, ended.server_id.as_str())).collect::<Vec<_>>(),
        [(ids[2], "node-2")]
    );
    assert!(state(&client, ids[3]).await.is_live());
    assert_eq!(found(&client, ids[2]).await.disconnect_reason.as_deref(), Some("account_deactivated"));
    assert_eq!(statistics(&database).await, (3, 3));
    assert_eq!(
        connections::close_all_for_server().bind(&client, &"node-1", &None, &EXIT).all().await.unwrap().len(),
        0
    );
    assert_eq!(drift(&database).await, 0);
}

#[tokio::test]
async fn a_late_or_repeated_word_of_a_restart_closes_nothing_that_came_after_it() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let open_at = async |epoch| {
        let new = NewConnection { epoch, ..bare("ada", "node-1") };
        opened(&pool, &new).await.expect("there is room")
    };
    let restarted = async |epoch: Option<i64>| {
        let close = connections::close_all_for_server();
        let ended = close.bind(&client, &"node-1", &epoch, &CloseReason::ServerRestart).all().await.unwrap();
        ended.iter().map(|ended| ended.connection_id).collect::<Vec<_>>()
    };
    // One that said when its node started, one that only its heartbeats say it of, one of which nobody knows.
    let (told, beating, unknown) = (open_at(Some(1)).await, open_at(None).await, open_at(None).await);
    beat(&client, "node-1", 1, (beating, 1), (5, 6)).await;
    assert_eq!(restarted(Some(1)).await, [unknown], "what this start has opened stays");
    assert_eq!(restarted(Some(2)).await, [told, beating]);

    let (silent, loud) = (open_at(Some(2)).await, open_at(Some(2)).await);
    beat(&client, "node-1", 2, (loud, 1), (7, 8)).await;
    for late in [1, 2, 2] {
        assert_eq!(restarted(Some(late)).await, []);
    }
    assert_eq!(restarted(None).await, [silent, loud], "it leaves for good");
    assert_eq!(statistics(&database).await, (5, 5));
    assert_eq!(drift(&database).await, 0);
}

#[tokio::test]
async fn a_late_opening_by_a_start_that_is_over_takes_no_address_from_a_later_one() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let at = async |username, epoch| {
        let new = NewConnection { epoch, virtual_ip: Some(address("10.8.0.2")), ..bare(username, "node-1") };
        open(&pool, &new, &ConnectionPolicy::default()).await.unwrap()
    };
    let OpenOutcome::Opened { id, .. } = at("ada", Some(2)).await else { panic!("ada may") };
    let outcome = at("bob", Some(1)).await;
    assert!(matches!(outcome, OpenOutcome::Outdated), "{outcome:?}");
    assert!(state(&client, id).await.is_live());
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 1);
    assert_eq!((statistics(&database).await, drift(&database).await), ((0, 0), 0), "nothing has changed");
    // The same start, a later one and one that nobody knows of have it.
    for epoch in [Some(2), Some(3), None] {
        let outcome = at("bob", epoch).await;
        assert!(matches!(outcome, OpenOutcome::Opened { superseded: Some(_), .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_user_who_gets_another_name_while_a_connection_ends_keeps_what_it_moved() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    beat(&client, "node-1", 1, (id, 1), (5, 6)).await;
    let rename = client.transaction().await.unwrap();
    rename.execute("UPDATE users SET username = 'lovelace' WHERE username = 'ada'", &[]).await.unwrap();
    let closing = tokio::spawn({
        let pool = pool.clone();
        async move { close(&pool.get().await.unwrap(), "node-1", id, Some((50, 60))).await }
    });
    database.until_a_connection_waits_for_a_lock().await;
    rename.commit().await.unwrap();
    let ended = closing.await.unwrap().expect("it was live");
    assert_eq!((ended.username.as_str(), ended.statistics_id.is_some()), ("lovelace", true));
    let summary = queries::statistics::user_summary().bind(&client, &"lovelace").one().await.unwrap();
    assert_eq!((summary.total_bytes_in, summary.total_bytes_out, summary.total_sessions), (50, 60, 1));
    assert_eq!(queries::statistics::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_connection_whose_beginning_makes_no_sense_ends_all_the_same() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let begun = ["'-infinity'", "NOW() - INTERVAL '300 years'", "NOW() + INTERVAL '3 hours'", "'infinity'", "NULL"];
    let seconds = [i32::MAX, i32::MAX, 0, 0, 0];
    for reaped in [false, true] {
        for (begun, seconds) in begun.into_iter().zip(seconds) {
            let id = connection(&client, "ada", "node-1").await;
            let silent = "last_activity = NOW() - INTERVAL '1 hour'";
            sql(&database, &format!("UPDATE vpn_connections SET connected_at = {begun}, {silent} WHERE id = {id}"))
                .await;
            let ended = if reaped {
                reap_stale(&client, STALE, 10).await.unwrap().pop().expect("it is stale")
            } else {
                close(&client, "node-1", id, None).await.expect("it was live")
            };
            assert_eq!((ended.connection_id, ended.duration_seconds), (id, seconds), "{begun}, reaped: {reaped}");
        }
    }
    assert_eq!(statistics(&database).await, (10, 10));
}

#[tokio::test]
async fn nobody_is_given_up_before_the_node_itself_gives_up() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (recent, stale) = (connection(&client, "ada", "node-1").await, connection(&client, "ada", "node-2").await);
    for (id, seconds) in [(recent, 265), (stale, 275)] {
        let silent = format!("last_activity = NOW() - INTERVAL '{seconds} s'");
        sql(&database, &format!("UPDATE vpn_connections SET {silent} WHERE id = {id}")).await;
    }
    // Each server by itself.
    let idle_seconds = MIN_IDLE.as_secs_f64();
    assert_eq!(connections::reap_stale().bind(&client, &"node-1", &idle_seconds, &10).all().await.unwrap().len(), 0);
    assert!(state(&client, stale).await.is_live());
    let ended = reap_stale(&client, Duration::from_secs(1), 10).await.unwrap();
    assert_eq!(ended.iter().map(|ended| ended.connection_id).collect::<Vec<_>>(), [stale]);
    assert!(state(&client, recent).await.is_live());
}

/// As in a heartbeat: a report states both counters.
#[tokio::test]
async fn a_final_report_with_one_implausible_counter_adds_nothing() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let pib = 1_u64 << 50;
    for (epoch, counters) in [(1, (150, 180)), (1, (80, 280)), (1, (150, pib)), (1, (u64::MAX, 280)), (0, (150, 280))] {
        let last = FinalCounters { epoch, bytes_received: counters.0, bytes_sent: counters.1 };
        for with_error in [false, true] {
            let id = connection(&client, "ada", "node-1").await;
            beat(&client, "node-1", 1, (id, 1), (100, 200)).await;
            let ended = if with_error {
                mark_error(&client, "node-1", id, "tls_error", Some(last)).await
            } else {
                barqnet_db::connections::close(&client, "node-1", id, EXIT, Some(last)).await
            };
            let ended = ended.unwrap().expect("it was live");
            assert_eq!((ended.bytes_received, ended.bytes_sent), (100, 200), "{last:?}");
        }
    }
    assert_eq!(queries::statistics::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn the_end_of_a_connection_is_its_last_activity_however_it_ended() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for name in ["node-1", "node-2", "node-3", "node-4"] {
        let id = connection(&client, "ada", name).await;
        beat(&client, name, 1, (id, 1), (5, 6)).await;
        sql(&database, "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour'").await;
        beat(&client, name, 1, (id, 2), (7, 9)).await;
    }
    let (reason, close_all) = (CloseReason::Administrator, connections::close_all_for_server());
    close_all.bind(&client, &"node-1", &None, &reason).all().await.unwrap();
    sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '1 hour' WHERE server_id = 'node-2'")
        .await;
    assert_eq!(reap_stale(&client, STALE, 10).await.unwrap().len(), 1);
    assert_eq!(connections::close_all_for_user().bind(&client, &"ada", &reason).all().await.unwrap().len(), 2);
    let ended =
        "SELECT COUNT(*) FROM vpn_connections WHERE status = 'disconnected' AND last_activity = disconnected_at";
    assert_eq!(count(&database, ended).await, 4);
    let summary = queries::statistics::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_sessions, summary.total_bytes_in, summary.total_bytes_out), (4, 4 * 7, 4 * 9));
    assert_eq!(queries::statistics::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(drift(&database).await, 0);
}

#[tokio::test]
async fn a_connection_that_failed_leaves_statistics_only_if_it_was_used() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let never_up = opening(&client, "ada", "node-1").await;
    let up = connection(&client, "ada", "node-1").await;
    beat(&client, "node-1", 1, (up, 1), (5, 6)).await;
    let failed = async |id, reason, counters| mark_error(&client, "node-1", id, reason, counters).await.unwrap();
    let nothing = failed(never_up, "auth_failed", None).await.unwrap();
    assert_eq!((nothing.connection_id, nothing.statistics_id), (never_up, None));
    // What the node had counted by the end counts, too.
    let last = FinalCounters { epoch: 1, bytes_received: 50, bytes_sent: 60 };
    let something = failed(up, "tls_error", Some(last)).await.unwrap();
    assert_eq!((something.username.as_str(), something.bytes_received, something.bytes_sent), ("ada", 50, 60));
    assert!(something.statistics_id.is_some());
    assert_eq!(statistics(&database).await, (1, 1));
    let ended = found(&client, never_up).await;
    assert_eq!((ended.status.as_str(), ended.disconnect_reason.as_deref()), ("error", Some("auth_failed")));
    assert!(ended.disconnected_at.is_some());
    assert!(failed(up, "again", None).await.is_none());
    // One that never was up, but moved something all the same.
    let moved = opening(&client, "ada", "node-1").await;
    let row =
        failed(moved, "tls_error", Some(FinalCounters { epoch: 1, bytes_received: 0, bytes_sent: 7 })).await.unwrap();
    assert_eq!((row.statistics_id.is_some(), row.bytes_sent), (true, 7));
    assert_eq!(drift(&database).await, 0);
}

#[tokio::test]
async fn paging_through_connections_returns_every_one_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let mut opened = Vec::new();
    for number in 0..17 {
        let server = if number % 2 == 0 { "node-1" } else { "node-2" };
        let id = connection(&client, "ada", server).await;
        connection(&client, "bob", "node-1").await;
        if number % 3 == 0 {
            close(&client, server, id, None).await.expect("it was live");
        }
        opened.push(id);
    }
    let newest_first: Vec<i32> = opened.iter().rev().copied().collect();
    let (mut history, mut before) = (Vec::new(), i32::MAX);
    loop {
        let page = connections::history_by_user().bind(&client, &"ada", &before, &4).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        history.extend(page.iter().map(|connection| connection.id));
    }
    assert_eq!(history, newest_first);
    assert_eq!(connections::last_of_user().bind(&client, &"ada").one().await.unwrap().id, newest_first[0]);
    assert!(connections::last_of_user().bind(&client, &"nobody").opt().await.unwrap().is_none());

    let (mut active, mut before) = (Vec::new(), i32::MAX);
    loop {
        let page = connections::active().bind(&client, &before, &5).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        active.extend(page.iter().map(|connection| connection.id));
    }
    assert_eq!(active.len(), 17 + 11);
    assert!(active.is_sorted_by(|one, next| one > next));
    let (mut of_server, mut before) = (Vec::new(), i32::MAX);
    loop {
        let page = connections::active_by_server().bind(&client, &"node-1", &before, &5).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        assert!(page.iter().all(|connection| connection.server_id == "node-1"));
        of_server.extend(page.iter().map(|connection| connection.id));
    }
    assert!(of_server.is_sorted_by(|one, next| one > next));
    let by_server = connections::count_active_by_server().bind(&client).all().await.unwrap();
    let by_server: Vec<(&str, i64)> =
        by_server.iter().map(|counted| (counted.server_id.as_str(), counted.active)).collect();
    assert_eq!(
        by_server,
        [("node-1", i64::try_from(of_server.len()).unwrap()), ("node-2", 28 - i64::try_from(of_server.len()).unwrap())]
    );
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 28);
    assert_eq!(monitoring::count_active_connections().bind(&client).one().await.unwrap(), 28);
    assert_eq!(connections::count_active_by_user().bind(&client, &"ada").one().await.unwrap(), 11);
    assert_eq!(connections::active_by_user().bind(&client, &"ada").all().await.unwrap().len(), 11);
}

#[tokio::test]
async fn long_and_heavy_connections_are_found_the_worst_first() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let (oldest, old, young) = (
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
        connection(&client, "ada", "node-1").await,
    );
    for (id, age, bytes) in [(oldest, "3 days", 11), (old, "25 hours", 30), (young, "1 hour", 10)] {
        sql(
            &database,
            &format!("UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '{age}', bytes_received = {bytes}, bytes_sent = {bytes} WHERE id = {id}"),
        )
        .await;
    }
    let ids = |rows: Vec<connections::ActiveConnection>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(connections::long_running().bind(&client, &86_400.0, &10).all().await.unwrap()), [oldest, old]);
    assert_eq!(ids(connections::long_running().bind(&client, &86_400.0, &1).all().await.unwrap()), [oldest]);
    assert_eq!(ids(connections::heavy().bind(&client, &20, &10).all().await.unwrap()), [old, oldest]);
    assert_eq!(ids(connections::heavy().bind(&client, &60, &10).all().await.unwrap()), Vec::<i32>::new());
}

#[tokio::test]
async fn who_used_the_vpn_can_not_be_deleted_and_a_server_in_use_can_not_be_removed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
        users::assign_server().bind(&client, &"elsewhere", &name).await.unwrap();
    }
    server(&client, "node-1").await;
    let id = connection(&client, "ada", "node-1").await;
    assert_eq!(servers::remove().bind(&client, &"node-1").await.unwrap(), 0);
    assert!(closed(&client, id).await);
    let error = users::delete().bind(&client, &"ada").await.unwrap_err();
    assert!(error.is_foreign_key_violation(), "{error}");
    assert_eq!(error.sqlstate().map(SqlState::code), Some("23503"));
    assert_eq!(users::delete().bind(&client, &"bob").await.unwrap(), 1);
    assert_eq!(servers::remove().bind(&client, &"node-1").await.unwrap(), 1);
    assert_eq!(statistics(&database).await, (1, 1), "usage stays");
}

#[tokio::test]
async fn what_the_crate_does_in_steps_can_be_done_in_a_transaction_of_ones_own() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = opening(&client, "ada", "node-1").await;
    connection(&client, "ada", "node-2").await;
    sql(&database, "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '10 min' WHERE server_id = 'node-1'")
        .await;
    assert_eq!(connections::servers_with_stale().bind(&client, &STALE.as_secs_f64()).all().await.unwrap(), ["node-1"]);

    let transaction = client.transaction().await.unwrap();
    let was = connections::mark_connected().bind(&transaction, &id, &"node-1").one().await.unwrap();
    assert_eq!(was.as_deref(), Some("connecting"));
    assert_eq!(connections::recount().bind(&transaction).all().await.unwrap(), []);
    transaction.rollback().await.unwrap();
    assert_eq!(state(&client, id).await, ConnectionStatus::Connecting);
}
