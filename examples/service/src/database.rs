//! The service's database: found in the environment or started for the occasion, migrated, and connected to.

use std::{env, error::Error, time::Duration};

use barqnet_db::{
    client::Params,
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

/// How long a statement may run: less than a request, so that the database has stopped working on it when its caller
/// is told that it took too long.
pub const STATEMENT_LIMIT: Duration = Duration::from_secs(8);

/// The name of the server that a throwaway database starts with.
pub const DEMO_SERVER: &str = "demo-1";

/// The keys that one-time passwords are stored under, as [`OtpKeys`] reads them.
const OTP_KEYS: &str = "BARQNET_OTP_KEYS";

/// The key that nodes show, of the form of a [`Token`].
const NODE_KEY: &str = "BARQNET_NODE_KEY";

/// Any of these says that there is a database.
const VARIABLES: [&str; 6] = ["DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE"];

/// A migrated database, and the secrets that go with it.
#[derive(Debug)]
pub struct Database {
    /// Connections to it.
    pub pool: Pool,
    /// The keys of the one-time passwords in it.
    pub otp_keys: OtpKeys,
    /// The key of its nodes.
    pub node_key: TokenHash,
    /// The server of a throwaway database, which ends when this is dropped. It stands last: the pool goes first.
    _throwaway: Option<Server>,
}

impl Database {
    /// Opens the database that the environment names. If it names none, starts one that is gone when the service
    /// ends, so that a developer needs nothing but PostgreSQL's programs. Never both: a wrong `DATABASE_URL` is an
    /// error.
    pub async fn open() -> Result<Self, Box<dyn Error>> {
        if VARIABLES.iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty())) {
            let keys = env::var(OTP_KEYS).map_err(|_| {
                format!("{OTP_KEYS} is not set: give it id:key, the key as 64 hexadecimal digits, as from `openssl rand -hex 32`")
            })?;
            let keys = keys.parse().map_err(|error| format!("{OTP_KEYS}: {error}"))?;
            let node_key = env::var(NODE_KEY).ok().and_then(|key| key.parse::<Token>().ok()).ok_or_else(|| {
                format!("{NODE_KEY} holds no key: give it 64 hexadecimal digits, as from `openssl rand -hex 32`")
            })?;
            return Self::migrated(Settings::from_env()?, keys, node_key.hash(), None).await;
        }
        // Takes about a second and blocks, which is nobody's loss before the first request.
        let server = Server::start()?;
        println!("neither DATABASE_URL nor PGHOST is set: this is a throwaway PostgreSQL, gone when the service ends");
        println!("look into it with: psql '{}'", server.url("postgres"));
        let settings = Settings::from_url(&server.url("postgres"))?;
        let node_key = Token::generate();
        let database = Self::migrated(settings, OtpKeys::random(), node_key.hash(), Some(server)).await?;
        database.register_demo_server().await?;
        println!("be a node of it with the key: {}", node_key.expose());
        Ok(database)
    }

    async fn migrated(
        settings: Settings,
        otp_keys: OtpKeys,
        node_key: TokenHash,
        throwaway: Option<Server>,
    ) -> Result<Self, Box<dyn Error>> {
        // What is applied is in the log.
        migrate(&settings, &embedded::migrations()).await?;
        let limit = settings.get_statement_timeout().map_or(STATEMENT_LIMIT, |limit| limit.min(STATEMENT_LIMIT));
        let pool = pool::connect(settings.statement_timeout(limit)).await?;
        Ok(Self { pool, otp_keys, node_key, _throwaway: throwaway })
    }

    /// Something to connect to, at the first location.
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
        let first = locations::list().bind(&client).all().await?.first().map(|location| location.location_id);
        servers::set_location().params(&client, &SetLocationParams { name: DEMO_SERVER, location_id: first }).await?;
        println!("registered the server {DEMO_SERVER}");
        Ok(())
    }
}
