//! Transactions and savepoints whose commit tells the truth.

use std::{ops::Deref, time::Duration};

use futures::FutureExt;
use tokio_postgres::{IsolationLevel, error::SqlState};

use super::{
    call::Call,
    client::Client,
    error::{COMMIT, Error, Failure},
    query::Query,
    telemetry::Rows,
};

static BEGIN: Query = Query::by_hand("begin", "BEGIN");
static SAVEPOINT: Query = Query::by_hand("savepoint", "SAVEPOINT");
static RELEASE: Query = Query::by_hand("release savepoint", "RELEASE SAVEPOINT");
static ROLLBACK: Query = Query::by_hand("rollback", "ROLLBACK");

/// The characteristics of a transaction.
#[derive(Clone, Copy, Debug)]
pub struct TransactionOptions {
    /// Default: READ COMMITTED, whatever the default of the server, the role or a pooler is.
    pub isolation: IsolationLevel,
    /// Refuses statements that write.
    pub read_only: bool,
    /// A serializable read-only transaction waits until it can run without being aborted and without aborting others.
    pub deferrable: bool,
    /// How long [`Pool::transaction`](super::pool::Pool::transaction) repeats a transaction that failed; zero for a single
    /// attempt. An attempt that has begun is not interrupted. Default: 5 seconds.
    pub retry_for: Duration,
}

impl Default for TransactionOptions {
    fn default() -> Self {
        Self {
            isolation: IsolationLevel::ReadCommitted,
            read_only: false,
            deferrable: false,
            retry_for: Duration::from_secs(5),
        }
    }
}

impl TransactionOptions {
    /// The defaults, at another isolation level.
    #[must_use]
    pub fn at(isolation: IsolationLevel) -> Self {
        Self { isolation, ..Self::default() }
    }

    fn begin(self) -> String {
        let mut begin = "BEGIN ISOLATION LEVEL ".to_owned();
        begin += match self.isolation {
            IsolationLevel::ReadUncommitted => "READ UNCOMMITTED",
            IsolationLevel::RepeatableRead => "REPEATABLE READ",
            IsolationLevel::Serializable => "SERIALIZABLE",
            // The enum of the driver can grow.
            _ => "READ COMMITTED",
        };
        if self.read_only {
            begin += " READ ONLY";
        }
        if self.deferrable {
            begin += " DEFERRABLE";
        }
        begin
    }
}

/// A transaction, or a savepoint in one. Dropped without [`commit`](Self::commit), it is rolled back.
///
/// Everything that a [`Client`] offers by reference works inside it.
#[derive(Debug)]
pub struct Transaction<'c> {
    /// Borrowed exclusively, but for statements in it.
    client: &'c Client,
    /// 0 for the transaction itself, 1 for a savepoint in it, and so on.
    depth: usize,
    is_open: bool,
}

impl Client {
    /// Begins a transaction. It is rolled back unless it is committed.
    pub async fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        self.transaction_with(TransactionOptions::default()).await
    }

    /// Begins a transaction of an isolation level, or one that only reads.
    pub async fn transaction_with(&mut self, options: TransactionOptions) -> Result<Transaction<'_>, Error> {
        Transaction::begin(self, options).await
    }
}

impl<'c> Transaction<'c> {
    /// Nothing but the transaction may use the client until it has ended.
    pub(super) async fn begin(client: &'c Client, options: TransactionOptions) -> Result<Self, Error> {
        let sql = client.begin_sql(options.begin());
        let begun = client
            .call(
                &BEGIN,
                async {
                    client.state.roll_back_if_abandoned(true);
                    client.driver().batch_execute(&sql).await.map_err(|error| Error::new(&BEGIN, error))
                },
                |()| Rows::None,
            )
            .await;
        if let Err(error) = begun {
            // Behind a pooler it may have failed after BEGIN, at a setting.
            client.state.needs_reset();
            return Err(error);
        }
        client.state.begin_transaction(options.read_only);
        Ok(Self { client, depth: 0, is_open: true })
    }

    /// A savepoint; 1 is the outermost.
    pub(super) async fn begin_savepoint(client: &'c Client, depth: usize) -> Result<Self, Error> {
        let mut savepoint = Self { client, depth, is_open: false };
        savepoint.control(&SAVEPOINT, &format!("SAVEPOINT sp_{depth}")).await?;
        savepoint.is_open = true;
        Ok(savepoint)
    }

    /// Sets a savepoint. Unless it is committed, what follows it is rolled back, and the transaction goes on.
    pub async fn savepoint(&mut self) -> Result<Transaction<'_>, Error> {
        Transaction::begin_savepoint(self.client, self.depth + 1).await
    }

    /// Commits the transaction, or keeps what follows the savepoint.
    ///
    /// [`Error::RolledBack`] if a statement in it had failed, although that error may have been ignored or never seen: it
    /// names the statement. After [`Error::CommitUnknown`] it is unknown whether the transaction was committed; any other error
    /// means that it was not.
    pub async fn commit(mut self) -> Result<(), Error> {
        // A stream that was dropped may still fail, and its failure would be this one.
        if self.client.state.has_drains() {
            let mut call = Call::begin_unmeasured(self.client, &COMMIT).await?;
            call.limited(self.client.state.finish_drains()).await?;
            call.finish(None);
        }
        let (name, sql) = match self.depth {
            // The server answers COMMIT of a failed transaction with ROLLBACK and no error. SELECT is an error then.
            0 => (&COMMIT, "SELECT; COMMIT".to_owned()),
            depth => (&RELEASE, format!("RELEASE SAVEPOINT sp_{depth}")),
        };
        match self.control(name, &sql).await {
            Ok(()) => {
                self.is_open = false;
                if self.depth == 0 {
                    self.client.state.end_transaction();
                }
                Ok(())
            }
            Err(Error::Database { source, .. }) if source.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => {
                let failure = self.roll_back_unawaited();
                Err(Error::RolledBack { failure, source })
            }
            // A server that stops may have committed before it says so.
            Err(error) if self.depth == 0 && error.is_of_connection() => {
                Err(Error::CommitUnknown { source: Box::new(error) })
            }
            // Dropping `self` rolls back what may still be open.
            Err(error) => Err(error),
        }
    }

    /// Rolls back the transaction, or what follows the savepoint. Dropping it does the same without waiting for the server.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.control(&ROLLBACK, &self.rollback_sql()).await?;
        self.is_open = false;
        self.end();
        Ok(())
    }

    async fn control(&self, name: &'static Query, sql: &str) -> Result<(), Error> {
        let sent = async { self.driver().batch_execute(sql).await.map_err(|error| Error::new(name, error)) };
        self.call(name, sent, |()| Rows::None).await
    }

    fn rollback_sql(&self) -> String {
        match self.depth {
            0 => "ROLLBACK".to_owned(),
            depth => format!("ROLLBACK TO SAVEPOINT sp_{depth}; RELEASE SAVEPOINT sp_{depth}"),
        }
    }

    /// Sends the rollback without waiting for its end, and returns the first failure that it undoes.
    fn roll_back_unawaited(&mut self) -> Option<Failure> {
        self.is_open = false;
        // Polled once, the driver has sent it.
        let _ = self.client.driver().batch_execute(&self.rollback_sql()).now_or_never();
        self.end()
    }

    fn end(&self) -> Option<Failure> {
        match self.depth {
            0 => self.client.state.end_transaction(),
            _ => self.client.state.end_savepoint(),
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.client
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.roll_back_unawaited();
        }
    }
}
