//! `--source NAME=FOLDER`: a service's own migrations after the built-in ones.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use barqnet_db::migrate::Migrations;

use crate::error::Error;

/// A source's name, its folder, and the table of its history if that has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFolder {
    name: String,
    folder: PathBuf,
    table: Option<String>,
}

/// The folder of a source; `None` if it is none of `sources`.
pub(crate) fn folder_of<'s>(source: Option<&str>, sources: &'s [SourceFolder]) -> Option<&'s Path> {
    let found = sources.iter().find(|it| Some(it.name.as_str()) == source)?;
    Some(&found.folder)
}

impl FromStr for SourceFolder {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected NAME=FOLDER or NAME=FOLDER:TABLE, such as app=./migrations";
        let (name, rest) = text.split_once('=').ok_or(EXPECTED)?;
        let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        // A folder that exists may have a colon in its name.
        let with_table = rest.rsplit_once(':').filter(|(_, table)| is_name(table) && !Path::new(rest).exists());
        let (folder, table) = with_table.map_or((rest, None), |(folder, table)| (folder, Some(table.to_owned())));
        if !is_name(name) || folder.is_empty() {
            return Err(EXPECTED);
        }
        Ok(Self { name: name.to_owned(), folder: PathBuf::from(folder), table })
    }
}

/// The migrations and then those of the sources, in their order.
pub(crate) fn chained(first: Migrations, sources: &[SourceFolder]) -> Result<Migrations, Error> {
    sources.iter().try_fold(first, |before, SourceFolder { name, folder, table }| {
        let source = Migrations::from_folder(folder)?.named(name);
        let source = match table {
            Some(table) => source.with_history_table(table),
            None => source,
        };
        Ok(before.then(source)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_name_a_folder_and_perhaps_a_table() {
        let source = |text: &str| text.parse::<SourceFolder>().map(|it| (it.name, it.folder, it.table));
        let (name, folder) = ("app".to_owned(), PathBuf::from("./my-migrations"));
        assert_eq!(source("app=./my-migrations"), Ok((name.clone(), folder.clone(), None)));
        let table = Some("refinery_schema_history".to_owned());
        assert_eq!(source("app=./my-migrations:refinery_schema_history"), Ok((name, folder, table)));
        for bad in ["app", "=./migrations", "app=", "my app=x", "my-app=x", ""] {
            assert!(source(bad).is_err(), "{bad}");
        }
    }
}
