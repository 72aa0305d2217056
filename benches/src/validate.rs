//! The cost of validating one of 200,000 sessions, with 1, 8, 16 and 64 tasks: `sessions::validate` on the pool and on its lane,
//! the same SELECT on the driver with deadpool and its cache of statements, and pgbench (`-M prepared`); and the additional cost of
//! recording the use of 20,000 sessions once per minute.
//!
//! All contenders compute the SHA-256 of the token: pgbench in its statement, the others before they send it.

use std::{
    error::Error,
    fs,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use barqnet_db::{
    embedded,
    pool::{self, Lane, Pool, Settings},
    sessions::{self, SessionPolicy, TokenHash, ValidSession},
    tokio_postgres::NoTls,
};
use barqnet_db_throwaway::Installation;
use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use tokio::task::JoinSet;

use crate::{median::median, outcome::Outcome, server};

const SESSIONS: u32 = 200_000;
const IN_USE: u32 = 20_000;
const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_secs(1);

/// The statement of `sessions::validate`, with `session_is_live` written out.
const BY_HAND: &str = "
    SELECT s.id, u.id, u.username, u.phone_number, COALESCE(u.server_id, ''), u.role, s.device_id, s.created_at,
           s.last_activity, s.expires_at, COALESCE(s.last_activity < CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $1)
                                                   OR s.last_activity > CURRENT_TIMESTAMP, TRUE), s.token_presented
    FROM user_sessions s
    JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = $2
      AND s.revoked = FALSE
      AND s.expires_at > CURRENT_TIMESTAMP
      AND COALESCE(s.last_activity, s.created_at) > CURRENT_TIMESTAMP - MAKE_INTERVAL(secs => $3)
      AND (u.sessions_valid_after IS NULL OR s.created_at > u.sessions_valid_after)
      AND u.active IS NOT FALSE
      AND COALESCE(u.expires_at > CURRENT_TIMESTAMP, TRUE)";

/// Old enough that no session is due to be touched.
const NEVER_DUE: Duration = Duration::from_secs(1_000_000_000);

/// Prints validations per second and their ratios.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let database = server::create_database(&server, "sessions", &embedded::migrations()).await?;
    fill(&database).await?;
    println!("{:<24} {:>10} {:>12} {:>12}", "tasks", "per second", "of by hand", "of pgbench");
    for tasks in [1, 8, 16, 64] {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(server.url("sessions").parse()?, NoTls, config);
        let by_hand = Arc::new(ByHand(deadpool_postgres::Pool::builder(manager).max_size(tasks).build()?));
        let pool = pool::connect(database.clone().max_size(tasks)).await?;
        let policy = SessionPolicy { touch_after: NEVER_DUE, ..SessionPolicy::default() };
        let on_lane = Arc::new(OnLane { lane: pool.lane().clone(), policy: policy.clone() });
        let only_read = Arc::new(Pooled { pool: pool.clone(), among: SESSIONS, policy });
        let read_and_touch = Arc::new(Pooled { pool, among: IN_USE, policy: SessionPolicy::default() });
        let [mut hand, mut pooled, mut lane, mut touching, mut bench] = [const { Vec::new() }; 5];
        // In turns, so that other load on the machine affects all contenders.
        for _ in 0..ROUNDS {
            hand.push(rate(tasks, &by_hand).await?);
            pooled.push(rate(tasks, &only_read).await?);
            lane.push(rate(tasks, &on_lane).await?);
            bench.push(pgbench(&server.url("sessions"), tasks)?);
            spread_activity(&database).await?;
            touching.push(rate(tasks, &read_and_touch).await?);
        }
        let table = [
            ("by hand", &hand),
            ("pool", &pooled),
            ("lane", &lane),
            ("pool, and touch", &touching),
            ("pgbench", &bench),
        ];
        for (name, rates) in table {
            let (of_hand, of_bench) = (ratio(rates, &hand), ratio(rates, &bench));
            println!("{tasks:>3} {name:<20} {:>10.0} {of_hand:>12.2} {of_bench:>12.2}", median(rates.clone()));
        }
        println!("    touching is {:.2} of reading", ratio(&touching, &pooled));
    }
    Ok(())
}

/// The median of the rounds' ratios: other load on the machine changes from round to round.
fn ratio(rates: &[f64], others: &[f64]) -> f64 {
    median(rates.iter().zip(others).map(|(rate, other)| rate / other).collect())
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

/// A way to validate a session.
trait Contender: Send + Sync + 'static {
    fn validate(&self) -> impl Future<Output = Result<(), Failure>> + Send;
}

type Failure = Box<dyn Error + Send + Sync>;

/// deadpool, and its cache of prepared statements.
struct ByHand(deadpool_postgres::Pool);

impl Contender for ByHand {
    async fn validate(&self) -> Result<(), Failure> {
        let client = self.0.get().await?;
        let statement = client.prepare_cached(BY_HAND).await?;
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
            device_id: row.try_get(6)?,
            created_at: row.try_get(7)?,
            last_activity: row.try_get(8)?,
            expires_at: row.try_get(9)?,
            touch_is_due: row.try_get(10)?,
            token_presented: row.try_get(11)?,
        };
        if session.touch_is_due { Err("a session is due".into()) } else { Ok(()) }
    }
}

struct Pooled {
    pool: Pool,
    among: u32,
    policy: SessionPolicy,
}

impl Contender for Pooled {
    async fn validate(&self) -> Result<(), Failure> {
        let client = self.pool.get().await?;
        let session = sessions::validate(&client, &random_hash(self.among), &self.policy).await?;
        session.map(drop).ok_or_else(|| "no session".into())
    }
}

struct OnLane {
    lane: Lane,
    policy: SessionPolicy,
}

impl Contender for OnLane {
    async fn validate(&self) -> Result<(), Failure> {
        let session = sessions::validate(&self.lane, &random_hash(SESSIONS), &self.policy).await?;
        session.map(drop).ok_or_else(|| "no session".into())
    }
}

/// Validates repeatedly in so many tasks for one round, after a short one that opens connections and prepares statements, and
/// returns the number of answers per second.
async fn rate(tasks: usize, contender: &Arc<impl Contender>) -> Result<f64, Box<dyn Error>> {
    let mut rate = 0.0;
    for round in [ROUND / 10, ROUND] {
        let begin = Instant::now();
        let mut set = JoinSet::new();
        for _ in 0..tasks {
            let contender = Arc::clone(contender);
            set.spawn(async move {
                let mut answers = 0_u32;
                while begin.elapsed() < round {
                    contender.validate().await?;
                    answers += 1;
                }
                Ok::<u32, Failure>(answers)
            });
        }
        let mut answers = 0;
        while let Some(answered) = set.join_next().await {
            answers += answered?.map_err(|error| error as Box<dyn Error>)?;
        }
        rate = f64::from(answers) / begin.elapsed().as_secs_f64();
    }
    Ok(rate)
}

/// Transactions per second of pgbench with the same statement.
fn pgbench(url: &str, clients: usize) -> Result<f64, Box<dyn Error>> {
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
