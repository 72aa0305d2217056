//! The queue of callers that wait for a connection: who would not be served in time is refused at once.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The callers of a pool, and how fast they are served. The pool serves them in the order in which they came.
#[derive(Debug)]
pub(super) struct Queue {
    /// How many are served at the same time.
    connections: usize,
    wait_timeout: Duration,
    max_waiting: Option<usize>,
    /// Those that are served or wait. Who waits alone is not to be known: a connection may be assigned to a caller that has not been
    /// told yet.
    callers: AtomicUsize,
    pace: Mutex<Pace>,
}

/// How fast those who wait are served.
#[derive(Clone, Copy, Debug)]
enum Pace {
    Unknown,
    /// One waited as long as it may, and nobody was served meanwhile.
    Stuck {
        since: Instant,
    },
    /// From one to the next it takes `mean`, of so many `samples`.
    Moving {
        last: Instant,
        mean: Duration,
        samples: u32,
    },
}

/// A caller, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    queue: Arc<Queue>,
    before: usize,
}

/// The queue is full: so many callers wait.
#[derive(Debug)]
pub(super) struct Full(pub(super) usize);

impl Queue {
    pub(super) fn new(connections: usize, wait_timeout: Duration, max_waiting: Option<usize>) -> Self {
        Self { connections, wait_timeout, max_waiting, callers: AtomicUsize::new(0), pace: Mutex::new(Pace::Unknown) }
    }

    /// Takes the last place.
    pub(super) fn join(self: &Arc<Self>) -> Place {
        let before = self.callers.fetch_add(1, Ordering::Relaxed);
        Place { queue: Arc::clone(self), before }
    }

    /// Someone who waits since `begin` is served.
    pub(super) fn served(&self, begin: Instant, now: Instant) {
        let mut pace = self.pace();
        *pace = match *pace {
            Pace::Moving { last, mean, samples } if self.is_recent(last, now) => {
                // The mean of all; later, of about the last four that each connection served.
                let samples = samples.saturating_add(1).min(self.round().saturating_mul(4).max(8));
                let sample = now.saturating_duration_since(last.max(begin));
                Pace::Moving { last: now, mean: (mean * (samples - 1) + sample) / samples, samples }
            }
            // How long it has waited says how long nobody was served, not how fast they are now.
            _ => Pace::Moving { last: now, mean: Duration::ZERO, samples: 0 },
        };
    }

    /// Someone has waited since `begin`, in vain.
    pub(super) fn not_served(&self, begin: Instant, now: Instant) {
        let mut pace = self.pace();
        if !matches!(*pace, Pace::Moving { last, .. } if last > begin) {
            *pace = Pace::Stuck { since: now };
        }
    }

    /// Whether one before whom so many wait would wait for too long.
    fn is_too_slow_for(&self, waiting: usize, now: Instant) -> bool {
        // As many as there are connections always wait: they are served if the pool serves at all, and show how fast.
        if waiting < self.connections {
            return false;
        }
        match *self.pace() {
            Pace::Moving { last, mean, samples } if samples >= self.round() && self.is_recent(last, now) => {
                let turn = u32::try_from(waiting + 1).unwrap_or(u32::MAX);
                // With a margin, so that who waits is served in time although the pace varies.
                mean.saturating_mul(turn) > self.wait_timeout.mul_f64(0.75)
            }
            Pace::Stuck { since } => self.is_recent(since, now),
            _ => false,
        }
    }

    /// How many are served when each connection has served one.
    fn round(&self) -> u32 {
        u32::try_from(self.connections).unwrap_or(u32::MAX)
    }

