//! Clients that run nothing but reading statements.

use std::time::Duration;

use tokio_postgres::IsolationLevel;

use super::{
    client::Client,
    error::Error,
    pool::{self, Attempt, Pool, Position, RunOn},
    read_lane::ReadLane,
    session::{
        ReadClient,
        sealed::{Run, Runner},
    },
    transaction::{Transaction, TransactionOptions},
};

/// A client on which only statements that read can run: it is a [`ReadClient`] and no [`GenericClient`](crate::GenericClient). What runs
/// on it can run on a replica.
///
/// [`Pool::read`] and [`Pool::read_lane`] return it, and [`ReadOnly::new`] makes it of any client. Code that is given one can't write,
/// lock rows or call a function that might: rustc refuses it. The server checks nothing, except in the transactions that it begins, which
/// are READ ONLY.
///
/// ```no_run
/// use barqnet_db_client::{Error, ReadClient, ReadOnly, pool::Pool};
///
/// async fn report(client: &impl ReadClient) -> Result<(), Error> {
///     // Statements of the build that only read.
/// #   let _ = client;
///     Ok(())
/// }
///
/// # async fn example(pool: &Pool) -> Result<(), Box<dyn std::error::Error>> {
/// let mut client = pool.read().await?;
/// report(&client).await?;
/// // Several statements on one snapshot.
/// let transaction = client.transaction().await?;
/// report(&transaction).await?;
/// transaction.rollback().await?;
/// # Ok(()) }
/// ```
///
/// A statement that writes does not compile, and neither does SQL text, of which the build knows nothing:
///
/// ```compile_fail,E0277
/// # use barqnet_db_client::{Client, Error, Query, ReadOnly};
/// static RENAME: Query = Query::by_hand("books.rename", "UPDATE books SET title = $1 WHERE isbn = $2");
///
/// # async fn example(client: &ReadOnly<Client>) -> Result<u64, Error> {
/// RENAME.execute(client, &[&"Title", &"9780000000001"]).await
/// # }
/// ```
///
/// ```compile_fail,E0599
/// # use barqnet_db_client::{Client, Error, ReadOnly};
/// # async fn example(client: &ReadOnly<Client>) -> Result<u64, Error> {
/// client.execute("DELETE FROM books", &[]).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ReadOnly<C>(C);

impl<C: ReadClient> ReadOnly<C> {
    /// Takes a client for statements that read.
    #[must_use]
    pub fn new(client: C) -> Self {
        Self(client)
    }
}

impl<C: Run> Run for ReadOnly<C> {
    fn runner(&self) -> Runner<'_> {
        self.0.runner()
    }
}

impl ReadOnly<Client> {
    /// Begins a transaction that is READ ONLY and REPEATABLE READ: all its statements see one snapshot.
    pub async fn transaction(&mut self) -> Result<ReadOnly<Transaction<'_>>, Error> {
        self.transaction_with(TransactionOptions::at(IsolationLevel::RepeatableRead)).await
    }

    /// Begins a transaction of an isolation level. It is READ ONLY, whatever the options say.
    pub async fn transaction_with(&mut self, options: TransactionOptions) -> Result<ReadOnly<Transaction<'_>>, Error> {
        self.0.transaction_with(TransactionOptions { read_only: true, ..options }).await.map(ReadOnly)
    }

    /// [`Client::set_statement_timeout`].
    pub async fn set_statement_timeout(&self, limit: impl Into<Option<Duration>> + Send) -> Result<(), Error> {
        self.0.set_statement_timeout(limit).await
    }

    /// Whether the connection is lost.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl ReadOnly<Transaction<'_>> {
    /// [`Transaction::commit`], which proves that a serializable transaction has read what no concurrent one changed.
    pub async fn commit(self) -> Result<(), Error> {
        self.0.commit().await
    }

    /// Ends the transaction. Dropping it does the same without waiting for the server.
    pub async fn rollback(self) -> Result<(), Error> {
        self.0.rollback().await
    }
}

