//! One connection to a server: how it is opened, and how what runs on it is cancelled.

use std::{
    borrow::Cow,
    io,
    net::{IpAddr, SocketAddr},
    ops::{Deref, DerefMut},
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use deadpool_postgres::ClientWrapper;
use futures::future::BoxFuture;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_postgres::{CancelToken, NoTls, tls::MakeTlsConnect};

use super::{
    super::statement::Statements, classify::Target, error::Error, server::Server, settings::Settings, timer::Timer,
    tls::Connector,
};

/// A connection with its cache of prepared statements, and the address that it was opened to.
#[derive(Debug)]
pub(crate) struct Connection {
    wrapper: ClientWrapper,
    statements: Statements,
    timer: Timer,
    peer: Peer,
}

/// The one server of those in the settings that a connection is to: only that can cancel what runs on it.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    Tcp { name: String, address: SocketAddr },
    Unix(PathBuf),
}

impl Connection {
    pub(super) async fn open(settings: &Settings, connector: &Connector) -> Result<Self, Error> {
        let (client, traffic, peer) = open(settings, connector).await?;
        let wrapper = ClientWrapper::new(client, serve(traffic));
        Ok(Self { wrapper, statements: Statements::default(), timer: Timer::default(), peer })
    }

    pub(crate) fn statements(&self) -> &Statements {
        &self.statements
    }

    pub(crate) fn timer(&self) -> &Timer {
        &self.timer
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }
}

/// The driver's client, what sends and receives for it, and where it is connected to.
pub(crate) type Opened = (tokio_postgres::Client, Traffic, Peer);

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

/// Opens a connection to the first server that accepts one.
pub(crate) async fn open(settings: &Settings, connector: &Connector) -> Result<Opened, Error> {
    let limit = settings.create_timeout;
    let mut outcome = Err(Error::invalid("host", "there is none"));
    for server in &settings.servers {
        let opened = timeout(limit, open_to(settings, server, connector)).await;
        outcome = opened.unwrap_or_else(|_| Err(Error::slow_connect(Some(limit), &Target::of(settings))));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Tries the addresses of one server.
async fn open_to(settings: &Settings, server: &Server, connector: &Connector) -> Result<Opened, Error> {
    if server.is_local_socket() {
        let path = PathBuf::from(&server.host).join(format!(".s.PGSQL.{}", server.port));
        return open_at(settings, server, None, connector, Peer::Unix(path)).await;
    }
    let addresses = addresses(server).await;
    if addresses.is_empty() {
        // The name is unknown: the driver says so in its own words.
        let peer = Peer::Tcp { name: server.host.clone(), address: SocketAddr::from(([0, 0, 0, 0], server.port)) };
        return open_at(settings, server, None, connector, peer).await;
    }
    let mut outcome = Err(Error::invalid("host", "there is none"));
    for address in addresses {
        let peer = Peer::Tcp { name: server.host.clone(), address };
        outcome = open_at(settings, server, Some(address.ip()), connector, peer).await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

async fn open_at(
    settings: &Settings,
    server: &Server,
    address: Option<IpAddr>,
    connector: &Connector,
    peer: Peer,
) -> Result<Opened, Error> {
    let mut config = settings.driver_config()?;
    config.host(&server.host).port(server.port);
    if let Some(address) = address {
        config.hostaddr(address);
    }
    let connected = config.connect(Connector::clone(connector)).await;
    let (client, connection) = connected.map_err(|error| Error::while_connecting(error, &Target::of(settings)))?;
    Ok((client, Box::pin(connection), peer))
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

/// A stream whose shutdown ends when the peer has closed its side, too. The server does that once it has sent the signal.
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
        ready!(Pin::new(&mut self.0).poll_shutdown(cx))?;
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
