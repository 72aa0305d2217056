//! Every limit of one-time passwords holds at every isolation level: what would be missed is an error 40001.

use barqnet_db::{client::Transaction, tokio_postgres::error::SqlState};

use super::support::used;
use crate::common::{AsyncWork, ISOLATION_LEVELS, in_transactions, migrated_database, pool_of, scalar};

/// Sends a code to one number, at most five an hour; or to a number of the task's own, at most three from one address.
#[derive(Clone, Copy, PartialEq)]
enum Send {
    ToOneNumber,
    FromOneAddress,
}

impl AsyncWork<bool> for Send {
    async fn run(&self, transaction: &Transaction<'_>, task: usize) -> Result<bool, Option<SqlState>> {
        let (number, budget) = match self {
            Self::ToOneNumber => ("+4915112345678".to_owned(), 1000),
            Self::FromOneAddress => (format!("+49151123{task:05}"), 3),
        };
        let send = "SELECT code_ends_at IS NOT NULL
                    FROM otp_issue_code($1, 'sign_in', $2, 1, NULL, 'sms', NULL, 300, 0, 5, 10, 100, 80, 60,
                                        ARRAY['send_address'], ARRAY['192.0.2.1'], ARRAY[1], ARRAY[$3::INTEGER],
                                        ARRAY[NULL::INTEGER], ARRAY[NULL::INTEGER], ARRAY[0], ARRAY['at_once'], '', 0, 0)";
        let row = transaction.query_one(send, &[&number, &[7_u8; 32].as_slice(), &budget]).await;
        row.map(|row| row.get(0)).map_err(|error| error.sqlstate().cloned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_number_and_an_address_get_as_many_codes_as_allowed_at_every_isolation_level() {
    for level in ISOLATION_LEVELS {
        for (send, allowed) in [(Send::ToOneNumber, 5), (Send::FromOneAddress, 3)] {
            let database = migrated_database().await;
            let pool = pool_of(&database, 40).await;
            let sent = in_transactions(&pool, level, 40, send).await;
            assert_eq!(sent.iter().filter(|sent| **sent).count(), allowed, "{level:?}");
            assert_eq!(usize::try_from(used(&database, "send_address").await).unwrap(), allowed, "{level:?}");
        }
    }
}

/// Tries a wrong code, at most five times per code.
#[derive(Clone)]
struct Try;

impl AsyncWork<bool> for Try {
    async fn run(&self, transaction: &Transaction<'_>, task: usize) -> Result<bool, Option<SqlState>> {
        let verify = "SELECT verified
                      FROM otp_check_code('+4915112345678', 'sign_in', ARRAY[$1::BYTEA], ARRAY[1], NULL, NULL, 5, 100, ARRAY[60],
                                          100, 80, '{}', '{}', '{}', '{}', '{}', $2, 600)";
        let row = transaction.query_one(verify, &[&[8_u8; 32].as_slice(), &format!("ticket {task}")]).await;
        row.map(|row| row.get(0)).map_err(|error| error.sqlstate().cloned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_can_be_tried_five_times_at_every_isolation_level() {
    for level in ISOLATION_LEVELS {
        let database = migrated_database().await;
        let pool = pool_of(&database, 20).await;
        assert_eq!(in_transactions(&pool, level, 1, Send::ToOneNumber).await, [true]);
        assert_eq!(in_transactions(&pool, level, 20, Try).await, [false; 20]);
        assert_eq!(scalar(&database, "SELECT failures::BIGINT FROM otp_challenges").await, 5, "{level:?}");
        assert_eq!(scalar(&database, "SELECT tries::BIGINT FROM otp_codes").await, 5, "{level:?}");
    }
}
