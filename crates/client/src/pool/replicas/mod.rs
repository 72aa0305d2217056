//! Replicas: which of them a read can run on.

mod position;
mod replica;
mod samples;
mod settings;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use postgres_types::PgLsn;
#[cfg(feature = "metrics")]
use tokio::{runtime::Handle, time::sleep};
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};

pub use self::position::{InvalidPosition, Position};
pub(crate) use self::replica::Replica;
use self::samples::Samples;
pub(super) use self::settings::DEFAULT_MAX_LAG;
use super::{clients::Clients, error::Error as PoolError, lane::Lane, settings::Settings};
use crate::{client::Client, error::Error, metrics, query::Query, row::Row, telemetry::Telemetry};

/// What is safe on the primary's disk, which is what it sends to replicas.
static FLUSHED: Query = Query::by_hand("primary.position", "SELECT pg_current_wal_flush_lsn()");

/// Behind everything that was committed, on the disk or not.
static INSERTED: Query =
    Query::by_hand("primary.position", "SELECT pg_current_wal_insert_lsn(), current_setting('wal_block_size')::BIGINT");

/// How often primary and replicas are asked for their positions at most.
const MAX_INTERVAL: Duration = Duration::from_secs(1);

/// How long a read waits until a replica has replayed a position; then it asks the primary.
pub(super) const MAX_WAIT: Duration = Duration::from_millis(500);

/// The replicas of a pool. They are measured while somebody reads, in a task.
#[derive(Debug)]
pub(crate) struct Replicas {
    all: Vec<Replica>,
    /// Asks the primary for its position, on a connection that no slow statement and no full pool delays.
    primary: Lane,
    samples: Mutex<Samples>,
    max_lag: Duration,
    limit: Duration,
    telemetry: Arc<Telemetry>,
    /// Which replica is next.
    turn: AtomicUsize,
    measured_at: Mutex<Option<Instant>>,
}

impl Replicas {
    /// `None` if the settings name none.
    pub(super) fn new(settings: &Settings, primary: &Clients) -> Result<Option<Arc<Self>>, PoolError> {
        let all: Vec<_> =
            settings.of_replicas().map(|replica| Replica::new(&replica.only_standby())).collect::<Result<_, _>>()?;
        if all.is_empty() {
            return Ok(None);
        }
        let max_lag = settings.get_max_replica_lag();
        Ok(Some(Arc::new(Self {
            all,
            primary: Lane::with_own_connection(settings, primary.shared())?,
            samples: Mutex::new(Samples::new(max_lag)),
            max_lag,
            limit: settings.recycle_timeout,
            telemetry: Arc::clone(&primary.shared().telemetry),
            turn: AtomicUsize::new(0),
            measured_at: Mutex::new(None),
        })))
    }

    /// A replica that lags at most the maximum and, if it is asked for, has replayed the position. `None`: the primary is to be read.
    ///
    /// It waits for a measurement only if there was none for a while, so that a replica that fails delays one reader at most.
    pub(crate) async fn choose(self: &Arc<Self>, after: Option<Position>) -> Option<&Replica> {
        let mut chosen = self.next_current();
        if let Some(measurement) = self.measure_if_due()
            && chosen.is_none()
            && self.all.iter().any(|replica| !replica.has_failed())
        {
            // It fails only if the runtime stops.
            let _ = measurement.await;
            chosen = self.next_current();
        }
        match (chosen, after) {
            (Some(replica), Some(position)) if !replica.has_replayed(position, MAX_WAIT).await => None,
            (chosen, _) => chosen,
        }
    }

    /// A connection to such a replica.
    pub(crate) async fn client(self: &Arc<Self>, after: Option<Position>) -> Option<Client> {
        let client = match self.choose(after).await {
            Some(replica) => replica.client().await,
            None => None,
        };
        self.count_read(client.is_some());
        client
    }

    /// Counts a read for the metrics.
    pub(crate) fn count_read(&self, is_on_replica: bool) {
        metrics::read(&self.telemetry, is_on_replica);
    }

