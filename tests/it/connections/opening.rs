//! Opening connections at once: the user's limit, the server's capacity and the address hold, and every count is right.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZero,
};

use barqnet_db::{
    connections::{
        AtLimit, CloseReason, ConnectionPolicy, NewConnection, OpenOutcome, mark_connected, open, reap_stale, recount,
    },
    pool::Pool,
    queries::{connections, usage, users},
    users::deactivate,
};

use crate::common::{
    Numbers, STALE, at_once, close, connection, deadlocks, execute_sql, migrated_database, miscounted_connections,
    pool_of, scalar, send_heartbeat, server, user, with_a_lost_connection,
};

fn three_at_most() -> ConnectionPolicy {
    ConnectionPolicy {
        max_connections_per_user: NonZero::new(3),
        at_limit: AtLimit::Refuse,
        ..ConnectionPolicy::default()
    }
}

fn tunnel_address(last: u8) -> IpAddr {
    Ipv4Addr::new(10, 8, 0, last).into()
}

async fn opened(pool: &Pool, username: &str, server_id: &str, virtual_ip: Option<IpAddr>) -> OpenOutcome {
    let new = NewConnection { username, server_id, virtual_ip, ..NewConnection::default() };
    open(pool, &new, &three_at_most()).await.expect("an answer")
}

