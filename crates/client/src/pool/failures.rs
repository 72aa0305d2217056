//! Which connections must be checked, or not used again, after the server has failed one of them.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often the server has failed a connection of the pool. Each connection knows how often it had when it was opened or
/// last checked: its `seen`.
#[derive(Debug, Default)]
pub(super) struct Failures {
    count: AtomicU64,
    /// Connections that have seen fewer failures do not answer.
    dead_below: AtomicU64,
}

/// What a failure means for another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There was none since it was checked.
    Trusted,
    /// It may have failed, too.
    Suspect,
    /// The server did not answer another one of the same age.
    Dead,
}

impl Failures {
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The server failed a connection: those that have seen as little are suspect. One that was opened or checked after the
    /// failure is not.
    pub(super) fn report(&self, seen: u64) {
        // It fails if another connection has reported the same failure.
        let _ = self.count.compare_exchange(seen, seen + 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// The server does not answer a connection: one after the other would be waited for.
    pub(super) fn report_silence(&self, seen: u64) {
        self.report(seen);
        self.dead_below.fetch_max(seen + 1, Ordering::Relaxed);
    }

    pub(super) fn verdict(&self, seen: u64) -> Verdict {
        if seen < self.dead_below.load(Ordering::Relaxed) {
            Verdict::Dead
        } else if seen < self.count() {
            Verdict::Suspect
        } else {
            Verdict::Trusted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_makes_older_connections_suspect_and_silence_makes_them_dead() {
        let failures = Failures::default();
        let old = failures.count();
        assert_eq!(failures.verdict(old), Verdict::Trusted);
        failures.report(old);
        failures.report(old);
        let new = failures.count();
        assert_eq!((failures.verdict(old), failures.verdict(new)), (Verdict::Suspect, Verdict::Trusted));
        failures.report_silence(old);
        assert_eq!((failures.verdict(old), failures.verdict(new)), (Verdict::Dead, Verdict::Trusted));
        failures.report_silence(new);
        assert_eq!((failures.verdict(new), failures.verdict(failures.count())), (Verdict::Dead, Verdict::Trusted));
    }
}
