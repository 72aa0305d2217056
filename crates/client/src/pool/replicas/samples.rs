//! Which moment of the primary a replica has reached.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::position::Position;

/// How many moments are remembered within the maximum of the lag.
const MAX_SAMPLES: u32 = 32;

/// The positions that the primary had at some moments, the oldest first.
///
/// A replica that has replayed one of them is current as of its moment, by this process's clock: no clock of a server is
/// compared, and a replica that hears nothing of its primary gets older.
#[derive(Debug)]
pub(super) struct Samples {
    taken: VecDeque<Sample>,
    max_lag: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Before the primary was asked: everything that was committed then is in `position`.
    at: Instant,
    position: Position,
}

impl Samples {
    pub(super) fn new(max_lag: Duration) -> Self {
        Self { taken: VecDeque::new(), max_lag }
    }

    pub(super) fn add(&mut self, at: Instant, position: Position) {
        if self.taken.back().is_some_and(|last| last.position > position) {
            // Another server is the primary now, and its log is another one.
            self.taken.clear();
        }
        let oldest = at.checked_sub(self.max_lag);
        while self.taken.front().is_some_and(|first| Some(first.at) < oldest) {
            self.taken.pop_front();
        }
        // The last one gives way to this one if the one before it is near.
        let before_last = self.taken.len().checked_sub(2).and_then(|index| self.taken.get(index));
        if before_last.is_some_and(|before| at.duration_since(before.at) < self.max_lag / MAX_SAMPLES) {
            self.taken.pop_back();
        }
        self.taken.push_back(Sample { at, position });
    }

    /// The moment as of which a server is current that has replayed so much; `None` if it lags more than the maximum.
    pub(super) fn current_as_of(&self, replayed: Position) -> Option<Instant> {
        self.taken.iter().rev().find(|sample| sample.position <= replayed).map(|sample| sample.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(max_lag: u64, taken: &[(u64, u64)]) -> (Instant, Samples) {
        let start = Instant::now();
        let mut samples = Samples::new(Duration::from_secs(max_lag));
        for (second, position) in taken {
            samples.add(start + Duration::from_secs(*second), Position::new(*position));
        }
        (start, samples)
    }

    fn current_as_of(max_lag: u64, taken: &[(u64, u64)], replayed: u64) -> Option<u64> {
        let (start, samples) = samples(max_lag, taken);
        samples.current_as_of(Position::new(replayed)).map(|at| at.duration_since(start).as_secs())
    }

    #[test]
    fn a_replica_is_current_as_of_the_last_moment_whose_position_it_has_replayed() {
        let taken = [(0, 100), (1, 200), (2, 200), (3, 300)];
        assert_eq!(current_as_of(5, &taken, 99), None);
        assert_eq!(current_as_of(5, &taken, 150), Some(0));
        assert_eq!(current_as_of(5, &taken, 200), Some(2));
        assert_eq!(current_as_of(5, &taken, 1_000), Some(3));
    }

    #[test]
    fn a_moment_that_is_longer_ago_than_the_maximum_counts_no_longer() {
        assert_eq!(current_as_of(5, &[(0, 100), (6, 200)], 100), None);
    }

    #[test]
    fn the_positions_of_another_primary_are_forgotten() {
        assert_eq!(current_as_of(5, &[(0, 100), (1, 500), (2, 200)], 150), None);
        assert_eq!(current_as_of(5, &[(0, 100), (1, 500), (2, 200)], 600), Some(2));
    }

    #[test]
    fn a_large_maximum_keeps_few_samples_and_the_newest() {
        let taken: Vec<(u64, u64)> = (0..3_600).map(|second| (second, second)).collect();
        let (start, samples) = samples(3_600, &taken);
        assert!(samples.taken.len() <= 34, "{}", samples.taken.len());
        let newest = samples.current_as_of(Position::new(9_999));
        assert_eq!(newest.map(|at| at.duration_since(start).as_secs()), Some(3_599));
        let early = samples.current_as_of(Position::new(200)).map(|at| at.duration_since(start).as_secs());
        assert!(early.is_some_and(|early| (88..=200).contains(&early)), "{early:?}");
    }
}
