//! Ending connections by their address, their server, their user, or the restart of their node.

use barqnet_db::{
    connections::{CloseReason, ConnectionPolicy, NewConnection, OpenOutcome, open},
    queries::connections,
};

use super::support::{EXIT, address, bare, found, opened, state, statistics};
use crate::common::{connection, migrated_database, miscounted_connections, scalar, send_heartbeat, user};

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
    send_heartbeat(&client, "node-1", 1, (old, 1), (10, 20)).await;

    let outcome = open(&pool, &at("bob", "node-1", "10.8.0.2"), &ConnectionPolicy::default()).await.unwrap();
    let OpenOutcome::Opened { id: new, superseded, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(superseded, Some(old));
    assert_eq!(found(&client, old).await.disconnect_reason.as_deref(), Some("superseded"));
    assert_eq!(scalar(&database, "SELECT bytes_in + bytes_out FROM vpn_statistics").await, 30);
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
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn ending_all_connections_of_a_server_or_user_ends_no_others() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let mut ids = Vec::new();
    for (username, server) in [("ada", "node-1"), ("bob", "node-1"), ("ada", "node-2"), ("bob", "node-2")] {
        let id = connection(&client, username, server).await;
        send_heartbeat(&client, server, 1, (id, 1), (10, 20)).await;
        ids.push(id);
    }
    let of_server = connections::close_all_for_server()
        .bind(&client, &"node-1", &None::<&str>, &None, &CloseReason::ServerRestart)
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
        connections::close_all_for_server()
            .bind(&client, &"node-1", &None::<&str>, &None, &EXIT)
            .all()
            .await
            .unwrap()
            .len(),
        0
    );
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn a_late_or_repeated_restart_report_ends_no_newer_connection() {
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
        let ended =
            close.bind(&client, &"node-1", &None::<&str>, &epoch, &CloseReason::ServerRestart).all().await.unwrap();
        ended.iter().map(|ended| ended.connection_id).collect::<Vec<_>>()
    };
    // The start of the node is known from the opening, from heartbeats only, or not at all.
    let (told, beating, unknown) = (open_at(Some(1)).await, open_at(None).await, open_at(None).await);
    send_heartbeat(&client, "node-1", 1, (beating, 1), (5, 6)).await;
    assert_eq!(restarted(Some(1)).await, [unknown], "what this start has opened stays");
    assert_eq!(restarted(Some(2)).await, [told, beating]);

    let (silent, loud) = (open_at(Some(2)).await, open_at(Some(2)).await);
    send_heartbeat(&client, "node-1", 2, (loud, 1), (7, 8)).await;
    for late in [1, 2, 2] {
        assert_eq!(restarted(Some(late)).await, Vec::<i64>::new());
    }
    assert_eq!(restarted(None).await, [silent, loud], "it leaves for good");
    assert_eq!(statistics(&database).await, (5, 5));
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn an_opening_of_an_earlier_start_takes_no_address_from_a_later_start() {
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
    assert_eq!(
        (statistics(&database).await, miscounted_connections(&database).await),
        ((0, 0), 0),
        "nothing has changed"
    );
    // Openings of the same start, of a later one and of an unknown one get it.
    for epoch in [Some(2), Some(3), None] {
        let outcome = at("bob", epoch).await;
        assert!(matches!(outcome, OpenOutcome::Opened { superseded: Some(_), .. }), "{outcome:?}");
    }
}
