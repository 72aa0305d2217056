//! Which tables a database's migrations made, those of sources and releases that the program does not know included.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::{error::Error, fingerprint::Recorded};

/// The tables that the migrations of a database work on, as they were recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigratedTables {
    /// The tables that applied migrations name, of every source.
    pub names: BTreeSet<String>,
    /// The histories that hold a migration of which it is not known what it names, because refinery's own runner or an older
    /// release of this one applied it. A table that is not in `names` may be theirs.
    pub unknown: Vec<String>,
    /// Every history that the database has.
    pub histories: Vec<String>,
}

/// Reads which tables the migrations of a database work on, also those of a source or release that the program does not know.
/// Reads only.
pub async fn migrated_tables(client: &Client) -> Result<MigratedTables, Error> {
    let read = async {
        let recorded = Recorded::read(client).await?;
        let (names, unknown) = recorded.tables(client).await?;
        let histories = recorded.histories().to_vec();
        Ok(MigratedTables { names: names.into_iter().collect(), unknown, histories })
    };
    read.await.map_err(|error| Error::database("cannot read which tables the migrations made", &error))
}
