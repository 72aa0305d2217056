//! What speaks against distributing a database.

use std::fmt;

use tokio_postgres::Client;

use super::{TABLES, error::Error};
use crate::legacy::not_valid;

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
    /// A foreign key that no migration of this crate made is on a table that is distributed, or references one.
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
    /// An index without `server_id`, which is unique or of an exclusion constraint, is on a table that is distributed.
    UniqueIndex {
        /// The index.
        name: String,
        /// Its table.
        table: String,
    },
    /// Two statistics rows, or a statistics row and its connection, contradict each other about the server.
    Rows(i64),
    /// The number of statistics rows whose connection does not exist, as some databases of the Go product have them.
    MissingConnections(i64),
    /// Rows violate a check that holds for new rows only (`NOT VALID`), and so does each copy of them.
    Violations {
        /// The check.
        constraint: String,
        /// Its table.
        table: String,
        /// The number of rows.
        rows: i64,
        /// The statement that lists them.
        select: String,
    },
}

/// The condition of statistics, called `s`, whose connection does not exist.
const WITHOUT_CONNECTION: &str = "WHERE s.connection_id IS NOT NULL \
                                  AND NOT EXISTS (SELECT FROM vpn_connections c WHERE c.id = s.connection_id)";

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
                write!(f, "the index {name} of {table} does not contain server_id: drop it, or add the column")
            }
            Self::Rows(rows) => write!(
                f,
                "{rows} rows of vpn_statistics belong to a connection of another server: set their connection_id to NULL"
            ),
            Self::MissingConnections(rows) => write!(
                f,
                "{rows} rows of vpn_statistics name a connection that does not exist: run UPDATE vpn_statistics s SET connection_id = \
                 NULL {WITHOUT_CONNECTION}"
            ),
            Self::Violations { constraint, table, rows, select } => write!(
                f,
                "{rows} rows of {table} violate the constraint {constraint}, which holds for new rows only: correct or delete them; \
                 {select} lists them"
            ),
        }
    }
}

pub(super) async fn of_cluster(client: &Client) -> Result<Vec<Refusal>, Error> {
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
    Ok(if workers(client).await?.is_empty() { vec![Refusal::NoWorkers] } else { Vec::new() })
}

/// What in the schema or the rows does not fit.
pub(super) async fn of_schema(client: &Client) -> Result<Vec<Refusal>, Error> {
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
    refusals.extend(of_rows(client).await.map_err(Error::of("looking at the rows"))?);
    Ok(refusals)
}

/// The rows that don't fit. Reads whole tables.
async fn of_rows(client: &Client) -> Result<Vec<Refusal>, tokio_postgres::Error> {
    let mut refusals = Vec::new();
    let contradictions = "SELECT COUNT(*) FROM vpn_statistics s JOIN vpn_connections c ON c.id = s.connection_id
                          WHERE c.server_id <> s.server_id";
    let rows: i64 = client.query_one(contradictions, &[]).await?.get(0);
    if rows > 0 {
        refusals.push(Refusal::Rows(rows));
    }
    let missing = format!("SELECT COUNT(*) FROM vpn_statistics s {WITHOUT_CONNECTION}");
    let rows: i64 = client.query_one(&missing, &[]).await?.get(0);
    if rows > 0 {
        refusals.push(Refusal::MissingConnections(rows));
    }
    // A foreign key needs no look: those on users are dropped, and no other one is left here.
    for check in not_valid(client).await?.into_iter().filter(|constraint| constraint.is_check) {
        if TABLES.contains(&check.table.as_str()) {
            let rows = check.count_violations(client).await?;
            if rows > 0 {
                let select = format!("SELECT * {}", check.violations_clause());
                refusals.push(Refusal::Violations { constraint: check.name, table: check.table, rows, select });
            }
        }
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

/// The workers that take shards, as `host:port`, by name.
pub(super) async fn workers(client: &Client) -> Result<Vec<String>, Error> {
    let sql = "SELECT FORMAT('%s:%s', nodename, nodeport) FROM pg_dist_node
               WHERE isactive AND shouldhaveshards AND noderole = 'primary' ORDER BY nodename, nodeport";
    let rows = client.query(sql, &[]).await.map_err(Error::of("looking at the cluster"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
