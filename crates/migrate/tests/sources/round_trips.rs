//! A server that counts what a program asks it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use barqnet_db_client::pool::Settings;
use barqnet_db_testing::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{UnixListener, UnixStream},
};

/// A socket before the test server, which counts the messages that the server must answer.
pub(crate) struct CountingServer {
    folder: tempfile::TempDir,
    database: String,
    asked: Arc<AtomicUsize>,
}

impl CountingServer {
    pub(crate) fn before(database: &TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let (host, port) =
            database.settings().get_servers().next().map(|(host, port)| (host.to_owned(), port)).unwrap();
        let socket = format!("{host}/.s.PGSQL.{port}");
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((program, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(pass_on(program, server, Arc::clone(&counter)));
            }
        });
        Self { folder, database: database.name().to_owned(), asked }
    }

    pub(crate) fn settings(&self) -> Settings {
        let host = self.folder.path().display();
        Settings::from_url(&format!("postgresql:///{}?host={host}&user=postgres", self.database)).unwrap()
    }

    /// How many round trips there were since the last call.
    pub(crate) fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

/// Counts the messages Query and Sync. The first message of a connection has no type.
async fn pass_on(program: UnixStream, server: UnixStream, asked: Arc<AtomicUsize>) -> io::Result<()> {
    let (mut from_program, mut to_program) = program.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { copy(&mut from_server, &mut to_program).await });
    let mut kind = None;
    loop {
        let length = from_program.read_u32().await?;
        let mut message = vec![0; usize::try_from(length).unwrap() - 4];
        from_program.read_exact(&mut message).await?;
        if let Some(kind) = kind {
            to_server.write_u8(kind).await?;
            asked.fetch_add(usize::from(kind == b'Q' || kind == b'S'), Ordering::SeqCst);
        }
        to_server.write_u32(length).await?;
        to_server.write_all(&message).await?;
        kind = Some(from_program.read_u8().await?);
    }
}
