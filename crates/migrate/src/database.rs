//! A database as the runner sees it: connected to, compared with the program's migrations, recognised as an earlier
//! tool's.

use barqnet_db_client::pool::Settings;
use tokio_postgres::Client;

use super::{
    baseline::{Baseline, Recognised},
    comparison::Comparison,
    error::Error,
    history::{self, Applied, Histories},
    migrations::Migrations,
    min_version,
    source::Source,
};

/// A connection without the limit that the settings have for requests.
pub(super) async fn connect(settings: &Settings) -> Result<Client, Error> {
    Ok(settings.clone().statement_timeout(None).connect_client().await?.0)
}

/// The same to a server that accepts writes.
pub(super) async fn connect_to_write(settings: &Settings) -> Result<Client, Error> {
    let client = connect(settings).await?;
    settings.require_writes(&client).await?;
    Ok(client)
}

/// What is applied, and what that means for the program.
#[derive(Debug)]
pub(super) struct Database<'m> {
    /// Of each source.
    pub(super) applied: Histories,
    pub(super) comparison: Comparison<'m>,
    /// The earlier tool's database that this is, if it is one: then nothing of that source is applied.
    pub(super) recognised: Option<(&'m Source, Recognised)>,
}

/// Compares the histories with the program's migrations. One read, and a second one for each source that is ahead.
pub(super) async fn compare<'m>(client: &Client, migrations: &'m Migrations) -> Result<Comparison<'m>, Error> {
    let applied = history::read_all(client, migrations).await?;
    compared(client, migrations, &applied).await
}

async fn compared<'m>(
    client: &Client,
    migrations: &'m Migrations,
    applied: &Histories,
) -> Result<Comparison<'m>, Error> {
    let mut comparison = Comparison::default();
    for (source, applied) in migrations.all_sources().iter().zip(applied) {
        let is_ahead = applied.iter().any(|applied| applied.version > source.newest());
        let min_version = if is_ahead { min_version::read(client, &source.tables).await? } else { 0 };
        comparison.add(source, applied, min_version);
    }
    Ok(comparison)
}

/// Reads the histories, recognises an earlier tool's database, and compares. Never writes.
pub(super) async fn read<'m>(client: &Client, migrations: &'m Migrations) -> Result<Database<'m>, Error> {
    let mut applied = Histories::new();
    let mut recognised = None;
    for source in migrations.all_sources() {
        let history = history::read(client, &source.tables.history).await;
        if recognised.is_none()
            && let Some(found) = recognise(client, source, &history).await?
        {
            recognised = Some((source, found));
            applied.push(Vec::new());
            continue;
        }
        applied.push(match history {
            // Another runner may have prepared the database between the two reads.
            Err(Error::ForeignHistory { table }) => history::read(client, &table).await?,
            history => history?,
        });
    }
    let comparison = compared(client, migrations, &applied).await?;
    Ok(Database { applied, comparison, recognised })
}

/// Asks the source's baseline, unless the history shows that the first migration is applied or can't be read.
async fn recognise(
    client: &Client,
    source: &Source,
    history: &Result<Vec<Applied>, Error>,
) -> Result<Option<Recognised>, Error> {
    let (Some(baseline), Some(first)) = (source.baseline.as_deref(), source.iter().next()) else { return Ok(None) };
    let may_be_earlier = match history {
        Ok(applied) => !applied.iter().any(|applied| applied.version == first.version()),
        Err(error) => matches!(error, Error::ForeignHistory { .. }),
    };
    if may_be_earlier && first.name() == baseline.first_migration() {
        Ok(baseline.recognise(client).await?)
    } else {
        Ok(None)
    }
}

/// Refuses a database with another encoding than UTF8. Migrations are written in it, and the driver sends and reads it: a
/// database with `SQL_ASCII` would count bytes where characters are meant, others lack characters.
pub async fn check_encoding(client: &Client) -> Result<(), Error> {
    let row = client
        .query_one("SELECT CURRENT_DATABASE()::TEXT, CURRENT_SETTING('server_encoding')", &[])
        .await
        .map_err(|error| Error::database("cannot find out the encoding of the database", &error))?;
    let (database, encoding): (String, String) = (row.get(0), row.get(1));
    if encoding == "UTF8" { Ok(()) } else { Err(Error::Encoding { database, encoding }) }
}

/// Refuses a `search_path` with which existing tables are found in one schema and new ones are created in another, as
/// with a role that has a schema of its own name before `public`.
pub async fn check_search_path(client: &Client, migrations: &Migrations) -> Result<(), Error> {
    let mut tables: Vec<&str> = migrations.history_tables().collect();
    let baselines = migrations.all_sources().iter().filter_map(|source| source.baseline.as_deref());
    tables.extend(baselines.flat_map(Baseline::tables).copied());
    let found = client
        .query_opt(
            "SELECT c.relname::TEXT, n.nspname::TEXT, CURRENT_SCHEMA()::TEXT
             FROM UNNEST($1::TEXT[]) AS name
             JOIN pg_class c ON c.oid = TO_REGCLASS(QUOTE_IDENT(name))
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname <> CURRENT_SCHEMA()
             ORDER BY c.relname
             LIMIT 1",
            &[&tables],
        )
        .await
        .map_err(|error| Error::database("cannot find out in which schema the tables are", &error))?;
    match found {
        Some(found) => Err(Error::OtherSchema { table: found.get(0), schema: found.get(1), current: found.get(2) }),
        None => Ok(()),
    }
}
