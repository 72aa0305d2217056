//! Concurrent sign-ins, and callers that give up.

use std::{thread, time::Duration};

use barqnet_db::{
    client::Transaction, password::PasswordLimits, sessions::Device, tokio_postgres::error::SqlState,
    users::PasswordSignInOutcome,
};

use super::support::{
    RIGHT, TRY, TURNS, WRONG, account, at, fail, failures, hash_of, is_refused, limits, must_wait, of, opened,
    set_hash, sign_in, sign_in_alone, sign_in_at_cost, sign_in_from,
};
use crate::common::{
    AsyncWork, ISOLATION_LEVELS, Numbers, at_once, deadlocks, in_transactions, migrated_database, pool_of, scalar,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_forty_concurrent_wrong_passwords_ten_are_compared() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    account(&pool, "ada").await;
    for username in ["ada", "nobody"] {
        let outcomes = at_once(40, |_| {
            let pool = pool.clone();
            async move { sign_in(&pool, &of(username, WRONG)).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| is_refused(outcome)).count(), 10, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| must_wait(outcome)).count(), 30);
        assert_eq!(failures(&database, username).await, 10);
    }
}

/// Types a wrong password for one name, or for a name of the task's own from one address.
#[derive(Clone, Copy, PartialEq)]
enum Try {
    OneName,
    OneAddress,
}

impl AsyncWork<bool> for Try {
    async fn run(&self, transaction: &Transaction<'_>, task: usize) -> Result<bool, Option<SqlState>> {
        let (name, address) = match self {
            Self::OneName => ("ada".to_owned(), None),
            Self::OneAddress => (format!("name-{task}"), Some("192.0.2.1")),
        };
        let row = transaction.query_one(TRY, &[&name, &None::<&str>, &address]).await;
        row.map(|row| row.get::<_, Option<&str>>(0).is_none()).map_err(|error| error.sqlstate().cloned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_and_an_address_have_as_many_tries_as_allowed_at_every_isolation_level() {
    for level in ISOLATION_LEVELS {
        for (tried, allowed) in [(Try::OneName, 10), (Try::OneAddress, 30)] {
            let database = migrated_database().await;
            let pool = pool_of(&database, 40).await;
            let compared = in_transactions(&pool, level, 40, tried).await;
            assert_eq!(compared.iter().filter(|compared| **compared).count(), allowed, "{level:?}");
            let counted = scalar(&database, "SELECT SUM(failures)::BIGINT FROM password_failures").await;
            assert_eq!(usize::try_from(counted).unwrap(), allowed, "{level:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_that_gives_up_while_the_hash_is_computed_has_failed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    account(&pool, "ada").await;
    // Long enough that it is given up before it ends.
    let slow = 15;
    let sign_in = {
        let pool = pool.clone();
        tokio::spawn(async move { sign_in_at_cost(&pool, &of("ada", RIGHT), slow).await })
    };
    while failures(&database, "ada").await == 0 {
        assert!(!sign_in.is_finished(), "it is counted before the hash is computed");
        tokio::task::yield_now().await;
    }
    sign_in.abort();
    assert!(sign_in.await.unwrap_err().is_cancelled());
    assert_eq!(failures(&database, "ada").await, 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM user_sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_that_wait_are_bounded_and_those_refused_or_given_up_have_not_failed() {
    let _alone = TURNS.write().await;
    let database = migrated_database().await;
    let processors = thread::available_parallelism().unwrap().get();
    let pool = pool_of(&database, processors + 2).await;
    account(&pool, "ada").await;
    let limits = PasswordLimits { max_waiting: 0, ..limits() };
    let holder = database.client().await;
    holder.batch_execute("BEGIN; LOCK TABLE password_failures IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let at_work: Vec<_> = (0..processors)
        .map(|_| {
            let (pool, limits) = (pool.clone(), limits.clone());
            tokio::spawn(async move { sign_in_alone(&pool, &of("ada", WRONG), &Device::default(), &limits).await })
        })
        .collect();
    let waiting =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = CURRENT_DATABASE()";
    while scalar(&database, waiting).await < i64::try_from(processors).unwrap() {
        tokio::task::yield_now().await;
    }
    let outcome = sign_in_alone(&pool, &of("ada", RIGHT), &Device::default(), &limits).await;
    assert!(
        matches!(outcome, PasswordSignInOutcome::RetryAfter(wait) if wait == Duration::from_secs(1)),
        "{outcome:?}"
    );
    // One may wait, and gives up.
    let credentials = of("ada", WRONG);
    let (device, patient_limits) = (Device::default(), PasswordLimits::default());
    let patient = sign_in_alone(&pool, &credentials, &device, &patient_limits);
    assert!(tokio::time::timeout(Duration::from_millis(10), patient).await.is_err(), "it has no turn");
    holder.batch_execute("COMMIT").await.unwrap();
    for outcome in at_work {
        assert!(is_refused(&outcome.await.unwrap()));
    }
    assert_eq!(failures(&database, "ada").await, i64::try_from(processors).unwrap());
    opened(sign_in_alone(&pool, &of("ada", RIGHT), &Device::default(), &limits).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sign_ins_changes_and_tries_over_the_same_accounts_never_deadlock() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 16).await;
    let mut ids = Vec::new();
    for name in ["ada", "bob", "eve"] {
        ids.push((name, account(&pool, name).await));
    }
    let hash = hash_of(RIGHT).await;
    at_once(16, |task| {
        let (pool, ids, hash) = (pool.clone(), ids.clone(), hash.clone());
        async move {
            let mut numbers = Numbers::new(u64::try_from(task).expect("a small number"));
            let limits = PasswordLimits { max_failures: 1_000, ..limits() };
            let office = at("2001:db8::1");
            for _ in 0..4 {
                let (name, id) = ids[usize::try_from(numbers.below(3)).expect("small")];
                match numbers.below(4) {
                    0 => set_hash(&pool, id, &hash).await,
                    1 => {
                        sign_in_from(&pool, &of(name, WRONG), &office, &limits).await;
                    }
                    2 => {
                        sign_in_from(&pool, &of(name, RIGHT), &office, &limits).await;
                    }
                    _ => {
                        for _ in 0..10 {
                            fail(&pool, name, Some("2001:db8::/64"), None).await;
                        }
                    }
                }
            }
        }
    })
    .await;
    drop(pool);
    assert_eq!(deadlocks(&database).await, 0);
}
