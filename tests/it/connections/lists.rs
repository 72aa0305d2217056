//! Lists of connections: pages, and the longest and heaviest.

use barqnet_db::queries::{connections, monitoring};

use crate::common::{close, connection, execute_sql, migrated_database, user};

#[tokio::test]
async fn paging_through_connections_returns_each_once() {
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
    let newest_first: Vec<i64> = opened.iter().rev().copied().collect();
    let (mut history, mut before) = (Vec::new(), i64::MAX);
    loop {
        let page = connections::history_by_user().bind(&client, &"ada", &before, &4).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        history.extend(page.iter().map(|connection| connection.id));
    }
    assert_eq!(history, newest_first);
    assert_eq!(connections::last_of_user().bind(&client, &"ada").one().await.unwrap().id, newest_first[0]);
    assert!(connections::last_of_user().bind(&client, &"nobody").opt().await.unwrap().is_none());

    let (mut active, mut before) = (Vec::new(), i64::MAX);
    loop {
        let page = connections::active().bind(&client, &before, &5).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        active.extend(page.iter().map(|connection| connection.id));
    }
    assert_eq!(active.len(), 17 + 11);
    assert!(active.is_sorted_by(|one, next| one > next));
    let (mut of_server, mut before) = (Vec::new(), i64::MAX);
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
async fn the_longest_and_heaviest_connections_are_listed_first() {
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
        execute_sql(
            &database,
            &format!("UPDATE vpn_connections SET connected_at = NOW() - INTERVAL '{age}', bytes_received = {bytes}, bytes_sent = {bytes} WHERE id = {id}"),
        )
        .await;
    }
    let ids = |rows: Vec<connections::ActiveConnection>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(connections::long_running().bind(&client, &86_400.0, &10).all().await.unwrap()), [oldest, old]);
    assert_eq!(ids(connections::long_running().bind(&client, &86_400.0, &1).all().await.unwrap()), [oldest]);
    assert_eq!(ids(connections::heavy().bind(&client, &20, &10).all().await.unwrap()), [old, oldest]);
    assert_eq!(ids(connections::heavy().bind(&client, &60, &10).all().await.unwrap()), Vec::<i64>::new());
}
