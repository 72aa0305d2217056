//! Runs those statements that PostgreSQL prepares without looking at them, such as `REFRESH MATERIALIZED VIEW`: a name that is
//! wrong is an error only when they run. The database is a scratch one, and empty.

use tokio_postgres::{Client, Error, error::SqlState};

use crate::{analysis::Analysed, diagnostic::Diagnostic};

/// What is tried, by its first word. CHECKPOINT and SHOW name nothing of the schema, and CALL has been analysed.
const TRIED: [&str; 6] = ["TRUNCATE", "REFRESH", "ANALYZE", "CLUSTER", "REINDEX", "VACUUM"];

/// What fails.
pub(crate) async fn check(analysed: &[Analysed<'_, '_>], client: &Client) -> Result<Vec<Diagnostic>, Error> {
    let mut found = Vec::new();
    for it in analysed.iter().filter(|it| it.tree.is_none()) {
        let (module, query) = (it.prepared.module, it.prepared.query);
        let sql = &query.flat.numbered;
        let is_tried =
            TRIED.iter().any(|word| sql.get(..word.len()).is_some_and(|first| first.eq_ignore_ascii_case(word)));
        let failure = if is_tried { failure(sql, client).await? } else { None };
        found.extend(failure.map(|error| {
            Diagnostic::from_database(&module.path, &error)
                .at(&module.text, query.sql.start)
                .note(format!("query {}.{}", module.name, query.name.text))
        }));
    }
    Ok(found)
}

/// The error of the statement, in a transaction that is rolled back if it can run in one.
async fn failure(sql: &str, client: &Client) -> Result<Option<tokio_postgres::error::DbError>, Error> {
    client.batch_execute("BEGIN").await?;
    let mut outcome = client.batch_execute(sql).await;
    client.batch_execute("ROLLBACK").await?;
    let code = outcome.as_ref().err().and_then(Error::code);
    if code == Some(&SqlState::ACTIVE_SQL_TRANSACTION) {
        outcome = client.batch_execute(sql).await;
    }
    match outcome {
        Ok(()) => Ok(None),
        // What the role may not do, the program's may.
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(None),
        Err(error) => error.as_db_error().cloned().map_or(Err(error), |error| Ok(Some(error))),
    }
}
