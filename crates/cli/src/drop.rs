//! `drop`: deletes the database with all its data, after asking for its name.

use barqnet_db::{client::error_text::in_full, pool::Settings, tokio_postgres::Client};
use barqnet_db_sql::quote_identifier;

use crate::{
    arguments::DropFlags,
    create::OTHER,
    error::Error,
    exit::Exit,
    json,
    output::Output,
    prompt,
    units::{self, count},
};

/// Drops the database. Without `--yes` it needs a terminal to ask on.
pub(crate) async fn run(settings: &Settings, flags: &DropFlags, output: &mut Output) -> Result<Exit, Error> {
    if !flags.yes {
        prompt::require_terminal("drop", flags.json.json)?;
    }
    let name = settings.get_dbname().unwrap_or_default();
    let place = units::place(settings);
    let (client, _) = settings.clone().statement_timeout(None).dbname(OTHER).connect_client().await?;
    settings.require_writes(&client).await?;
    let connections = connections(&client, name).await.map_err(|error| failed(name, &error))?;
    if let Some(connections) = connections {
        if connections > 0 && !flags.force {
            let connections = count(usize::try_from(connections).unwrap_or_default(), "connection");
            return Err(Error::Refused(format!("{place} has {connections}: end them, or add --force")));
        }
        if !flags.yes {
            let question = format!("All data of {place} is deleted and cannot be recovered. Type {name} to drop it:");
            prompt::confirm(&question, name.to_owned(), output).await?;
        }
        let force = if flags.force { " WITH (FORCE)" } else { "" };
        let sql = format!("DROP DATABASE IF EXISTS {}{force}", quote_identifier(name));
        client.batch_execute(&sql).await.map_err(|error| failed(name, &error))?;
    }
    let dropped = connections.is_some();
    if flags.json.json {
        json::print(&json::Dropped { dropped }, output)?;
    } else {
        output.line(&format!("{place} {}", if dropped { "is dropped" } else { "does not exist" }))?;
    }
    Ok(Exit::Done)
}

/// How many connections use the database; `None` if it does not exist.
async fn connections(client: &Client, name: &str) -> Result<Option<i64>, barqnet_db::tokio_postgres::Error> {
    const SQL: &str = "SELECT (SELECT COUNT(*) FROM pg_stat_activity a WHERE a.datid = d.oid) \
                       FROM pg_database d WHERE d.datname = $1";
    Ok(client.query_opt(SQL, &[&name]).await?.map(|row| row.get(0)))
}

fn failed(name: &str, error: &barqnet_db::tokio_postgres::Error) -> Error {
    Error::Drop { name: name.to_owned(), cause: in_full(error) }
}
