//! No new name looks like another one; names of before keep working.

use barqnet_db::{
    client::{Error, GenericClient},
    maintenance::{self, MaintenancePolicy},
    otp::Purpose,
    queries::users::{self, CreateParams},
    users::RegisterOutcome,
};

use super::support::{register, registered, ticket};
use crate::common::{at_once, erase, execute_sql, migrated_database, phone_number, pool_of, scalar, user, username};

/// Creates an account as a service does that checks names.
async fn create(client: &impl GenericClient, name: &str) -> Result<i64, Error> {
    let name = username(name);
    let new = CreateParams {
        username: name.as_str(),
        phone_number: None::<&str>,
        password_hash: None::<&str>,
        created_via: "api",
        server_id: "node-1",
        created_by: "test",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
        name_skeleton: Some(name.skeleton()),
    };
    users::create().params(client, &new).one().await
}

#[tokio::test]
async fn a_new_name_that_looks_like_another_is_taken() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    registered(&database, &pool, &phone_number("+4915112345678"), "bob").await;
    let ticket = ticket(&database, &pool, &phone_number("+4915112345679"), Purpose::SignIn).await;
    for name in ["bob", "Bob", "b0b", "ｂｏｂ"] {
        assert!(matches!(register(&pool, &ticket, name).await, RegisterOutcome::NameTaken), "{name}");
    }
    assert!(matches!(register(&pool, &ticket, "bobby").await, RegisterOutcome::Registered(_)));

    let client = pool.get().await.unwrap();
    let next = scalar(&database, "SELECT last_value FROM users_id_seq").await;
    let error = create(&client, "b0bby").await.unwrap_err();
    assert_eq!((error.is_unique_violation(), error.constraint()), (true, Some("idx_users_name_skeleton")), "{error}");
    assert_eq!(scalar(&database, "SELECT last_value FROM users_id_seq").await, next, "no id is taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_twenty_names_that_look_alike_is_created() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 20).await;
    let outcomes = at_once(20, |task| {
        let pool = pool.clone();
        async move {
            let name: String =
                (0..5).map(|place| if task >> place & 1 == 0 { 'o' } else { '0' }).chain(['x']).collect();
            create(&pool.get().await.unwrap(), &name).await
        }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(Error::is_unique_violation));
}

#[tokio::test]
async fn names_of_before_that_look_alike_keep_working_and_no_new_one_looks_like_them() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "Ada", "ada ", "\u{430}da", "../../etc", ""] {
        user(&client, name).await;
    }
    for _ in 0..2 {
        let report = maintenance::run_all(&pool, &MaintenancePolicy { batch: 2, ..MaintenancePolicy::default() }).await;
        assert!(report.of("name-skeletons").is_some_and(|task| task.error.is_none()), "{report:?}");
    }
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users WHERE name_skeleton IS NULL").await, 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users WHERE name_is_checked").await, 0);
    for name in ["ada", "Ada", "ada ", "\u{430}da", "../../etc", ""] {
        assert_eq!(users::deactivate().bind(&client, &name).await.unwrap(), 1, "{name:?}");
        assert_eq!(users::reactivate().bind(&client, &name).await.unwrap(), 1, "{name:?}");
    }
    let error = create(&client, "ada").await.unwrap_err();
    assert_eq!(error.constraint(), Some("users_username_key"), "{error}");
    execute_sql(&database, "DELETE FROM users WHERE username = 'ada'").await;
    let error = create(&client, "ada").await.unwrap_err();
    assert_eq!(error.constraint(), Some("idx_users_name_skeleton"), "{error}");

    // A new name gets another one by hand: what it looks like is computed anew.
    let bob = create(&client, "bob").await.unwrap();
    execute_sql(&database, "UPDATE users SET username = 'carol' WHERE username = 'bob'").await;
    create(&client, "b0b").await.expect("it is free");
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.of("name-skeletons").map(|task| task.done), Some(1));
    let renamed = format!("SELECT COUNT(*) FROM users WHERE id = {bob} AND name_skeleton = 'carol'");
    assert_eq!(scalar(&database, &renamed).await, 1);
}

#[tokio::test]
async fn a_name_that_looks_like_that_of_an_erased_person_stays_taken() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    create(&client, "bob").await.unwrap();
    // Of before, and the maintenance has not run.
    user(&client, "mike").await;
    for name in ["bob", "mike"] {
        erase(&pool, name).await.expect("an account");
    }
    for name in ["bob", "b0b", "rnike", "Mike"] {
        let error = create(&client, name).await.unwrap_err();
        assert_eq!(error.constraint(), Some("erased_names_pkey"), "{name}: {error}");
    }
    create(&client, "bobby").await.expect("another name");
}
