//! What a migration states of the database before it runs: `-- barqnet: check SELECT …`.

use barqnet_db_sql::Check;
use tokio_postgres::{Client, types::Type};

use super::execute::{Failed, FailedCheck};

/// Runs the checks one after the other, until one is not true.
pub(super) async fn run(client: &Client, checks: &[Check]) -> Result<(), Failed> {
    for check in checks {
        let at = Some(check.offset);
        let failed = |source| Failed::Statement { source, at, at_commit: false };
        let statement = client.prepare(&check.sql).await.map_err(failed)?;
        let returned = match statement.columns() {
            [column] if *column.type_() == Type::BOOL => {
                let rows = client.query(&statement, &[]).await.map_err(failed)?;
                match rows.iter().map(|row| row.get::<_, Option<bool>>(0)).collect::<Vec<_>>()[..] {
                    [Some(true)] => continue,
                    [Some(false)] => "false".to_owned(),
                    [None] => "NULL".to_owned(),
                    [] => "no row".to_owned(),
                    [..] => format!("{} rows", rows.len()),
                }
            }
            [column] => format!("a column of type {}", column.type_()),
            [] => "nothing: it is no SELECT".to_owned(),
            columns => format!("{} columns", columns.len()),
        };
        return Err(Failed::Check(FailedCheck { sql: check.sql.clone(), at: check.offset, returned }));
    }
    Ok(())
}
