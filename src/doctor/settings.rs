//! The settings that statements, functions and migrations rely on.

use barqnet_db_client::pool::SESSION_SETTINGS;
use barqnet_db_sql::quote_identifier;
use tokio_postgres::Client;

use super::finding::{CheckResult, Finding};

/// Only a superuser can set it. With another value triggers and foreign keys do nothing, and usage is not rolled up.
const TRIGGERS: (&str, &str) = ("session_replication_role", "origin");

/// Whether this session has what the crate sets at the start of each session. A pooler can drop it; the role, the database or
/// the server then decides.
pub(super) async fn of_session(client: &Client) -> CheckResult {
    // The time zone has a finding of its own.
    let expected = SESSION_SETTINGS.into_iter().chain([TRIGGERS]).filter(|(name, _)| *name != "TimeZone");
    let (names, values): (Vec<&str>, Vec<&str>) = expected.unzip();
    let rows = client
        .query(
            "SELECT e.name, e.value, CURRENT_SETTING(e.name, TRUE), CURRENT_USER::TEXT
             FROM UNNEST($1::TEXT[], $2::TEXT[]) WITH ORDINALITY AS e (name, value, place)
             WHERE COALESCE(CURRENT_SETTING(e.name, TRUE), e.value) <> e.value
             ORDER BY e.place",
            &[&names, &values],
        )
        .await?;
    if rows.is_empty() {
        return Ok(vec![Finding::ok("sessions run at READ COMMITTED, with the other settings that SQL relies on")]);
    }
    Ok(rows
        .iter()
        .map(|row| {
            let (name, value, found, role): (&str, &str, &str, &str) = (row.get(0), row.get(1), row.get(2), row.get(3));
            let alter = format!("ALTER ROLE {} SET {name} = '{value}'", quote_identifier(role));
            Finding::warning(
                format!("{name} of this session is {found} instead of {value}"),
                format!("find the pooler or proxy that drops the start-up options; or {alter}"),
            )
        })
        .collect())
}