impl Pool {
    /// Takes a connection for statements that read; dropping it returns it.
    ///
    /// It is to a replica, in turn, if the settings name any ([`Settings::add_replica`](pool::Settings::add_replica)) and one lags at
    /// most [`max_replica_lag`](pool::Settings::max_replica_lag); else to the primary. A replica that failed is left out for 2 seconds,
    /// one that was promoted until it is a standby again. If the replica fails while the connection is held, the error is transient
    /// and the next read goes elsewhere; [`read_lane`](Self::read_lane) and [`read_transaction`](Self::read_transaction) go to the
    /// primary by themselves, also if the replica has not replayed a migration that a statement needs. SERIALIZABLE needs the primary: [`get`](Self::get).
    ///
    /// # How the lag is measured
    ///
    /// While somebody reads, the primary and each replica are asked for their positions in the log, at most once per second
    /// (or four times within the maximum, if that is shorter), on a connection each that is used for nothing else, in every
    /// [`PoolMode`](pool::PoolMode). A replica that has replayed what the primary had written to its disk at a moment is current as of
    /// that moment, by the clock of this process. So a replica that hears nothing of the primary, or does not replay, is left out
    /// when the maximum has passed, and so are all if the primary does not answer. What was committed with
    /// `synchronous_commit = off` reaches the disk up to three times `wal_writer_delay` later.
    ///
    /// # After a failover
    ///
    /// A replica that has replayed more than the primary has written does not follow that primary. The next measurement shows it, and the
    /// replica is left out until it is rewound or rebuilt. One that does not follow the primary and has replayed less is left out when
    /// the maximum has passed since the primary was last measured at a position that the replica has replayed. One that a former
    /// primary feeds, which still accepts writes, is not noticed while its position is one that the primary had at most the
    /// maximum ago.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub async fn read(&self) -> Result<ReadOnly<Client>, pool::Error> {
        self.client_to_read(None).await.map(ReadOnly)
    }

    /// [`read`](Self::read), which sees what was committed before the [`position`](Self::position) was taken: what a user wrote in
    /// an earlier request.
    ///
    /// A replica is read that lags at most the maximum and has replayed the log up to the position; it is waited for at most
    /// 500 ms, then the primary is read. That holds for a position that nobody has reached, too. The replica is asked for each
    /// read, which costs a round trip; reads that wait at the same time share the answer.
    ///
    /// After a failover, a replica that does not follow the primary and is not left out yet may lack the write: see
    /// [`read`](Self::read).
    ///
    /// ```no_run
    /// # use barqnet_db_client::pool::{Pool, Position};
    /// # async fn example(pool: &Pool) -> Result<(), Box<dyn std::error::Error>> {
    /// // After a write, for a cookie of the user.
    /// let cookie = pool.position().await?.to_string();
    /// // In the next request.
    /// let client = match cookie.parse::<Position>() {
    ///     Ok(position) => pool.read_after(position).await?,
    ///     Err(_) => pool.read().await?,
    /// };
    /// # let _ = client; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub async fn read_after(&self, position: Position) -> Result<ReadOnly<Client>, pool::Error> {
        self.client_to_read(Some(position)).await.map(ReadOnly)
    }

    /// The [`lane`](Self::lane), for statements that read: each on a replica as by [`read`](Self::read), and again on the
    /// primary if the replica fails.
    #[must_use]
    pub fn read_lane(&self) -> ReadLane {
        ReadLane::new(self.lane().clone(), self.replicas().cloned())
    }

    pub(crate) async fn client_to_read(&self, after: Option<Position>) -> Result<Client, pool::Error> {
        if let Some(replicas) = self.replicas()
            && let Some(client) = Box::pin(replicas.client(after)).await
        {
            return Ok(client);
        }
        self.get().await
    }

    /// [`transaction`](Self::transaction) for statements that read. It is READ ONLY, whatever the options say. The first attempt
    /// runs on a replica as by [`read`](Self::read), unless it is SERIALIZABLE, and another one on the primary.
    ///
    /// # Errors
    ///
    /// Those of [`transaction`](Self::transaction).
    pub async fn read_transaction<T, E, W>(
        &self,
        options: &TransactionOptions,
        mut work: impl FnMut(ReadOnly<Attempt>) -> W,
    ) -> Result<T, E>
    where
        E: From<Error> + From<pool::Error>,
        W: Future<Output = Result<T, E>>,
    {
        let options = TransactionOptions { read_only: true, ..*options };
        let run_on = match options.isolation {
            IsolationLevel::Serializable => RunOn::Primary,
            _ => RunOn::Replica,
        };
        self.repeat(run_on, &options, move |attempt| work(ReadOnly(attempt))).await
    }
}
