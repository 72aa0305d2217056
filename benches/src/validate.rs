//! The cost of validating one of 200,000 sessions: `sessions::validate`, the same SELECT on the driver, and pgbench
//! (`-M prepared`), with 8 and 64 connections; and the additional cost of recording the use of 20,000 sessions once per minute.
//!
//! All contenders compute the SHA-256 of the token: pgbench in its statement, the others before they send it.

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use barqnet_db::{
    embedded,
    pool::{self, Settings},
    sessions::{self, SessionPolicy, TokenHash, ValidSession},
    tokio_postgres::Client,
};
use barqnet_db_throwaway::Installation;
use futures::future::try_join_all;

use crate::{median::median, outcome::Outcome, server};

const SESSIONS: u32 = 200_000;
const IN_USE: u32 = 20_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// The statement of `sessions::validate`, with `session_is_live` written out.
const BY_HAND: &str = "
    SELECT s.id, u.id, u.username, u.phone_number, COALESCE(u.server_id, ''), u.role, s.created_at, s.last_activity,
           s.expires_at, COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1), TRUE)
    FROM user_sessions s
    JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = $2
      AND s.revoked = FALSE
      AND s.expires_at > CURRENT_TIMESTAMP
      AND COALESCE(s.last_activity, s.created_at) > CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $3)
      AND (u.sessions_valid_after IS NULL OR s.created_at > u.sessions_valid_after)
      AND u.active IS NOT FALSE
      AND COALESCE(u.expires_at > CURRENT_TIMESTAMP, TRUE)";

/// Prints validations per second and their ratios.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let database = server::create_database(&server, "sessions", &embedded::migrations()).await?;
    fill(&database).await?;
    println!("{:<24} {:>10} {:>12} {:>12}", "tasks", "per second", "of by hand", "of pgbench");
    for tasks in [8, 64] {
        let pool = pool::connect(database.clone().max_size(tasks)).await?;
        let mut clients = Vec::new();
        for _ in 0..tasks {
            clients.push(pool.get().await?);
        }
        let (mut hand, mut typed_, mut touching, mut bench) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        // In turns, so that other load on the machine affects all contenders.
        for _ in 0..ROUNDS {
            hand.push(by_hand(&clients).await?);
            typed_.push(typed(&clients, SESSIONS, Duration::from_secs(1_000_000_000)).await?);
            spread_activity(&database).await?;
            touching.push(typed(&clients, IN_USE, SessionPolicy::default().touch_after).await?);
            bench.push(pgbench(&server.url("sessions"), tasks)?);
        }
        let [hand, typed, touching, bench] = [hand, typed_, touching, bench].map(median);
        let table =
            [("SELECT by hand", hand), ("validate", typed), ("validate and touch", touching), ("pgbench", bench)];
        for (name, rate) in table {
            println!("{tasks:>3} {name:<20} {rate:>10.0} {:>12.2} {:>12.2}", rate / hand, rate / bench);
        }
        println!("    touching is {:.2} of reading", touching / typed);
    }
    Ok(())
}

async fn fill(database: &Settings) -> Outcome {
    let client = server::connect(database).await?;
    client
        .batch_execute(&format!(
            "INSERT INTO users (username, server_id, created_by, phone_number)
             SELECT 'user-' || n, 'node-1', 'bench', '+4915' || (100000000 + n) FROM GENERATE_SERIES(1, {SESSIONS} / 4) n;
             INSERT INTO user_sessions (user_id, token_hash, user_agent, device_info, created_at, last_activity, expires_at)
             SELECT (SELECT MIN(id) FROM users) + n / 4 % ({SESSIONS} / 4), ENCODE(SHA256(INT4SEND(n)), 'hex'),
                    'BarqNet/2.1 (iOS 19)', 'iPhone 15', NOW(), NOW(), NOW() + INTERVAL '20 days'
             FROM GENERATE_SERIES(1, {SESSIONS}) n;"
        ))
        .await?;
    client.batch_execute("VACUUM (ANALYZE) users").await?;
    Ok(client.batch_execute("VACUUM (ANALYZE) user_sessions").await?)
}

