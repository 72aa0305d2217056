//! An empty database to try migrations and queries on: of a throwaway server, or of the one that
//! `BARQNET_CODEGEN_URL` names.

use std::{env, fmt::Display};

use barqnet_db_client::{
    ScratchDatabase,
    error_text::in_full,
    pool::{self, Settings},
};
use barqnet_db_throwaway::{self as throwaway, Installation, Options, Server};
use tokio_postgres::Client;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// Names a server to use instead of a throwaway one.
pub(crate) const URL: &str = "BARQNET_CODEGEN_URL";

/// The oldest PostgreSQL that keeps the analysed tree of a statement (`BEGIN ATOMIC`).
const MINIMUM_MAJOR: u32 = 14;

/// The rule that names a server that is too old.
const VERSION: &str = "server-version";

pub(crate) struct Scratch {
    pub(crate) client: Client,
    place: Place,
}

enum Place {
    Throwaway(#[expect(dead_code, reason = "held for its Drop, which stops the server")] Server),
    Given { settings: Box<Settings>, database: ScratchDatabase },
}

impl Scratch {
    pub(crate) async fn create() -> Result<Self, Diagnostics> {
        match env::var(URL).ok().filter(|url| !url.is_empty()) {
            Some(url) => Self::on_given_server(&url).await,
            None => Self::on_throwaway_server().await,
        }
    }

    async fn on_throwaway_server() -> Result<Self, Diagnostics> {
        let failed = |error: &dyn Display| Diagnostic::new("PostgreSQL", error.to_string());
        let server = Installation::find_at_least(MINIMUM_MAJOR)
            .and_then(|installation| Options::default().installation(installation).start())
            .map_err(|error| match error {
                throwaway::Error::TooOld { .. } => Diagnostic::error(VERSION, "PostgreSQL", error.to_string()),
                error => Diagnostic::new("PostgreSQL", error.to_string()),
            })?;
        let settings = Settings::from_url(&server.url("postgres")).map_err(|error| failed(&error))?;
        let client = open(settings).await.map_err(|error| failed(&error))?;
        Ok(Self { client, place: Place::Throwaway(server) })
    }

    async fn on_given_server(url: &str) -> Result<Self, Diagnostics> {
        let settings = Settings::from_url(url).map_err(|error| not_connected(&error))?;
        let database = ScratchDatabase::new("barqnet_codegen");
        let server = open(settings.clone()).await.map_err(|error| not_connected(&error))?;
        check_version(&server).await?;
        // template1, because a migration may need an extension that only the administrator can install, there.
        database.create(&server, "template1").await.map_err(|error| refused(&error))?;
        let client = open(settings.clone().dbname(database.name())).await.map_err(|error| not_connected(&error))?;
        Ok(Self { client, place: Place::Given { settings: Box::new(settings), database } })
    }

    /// Drops the database; a throwaway server needs nothing.
    pub(crate) async fn remove(self) -> Result<(), Diagnostics> {
        let Self { client, place } = self;
        drop(client);
        if let Place::Given { settings, database } = place {
            let server = open(*settings).await.map_err(|error| not_connected(&error))?;
            database.remove(&server).await.map_err(|error| refused(&error))?;
        }
        Ok(())
    }
}

async fn check_version(server: &Client) -> Result<(), Diagnostics> {
    let row = server
        .query_one("SELECT CURRENT_SETTING('server_version_num')::INTEGER, CURRENT_SETTING('server_version')", &[])
        .await
        .map_err(|error| refused(&error))?;
    let (number, version): (i32, String) = (row.get(0), row.get(1));
    if number / 10_000 < i32::try_from(MINIMUM_MAJOR).unwrap_or(i32::MAX) {
        let message = format!("the build step needs PostgreSQL {MINIMUM_MAJOR} or newer, but this server is {version}");
        return Err(Diagnostic::error(VERSION, URL, message)
            .note("the generated code runs on PostgreSQL 12 and newer")
            .help("name a newer server, or unset it to use a throwaway server")
            .into());
    }
    Ok(())
}

/// A connection on which a migration may take its time. The task that serves it ends with the client.
async fn open(settings: Settings) -> Result<Client, pool::Error> {
    Ok(settings.statement_timeout(None).connect_client().await?.0)
}

fn not_connected(error: &pool::Error) -> Diagnostics {
    failure(error.to_string())
}

fn refused(error: &tokio_postgres::Error) -> Diagnostics {
    failure(in_full(error))
}

fn failure(message: String) -> Diagnostics {
    Diagnostic::new(URL, message).help("correct it, or unset it to use a throwaway server").into()
}
