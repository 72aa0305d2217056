//! Distributes a database, in one transaction.

use barqnet_db_client::pool::Settings;

use super::{
    SHARDS, TABLES,
    error::Error,
    forms::{distribute_functions, set_forms},
    plan::{Plan, Shape, plan},
};
use crate::migrate::{Migrations, SchemaChange, exclude_runs};

const SHAPE: &str = include_str!("shape.sql");

/// Brings the database into the shape of docs/distribution.md, and returns the plan that it carried out. Everything happens in one
/// transaction, which copies all rows of the [`TABLES`](super::TABLES); reading and writing them waits for its end, and so do
/// migrations and other runs. It can be repeated: what is done is not done again.
///
/// The role owns the tables and can log in on each worker from the coordinator, where it may create in the schema; it need not be a
/// superuser.
///
/// # Errors
///
/// [`Error::Refused`], before anything is changed, if the database does not fit.
pub async fn distribute(settings: &Settings, migrations: &Migrations) -> Result<Plan, Error> {
    let settings = settings.clone().statement_timeout(None);
    let (mut client, _) = settings.connect_client().await?;
    let begin = client.transaction().await.map_err(Error::of("beginning"))?;
    // Another run, or a migration, may be changing the same tables and functions.
    begin.batch_execute(&exclude_runs()).await.map_err(Error::of("waiting for migrations"))?;
    let plan = plan(&settings, migrations).await?;
    if !plan.refusals.is_empty() {
        return Err(Error::Refused(plan.refusals));
    }
    if plan.is_done() {
        return Ok(plan);
    }
    let change = SchemaChange::begin(begin.client()).await?;
    let sizes = format!("SET LOCAL citus.shard_count = {SHARDS}");
    begin.batch_execute(&sizes).await.map_err(Error::of("beginning"))?;
    if plan.shape == Shape::Plain {
        let functions = distribute_functions();
        begin.batch_execute(&functions).await.map_err(Error::of("distributing the functions"))?;
    }
    let shape = SHAPE.replace("'{tables}'", &format!("'{{{}}}'", TABLES.join(", ")));
    begin.batch_execute(&shape).await.map_err(Error::of("distributing the tables"))?;
    begin.batch_execute(&set_forms()).await.map_err(Error::of("giving the functions their form for clusters"))?;
    change.record(begin.client()).await?;
    begin.commit().await.map_err(Error::of_commit)?;
    Ok(plan)
}
