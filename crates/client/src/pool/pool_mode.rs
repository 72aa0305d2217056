//! What a pooler between the program and the server means for a connection.

use super::startup::SESSION_SETTINGS;

/// What lies between the program and the server: nothing or a pooler that gives each connection a session of its own, or
/// a pooler that gives each transaction another one. The values are pgbouncer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PoolMode {
    /// A connection has one session until it ends.
    #[default]
    Session,
    /// Each transaction may run in another session, which other programs use before and after it.
    ///
    /// Nothing is left in a session then: statements are not prepared for later, and every transaction begins with the
    /// [`SESSION_SETTINGS`] and the limits. A statement outside a transaction gets one of its own, in the same round trip.
    ///
    /// The columns of a result are compared with the build when its first row arrives, and not before the statement runs. The
    /// statements of a [`Lane`](super::Lane) run on clients of the pool.
    ///
    /// What needs a session does not work: `LISTEN`, `SET` without `LOCAL`, session-level advisory locks, temporary tables.
    /// The driver's own client ([`Settings::connect_client`](super::Settings::connect_client)), and with it migrations, are
    /// refused. While a COPY runs on a client, nothing else may.
    Transaction,
}

impl PoolMode {
    pub(super) const NAMES: [(&str, Self); 2] = [("session", Self::Session), ("transaction", Self::Transaction)];

    /// The name in a URL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
        }
    }
}

/// What the first message of a transaction sets behind a pooler that shares sessions.
pub(super) fn local_settings(limits: &[(&str, i32)]) -> String {
    let limits = limits.iter().map(|(name, millis)| format!("; SET LOCAL {name} = {millis}"));
    let settings = SESSION_SETTINGS.iter().map(|(name, value)| format!("; SET LOCAL {name} = '{value}'"));
    limits.chain(settings).collect()
}
