//! An empty database to try migrations and queries on: of a throwaway server, or of the one that
//! `BARQNET_CODEGEN_URL` names.

use std::{
    env,
    error::Error,
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use barqnet_db_throwaway::Server;
use tokio_postgres::{
    Client, Config, NoTls,
    config::{ChannelBinding, SslMode, SslNegotiation},
};

use crate::diagnostic::{Diagnostic, Failures};

pub(crate) struct Scratch {
    pub(crate) client: Client,
    place: Place,
}

enum Place {
    Throwaway(#[expect(dead_code, reason = "held for its Drop, which stops the server")] Server),
    Given { config: Box<Config>, database: String },
}

impl Scratch {
    pub(crate) async fn create() -> Result<Self, Failures> {
        match env::var("BARQNET_CODEGEN_URL").ok().filter(|url| !url.is_empty()) {
            Some(url) => Self::on_given_server(&url).await,
            None => Self::on_throwaway_server().await,
        }
    }

    async fn on_throwaway_server() -> Result<Self, Failures> {
        let server = Server::start().map_err(|error| Diagnostic::new("PostgreSQL", error.to_string()))?;
        let config = Config::from_str(&server.url("postgres")).map_err(|error| connection_failure(&error))?;
        Ok(Self { client: connect(&config).await?, place: Place::Throwaway(server) })
    }

    async fn on_given_server(url: &str) -> Result<Self, Failures> {
        let config = without_tls(url)?;
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let database = format!("barqnet_codegen_{}_{nanos}", std::process::id());
        connect(&config)
            .await?
            .batch_execute(&format!("CREATE DATABASE {database}"))
            .await
            .map_err(|error| connection_failure(&error))?;
        let mut scratch = config.clone();
        scratch.dbname(&database);
        Ok(Self { client: connect(&scratch).await?, place: Place::Given { config: Box::new(config), database } })
    }

    /// Drops the database; a throwaway server needs nothing.
    pub(crate) async fn remove(self) -> Result<(), Failures> {
        let Self { client, place } = self;
        drop(client);
        if let Place::Given { config, database } = place {
            let server = connect(&config).await?;
            // The connection just dropped may not have ended yet; WITH (FORCE) needs PostgreSQL 13.
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
            for statement in [end, format!("DROP DATABASE {database}")] {
                server.batch_execute(&statement).await.map_err(|error| connection_failure(&error))?;
            }
        }
        Ok(())
    }
}

/// The URL as it is, if it can be followed without TLS, which the build step doesn't have. One that asks for more is
/// refused here: nobody should get less than that without a word.
fn without_tls(url: &str) -> Result<Config, Failures> {
    let refused = |asked_for: &str| {
        Diagnostic::new(
            "BARQNET_CODEGEN_URL",
            format!("it asks for TLS ({asked_for}), which the build step doesn't have"),
        )
        .note("help: name a server on this machine or behind a tunnel, with sslmode=disable")
        .note("help: or unset it to use a throwaway server")
        .into()
    };
    match Config::from_str(url) {
        Ok(config) if config.get_ssl_mode() == SslMode::Require => Err(refused("sslmode=require")),
        Ok(config) if config.get_ssl_negotiation() == SslNegotiation::Direct => Err(refused("sslnegotiation=direct")),
        Ok(config) if config.get_channel_binding() == ChannelBinding::Require => {
            Err(refused("channel_binding=require"))
        }
        Ok(config) => Ok(config),
        // verify-ca and verify-full, sslrootcert and the like: the driver doesn't know them.
        Err(error) => match error.source().map(ToString::to_string) {
            Some(cause) if cause.contains("`ssl") => Err(refused(&cause)),
            _ => Err(connection_failure(&error)),
        },
    }
}

async fn connect(config: &Config) -> Result<Client, Failures> {
    let (client, connection) = config.connect(NoTls).await.map_err(|error| connection_failure(&error))?;
    // An error of the connection reaches whoever uses the client.
    tokio::spawn(connection);
    Ok(client)
}

fn connection_failure(error: &tokio_postgres::Error) -> Failures {
    let causes = std::iter::successors(Some(error as &dyn Error), |error| (*error).source());
    let text: Vec<String> = causes.map(ToString::to_string).collect();
    Diagnostic::new("PostgreSQL", text.join(": "))
        .note("help: see BARQNET_CODEGEN_URL, or unset it to use a throwaway server")
        .into()
}
