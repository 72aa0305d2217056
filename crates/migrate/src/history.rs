//! The history: the table that records which migrations are applied to a database.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use refinery::Migration;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow, error::SqlState};

use super::{error::Error, tables::HISTORY_TABLE};

/// One applied migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) version: i32,
    pub(super) name: String,
    pub(super) at: DateTime<Utc>,
    pub(super) checksum: u64,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.name)
    }
}

/// Reads the history, by version, in one round trip, which is all that a start on an up-to-date database costs. The right
/// to read the table is enough; a database without the table has an empty history.
pub(super) async fn read(client: &Client) -> Result<Vec<Applied>, Error> {
    // Sorted here: in a new connection, whose caches are empty, ORDER BY takes longer than all the rest of the statement.
    let sql = format!("SELECT version, name, applied_on, checksum FROM {HISTORY_TABLE}");
    let messages = match client.simple_query(&sql).await {
        Ok(messages) => messages,
        Err(error) => {
            return match error.code() {
                Some(&SqlState::UNDEFINED_TABLE) => Ok(Vec::new()),
                Some(&SqlState::UNDEFINED_COLUMN) => Err(Error::ForeignHistory),
                _ => Err(Error::database("cannot read the table schema_migrations", &error)),
            };
        }
    };
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let mut history: Vec<Applied> = rows.map(applied).collect::<Result<_, _>>()?;
    history.sort_by_key(|applied| applied.version);
    Ok(history)
}

fn applied(row: &SimpleQueryRow) -> Result<Applied, Error> {
    let text = |column: usize| row.get(column).unwrap_or_default();
    let unreadable = |column: &str, text: &str| Error::Database {
        what: "the table schema_migrations holds a row that no runner wrote",
        cause: format!("{column} is `{text}`"),
    };
    Ok(Applied {
        version: text(0).parse().map_err(|_| unreadable("version", text(0)))?,
        name: text(1).to_owned(),
        at: DateTime::parse_from_rfc3339(text(2)).map_err(|_| unreadable("applied_on", text(2)))?.to_utc(),
        checksum: text(3).parse().map_err(|_| unreadable("checksum", text(3)))?,
    })
}

/// SQL that creates the table as refinery does. Only under the lock: IF NOT EXISTS does not keep two sessions that
/// create one table at the same time from failing.
pub(super) fn create_table() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {HISTORY_TABLE} \
         (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))"
    )
}

/// SQL that records a migration as refinery does. Its parser has accepted the name, so it needs no quoting.
pub(super) fn record(migration: &Migration) -> String {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
    format!(
        "INSERT INTO {HISTORY_TABLE} (version, name, applied_on, checksum) VALUES ({}, '{}', '{now}', '{}')",
        migration.version(),
        migration.name(),
        migration.checksum()
    )
}

/// SQL that removes a migration's record.
pub(super) fn remove(version: i32) -> String {
    format!("DELETE FROM {HISTORY_TABLE} WHERE version = {version}")
}
