//! Validations of one of 20,000 sessions per second, with 16 tasks: on the primary alone, on its replica alone, and on both, half of
//! the tasks each; and the processor time that each server and this process use per validation.
//!
//! Both servers are on this machine, so that the rates show what the machine has; the processor time shows what a replica takes off
//! its primary.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use barqnet_db::{
    embedded, migrate,
    pool::{self, Pool, Settings},
    sessions::{self, SessionPolicy, TokenHash},
};
use barqnet_db_throwaway::{Options, Server};
use tokio::task::JoinSet;

use crate::{median::median, outcome::Outcome, processor_time, server};

const SESSIONS: u32 = 20_000;
const TASKS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

/// Old enough that no session is due to be touched.
const NEVER_DUE: Duration = Duration::from_secs(1_000_000_000);

type Failure = Box<dyn Error + Send + Sync>;

/// Where the sessions are validated.
#[derive(Clone, Copy)]
enum On {
    Primary,
    Replica,
    Both,
}

/// Prints validations per second, their ratio to those on the primary alone, and processor time per validation.
pub(crate) async fn run() -> Outcome {
    let options = Options::default().setting("wal_level", "replica").setting("max_wal_senders", "5");
    let primary = options.start()?;
    let settings = Settings::from_url(&primary.url("postgres"))?.statement_timeout(None);
    migrate::migrate(&settings, &embedded::migrations()).await?;
    fill(&settings).await?;
    let replica = options.standby_of(&primary).start()?;
    let settings = settings.add_replica(&replica.folder().display().to_string(), 5432).max_replica_lag(ROUND * 100);
    let pool = pool::connect(settings).await?;

    let contenders = [("primary alone", On::Primary), ("replica alone", On::Replica), ("both, half each", On::Both)];
    let mut rounds = [const { Vec::new() }; 3];
    // In turns, so that other load on the machine affects all contenders.
    for _ in 0..ROUNDS {
        for ((_, on), rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push(round(&pool, *on, [Some(&primary), Some(&replica), None]).await?);
        }
    }
    println!(
        "{:<18} {:>10} {:>8}   {:>12} {:>12} {:>12}",
        "", "per second", "ratio", "primary, µs", "replica, µs", "client, µs"
    );
    for ((name, _), of_contender) in contenders.iter().zip(&rounds) {
        let median_of = |value: fn(&Round) -> f64| median(of_contender.iter().map(value).collect());
        let ratios = of_contender.iter().zip(&rounds[0]).map(|(round, alone)| round.rate / alone.rate).collect();
        println!(
            "{name:<18} {:>10.0} {:>8.2}   {:>12.1} {:>12.1} {:>12.1}",
            median_of(|round| round.rate),
            median(ratios),
            median_of(|round| round.micros[0]),
            median_of(|round| round.micros[1]),
            median_of(|round| round.micros[2]),
        );
    }
    Ok(())
}

async fn fill(settings: &Settings) -> Outcome {
    let client = server::connect(settings).await?;
    client
        .batch_execute(&format!(
            "INSERT INTO users (username, server_id, created_by)
             SELECT 'user-' || n, 'node-1', 'bench' FROM GENERATE_SERIES(1, {SESSIONS} / 4) n;
             INSERT INTO user_sessions (user_id, token_hash, created_at, last_activity, expires_at)
             SELECT (SELECT MIN(id) FROM users) + n / 4 % ({SESSIONS} / 4), ENCODE(SHA256(INT4SEND(n)), 'hex'),
                    NOW(), NOW(), NOW() + INTERVAL '20 days'
             FROM GENERATE_SERIES(1, {SESSIONS}) n;"
        ))
        .await?;
    for statement in ["VACUUM (ANALYZE) users", "VACUUM (ANALYZE) user_sessions", "CHECKPOINT"] {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

struct Round {
    /// Validations per second.
    rate: f64,
    /// Microseconds of processor time per validation: of the primary, the replica and this process.
    micros: [f64; 3],
}

/// One round, after a short one that opens connections and prepares statements.
async fn round(pool: &Pool, on: On, processes: [Option<&Server>; 3]) -> Result<Round, Box<dyn Error>> {
    validate(pool, on, ROUND / 10).await?;
    let before = processor_times(processes)?;
    let begin = Instant::now();
    let answers = f64::from(validate(pool, on, ROUND).await?);
    let rate = answers / begin.elapsed().as_secs_f64();
    let after = processor_times(processes)?;
    Ok(Round { rate, micros: [0, 1, 2].map(|index| (after[index] - before[index]) * 1e6 / answers) })
}

/// How many sessions were validated.
async fn validate(pool: &Pool, on: On, limit: Duration) -> Result<u32, Box<dyn Error>> {
    let begin = Instant::now();
    let mut set = JoinSet::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        let is_on_replica = match on {
            On::Primary => false,
            On::Replica => true,
            On::Both => task % 2 == 0,
        };
        set.spawn(async move {
            let policy = SessionPolicy { touch_after: NEVER_DUE, ..SessionPolicy::default() };
            let mut answers = 0_u32;
            while begin.elapsed() < limit {
                let number = getrandom::u32().unwrap_or_default() % SESSIONS + 1;
                let hash = TokenHash::of(&number.to_be_bytes());
                let session = if is_on_replica {
                    sessions::validate_on_replica(&pool, &hash, &policy).await?
                } else {
                    sessions::validate(pool.lane(), &hash, &policy).await?
                };
                session.ok_or("no session")?;
                answers += 1;
            }
            Ok::<u32, Failure>(answers)
        });
    }
    let mut answers = 0;
    while let Some(answered) = set.join_next().await {
        answers += answered?.map_err(|error| error as Box<dyn Error>)?;
    }
    Ok(answers)
}

/// Seconds of processor time that each server has used so far, with its sessions; `None` stands for this process.
fn processor_times(processes: [Option<&Server>; 3]) -> Result<[f64; 3], Box<dyn Error>> {
    let mut seconds = [0.0; 3];
    for (seconds, server) in seconds.iter_mut().zip(processes) {
        *seconds = server.map_or_else(processor_time::of_this_program, processor_time::of_server)?;
    }
    Ok(seconds)
}
