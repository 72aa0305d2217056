//! The values of sequences, which a transaction that is rolled back does not restore.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Error, types::Oid};

/// The last value of each sequence, and whether it was given out.
pub(super) struct Sequences(BTreeMap<Oid, (i64, bool)>);

impl Sequences {
    pub(super) async fn read(client: &Client) -> Result<Self, Error> {
        let query = "SELECT STRING_AGG(FORMAT('SELECT %s::OID, last_value, is_called FROM %s', oid, oid::REGCLASS), ' UNION ALL ')
                     FROM pg_class
                     WHERE relkind = 'S' AND relpersistence <> 't'";
        let Some(query) = client.query_one(query, &[]).await?.get::<_, Option<String>>(0) else {
            return Ok(Self(BTreeMap::new()));
        };
        let rows = client.query(query.as_str(), &[]).await?;
        Ok(Self(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()))
    }

    /// Gives each sequence the value that it had.
    pub(super) async fn restore(&self, client: &Client) -> Result<(), Error> {
        let now = Self::read(client).await?;
        for (sequence, value) in self.0.iter().filter(|(sequence, value)| now.0.get(sequence) != Some(value)) {
            client.query_one("SELECT SETVAL($1::OID::REGCLASS, $2, $3)", &[sequence, &value.0, &value.1]).await?;
        }
        Ok(())
    }
}
