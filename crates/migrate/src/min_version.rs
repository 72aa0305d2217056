//! The minimum version: the oldest program that may run on a database.
//!
//! A migration that older programs can't work with says so: after `-- barqnet: min-version 7` the runner refuses every
//! program that does not have V7. Without it, an older program goes on, as during a rolling deploy.

use tokio_postgres::{Client, error::SqlState};

use super::{
    error::Error,
    tables::{HISTORY_TABLE, MIN_VERSION_TABLE},
};

/// SQL that records a migration's minimum version beside the history. Everybody may read the table: a program asks
/// before it knows its rights.
pub(super) fn record(version: i32, min_version: i32) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {MIN_VERSION_TABLE} (version INT4 PRIMARY KEY, floor INT4 NOT NULL); \
         GRANT SELECT ON {MIN_VERSION_TABLE} TO PUBLIC; \
         INSERT INTO {MIN_VERSION_TABLE} (version, floor) VALUES ({version}, {min_version}) \
         ON CONFLICT (version) DO UPDATE SET floor = EXCLUDED.floor"
    )
}

/// The version that a program must have at least; 0 if no applied migration sets one.
pub(super) async fn read(client: &Client) -> Result<i32, Error> {
    // The join leaves out what a migration that was rolled back had set.
    let sql = format!("SELECT COALESCE(MAX(floor), 0) FROM {MIN_VERSION_TABLE} JOIN {HISTORY_TABLE} USING (version)");
    match client.query_one(&sql, &[]).await {
        Ok(row) => Ok(row.get(0)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
        Err(error) => Err(Error::database("cannot read the minimum version of programs", &error)),
    }
}
