//! `migrate`: applies the pending migrations.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use barqnet_db::{
    embedded,
    legacy::GoProduct,
    migrate::{self, MigrateOptions, Migrations},
    pool::Settings,
};

use crate::{
    error::{Error, Exit},
    output::{self, Output},
    progress::Bar,
    units,
};

/// The files in the Go product's `migrations/`; V2 to V4 make the same changes.
const GO_FILES: [&str; 3] = ["002_add_phone_auth.sql", "003_add_statistics.sql", "004_add_locations.sql"];

/// Applies the pending migrations and lists them.
pub(crate) async fn run(settings: &Settings, folder: Option<PathBuf>, output: &mut Output) -> Result<Exit, Error> {
    let migrations = migrations(folder.as_deref())?;
    let started = Instant::now();
    let bar = Bar::new(&units::place(settings));
    let result =
        migrate::migrate_observed(settings, &migrations, &MigrateOptions::default(), &mut |step| bar.show(&step)).await;
    drop(bar);
    let applied = result?;
    for migration in &applied {
        output.line(&format!("applied {migration}"))?;
    }
    let place = units::place(settings);
    if applied.is_empty() {
        output.line(&format!("up to date: nothing to apply to {place}"))?;
    } else {
        let (what, time) = (units::count(applied.len(), "migration"), units::elapsed(started.elapsed()));
        output.line(&format!("{what} applied to {place} in {time}"))?;
    }
    Ok(Exit::Done)
}

/// The folder's migrations, or the built-in ones.
pub(crate) fn migrations(folder: Option<&Path>) -> Result<Migrations, Error> {
    match folder {
        None => Ok(embedded::migrations()),
        Some(folder) if is_go_folder(folder) => {
            let note = "contains the Go tool's migrations; using the built-in ones, which replace them";
            output::note(&format!("{} {note}", folder.display()));
            Ok(embedded::migrations())
        }
        Some(folder) => Ok(Migrations::from_folder(folder)?.with_baseline(GoProduct)),
    }
}

/// Whether all SQL files of the folder are the Go product's. A folder with any other SQL file is read as it is, so that a
/// wrong file name is an error.
fn is_go_folder(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut sql =
        names.filter(|name| Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"))).peekable();
    sql.peek().is_some() && sql.all(|name| GO_FILES.contains(&name.as_str()))
}
