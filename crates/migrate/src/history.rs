//! The history: the table that records which migrations are applied to a database.

use std::fmt;

use barqnet_db_sql::quote_identifier;
use chrono::{DateTime, SecondsFormat, Utc};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow, error::SqlState};

use super::{
    error::Error,
    migrations::Migrations,
    source::Step,
    tables::{IS_HISTORY, Tables},
};

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

/// The histories of the sources, in their order, each by version.
pub(super) type Histories = Vec<Vec<Applied>>;

/// Reads the histories in one round trip, which is all that a start on an up-to-date database costs. The right to read the
/// tables is enough; a source without its table has an empty history.
pub(super) async fn read_all(client: &Client, migrations: &Migrations) -> Result<Histories, Error> {
    let tables: Vec<&str> = migrations.history_tables().collect();
    match rows_of(client, &tables).await {
        Ok(histories) => histories,
        // The first run of a source creates its table.
        Err(error) if tables.len() > 1 && is_missing(&error) => {
            let mut histories = Histories::new();
            for table in tables {
                histories.push(read(client, table).await?);
            }
            Ok(histories)
        }
        Err(error) => Ok(vec![none_or_error(tables[0], &error)?]),
    }
}

/// Reads one history.
pub(super) async fn read(client: &Client, table: &str) -> Result<Vec<Applied>, Error> {
    match rows_of(client, &[table]).await {
        Ok(histories) => Ok(histories?.remove(0)),
        Err(error) => none_or_error(table, &error),
    }
}

fn is_missing(error: &tokio_postgres::Error) -> bool {
    [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN].iter().any(|code| error.code() == Some(code))
}

fn none_or_error(table: &str, error: &tokio_postgres::Error) -> Result<Vec<Applied>, Error> {
    match error.code() {
        Some(&SqlState::UNDEFINED_TABLE) => Ok(Vec::new()),
        Some(&SqlState::UNDEFINED_COLUMN) => Err(Error::ForeignHistory { table: table.to_owned() }),
        _ => Err(Error::database("cannot read the history of migrations", error)),
    }
}

async fn rows_of(client: &Client, tables: &[&str]) -> Result<Result<Histories, Error>, tokio_postgres::Error> {
    // Sorted here: in a new connection, whose caches are empty, ORDER BY takes longer than all the rest of the statement.
    let select = |(position, table): (usize, &&str)| {
        format!("SELECT version, name, applied_on, checksum, {position} FROM {table}")
    };
    let sql = tables.iter().enumerate().map(select).collect::<Vec<_>>().join(" UNION ALL ");
    let messages = client.simple_query(&sql).await?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let mut histories = vec![Vec::new(); tables.len()];
    for row in rows {
        let position: usize = row.get(4).and_then(|position| position.parse().ok()).unwrap_or_default();
        match applied(row, tables[position]) {
            Ok(applied) => histories[position].push(applied),
            Err(error) => return Ok(Err(error)),
        }
    }
    for history in &mut histories {
        history.sort_by_key(|applied| applied.version);
    }
    Ok(Ok(histories))
}

fn applied(row: &SimpleQueryRow, table: &str) -> Result<Applied, Error> {
    let text = |column: usize| row.get(column).unwrap_or_default();
    let unreadable = |column: &str, text: &str| Error::Database {
        what: "the history of migrations holds a row that no runner wrote",
        cause: format!("in the table {table} {column} is `{text}`"),
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
pub(super) fn create_table(tables: &Tables) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} \
         (version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))",
        tables.history
    )
}

/// The histories that the database has and the role may read, also of sources that the program does not know, by name.
pub(super) async fn tables(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let sql = format!(
        "SELECT c.relname::TEXT
         FROM pg_class c
         WHERE c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND {IS_HISTORY}
           AND HAS_TABLE_PRIVILEGE(c.oid, 'SELECT')
         ORDER BY c.relname COLLATE \"C\""
    );
    Ok(client.query(&sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}

/// Whether a history has a record, whatever its columns hold.
pub(super) async fn has_records(client: &Client, table: &str) -> Result<bool, Error> {
    let sql = format!("SELECT FROM {} LIMIT 1", quote_identifier(table));
    let found = client.query(&sql, &[]).await;
    found.map(|rows| !rows.is_empty()).map_err(|error| Error::database("cannot read a history of migrations", &error))
}

/// SQL that records a migration as refinery does. Its parser has accepted the name, so it needs no quoting.
pub(super) fn record(step: Step<'_>) -> String {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
    format!(
        "INSERT INTO {} (version, name, applied_on, checksum) VALUES ({}, '{}', '{now}', '{}')",
        step.source.tables.history,
        step.version(),
        step.migration.name(),
        step.migration.checksum()
    )
}

/// SQL that removes a migration's record.
pub(super) fn remove(step: Step<'_>) -> String {
    format!("DELETE FROM {} WHERE version = {}", step.source.tables.history, step.version())
}
