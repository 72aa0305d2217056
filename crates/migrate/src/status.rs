//! Which migrations are applied to a database.

use std::{collections::BTreeMap, fmt};

use barqnet_db_client::pool::Settings;
use chrono::{DateTime, Utc};

use super::{
    database::{self, connect},
    error::Error,
    history::{Applied, Histories},
    migrations::Migrations,
    source::{Source, Step},
    squash::Replaced,
};

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The name of its source, if the program has more than one.
    pub source: Option<String>,
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
    pub(super) fn known(step: Step<'_>, applied_at: Option<DateTime<Utc>>) -> Self {
        let (source, name) = (step.source.shown_name(), step.migration.name().to_owned());
        Self { source, version: step.version(), name, applied_at, known: true }
    }
}

impl fmt::Display for MigrationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}/")?;
        }
        write!(f, "V{}__{}", self.version, self.name)
    }
}

/// Every migration that the program has or that is applied to the database, by source and version. To an earlier tool's database
/// (see [`Baseline`](crate::Baseline)) none is. Reads only.
pub async fn status(settings: &Settings, migrations: &Migrations) -> Result<Vec<MigrationStatus>, Error> {
    let client = connect(settings).await?;
    Ok(listed(migrations, &database::read(&client, migrations).await?.applied))
}

pub(super) fn listed(migrations: &Migrations, applied: &Histories) -> Vec<MigrationStatus> {
    migrations.all_sources().iter().zip(applied).flat_map(|(source, applied)| of_source(source, applied)).collect()
}

fn of_source(source: &Source, applied: &[Applied]) -> impl Iterator<Item = MigrationStatus> {
    let mut all: BTreeMap<i32, MigrationStatus> =
        source.steps().map(|step| (step.version(), MigrationStatus::known(step, None))).collect();
    // The migration that replaces them stands for them.
    let squash = source.squash.as_ref().filter(|squash| squash.in_history(applied) == Replaced::All);
    let is_replaced = |version: i32| squash.is_some_and(|it| it.replaces(version) && it.version() != version);
    for Applied { version, name, at, .. } in applied.iter().filter(|applied| !is_replaced(applied.version)) {
        let unknown = || MigrationStatus {
            source: source.shown_name(),
            version: *version,
            name: name.clone(),
            applied_at: None,
            known: false,
        };
        all.entry(*version).or_insert_with(unknown).applied_at = Some(*at);
    }
    all.into_values()
}
