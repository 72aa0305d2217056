//! Unsafe DDL: what a migration does to tables that hold rows and serve programs.
//!
//! Each migration runs once more, statement by statement, in a transaction that is rolled back. What a statement did is read
//! from the catalogue before and after it, and from the locks that it holds: a new `relfilenode` is a rewrite, however the
//! statement is written. The text serves for the place only. Tables that the same file creates are left alone.
//!
//! ```text
//! statement ─▶ Step { before, after, locks } ─▶ rules ─▶ Finding ─▶ acceptance, size of the table ─▶ Diagnostic
//! ```

mod acceptance;
mod comment;
mod compatibility;
mod constraints;
mod finding;
mod indexes;
mod locks;
mod rewrites;
mod sequences;
mod state;
mod step;
mod transactions;

use barqnet_db_sql::{MigrationFile, statements, words};
use tokio_postgres::{Client, Error};

use self::{finding::Finding, locks::held, sequences::Sequences, state::State, step::Step};
use crate::{diagnostic::Diagnostic, migrations::File, settings::Settings};

/// What is unsafe in a migration, on a database to which it is not yet applied. One that fails is reported when it is
/// applied.
pub(crate) struct Inspection<'s> {
    settings: &'s Settings,
}

/// What is known before a migration is applied.
pub(crate) struct Before(State);

impl<'s> Inspection<'s> {
    pub(crate) fn new(settings: &'s Settings) -> Self {
        Self { settings }
    }

    /// `None` if the migration is released, or works on no existing object.
    pub(crate) async fn before(&self, file: &File, client: &Client) -> Result<Option<Before>, Error> {
        if file.name.version <= self.settings.released {
            return Ok(None);
        }
        let words = words(MigrationFile::new(&file.sql).body());
        let words: Vec<_> = words.into_iter().map(str::to_ascii_lowercase).collect();
        let names = "SELECT EXISTS (
                         SELECT FROM pg_class WHERE LOWER(relname) = ANY ($1::TEXT[]) AND oid >= 16384
                         UNION ALL
                         SELECT FROM pg_proc WHERE LOWER(proname) = ANY ($1::TEXT[]) AND oid >= 16384
                         UNION ALL
                         SELECT FROM pg_type WHERE LOWER(typname) = ANY ($1::TEXT[]) AND oid >= 16384)";
        let works_on_existing: bool = client.query_one(names, &[&words]).await?.get(0);
        if !works_on_existing {
            return Ok(None);
        }
        Ok(Some(Before(State::read(client).await?)))
    }

    /// Tries a migration that runs in a transaction.
    pub(crate) async fn try_out(
        &self,
        file: &File,
        Before(start): &Before,
        client: &Client,
    ) -> Result<Vec<Diagnostic>, Error> {
        let sequences = Sequences::read(client).await?;
        client.batch_execute("BEGIN").await?;
        let found = self.steps(file, start, client).await;
        client.batch_execute("ROLLBACK").await?;
        sequences.restore(client).await?;
        Ok(self.report(file, start, found?))
    }

    /// What a migration did that ran outside a transaction: one statement, whose locks end with it.
    pub(crate) async fn after(
        &self,
        file: &File,
        Before(start): &Before,
        client: &Client,
    ) -> Result<Vec<Diagnostic>, Error> {
        let end = State::read(client).await?;
        let statements = statements(MigrationFile::new(&file.sql).body());
        let mut found = Vec::new();
        if let Some(statement) = statements.first() {
            let none = std::collections::BTreeMap::new();
            let step = Step { statement, start, before: start, after: &end, locks_before: &none, locks: &none };
            found.extend(findings(&step));
        }
        found.extend(compatibility::findings(file, &statements, start, &end));
        Ok(self.report(file, start, found))
    }

    async fn steps(&self, file: &File, start: &State, client: &Client) -> Result<Vec<Finding>, Error> {
        let migration = MigrationFile::new(&file.sql);
        let statements = statements(migration.body());
        let mut found = Vec::new();
        let (mut before, mut locks_before) = (start.clone(), held(client).await?);
        for statement in &statements {
            match client.batch_execute(statement.text).await {
                Ok(()) => {}
                // Applying it will show the error.
                Err(error) if error.as_db_error().is_some() => return Ok(found),
                Err(error) => return Err(error),
            }
            let locks = held(client).await?;
            // Without such a lock on an existing table, no statement changes its definition.
            let changes = |(table, lock): (&u32, &locks::Lock)| {
                *lock >= locks::Lock::ShareUpdateExclusive
                    && (start.relations.contains_key(table) || start.indexes.contains_key(table))
            };
            let is_type = statement.begins_with(&["ALTER", "DOMAIN"]);
            let after = if locks.iter().any(changes) || is_type { State::read(client).await? } else { before.clone() };
            let step =
                Step { statement, start, before: &before, after: &after, locks_before: &locks_before, locks: &locks };
            found.extend(findings(&step));
            (before, locks_before) = (after, locks);
        }
        let end = State::read(client).await?;
        found.extend(compatibility::findings(file, &statements, start, &end));
        found.extend(transactions::of_file(&statements, start, &locks_before));
        found.extend(comment::findings(file, start, &locks_before));
        Ok(found)
    }

    fn report(&self, file: &File, start: &State, found: Vec<Finding>) -> Vec<Diagnostic> {
        let migration = MigrationFile::new(&file.sql);
        let base = migration.offset_of(migration.body());
        let found: Vec<_> = found.into_iter().filter_map(|finding| finding.weighed(start, self.settings)).collect();
        acceptance::apply(file, &found, base)
    }
}

/// What all rules find in one statement.
fn findings(step: &Step<'_>) -> Vec<Finding> {
    [rewrites::findings, indexes::findings, constraints::findings, transactions::findings]
        .iter()
        .flat_map(|rule| rule(step))
        .collect()
}
