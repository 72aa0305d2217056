//! Clients that run nothing but reading statements.

use std::time::Duration;

use super::{
    client::Client,
    error::Error,
    pool::{self, Attempt, Lane, Pool},
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
        self.transaction_with(TransactionOptions::at(tokio_postgres::IsolationLevel::RepeatableRead)).await
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
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub async fn read(&self) -> Result<ReadOnly<Client>, pool::Error> {
        self.get().await.map(ReadOnly)
    }

    /// The [`lane`](Self::lane), for statements that read.
    #[must_use]
    pub fn read_lane(&self) -> ReadOnly<Lane> {
        ReadOnly(self.lane().clone())
    }

    /// [`transaction`](Self::transaction) for statements that read. It is READ ONLY, whatever the options say.
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
        self.transaction(&options, move |attempt| work(ReadOnly(attempt))).await
    }
}
