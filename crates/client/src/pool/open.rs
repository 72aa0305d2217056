//! Opens connections: a pool, a single connection, or the driver's own client.

use deadpool_postgres::{Client, ClientWrapper, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::task::JoinHandle;

use super::{classify::Target, error::Error, settings::Settings};

/// A connection outside any pool, with the same cache of prepared statements. Dropping it closes it.
pub type Connection = ClientWrapper;

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
/// let client = pool::get(&pool).await?;
/// client.execute("SELECT 1", &[]).await?;
/// # Ok(()) }
/// ```
pub async fn connect<S>(settings: S) -> Result<Pool, Error>
where
    S: TryInto<Settings>,
    Error: From<S::Error>,
{
    let settings = settings.try_into()?;
    let pool = build(&settings)?;
    match pool.get().await {
        Ok(_) => Ok(pool),
        Err(error) => Err(Error::in_pool(error, &pool, &Target::of(&settings))),
    }
}

/// Takes a connection from the pool; dropping it returns it. Unlike [`Pool::get`], its error says what to do.
pub async fn get(pool: &Pool) -> Result<Client, Error> {
    pool.get().await.map_err(|error| Error::from_pool(error, pool))
}

/// Makes a pool without connecting, for a program that must start before its database. Invalid settings are an error
/// here already.
pub fn connect_lazy<S>(settings: S) -> Result<Pool, Error>
where
    S: TryInto<Settings>,
    Error: From<S::Error>,
{
    build(&settings.try_into()?)
}

/// Opens one connection outside any pool, for a command or a session that is held for long.
pub async fn connect_one<S>(settings: S) -> Result<Connection, Error>
where
    S: TryInto<Settings>,
    Error: From<S::Error>,
{
    let (client, task) = settings.try_into()?.connect_client().await?;
    Ok(ClientWrapper::new(client, task))
}

impl Settings {
    /// Opens one connection and returns the driver's own client, which migration runners need, with the task that
    /// serves it. Dropping the client closes the connection and ends the task.
    ///
    /// For work that takes longer than 30 seconds, remove the limit first: `settings.statement_timeout(None)`.
    pub async fn connect_client(&self) -> Result<(tokio_postgres::Client, JoinHandle<()>), Error> {
        let config = self.driver_config()?;
        let connecting = config.connect(self.connector()?);
        let target = Target::of(self);
        let budget = self.create_budget();
        let (client, connection) = tokio::time::timeout(budget, connecting)
            .await
            .map_err(|_| Error::slow_connect(Some(budget), &target))?
            .map_err(|error| Error::while_connecting(error, &target))?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "connection lost");
            }
        });
        Ok((client, task))
    }
}

/// Resets a connection before it is lent again, in one round trip. Without it the next borrower would inherit what the
/// last one left: a `search_path`, a role, an advisory lock, a LISTEN. It also detects a dead connection before the
/// caller's query does. Prepared statements survive it, as do the limits and the time zone: RESET ALL returns to the
/// start-up options.
///
/// The first statement divides by zero if a transaction was left open, because that began before this message arrived.
/// The connection is then discarded, and the transaction with it. ROLLBACK would also end it, but logs a warning on the
/// server whenever there is nothing to roll back.
const RECYCLE: &str = "SELECT 1 / (NOW() = STATEMENT_TIMESTAMP())::INTEGER; \
                       CLOSE ALL; \
                       SET SESSION AUTHORIZATION DEFAULT; \
                       RESET ALL; \
                       UNLISTEN *; \
                       SELECT PG_ADVISORY_UNLOCK_ALL(); \
                       DISCARD TEMP; \
                       DISCARD SEQUENCES";

fn build(settings: &Settings) -> Result<Pool, Error> {
    let manager = Manager::from_config(
        settings.driver_config()?,
        settings.connector()?,
        ManagerConfig { recycling_method: RecyclingMethod::Custom(RECYCLE.to_owned()) },
    );
    Pool::builder(manager)
        .runtime(Runtime::Tokio1)
        .max_size(settings.max_size)
        .wait_timeout(Some(settings.wait_timeout))
        .create_timeout(Some(settings.create_budget()))
        .recycle_timeout(Some(settings.recycle_timeout))
        .build()
        .map_err(|error| Error::invalid("pool", error.to_string()))
}
