//! `dump`: the schema of the database as files, in the form of the build step.

use std::{collections::BTreeSet, fs, io, path::Path};

use barqnet_db::{
    embedded::CODEGEN_SETTINGS,
    migrate::{self, Migrations},
    pool::Settings,
};
use barqnet_db_codegen::SchemaFiles;

use crate::{
    arguments::DumpFlags,
    error::Error,
    exit::Exit,
    json,
    migrate::migrations,
    output::{self, Output},
    stopping, units,
};

/// The settings of the build step, where no flag names another file.
const CONFIG: &str = "codegen.toml";

/// Writes the files and lists them.
pub(crate) async fn run(
    settings: &Settings,
    built_in: &Migrations,
    flags: &DumpFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    stopping::now_leaves("the files may be incomplete: run it again");
    let migrations = migrations(&flags.folder, built_in)?;
    let config = config(flags.config.as_deref())?;
    // Of those that are pending there is nothing to show yet.
    let status = migrate::status(settings, &migrations).await?;
    let applied: BTreeSet<String> =
        status.iter().filter(|it| it.applied_at.is_some()).map(|it| format!("{it}.sql")).collect();
    let texts = migrations.texts().filter(|(file, _)| applied.contains(file));
    let (database, _) = settings.clone().statement_timeout(None).connect_client().await?;
    let schema = SchemaFiles::of_database(&database, texts, &config).await?;
    schema.write_to(&flags.into)?;
    let files: Vec<String> = schema.iter().map(|(name, _)| name.display().to_string()).collect();
    let warnings: Vec<String> = schema.warnings().iter().map(|warning| warning.message().to_owned()).collect();
    if flags.json.json {
        json::print(&json::Dumped { files, warnings }, output)?;
        return Ok(Exit::Done);
    }
    for warning in &warnings {
        output::note(warning);
    }
    let (what, folder) = (units::count(files.len(), "file"), flags.into.display());
    output.line(&format!("{what} with the schema of {} written to {folder}", units::place(settings)))?;
    Ok(Exit::Done)
}

fn config(given: Option<&Path>) -> Result<String, Error> {
    match fs::read_to_string(given.unwrap_or(Path::new(CONFIG))) {
        Ok(text) => Ok(text),
        Err(error) if given.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(CODEGEN_SETTINGS.to_owned()),
        Err(error) => Err(Error::Usage(format!("{}: {error}", given.unwrap_or(Path::new(CONFIG)).display()))),
    }
}
