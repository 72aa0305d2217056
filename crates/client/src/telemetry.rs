//! What is shown of each statement: a tracing span with OpenTelemetry's conventions, an event if it was slow, and metrics.
//!
//! Parameters appear in none of them. Nothing is measured that nobody asked for: the clock is read only for the feature
//! `metrics` or for [`Settings::slow_statement`](crate::pool::Settings::slow_statement).

use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_postgres::error::SqlState;
use tracing::{Span, debug_span, field::Empty};

use super::{
    error::Error,
    metrics,
    pool::{self, Peer, Settings},
    query::Query,
};

/// The error type of what was dropped before its end.
const CANCELLED: &str = "cancelled";

/// What the statements of a pool have in common.
#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(crate) pool: Arc<str>,
    pub(crate) namespace: Arc<str>,
    slow_after: Option<Duration>,
}

impl Telemetry {
    pub(crate) fn of(settings: &Settings) -> Self {
        let namespace = settings.get_dbname().or(settings.get_user()).unwrap_or_default();
        Self {
            pool: settings.get_application_name().into(),
            namespace: namespace.into(),
            slow_after: settings.get_slow_statement(),
        }
    }

    /// That of a replica's pool, named after its server.
    pub(crate) fn of_replica(settings: &Settings) -> Self {
        let pool = format!("{} {}", settings.get_application_name(), settings.server_names());
        Self { pool: pool.into(), ..Self::of(settings) }
    }
}

/// How many rows a statement had.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rows {
    /// Nothing that has rows, such as BEGIN.
    None,
    Returned(u64),
    Changed(u64),
}

impl Rows {
    pub(crate) fn returned(rows: usize) -> Self {
        Self::Returned(rows as u64)
    }
}

/// A statement from its start to its last row. Dropped before it is finished, it counts as cancelled.
#[derive(Debug)]
pub(crate) struct Measured<'t> {
    telemetry: &'t Telemetry,
    statement: &'static Query,
    span: Span,
    /// `None` if nobody asks how long it took.
    start: Option<Instant>,
    rows: Rows,
    is_finished: bool,
}

impl<'t> Measured<'t> {
    pub(crate) fn start(telemetry: &'t Telemetry, statement: &'static Query) -> Self {
        let span = debug_span!(
            "statement",
            "otel.name" = statement.name,
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "db.system.name" = "postgresql",
            "db.namespace" = &*telemetry.namespace,
            "db.query.summary" = statement.name,
            "server.address" = Empty,
            "server.port" = Empty,
            "db.response.returned_rows" = Empty,
            "db.response.status_code" = Empty,
            "error.type" = Empty,
        );
        let is_timed = metrics::IS_ON || telemetry.slow_after.is_some();
        let start = is_timed.then(Instant::now);
        Self { telemetry, statement, span, start, rows: Rows::None, is_finished: false }
    }

    /// The server that it runs on.
    pub(crate) fn set_peer(&self, peer: &Peer) {
        if !self.span.is_disabled() {
            self.span.record("server.address", &*peer.name());
            self.span.record("server.port", peer.port());
        }
    }

    /// Shows nothing.
    pub(crate) fn nothing(telemetry: &'t Telemetry, statement: &'static Query) -> Self {
        Self { telemetry, statement, span: Span::none(), start: None, rows: Rows::None, is_finished: true }
    }

    /// The span, for what runs in it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn set_rows(&mut self, rows: Rows) {
        self.rows = rows;
    }

    /// Counts a row that has arrived.
    pub(crate) fn add_row(&mut self) {
        let before = if let Rows::Returned(rows) = self.rows { rows } else { 0 };
        self.rows = Rows::Returned(before + 1);
    }

    /// Ends it. What follows, such as its drop, changes nothing.
    pub(crate) fn finish(&mut self, error: Option<&Error>) {
        self.end(error.map(error_type), error.and_then(Error::sqlstate).map(SqlState::code));
    }

    fn end(&mut self, error_type: Option<&str>, sqlstate: Option<&str>) {
        if mem::replace(&mut self.is_finished, true) {
            return;
        }
        let took = self.start.map(|start| start.elapsed());
        // Dropped at the end of this function, which closes it although the call's owner may live on.
        let span = mem::replace(&mut self.span, Span::none());
        if !span.is_disabled() {
            if let Rows::Returned(rows) = self.rows {
                span.record("db.response.returned_rows", rows);
            }
            if let Some(code) = sqlstate {
                span.record("db.response.status_code", code);
            }
            record_error(&span, error_type);
        }
        let Some(took) = took else { return };
        if self.telemetry.slow_after.is_some_and(|limit| took >= limit) {
            let (returned, changed) = match self.rows {
                Rows::None => (None, None),
                Rows::Returned(rows) => (Some(rows), None),
                Rows::Changed(rows) => (None, Some(rows)),
            };
            span.in_scope(|| {
                tracing::warn!(
                    "db.query.summary" = self.statement.name,
                    ?took,
                    "db.response.returned_rows" = returned,
                    changed_rows = changed,
                    "error.type" = error_type,
                    "slow statement"
                );
            });
        }
        metrics::statement_ended(self.telemetry, self.statement.name, took, error_type);
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        self.end(Some(CANCELLED), None);
    }
}

/// The wait for a connection of the pool, or for a place on its lane, opening the connection included. Dropped before it is finished, it counts as cancelled.
#[derive(Debug)]
pub(crate) struct Wait<'t> {
    telemetry: &'t Telemetry,
    span: Span,
    start: Option<Instant>,
    is_finished: bool,
}

impl<'t> Wait<'t> {
    /// `name` is that of its span.
    pub(crate) fn start(telemetry: &'t Telemetry, name: &'static str) -> Self {
        let span = debug_span!(
            "connection",
            "otel.name" = name,
            "otel.status_code" = Empty,
            "db.system.name" = "postgresql",
            "db.namespace" = &*telemetry.namespace,
            "db.client.connection.pool.name" = &*telemetry.pool,
            "error.type" = Empty,
        );
        Self { telemetry, span, start: metrics::IS_ON.then(Instant::now), is_finished: false }
    }

    /// The span, for what runs in it.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn finish(mut self, error: Option<&pool::Error>) {
        self.end(error.map(pool::Error::kind));
    }

    fn end(&mut self, error_type: Option<&str>) {
        if mem::replace(&mut self.is_finished, true) {
            return;
        }
        record_error(&self.span, error_type);
        if let Some(start) = self.start {
            metrics::waited(self.telemetry, start.elapsed(), error_type);
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.end(Some(CANCELLED));
    }
}

fn record_error(span: &Span, error_type: Option<&str>) {
    if let Some(error_type) = error_type {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", error_type);
    }
}

/// The SQLSTATE of PostgreSQL's own errors, a name of this crate's for the others. A program meets few of them.
fn error_type(error: &Error) -> &str {
    match error {
        Error::Database { source, .. } => source.code().map_or("database", |code| code.code()),
        Error::Connection { .. } => "connection",
        Error::Parameter { .. } => "parameter",
        Error::Encode { .. } => "encode",
        Error::Changed { .. } => "changed",
        Error::Decode { .. } => "decode",
        Error::TimedOut { .. } => "timed_out",
        Error::RolledBack { .. } => "rolled_back",
        Error::CommitUnknown { .. } => "commit_unknown",
        Error::TransactionEnded { .. } => "transaction_ended",
        Error::Overrun { .. } => "overrun",
        Error::RowCount { .. } => "row_count",
        Error::Cursor { .. } => "cursor",
        Error::NoConnection { source, .. } => source.kind(),
        Error::NeedsClient { .. } => "needs_client",
    }
}
