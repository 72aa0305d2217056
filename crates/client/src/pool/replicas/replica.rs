//! One replica: its connections, and how far it has replayed the log of its primary.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use postgres_types::PgLsn;
use tokio::time::{Instant, sleep, timeout};

use super::{
    super::{clients::Clients, error::Error as PoolError, lane::Lane, pool::Shared, settings::Settings},
    Replicas,
    position::Position,
};
use crate::{client::Client, error::Error, query::Query, row::Row};

static REPLAYED: Query = Query::by_hand("replica.position", "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()");

/// How long a replica that failed is left out before it is looked at again.
const BACK_OFF: Duration = Duration::from_secs(2);

/// The pauses between two looks at how far the replica has replayed.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LAST_PAUSE: Duration = Duration::from_millis(16);

#[derive(Debug)]
pub(crate) struct Replica {
    clients: Clients,
    lane: Lane,
    /// Asked for its position on a connection that no slow statement and no full pool delays.
    control: Lane,
    /// How long it may take to answer that, or to lend a connection.
    limit: Duration,
    state: Mutex<State>,
    /// Held by the one that asks for the position, for all who wait for it.
    last_answer: tokio::sync::Mutex<Option<Answer>>,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    asked_at: Instant,
    replayed: Position,
}

#[derive(Debug, Default)]
struct State {
    /// Everything that was committed before this moment is seen; `None` since it failed or was rebuilt.
    current_as_of: Option<Instant>,
    /// The same, also of a replica that failed or was rebuilt since.
    shown_as_of: Option<Instant>,
    /// When the last measurement began that it answered.
    measured_at: Option<Instant>,
    /// What it had replayed when that was more than the primary had written.
    ahead_at: Option<Position>,
    /// How many failures of its connections had been seen when it last answered.
    seen: u64,
    failed_at: Option<Instant>,
}

impl State {
    /// Whether it lags at most so much at a moment, and has failed nothing since it was measured: `failures` are those of its
    /// connections so far.
    fn is_current(&self, at: Instant, failures: u64, max_lag: Duration) -> bool {
        self.failed_at.is_none()
            && self.seen == failures
            && self.current_as_of.is_some_and(|as_of| at.saturating_duration_since(as_of) <= max_lag)
    }
}

/// What the metrics show of a replica.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// The age of what it shows; `None` if it was never current enough.
    pub(super) lag: Option<Duration>,
    /// Whether it is read.
    pub(super) is_used: bool,
}

/// Why a replica is left out.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Statement(Error),
    #[error("{0}")]
    Pool(PoolError),
    #[error("it has not answered for {0:?}")]
    Silent(Duration),
    #[error("it is no standby: it was promoted, or never followed the primary")]
    NoStandby,
    #[error("it has replayed more than the primary has written, so it does not follow it: rewind or rebuild it")]
    Ahead,
}

impl Replica {
    /// `settings` are those of the replica alone.
    pub(super) fn new(settings: &Settings) -> Result<Self, PoolError> {
        let clients = Clients::new(settings, Arc::new(Shared::of_replica(settings)?))?;
        Ok(Self {
            lane: Lane::new(settings, &clients),
            control: Lane::with_own_connection(settings, clients.shared())?,
            clients,
            limit: settings.recycle_timeout,
            state: Mutex::default(),
            last_answer: tokio::sync::Mutex::default(),
        })
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }

    #[cfg(feature = "metrics")]
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// A connection, if there is one within the limit.
    pub(super) async fn client(&self) -> Option<Client> {
        match timeout(self.limit, self.clients.get()).await {
            Ok(Ok(client)) => return Some(client),
            Ok(Err(error)) if !is_perhaps_busy(&error) => self.fail(&Failure::Pool(error)),
            Ok(Err(_)) | Err(_) => {}
        }
        None
    }

    /// Whether it lags at most so much now, and has failed nothing since it was measured.
    pub(super) fn is_current(&self, max_lag: Duration) -> bool {
        self.state().is_current(Instant::now(), self.failures(), max_lag)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.state().failed_at.is_some()
    }

    /// Leaves it out, because a statement failed with it.
    pub(crate) fn fail_statement(&self, error: Error) {
        if !matches!(&error, Error::NoConnection { source, .. } if is_perhaps_busy(source)) {
            self.fail(&Failure::Statement(error));
        }
    }

    fn fail(&self, failure: &Failure) {
        let is_new = {
            let mut state = self.state();
            state.current_as_of = None;
            state.failed_at.replace(Instant::now()).is_none()
        };
        if is_new {
            tracing::warn!(server = self.clients.shared().target.server(), reason = %failure, "replica left out");
        }
    }

