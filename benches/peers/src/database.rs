//! The server and the database that all contenders use.

use std::time::Duration;

use barqnet_db::{embedded, migrate::migrate, pool::Settings, tokio_postgres::Client};
use barqnet_db_throwaway::{Options, Server};

use crate::{
    inputs::{ACCOUNTS, CONNECTIONS_PER_NODE, Code, NODES, SESSIONS, Verification},
    peer::Result,
};

/// How many phone numbers have a code: more than a round verifies.
const CODES: usize = 25_000;

const NAME: &str = "peers";

pub(crate) struct Database {
    pub(crate) server: Server,
    /// A code for each number. A right one can be verified once; [`reset`](Self::reset) makes them valid again.
    pub(crate) codes: Vec<Code>,
    /// For the SQL of the measurement itself.
    pub(crate) client: Client,
}

/// Starts a server that is durable, as in production. Checkpoints and vacuuming run between the rounds.
pub(crate) fn start_server() -> Result<Server> {
    let settings = [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("shared_buffers", "1GB"),
        ("max_wal_size", "3GB"),
        ("checkpoint_timeout", "1h"),
        ("autovacuum", "off"),
        ("max_connections", "200"),
        ("jit", "off"),
    ];
    let options = settings.iter().fold(Options::default(), |options, (name, value)| options.setting(name, value));
    Ok(options.start()?)
}

/// Creates a database with the crate's migrations.
pub(crate) async fn create(server: &Server, name: &str) -> Result<Settings> {
    let settings = |name| Settings::from_url(&server.url(name)).map(|settings| settings.statement_timeout(None));
    settings("postgres")?.connect_client().await?.0.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let settings = settings(name)?;
    migrate(&settings, &embedded::migrations()).await?;
    Ok(settings)
}

impl Database {
    pub(crate) async fn create(server: Server) -> Result<Self> {
        let settings = create(&server, NAME).await?;
        let (client, _) = settings.connect_client().await?;
        fill(&client).await?;
        let codes = send_codes(&client).await?;
        client
            .batch_execute(
                "CREATE TABLE sent AS TABLE otp_challenges; ANALYZE sent, otp_challenges, otp_numbers, otp_attempts",
            )
            .await?;
        Ok(Self { server, codes, client })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(NAME)
    }

    /// Makes every code valid again, removes what the last round left, and writes all of it to disk.
    pub(crate) async fn reset(&self) -> Result<()> {
        let statements = [
            "UPDATE otp_challenges c
             SET code_mac        = s.code_mac,
                 code_tries      = 0,
                 failures        = 0,
                 code_sent_at    = NOW(),
                 code_expires_at = NOW() + INTERVAL '10 minutes'
             FROM sent s
             WHERE s.phone_number = c.phone_number
               AND s.purpose = c.purpose
               AND (c.code_mac IS NULL OR c.failures > 0 OR c.code_expires_at < NOW() + INTERVAL '9 minutes')",
            "DELETE FROM otp_tickets",
            "DELETE FROM otp_attempts WHERE attempt_type = 'verify'",
            "DELETE FROM vpn_connections WHERE status NOT IN ('connecting', 'connected')",
            "VACUUM otp_challenges, otp_tickets, otp_attempts, otp_numbers, vpn_connections, users, server_status",
            "CHECKPOINT",
        ];
        for statement in statements {
            self.client.batch_execute(statement).await?;
        }
        Ok(())
    }

    /// The version of the server.
    pub(crate) async fn version(&self) -> Result<String> {
        Ok(self.client.query_one("SELECT CURRENT_SETTING('server_version')", &[]).await?.try_get(0)?)
    }