/// Spreads the last use of the sessions in use over the last minute, so that about 333 per second are due.
async fn spread_activity(database: &Settings) -> Outcome {
    let client = server::connect(database).await?;
    let statement = format!(
        "UPDATE user_sessions SET last_activity = NOW() - RANDOM() * INTERVAL '1 minute'
         WHERE id < (SELECT MIN(id) FROM user_sessions) + {IN_USE}"
    );
    client.execute(&statement, &[]).await?;
    Ok(client.batch_execute("VACUUM user_sessions").await?)
}

/// The hash of a random session's token.
fn random_hash(of: u32) -> TokenHash {
    let number = getrandom::u32().unwrap_or_default() % of + 1;
    TokenHash::of(&number.to_be_bytes())
}

/// Calls every asker repeatedly for one round, and returns the number of answers per second.
async fn rate<A: AsyncFn() -> Outcome>(askers: Vec<A>) -> Result<f64, Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let ask = async |asker: A| {
        let mut answers = 0_u32;
        while begin.elapsed() < ROUND {
            asker().await?;
            answers += 1;
        }
        Ok::<u32, Box<dyn std::error::Error>>(answers)
    };
    let answers: u32 = try_join_all(askers.into_iter().map(ask)).await?.into_iter().sum();
    Ok(f64::from(answers) / begin.elapsed().as_secs_f64())
}

async fn by_hand(clients: &[pool::Client]) -> Result<f64, Box<dyn std::error::Error>> {
    let mut askers = Vec::new();
    for client in clients {
        // The driver's client, below the pool's.
        let client: &Client = client;
        let statement = client.prepare(BY_HAND).await?;
        askers.push(async move || {
            let (touch_after, idle) = (1e9, SessionPolicy::default().idle.as_secs_f64());
            let row = client.query_opt(&statement, &[&touch_after, &random_hash(SESSIONS).as_str(), &idle]).await?;
            let row = row.ok_or("no session")?;
            let session = ValidSession {
                session_id: row.try_get(0)?,
                user_id: row.try_get(1)?,
                username: row.try_get(2)?,
                phone_number: row.try_get(3)?,
                server_id: row.try_get(4)?,
                role: row.try_get(5)?,
                created_at: row.try_get(6)?,
                last_activity: row.try_get(7)?,
                expires_at: row.try_get(8)?,
                touch_is_due: row.try_get(9)?,
            };
            if session.touch_is_due { Err("a session is due")? } else { Ok(()) }
        });
    }
    rate(askers).await
}

async fn typed(clients: &[pool::Client], among: u32, touch_after: Duration) -> Result<f64, Box<dyn std::error::Error>> {
    let policy = SessionPolicy { touch_after, ..SessionPolicy::default() };
    let askers = clients.iter().map(|client| {
        let policy = &policy;
        async move || {
            let session = sessions::validate(client, &random_hash(among), policy).await?;
            session.map(drop).ok_or_else(|| "no session".into())
        }
    });
    rate(askers.collect()).await
}

/// Transactions per second of pgbench with the same statement.
fn pgbench(url: &str, clients: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("validate.sql");
    let statement =
        BY_HAND.replace("$1", "1e9").replace("$2", "ENCODE(SHA256(INT4SEND(:number)), 'hex')").replace("$3", "604800");
    fs::write(&script, format!("\\set number random(1, {SESSIONS})\n{};\n", statement.replace('\n', " ")))?;
    // In the folder of the server's programs, or in that of the client's.
    let beside = Installation::find()?.program("pgbench");
    let program = if beside.is_file() { beside } else { "pgbench".into() };
    let output = Command::new(program)
        .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string(), "-T", &ROUND.as_secs().to_string(), "-f"])
        .arg(&script)
        .arg(url)
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into())
}
