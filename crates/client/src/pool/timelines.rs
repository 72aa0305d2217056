//! Which servers were replaced as the primary: they may still believe to be it, after a freeze or behind a broken network.
//!
//! A promotion begins a new timeline, whose number is higher. A server that accepts writes on a lower one than another
//! server of the same cluster has been replaced.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

/// The file that the server writes to begins with the timeline. That of the last checkpoint can be older than a promotion.
const ASK: &str = "SELECT system_identifier, SUBSTR(PG_WALFILE_NAME(PG_CURRENT_WAL_LSN()), 1, 8) \
                   FROM PG_CONTROL_SYSTEM() WHERE NOT PG_IS_IN_RECOVERY()";

/// The highest timeline that a pool has seen of each cluster, by its system identifier.
#[derive(Debug, Default)]
pub(super) struct Timelines(Mutex<HashMap<String, Arc<AtomicU32>>>);

/// A primary's timeline when a connection to it was opened, beside the highest of its cluster.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    own: u32,
    highest: Arc<AtomicU32>,
}

impl Timelines {
    /// Asks a server that has just accepted a connection. `None` if it does not tell: it has become a standby, or is something
    /// other than PostgreSQL.
    pub(super) async fn of(&self, client: &Client) -> Option<Timeline> {
        let answer = client.simple_query(ASK).await.inspect_err(|error| {
            tracing::debug!(error = error as &dyn std::error::Error, "the server does not tell its timeline");
        });
        let (system, own) = answer.ok()?.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => read(row),
            _ => None,
        })?;
        Some(self.seen(system, own))
    }

    fn seen(&self, system: String, own: u32) -> Timeline {
        let highest = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(system).or_default());
        highest.fetch_max(own, Ordering::Relaxed);
        Timeline { own, highest }
    }
}

fn read(row: &SimpleQueryRow) -> Option<(String, u32)> {
    Some((row.get(0)?.to_owned(), u32::from_str_radix(row.get(1)?, 16).ok()?))
}

impl Timeline {
    pub(super) fn own(&self) -> u32 {
        self.own
    }

    pub(super) fn highest(&self) -> u32 {
        self.highest.load(Ordering::Relaxed)
    }

    /// Whether another server has been promoted since.
    pub(super) fn is_former(&self) -> bool {
        self.own < self.highest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_timeline_makes_those_of_the_same_cluster_former_ones() {
        let timelines = Timelines::default();
        let old = timelines.seen("one".to_owned(), 1);
        let other = timelines.seen("other".to_owned(), 1);
        assert!(!old.is_former());
        let new = timelines.seen("one".to_owned(), 2);
        assert!(old.is_former() && !new.is_former() && !other.is_former());
        assert!(timelines.seen("one".to_owned(), 1).is_former());
    }
}
