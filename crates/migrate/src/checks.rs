//! What a migration states of the database before it runs: `-- barqnet: check SELECT …`.

use barqnet_db_sql::{Check, Statement, statements};
use tokio_postgres::{Client, types::Type};

use super::execute::{Failed, FailedCheck};

/// Runs the checks one after the other, until one is not true.
pub(super) async fn run(client: &Client, checks: &[Check]) -> Result<(), Failed> {
    for check in checks {
        let not_true = |returned| Failed::Check(FailedCheck { sql: check.sql.clone(), at: check.offset, returned });
        let is_select =
            |statement: &Statement<'_>| ["SELECT", "WITH"].iter().any(|word| statement.begins_with(&[word]));
        if !statements(&check.sql).iter().all(is_select) {
            return Err(not_true("nothing, because it is no SELECT".to_owned()));
        }
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
            columns => format!("{} columns", columns.len()),
        };
        return Err(not_true(returned));
    }
    Ok(())
}
