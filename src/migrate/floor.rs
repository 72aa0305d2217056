//! The floor: the oldest program that may still run on a database.
//!
//! A migration that older programs could not live with says so: `-- barqnet: floor 7` turns away every program that
//! does not know V7. Without one, an older program runs on, as during a rolling deploy.

use tokio_postgres::{Client, error::SqlState};

use super::Error;
use crate::{embedded::migrations::HISTORY_TABLE, error_text::in_full};

const TABLE: &str = "schema_migration_floors";

/// What goes into the history beside the migration. The table is for everyone to read: a program asks before it knows
/// what it may do.
pub(super) fn record(version: i32, floor: i32) -> String {
    format!(
        "; CREATE TABLE IF NOT EXISTS {TABLE} (version INT4 PRIMARY KEY, floor INT4 NOT NULL); \
         GRANT SELECT ON {TABLE} TO PUBLIC; \
         INSERT INTO {TABLE} (version, floor) VALUES ({version}, {floor}) \
         ON CONFLICT (version) DO UPDATE SET floor = EXCLUDED.floor"
    )
}

/// The oldest version that a program must know; 0 where none was ever set.
pub(super) async fn read(client: &Client) -> Result<i32, Error> {
    // A floor goes with its migration, also when that is rolled back.
    let sql = format!("SELECT COALESCE(MAX(floor), 0) FROM {TABLE} JOIN {HISTORY_TABLE} USING (version)");
    match client.query_one(&sql, &[]).await {
        Ok(row) => Ok(row.get(0)),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(0),
        Err(error) => Err(Error::History { what: "cannot read how old a program may be", cause: in_full(&error) }),
    }
}
