//! What a database is, what distributing it would do, and what speaks against it.

use std::fmt;

use barqnet_db_client::pool::Settings;
use tokio_postgres::Client;

use super::{
    SHARDS, TABLES,
    error::Error,
    forms::{is_current, is_distributed},
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

/// What speaks against distributing a database, with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The extension is missing.
    NoCitus,
    /// The extension has a version before 12.
    OldCitus(String),
    /// This server is a worker of the cluster.
    IsWorker,
    /// The cluster has no worker that takes shards.
    NoWorkers,
    /// The role does not own the tables.
    Owner {
        /// The role.
        role: String,
        /// The first table that it does not own.
        table: String,
        /// The table's owner.
        owner: String,
    },
    /// The role can't work on a worker.
    Worker {
        /// The role.
        role: String,
        /// The worker, as `host:port`.
        worker: String,
        /// What the worker or the connection to it said; `None`: the role may create nothing in the schema there.
        problem: Option<String>,
    },
    /// Migrations are pending, or conflict with the program's.
    Migrations(String),
    /// A table that no migration of this crate made references one that is distributed.
    ForeignKey {
        /// The foreign key.
        name: String,
        /// Its table.
        table: String,
        /// The table that it references.
        references: String,
    },
    /// A trigger that no migration of this crate made is on a table that is distributed.
    Trigger {
        /// The trigger.
        name: String,
        /// Its table.
        table: String,
    },
    /// A unique index without `server_id` is on a table that is distributed.
    UniqueIndex {
        /// The index.
        name: String,
        /// Its table.
        table: String,
    },
    /// Two statistics rows, or a statistics row and its connection, contradict each other about the server.
    Rows(i64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCitus => write!(
                f,
                "the extension citus is not installed in it: add citus to shared_preload_libraries, run CREATE EXTENSION citus in a \
                 database of this name on each server, then citus_set_coordinator_host and citus_add_node here"
            ),
            Self::OldCitus(version) => write!(f, "Citus {version} is too old: 12 or later is needed"),
            Self::IsWorker => write!(f, "this server is a worker of the cluster: connect to the coordinator"),
            Self::NoWorkers => write!(f, "the cluster has no workers: add them with citus_add_node"),
            Self::Owner { role, table, owner } => {
                write!(f, "the role {role} does not own {table}: connect as {owner}, or as a superuser")
            }
            Self::Worker { role, worker, problem: Some(problem) } => write!(
                f,
                "the role {role} can't log in on {worker} from the coordinator: create it there, and let it in by pg_hba.conf, and \
                 .pgpass or pg_dist_authinfo: {problem}"
            ),
            Self::Worker { role, worker, problem: None } => {
                write!(f, "the role {role} may not create tables on {worker}: GRANT CREATE ON SCHEMA there")
            }
            Self::Migrations(problem) => write!(f, "{problem}"),
            Self::ForeignKey { name, table, references } => {
                write!(f, "the foreign key {name} of {table} references {references}: drop it")
            }
            Self::Trigger { name, table } => write!(f, "the trigger {name} is on {table}: drop it"),
            Self::UniqueIndex { name, table } => {
                write!(f, "the unique index {name} of {table} does not contain server_id: drop it, or add the column")
            }
            Self::Rows(rows) => write!(
                f,
                "{rows} rows of vpn_statistics belong to a connection of another server: set their connection_id to NULL"
            ),
        }
    }
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

/// What [`distribute`](super::distribute) would do. Changes nothing.
///
/// # Errors
///
/// [`Error::Connect`] also if the server accepts no writes.
pub async fn plan(settings: &Settings, migrations: &Migrations) -> Result<Plan, Error> {
    let (client, _) = settings.connect_client().await?;
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
    plan.workers = texts(&client, WORKERS).await?;
    if shape == Shape::Plain {
        plan.refusals = of_schema(&client).await?;
        plan.tables = tables(&client).await?;
    }
    Ok(plan)
}

const WORKERS: &str = "SELECT FORMAT('%s:%s', nodename, nodeport) FROM pg_dist_node
                       WHERE isactive AND shouldhaveshards AND noderole = 'primary' ORDER BY nodename, nodeport";

/// Where the rows are that nodes write, in the database that a connection is to. Reads the catalogue only.
pub async fn shape(client: &Client) -> Result<Shape, Error> {
    let failed = || Error::of("looking at the shape of the database");
    if !is_distributed(client).await.map_err(failed())? {
        return Ok(Shape::Plain);
    }
    Ok(Shape::Distributed { is_current: is_current(client).await.map_err(failed())? })
}

