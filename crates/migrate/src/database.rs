//! A database as the runner sees it: connected to, compared with the program's migrations, recognised as an earlier
//! tool's.

use barqnet_db_client::pool::Settings;
use tokio_postgres::Client;

use super::{
    baseline::Recognised,
    comparison::Comparison,
    error::Error,
    history::{self, Applied},
    migrations::Migrations,
    min_version,
    tables::HISTORY_TABLE,
};

/// A connection without the limit that the settings have for requests.
pub(super) async fn connect(settings: &Settings) -> Result<Client, Error> {
    Ok(settings.clone().statement_timeout(None).connect_client().await?.0)
}

/// What is applied, and what that means for the program.
#[derive(Debug)]
pub(super) struct Database<'m> {
    pub(super) applied: Vec<Applied>,
    pub(super) comparison: Comparison<'m>,
    /// The earlier tool's database that this is, if it is one: then nothing is applied.
    pub(super) recognised: Option<Recognised>,
}

/// Compares the history with the program's migrations. One read, and a second one if the database is ahead.
pub(super) async fn compare<'m>(client: &Client, migrations: &'m Migrations) -> Result<Comparison<'m>, Error> {
    let applied = history::read(client).await?;
    compared(client, migrations, &applied).await
}

async fn compared<'m>(
    client: &Client,
    migrations: &'m Migrations,
    applied: &[Applied],
) -> Result<Comparison<'m>, Error> {
    let is_ahead = applied.iter().any(|applied| applied.version > migrations.newest());
    let min_version = if is_ahead { min_version::read(client).await? } else { 0 };
    Ok(Comparison::new(migrations, applied, min_version))
}

/// Reads the history, recognises an earlier tool's database, and compares. Never writes.
pub(super) async fn read<'m>(client: &Client, migrations: &'m Migrations) -> Result<Database<'m>, Error> {
    let history = history::read(client).await;
    if let Some(recognised) = recognise(client, migrations, &history).await? {
        let comparison = Comparison::new(migrations, &[], 0);
        return Ok(Database { applied: Vec::new(), comparison, recognised: Some(recognised) });
    }
    let applied = match history {
        // Another runner may have prepared the database between the two reads.
        Err(Error::ForeignHistory) => history::read(client).await?,
        history => history?,
    };
    let comparison = compared(client, migrations, &applied).await?;
    Ok(Database { applied, comparison, recognised: None })
}

/// Asks the baseline, unless the history shows that the first migration is applied or can't be read.
async fn recognise(
    client: &Client,
    migrations: &Migrations,
    history: &Result<Vec<Applied>, Error>,
) -> Result<Option<Recognised>, Error> {
    let (Some(baseline), Some(first)) = (migrations.baseline(), migrations.iter().next()) else { return Ok(None) };
    let may_be_earlier = match history {
        Ok(applied) => !applied.iter().any(|applied| applied.version == first.version()),
        Err(error) => matches!(error, Error::ForeignHistory),
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
    let mut tables = vec![HISTORY_TABLE];
    tables.extend(migrations.baseline().into_iter().flat_map(|baseline| baseline.tables().iter().copied()));
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
