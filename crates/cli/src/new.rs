//! `new`: makes a migration file with the next version.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use barqnet_db_sql::FileName;

use crate::{arguments::NewFlags, error::Error, exit::Exit, json, output::Output};

/// The folder of migrations, if no flag names another one.
pub(crate) const FOLDER: &str = "migrations";

/// Makes the file and prints its path.
pub(crate) fn run(flags: &NewFlags, output: &mut Output) -> Result<Exit, Error> {
    let folder = flags.folder.folder.clone().unwrap_or_else(|| PathBuf::from(FOLDER));
    let name = named(next_version(&folder)?, &flags.name)?;
    let path = folder.join(format!("{name}.sql"));
    write(&path, &text(&name, flags.no_transaction)).map_err(|error| unusable(&path, &error))?;
    if flags.json.json {
        json::print(&json::New { version: name.version, file: &path.to_string_lossy() }, output)?;
    } else {
        output.document(&path.to_string_lossy())?;
    }
    Ok(Exit::Done)
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::Usage(format!("{}: {error}", path.display()))
}

/// The version after the newest of the folder.
fn next_version(folder: &Path) -> Result<i32, Error> {
    let files = fs::read_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Usage(format!(
            "there is no folder {}: create it, or name the folder of migrations with --migrations",
            folder.display()
        )),
        _ => unusable(folder, &error),
    })?;
    let mut newest = 0;
    for file in files {
        let file = file.map_err(|error| unusable(folder, &error))?.file_name();
        let file = file.to_string_lossy();
        match FileName::parse(&file) {
            Ok(name) => newest = newest.max(name.version),
            // Its version is not known.
            Err(bad) if Path::new(&*file).extension().is_some_and(|end| end.eq_ignore_ascii_case("sql")) => {
                return Err(Error::Usage(format!("{}: {bad}", folder.join(&*file).display())));
            }
            Err(_) => {}
        }
    }
    newest.checked_add(1).ok_or_else(|| Error::Usage(format!("version {newest} is the greatest possible")))
}

/// The name of the file, whose description must be in `snake_case`, so that every runner reads it.
fn named(version: i32, description: &str) -> Result<FileName, Error> {
    FileName::parse(&format!("V{version}__{description}.sql")).map_err(|bad| {
        let prefix = format!("V{version}__");
        let better = bad.suggestion.as_deref().and_then(|better| better.strip_prefix(&prefix)?.strip_suffix(".sql"));
        let better = better.map(|better| format!(", for example {better}")).unwrap_or_default();
        Error::Usage(format!(
            "`{description}` is no name of a migration: write letters a to z, digits and single underscores{better}"
        ))
    })
}

/// Never overwrites a file.
fn write(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// The file before its author completes it. What is to be written is in angle brackets, which are no SQL there, so that no
/// run takes the file or its rollback for complete.
fn text(name: &FileName, no_transaction: bool) -> String {
    let mut words = name.description.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let directive = if no_transaction { "-- barqnet: no-transaction\n" } else { "" };
    let (sql, rollback) = if no_transaction {
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS <name> ON <table> (<columns>);", "DROP INDEX IF EXISTS <name>;")
    } else {
        ("CREATE TABLE IF NOT EXISTS <name> (<columns>);", "DROP TABLE IF EXISTS <name>;")
    };
    format!(
        "-- {words}: <what for>.\n\
         --\n\
         -- Why: <what is wrong without it>.\n\
         -- Locks: <which tables, in which mode, for how long on a large one>.\n\
         {directive}\n\
         {sql}\n\n\
         /* rollback\n\
         {rollback}\n\
         */\n"
    )
}
