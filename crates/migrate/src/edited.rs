//! Migrations whose text was edited after they were applied, and a history that accepts the edits.

use barqnet_db_client::pool::Settings;
use barqnet_db_sql::normal_form;
use refinery::Migration;
use tokio_postgres::Client;

use super::{
    database::{connect, connect_to_write},
    error::Error,
    history::{self, Applied},
    lock,
    migrations::Migrations,
    options::MigrateOptions,
    source::Source,
    status::MigrationStatus,
};

/// An applied migration of which the program has another text under the same name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Edited {
    /// The migration.
    pub migration: MigrationStatus,
    /// The program's text. Of the one that was applied the history has the checksum only.
    pub sql: String,
    /// The table of its source's history.
    history: String,
    recorded: u64,
    checksum: u64,
}

impl Edited {
    /// The name of its file, such as `V3__add_tickets.sql`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.sql", self.name())
    }

    fn name(&self) -> String {
        format!("V{}__{}", self.migration.version, self.migration.name)
    }

    /// Whether this text is the one that was applied.
    #[must_use]
    pub fn was_applied_as(&self, text: &str) -> bool {
        let has_checksum = |text: &str| {
            let migration = Migration::unapplied(&self.name(), text);
            migration.is_ok_and(|migration| migration.checksum() == self.recorded)
        };
        // Another runner than this one records a text as it is in the file.
        has_checksum(&normal_form(text)) || has_checksum(text)
    }
}

/// The applied migrations of which the program has another text under the same name, by source and version. Reads only.
pub async fn edited(settings: &Settings, migrations: &Migrations) -> Result<Vec<Edited>, Error> {
    let client = connect(settings).await?;
    let mut edited = Vec::new();
    for source in migrations.all_sources() {
        edited.extend(compared(source, history::read(&client, &source.tables.history).await?));
    }
    Ok(edited)
}

fn compared(source: &Source, history: Vec<Applied>) -> impl Iterator<Item = Edited> {
    history.into_iter().filter_map(|applied| {
        let known = source.get(applied.version)?;
        let is_edited = known.migration.name() == applied.name && known.migration.checksum() != applied.checksum;
        is_edited.then(|| Edited {
            migration: MigrationStatus::known(known, Some(applied.at)),
            sql: known.sql().to_owned(),
            history: source.tables.history.clone(),
            recorded: applied.checksum,
            checksum: known.migration.checksum(),
        })
    })
}

/// Records that the program's texts are those that were applied: all of `edited`, or none. Nothing but the history is
/// changed, so the schema must be what the new texts make.
///
/// It takes the lock of the runner. [`Error::Unusable`] if the history has changed since `edited` was read.
pub async fn accept_edits(settings: &Settings, edited: &[Edited], options: &MigrateOptions) -> Result<(), Error> {
    let mut client = connect_to_write(settings).await?;
    lock::acquire(&client, options.max_wait_for_runner, &mut |_| {}).await?;
    update(&mut client, edited).await
}

async fn update(client: &mut Client, edited: &[Edited]) -> Result<(), Error> {
    let failed = |error: &tokio_postgres::Error| Error::database("cannot record the checksums", error);
    let transaction = client.transaction().await.map_err(|error| failed(&error))?;
    for Edited { migration, history, recorded, checksum, .. } in edited {
        let sql = format!("UPDATE {history} SET checksum = $1 WHERE version = $2 AND name = $3 AND checksum = $4");
        let (recorded, checksum) = (recorded.to_string(), checksum.to_string());
        let updated = transaction
            .execute(&sql, &[&checksum, &migration.version, &migration.name, &recorded])
            .await
            .map_err(|error| failed(&error))?;
        if updated != 1 {
            return Err(Error::Unusable(format!("the record of {migration} has changed meanwhile; look again")));
        }
    }
    transaction.commit().await.map_err(|error| failed(&error))?;
    for Edited { migration, .. } in edited {
        tracing::info!(%migration, "accepted its edited text");
    }
    Ok(())
}
