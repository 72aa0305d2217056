//! Distributes a database, in one transaction.

use barqnet_db_client::pool::Settings;

use super::{
    SHARDS,
    error::Error,
    plan::{Plan, plan},
};
use crate::migrate::{Migrations, exclude_runs};

const SHAPE: &str = include_str!("shape.sql");
const FUNCTIONS: &str = include_str!("functions.sql");
const WORKERS: &str = include_str!("workers.sql");

/// The comment of each function of functions.sql, before the checksum of its body.
pub(super) const MARK: &str = "The form for clusters ";

/// The names of the functions that functions.sql defines.
pub(super) fn second_forms() -> Vec<&'static str> {
    FUNCTIONS
        .lines()
        .filter_map(|line| line.strip_prefix("CREATE OR REPLACE FUNCTION "))
        .filter_map(|line| line.split('(').next())
        .collect()
}

/// Brings the database into the shape of docs/distribution.md, and returns the plan that it carried out. Everything happens in one
/// transaction, which copies all rows of the [`TABLES`](super::TABLES); reading and writing them waits for its end, and so do
/// migrations and other runs. It can be repeated: what is done is not done again, and functions that a migration has replaced
/// get their form for clusters.
///
/// It needs the right to own these tables, and what Citus demands of a role that distributes: usually a superuser.
///
/// # Errors
///
/// [`Error::Refused`], before anything is changed, if the database does not fit.
pub async fn distribute(settings: &Settings, migrations: &Migrations) -> Result<Plan, Error> {
    let settings = settings.clone().statement_timeout(None);
    let plan = plan(&settings, migrations).await?;
    if !plan.refusals.is_empty() {
        return Err(Error::Refused(plan.refusals));
    }
    if plan.is_done() {
        return Ok(plan);
    }
    let (mut client, _) = settings.connect_client().await?;
    let begin = client.transaction().await.map_err(Error::of("beginning"))?;
    // Another run, or a migration, may be changing the same functions.
    begin.batch_execute(&exclude_runs()).await.map_err(Error::of("waiting for migrations"))?;
    let sizes = format!("SET LOCAL citus.shard_count = {SHARDS}");
    begin.batch_execute(&sizes).await.map_err(Error::of("beginning"))?;
    begin.batch_execute(SHAPE).await.map_err(Error::of("distributing the tables"))?;
    begin.batch_execute(FUNCTIONS).await.map_err(Error::of("replacing the functions"))?;
    begin.batch_execute(WORKERS).await.map_err(Error::of("copying the functions to the workers"))?;
    begin.batch_execute(&marks()).await.map_err(Error::of("marking the functions"))?;
    begin.commit().await.map_err(Error::of("committing"))?;
    Ok(plan)
}

/// SQL that marks the functions, so that one that a migration defines again is found.
fn marks() -> String {
    let names = second_forms().join("', '");
    format!(
        "DO $$
         DECLARE
             function RECORD;
         BEGIN
             FOR function IN
                 SELECT p.oid::REGPROCEDURE AS signature, MD5(p.prosrc) AS checksum
                 FROM pg_proc p
                 WHERE p.pronamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE AND p.proname IN ('{names}')
             LOOP
                 EXECUTE FORMAT('COMMENT ON FUNCTION %s IS %L', function.signature, '{MARK}' || function.checksum);
             END LOOP;
         END
         $$"
    )
}
