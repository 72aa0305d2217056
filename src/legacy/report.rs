//! What could not be converted, and what was kept.

use std::time::Duration;

use barqnet_db_client::{error_text::in_full, pool::Settings};
use barqnet_db_migrate::Error;
use tokio_postgres::Client;

use super::not_valid::not_valid;

/// A report must not queue behind a session that has locked a table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Rows that violate a constraint, or whose value had to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The constraint, or the change and where the original is.
    pub what: String,
    /// The number of rows.
    pub rows: i64,
}

/// How a converted database differs from a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyReport {
    /// Constraints that older rows violate, and values that were changed.
    pub exceptions: Vec<Exception>,
    /// Columns and tables that were kept: `column users.email`, `table auth_users`.
    pub kept: Vec<String>,
}

/// Reports how a converted database differs from a new one; a new one does not. Reads only: each table with a
/// constraint that holds for new rows only is read once per such constraint.
pub async fn report(settings: &Settings) -> Result<LegacyReport, Error> {
    let (client, _) = settings.clone().statement_timeout(None).lock_timeout(LOCK_TIMEOUT).connect_client().await?;
    report_on(&client).await
}

/// [`report`] on a connection that is there already, with its limits.
pub(crate) async fn report_on(client: &Client) -> Result<LegacyReport, Error> {
    let read = async { Ok(LegacyReport { exceptions: exceptions(client).await?, kept: kept(client).await? }) };
    read.await.map_err(|error: tokio_postgres::Error| Error::Database {
        what: "cannot read what could not be converted",
        cause: in_full(&error),
    })
}

async fn exceptions(client: &Client) -> Result<Vec<Exception>, tokio_postgres::Error> {
    let mut exceptions = Vec::new();
    for constraint in not_valid(client).await? {
        let what = format!("{}: {} holds for new rows only (NOT VALID)", constraint.table, constraint.name);
        exceptions.push(Exception { what, rows: constraint.count_violations(client).await? });
    }
    exceptions.extend(changes(client).await?);
    // By table.
    exceptions.sort_by(|one, other| one.what.cmp(&other.what));
    Ok(exceptions)
}

/// Every kind of value that was changed, with the number of rows.
pub(crate) async fn changes(client: &Client) -> Result<Vec<Exception>, tokio_postgres::Error> {
    let counts = client
        .query(
            "SELECT 'SELECT FORMAT(''%s.%s was changed (%s); adoption_changes has the originals'',
                                   table_name, column_name, reason),
                            COUNT(DISTINCT row_id)
                     FROM adoption_changes WHERE what = ''changed'' GROUP BY table_name, column_name, reason'
             WHERE TO_REGCLASS('adoption_changes') IS NOT NULL",
            &[],
        )
        .await?;
    let counts: Vec<String> = counts.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = client.query(&format!("{} ORDER BY 1", counts.join(" UNION ALL ")), &[]).await?;
    rows.iter().map(|row| Ok(Exception { what: row.try_get(0)?, rows: row.try_get(1)? })).collect()
}

/// The columns and tables of the Go product that were kept and that a new database does not have.
pub(crate) async fn kept(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let exists = client.query_one("SELECT TO_REGCLASS('adoption_changes') IS NOT NULL", &[]).await?;
    if !exists.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client
        .query(
            "SELECT CASE WHEN k.column_name IS NULL THEN 'table ' || k.table_name
                         ELSE FORMAT('column %s.%s', k.table_name, k.column_name) END
             FROM adoption_changes k
             LEFT JOIN pg_attribute a ON a.attrelid = TO_REGCLASS(QUOTE_IDENT(k.table_name)) AND a.attname = k.column_name
             WHERE k.what = 'kept' AND TO_REGCLASS(QUOTE_IDENT(k.table_name)) IS NOT NULL
               AND (k.column_name IS NULL OR a.attnum IS NOT NULL)
             ORDER BY 1",
            &[],
        )
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
