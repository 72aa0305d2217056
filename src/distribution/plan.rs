//! What a database is, and what distributing it would do.

use std::fmt;

use barqnet_db_client::pool::Settings;
use tokio_postgres::Client;

use super::{
    SHARDS, TABLES,
    error::Error,
    forms::{is_current, is_distributed},
    refusal::{Refusal, of_cluster, of_schema, workers},
};
use crate::migrate::{self, Migrations};

/// Where the rows that nodes write are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All on this server, as the migrations leave them.
    Plain,
    /// On the workers of a cluster, by server.
    Distributed {
        /// Whether every function has the form for clusters: not if somebody, or refinery's own runner, has defined one again.
        is_current: bool,
    },
}

impl Shape {
    /// What a program can tell of it that is behind the database: it does not know the forms that newer migrations need.
    pub(crate) fn seen_by(self, is_behind: bool) -> Self {
        match self {
            Self::Distributed { .. } if is_behind => Self::Distributed { is_current: true },
            shape => shape,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "on one server",
            Self::Distributed { is_current: true } => "distributed by server",
            Self::Distributed { is_current: false } => {
                "distributed by server; functions lack the form for clusters: run `barqnet-db migrate`"
            }
        })
    }
}

/// One of the [`TABLES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The size of table and indexes in bytes, all of which is copied.
    pub bytes: i64,
}

/// What [`distribute`](super::distribute) would do to a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it is now.
    pub shape: Shape,
    /// The workers, as `host:port`, by name.
    pub workers: Vec<String>,
    /// The tables that would be copied to the workers; none if it is distributed.
    pub tables: Vec<Table>,
    /// Why it is refused; empty: it is not.
    pub refusals: Vec<Refusal>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.refusals.is_empty() && self.shape == Shape::Distributed { is_current: true }
    }
}

/// The bytes of tables and indexes that are copied per second. Measured: 110 MB of statistics in 4.5 s, two workers, three servers and
/// a build on two cores.
const COPIED_PER_SECOND: i64 = 20_000_000;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the rows that nodes write are {}", self.shape)?;
        for refusal in &self.refusals {
            writeln!(f, "refused: {refusal}")?;
        }
        if !self.refusals.is_empty() || self.is_done() {
            return Ok(());
        }
        if !self.tables.is_empty() {
            writeln!(f, "copies to {} by server_id, {SHARDS} shards each:", self.workers.join(", "))?;
            for Table { name, bytes } in &self.tables {
                writeln!(f, "   {name:24} {:>10} kB", bytes / 1024)?;
            }
            writeln!(f, "primary keys of connections, statistics and archive: (id, server_id) instead of (id)")?;
            writeln!(f, "foreign keys on users (username): dropped, users stays on the coordinator")?;
            writeln!(f, "trigger written_statistics_roll_up: per row instead of per statement")?;
            let bytes: i64 = self.tables.iter().map(|table| table.bytes).sum();
            writeln!(
                f,
                "locks: ACCESS EXCLUSIVE on these tables until all rows are copied, in one transaction: about {} s at {} MB per second",
                bytes / COPIED_PER_SECOND + 2,
                COPIED_PER_SECOND / 1_000_000
            )?;
        }
        writeln!(f, "functions: the forms for clusters replace those of the migrations")
    }
}

/// What [`distribute`](super::distribute) would do. Changes nothing, locks nothing, and has no time limit: it reads connections and
/// statistics, and each table that has a constraint which is NOT VALID.
///
/// # Errors
///
/// [`Error::Connect`] also if the server accepts no writes.
pub async fn plan(settings: &Settings, migrations: &Migrations) -> Result<Plan, Error> {
    let (client, _) = settings.clone().statement_timeout(None).connect_client().await?;
    settings.require_writes(&client).await?;
    let mut refusals = of_cluster(&client).await?;
    let pending = migrate::plan_on(&client, migrations).await?;
    if let Some(conflict) = pending.conflicts.first() {
        refusals.push(Refusal::Migrations(conflict.to_string()));
    } else if !pending.pending.is_empty() {
        refusals.push(Refusal::Migrations(format!("{} migrations are pending: migrate first", pending.pending.len())));
    }
    let shape = shape(&client).await?;
    let mut plan = Plan { shape, workers: Vec::new(), tables: Vec::new(), refusals };
    if !plan.refusals.is_empty() {
        return Ok(plan);
    }
    plan.workers = workers(&client).await?;
    if shape == Shape::Plain {
        plan.refusals = of_schema(&client).await?;
        plan.tables = tables(&client).await?;
    }
    Ok(plan)
}

/// Where the rows are that nodes write, in the database that a connection is to. Reads the catalogue only.
pub async fn shape(client: &Client) -> Result<Shape, Error> {
    let failed = || Error::of("looking at the shape of the database");
    if !is_distributed(client).await.map_err(failed())? {
        return Ok(Shape::Plain);
    }
    Ok(Shape::Distributed { is_current: is_current(client).await.map_err(failed())? })
}

async fn tables(client: &Client) -> Result<Vec<Table>, Error> {
    let sql = "SELECT n.name, PG_TOTAL_RELATION_SIZE(n.name::REGCLASS)
               FROM UNNEST($1::TEXT[]) WITH ORDINALITY AS n (name, position) ORDER BY n.position";
    let rows = client.query(sql, &[&&TABLES[..]]).await.map_err(Error::of("looking at the tables"))?;
    Ok(rows.iter().map(|row| Table { name: row.get(0), bytes: row.get(1) }).collect())
}