#[tokio::test]
async fn an_opening_whose_database_connection_is_lost_midway_happens_once_and_so_does_a_deactivation() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    user(&pool.get().await.unwrap(), "ada").await;
    let outcome = with_a_lost_connection(&database, opened(&pool, "ada", "node-1", Some(tunnel_address(2)))).await;
    assert!(matches!(outcome, OpenOutcome::Opened { superseded: None, .. }), "{outcome:?}");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections").await, 1);
    let closed = with_a_lost_connection(&database, deactivate(&pool, "ada")).await.unwrap();
    assert_eq!(closed.expect("an account").len(), 1);
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_gets_three_of_thirty_concurrent_openings() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 30).await;
    user(&pool.get().await.unwrap(), "ada").await;
    let outcomes = at_once(30, |task| {
        let pool = pool.clone();
        async move { opened(&pool, "ada", &format!("node-{}", task % 4), None).await }
    })
    .await;
    let mut ids = Vec::new();
    for outcome in outcomes {
        match outcome {
            OpenOutcome::Opened { id, superseded: None, .. } => ids.push(id),
            OpenOutcome::LimitReached { active } => assert_eq!(active.len(), 3),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ids.len(), 3);
    let client = pool.get().await.unwrap();
    assert_eq!(connections::count_active_by_user().bind(&client, &"ada").one().await.unwrap(), 3);
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_takes_connections_up_to_its_capacity_and_none_while_draining() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 30).await;
    let client = pool.get().await.unwrap();
    for number in 0..30 {
        user(&client, &format!("user-{number}")).await;
    }
    server(&client, "small").await;
    execute_sql(&database, "UPDATE servers SET max_users = 7 WHERE name = 'small'").await;
    drop(client);
    let outcomes = at_once(30, |task| {
        let pool = pool.clone();
        async move {
            opened(&pool, &format!("user-{task}"), "small", Some(tunnel_address(u8::try_from(task).unwrap()))).await
        }
    })
    .await;
    let full = outcomes.iter().filter(|outcome| matches!(outcome, OpenOutcome::ServerFull { capacity: 7 })).count();
    assert_eq!(full, 23);
    assert_eq!(
        scalar(&database, "SELECT live_connections::BIGINT FROM server_status WHERE server_id = 'small'").await,
        7
    );
    assert_eq!(miscounted_connections(&database).await, 0);

    // A connection that takes over an address takes over its place in the capacity.
    let holder = "SELECT (HOST(virtual_ip)::INET - '10.8.0.0'::INET) FROM vpn_connections ORDER BY id LIMIT 1";
    let held = u8::try_from(scalar(&database, holder).await).unwrap();
    let outcome = opened(&pool, "user-0", "small", Some(tunnel_address(held))).await;
    assert!(matches!(outcome, OpenOutcome::Opened { superseded: Some(_), .. }), "{outcome:?}");

    for closed in ["draining = TRUE", "draining = FALSE, enabled = FALSE"] {
        execute_sql(&database, &format!("UPDATE servers SET max_users = 100, {closed}")).await;
        let before = scalar(&database, "SELECT SUM(id)::BIGINT FROM vpn_connections").await;
        let outcome = opened(&pool, "user-1", "small", Some(tunnel_address(held))).await;
        assert!(matches!(outcome, OpenOutcome::ServerFull { capacity: 0 }), "{outcome:?}");
        assert_eq!(
            scalar(&database, "SELECT SUM(id)::BIGINT FROM vpn_connections").await,
            before,
            "nothing has changed"
        );
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await, 1);
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_thirty_connections_opened_at_once_keeps_an_address_the_others_end() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 30).await;
    let client = pool.get().await.unwrap();
    for number in 0..30 {
        user(&client, &format!("user-{number}")).await;
    }
    drop(client);
    for round in 1..=3 {
        let outcomes = at_once(30, |task| {
            let pool = pool.clone();
            async move { opened(&pool, &format!("user-{task}"), "node-1", Some(tunnel_address(2))).await }
        })
        .await;
        // An opening that conflicts three times is refused; most are not.
        let opened = outcomes.iter().filter(|outcome| matches!(outcome, OpenOutcome::Opened { .. })).count();
        let in_the_way = outcomes.iter().filter(|outcome| matches!(outcome, OpenOutcome::Conflict)).count();
        assert_eq!(opened + in_the_way, 30, "{outcomes:?}");
        assert!(opened >= 3, "{outcomes:?}");
        let live = "SELECT COUNT(*) FROM vpn_connections WHERE status IN ('connecting', 'connected')";
        assert_eq!(scalar(&database, live).await, 1, "round {round}");
        let ended = "SELECT COUNT(*) FROM vpn_connections WHERE disconnect_reason = 'superseded'";
        assert_eq!(scalar(&database, ended).await, scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await);
        assert_eq!(miscounted_connections(&database).await, 0);
    }
    assert_eq!(deadlocks(&database).await, 0, "to try again would have hidden one");
    // One after the other, each gets it.
    for number in 0..30 {
        let outcome = opened(&pool, &format!("user-{number}"), "node-1", Some(tunnel_address(2))).await;
        assert!(matches!(outcome, OpenOutcome::Opened { superseded: Some(_), .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn at_the_limit_the_live_connections_are_listed_and_the_address_is_freed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    let OpenOutcome::Opened { id: bobs, .. } = opened(&pool, "bob", "node-1", Some(tunnel_address(9))).await else {
        panic!("bob has none")
    };
    let mut own = Vec::new();
    for last in [2, 3, 4] {
        let OpenOutcome::Opened { id, .. } = opened(&pool, "ada", "node-1", Some(tunnel_address(last))).await else {
            panic!("ada has {}", own.len())
        };
        own.insert(0, id);
    }
    let outcome = opened(&pool, "ada", "node-1", Some(tunnel_address(9))).await;
    let OpenOutcome::LimitReached { active } = outcome else { panic!("{outcome:?}") };
    assert_eq!(active.iter().map(|connection| connection.id).collect::<Vec<_>>(), own);
    let bobs = connections::by_id().bind(&client, &bobs).one().await.unwrap();
    assert_eq!(bobs.disconnect_reason.as_deref(), Some("superseded"));
    // Her own address she may have again: the older one ends first.
    let outcome = opened(&pool, "ada", "node-1", Some(tunnel_address(3))).await;
    assert!(matches!(outcome, OpenOutcome::Opened { superseded: Some(id), .. } if id == own[1]), "{outcome:?}");
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refusal_by_the_limit_lists_as_many_connections_as_the_limit() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 6).await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for last in 1..=3 {
        opened(&pool, "ada", "node-1", Some(tunnel_address(last))).await;
    }
    drop(client);
    let told = at_once(6, |task| {
        let pool = pool.clone();
        async move {
            let mut told = 0;
            for _ in 0..60 {
                if task < 2 {
                    let client = pool.get().await.unwrap();
                    let oldest = "SELECT MIN(id) FROM vpn_connections WHERE status IN ('connecting', 'connected')";
                    if let Some(id) = client.query_one(oldest, &[]).await.unwrap().get::<_, Option<i64>>(0) {
                        close(&client, "node-1", id, None).await;
                    }
                } else if let OpenOutcome::LimitReached { active } = opened(&pool, "ada", "node-1", None).await {
                    assert_eq!(active.len(), 3);
                    told += 1;
                }
            }
            told
        }
    })
    .await;
    assert!(told.iter().sum::<i32>() > 0, "nobody was at the limit");
    assert_eq!(miscounted_connections(&database).await, 0);
}

#[tokio::test]
async fn only_usable_accounts_open_connections_and_only_owners_end_them() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "closed"] {
        user(&client, name).await;
    }
    assert!(matches!(opened(&pool, "ada", "node-1", Some(tunnel_address(2))).await, OpenOutcome::Opened { .. }));
    users::deactivate().bind(&client, &"closed").await.unwrap();
    for name in ["closed", "nobody", ""] {
        let outcome = opened(&pool, name, "node-1", Some(tunnel_address(2))).await;
        assert!(matches!(outcome, OpenOutcome::UserInactive), "{name}: {outcome:?}");
    }
    assert_eq!(connections::count_active().bind(&client).one().await.unwrap(), 1);
}

