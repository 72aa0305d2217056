//! Metrics: what the domain modules decide, and the state of the schema. The feature `metrics` adds them.
//!
//! They go to the recorder that the program installs for the crate `metrics`, such as that of `metrics-exporter-prometheus`.
//! Install it and call [`describe`] before the first statement. Before each scrape call [`record`], and once an hour
//! [`record_drift`]:
//!
//! ```no_run
//! # async fn example(pool: &barqnet_db::pool::Pool) -> Result<(), barqnet_db::Error> {
//! barqnet_db::metrics::describe();
//! barqnet_db::metrics::record(pool).await?;
//! # Ok(()) }
//! ```
//!
//! [`METRICS`] lists those of this crate, [`client::metrics::METRICS`](crate::client::metrics::METRICS) those of statements and
//! pools. Counters count in this process, when the database has decided: also what a transaction of the caller's rolls back later.
//! No label has a name, a number, an address or another parameter.

use ::metrics::{Label, counter, gauge};
use barqnet_db_client::metrics::{self as client_metrics, Kind, Metric, Unit};

use crate::{
    Error, embedded, migrate,
    otp::Purpose,
    pool::Pool,
    queries::monitoring::{count_active_connections, migration_status},
};

const OTP_SENDS: &str = "barqnet_db.otp.sends";
const OTP_VERIFICATIONS: &str = "barqnet_db.otp.verifications";
const PASSWORD_SIGN_INS: &str = "barqnet_db.passwords.sign_ins";
const PASSWORD_ROUNDS: &str = "barqnet_db.passwords.rounds";
const SESSION_OPENINGS: &str = "barqnet_db.sessions.openings";
const SESSION_ROTATIONS: &str = "barqnet_db.sessions.rotations";
const CONNECTION_OPENINGS: &str = "barqnet_db.connections.openings";
const LIVE_CONNECTIONS: &str = "barqnet_db.connections.live";
const UP: &str = "barqnet_db.database.up";
const APPLIED: &str = "barqnet_db.migrations.applied_version";
const PENDING: &str = "barqnet_db.migrations.pending";
const DRIFT: &str = "barqnet_db.migrations.drift";

/// The metrics of this crate.
pub const METRICS: [Metric; 12] = [
    counted(
        OTP_SENDS,
        &["purpose", "outcome", "limit"],
        "Requests for a code; outcome sent, or refused by a limit: closed, lock, cool_down, hour, day, country, prefix_unverified or the name of a budget.",
    ),
    counted(
        OTP_VERIFICATIONS,
        &["purpose", "outcome", "limit"],
        "Verifications of a code; outcome verified, invalid, or refused by a limit: closed, lock, verify_address or verify_network.",
    ),
    counted(
        PASSWORD_SIGN_INS,
        &["outcome", "limit"],
        "Sign-ins with a password; outcome signed_in, wrong, unusable, device_not_registered or limit_reached, or refused by a limit: closed, lock, password_address, password_network or waiting.",
    ),
    counted(PASSWORD_ROUNDS, &[], "Rounds of bcrypt that were computed: 4,096 per password at the default cost."),
    counted(
        SESSION_OPENINGS,
        &["outcome"],
        "Openings of a session; outcome created, unusable, device_not_registered, limit_reached, password_changed or token_in_use.",
    ),
    counted(
        SESSION_ROTATIONS,
        &["outcome"],
        "Replacements of a session's token; outcome rotated, concurrent, reused, invalid or token_in_use.",
    ),
    counted(
        CONNECTION_OPENINGS,
        &["outcome"],
        "Openings of a VPN connection; outcome opened, user_inactive, plan_ended, location_not_allowed, over_quota, device_not_registered, limit_reached, unknown_server, server_full, outdated or conflict.",
    ),
    recorded(LIVE_CONNECTIONS, "Live VPN connections in the whole database."),
    recorded(UP, "1 if the database answered the last time that it was asked, otherwise 0."),
    recorded(APPLIED, "The newest migration that is applied to the database."),
    recorded(PENDING, "How many migrations of this build are not applied."),
    recorded(DRIFT, "How many objects of the schema are not as the migrations made them; NaN if that is unknown."),
];

