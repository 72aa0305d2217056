//! Opens connections: a pool, a single connection, or the driver's own client.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{
    classify::Target,
    connection::{self, Connection, Opened, Opener, is_read_only},
    error::Error,
    pool::{Pool, Shared},
    pool_mode::PoolMode,
    settings::Settings,
};
use crate::client::Client;

/// Makes a pool and opens its first connection, so that a wrong password, an unknown database or an unreachable host is
/// an error here and not at the first request of a user. The other connections are opened when they are needed.
///
/// `settings` is a URL, [`Settings`], or anything that converts to them. It needs a tokio runtime with timers enabled,
/// such as that of `#[tokio::main]`.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use barqnet_db_client::pool::{self, Settings};
///
/// // From the environment: DATABASE_URL, or PGHOST, PGUSER, …
/// let pool = pool::connect(Settings::from_env()?).await?;
///
/// // Or from a URL.
/// let pool = pool::connect("postgres://orders@db.internal/orders?sslmode=verify-full").await?;
///
/// let client = pool.get().await?;
/// client.execute("SELECT 1", &[]).await?;
/// # Ok(()) }
/// ```
pub async fn connect<S>(settings: S) -> Result<Pool, Error>
where
    S: TryInto<Settings>,
    Error: From<S::Error>,
{
    let pool = connect_lazy(settings)?;
    pool.get().await?;
    Ok(pool)
}

/// Makes a pool without connecting, for a program that must start before its database. Invalid settings are an error
/// here already.
pub fn connect_lazy<S>(settings: S) -> Result<Pool, Error>
where
    S: TryInto<Settings>,
    Error: From<S::Error>,
{
    Pool::new(&settings.try_into()?)
}

/// Opens one connection outside any pool, for a command or a session that is held for long.
pub async fn connect_one<S>(settings: S) -> Result<Client, Error>
where
    S: TryInto<Settings>,
    Error: From<S::Error>,
{
    let settings = settings.try_into()?;
    let shared = Shared::of(&settings)?;
    let opener = Opener::new(&settings, shared.connector());
    let connection = Box::pin(Connection::open(&opener, None)).await?;
    Ok(Client::single(connection, Arc::new(shared)))
}

impl Settings {
    /// Opens one connection and returns the driver's own client, which migration runners need, with the task that
    /// serves it. Dropping the client closes the connection and ends the task.
    ///
    /// For work that takes longer than 30 seconds, remove the limit first: `settings.statement_timeout(None)`.
    ///
    /// With [`PoolMode::Transaction`] it is refused: what the driver prepares, sets and locks needs a session of its own.
    pub async fn connect_client(&self) -> Result<(tokio_postgres::Client, JoinHandle<()>), Error> {
        if self.pool_mode == PoolMode::Transaction {
            let problem = "is transaction, and this needs a session of its own, as migrations and `doctor` do; \
                 connect to the server itself, without pool_mode";
            return Err(Error::invalid("pool_mode", problem));
        }
        let opener = Opener::new(self, self.connector()?);
        let Opened { client, traffic, .. } = Box::pin(opener.open()).await?;
        Ok((client, connection::serve(traffic)))
    }

    /// Asks the server of a connection that was opened with these settings whether it accepts writes, in one round trip: before
    /// work of many statements, of which the first that writes would fail with 25006.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`] if it is a standby, or `default_transaction_read_only` is on; otherwise why it can't be asked.
    pub async fn require_writes(&self, client: &tokio_postgres::Client) -> Result<(), Error> {
        let target = Target::of(self);
        match is_read_only(client).await {
            Ok(true) => Err(Error::ReadOnly { server: target.server().to_owned() }),
            Ok(false) => Ok(()),
            Err(error) => Err(Error::while_connecting(error, &target)),
        }
    }
}
