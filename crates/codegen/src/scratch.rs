//! An empty database to try migrations and queries on: of a throwaway server, or of the one that
//! `BARQNET_CODEGEN_URL` names.

use std::{
    cell::Cell,
    env,
    fmt::{self, Display},
};

use barqnet_db_client::{
    ScratchDatabase,
    error_text::in_full,
    pool::{self, Settings},
};
use barqnet_db_throwaway::{self as throwaway, Installation, Options, Server};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

#[cfg(feature = "command")]
use crate::migrations;
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    interrupt::{self, Registered},
};

/// Names a server to use instead of a throwaway one.
pub(crate) const URL: &str = "BARQNET_CODEGEN_URL";

/// The oldest PostgreSQL that keeps the analysed tree of a statement (`BEGIN ATOMIC`).
const MINIMUM_MAJOR: u32 = 14;

/// What the names of the databases begin with.
const PREFIX: &str = "barqnet_codegen";

/// Databases of builds that were killed: no session is connected to them, and their build is not connected either.
const ABANDONED: &str = "
    SELECT d.datname::TEXT
    FROM pg_database d
    WHERE d.datname ~ '^barqnet_codegen_[0-9]+_[0-9]+_[0-9]+$'
      AND PG_HAS_ROLE(d.datdba, 'USAGE')
      AND NOT EXISTS (
          SELECT FROM pg_stat_activity a WHERE a.datname = d.datname OR a.application_name = d.datname
      )";

/// A server that scratch databases are on.
pub(crate) enum Host {
    /// Stops when this is dropped.
    Throwaway {
        /// The server.
        server: Server,
        /// Whether its first database is still empty.
        is_unused: Cell<bool>,
    },
    /// The one that `BARQNET_CODEGEN_URL` names.
    Given(Box<Settings>),
}

impl Host {
    pub(crate) fn start() -> Result<Self, Diagnostics> {
        if let Some(url) = env::var(URL).ok().filter(|url| !url.is_empty()) {
            return Ok(Self::Given(Box::new(Settings::from_url(&url).map_err(|error| refused(&error))?)));
        }
        let server = Installation::find_at_least(MINIMUM_MAJOR)
            .and_then(|installation| Options::default().installation(installation).start())
            .map_err(|error| match error {
                throwaway::Error::TooOld { .. } => Diagnostic::error("server-version", "PostgreSQL", error.to_string()),
                error => Diagnostic::new("PostgreSQL", error.to_string()),
            })?;
        Ok(Self::Throwaway { server, is_unused: Cell::new(true) })
    }

    fn settings(&self) -> Result<Settings, Diagnostics> {
        match self {
            Self::Throwaway { server, .. } => {
                Settings::from_url(&server.url("postgres")).map_err(|error| self.failure(&error))
            }
            Self::Given(settings) => Ok((**settings).clone()),
        }
    }

    fn failure(&self, error: &dyn Display) -> Diagnostics {
        match self {
            Self::Throwaway { .. } => Diagnostic::new("PostgreSQL", error.to_string()).into(),
            Self::Given(_) => refused(error),
        }
    }

    /// An empty database.
    pub(crate) async fn scratch(&self) -> Result<Scratch, Diagnostics> {
        let settings = self.settings()?;
        if let Self::Throwaway { is_unused, .. } = self
            && is_unused.replace(false)
        {
            let (client, connection) = open_served(settings).await.map_err(|error| self.failure(&error))?;
            return Ok(Scratch { client, connection: Some(connection), made: None });
        }
        let (client, made) = self.new_database(settings).await?;
        Ok(Scratch { client, connection: None, made: Some(made) })
    }

    /// A database that is not the server's first.
    async fn new_database(&self, settings: Settings) -> Result<(Client, Made), Diagnostics> {
        let database = ScratchDatabase::new(PREFIX);
        // The name tells other builds that this one is alive.
        let server = open(settings.clone().application_name(database.name()));
        let server = server.await.map_err(|error| self.failure(&error))?;
        if matches!(self, Self::Given(_)) {
            check_version(&server).await?;
            remove_abandoned(&server).await?;
        }
        let (made, created) = {
            let _complete = interrupt::complete().await;
            // template1, because a migration may need an extension that only the administrator can install, there.
            let created = database.create(&server, "template1").await;
            (Made::new(self, settings.clone(), server, database), created)
        };
        created.map_err(|error| self.failure(&in_full(&error)))?;
        let settings = settings.dbname(made.database.name());
        let client = open(settings).await.map_err(|error| self.failure(&error))?;
        Ok((client, made))
    }