const fn counted(name: &'static str, labels: &'static [&'static str], description: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit: Unit::Count, labels, description }
}

const fn recorded(name: &'static str, description: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Count, labels: &[], description }
}

/// Tells the recorder the units and descriptions of all metrics, those of statements and pools included.
pub fn describe() {
    client_metrics::describe();
    METRICS.iter().for_each(Metric::describe);
}

/// Records the state of the pool, the number of live connections, and which migrations are applied: one connection and two
/// statements that read little. If the database doesn't answer, `barqnet_db.database.up` is 0 and what it would have said
/// stays as it was.
pub async fn record(pool: &Pool) -> Result<(), Error> {
    pool.record_metrics();
    let recorded = record_database(pool).await;
    gauge!(UP).set(if recorded.is_ok() { 1.0 } else { 0.0 });
    recorded
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer connections and migrations than 2^52")]
async fn record_database(pool: &Pool) -> Result<(), Error> {
    let client = pool.get().await?;
    let live = count_active_connections().bind(&client).one().await?;
    gauge!(LIVE_CONNECTIONS).set(live as f64);
    let applied = migration_status().bind(&client).map(|migration| migration.version).all().await?;
    gauge!(APPLIED).set(applied.last().copied().unwrap_or(0));
    let pending = embedded::migrations().versions().filter(|version| !applied.contains(version)).count();
    gauge!(PENDING).set(pending as f64);
    Ok(())
}

/// Compares the schema with what the migrations made, and records the number of differences. It reads the whole catalogue:
/// once an hour, not for each scrape.
#[expect(clippy::cast_precision_loss, reason = "there are far fewer objects than 2^52")]
pub async fn record_drift(pool: &Pool) -> Result<(), migrate::Error> {
    let client = pool.get().await?;
    let differences = match migrate::drift(client.unguarded()).await? {
        migrate::Drift::None => 0.0,
        migrate::Drift::Unknown(_) => f64::NAN,
        migrate::Drift::Found(differences) => differences.len() as f64,
    };
    gauge!(DRIFT).set(differences);
    Ok(())
}

pub(crate) fn otp_sent(purpose: Purpose, outcome: &'static str, refused_by: Option<String>) {
    count(OTP_SENDS, of_code(purpose, outcome, refused_by));
}

pub(crate) fn otp_verified(purpose: Purpose, outcome: &'static str, refused_by: Option<String>) {
    count(OTP_VERIFICATIONS, of_code(purpose, outcome, refused_by));
}

fn of_code(purpose: Purpose, outcome: &'static str, refused_by: Option<String>) -> Vec<Label> {
    let labels = [Label::from_static_parts("purpose", purpose.as_str()), of(outcome)];
    labels.into_iter().chain(refused_by.map(|limit| Label::new("limit", limit))).collect()
}

#[cfg(feature = "passwords")]
pub(crate) fn password_sign_in(outcome: &'static str, refused_by: Option<String>) {
    let limit = refused_by.map(|limit| Label::new("limit", limit));
    count(PASSWORD_SIGN_INS, [of(outcome)].into_iter().chain(limit).collect());
}

#[cfg(feature = "passwords")]
pub(crate) fn password_computed(rounds: u64) {
    counter!(PASSWORD_ROUNDS).increment(rounds);
}

pub(crate) fn session_opened(outcome: &'static str) {
    count(SESSION_OPENINGS, vec![of(outcome)]);
}

pub(crate) fn session_rotated(outcome: &'static str) {
    count(SESSION_ROTATIONS, vec![of(outcome)]);
}

pub(crate) fn connection_opened(outcome: &'static str) {
    count(CONNECTION_OPENINGS, vec![of(outcome)]);
}

fn of(outcome: &'static str) -> Label {
    Label::from_static_parts("outcome", outcome)
}

fn count(name: &'static str, labels: Vec<Label>) {
    counter!(name, labels).increment(1);
}
