//! Transactions that are repeated when a concurrent one, a schema change or a lost connection stopped them.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{Pool, ageing::random, error::Error as PoolError};
use crate::{
    client::Client,
    error::Error,
    transaction::{Transaction, TransactionOptions},
};

/// The pauses between attempts grow from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// Where an attempt runs. All but the first run on the primary.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RunOn {
    Primary,
    Replica,
}

/// Why an attempt did not commit.
enum Failed<E> {
    /// Nothing of it happened, and another attempt may succeed.
    Again(E),
    Finally(E),
}

impl Pool {
    /// Runs `work` in a transaction and commits it.
    ///
    /// It is repeated, with a connection of its own each time, when it failed with a serialization failure or a deadlock, at
    /// the commit too, because a migration changed what a statement returns, or because the connection was lost before the
    /// commit: until [`TransactionOptions::retry_for`] has passed, with growing random pauses. `work` must have no other
    /// effect than on the database, because each attempt has it.
    ///
    /// An `Err` of `work` rolls back, as does [`Attempt::roll_back_at_end`]. If the connection is lost during the commit the
    /// error is [`Error::CommitUnknown`], and nothing is repeated.
    ///
    /// ```no_run
    /// # use barqnet_db_client::{Error, TransactionOptions, pool::{self, Pool}};
    /// # async fn example(pool: &Pool) -> Result<(), Box<dyn std::error::Error>> {
    /// let balance: i64 = pool
    ///     .transaction(&TransactionOptions::default(), |transaction| async move {
    ///         transaction.execute("UPDATE accounts SET balance = balance - 1 WHERE id = 7", &[]).await?;
    ///         let row = transaction.query_one("SELECT balance FROM accounts WHERE id = 7", &[]).await?;
    ///         Ok::<_, Box<dyn std::error::Error>>(row.get(0))
    ///     })
    ///     .await?;
    /// # let _ = balance; Ok(()) }
    /// ```
    pub async fn transaction<T, E, W>(
        &self,
        options: &TransactionOptions,
        work: impl FnMut(Attempt) -> W,
    ) -> Result<T, E>
    where
        E: From<Error> + From<PoolError>,
        W: Future<Output = Result<T, E>>,
    {
        self.repeat(RunOn::Primary, options, work).await
    }

    pub(crate) async fn repeat<T, E, W>(
        &self,
        mut run_on: RunOn,
        options: &TransactionOptions,
        mut work: impl FnMut(Attempt) -> W,
    ) -> Result<T, E>
    where
        E: From<Error> + From<PoolError>,
        W: Future<Output = Result<T, E>>,
    {
        let begin = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            // On the heap, because the futures of callers would grow with it.
            let error = match Box::pin(self.attempt(run_on, options, &mut work)).await {
                Ok(value) => return Ok(value),
                Err(Failed::Finally(error)) => return Err(error),
                Err(Failed::Again(error)) => error,
            };
            run_on = RunOn::Primary;
            // Callers who failed together don't meet again.
            let pause_now = pause.mul_f64(random());
            if begin.elapsed() + pause_now >= options.retry_for {
                return Err(error);
            }
            sleep(pause_now).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    async fn attempt<T, E, W>(
        &self,
        run_on: RunOn,
        options: &TransactionOptions,
        work: &mut impl FnMut(Attempt) -> W,
    ) -> Result<T, Failed<E>>
    where
        E: From<Error> + From<PoolError>,
        W: Future<Output = Result<T, E>>,
    {
        let taken = match run_on {
            RunOn::Primary => self.get().await,
            RunOn::Replica => self.client_to_read(None).await,
        };
        let client = Arc::new(taken.map_err(Failed::of_pool)?);
        let rolls_back = Arc::new(AtomicBool::new(false));
        let transaction = Transaction::begin(&client, *options).await.map_err(Failed::of_statement)?;
        let attempt = Attempt { client: Arc::clone(&client), rolls_back: Arc::clone(&rolls_back) };
        let outcome = match work(attempt).await {
            Ok(value) if rolls_back.load(Ordering::Relaxed) => {
                transaction.rollback().await.map(|()| value).map_err(Failed::of_statement)
            }
            Ok(value) => transaction.commit().await.map(|()| value).map_err(Failed::of_statement),
            Err(error) if client.state.is_worth_another_attempt() => Err(Failed::Again(error)),
            // The primary may have a migration that the replica has not replayed.
            Err(error) if matches!(run_on, RunOn::Replica) && client.state.met_older_schema() => {
                Err(Failed::Again(error))
            }
            Err(error) => Err(Failed::Finally(error)),
        };
        if Arc::strong_count(&client) > 1 {
            client.state.refuse();
        }
        outcome
    }
}

/// The transaction of one attempt of [`Pool::transaction`]. Everything that a [`Client`] offers by reference works inside it;
/// kept after the attempt has ended, it refuses every statement.
#[derive(Debug)]
pub struct Attempt {
    client: Arc<Client>,
    rolls_back: Arc<AtomicBool>,
}

impl Attempt {
    /// Sets a savepoint. Unless it is committed, what follows it is rolled back, and the transaction goes on.
    pub async fn savepoint(&mut self) -> Result<Transaction<'_>, Error> {
        Transaction::begin_savepoint(&self.client, 1).await
    }

    /// Makes the transaction roll back although its work succeeds.
    pub fn roll_back_at_end(&self) {
        self.rolls_back.store(true, Ordering::Relaxed);
    }
}

impl Deref for Attempt {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl<E: From<Error> + From<PoolError>> Failed<E> {
    fn of_pool(error: PoolError) -> Self {
        if error.is_transient() { Self::Again(error.into()) } else { Self::Finally(error.into()) }
    }

    /// Of beginning or committing. A rollback that failed has rolled back as well.
    fn of_statement(error: Error) -> Self {
        if error.undoes_transaction() { Self::Again(error.into()) } else { Self::Finally(error.into()) }
    }
}
