//! The database that the demo plays on, and what it takes to leave nothing behind.

use barqnet_db::{
    client::{ScratchDatabase, error_text::in_full},
    pool::Settings,
};
use barqnet_db_throwaway::Server;
use tokio::task;

use super::{signals::Signals, story::Story};
use crate::{error::Error, runtime, units};

/// Where the demo plays.
#[derive(Debug)]
pub(super) struct Ground {
    settings: Settings,
    owned: Owned,
}

/// What has to go in the end.
#[derive(Debug)]
enum Owned {
    /// A whole server.
    Private(Server),
    /// One database on a server that others use; it was made from another one and can be dropped from there.
    Scratch { database: ScratchDatabase, made_from: String },
}

impl Ground {
    /// A private server, or a database on the one given.
    pub(super) async fn prepare(
        server: Option<Settings>,
        story: &mut Story,
        signals: &mut Signals,
    ) -> Result<Self, Error> {
        story.chapter("A database to play on")?;
        match server {
            None => Self::private(story, signals).await,
            Some(server) => Self::scratch(server, story, signals).await,
        }
    }

    async fn private(story: &mut Story, signals: &mut Signals) -> Result<Self, Error> {
        story.say("Starting a private PostgreSQL server.")?;
        // Never abandoned half-way: it takes a second, and a signal is looked at right after.
        let started = task::spawn_blocking(Server::start).await.map_err(|_| Error::Story("starting a server"))?;
        // Ctrl-C in a terminal reaches initdb, too: then this is why it failed.
        if started.is_err()
            && let Some(signal) = signals.arrived().await
        {
            return Err(Error::Stopped(signal));
        }
        let server = started?;
        story.say(&format!("It runs in {}, reachable from there only.", server.folder().display()))?;
        Ok(Self { settings: Settings::from_url(&server.url("postgres"))?, owned: Owned::Private(server) })
    }

    async fn scratch(server: Settings, story: &mut Story, signals: &mut Signals) -> Result<Self, Error> {
        let database = ScratchDatabase::new("barqnet_demo");
        story.say(&format!("Creating {} beside {}.", database.name(), units::place(&server)))?;
        let connecting = server.connect_client();
        let (client, _) = tokio::select! {
            signal = signals.next() => return Err(Error::Stopped(signal)),
            connected = connecting => connected?,
        };
        // Not abandoned half-way either, or nobody would know whether there is something to drop.
        database.create(&client, "template0").await.map_err(|error| {
            let way_out = "give the role CREATEDB, or unset DATABASE_URL to play on a private server";
            Error::Scratch(format!("cannot create a scratch database: {}; {way_out}", in_full(&error)))
        })?;
        let made_from = server.get_dbname().unwrap_or_default().to_owned();
        Ok(Self { settings: server.dbname(database.name()), owned: Owned::Scratch { database, made_from } })
    }

    /// Leads to the database.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Removes everything; says what has gone.
    pub(super) fn clear_away(self) -> Result<&'static str, Error> {
        match self.owned {
            Owned::Private(server) => {
                // It waits until the server has stopped and its folder is deleted.
                drop(server);
                Ok("The server and its data are gone.")
            }
            Owned::Scratch { database, made_from } => {
                let server = self.settings.dbname(&made_from);
                runtime()?.block_on(remove(&database, &server)).map_err(|problem| {
                    let name = database.name();
                    let left = format!("the scratch database {name} is still there: {problem}; drop it by hand");
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
