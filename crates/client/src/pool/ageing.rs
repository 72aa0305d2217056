//! Ends connections that are old, or were not used for long.

use std::{
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
    time::Duration,
};

use deadpool::managed::Pool;
use tokio::{runtime::Handle, task::AbortHandle, time::sleep};

use super::manager::Manager;

/// How often a pool is searched for such connections, at the least and at the most.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(30));

/// How long a connection may live: at least three quarters of the maximum, so that connections that were opened together are
/// not all renewed together.
pub(super) fn lifetime(max: Option<Duration>) -> Option<Duration> {
    max.map(|max| max.mul_f64(0.75 + random() / 4.0))
}

/// A random number, at least 0 and at most 1.
pub(super) fn random() -> f64 {
    let random = u32::try_from(RandomState::new().hash_one(0) >> 32).expect("32 bits");
    f64::from(random) / f64::from(u32::MAX)
}

/// The task that searches a pool. It ends with the pool.
#[derive(Debug, Default)]
pub(super) struct Sweep(OnceLock<AbortHandle>);

impl Sweep {
    /// Starts the task at the first call inside a runtime.
    pub(super) fn start(&self, pool: &Pool<Manager>) {
        if self.0.get().is_some() {
            return;
        }
        let limits = pool.manager().age_limits();
        let Some(shortest) = limits.into_iter().flatten().min() else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        let (least, most) = INTERVALS;
        let interval = (shortest / 4).clamp(least, most);
        let pool = pool.weak();
        self.0.get_or_init(|| {
            let task = runtime.spawn(async move {
                loop {
                    sleep(interval).await;
                    let Some(pool) = pool.upgrade() else { return };
                    let manager = pool.manager();
                    // Closed when the result is dropped.
                    drop(pool.retain(|connection, metrics| !manager.is_aged(connection, metrics.last_used())));
                }
            });
            task.abort_handle()
        });
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if let Some(task) = self.0.get() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_differ_and_exceed_no_maximum() {
        let hour = Duration::from_hours(1);
        let lifetimes: Vec<_> = (0..20).filter_map(|_| lifetime(Some(hour))).collect();
        assert!(lifetimes.iter().all(|life| (hour.mul_f64(0.75)..=hour).contains(life)), "{lifetimes:?}");
        assert!(lifetimes.iter().any(|life| *life != lifetimes[0]));
        assert_eq!(lifetime(None), None);
    }
}
