//! A pool with four times the callers that it can serve: how many are answered, how long they waited, and how long those
//! waited that got no answer; with the pool's own estimate, and with a queue without a bound.

use std::time::{Duration, Instant};

use barqnet_db::pool::{self, Error, Pool, Settings};
use futures::future::try_join_all;
use tokio::time::{interval, timeout};

use crate::{median::median, outcome::Outcome, server};

const CONNECTIONS: usize = 8;
const WORK: &str = "SELECT PG_SLEEP(0.01)";
const LIMIT: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
const OVERLOAD: f64 = 4.0;

/// What the callers of one round saw, in seconds.
#[derive(Default)]
struct Seen {
    /// Until the last one had its answer.
    duration: f64,
    answered: Vec<f64>,
    refused: Vec<f64>,
}

/// Prints answers per second as a part of the capacity, and the waits.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let settings = Settings::from_url(&server.url("postgres"))?.max_size(CONNECTIONS).wait_timeout(LIMIT);
    let estimating = pool::connect(settings.clone()).await?;
    let unbounded = pool::connect(settings.max_waiting(usize::MAX)).await?;
    println!(
        "{:<12} {:>12} {:>14} {:>14} {:>15} {:>15}",
        "queue", "of capacity", "median wait ms", "longest wait", "median refusal", "longest refusal"
    );
    for _ in 0..ROUNDS {
        let capacity = capacity(&estimating).await?;
        for (name, pool) in [("estimate", &estimating), ("unbounded", &unbounded)] {
            let seen = overload(pool, capacity * OVERLOAD).await?;
            #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
            let answers = seen.answered.len() as f64 / seen.duration;
            let longest = |waits: &[f64]| 1e3 * waits.iter().copied().fold(0.0, f64::max);
            println!(
                "{name:<12} {:>12.2} {:>14.1} {:>14.1} {:>15.3} {:>15.1}",
                answers / capacity,
                1e3 * median(seen.answered.clone()),
                longest(&seen.answered),
                1e3 * median(seen.refused.clone()),
                longest(&seen.refused)
            );
        }
    }
    Ok(())
}

/// Answers per second to as many callers as there are connections.
async fn capacity(pool: &Pool) -> Result<f64, Box<dyn std::error::Error>> {
    let until = Instant::now() + ROUND / 5;
    let callers = (0..CONNECTIONS).map(|_| async {
        let mut answers = 0.0;
        while Instant::now() < until {
            pool.get().await?.query(WORK, &[]).await?;
            answers += 1.0;
        }
        Ok::<f64, Box<dyn std::error::Error>>(answers)
    });
    let answers: f64 = try_join_all(callers).await?.iter().sum();
    Ok(answers / (ROUND / 5).as_secs_f64())
}

/// New callers at this rate, whatever becomes of those before them.
async fn overload(pool: &Pool, per_second: f64) -> Result<Seen, Box<dyn std::error::Error>> {
    let mut pause = interval(Duration::from_secs_f64(1.0 / per_second));
    let begin = Instant::now();
    let mut callers = Vec::new();
    while begin.elapsed() < ROUND {
        pause.tick().await;
        callers.push(tokio::spawn(call(pool.clone())));
    }
    let mut seen = Seen::default();
    for caller in callers {
        match timeout(2 * ROUND, caller).await?? {
            Ok(waited) => seen.answered.push(waited),
            Err(waited) => seen.refused.push(waited),
        }
    }
    seen.duration = begin.elapsed().as_secs_f64();
    Ok(seen)
}

/// How long the caller waited for a connection, or to be told that there is none.
async fn call(pool: Pool) -> Result<f64, f64> {
    let begin = Instant::now();
    let waited = |begin: Instant| begin.elapsed().as_secs_f64();
    match pool.get().await {
        Ok(client) => {
            let waited = waited(begin);
            client.query(WORK, &[]).await.map(|_| waited).map_err(|_| waited)
        }
        Err(Error::Overloaded { .. } | Error::TimedOut { .. }) => Err(waited(begin)),
        Err(error) => panic!("{error}"),
    }
}
