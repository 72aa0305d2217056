//! What applied migrations require of other sources, beside the histories: so that a program which knows only the other source
//! does not roll back what they need.

use barqnet_db_sql::quote_identifier;
use tokio_postgres::{Client, error::SqlState};

use super::{error::Error, history, migrations::Migrations, source::Step, tables::REQUIREMENT_TABLE};

/// SQL that records what a migration requires; `None` if that is nothing.
pub(super) fn record(step: Step<'_>, migrations: &Migrations) -> Option<String> {
    let rows: Vec<String> = step
        .file()
        .requirements()
        .iter()
        .filter_map(|required| {
            let other = migrations.all_sources().iter().find(|source| source.name == required.source)?;
            let (table, version) = (&step.source.tables.history, step.version());
            Some(format!("('{table}', {version}, '{step}', '{}', {})", other.tables.history, required.version))
        })
        .collect();
    (!rows.is_empty()).then(|| {
        format!(
            "CREATE TABLE IF NOT EXISTS {REQUIREMENT_TABLE} (history_table TEXT NOT NULL, version INT4 NOT NULL, \
             migration TEXT NOT NULL, required_table TEXT NOT NULL, required_version INT4 NOT NULL, \
             PRIMARY KEY (history_table, version, required_table, required_version)); \
             INSERT INTO {REQUIREMENT_TABLE} (history_table, version, migration, required_table, required_version) \
             VALUES {} ON CONFLICT (history_table, version, required_table, required_version) DO NOTHING",
            rows.join(", ")
        )
    })
}

/// An applied migration of another source that requires `step`, or a newer one of its source: one that the program knows, or
/// that was recorded.
pub(super) async fn requiring(
    client: &Client,
    migrations: &Migrations,
    step: Step<'_>,
) -> Result<Option<String>, Error> {
    for source in migrations.all_sources().iter().filter(|source| source.position > step.source.position) {
        let requires = |other: &Step<'_>| {
            let required = other.file().requirements();
            required.iter().any(|it| it.source == step.source.name && it.version >= step.version())
        };
        let mut requiring = source.steps().filter(requires).peekable();
        if requiring.peek().is_none() {
            continue;
        }
        // refinery's own runner records nothing of what a migration requires.
        let applied = history::read(client, &source.tables.history).await?;
        if let Some(found) = requiring.find(|other| applied.iter().any(|it| it.version == other.version())) {
            return Ok(Some(found.to_string()));
        }
    }
    recorded(client, step).await
}

async fn recorded(client: &Client, step: Step<'_>) -> Result<Option<String>, Error> {
    let unreadable = |error| Error::database("cannot find out which migrations require the others", &error);
    let sql = format!(
        "SELECT history_table, version, migration FROM {REQUIREMENT_TABLE}
         WHERE required_table = $1 AND required_version >= $2 ORDER BY history_table, version"
    );
    let rows = match client.query(&sql, &[&step.source.tables.history, &step.version()]).await {
        Ok(rows) => rows,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    for row in rows {
        let (table, version, migration): (&str, i32, String) = (row.get(0), row.get(1), row.get(2));
        // Its row stays when it is rolled back.
        let is_applied = format!("SELECT FROM {} WHERE version = $1", quote_identifier(table));
        match client.query(&is_applied, &[&version]).await {
            Ok(found) if !found.is_empty() => return Ok(Some(migration)),
            Err(error) if error.code() != Some(&SqlState::UNDEFINED_TABLE) => return Err(unreadable(error)),
            _ => {}
        }
    }
    Ok(None)
}
