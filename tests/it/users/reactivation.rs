//! A reactivated account brings no session back.

use barqnet_db::{
    client::TransactionOptions,
    queries::users,
    sessions::{CreateOutcome, Device, SessionPolicy, Token, create, validate},
};

use crate::common::{ISOLATION_LEVELS, execute_sql, migrated_database, scalar, user};

#[tokio::test]
async fn no_session_of_before_comes_back_with_a_reactivated_account() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    let policy = SessionPolicy::default();
    let opened = async || match create(&client, ada, &Device::default(), &policy).await.unwrap() {
        CreateOutcome::Created(token, _) => token,
        other => panic!("{other:?}"),
    };
    let is_valid = async |token: &Token| validate(&client, &token.hash(), &policy).await.unwrap().is_some();
    let before = opened().await;
    users::deactivate().bind(&client, &"ada").await.unwrap();
    users::reactivate().bind(&client, &"ada").await.unwrap();
    assert!(!is_valid(&before).await);

    // Closed before V53, which revokes sessions; or opened by another program while the account was closed.
    let before = opened().await;
    execute_sql(&database, "ALTER TABLE users DISABLE TRIGGER account_ended").await;
    users::deactivate().bind(&client, &"ada").await.unwrap();
    execute_sql(&database, "ALTER TABLE users ENABLE TRIGGER account_ended").await;
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM user_sessions WHERE revoked = FALSE").await, 1);
    users::reactivate().bind(&client, &"ada").await.unwrap();
    assert!(!is_valid(&before).await);
    assert!(is_valid(&opened().await).await, "a new one is another matter");
}

#[tokio::test]
async fn a_session_that_is_being_opened_ends_with_the_account_and_does_not_come_back() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let policy = SessionPolicy::default();
    for (number, level) in ISOLATION_LEVELS.into_iter().enumerate() {
        let name = format!("user-{number}");
        let mut client = pool.get().await.unwrap();
        let id = user(&client, &name).await;
        let transaction = client.transaction_with(TransactionOptions::at(level)).await.unwrap();
        let CreateOutcome::Created(token, _) = create(&transaction, id, &Device::default(), &policy).await.unwrap()
        else {
            panic!("no session")
        };
        let closing = tokio::spawn({
            let (pool, name) = (pool.clone(), name.clone());
            async move {
                barqnet_db::users::deactivate(&pool, &name).await.unwrap().expect("an account");
                users::reactivate().bind(&pool.get().await.unwrap(), &name).await.unwrap()
            }
        });
        database.until_a_connection_waits_for_a_lock().await;
        transaction.commit().await.unwrap();
        assert_eq!(closing.await.unwrap(), 1);
        let valid = validate(&client, &token.hash(), &policy).await.unwrap();
        assert!(valid.is_none(), "{level:?}: {valid:?}");
    }
}
