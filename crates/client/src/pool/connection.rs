//! One connection to a server: how it is opened, and how what runs on it is cancelled.

use std::{
    borrow::Cow,
    io,
    net::{IpAddr, SocketAddr},
    ops::{Deref, DerefMut},
    path::PathBuf,
    pin::Pin,
    slice,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use deadpool_postgres::ClientWrapper;
use futures::future::{BoxFuture, Either, select};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    sync::OnceCell,
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_postgres::{
    CancelToken, NoTls, SimpleQueryMessage, Socket,
    config::{LoadBalanceHosts, TargetSessionAttrs},
    tls::MakeTlsConnect,
};

use super::{
    super::statement::Statements,
    ageing::random,
    classify::Target,
    error::Error,
    pool_mode::PoolMode,
    server::{self, Server},
    settings::Settings,
    timelines::{Timeline, Timelines},
    timer::Timer,
    tls::Connector,
};

/// A connection with its cache of prepared statements, and the address that it was opened to.
#[derive(Debug)]
pub(crate) struct Connection {
    wrapper: ClientWrapper,
    statements: Statements,
    timer: Timer,
    peer: Peer,
    timeline: Option<Timeline>,
    turn: tokio::sync::Mutex<()>,
    other_types: OnceCell<()>,
    opened: Instant,
    lifetime: Option<Duration>,
    seen: AtomicU64,
}

/// The one server of those in the settings that a connection is to: only that can cancel what runs on it.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    Tcp { name: String, address: SocketAddr },
    Unix(PathBuf),
}

impl Connection {
    pub(super) async fn open(opener: &Opener, lifetime: Option<Duration>) -> Result<Self, Error> {
        let Opened { client, traffic, peer, timeline } = opener.open().await?;
        Ok(Self {
            wrapper: ClientWrapper::new(client, serve(traffic)),
            statements: Statements::default(),
            timer: Timer::default(),
            peer,
            timeline,
            turn: tokio::sync::Mutex::default(),
            other_types: OnceCell::new(),
            opened: Instant::now(),
            lifetime,
            seen: AtomicU64::new(0),
        })
    }

    pub(super) fn is_aged(&self) -> bool {
        self.lifetime.is_some_and(|lifetime| self.opened.elapsed() >= lifetime)
    }

    pub(super) fn is_to_former_primary(&self) -> bool {
        self.timeline.as_ref().is_some_and(Timeline::is_former)
    }

    /// How many failures of its pool had been seen when it was opened or last checked.
    pub(super) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    pub(super) fn set_seen(&self, failures: u64) {
        self.seen.store(failures, Ordering::Relaxed);
    }

    /// Whether the server accepts no writes: it is a standby, or `default_transaction_read_only` is on.
    pub(crate) async fn is_read_only(&self) -> Result<bool, tokio_postgres::Error> {
        is_read_only(self).await
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.statements
    }

    /// Held while the messages of one transaction are sent that must not mix with those of another.
    pub(crate) fn turn(&self) -> &tokio::sync::Mutex<()> {
        &self.turn
    }

    /// Set when the driver knows the types of this database that are not built in.
    pub(crate) fn other_types(&self) -> &OnceCell<()> {
        &self.other_types
    }

    pub(crate) fn timer(&self) -> &Timer {
        &self.timer
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }
}

/// Whether a server accepts no writes on a connection.
pub(super) async fn is_read_only(client: &tokio_postgres::Client) -> Result<bool, tokio_postgres::Error> {
    let answer = client.simple_query("SHOW transaction_read_only").await?;
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"))))
}

/// How often the server looks whether its client is still there while a statement runs: without it, a statement goes on for
/// a process that no longer exists. PostgreSQL 12 and 13, and some operating systems, do not have it.
const CLIENT_CHECK: &str = "client_connection_check_interval";

/// How long a server is tried last after it did not answer.
const AVOIDED_FOR: Duration = Duration::from_secs(30);

/// What the driver's `connect` returns.
type Connected = Result<
    (tokio_postgres::Client, tokio_postgres::Connection<Socket, <Connector as MakeTlsConnect<Socket>>::Stream>),
    tokio_postgres::Error,
>;

/// The driver's client, what sends and receives for it, and where it is connected to.
pub(super) struct Opened {
    pub(super) client: tokio_postgres::Client,
    pub(super) traffic: Traffic,
    pub(super) peer: Peer,
    /// Known to a pool that accepts only a primary.
    pub(super) timeline: Option<Timeline>,
}

