//! `migrate`: applies the pending migrations.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use barqnet_db::{
    distribution::ClusterForms,
    embedded,
    legacy::GoProduct,
    migrate::{self, HISTORY_TABLE, MigrateOptions, MigratePolicy, Migrations, OnAhead, OnConflict, Progress},
    pool::Settings,
};

use crate::{
    arguments::{FolderFlag, MigrateFlags},
    error::Error,
    exit::Exit,
    json,
    output::{self, Output},
    program,
    progress::Bar,
    sources, stopping, units,
};

/// The files in the Go product's `migrations/`; V2 to V4 make the same changes.
const GO_FILES: [&str; 3] = ["002_add_phone_auth.sql", "003_add_statistics.sql", "004_add_locations.sql"];

/// Applies the pending migrations and lists them.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &MigrateFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    let migrations = migrations(&flags.folder, built_in)?;
    let started = Instant::now();
    let bar = Bar::new(&units::place(settings));
    let mut applied: Vec<(String, Duration)> = Vec::new();
    let result = migrate::migrate_observed(settings, &migrations, &options(flags), &mut |step| {
        bar.show(&step);
        match step {
            Progress::Started { migration, .. } => stopping::now_leaves(format!(
                "{migration} was running; `{} status` shows what is applied, and the next run continues",
                program::name()
            )),
            Progress::Applied { migration, took } => applied.push((migration, took)),
            _ => {}
        }
    })
    .await;
    drop(bar);
    let took = started.elapsed();
    if flags.json.json {
        json::print(&json::Migrated::of(&applied, took, result.as_ref().err()), output)?;
    }
    result?;
    if flags.json.json {
        return Ok(Exit::Done);
    }
    for (migration, _) in &applied {
        output.line(&format!("applied {migration}"))?;
    }
    let place = units::place(settings);
    if applied.is_empty() {
        output.line(&format!("up to date: nothing to apply to {place}"))?;
    } else {
        let (what, time) = (units::count(applied.len(), "migration"), units::elapsed(took));
        output.line(&format!("{what} applied to {place} in {time}"))?;
    }
    Ok(Exit::Done)
}

fn options(flags: &MigrateFlags) -> MigrateOptions {
    let if_accepted = |accepted| if accepted { OnConflict::Accept } else { OnConflict::Refuse };
    let policy = MigratePolicy {
        ahead: if flags.refuse_ahead { OnAhead::Refuse } else { OnAhead::Warn },
        unknown: if_accepted(flags.accept_unknown),
        late: if_accepted(flags.accept_late),
    };
    MigrateOptions { to: flags.to.clone(), policy, ..flags.limits.options() }
}

/// The folder's migrations, or the program's, and then those of the sources.
pub(crate) fn migrations(flag: &FolderFlag, built_in: &Migrations) -> Result<Migrations, Error> {
    sources::chained(first(flag.folder.as_deref(), built_in)?, &flag.sources)
}

fn first(folder: Option<&Path>, built_in: &Migrations) -> Result<Migrations, Error> {
    match folder {
        None => Ok(built_in.clone()),
        Some(folder) if is_go_folder(folder) => {
            let note = "contains the Go tool's migrations; using the built-in ones, which replace them";
            output::note(&format!("{} {note}", folder.display()));
            Ok(embedded::migrations())
        }
        Some(folder) => Ok(Migrations::from_folder(folder)?
            .named("barqnet")
            .with_history_table(HISTORY_TABLE)
            .with_baseline(GoProduct)
            .with_after_each_migrate(ClusterForms)),
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
