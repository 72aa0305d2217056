//! The minimum version: the oldest program that may run on a database.
//!
//! A migration that older programs can't work with says so: after `-- barqnet: min-version 7` the runner refuses every
//! program that does not have V7. Without it, an older program continues, as during a rolling deploy.

use tokio_postgres::{Client, error::SqlState};

use super::{error::Error, source::Step, tables::Tables};

/// SQL that records a migration's minimum version beside the history. Every role may read the table, because a program
/// reads it before it checks its privileges.
pub(super) fn record(step: Step<'_>, min_version: i32) -> String {
    let (table, version) = (&step.source.tables.min_versions, step.version());
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (version INT4 PRIMARY KEY, floor INT4 NOT NULL); \
         GRANT SELECT ON {table} TO PUBLIC; \
         INSERT INTO {table} (version, floor) VALUES ({version}, {min_version}) \
         ON CONFLICT (version) DO UPDATE SET floor = EXCLUDED.floor"
    )
}

/// The version that a program must have at least; 0 if no applied migration sets one.
pub(super) async fn read(client: &Client, tables: &Tables) -> Result<i32, Error> {
    // The join leaves out what a migration that was rolled back had set.
    let Tables { history, min_versions, .. } = tables;
    let sql = format!("SELECT COALESCE(MAX(floor), 0) FROM {min_versions} JOIN {history} USING (version)");
    match client.query_one(&sql, &[]).await {
        Ok(row) => Ok(row.get(0)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
        Err(error) => Err(Error::database("cannot read the minimum version of programs", &error)),
    }
}
