//! What a database has had, as it says itself.

use chrono::{DateTime, Utc};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow, error::SqlState};

use super::Error;
use crate::{embedded::migrations::HISTORY_TABLE, error_text::in_full};

/// One row of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) version: i32,
    pub(super) name: String,
    pub(super) at: DateTime<Utc>,
    pub(super) checksum: u64,
}

/// What stands where the history should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// Nothing.
    None,
    /// A table of another layout.
    OfAnotherProgram,
    /// Ours, which is refinery's.
    Ours(Vec<Applied>),
}

/// Reads the history in one round trip: it is all that a start-up on an up-to-date database costs. The right to read
/// the table is enough.
pub(super) async fn read(client: &Client) -> Result<History, Error> {
    let sql = format!("SELECT version, name, applied_on, checksum FROM {HISTORY_TABLE} ORDER BY version");
    let messages = match client.simple_query(&sql).await {
        Ok(messages) => messages,
        Err(error) => {
            return match error.code() {
                Some(&SqlState::UNDEFINED_TABLE) => Ok(History::None),
                Some(&SqlState::UNDEFINED_COLUMN) => Ok(History::OfAnotherProgram),
                _ => Err(Error::History { what: "cannot read the table schema_migrations", cause: in_full(&error) }),
            };
        }
    };
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(applied(row)),
            _ => None,
        })
        .collect::<Result<_, _>>()
        .map(History::Ours)
}

fn applied(row: &SimpleQueryRow) -> Result<Applied, Error> {
    let text = |column: usize| row.get(column).unwrap_or_default();
    let unreadable = |column: &str, text: &str| Error::History {
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

/// The history table as refinery makes it, so that its own runner agrees with it. Only under the lock: two sessions
/// that create one table at once fail in spite of IF NOT EXISTS.
pub(super) fn create_table() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {HISTORY_TABLE} \
         (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))"
    )
}