async fn of_cluster(client: &Client) -> Result<Vec<Refusal>, Error> {
    let failed = || Error::of("looking at the cluster");
    let version = "SELECT extversion FROM pg_extension WHERE extname = 'citus'";
    let Some(row) = client.query_opt(version, &[]).await.map_err(failed())? else {
        return Ok(vec![Refusal::NoCitus]);
    };
    let version: String = row.get(0);
    let major: u32 = version.split(['.', '-']).next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < 12 {
        return Ok(vec![Refusal::OldCitus(version)]);
    }
    let is_worker = "SELECT groupid <> 0 FROM pg_dist_local_group";
    if client.query_one(is_worker, &[]).await.map_err(failed())?.get(0) {
        return Ok(vec![Refusal::IsWorker]);
    }
    Ok(if texts(client, WORKERS).await?.is_empty() { vec![Refusal::NoWorkers] } else { Vec::new() })
}

/// What in the schema or the rows does not fit.
async fn of_schema(client: &Client) -> Result<Vec<Refusal>, Error> {
    let failed = || Error::of("looking at the schema");
    let not_owned = "SELECT CURRENT_USER::TEXT, t.relname::TEXT, PG_GET_USERBYID(t.relowner)::TEXT
                     FROM UNNEST($1::TEXT[]) WITH ORDINALITY AS n (name, position)
                     JOIN pg_class t ON t.oid = TO_REGCLASS(n.name)
                     WHERE NOT PG_HAS_ROLE(t.relowner, 'USAGE')
                     ORDER BY n.position
                     LIMIT 1";
    if let Some(row) = client.query_opt(not_owned, &[&&TABLES[..]]).await.map_err(failed())? {
        return Ok(vec![Refusal::Owner { role: row.get(0), table: row.get(1), owner: row.get(2) }]);
    }
    let mut refusals = of_workers(client).await?;
    let sql = include_str!("refusals.sql");
    for row in client.query(sql, &[&&TABLES[..]]).await.map_err(failed())? {
        let (kind, name, table, references): (String, String, String, String) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        refusals.push(match kind.as_str() {
            "foreign key" => Refusal::ForeignKey { name, table, references },
            "trigger" => Refusal::Trigger { name, table },
            _ => Refusal::UniqueIndex { name, table },
        });
    }
    let contradictions = "SELECT COUNT(*) FROM vpn_statistics s JOIN vpn_connections c ON c.id = s.connection_id
                          WHERE c.server_id <> s.server_id";
    let rows: i64 = client.query_one(contradictions, &[]).await.map_err(failed())?.get(0);
    if rows > 0 {
        refusals.push(Refusal::Rows(rows));
    }
    Ok(refusals)
}

/// What the role lacks on the workers.
async fn of_workers(client: &Client) -> Result<Vec<Refusal>, Error> {
    let sql = "SELECT CURRENT_USER::TEXT, FORMAT('%s:%s', w.nodename, w.nodeport), w.success, w.result
               FROM run_command_on_workers(FORMAT(
                   'SELECT COALESCE(HAS_SCHEMA_PRIVILEGE(TO_REGNAMESPACE(%L)::OID, ''CREATE''), TRUE)', QUOTE_IDENT(CURRENT_SCHEMA())
               )) w
               WHERE (w.success, w.result) IS DISTINCT FROM (TRUE, 't')
               ORDER BY w.nodename, w.nodeport";
    let rows = client.query(sql, &[]).await.map_err(Error::of("looking at the workers"))?;
    Ok(rows
        .iter()
        .map(|row| Refusal::Worker {
            role: row.get(0),
            worker: row.get(1),
            problem: (!row.get::<_, bool>(2)).then(|| row.get(3)),
        })
        .collect())
}

async fn tables(client: &Client) -> Result<Vec<Table>, Error> {
    let sql = "SELECT n.name, PG_TOTAL_RELATION_SIZE(n.name::REGCLASS)
               FROM UNNEST($1::TEXT[]) WITH ORDINALITY AS n (name, position) ORDER BY n.position";
    let rows = client.query(sql, &[&&TABLES[..]]).await.map_err(Error::of("looking at the tables"))?;
    Ok(rows.iter().map(|row| Table { name: row.get(0), bytes: row.get(1) }).collect())
}

async fn texts(client: &Client, sql: &str) -> Result<Vec<String>, Error> {
    let rows = client.query(sql, &[]).await.map_err(Error::of("looking at the cluster"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