    fn is_recent(&self, at: Instant, now: Instant) -> bool {
        now.saturating_duration_since(at) < self.wait_timeout
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// A caller for whom no connection is free may wait, unless there are too many before it to be served in time.
    pub(super) fn wait(&self, now: Instant) -> Result<(), Full> {
        let waiting = self.before.saturating_sub(self.queue.connections);
        let is_full = match self.queue.max_waiting {
            Some(max) => self.before >= self.queue.connections.saturating_add(max),
            None => self.queue.is_too_slow_for(waiting, now),
        };
        if is_full { Err(Full(waiting)) } else { Ok(()) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.callers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A queue, and what time it is.
    struct Clocked {
        queue: Arc<Queue>,
        begin: Instant,
        now: Instant,
    }

    fn queue(connections: usize, max_waiting: Option<usize>) -> Clocked {
        let now = Instant::now();
        Clocked { queue: Arc::new(Queue::new(connections, 4 * SECOND, max_waiting)), begin: now, now }
    }

    impl Clocked {
        /// One is served every so often, so many times, to those who wait all the time.
        fn serve(&mut self, times: u32, interval: Duration) {
            for _ in 0..times {
                self.now += interval;
                self.queue.served(self.begin, self.now);
            }
        }

        /// So many callers that are served or may wait.
        fn join(&self, callers: usize) -> Vec<Place> {
            let places: Vec<_> = (0..callers).map(|_| self.queue.join()).collect();
            assert!(places.iter().skip(self.queue.connections).all(|place| place.wait(self.now).is_ok()));
            places
        }

        fn refused(&self) -> Option<usize> {
            self.queue.join().wait(self.now).err().map(|Full(waiting)| waiting)
        }
    }

    #[test]
    fn a_caller_waits_if_the_queue_before_it_can_be_served_in_time() {
        let mut queue = queue(2, None);
        // Before each connection has served one since the clock runs, everybody waits.
        queue.serve(2, SECOND / 2);
        drop(queue.join(30));
        queue.serve(1, SECOND / 2);
        // Six turns take three quarters of the limit.
        let places = queue.join(8);
        assert_eq!(queue.refused(), Some(6));
        drop(places);
        drop(queue.join(8));
        // It is known for as long as one may wait.
        queue.now += 4 * SECOND;
        queue.join(30);
    }

    #[test]
    fn as_many_as_there_are_connections_wait_however_slow_the_pool_was() {
        let mut queue = queue(2, None);
        queue.serve(3, 3 * SECOND);
        let mut places = queue.join(4);
        assert_eq!(queue.refused(), Some(2));
        // Also if nobody of those who wait has been told yet whose turn it is.
        places.remove(0);
        assert_eq!(queue.refused(), None);
    }

    #[test]
    fn the_pace_follows_what_the_pool_does() {
        let mut queue = queue(2, None);
        queue.serve(9, SECOND / 10);
        drop(queue.join(25));
        // A time without callers says nothing.
        for _ in 0..8 {
            queue.now += 3 * SECOND;
            queue.queue.served(queue.now, queue.now);
        }
        drop(queue.join(25));
        queue.serve(20, 2 * SECOND);
        let places = queue.join(4);
        assert_eq!(queue.refused(), Some(2));
        drop(places);
        queue.serve(40, SECOND / 10);
        queue.join(25);
    }

    #[test]
    fn an_outage_is_over_when_one_is_served() {
        let mut queue = queue(2, None);
        queue.serve(9, SECOND / 10);
        let places = queue.join(4);
        let begin = queue.now;
        queue.now += 4 * SECOND;
        queue.queue.not_served(begin, queue.now);
        assert_eq!(queue.refused(), Some(2));
        let begin = queue.now;
        queue.now += 3 * SECOND;
        queue.queue.served(begin, queue.now);
        assert_eq!(queue.refused(), None);
        drop(places);
        // Who waited in vain while others were served was at the end of a long queue.
        queue.queue.not_served(begin, queue.now);
        queue.join(30);
    }

    #[test]
    fn a_maximum_replaces_the_estimate() {
        let mut bounded = queue(1, Some(3));
        bounded.serve(9, 3 * SECOND);
        let _places = bounded.join(4);
        assert_eq!(bounded.refused(), Some(3));
        let none = queue(1, Some(0));
        let _served = none.join(1);
        assert_eq!(none.refused(), Some(0));
    }
}
