//! Metrics of statements and pools, through the facade of the crate `metrics`. The feature `metrics` adds them.
//!
//! A program installs a recorder, such as that of `metrics-exporter-prometheus`, before its first statement, and calls
//! [`describe`] once. The state of a pool is recorded by [`Pool::record_metrics`](crate::pool::Pool::record_metrics), which
//! belongs before each scrape.
//!
//! [`METRICS`] lists them. Their names, units and labels are those of OpenTelemetry's conventions for database clients where
//! these have one; Prometheus shows them with `_` in place of `.`. The number of time series is bounded: a name of a statement
//! is part of the program, an `error.type` is a SQLSTATE or a word of this crate, and no label has a parameter.

use std::{sync::Arc, time::Duration};

pub use ::metrics::Unit;
use ::metrics::{Label, SharedString, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use deadpool::managed::Status;

use super::telemetry::Telemetry;

pub(crate) const IS_ON: bool = true;

const DURATION: &str = "db.client.operation.duration";
const CONNECTIONS: &str = "db.client.connection.count";
const MAX: &str = "db.client.connection.max";
const PENDING: &str = "db.client.connection.pending_requests";
const WAIT_TIME: &str = "db.client.connection.wait_time";
const CREATE_TIME: &str = "db.client.connection.create_time";
const TIMEOUTS: &str = "db.client.connection.timeouts";
const CANCELLATIONS: &str = "barqnet_db.statement.cancellations";
const PREPARED_AGAIN: &str = "barqnet_db.statement.prepared_again";

const READS: &str = "barqnet_db.replica.reads";
const LAG: &str = "barqnet_db.replica.lag";
const USED: &str = "barqnet_db.replica.used";

const STATEMENT: &str = "db.query.summary";
const NAMESPACE: &str = "db.namespace";
const POOL: &str = "db.client.connection.pool.name";
const STATE: &str = "db.client.connection.state";
const ERROR_TYPE: &str = "error.type";

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// The present value.
    Gauge,
    /// The distribution of single values.
    Histogram,
}

/// A metric: what a dashboard or an alert can ask for.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// The name in OpenTelemetry's form.
    pub name: &'static str,
    /// What it counts.
    pub kind: Kind,
    /// The unit of its values.
    pub unit: Unit,
    /// The labels. `error.type` is only there after a failure.
    pub labels: &'static [&'static str],
    /// One sentence.
    pub description: &'static str,
}

impl Metric {
    /// Tells the recorder the unit and the description.
    pub fn describe(&self) {
        let Self { name, unit, description, .. } = *self;
        match self.kind {
            Kind::Counter => describe_counter!(name, unit, description),
            Kind::Gauge => describe_gauge!(name, unit, description),
            Kind::Histogram => describe_histogram!(name, unit, description),
        }
    }
}

/// The metrics of this crate.
pub const METRICS: [Metric; 12] = [
    Metric {
        name: DURATION,
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        labels: &["db.system.name", NAMESPACE, STATEMENT, ERROR_TYPE],
        description: "From the start of a statement to its last row; a stream's includes the time that its reader takes.",
    },
    Metric {
        name: CONNECTIONS,
        kind: Kind::Gauge,
        unit: Unit::Count,
        labels: &[POOL, STATE],
        description: "The connections of the pool, state idle or used.",
    },
    Metric {
        name: MAX,
        kind: Kind::Gauge,
        unit: Unit::Count,
        labels: &[POOL],
        description: "The maximum number of connections of the pool.",
    },
    Metric {
        name: PENDING,
        kind: Kind::Gauge,
        unit: Unit::Count,
        labels: &[POOL],
        description: "How many callers wait for a connection.",
    },
    Metric {
        name: WAIT_TIME,
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        labels: &[POOL, ERROR_TYPE],
        description: "The wait for a connection of the pool, opening or checking it included, or for a full lane.",
    },
    Metric {
        name: CREATE_TIME,
        kind: Kind::Histogram,
        unit: Unit::Seconds,
        labels: &[POOL],
        description: "Opening a connection: name lookup, TCP, TLS, authentication.",
    },
    Metric {
        name: TIMEOUTS,
        kind: Kind::Counter,
        unit: Unit::Count,
        labels: &[POOL],
        description: "Waits for a connection that ended at a time limit.",
    },
    Metric {
        name: CANCELLATIONS,
        kind: Kind::Counter,
        unit: Unit::Count,
        labels: &[POOL, "outcome"],
        description: "Statements that were cancelled because their caller gave up; outcome delivered or failed.",
    },
    Metric {
        name: PREPARED_AGAIN,
        kind: Kind::Counter,
        unit: Unit::Count,
        labels: &[STATEMENT],
        description: "Statements whose prepared form a schema change made useless.",
    },
    Metric {
        name: READS,
        kind: Kind::Counter,
        unit: Unit::Count,
        labels: &[POOL, "server"],
        description: "Reads of a pool that has replicas; server replica, or primary because no replica was current enough or it failed.",
    },
    Metric {
        name: LAG,
        kind: Kind::Gauge,
        unit: Unit::Seconds,
        labels: &[POOL],
        description: "The age of what a replica shows, to about a second; above max_replica_lag it rises until the replica has caught up.",
    },
    Metric {
        name: USED,
        kind: Kind::Gauge,
        unit: Unit::Count,
        labels: &[POOL],
        description: "1 if reads run on the replica, 0 if it lags too much, fails, was promoted or does not follow the primary.",
    },
];

