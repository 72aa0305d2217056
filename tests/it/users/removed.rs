//! What nodes are told of accounts that have left them: tombstones, until the node confirms.

use barqnet_db::{
    client::GenericClient,
    maintenance::{self, MaintenancePolicy},
    queries::users,
};

use crate::common::{erase, execute_sql, migrated_database, scalar, user};

/// The names and causes of a server's tombstones, read page by page.
async fn removed(client: &impl GenericClient, server: &str) -> Vec<(i64, String, String)> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = users::list_removed().bind(client, &server, &after, &2).all().await.expect("an answer");
        let Some(last) = page.last() else { return found };
        after = last.id;
        found.extend(page.into_iter().map(|account| (account.id, account.username, account.cause)));
    }
}

fn causes(removed: &[(i64, String, String)]) -> Vec<(&str, &str)> {
    removed.iter().map(|(_, name, cause)| (name.as_str(), cause.as_str())).collect()
}

#[tokio::test]
async fn a_node_is_told_of_accounts_that_were_moved_renamed_deleted_or_erased_until_it_confirms() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob", "carol", "dora", "eve"] {
        user(&client, name).await;
    }
    assert_eq!(removed(&client, "node-1").await, []);
    users::assign_server().bind(&client, &"node-2", &"ada").await.unwrap();
    let none = &None::<&str>;
    let upsert = users::upsert_vpn_profile();
    upsert.bind(&client, &"bob", &"node-3", &"test", &"udp", &1194, none, none).one().await.unwrap();
    assert_eq!(users::delete().bind(&client, &"carol").await.unwrap(), 1);
    erase(&pool, "dora").await.expect("an account");
    execute_sql(&database, "UPDATE users SET username = 'eva' WHERE username = 'eve'").await;
    let told = removed(&client, "node-1").await;
    assert_eq!(
        causes(&told),
        [("ada", "moved"), ("bob", "moved"), ("carol", "deleted"), ("dora", "erased"), ("eve", "renamed")]
    );
    assert_eq!(removed(&client, "node-2").await, [], "it has got one");
    // The pseudonym is nothing that the node has to do with.
    let unsynced = users::list_unsynced().bind(&client, &"node-1", &0, &10).all().await.unwrap();
    assert_eq!(unsynced.iter().map(|user| user.username.as_str()).collect::<Vec<_>>(), ["eva"]);

    assert_eq!(users::confirm_removed().bind(&client, &told[0].0, &"node-2").await.unwrap(), 0, "another node's");
    for (id, name, _) in &told {
        assert_eq!(users::confirm_removed().bind(&client, id, &"node-1").await.unwrap(), 1, "{name}");
        assert_eq!(users::confirm_removed().bind(&client, id, &"node-1").await.unwrap(), 0, "{name}");
    }
    assert_eq!(removed(&client, "node-1").await, []);
    // Nowhere is the name of the erased person left.
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM account_tombstones").await, 0);
}

#[tokio::test]
async fn a_node_confirms_the_removal_that_it_was_told_of_and_no_later_one() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let assign = async |server: &'static str| users::assign_server().bind(&client, &server, &"ada").await.unwrap();
    assign("node-2").await;
    let first = removed(&client, "node-1").await;
    // It comes back before the node has removed it: nothing is to be removed any more.
    assign("node-1").await;
    assert_eq!(removed(&client, "node-1").await, []);
    assert_eq!(causes(&removed(&client, "node-2").await), [("ada", "moved")]);
    assert_eq!(users::confirm_removed().bind(&client, &first[0].0, &"node-1").await.unwrap(), 0);
    assign("node-2").await;
    let second = removed(&client, "node-1").await;
    assert!(second[0].0 > first[0].0, "a later one");
    assert_eq!(users::confirm_removed().bind(&client, &first[0].0, &"node-1").await.unwrap(), 0);
    assert_eq!(removed(&client, "node-1").await, second);

    // A new account of the name replaces the removal of the old one.
    users::delete().bind(&client, &"ada").await.unwrap();
    assert_eq!(causes(&removed(&client, "node-2").await), [("ada", "deleted")]);
    user(&client, "ada").await;
    assert_eq!((removed(&client, "node-1").await, removed(&client, "node-2").await.len()), (vec![], 1));
}

#[tokio::test]
async fn tombstones_that_no_node_confirms_are_deleted_after_their_time() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
        users::assign_server().bind(&client, &"node-2", &name).await.unwrap();
    }
    // An account without a server leaves none.
    execute_sql(&database, "UPDATE users SET server_id = NULL WHERE username = 'bob'").await;
    users::assign_server().bind(&client, &"node-1", &"bob").await.unwrap();
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM account_tombstones").await, 2);
    execute_sql(
        &database,
        "UPDATE account_tombstones SET created_at = created_at - INTERVAL '30 days' WHERE username = 'ada'",
    )
    .await;
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.of("account-tombstones").map(|task| task.done), Some(1));
    assert_eq!(causes(&removed(&client, "node-2").await), [("bob", "moved")]);
}
