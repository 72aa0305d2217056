//! The limit of sessions holds at every isolation level, also in a transaction of the caller.

use barqnet_db::{
    client::{Transaction, TransactionOptions},
    sessions::{AtLimit, CreateOutcome, Device, create},
    tokio_postgres::{IsolationLevel, error::SqlState},
};

use super::support::{active, at_most, signed_in};
use crate::common::{
    AsyncWork, ISOLATION_LEVELS, at_once, in_transactions, migrated_database, pool_of, set_default_isolation, user,
};

/// Opens a session of a user who may have two.
#[derive(Clone)]
struct Open(i64);

impl AsyncWork<bool> for Open {
    async fn run(&self, transaction: &Transaction<'_>, _: usize) -> Result<bool, Option<SqlState>> {
        match create(transaction, self.0, &Device::default(), &at_most(2, AtLimit::Refuse)).await {
            Ok(CreateOutcome::Created(..)) => Ok(true),
            Ok(CreateOutcome::LimitReached) => Ok(false),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                Err(error.sqlstate().cloned())
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_of_forty_transactions_create_a_session_at_every_isolation_level() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    for level in ISOLATION_LEVELS {
        let ada = user(&pool.get().await.unwrap(), &format!("ada at {level:?}")).await;
        let created = in_transactions(&pool, level, 40, Open(ada)).await;
        assert_eq!(created.iter().filter(|created| **created).count(), 2, "{level:?}");
        assert_eq!(active(&pool.get().await.unwrap(), ada).await, 2, "{level:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_of_forty_sign_ins_create_a_session_whatever_level_the_database_asks_for() {
    for level in ["repeatable read", "serializable"] {
        let database = migrated_database().await;
        set_default_isolation(&database, level).await;
        let pool = pool_of(&database, 40).await;
        let ada = user(&pool.get().await.unwrap(), "ada").await;
        let outcomes = at_once(40, |_| {
            let pool = pool.clone();
            async move {
                let client = pool.get().await.unwrap();
                create(&client, ada, &Device::default(), &at_most(2, AtLimit::Refuse)).await.expect("an answer")
            }
        })
        .await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, CreateOutcome::LimitReached)).count();
        assert_eq!(refused, 38, "{level}");
        assert_eq!(active(&pool.get().await.unwrap(), ada).await, 2, "{level}");
    }
}

#[tokio::test]
async fn a_transaction_with_an_old_snapshot_does_not_miss_sessions_created_since() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 2).await;
    for level in [IsolationLevel::RepeatableRead, IsolationLevel::Serializable] {
        let mut old = pool.get().await.unwrap();
        let other = pool.get().await.unwrap();
        let ada = user(&other, &format!("ada at {level:?}")).await;
        let transaction = old.transaction_with(TransactionOptions::at(level)).await.unwrap();
        transaction.query_one("SELECT COUNT(*) FROM users", &[]).await.unwrap();
        // At READ COMMITTED, and without a limit.
        signed_in(&other, ada).await;
        signed_in(&other, ada).await;
        let code = Open(ada).run(&transaction, 0).await.unwrap_err();
        assert_eq!(code, Some(SqlState::T_R_SERIALIZATION_FAILURE), "{level:?}");
        drop(transaction);
        let again = old.transaction_with(TransactionOptions::at(level)).await.unwrap();
        assert!(!Open(ada).run(&again, 0).await.unwrap(), "{level:?}: there are two");
    }
}
