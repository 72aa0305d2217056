//! Ctrl-C: removes what the run has made, then ends the process.

use std::{
    fs,
    future::{Future, poll_fn},
    io,
    path::PathBuf,
    pin::pin,
    process,
    sync::{Mutex, PoisonError},
    task::Poll,
    thread,
};

use barqnet_db_client::{ScratchDatabase, pool::Settings};
use futures::future::select;
use tempfile::TempDir;
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::MutexGuard,
};

/// Held by what must not be interrupted. The end of the process takes it and keeps it.
static COMPLETE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Databases on a server that outlives the process.
static DATABASES: Mutex<Vec<(Settings, ScratchDatabase)>> = Mutex::new(Vec::new());

/// A signal waits until the guard is dropped.
pub(crate) async fn complete() -> MutexGuard<'static, ()> {
    COMPLETE.lock().await
}

/// [`complete`] outside async code.
pub(crate) fn complete_blocking() -> MutexGuard<'static, ()> {
    COMPLETE.blocking_lock()
}

/// A database that a signal removes.
pub(crate) struct Registered(String);

impl Registered {
    pub(crate) fn new(server: Settings, database: ScratchDatabase) -> Self {
        let name = database.name().to_owned();
        DATABASES.lock().unwrap_or_else(PoisonError::into_inner).push((server, database));
        Self(name)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut databases = DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
        databases.retain(|(_, database)| database.name() != self.0);
    }
}

/// From its making on, SIGINT, SIGTERM and SIGHUP end the process without leaving anything. For a process that does
/// nothing else: it also gives temporary files a folder of their own.
pub(crate) struct Interrupts {
    /// Of temporary files.
    _folder: TempDir,
}

impl Interrupts {
    pub(crate) fn install() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("barqnet-codegen-").tempdir()?;
        // An override that is there already is as good.
        let _ = tempfile::env::override_temp_dir(folder.path());
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _context = runtime.enter();
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
                .map(|kind| signal(kind).map(|signal| (kind.as_raw_value(), signal)))
                .into_iter()
                .collect::<io::Result<Vec<_>>>()?
        };
        let path = folder.path().to_owned();
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                let number = next(&mut signals).await;
                // A second signal ends the process at once.
                select(pin!(clean(path)), pin!(next(&mut signals))).await;
                process::exit(128 + number);
            });
        })?;
        Ok(Self { _folder: folder })
    }
}

impl Drop for Interrupts {
    /// After a signal the process ends when everything is removed, and not before: what the run had made fails under it.
    fn drop(&mut self) {
        drop(complete_blocking());
    }
}

/// The number of the next signal.
fn next(signals: &mut [(i32, Signal)]) -> impl Future<Output = i32> {
    poll_fn(|context| {
        let arrived =
            signals.iter_mut().find_map(|(number, signal)| signal.poll_recv(context).is_ready().then_some(*number));
        arrived.map_or(Poll::Pending, Poll::Ready)
    })
}

async fn clean(folder: PathBuf) {
    // Never released: what happens from now on must not create anything.
    std::mem::forget(complete().await);
    let databases = std::mem::take(&mut *DATABASES.lock().unwrap_or_else(PoisonError::into_inner));
    for (server, database) in databases {
        match server.connect_client().await {
            Ok((client, _)) => {
                if let Err(error) = database.remove(&client).await {
                    eprintln!("the database {} remains: {error}", database.name());
                }
            }
            Err(error) => eprintln!("the database {} remains: {error}", database.name()),
        }
    }
    // The rest of the process may be writing there.
    for _ in 0..10 {
        if fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
            break;
        }
    }
}
