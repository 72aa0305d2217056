//! The limit of connections holds whatever isolation level a database or a caller asks for.

use std::num::NonZero;

use barqnet_db::{
    client::TransactionOptions,
    connections::{AtLimit, ConnectionPolicy, OpenOutcome, open},
    queries::connections::{self, OpenParams},
    tokio_postgres::{IsolationLevel, error::SqlState},
};

use super::support::bare;
use crate::common::{
    at_once, migrated_database, miscounted_connections, pool_of, set_default_isolation, user, without_limit,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_of_forty_openings_succeed_whatever_level_the_database_asks_for() {
    for level in ["repeatable read", "serializable"] {
        let database = migrated_database().await;
        set_default_isolation(&database, level).await;
        let pool = pool_of(&database, 40).await;
        user(&pool.get().await.unwrap(), "ada").await;
        let outcomes = at_once(40, |task| {
            let pool = pool.clone();
            async move {
                // As behind a pooler that drops what the pool asks for.
                let client = pool.get().await.unwrap();
                client.batch_execute("RESET default_transaction_isolation").await.unwrap();
                drop(client);
                let policy = ConnectionPolicy {
                    max_connections_per_user: NonZero::new(2),
                    at_limit: AtLimit::Refuse,
                    ..ConnectionPolicy::default()
                };
                open(&pool, &bare("ada", &format!("node-{task}")), &policy).await.expect("an answer")
            }
        })
        .await;
        let opened = outcomes.iter().filter(|outcome| matches!(outcome, OpenOutcome::Opened { .. })).count();
        assert_eq!(opened, 2, "{level}");
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, OpenOutcome::LimitReached { .. })).count();
        assert_eq!(refused, 38, "{level}: {outcomes:?}");
        assert_eq!(miscounted_connections(&database).await, 0);
    }
}

#[tokio::test]
async fn a_limit_is_refused_above_read_committed_with_what_to_do() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let mut client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for level in [IsolationLevel::RepeatableRead, IsolationLevel::Serializable, IsolationLevel::ReadCommitted] {
        for max_connections in [Some(2), None] {
            let transaction = client.transaction_with(TransactionOptions::at(level)).await.unwrap();
            let new = OpenParams { max_connections, ..without_limit("ada", "node-1") };
            let outcome = connections::open().params(&transaction, &new).one().await;
            if matches!(level, IsolationLevel::ReadCommitted) || max_connections.is_none() {
                assert!(outcome.unwrap().connection_id.is_some(), "{level:?}, {max_connections:?}");
            } else {
                let error = outcome.unwrap_err();
                assert_eq!(error.sqlstate(), Some(&SqlState::INVALID_TRANSACTION_STATE), "{error}");
                assert!(!error.is_transient(), "{error}");
                assert!(error.to_string().contains("BEGIN ISOLATION LEVEL READ COMMITTED"), "{error}");
            }
        }
    }
}
