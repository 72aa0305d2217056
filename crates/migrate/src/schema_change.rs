//! A change of the schema by other means than a migration, which is no drift.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use super::{
    drift::{incomparable, parts},
    error::Error,
    fingerprint::{self, Fingerprint, Recorded},
};

/// Records a change of the schema that no migration makes and that is meant, such as the distribution of tables over machines, so
/// that [`drift`](crate::drift) reports nothing of it. What was changed by hand before is still reported.
///
/// ```no_run
/// # use barqnet_db_migrate::{Error, SchemaChange};
/// # async fn change(transaction: &tokio_postgres::Transaction<'_>) -> Result<(), Box<dyn std::error::Error>> {
/// let change = SchemaChange::begin(transaction.client()).await?;
/// transaction.batch_execute("ALTER TABLE things SET UNLOGGED").await?;
/// change.record(transaction.client()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SchemaChange {
    recorded: Recorded,
    /// What is recorded, and the schema now; `None` if they can't be compared.
    before: Option<(Fingerprint, Fingerprint)>,
}

impl SchemaChange {
    /// Reads the schema before the change. No other run may migrate between this and [`record`](Self::record): see
    /// [`exclude_runs`](crate::exclude_runs).
    pub async fn begin(client: &Client) -> Result<Self, Error> {
        let recorded = Recorded::read(client).await.map_err(|error| failed(&error))?;
        let current = recorded.current(client).await.map_err(|error| failed(&error))?;
        let live = fingerprint::live(client).await.map_err(|error| failed(&error))?;
        let before = current.filter(|current| incomparable(current, &live).is_none()).map(|current| (current, live));
        Ok(Self { recorded, before })
    }

    /// Records the schema after the change. Rolled back later, a migration leaves the schema of that moment, unless there is drift
    /// then: with drift, it is unknown until the next migration.
    pub async fn record(self, client: &Client) -> Result<(), Error> {
        let Some((recorded, before)) = &self.before else { return Ok(()) };
        let after = fingerprint::live(client).await.map_err(|error| failed(&error))?;
        let expected = expected(&recorded.catalogue, &before.catalogue, &after.catalogue);
        self.recorded.replace(client, &expected).await.map_err(|error| failed(&error))
    }
}

/// What is recorded, with each object as it is after the change, except for those that differed from what is recorded before it.
fn expected(recorded: &str, before: &str, after: &str) -> String {
    let [recorded, before, after] = [recorded, before, after].map(lines);
    let mut expected: Vec<&str> = Vec::new();
    for object in recorded.keys().chain(after.keys().filter(|object| !recorded.contains_key(*object))) {
        let had_drifted = recorded.get(object) != before.get(object);
        expected.extend(if had_drifted { recorded.get(object) } else { after.get(object) });
    }
    expected.sort_unstable();
    expected.join("\n")
}

/// The lines of a text by the object that each describes.
fn lines(catalogue: &str) -> BTreeMap<&str, &str> {
    catalogue.lines().map(|line| (parts(line).0, line)).collect()
}

fn failed(error: &tokio_postgres::Error) -> Error {
    Error::database("cannot record the change of the schema", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_expected_and_earlier_drift_stays() {
        let recorded = "column t.a: text\ncolumn t.b: text\nfunction f(): one\nindex t.i: lost\ntable t";
        let before = "column t.a: text\ncolumn t.b: integer\ncolumn t.c: added\nfunction f(): one\ntable t";
        let after = "column t.b: bigint\ncolumn t.c: added\nfunction f(): two\nindex t.new: new\ntable t";
        assert_eq!(
            expected(recorded, before, after),
            "column t.b: text\nfunction f(): two\nindex t.i: lost\nindex t.new: new\ntable t"
        );
    }
}