/// Tells the recorder the units and descriptions of [`METRICS`]. Call it once, after installing the recorder.
pub fn describe() {
    METRICS.iter().for_each(Metric::describe);
}

pub(crate) fn statement_ended(
    telemetry: &Telemetry,
    statement: &'static str,
    took: Duration,
    error_type: Option<&str>,
) {
    let mut labels = vec![
        Label::from_static_parts("db.system.name", "postgresql"),
        label(NAMESPACE, &telemetry.namespace),
        Label::from_static_parts(STATEMENT, statement),
    ];
    labels.extend(of_error(error_type));
    histogram!(DURATION, labels).record(took);
}

pub(crate) fn waited(telemetry: &Telemetry, wait: Duration, error_type: Option<&str>) {
    let mut labels = vec![label(POOL, &telemetry.pool)];
    labels.extend(of_error(error_type));
    histogram!(WAIT_TIME, labels).record(wait);
    if error_type == Some("timed_out") {
        counter!(TIMEOUTS, vec![label(POOL, &telemetry.pool)]).increment(1);
    }
}

pub(crate) fn opened(telemetry: &Telemetry, took: Duration) {
    histogram!(CREATE_TIME, vec![label(POOL, &telemetry.pool)]).record(took);
}

pub(crate) fn cancellation_sent(telemetry: &Telemetry, is_delivered: bool) {
    let outcome = Label::from_static_parts("outcome", if is_delivered { "delivered" } else { "failed" });
    counter!(CANCELLATIONS, vec![label(POOL, &telemetry.pool), outcome]).increment(1);
}

pub(crate) fn read(telemetry: &Telemetry, is_on_replica: bool) {
    let server = Label::from_static_parts("server", if is_on_replica { "replica" } else { "primary" });
    counter!(READS, vec![label(POOL, &telemetry.pool), server]).increment(1);
}

pub(crate) fn replica_status(telemetry: &Telemetry, lag: Option<Duration>, is_used: bool) {
    if let Some(lag) = lag {
        gauge!(LAG, vec![label(POOL, &telemetry.pool)]).set(lag);
    }
    gauge!(USED, vec![label(POOL, &telemetry.pool)]).set(f64::from(u8::from(is_used)));
}

pub(crate) fn prepared_again(statement: &'static str) {
    counter!(PREPARED_AGAIN, vec![Label::from_static_parts(STATEMENT, statement)]).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a pool has far fewer connections than 2^52")]
pub(crate) fn pool_status(telemetry: &Telemetry, status: Status) {
    let pool = || label(POOL, &telemetry.pool);
    let of_state = |state| vec![pool(), Label::from_static_parts(STATE, state)];
    gauge!(CONNECTIONS, of_state("idle")).set(status.available as f64);
    gauge!(CONNECTIONS, of_state("used")).set(status.size.saturating_sub(status.available) as f64);
    gauge!(MAX, vec![pool()]).set(status.max_size as f64);
    gauge!(PENDING, vec![pool()]).set(status.waiting as f64);
}

fn label(name: &'static str, value: &Arc<str>) -> Label {
    Label::new(name, SharedString::from(Arc::clone(value)))
}

fn of_error(error_type: Option<&str>) -> Option<Label> {
    error_type.map(|error_type| Label::new(ERROR_TYPE, error_type.to_owned()))
}
