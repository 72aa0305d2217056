//! `create`: creates the database, unless it exists.

use barqnet_db::{
    client::error_text::in_full,
    pool::{self, Settings},
    tokio_postgres::error::SqlState,
};
use barqnet_db_sql::quote_identifier;

use crate::{arguments::CreateFlags, error::Error, exit::Exit, json, output::Output, units};

/// The database to connect to while another one is created or dropped; every server has it.
pub(crate) const OTHER: &str = "postgres";

/// Creates an empty database with the encoding UTF8, which migrations need.
pub(crate) async fn run(settings: &Settings, flags: &CreateFlags, output: &mut Output) -> Result<Exit, Error> {
    let created = match settings.connect_client().await {
        Ok(_) => false,
        Err(pool::Error::UnknownDatabase { .. }) => create(settings).await?,
        Err(error) => return Err(error.into()),
    };
    let place = units::place(settings);
    if flags.json.json {
        json::print(&json::Created { created }, output)?;
    } else if created {
        output.line(&format!("{place} is created"))?;
    } else {
        output.line(&format!("{place} exists already"))?;
    }
    Ok(Exit::Done)
}

/// `false` if another process has created it meanwhile.
async fn create(settings: &Settings) -> Result<bool, Error> {
    let name = settings.get_dbname().unwrap_or_default();
    let (client, _) = settings.clone().statement_timeout(None).dbname(OTHER).connect_client().await?;
    settings.require_writes(&client).await?;
    let sql = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", quote_identifier(name));
    match client.batch_execute(&sql).await {
        Ok(()) => Ok(true),
        Err(error)
            if [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION]
                .iter()
                .any(|code| error.code() == Some(code)) =>
        {
            Ok(false)
        }
        Err(error) => Err(Error::Create { name: name.to_owned(), cause: in_full(&error) }),
    }
}
