//! The database that the demo plays on, and what it takes to leave nothing behind.

use std::{
    process::id,
    time::{SystemTime, UNIX_EPOCH},
};

use barqnet_db::{client::error_text::in_full, pool::Settings};
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
    Scratch { name: String, made_from: String },
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
        let name = unused_name();
        story.say(&format!("Creating {name} beside {}.", units::place(&server)))?;
        let connecting = server.connect_client();
        let (client, _) = tokio::select! {
            signal = signals.next() => return Err(Error::Stopped(signal)),
            connected = connecting => connected?,
        };
        // Not abandoned half-way either, or nobody would know whether there is something to drop.
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.map_err(|error| {
            let way_out = "give the role CREATEDB, or unset DATABASE_URL to play on a private server";
            Error::Scratch(format!("cannot create a scratch database: {}; {way_out}", in_full(&error)))
        })?;
        let made_from = server.get_dbname().unwrap_or_default().to_owned();
        Ok(Self { settings: server.dbname(&name), owned: Owned::Scratch { name, made_from } })
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
            Owned::Scratch { name, made_from } => {
                let server = self.settings.dbname(&made_from);
                runtime()?.block_on(drop_database(&server, &name)).map_err(|problem| {
                    let left = format!("the scratch database {name} is still there: {problem}; drop it by hand");
                    Error::Scratch(left)
                })?;
                Ok("The scratch database is gone.")
            }
        }
    }
}

async fn drop_database(server: &Settings, name: &str) -> Result<(), String> {
    let (client, _) = server.connect_client().await.map_err(|error| error.to_string())?;
    // WITH (FORCE) would do both, but needs PostgreSQL 13.
    let end = format!("SELECT PG_TERMINATE_BACKEND(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    for statement in [end, format!("DROP DATABASE IF EXISTS {name}")] {
        client.batch_execute(&statement).await.map_err(|error| in_full(&error))?;
    }
    Ok(())
}

fn unused_name() -> String {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    format!("barqnet_demo_{}_{nanos}", id())
}
