//! The SQL that every contender runs: the text of the crate's generated functions.

use std::sync::LazyLock;

use crate::peer::Result;

/// The statements of the workloads, with `$1`, `$2`, … as parameters.
pub(crate) struct Statements {
    pub(crate) validate: &'static str,
    pub(crate) verify: &'static str,
    pub(crate) open: &'static str,
    pub(crate) close: &'static str,
    pub(crate) heartbeat: &'static str,
    pub(crate) nearest: &'static str,
    pub(crate) page: &'static str,
}

/// Read from `src/generated`, so that a change of the crate's SQL is one for all contenders.
pub(crate) static SQL: LazyLock<Statements> = LazyLock::new(|| Statements {
    validate: find(SESSIONS, "sessions.validate"),
    verify: VERIFY,
    open: find(CONNECTIONS, "connections.open"),
    close: find(CONNECTIONS, "connections.close"),
    heartbeat: find(CONNECTIONS, "connections.heartbeat"),
    nearest: find(LOCATIONS, "locations.nearest"),
    page: find(USERS, "users.list"),
});

const CONNECTIONS: &str = include_str!("../../../src/generated/connections.rs");
const LOCATIONS: &str = include_str!("../../../src/generated/locations.rs");
const SESSIONS: &str = include_str!("../../../src/generated/sessions.rs");
const USERS: &str = include_str!("../../../src/generated/users.rs");

/// The function of the release before, which the schema keeps: with no address it does the same work as today's, and has parameters
/// that every library can bind.
const VERIFY: &str = "SELECT verified, retry_after_seconds, refused_by FROM otp_verify_code($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
                      $11, $12, $13, $14, $15)";

/// The string literal that starts with the statement's name.
fn find(file: &'static str, name: &str) -> &'static str {
    let begin = format!("\"/* {name} */ ");
    let found = file.split_once(&begin).and_then(|(_, rest)| rest.split_once('"'));
    let (sql, _) = found.unwrap_or_else(|| panic!("src/generated has no statement {name}"));
    assert!(!sql.contains('\\'), "the literal of {name} has an escape that this reader does not know");
    sql
}

/// Fails if cornucopia's crate was generated from other statements than the crate's.
pub(crate) fn compare_cornucopia() -> Result<()> {
    const GENERATED: &str = include_str!("../cornucopia/src/queries/statements.rs");
    let one_space = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let generated = one_space(GENERATED);
    let Statements { validate, verify, open, close, heartbeat, nearest, page } = &*SQL;
    for sql in [validate, verify, open, close, heartbeat, nearest, page] {
        if !generated.contains(&format!("\"{}\"", one_space(sql))) {
            return Err(
                format!("cornucopia's crate does not have the statement {sql}: change queries/statements.sql").into()
            );
        }
    }
    Ok(())
}
