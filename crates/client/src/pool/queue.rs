//! The queue of callers that wait for a connection: who would not be served in time is refused at once.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// The callers that wait, and how fast they are served. The pool serves them in the order in which they came.
#[derive(Debug)]
pub(super) struct Queue {
    /// How many are served at the same time.
    connections: usize,
    wait_timeout: Duration,
    max_waiting: Option<usize>,
    waiting: AtomicUsize,
    pace: Mutex<Option<Pace>>,
}

/// How long it takes until each connection has served one caller more, and when that was measured.
#[derive(Clone, Copy, Debug)]
struct Pace {
    round: Duration,
    at: Instant,
}

/// The place of a caller in the queue, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'q> {
    queue: &'q Queue,
    rounds: u32,
    since: Instant,
}

/// The queue is full: so many callers wait.
#[derive(Debug)]
pub(super) struct Full(pub(super) usize);

impl Queue {
    pub(super) fn new(connections: usize, wait_timeout: Duration, max_waiting: Option<usize>) -> Self {
        Self { connections, wait_timeout, max_waiting, waiting: AtomicUsize::new(0), pace: Mutex::new(None) }
    }

    /// Takes the last place, unless there are too many callers before it to be served in time.
    pub(super) fn join(&self) -> Result<Place<'_>, Full> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let rounds = u32::try_from(before / self.connections + 1).unwrap_or(u32::MAX);
        let place = Place { queue: self, rounds, since: Instant::now() };
        let is_full = match self.max_waiting {
            Some(max) => before >= max,
            None => self.is_too_slow_for(rounds),
        };
        if is_full { Err(Full(before)) } else { Ok(place) }
    }

    fn is_too_slow_for(&self, rounds: u32) -> bool {
        match *self.pace() {
            // The first round always waits: it is served if the pool serves at all, and shows how fast.
            Some(Pace { round, at }) if rounds > 1 && at.elapsed() < self.wait_timeout => {
                // With a margin, so that who waits is served in time although the pace varies.
                round.saturating_mul(rounds) > self.wait_timeout.mul_f64(0.75)
            }
            _ => false,
        }
    }

    fn pace(&self) -> MutexGuard<'_, Option<Pace>> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// The caller was served, or has waited for as long as it may.
    pub(super) fn leave(self) {
        let measured = self.since.elapsed() / self.rounds;
        let mut pace = self.queue.pace();
        let round = match *pace {
            Some(Pace { round, at }) if at.elapsed() < self.queue.wait_timeout => (round * 7 + measured) / 8,
            _ => measured,
        };
        *pace = Some(Pace { round, at: Instant::now() });
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(queue: &Queue, round: Duration) {
        *queue.pace() = Some(Pace { round, at: Instant::now() });
    }

    #[test]
    fn a_caller_joins_if_the_queue_before_it_can_be_served_in_time() {
        let queue = Queue::new(2, Duration::from_secs(4), None);
        // Before anything is known, everybody waits.
        let places: Vec<_> = (0..10).map(|_| queue.join().expect("a place")).collect();
        drop(places);
        measured(&queue, Duration::from_secs(1));
        // Three rounds of two take three quarters of the limit.
        let places: Vec<_> = (0..6).map(|_| queue.join().expect("a place")).collect();
        assert_eq!(queue.join().expect_err("it is full").0, 6);
        drop(places);
        assert!(queue.join().is_ok());
    }

    #[test]
    fn the_first_round_waits_however_slow_the_pool_was() {
        let queue = Queue::new(2, Duration::from_secs(1), None);
        measured(&queue, Duration::from_mins(1));
        let _places = [queue.join().expect("a place"), queue.join().expect("a place")];
        assert!(queue.join().is_err());
    }

    #[test]
    fn a_maximum_replaces_the_estimate() {
        let queue = Queue::new(1, Duration::from_secs(1), Some(3));
        measured(&queue, Duration::from_mins(1));
        let _places: Vec<_> = (0..3).map(|_| queue.join().expect("a place")).collect();
        assert_eq!(queue.join().expect_err("it is full").0, 3);
        let none = Queue::new(1, Duration::from_secs(1), Some(0));
        assert!(none.join().is_err());
    }
}
