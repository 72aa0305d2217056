//! Devices are forgotten with their user, or after a year without use.

use std::time::Duration;

use barqnet_db::{
    maintenance::{self, MaintenancePolicy},
    queries::{devices, users},
};

use super::support::{connected, registered, signed_in};
use crate::common::{erase, execute_sql, migrated_database, scalar, user};

#[tokio::test]
async fn erasing_or_deleting_a_user_deletes_the_devices() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob, carol) = (user(&client, "ada").await, user(&client, "bob").await, user(&client, "carol").await);
    for user_id in [ada, bob, carol] {
        let phone = registered(&pool, user_id, "phone").await.id;
        signed_in(&client, user_id, Some(phone)).await;
        if user_id == ada {
            connected(&pool, "ada", "node-1", Some(phone)).await;
            execute_sql(&database, "UPDATE vpn_connections SET virtual_ip6 = 'fd00::2'").await;
        }
    }
    erase(&pool, "ada").await.expect("an account");
    users::delete().bind(&client, &"bob").await.unwrap();
    let left = format!("SELECT COUNT(*) FROM user_devices WHERE user_id = {carol}");
    assert_eq!((scalar(&database, &left).await, scalar(&database, "SELECT COUNT(*) FROM user_devices").await), (1, 1));
    let of_ada = "SELECT COUNT(*) FROM vpn_connections WHERE device_id IS NULL AND virtual_ip6 IS NULL";
    assert_eq!(scalar(&database, of_ada).await, 1);
}

#[tokio::test]
async fn a_device_that_was_not_used_for_a_year_is_deleted_by_the_maintenance() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let mut ids = Vec::new();
    for key in ["old", "with a session", "with a connection", "new"] {
        ids.push(registered(&pool, ada, key).await.id);
    }
    let [old, session, connection, new] = ids[..] else { panic!("four") };
    signed_in(&client, ada, Some(session)).await;
    connected(&pool, "ada", "node-1", Some(connection)).await;
    execute_sql(
        &database,
        &format!("UPDATE user_devices SET last_seen = NOW() - INTERVAL '366 days' WHERE id <> {new}"),
    )
    .await;
    let policy = MaintenancePolicy::default();
    assert_eq!(policy.keep_devices, Duration::from_hours(365 * 24));
    let report = maintenance::run_all(&pool, &policy).await;
    assert_eq!(report.failed().count(), 0, "{report:?}");
    for (id, stays) in [(old, false), (session, true), (connection, true), (new, true)] {
        assert_eq!(devices::by_id().bind(&client, &id).opt().await.unwrap().is_some(), stays, "{id}");
    }
}