/// Sends and receives for a client until the connection ends.
pub(crate) type Traffic = BoxFuture<'static, Result<(), tokio_postgres::Error>>;

/// Sends and receives in a task.
pub(super) fn serve(traffic: Traffic) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = traffic.await {
            log_loss(&error);
        }
    })
}

pub(crate) fn log_loss(error: &tokio_postgres::Error) {
    tracing::warn!(error = error as &dyn std::error::Error, "connection lost");
}

/// Opens connections, and remembers what it has learned about the servers.
pub(super) struct Opener {
    settings: Settings,
    connector: Connector,
    /// Whether the servers know [`CLIENT_CHECK`].
    knows_client_check: AtomicBool,
    /// For each server, when it last did not answer in time.
    silent_since: Vec<Mutex<Option<Instant>>>,
    /// Of a pool for writing: a single connection has no other one to be compared with.
    timelines: Option<Arc<Timelines>>,
}

impl Opener {
    pub(super) fn new(settings: &Settings, connector: Connector) -> Self {
        Self {
            settings: settings.clone(),
            connector,
            knows_client_check: AtomicBool::new(settings.pool_mode == PoolMode::Session),
            silent_since: settings.servers.iter().map(|_| Mutex::new(None)).collect(),
            timelines: None,
        }
    }

    /// Refuses connections to a former primary, if only a primary is accepted.
    pub(super) fn comparing(mut self, timelines: &Arc<Timelines>) -> Self {
        self.timelines = (self.settings.target() == TargetSessionAttrs::ReadWrite).then(|| Arc::clone(timelines));
        self
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Opens a connection to the first server that accepts one.
    pub(super) async fn open(&self) -> Result<Opened, Error> {
        let limit = self.settings.create_timeout;
        let mut outcome = Err(Error::invalid("host", "there is none"));
        for at in self.order() {
            let opened = timeout(limit, self.open_to(&self.settings.servers[at])).await;
            outcome = opened.unwrap_or_else(|_| Err(Error::slow_connect(Some(limit), &Target::of(&self.settings))));
            let is_silent = matches!(outcome, Err(Error::TimedOut { .. }));
            *self.silent_since(at) = is_silent.then(Instant::now);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The servers as given or in random order, but last those that did not answer a while ago: not every new connection
    /// waits for them.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.settings.servers.len()).collect();
        if self.settings.base.get_load_balance_hosts() == LoadBalanceHosts::Random {
            let keys: Vec<f64> = order.iter().map(|_| random()).collect();
            order.sort_by(|one, other| keys[*one].total_cmp(&keys[*other]));
        }
        order.sort_by_key(|at| self.silent_since(*at).is_some_and(|since| since.elapsed() < AVOIDED_FOR));
        order
    }

    fn silent_since(&self, at: usize) -> MutexGuard<'_, Option<Instant>> {
        self.silent_since[at].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries the addresses of one server.
    async fn open_to(&self, server: &Server) -> Result<Opened, Error> {
        if server.is_local_socket() {
            let path = PathBuf::from(&server.host).join(format!(".s.PGSQL.{}", server.port));
            return self.open_at(server, None, Peer::Unix(path)).await;
        }
        let addresses = addresses(server).await;
        if addresses.is_empty() {
            // The name is unknown: the driver says so in its own words.
            let peer = Peer::Tcp { name: server.host.clone(), address: SocketAddr::from(([0, 0, 0, 0], server.port)) };
            return self.open_at(server, None, peer).await;
        }
        let mut outcome = Err(Error::invalid("host", "there is none"));
        for address in addresses {
            let peer = Peer::Tcp { name: server.host.clone(), address };
            outcome = self.open_at(server, Some(address.ip()), peer).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    async fn open_at(&self, server: &Server, address: Option<IpAddr>, peer: Peer) -> Result<Opened, Error> {
        let mut config = self.settings.driver_config()?;
        config.host(&server.host).port(server.port);
        if let Some(address) = address {
            config.hostaddr(address);
        }
        let connected = self.connect(config).await;
        let (client, connection) =
            connected.map_err(|error| Error::while_connecting(error, &Target::of(&self.settings)))?;
        let mut traffic: Traffic = Box::pin(connection);
        let timeline = match &self.timelines {
            Some(timelines) => self.timeline(timelines, server, &client, &mut traffic).await?,
            None => None,
        };
        Ok(Opened { client, traffic, peer, timeline })
    }

    /// That of a primary, unless it has been replaced.
    async fn timeline(
        &self,
        timelines: &Timelines,
        server: &Server,
        client: &tokio_postgres::Client,
        traffic: &mut Traffic,
    ) -> Result<Option<Timeline>, Error> {
        let target = || Target::of(&self.settings);
        let timeline = match select(Box::pin(timelines.of(client)), traffic).await {
            Either::Left((timeline, _)) => timeline,
            Either::Right((Err(error), _)) => return Err(Error::while_connecting(error, &target())),
            Either::Right((Ok(()), _)) => return Err(Error::lost_before_use(&target())),
        };
        match timeline {
            Some(timeline) if timeline.is_former() => Err(Error::FormerPrimary {
                server: server::names(slice::from_ref(server)),
                timeline: timeline.own(),
                highest: timeline.highest(),
            }),
            timeline => Ok(timeline),
        }
    }

    /// With [`CLIENT_CHECK`], unless a server or pooler has refused that before.
    async fn connect(&self, mut config: tokio_postgres::Config) -> Connected {
        if self.knows_client_check.load(Ordering::Relaxed) {
            let options = config.get_options().unwrap_or_default().to_owned();
            // First, so that the user's own value takes precedence.
            config.options(format!("-c {CLIENT_CHECK}=1s {options}"));
            match config.connect(Connector::clone(&self.connector)).await {
                Err(error) if error.as_db_error().is_some_and(|error| error.message().contains(CLIENT_CHECK)) => {
                    self.knows_client_check.store(false, Ordering::Relaxed);
                    config.options(options);
                }
                outcome => return outcome,
            }
        }
        config.connect(Connector::clone(&self.connector)).await
    }
}

impl Deref for Connection {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        &self.wrapper
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut ClientWrapper {
        &mut self.wrapper
    }
}

/// The addresses of a server; none if its name is unknown.
async fn addresses(server: &Server) -> Vec<SocketAddr> {
    if let Some(address) = server.address {
        return vec![SocketAddr::new(address, server.port)];
    }
    let found = tokio::net::lookup_host((server.host.as_str(), server.port)).await;
    found.map(Iterator::collect).unwrap_or_default()
}

impl Peer {
    /// The name or address that it was reached by, or the path of its socket.
    pub(crate) fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Tcp { name, .. } => Cow::Borrowed(name),
            Self::Unix(path) => path.to_string_lossy(),
        }
    }

    /// `None` for a Unix-domain socket, whose path has the port.
    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp { address, .. } => Some(address.port()),
            Self::Unix(_) => None,
        }
    }

