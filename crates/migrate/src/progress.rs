//! The steps of a run, for an observer.

use std::time::Duration;

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Another runner migrates this database, and this one waits until that is done.
    WaitingForRunner {
        /// The other session's process id, application and start.
        lock_holder: String,
    },
    /// A migration begins.
    Started {
        /// The migration.
        migration: String,
        /// Its position among those of this run, from 1.
        position: usize,
        /// How many this run applies.
        total: usize,
    },
    /// Another transaction holds a lock that the migration needs: it stops waiting and is tried again after a pause.
    WaitingForLock {
        /// The migration.
        migration: String,
        /// The other session's process id, application, start of its transaction, and a table; `None` if it has ended.
        blocker: Option<String>,
    },
    /// A migration is applied.
    Applied {
        /// The migration.
        migration: String,
        /// How long it took, waiting included.
        took: Duration,
    },
}

/// A function that is called at every step of a run.
pub type Observer<'o> = dyn FnMut(Progress) + Send + 'o;