#[tokio::test]
async fn a_wrong_count_is_corrected() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for name in ["node-1", "node-1", "node-2", "node-3"] {
        connection(&client, "ada", name).await;
    }
    assert_eq!(recount(&pool).await.unwrap(), []);
    execute_sql(&database, "UPDATE server_status SET live_connections = 40 WHERE server_id = 'node-2'").await;
    execute_sql(&database, "DELETE FROM server_status WHERE server_id = 'node-1'").await;
    assert_eq!(miscounted_connections(&database).await, 41);
    let corrected: Vec<_> =
        recount(&pool).await.unwrap().into_iter().map(|row| (row.server_id, row.was, row.live)).collect();
    assert_eq!(corrected, [("node-1".to_owned(), 0, 2), ("node-2".to_owned(), 40, 1)]);
    assert_eq!((miscounted_connections(&database).await, recount(&pool).await.unwrap()), (0, vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_opening_reporting_and_ending_keeps_counts_exact_without_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 12).await;
    let client = pool.get().await.unwrap();
    for number in 0..8 {
        user(&client, &format!("user-{number}")).await;
    }
    drop(client);
    at_once(12, |task| {
        let pool = pool.clone();
        async move {
            let mut numbers = Numbers::new(task as u64);
            for step in 0..60 {
                let username = format!("user-{}", numbers.below(8));
                let server = format!("node-{}", numbers.below(3));
                match numbers.below(20) {
                    0 => {
                        let close_all = connections::close_all_for_user();
                        let client = pool.get().await.unwrap();
                        close_all
                            .bind(&client, &username, &CloseReason::Administrator)
                            .all()
                            .await
                            .expect("no deadlock");
                    }
                    1 => {
                        let close_all = connections::close_all_for_server();
                        let client = pool.get().await.unwrap();
                        close_all
                            .bind(&client, &server, &None::<&str>, &None, &CloseReason::ServerRestart)
                            .all()
                            .await
                            .expect("no deadlock");
                    }
                    2 => {
                        let client = pool.get().await.unwrap();
                        let silent = "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 days'
                                      WHERE server_id = $1
                                        AND id IN (SELECT id FROM vpn_connections WHERE status = 'connected' AND server_id = $1
                                                   ORDER BY id LIMIT 2 FOR NO KEY UPDATE)";
                        client.execute(silent, &[&server]).await.expect("no deadlock");
                        reap_stale(&client, STALE, 5).await.expect("no deadlock");
                    }
                    3 => drop(recount(&pool).await.expect("no deadlock")),
                    // In one snapshot, while others write.
                    4 => {
                        let client = pool.get().await.unwrap();
                        assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
                    }
                    _ => {
                        let ip = tunnel_address(u8::try_from(numbers.below(12)).unwrap());
                        if let OpenOutcome::Opened { id, .. } = opened(&pool, &username, &server, Some(ip)).await {
                            let client = pool.get().await.unwrap();
                            mark_connected(&client, &server, id).await.expect("no deadlock");
                            send_heartbeat(&client, &server, 1, (id, 1), (step, 2 * step)).await;
                            if numbers.below(2) == 0 {
                                close(&client, &server, id, Some((step + 1, 2 * step + 1))).await;
                            }
                        }
                    }
                }
            }
        }
    })
    .await;
    assert_eq!(miscounted_connections(&database).await, 0);
    let above = "SELECT COUNT(*) FROM (SELECT username FROM vpn_connections WHERE status IN ('connecting', 'connected')
                                       GROUP BY username HAVING COUNT(*) > 3) u";
    assert_eq!(scalar(&database, above).await, 0);
    let ended = "SELECT COUNT(*) FROM vpn_connections WHERE status NOT IN ('connecting', 'connected')";
    assert_eq!(scalar(&database, ended).await, scalar(&database, "SELECT COUNT(*) FROM vpn_statistics").await);
    let stale = "SELECT COUNT(*) FROM vpn_connections WHERE disconnect_reason = 'stale'";
    assert!(scalar(&database, stale).await > 0);
    let client = pool.get().await.unwrap();
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    drop(client);
    assert_eq!(deadlocks(&database).await, 0, "to try again would have hidden one");
}
