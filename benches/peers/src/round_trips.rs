//! Counts round trips: a socket between client and server that counts changes of direction.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

#[derive(Default)]
struct Counter {
    trips: AtomicUsize,
    client_spoke_last: AtomicBool,
}

/// A socket that forwards to a server and counts.
pub(crate) struct Relay {
    folder: TempDir,
    counter: Arc<Counter>,
}

impl Relay {
    /// Listens in a new folder and forwards everything to the socket in the folder `server`.
    pub(crate) fn start(server: &str) -> io::Result<Self> {
        const SOCKET: &str = ".s.PGSQL.5432";
        let folder = tempfile::tempdir()?;
        let counter = Arc::new(Counter::default());
        let listener = UnixListener::bind(folder.path().join(SOCKET))?;
        let server = PathBuf::from(server).join(SOCKET);
        let shared = Arc::clone(&counter);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = UnixStream::connect(&server).await else { return };
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(forward(from_client, to_server, Arc::clone(&shared), true));
                tokio::spawn(forward(from_server, to_client, Arc::clone(&shared), false));
            }
        });
        Ok(Self { folder, counter })
    }

    /// The folder of the socket.
    pub(crate) fn folder(&self) -> &str {
        self.folder.path().to_str().unwrap_or_default()
    }

    /// Sets the count to zero.
    pub(crate) fn reset(&self) {
        self.counter.trips.store(0, Ordering::SeqCst);
    }

    /// The number of times the client has waited for an answer since the last reset.
    pub(crate) fn trips(&self) -> usize {
        self.counter.trips.load(Ordering::SeqCst)
    }
}

async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    counter: Arc<Counter>,
    is_client: bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let client_spoke_last = counter.client_spoke_last.swap(is_client, Ordering::SeqCst);
        if client_spoke_last && !is_client {
            counter.trips.fetch_add(1, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
