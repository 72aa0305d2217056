//! Applies every migration to the empty database.

use barqnet_db::{embedded, migrate, pool::Settings};

use super::narration::Narration;
use crate::{error::Error, units};

pub(super) async fn migrate(settings: &Settings, narration: &mut Narration<'_>) -> Result<(), Error> {
    narration.chapter("The schema")?;
    let applied = migrate::migrate(settings, &embedded::migrations()).await?;
    let names: Vec<&str> = applied.iter().map(|migration| migration.name.as_str()).collect();
    narration.say(&format!("{} applied: {}.", units::count(applied.len(), "migration"), names.join(", ")))?;
    Ok(())
}
