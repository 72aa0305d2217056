//! How often something is allowed per minute, hour and day.

use std::time::Duration;

/// At most so many uses within any minute, any hour and any 24 hours. `None` does not limit.
///
/// Uses are counted in buckets of 10 s, 5 min and 1 h. A limit is never exceeded within any period of its length; room returns up
/// to one bucket late. Limits above 2,147,483,647 count as that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Uses within any minute.
    pub per_minute: Option<u32>,
    /// Uses within any hour.
    pub per_hour: Option<u32>,
    /// Uses within any 24 hours.
    pub per_day: Option<u32>,
}

impl Limits {
    /// No limit.
    pub const NONE: Self = Self { per_minute: None, per_hour: None, per_day: None };

    /// At most so many within any minute.
    #[must_use]
    pub const fn per_minute(limit: u32) -> Self {
        Self { per_minute: Some(limit), ..Self::NONE }
    }

    /// At most so many within any hour.
    #[must_use]
    pub const fn per_hour(limit: u32) -> Self {
        Self { per_hour: Some(limit), ..Self::NONE }
    }

    /// Within each of the three periods the most uses that are possible, `None` if their number is not limited.
    pub(super) fn most(self) -> [(Duration, Option<u64>); 3] {
        let [minute, hour, day] = [self.per_minute, self.per_hour, self.per_day].map(|limit| limit.map(u64::from));
        let least = |limits: [Option<u64>; 3]| limits.into_iter().flatten().min();
        [
            (Duration::from_mins(1), least([minute, hour, day])),
            (Duration::from_hours(1), least([minute.map(|limit| limit * 60), hour, day])),
            (Duration::from_hours(24), least([minute.map(|limit| limit * 1440), hour.map(|limit| limit * 24), day])),
        ]
    }

    /// The number of rows that count a budget with these limits. Each has its part of them, and waits only for itself.
    pub(super) fn shards(self) -> u32 {
        let smallest = [self.per_minute, self.per_hour, self.per_day].into_iter().flatten().min();
        (smallest.unwrap_or(0) / USES_PER_SHARD).clamp(1, MAX_SHARDS)
    }
}

/// Requests for one shard wait for each other's commits: 300 per minute leave 200 ms for each.
const USES_PER_SHARD: u32 = 300;

/// A refused request reads all shards.
const MAX_SHARDS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_period_allows_as_often_as_the_shorter_ones_do() {
        let most = |limits: Limits| limits.most().map(|(_, uses)| uses);
        assert_eq!(most(Limits::NONE), [None; 3]);
        assert_eq!(most(Limits::per_minute(2)), [Some(2), Some(120), Some(2880)]);
        assert_eq!(most(Limits { per_day: Some(50), ..Limits::per_hour(20) }), [Some(20), Some(20), Some(50)]);
    }

    #[test]
    fn a_large_budget_has_up_to_64_shards_and_never_more_than_uses() {
        for (limit, shards) in [(0, 1), (1, 1), (300, 1), (600, 2), (60_000, 64), (u32::MAX, 64)] {
            assert_eq!(Limits::per_minute(limit).shards(), shards, "{limit}");
        }
        assert_eq!(Limits::NONE.shards(), 1);
        assert_eq!(Limits { per_hour: Some(900), ..Limits::per_minute(60_000) }.shards(), 3);
    }
}
