//! What a run would do, told without doing it.

use std::{collections::BTreeSet, fmt, time::Duration};

use refinery::Migration;
use tokio_postgres::Client;

use super::{
    Conflict, Error, MigrationStatus, Migrations, applied, connect, directives::Directives, history, in_one_schema,
    is_legacy, listed, may_be_legacy, plan, plan::Plan,
};
use crate::{error_text::in_full, pool::Settings};

/// Looking must not queue behind whoever has a table locked.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// What [`migrate`](super::migrate) would do, and what stands in its way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Preview {
    /// Every migration that the program knows or the database has had, in order.
    pub migrations: Vec<MigrationStatus>,
    /// What would be applied, in this order.
    pub pending: Vec<PendingMigration>,
    /// What does not fit, whatever a policy says about it.
    pub conflicts: Vec<Conflict>,
    /// Whether the database is the Go product's: its tracking table would first be given another name.
    pub adopts: bool,
}

/// A migration that would be applied.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PendingMigration {
    /// Its number.
    pub version: i32,
    /// Its name in `snake_case`.
    pub name: String,
    /// The SQL that would run, without the one that undoes it.
    pub sql: String,
    /// What it locks, as its head comment says after `Locks:`.
    pub locks: Option<String>,
    /// Whether it runs in a transaction.
    pub in_transaction: bool,
    /// The existing tables that its SQL names, by name.
    pub tables: Vec<TableSize>,
}

/// How large a table is, without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub name: String,
    /// How many rows PostgreSQL estimates.
    pub rows: i64,
    /// Bytes on disk, indexes included; `None` while somebody has locked the table for himself.
    pub bytes: Option<i64>,
}

/// How program and database stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is nothing to do.
    UpToDate,
    /// There are migrations to apply.
    Pending,
    /// The database has had newer migrations than the program knows.
    Ahead,
    /// The database has had others than the program knows, or in another order.
    Diverged,
}

impl Preview {
    /// How program and database stand to each other. What needs a person weighs more than what a run mends.
    #[must_use]
    pub fn state(&self) -> State {
        let is_ahead = |conflict| matches!(conflict, &Conflict::Ahead { .. } | &Conflict::BelowFloor { .. });
        if !self.conflicts.iter().all(is_ahead) {
            State::Diverged
        } else if !self.conflicts.is_empty() {
            State::Ahead
        } else if !self.pending.is_empty() {
            State::Pending
        } else {
            State::UpToDate
        }
    }
}

impl fmt::Display for PendingMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UpToDate => "up to date",
            Self::Pending => "pending",
            Self::Ahead => "ahead",
            Self::Diverged => "diverged",
        })
    }
}

/// What [`migrate`](super::migrate) would do, and what stands in its way. It reads the history and the catalogue, waits
/// for nobody, and writes nothing.
pub async fn preview(settings: &Settings, migrations: &Migrations) -> Result<Preview, Error> {
    let client = connect(&settings.clone().lock_timeout(LOCK_TIMEOUT)).await?;
    let planned = plan(&client, migrations).await;
    let adopts = may_be_legacy(&planned) && is_legacy(&client).await?;
    let (plan, migrations) = if adopts {
        (Plan::new(migrations, &[], 0), listed(migrations, &[]))
    } else {
        let history = history::read(&client).await?;
        (planned?, listed(migrations, applied(&history)?))
    };
    let mut existing = Vec::new();
    if !plan.pending.is_empty() {
        in_one_schema(&client).await?;
        existing = sizes(&client).await?;
    }
    let pending = plan.pending.iter().map(|migration| pending(migration, &existing)).collect();
    Ok(Preview { migrations, pending, conflicts: plan.conflicts, adopts })
}

fn pending(migration: &Migration, sizes: &[TableSize]) -> PendingMigration {
    let sql = migration.sql().unwrap_or_default();
    let sql = sql.rsplit_once("/* rollback").map_or(sql, |(sql, _)| sql).trim();
    let words = words(sql);
    PendingMigration {
        version: migration.version(),
        name: migration.name().to_owned(),
        sql: sql.to_owned(),
        locks: locks(sql),
        in_transaction: !Directives::of(migration).no_transaction,
        tables: sizes.iter().filter(|table| words.contains(table.name.as_str())).cloned().collect(),
    }
}

async fn sizes(client: &Client) -> Result<Vec<TableSize>, Error> {
    let rows = client
        .query(
            "SELECT c.relname::TEXT,
                    CASE WHEN c.reltuples > 0 THEN c.reltuples::BIGINT ELSE PG_STAT_GET_LIVE_TUPLES(c.oid) END,
                    CASE WHEN NOT EXISTS (
                        SELECT 1 FROM pg_locks l WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock'
                    ) THEN PG_TOTAL_RELATION_SIZE(c.oid) END
             FROM pg_class c
             WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = QUOTE_IDENT(CURRENT_SCHEMA())::REGNAMESPACE
             ORDER BY c.relname",
            &[],
        )
        .await
        .map_err(|error| Error::History { what: "cannot tell how large the tables are", cause: in_full(&error) })?;
    Ok(rows.iter().map(|row| TableSize { name: row.get(0), rows: row.get(1), bytes: row.get(2) }).collect())
}

/// The paragraph of the head comment that follows `Locks:`.
fn locks(sql: &str) -> Option<String> {
    let head = sql.lines().map_while(|line| line.strip_prefix("--")).map(str::trim);
    let mut found: Option<String> = None;
    for line in head {
        match (&mut found, line.split_once("Locks: ")) {
            (None, Some((_, text))) => found = Some(text.to_owned()),
            (None, None) => {}
            (Some(_), _) if line.is_empty() || line.starts_with("barqnet: ") => break,
            (Some(text), _) => *text += &format!(" {line}"),
        }
    }
    found
}

/// The words of the SQL, without its comments; among them are the names of the tables it works on.
pub(super) fn words(sql: &str) -> BTreeSet<&str> {
    let lines = sql.lines().filter_map(|line| line.split("--").next());
    lines.flat_map(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '_'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_what_the_head_comment_says_up_to_the_end_of_its_paragraph() {
        let text = "-- Why.\n--\n-- Locks: SHARE on users\n-- for a second.\n--\n-- More.\nSELECT 1; -- Locks: none\n";
        assert_eq!(locks(text).as_deref(), Some("SHARE on users for a second."));
        assert_eq!(locks("-- Creates. Locks: nothing.\n-- barqnet: floor 2\n").as_deref(), Some("nothing."));
        assert_eq!(locks("SELECT 1;\n-- Locks: nothing"), None);
    }

    #[test]
    fn every_migration_built_in_says_what_it_locks() {
        for migration in Migrations::embedded().iter() {
            assert!(pending(migration, &[]).locks.is_some(), "{migration}");
        }
    }

    #[test]
    fn words_are_the_names_outside_comments() {
        let words = words("ALTER TABLE users -- not servers\nADD COLUMN \"x y\" TEXT;");
        assert!(["users", "x", "TEXT"].iter().all(|word| words.contains(word)) && !words.contains("servers"));
    }
}
