//! Callers that call until they are told to stop, and what each of them saw: the load of tests in which servers fail.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

/// The pause after an error, as of a service whose users try again.
const AFTER_AN_ERROR: Duration = Duration::from_millis(20);

/// One of the callers.
pub trait Caller: Send + 'static {
    /// What an answered call has acknowledged.
    type Answer: Send + 'static;

    /// Calls once. The error is one that an outage may cause; a caller panics at any other one.
    fn call(&mut self) -> impl Future<Output = Result<Self::Answer, String>> + Send;
}

/// A call that has ended.
#[derive(Debug)]
pub struct Attempt {
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
    /// Why it failed.
    pub error: Option<String>,
}

/// What one caller saw.
#[derive(Debug)]
pub struct Seen<A> {
    /// The answers.
    pub answers: Vec<A>,
    /// All calls, in their order.
    pub attempts: Vec<Attempt>,
}

impl<A> Seen<A> {
    /// The calls that failed.
    pub fn errors(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.error.is_some())
    }

    /// How often a call failed after one that did not: an outage without interruption counts once.
    #[must_use]
    pub fn outages(&self) -> usize {
        let failed: Vec<bool> = self.attempts.iter().map(|attempt| attempt.error.is_some()).collect();
        usize::from(failed.first() == Some(&true)) + failed.windows(2).filter(|pair| !pair[0] && pair[1]).count()
    }

    /// Whether the first and the last call were answered.
    #[must_use]
    pub fn begins_and_ends_well(&self) -> bool {
        let ends = [self.attempts.first(), self.attempts.last()];
        ends.iter().all(|attempt| attempt.is_some_and(|attempt| attempt.error.is_none()))
    }

    /// When the first answer came to a call that began after `moment`.
    #[must_use]
    pub fn first_answer_after(&self, moment: Instant) -> Option<Instant> {
        let answered = |attempt: &&Attempt| attempt.error.is_none() && attempt.began > moment;
        self.attempts.iter().find(answered).map(|attempt| attempt.ended)
    }
}

/// What happened, a line for each series of calls that ended alike.
impl<A> fmt::Display for Seen<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(begin) = self.attempts.first().map(|attempt| attempt.began) else { return f.write_str("no call") };
        for alike in self.attempts.chunk_by(|one, next| one.error == next.error) {
            let outcome = alike[0].error.as_deref().unwrap_or("answered");
            writeln!(
                f,
                "{} from {:?} to {:?}: {outcome}",
                alike.len(),
                alike[0].began - begin,
                alike[alike.len() - 1].ended - begin
            )?;
        }
        Ok(())
    }
}

/// Callers, each in a task of its own.
#[derive(Debug)]
pub struct Callers<A> {
    tasks: Vec<JoinHandle<Seen<A>>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    is_over: AtomicBool,
    answers: AtomicU64,
    errors: AtomicU64,
}

impl<A: Send + 'static> Callers<A> {
    /// Lets them begin.
    pub fn start<C: Caller<Answer = A>>(callers: impl IntoIterator<Item = C>) -> Self {
        let counts = Arc::<Counts>::default();
        let begin = |caller| tokio::spawn(call_until_told(caller, Arc::clone(&counts)));
        Self { tasks: callers.into_iter().map(begin).collect(), counts }
    }

    /// Returns when they have so many more answers, all together.
    pub async fn more_answers(&self, number: u64) {
        reaches(&self.counts.answers, number).await;
    }

    /// Returns when they have so many more errors, all together.
    pub async fn more_errors(&self, number: u64) {
        reaches(&self.counts.errors, number).await;
    }

    /// Lets them finish the call that they are in, and returns what they saw. One that takes longer than `limit` is stuck.
    pub async fn stop(self, limit: Duration) -> Vec<Seen<A>> {
        self.counts.is_over.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for task in self.tasks {
            all.push(timeout(limit, task).await.expect("no caller is stuck").expect("no caller panics"));
        }
        all
    }
}

async fn reaches(count: &AtomicU64, more: u64) {
    let target = count.load(Ordering::Relaxed) + more;
    while count.load(Ordering::Relaxed) < target {
        sleep(Duration::from_millis(1)).await;
    }
}

async fn call_until_told<C: Caller>(mut caller: C, counts: Arc<Counts>) -> Seen<C::Answer> {
    let mut seen = Seen { answers: Vec::new(), attempts: Vec::new() };
    while !counts.is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let outcome = caller.call().await;
        let ended = Instant::now();
        let error = match outcome {
            Ok(answer) => {
                seen.answers.push(answer);
                counts.answers.fetch_add(1, Ordering::Relaxed);
                None
            }
            Err(error) => {
                counts.errors.fetch_add(1, Ordering::Relaxed);
                sleep(AFTER_AN_ERROR).await;
                Some(error)
            }
        };
        seen.attempts.push(Attempt { began, ended, error });
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_without_interruption_counts_once() {
        let begin = Instant::now();
        for (errors, outages, is_well) in
            [("...", 0, true), (".xx.", 1, true), ("x.", 1, false), (".x.xxx.x", 3, false), ("", 0, false)]
        {
            let attempts = errors.chars().zip(1..).map(|(outcome, second)| Attempt {
                began: begin + Duration::from_secs(second),
                ended: begin + Duration::from_secs(second),
                error: (outcome == 'x').then(String::new),
            });
            let seen: Seen<()> = Seen { answers: Vec::new(), attempts: attempts.collect() };
            assert_eq!((seen.outages(), seen.begins_and_ends_well()), (outages, is_well), "{errors}");
            let first = errors.find('.').map(|position| Duration::from_secs(position as u64 + 1));
            assert_eq!(seen.first_answer_after(begin).map(|at| at - begin), first, "{errors}");
        }
    }
}