    /// Asks the server to cancel what runs on the connection, and waits until it has passed that on: a statement that starts
    /// later is not cancelled by it. The result is whether the server was reached.
    pub(crate) async fn cancel(&self, token: CancelToken, mut connector: Connector, limit: Duration) -> bool {
        let cancellation = async {
            match self {
                Self::Tcp { name, address } => {
                    let stream = UntilClosed(TcpStream::connect(address).await?);
                    let tls = MakeTlsConnect::<UntilClosed<TcpStream>>::make_tls_connect(&mut connector, name);
                    token.cancel_query_raw(stream, tls.map_err(io::Error::other)?).await.map_err(io::Error::other)
                }
                Self::Unix(path) => {
                    let stream = UntilClosed(UnixStream::connect(path).await?);
                    token.cancel_query_raw(stream, NoTls).await.map_err(io::Error::other)
                }
            }
        };
        let is_delivered = matches!(timeout(limit, cancellation).await, Ok(Ok(())));
        if !is_delivered {
            tracing::debug!("a cancellation could not be delivered");
        }
        is_delivered
    }
}

/// A stream whose shutdown ends when the peer has closed it. The server does that once it has sent the signal.
///
/// Its own side stays open until then: pgbouncer 1.18 crashes if it is closed before.
struct UntilClosed<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for UntilClosed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UntilClosed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_flush(cx))?;
        loop {
            let mut bytes = [0; 64];
            let mut buffer = ReadBuf::new(&mut bytes);
            // A reset is an end as well.
            if ready!(Pin::new(&mut self.0).poll_read(cx, &mut buffer)).is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
