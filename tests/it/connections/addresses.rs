//! Virtual addresses: an IPv4 and an IPv6 address per connection, each held by one live connection of a server.

use std::net::Ipv6Addr;

use barqnet_db::{
    connections::{CloseReason, ConnectionPolicy, NewConnection, OpenOutcome, Replaced, open},
    pool::Pool,
    queries::{Constraint, connections},
};

use super::support::{address, bare, found, state, statistics};
use crate::common::{at_once, execute_sql, migrated_database, miscounted_connections, pool_of, scalar, user};

fn v6(text: &str) -> Ipv6Addr {
    text.parse().expect("well formed")
}

async fn opened(pool: &Pool, new: &NewConnection<'_>) -> (i64, Option<i64>, Vec<Replaced>) {
    match open(pool, new, &ConnectionPolicy::default()).await.expect("an answer") {
        OpenOutcome::Opened { id, superseded, ended } => (id, superseded, ended),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_holds_an_ipv4_and_an_ipv6_address() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob", "carol", "dave"] {
        user(&client, name).await;
    }
    let both = |username| NewConnection {
        virtual_ip: Some(address("10.8.0.2")),
        virtual_ip6: Some(v6("fd00::2")),
        ..bare(username, "node-1")
    };
    let (of_ada, none, _) = opened(&pool, &both("ada")).await;
    assert_eq!(none, None);
    let held = found(&client, of_ada).await;
    assert_eq!((held.virtual_ip, held.virtual_ip6), (Some(address("10.8.0.2")), Some(address("fd00::2"))));
    let active = connections::active_by_user().bind(&client, &"ada").one().await.unwrap();
    assert_eq!(active.virtual_ip6, Some(address("fd00::2")));

    // Two clients had one each: both end.
    let six = NewConnection { virtual_ip: Some(address("fd00::3")), ..bare("bob", "node-1") };
    let (of_bob, none, _) = opened(&pool, &six).await;
    assert_eq!(none, None);
    let mixed = NewConnection { virtual_ip6: Some(v6("fd00::3")), ..both("carol") };
    let (of_carol, superseded, ended) = opened(&pool, &mixed).await;
    assert_eq!(superseded, Some(of_ada));
    assert_eq!(ended.iter().map(|ended| ended.id).collect::<Vec<_>>(), [of_ada, of_bob]);
    // In either field, it is the same address.
    let (of_dave, superseded, _) = opened(&pool, &NewConnection { username: "dave", ..six }).await;
    assert_eq!(superseded, Some(of_carol));
    let six = NewConnection { virtual_ip6: Some(v6("fd00::3")), ..bare("ada", "node-1") };
    let (of_ada, superseded, _) = opened(&pool, &six).await;
    assert_eq!(superseded, Some(of_dave));
    // Another server's addresses are others.
    assert_eq!(opened(&pool, &NewConnection { server_id: "node-2", ..both("bob") }).await.1, None);

    let lost = address("fd00::3");
    let taken_back = connections::close_all_for_address();
    let taken_back = taken_back.bind(&client, &"node-1", &lost, &CloseReason::Administrator).one().await.unwrap();
    assert_eq!(taken_back.connection_id, of_ada);
    assert_eq!((statistics(&database).await, miscounted_connections(&database).await), ((5, 5), 0));
}

#[tokio::test]
async fn the_database_refuses_an_address_of_the_wrong_kind_or_held_twice() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    let two = NewConnection {
        virtual_ip: Some(address("fd00::1")),
        virtual_ip6: Some(v6("fd00::2")),
        ..bare("ada", "node-1")
    };
    let error = open(&pool, &two, &ConnectionPolicy::default()).await.unwrap_err();
    assert!(error.to_string().contains("chk_vpn_connections_virtual_ip6"), "{error}");
    opened(&pool, &NewConnection { virtual_ip: None, ..two }).await;
    let client = pool.get().await.unwrap();
    for (change, constraint) in [
        ("virtual_ip6 = '10.8.0.2'", Constraint::ChkVpnConnectionsVirtualIp6),
        ("virtual_ip = 'fd00::9'", Constraint::ChkVpnConnectionsVirtualIp6),
    ] {
        let error = client.batch_execute(&format!("UPDATE vpn_connections SET {change}")).await.unwrap_err();
        assert_eq!(Constraint::of(&error), Some(constraint), "{change}");
    }
    let copy = "INSERT INTO vpn_connections (username, server_id, virtual_ip6) VALUES ('ada', 'node-1', 'fd00::2')";
    let error = client.batch_execute(copy).await.unwrap_err();
    assert_eq!(Constraint::of(&error), Some(Constraint::IdxVpnConnectionsLiveAddress6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_forty_concurrent_openings_keeps_an_ipv6_address_in_either_field() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for number in 0..40 {
        user(&pool.get().await.unwrap(), &format!("user-{number}")).await;
    }
    let outcomes = at_once(40, |task| {
        let pool = pool.clone();
        async move {
            let username = format!("user-{task}");
            let own = [10, 8, 0, u8::try_from(task).unwrap()].into();
            let new = if task % 2 == 0 {
                NewConnection { virtual_ip: Some(own), virtual_ip6: Some(v6("fd00::2")), ..bare(&username, "node-1") }
            } else {
                NewConnection { virtual_ip: Some(address("fd00::2")), ..bare(&username, "node-1") }
            };
            open(&pool, &new, &ConnectionPolicy::default()).await.expect("no deadlock")
        }
    })
    .await;
    let opened = outcomes.iter().filter(|outcome| matches!(outcome, OpenOutcome::Opened { .. })).count();
    assert!(opened > 0, "{outcomes:?}");
    let live = "SELECT COUNT(*) FROM vpn_connections WHERE status IN ('connecting', 'connected')";
    assert_eq!(scalar(&database, live).await, 1);
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn epochs_of_different_daemons_are_not_compared() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let at = async |username, daemon, epoch| {
        let new = NewConnection { daemon, epoch, virtual_ip: Some(address("10.8.0.2")), ..bare(username, "node-1") };
        open(&pool, &new, &ConnectionPolicy::default()).await.unwrap()
    };
    let OpenOutcome::Opened { id, .. } = at("ada", Some("udp"), Some(9)).await else { panic!("ada may") };
    assert_eq!(found(&client, id).await.daemon.as_deref(), Some("udp"));
    let outcome = at("bob", Some("udp"), Some(8)).await;
    assert!(matches!(outcome, OpenOutcome::Outdated), "{outcome:?}");
    assert!(state(&client, id).await.is_live());
    for daemon in [Some("tcp"), None] {
        let outcome = at("bob", daemon, Some(1)).await;
        assert!(matches!(outcome, OpenOutcome::Opened { superseded: Some(_), .. }), "{daemon:?}: {outcome:?}");
    }
    let outcome = at("ada", None, Some(0)).await;
    assert!(matches!(outcome, OpenOutcome::Outdated), "{outcome:?}");
}

#[tokio::test]
async fn an_ipv6_address_that_an_earlier_program_recorded_is_found() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    execute_sql(
        &database,
        "INSERT INTO vpn_connections (username, server_id, virtual_ip) VALUES ('ada', 'node-1', 'fd00::2')",
    )
    .await;
    let new = NewConnection {
        virtual_ip: Some(address("10.8.0.2")),
        virtual_ip6: Some(v6("fd00::2")),
        ..bare("ada", "node-1")
    };
    assert!(opened(&pool, &new).await.1.is_some());
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 1);
}
