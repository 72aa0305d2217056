//! Reads the folder of migrations.

use std::{collections::BTreeMap, path::Path};

use barqnet_db_sql::FileName;

use super::{File, lint::lint, requirements};
use crate::{
    bases::Base,
    diagnostic::{Diagnostic, Diagnostics},
    folder::{file_names, read_text},
    settings::Settings,
};

/// The migrations of the bases and then those of the project at `root`, in the order in which they run. `None` if a file
/// can't be used.
pub(crate) fn read(root: &Path, settings: &Settings, failures: &mut Diagnostics) -> Option<Vec<File>> {
    let mut files = Vec::new();
    for base in &settings.bases {
        files.extend(of_base(base, failures)?);
    }
    let own = of_folder(root, &settings.migrations, failures)?;
    requirements::check(&own, &files, &settings.bases, failures);
    files.extend(own);
    Some(files)
}

/// Those of a base. It has passed its own build: what newer rules would say of its files is left out.
fn of_base(base: &Base, failures: &mut Diagnostics) -> Option<Vec<File>> {
    let mut found = Diagnostics::default();
    let Some(files) = of_folder(&base.root, &base.settings.migrations, &mut found) else {
        failures.merge(base.label(found));
        return None;
    };
    let label = |file: File| File { path: base.shown(&file.path), base: Some(base.name.clone()), ..file };
    Some(files.into_iter().map(label).collect())
}

/// The migrations of a folder by version. refinery skips a file whose name it does not accept, and takes the first of two files with one
/// number; here both fail. `None` if a file can't be used: without it, the others make another schema.
fn of_folder(root: &Path, folder: &str, failures: &mut Diagnostics) -> Option<Vec<File>> {
    let mut files: BTreeMap<i32, File> = BTreeMap::new();
    let mut complete = true;
    for name in file_names(root, folder, failures)? {
        let path = format!("{folder}/{name}");
        let file_name = match FileName::parse(&name) {
            Ok(file_name) => file_name,
            Err(bad) => {
                let message = "not a migration's name: refinery would silently skip the file or misread its number";
                let diagnostic = bad.faults.into_iter().fold(Diagnostic::new(&path, message), Diagnostic::note);
                let help = bad.suggestion.map(|suggestion| format!("rename it to {suggestion}"));
                failures.push(help.into_iter().fold(diagnostic, Diagnostic::help));
                complete = false;
                continue;
            }
        };
        let Some(sql) = failures.collect(read_text(root, &path)) else {
            complete = false;
            continue;
        };
        failures.extend(lint(&path, &sql));
        if let Some(other) = files.get(&file_name.version) {
            failures.push(
                Diagnostic::new(&path, format!("version {} is taken by {}", file_name.version, other.path))
                    .note("give this file the next free number"),
            );
            complete = false;
            continue;
        }
        files.insert(file_name.version, File { path, name: file_name, sql, base: None });
    }
    complete.then(|| files.into_values().collect())
}
