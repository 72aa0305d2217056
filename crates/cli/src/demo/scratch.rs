//! The demo's database, and its removal.

use barqnet_db::{
    client::{ScratchDatabase, error_text::in_full},
    pool::Settings,
};
use barqnet_db_throwaway::Server;
use tokio::task;

use super::narration::Narration;
use crate::{error::Error, runtime::runtime, signals::Signals, units};

/// The database that the demo runs on.
#[derive(Debug)]
pub(super) struct Scratch {
    settings: Settings,
    owned: Owned,
}

/// What must be removed in the end.
#[derive(Debug)]
enum Owned {
    /// A whole server.
    Private(Server),
    /// One database on a server that others use. It can be dropped while connected to `made_from`.
    Scratch { database: ScratchDatabase, made_from: String },
}

impl Scratch {
    /// A private server, or a database on the one given.
    pub(super) async fn prepare(
        server: Option<Settings>,
        narration: &mut Narration<'_>,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        narration.chapter("Creating a database")?;
        match server {
            None => Self::private(narration, signals).await,
            Some(server) => Self::scratch(server, narration, signals).await,
        }
    }

    async fn private(narration: &mut Narration<'_>, signals: &mut Signals) -> Result<Self, Error> {
        narration.say("Starting a private PostgreSQL server.")?;
        // Not cancelled half-way: it takes about a second, and signals are checked right after.
        let started = task::spawn_blocking(Server::start)
            .await
            .map_err(|_| Error::Demo("the task that starts the server failed"))?;
        // Ctrl-C in a terminal also reaches initdb, which then fails: report the signal, not that failure.
        if started.is_err()
            && let Some(signal) = signals.arrived().await
        {
            return Err(Error::Stopped(signal));
        }
        let server = started?;
        narration
            .say(&format!("It runs in {} and is reachable through that folder only.", server.folder().display()))?;
        Ok(Self { settings: Settings::from_url(&server.url("postgres"))?, owned: Owned::Private(server) })
    }

    async fn scratch(server: Settings, narration: &mut Narration<'_>, signals: &mut Signals) -> Result<Self, Error> {
        let database = ScratchDatabase::new("barqnet_demo");
        narration.say(&format!("Creating {} beside {}.", database.name(), units::place(&server)))?;
        let connecting = server.connect_client();
        let (client, _) = tokio::select! {
            signal = signals.next() => return Err(Error::Stopped(signal)),
            connected = connecting => connected?,
        };
        // Not cancelled half-way either: it would be unknown whether there is a database to drop.
        database.create(&client, "template0").await.map_err(|error| {
            let hint = "give the role CREATEDB, or unset DATABASE_URL to use a private server";
            Error::Scratch(format!("cannot create a scratch database: {}; {hint}", in_full(&error)))
        })?;
        let made_from = server.get_dbname().unwrap_or_default().to_owned();
        Ok(Self { settings: server.dbname(database.name()), owned: Owned::Scratch { database, made_from } })
    }

    /// Settings to connect to the database.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Removes everything, and returns a sentence about what was removed.
    pub(super) fn remove(self) -> Result<&'static str, Error> {
        match self.owned {
            Owned::Private(server) => {
                // Waits until the server has stopped and its folder is deleted.
                drop(server);
                Ok("The server and its data are gone.")
            }
            Owned::Scratch { database, made_from } => {
                let server = self.settings.dbname(&made_from);
                runtime()?.block_on(remove(&database, &server)).map_err(|problem| {
                    let name = database.name();
                    let left = format!("the scratch database {name} is still there: {problem}; drop it manually");
                    Error::Scratch(left)
                })?;
                Ok("The scratch database is gone.")
            }
        }
    }
}

async fn remove(database: &ScratchDatabase, server: &Settings) -> Result<(), String> {
    let (client, _) = server.connect_client().await.map_err(|error| error.to_string())?;
    database.remove(&client).await.map_err(|error| in_full(&error))
}
