//! The schema: every migration, on an empty database.

use barqnet_db::{embedded, migrate, pool::Settings};

use super::story::Story;
use crate::{error::Error, units};

pub(super) async fn migrate(settings: &Settings, story: &mut Story) -> Result<(), Error> {
    story.chapter("The schema")?;
    let applied = migrate::migrate(settings, &embedded::migrations()).await?;
    let names: Vec<&str> = applied.iter().map(|migration| migration.name.as_str()).collect();
    story.say(&format!("{} applied: {}.", units::count(applied.len(), "migration"), names.join(", ")))?;
    Ok(())
}