    /// Replaces the database of this name by one with these migrations, and says where it is. A database that this did
    /// not create is left alone.
    #[cfg(feature = "command")]
    pub(crate) async fn keep(&self, name: &str, migrations: &[migrations::File]) -> Result<String, Diagnostics> {
        let (mut client, made) = self.new_database(self.settings()?).await?;
        let applied = migrations::apply(migrations, None, &mut client).await;
        let renamed = match applied {
            Ok(_) => made.rename(client, name).await.map_err(|error| self.failure(&in_full(&error))),
            Err(problems) => Err(problems),
        };
        match renamed {
            Ok(true) => {}
            Ok(false) => {
                remove(made).await?;
                return Err(Diagnostic::new(name, "a database of this name is there, and `watch` did not create it")
                    .help("name another one, or drop it")
                    .into());
            }
            Err(problems) => {
                remove(made).await?;
                return Err(problems);
            }
        }
        Ok(match self {
            Self::Throwaway { server, .. } => server.url(name),
            Self::Given(_) => format!("the database {name} on the server of {URL}"),
        })
    }
}

/// What marks a database that `watch` may replace.
#[cfg(feature = "command")]
const KEPT: &str = "kept by barqnet-db-codegen watch";

/// A connection to an empty database.
pub(crate) struct Scratch {
    pub(crate) client: Client,
    /// The task that serves the connection.
    connection: Option<JoinHandle<()>>,
    made: Option<Made>,
}

/// A database that was created for this.
struct Made {
    server: Client,
    settings: Settings,
    database: ScratchDatabase,
    /// `None` on a throwaway server, which ends with the process.
    _registered: Option<Registered>,
}

impl Made {
    fn new(host: &Host, settings: Settings, server: Client, database: ScratchDatabase) -> Self {
        let registered = match host {
            Host::Throwaway { .. } => None,
            Host::Given(settings) => Some(Registered::new((**settings).clone(), database.clone())),
        };
        Self { server, settings, database, _registered: registered }
    }
}

#[cfg(feature = "command")]
impl Made {
    /// Gives the database the name of another one, which is dropped. `false` if that one is not to be replaced.
    async fn rename(&self, client: Client, name: &str) -> Result<bool, tokio_postgres::Error> {
        drop(client);
        let mark = "SELECT SHOBJ_DESCRIPTION(oid, 'pg_database') FROM pg_database WHERE datname = $1";
        let before = self.server.query_opt(mark, &[&name]).await?;
        if before.is_some_and(|row| row.get::<_, Option<&str>>(0) != Some(KEPT)) {
            return Ok(false);
        }
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ($1, $2)";
        self.server.execute(end, &[&name, &self.database.name()]).await?;
        let statements = [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("ALTER DATABASE {} RENAME TO {name}", self.database.name()),
            format!("COMMENT ON DATABASE {name} IS '{KEPT}'"),
        ];
        for statement in &statements {
            self.server.batch_execute(statement).await?;
        }
        Ok(true)
    }
}

impl Scratch {
    /// Drops the database. A throwaway server's first database is left to the server's end; the connection to it is closed
    /// before that, so that no lost connection is logged.
    pub(crate) async fn remove(self) -> Result<(), Diagnostics> {
        let Self { client, connection, made } = self;
        drop(client);
        if let Some(connection) = connection {
            let _ = connection.await;
        }
        match made {
            Some(made) => remove(made).await,
            None => Ok(()),
        }
    }
}

async fn remove(Made { server, settings, database, .. }: Made) -> Result<(), Diagnostics> {
    // The connection has been idle since the database was created.
    if server.is_closed() {
        let server = open(settings).await.map_err(|error| refused(&error))?;
        return database.remove(&server).await.map_err(|error| refused(&in_full(&error)));
    }
    database.remove(&server).await.map_err(|error| refused(&in_full(&error)))
}

/// A build that was killed could not remove its database.
async fn remove_abandoned(server: &Client) -> Result<(), Diagnostics> {
    let abandoned = server.query(ABANDONED, &[]).await.map_err(|error| refused(&in_full(&error)))?;
    for row in &abandoned {
        let name: String = row.get(0);
        // Another build may remove it at the same time.
        let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await;
    }
    Ok(())
}

async fn check_version(server: &Client) -> Result<(), Diagnostics> {
    let row = server
        .query_one("SELECT CURRENT_SETTING('server_version_num')::INTEGER, CURRENT_SETTING('server_version')", &[])
        .await
        .map_err(|error| refused(&in_full(&error)))?;
    let (number, version): (i32, String) = (row.get(0), row.get(1));
    if number / 10_000 < i32::try_from(MINIMUM_MAJOR).unwrap_or(i32::MAX) {
        let message = format!("the build step needs PostgreSQL {MINIMUM_MAJOR} or newer, but this server is {version}");
        return Err(Diagnostic::error("server-version", URL, message)
            .note("the generated code runs on PostgreSQL 12 and newer")
            .help("name a newer server, or unset it to use a throwaway server")
            .into());
    }
    Ok(())
}

/// A connection on which a migration may take its time. The task that serves it ends with the client.
async fn open(settings: Settings) -> Result<Client, pool::Error> {
    Ok(open_served(settings).await?.0)
}

async fn open_served(settings: Settings) -> Result<(Client, JoinHandle<()>), pool::Error> {
    settings.statement_timeout(None).connect_client().await
}

fn refused(error: &(impl fmt::Display + ?Sized)) -> Diagnostics {
    Diagnostic::new(URL, error.to_string()).help("correct it, or unset it to use a throwaway server").into()
}
