//! Which migrations are applied to a database.

use std::{collections::BTreeMap, fmt};

use barqnet_db_client::pool::Settings;
use chrono::{DateTime, Utc};
use refinery::Migration;

use super::{
    database::{self, connect},
    error::Error,
    history::Applied,
    migrations::Migrations,
};

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its version.
    pub version: i32,
    /// Its name in `snake_case`.
    pub name: String,
    /// When it was applied to the database; `None` while it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    /// Whether this program has it; a newer program may have applied it.
    pub known: bool,
}

impl MigrationStatus {
    pub(super) fn known(migration: &Migration, applied_at: Option<DateTime<Utc>>) -> Self {
        Self { version: migration.version(), name: migration.name().to_owned(), applied_at, known: true }
    }
}

impl fmt::Display for MigrationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{}__{}", self.version, self.name)
    }
}

/// Every migration that the program has or that is applied to the database, by version. To an earlier tool's database
/// (see [`Baseline`](crate::Baseline)) none is. Reads only.
pub async fn status(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    let client = connect(settings).await?;
    Ok(listed(migrations, &database::read(&client, migrations).await?.applied))
}

pub(super) fn listed(migrations: &Migrations, applied: &[Applied]) -> Vec<MigrationStatus> {
    let mut all: BTreeMap<i32, MigrationStatus> =
        migrations.iter().map(|migration| (migration.version(), MigrationStatus::known(migration, None))).collect();
    for Applied { version, name, at, .. } in applied {
        let unknown = || MigrationStatus { version: *version, name: name.clone(), applied_at: None, known: false };
        all.entry(*version).or_insert_with(unknown).applied_at = Some(*at);
    }
    all.into_values().collect()
}