    /// Waits until this is the server's only connection.
    pub(crate) async fn wait_for_disconnection(&self) -> Result<()> {
        let others =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> PG_BACKEND_PID()";
        for _ in 0..1000 {
            if self.client.query_one(others, &[]).await?.try_get::<_, i64>(0)? == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("a contender did not close its connections within 10 s".into())
    }
}

async fn fill(client: &Client) -> Result<()> {
    let connections = NODES * CONNECTIONS_PER_NODE;
    client
        .batch_execute(&format!(
            "INSERT INTO users (username, server_id, created_by, phone_number)
             SELECT 'user-' || n, 'node-1', 'bench', '+4915' || (100000000 + n) FROM GENERATE_SERIES(1, {ACCOUNTS}) n;
             INSERT INTO users (username, server_id, created_by)
             SELECT 'opener-' || n, 'node-1', 'bench' FROM GENERATE_SERIES(0, {NODES} - 1) n;
             INSERT INTO user_sessions (user_id, token_hash, user_agent, device_info, created_at, last_activity, expires_at)
             SELECT (SELECT MIN(id) FROM users) + n / 4 % {ACCOUNTS}, ENCODE(SHA256(INT4SEND(n)), 'hex'),
                    'BarqNet/2.1 (iOS 19)', 'iPhone 15', NOW(), NOW(), NOW() + INTERVAL '20 days'
             FROM GENERATE_SERIES(1, {SESSIONS}) n;
             INSERT INTO vpn_connections
                 (username, server_id, status, client_ip, virtual_ip, usage_hour, device_type, app_version)
             SELECT 'user-' || 1 + n % {ACCOUNTS}, 'node-' || (n - 1) % {NODES}, 'connected', '198.51.100.4',
                    '10.8.0.0'::INET + n / {NODES}, DATE_TRUNC('hour', NOW()), 'ios', '1.0.0'
             FROM GENERATE_SERIES(1, {connections}) n;
             DELETE FROM server_locations;
             SELECT SETSEED(0.5);
             INSERT INTO server_locations (name, country, city, country_code, latitude, longitude, display_order)
             SELECT 'place ' || n, 'country ' || n % 200, 'city ' || n, 'XX', DEGREES(ASIN(2 * RANDOM() - 1)),
                    360 * RANDOM() - 180, n % 100
             FROM GENERATE_SERIES(1, 1000) n;
             SELECT index_nearest_location()"
        ))
        .await?;
    Ok(client.batch_execute("VACUUM (ANALYZE)").await?)
}

/// Records a code for each number, as `otp::send` does, but all in one statement.
async fn send_codes(client: &Client) -> Result<Vec<Code>> {
    let code = |number: usize| -> Result<Code> {
        Ok(Code { number: format!("+4916{}", 100_000_000 + number).parse()?, code: format!("{number:06}").parse()? })
    };
    let codes: Vec<Code> = (0..CODES).map(code).collect::<Result<_>>()?;
    let numbers: Vec<&str> = codes.iter().map(|code| code.number.as_str()).collect();
    let macs: Vec<Vec<u8>> =
        codes.iter().map(|code| Ok(Verification::of(code)?.code_macs.remove(0))).collect::<Result<_>>()?;
    let statements = [
        "INSERT INTO otp_numbers (phone_number, sent_at)
         SELECT number, ARRAY[NOW()] FROM UNNEST($1::TEXT[], $2::BYTEA[]) AS sent (number, mac)",
        "WITH sent AS (
             INSERT INTO otp_attempts (phone_number, otp_code, attempt_type, purpose, created_at, expires_at)
             SELECT number, '******', 'send', 'sign_in', NOW(), NOW() + INTERVAL '5 minutes'
             FROM UNNEST($1::TEXT[], $2::BYTEA[]) AS sent (number, mac)
             RETURNING id, phone_number
         )
         INSERT INTO otp_challenges
             (phone_number, purpose, code_mac, code_key_id, code_sent_at, code_expires_at, code_attempt_id)
         SELECT number, 'sign_in', mac, 1, NOW(), NOW() + INTERVAL '5 minutes', sent.id
         FROM UNNEST($1::TEXT[], $2::BYTEA[]) AS codes (number, mac)
         JOIN sent ON sent.phone_number = codes.number",
    ];
    for statement in statements {
        client.execute(statement, &[&numbers, &macs]).await?;
    }
    Ok(codes)
}