    fn next_current(&self) -> Option<&Replica> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len();
        let in_turn = self.all[first..].iter().chain(&self.all[..first]);
        in_turn.into_iter().find(|replica| replica.is_current(self.max_lag))
    }

    /// Begins a measurement, if the last one began long enough ago.
    fn measure_if_due(self: &Arc<Self>) -> Option<JoinHandle<()>> {
        let mut measured_at = self.measured_at.lock().unwrap_or_else(PoisonError::into_inner);
        if measured_at.is_some_and(|at| at.elapsed() < self.interval()) {
            return None;
        }
        *measured_at = Some(Instant::now());
        drop(measured_at);
        Some(tokio::spawn(Arc::clone(self).measure()))
    }

    fn interval(&self) -> Duration {
        MAX_INTERVAL.min(self.max_lag / 4)
    }

    async fn measure(self: Arc<Self>) {
        let at = Instant::now();
        let flushed = self.flushed().await;
        // Without an answer, the replicas are as current as the last moments say, and get older.
        if let Some(position) = flushed {
            self.samples().add(at, position);
        }
        join_all(self.all.iter().map(|replica| replica.measure(&self, at, flushed))).await;
    }

    async fn flushed(&self) -> Option<Position> {
        timeout(self.limit, flushed(&self.primary)).await.ok()?.ok()
    }

    /// Whether a replica has replayed more than is on the primary's disk, and so does not follow it. `before` is what the primary
    /// answered before the replica did: where that is less, it is asked again, because it may have written meanwhile.
    async fn is_primary_behind(&self, before: Option<Position>, replayed: Position) -> bool {
        before.is_some_and(|before| before < replayed) && self.flushed().await.is_some_and(|flushed| flushed < replayed)
    }

    fn samples(&self) -> MutexGuard<'_, Samples> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the last measurement, and begins another one for the next time, because perhaps nobody reads until then.
    #[cfg(feature = "metrics")]
    pub(super) fn record_metrics(self: &Arc<Self>) {
        for replica in &self.all {
            let clients = replica.clients();
            let telemetry = &clients.shared().telemetry;
            metrics::pool_status(telemetry, clients.status());
            if let Some(shown) = replica.shown(self.max_lag) {
                metrics::replica_status(telemetry, shown.lag, shown.is_used);
            }
        }
        if Handle::try_current().is_ok()
            && let Some(measurement) = self.measure_if_due()
        {
            tokio::spawn(Arc::clone(self).measure_again(measurement));
        }
    }

    /// A replica that has not replayed the newest position may have replayed the one of a moment before: a second measurement
    /// shows it.
    #[cfg(feature = "metrics")]
    async fn measure_again(self: Arc<Self>, measurement: JoinHandle<()>) {
        // It fails only if the runtime stops.
        let _ = measurement.await;
        if !self.all.iter().all(|replica| replica.is_current(self.interval())) {
            sleep(self.interval()).await;
            let _ = self.measure_if_due();
        }
    }

    pub(super) fn close(&self) {
        self.primary.close();
        self.all.iter().for_each(Replica::close);
    }
}

async fn flushed(primary: &Lane) -> Result<Position, Error> {
    let row = one_row(primary, &FLUSHED).await?;
    Ok(Position::new(row.try_get::<PgLsn>(0)?.into()))
}

/// The position behind everything that the primary has committed.
pub(super) async fn inserted(primary: &Lane) -> Result<Position, Error> {
    let row = one_row(primary, &INSERTED).await?;
    let page_bytes = u64::try_from(row.try_get::<i64>(1)?).unwrap_or_default();
    Ok(Position::of_next_record(row.try_get::<PgLsn>(0)?.into(), page_bytes))
}

async fn one_row(lane: &Lane, query: &'static Query) -> Result<Row, Error> {
    let rows = lane.collect_rows(query, &[]).await?;
    let found = rows.len();
    let row = rows.into_iter().next().map(|row| Row::new(row, query));
    row.ok_or(Error::RowCount { statement: query, expected: "exactly one row", found })
}
