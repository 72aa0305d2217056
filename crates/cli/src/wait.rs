//! `wait`: until the database accepts connections, with a limit.

use std::time::{Duration, Instant};

use barqnet_db::{
    migrate::{self, Migrations, State},
    pool::{self, Settings},
};
use tokio::time::{sleep, timeout};

use crate::{
    arguments::WaitFlags, error::Error, exit::Exit, json, migrate::migrations, output::Output, progress::Bar, stopping,
    units,
};

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(200);

/// What is not as it should be yet.
enum NotYet {
    /// No connection.
    Connection(pool::Error),
    /// Migrations are pending.
    Pending,
}

/// Waits for a connection, with `--migrated` also until no migration is pending. An error that no waiting removes, such as
/// a wrong password, ends it at once.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &WaitFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    stopping::now_leaves("the database was not ready yet");
    let migrations = flags.migrated.then(|| migrations(&flags.folder, built_in)).transpose()?;
    let place = units::place(settings);
    let bar = Bar::new(&place);
    let started = Instant::now();
    let mut last = None;
    loop {
        let left = flags.timeout.saturating_sub(started.elapsed());
        // A server that accepts a connection and is silent must not take longer than the limit either.
        match timeout(left, attempt(settings, migrations.as_ref())).await {
            Ok(Ok(None)) => break,
            Ok(Ok(Some(not_yet))) => {
                if let NotYet::Connection(error) = &not_yet {
                    bar.waiting_for(&place, error);
                }
                last = Some(not_yet);
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => {}
        }
        if flags.timeout.saturating_sub(started.elapsed()) <= PAUSE {
            return Err(match last {
                Some(NotYet::Pending) => Error::StillPending(flags.timeout),
                Some(NotYet::Connection(error)) => Error::NotReady { limit: flags.timeout, last: error.to_string() },
                None => Error::NotReady { limit: flags.timeout, last: format!("no answer from {place}") },
            });
        }
        sleep(PAUSE).await;
    }
    drop(bar);
    let took = started.elapsed();
    if flags.json.json {
        json::print(&json::Waited { seconds: took.as_secs_f64() }, output)?;
    } else {
        output.line(&format!("{place} is ready after {}", units::elapsed(took)))?;
    }
    Ok(Exit::Done)
}

async fn attempt(settings: &Settings, migrations: Option<&Migrations>) -> Result<Option<NotYet>, Error> {
    let result = match migrations {
        None => settings.connect_client().await.map(|_| State::UpToDate).map_err(migrate::Error::from),
        Some(migrations) => migrate::plan(settings, migrations).await.map(|plan| plan.state()),
    };
    match result {
        Ok(State::UpToDate | State::Ahead) => Ok(None),
        Ok(State::Pending) => Ok(Some(NotYet::Pending)),
        Ok(State::Diverged) => Err(Error::Diverged),
        Err(migrate::Error::Connection(error)) if can_pass(&error) => Ok(Some(NotYet::Connection(error))),
        Err(error) => Err(error.into()),
    }
}

/// Whether the error can pass by itself. A database that does not exist yet may be about to be created.
fn can_pass(error: &pool::Error) -> bool {
    error.is_transient() || matches!(error, pool::Error::UnknownDatabase { .. })
}
