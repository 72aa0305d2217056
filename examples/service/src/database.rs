//! The service's database: named by the environment or started by the service, then migrated.

use std::{env, error::Error, time::Duration};

use barqnet_db::{
    embedded,
    migrate::migrate,
    otp::OtpKeys,
    pool::{self, Pool, Settings},
    queries::{
        locations,
        servers::{self, RegisterParams, SetLocationParams},
    },
    sessions::{Token, TokenHash},
};
use barqnet_db_throwaway::Server;

/// The time limit of a statement. Shorter than that of a request, so that no statement still runs when the request times
/// out.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(8);

/// A statement that takes at least this long is logged.
pub const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// The name of the server that is registered in a throwaway database.
pub const DEMO_SERVER: &str = "demo-1";

/// The variable with the keys of one-time passwords, as [`OtpKeys`] parses them.
const OTP_KEYS: &str = "BARQNET_OTP_KEYS";

/// The variable with the key that nodes send, in the format of a [`Token`].
const NODE_KEY: &str = "BARQNET_NODE_KEY";

/// If any of these is set, the environment names a database.
const VARIABLES: [&str; 7] = ["DATABASE_URL", "PGSERVICE", "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE"];

/// A migrated database and its secrets.
#[derive(Debug)]
pub struct Database {
    /// Connections to the database.
    pub pool: Pool,
    /// The keys of its one-time passwords.
    pub otp_keys: OtpKeys,
    /// The hash of its nodes' key.
    pub node_key: TokenHash,
    /// The server of a throwaway database; dropping it stops it. The last field, so that the pool is dropped first.
    _throwaway: Option<Server>,
}

impl Database {
    /// Opens the database that the environment names. If it names none, starts a throwaway server that is removed when the
    /// service ends, so that a developer only needs PostgreSQL's programs. A wrong `DATABASE_URL` is an error.
    pub async fn open() -> Result<Self, Box<dyn Error>> {
        if VARIABLES.iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty())) {
            let keys = env::var(OTP_KEYS).map_err(|_| {
                format!("{OTP_KEYS} is not set: set it to id:key, the key as 64 hexadecimal digits, as from `openssl rand -hex 32`")
            })?;
            let keys = keys.parse().map_err(|error| format!("{OTP_KEYS}: {error}"))?;
            let node_key = env::var(NODE_KEY).ok().and_then(|key| key.parse::<Token>().ok()).ok_or_else(|| {
                format!("{NODE_KEY} has no valid key: set it to 64 hexadecimal digits, as from `openssl rand -hex 32`")
            })?;
            return Self::migrated(Settings::from_env()?, keys, node_key.hash(), None).await;
        }
        // Blocks for about a second, which is harmless before the first request.
        let server = Server::start()?;
        println!("neither DATABASE_URL nor PGHOST is set: using a throwaway PostgreSQL, removed when the service ends");
        println!("connect to it with: psql '{}'", server.url("postgres"));
        let settings = Settings::from_url(&server.url("postgres"))?;
        let node_key = Token::generate();
        let database = Self::migrated(settings, OtpKeys::random(), node_key.hash(), Some(server)).await?;
        database.register_demo_server().await?;
        println!("key of its nodes: {}", node_key.expose());
        Ok(database)
    }

    async fn migrated(
        settings: Settings,
        otp_keys: OtpKeys,
        node_key: TokenHash,
        throwaway: Option<Server>,
    ) -> Result<Self, Box<dyn Error>> {
        migrate(&settings, &embedded::migrations()).await?;
        let limit = settings.get_statement_timeout().map_or(STATEMENT_TIMEOUT, |limit| limit.min(STATEMENT_TIMEOUT));
        let pool = pool::connect(settings.statement_timeout(limit).slow_statement(SLOW_STATEMENT)).await?;
        Ok(Self { pool, otp_keys, node_key, _throwaway: throwaway })
    }

    /// Registers a server at the first location.
    async fn register_demo_server(&self) -> Result<(), Box<dyn Error>> {
        let client = self.pool.get().await?;
        let demo = RegisterParams {
            name: DEMO_SERVER,
            host: "demo.invalid",
            port: 1194,
            server_type: "endnode",
            management_url: None::<&str>,
            username: None::<&str>,
            password: None::<&str>,
        };
        servers::register().params(&client, &demo).one().await?;
        let first =
            locations::list().bind(&client, &Some(true)).all().await?.first().map(|location| location.location_id);
        servers::set_location().params(&client, &SetLocationParams { name: DEMO_SERVER, location_id: first }).await?;
        println!("registered the server {DEMO_SERVER}");
        Ok(())
    }
}
