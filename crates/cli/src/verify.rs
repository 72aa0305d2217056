//! `verify`: whether what is applied is what this build has, by the checksums.

use barqnet_db::{
    migrate::{self, Conflict, Migrations},
    pool::Settings,
};

use crate::{
    arguments::ReadFlags,
    error::Error,
    exit::Exit,
    json,
    migrate::migrations,
    output::{self, Output},
    units,
};

/// Compares each applied migration with the build's. What is pending does not matter; what is newer than the build can't be
/// compared.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &ReadFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    let plan = migrate::plan(settings, &migrations(&flags.folder, built_in)?).await?;
    let applied = plan.migrations.iter().filter(|migration| migration.applied_at.is_some());
    let (known, newer): (Vec<_>, Vec<_>) = applied.partition(|migration| migration.known);
    let conflicts: Vec<&Conflict> = plan.conflicts.iter().filter(|it| !matches!(it, Conflict::Late { .. })).collect();
    let is_ahead = |conflict: &&&Conflict| matches!(conflict, Conflict::Ahead { .. } | Conflict::ProgramTooOld { .. });
    let ahead = conflicts.iter().filter(is_ahead).count();
    let exit = match conflicts.len() {
        0 => Exit::Done,
        all if all == ahead => Exit::Ahead,
        _ => Exit::Diverged,
    };
    if flags.json.json {
        json::print(&json::Verified::of(known.len(), &conflicts), output)?;
        return Ok(exit);
    }
    for conflict in &conflicts {
        output::note(&conflict.to_string());
    }
    let place = units::place(settings);
    let different = conflicts.len() - ahead;
    output.line(&if different == 0 {
        format!("{} of {place} verified: each is the one of this build", units::count(known.len(), "applied migration"))
    } else {
        format!("{} between {place} and this build", units::count(different, "difference"))
    })?;
    if !newer.is_empty() && different == 0 {
        output.line(&format!(
            "{} not compared: this build does not have them",
            units::count(newer.len(), "newer migration")
        ))?;
    }
    Ok(exit)
}