    /// What it shows at its last measurement; `None` before the first one.
    #[cfg(feature = "metrics")]
    pub(super) fn shown(&self, max_lag: Duration) -> Option<Shown> {
        let state = self.state();
        let at = if state.failed_at.is_some() { Instant::now() } else { state.measured_at? };
        let lag = state.shown_as_of.map(|as_of| at.saturating_duration_since(as_of));
        Some(Shown { lag, is_used: state.is_current(at, self.failures(), max_lag) })
    }

    /// Measures it, unless it failed a moment ago. The measurement began at `at`; `flushed` is what the primary has answered.
    pub(super) async fn measure(&self, replicas: &Replicas, at: Instant, flushed: Option<Position>) {
        if self.state().failed_at.is_some_and(|at| at.elapsed() < BACK_OFF) {
            return;
        }
        let shared = self.clients.shared();
        let seen = shared.failures.count();
        let Some(replayed) = self.replayed().await else { return };
        // One that has not moved since does not follow the primary either when that has written more.
        let has_stayed = self.state().ahead_at == Some(replayed);
        let is_ahead = has_stayed || replicas.is_primary_behind(flushed, replayed).await;
        let was_ahead = mem::replace(&mut self.state().ahead_at, is_ahead.then_some(replayed)).is_some();
        if is_ahead {
            if !was_ahead {
                // So that this reason is logged, also if it has failed for another one before.
                self.state().failed_at = None;
            }
            self.fail(&Failure::Ahead);
            return;
        }
        let current_as_of = replicas.samples().current_as_of(replayed);
        let mut state = self.state();
        state.current_as_of = state.current_as_of.max(current_as_of);
        state.shown_as_of = state.current_as_of.or(state.shown_as_of);
        state.measured_at = Some(at);
        state.seen = seen;
        if state.failed_at.take().is_some() {
            tracing::info!(server = shared.target.server(), "replica answers again");
        }
    }

    /// Whether it answers now. If not, it is left out.
    pub(crate) async fn is_answering(&self) -> bool {
        self.replayed().await.is_some()
    }

    /// Whether it has replayed the log up to there, waiting for that at most for `limit`.
    pub(super) async fn has_replayed(&self, position: Position, limit: Duration) -> bool {
        let replayed = timeout(limit, async {
            let mut pause = FIRST_PAUSE;
            while self.replayed().await? < position {
                sleep(pause).await;
                pause = (2 * pause).min(LAST_PAUSE);
            }
            Some(())
        });
        replayed.await.is_ok_and(|replayed| replayed.is_some())
    }

    /// How far it has replayed, asked after the call began: an earlier answer says nothing about a server that was rebuilt since.
    /// Calls that wait share one answer. `None` if it failed, and is left out.
    async fn replayed(&self) -> Option<Position> {
        let called_at = Instant::now();
        let mut last = self.last_answer.lock().await;
        if self.state().failed_at.is_some_and(|at| at >= called_at) {
            return None;
        }
        if let Some(answer) = last.filter(|answer| answer.asked_at >= called_at) {
            return Some(answer.replayed);
        }
        let failures = &self.clients.shared().failures;
        let (asked_at, seen) = (Instant::now(), failures.count());
        match self.ask().await {
            Ok(replayed) => {
                if last.is_some_and(|last| replayed < last.replayed) {
                    // It was rewound or rebuilt.
                    self.state().current_as_of = None;
                }
                *last = Some(Answer { asked_at, replayed });
                Some(replayed)
            }
            Err(failure) => {
                if matches!(failure, Failure::NoStandby) {
                    // Its other connections are those of a server that was promoted, too.
                    failures.report(seen);
                }
                self.fail(&failure);
                None
            }
        }
    }

    async fn ask(&self) -> Result<Position, Failure> {
        let rows = timeout(self.limit, self.control.collect_rows(&REPLAYED, &[])).await;
        let rows = rows.map_err(|_| Failure::Silent(self.limit))?.map_err(Failure::Statement)?;
        let row = rows.into_iter().next().map(|row| Row::new(row, &REPLAYED)).ok_or(Failure::NoStandby)?;
        if !row.try_get::<bool>(0).map_err(Failure::Statement)? {
            return Err(Failure::NoStandby);
        }
        let lsn = row.try_get::<Option<PgLsn>>(1).map_err(Failure::Statement)?;
        Ok(Position::new(lsn.map_or(0, u64::from)))
    }

    pub(super) fn close(&self) {
        self.clients.close();
        self.lane.close();
        self.control.close();
    }

    fn failures(&self) -> u64 {
        self.clients.shared().failures.count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is busy, or does not answer: the next measurement shows which.
fn is_perhaps_busy(error: &PoolError) -> bool {
    matches!(error, PoolError::Overloaded { .. } | PoolError::TimedOut { .. })
}
