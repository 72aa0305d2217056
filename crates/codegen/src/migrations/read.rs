//! Reads the folder of migrations.

use std::{collections::BTreeMap, path::Path};

use barqnet_db_sql::FileName;

use super::{File, lint::lint};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    folder::{file_names, read_text},
};

/// The migrations by version. refinery skips a file whose name it does not accept, and takes the first of two files with one
/// number; here both fail. `None` if a file can't be used: without it, the others make another schema.
pub(crate) fn read(root: &Path, folder: &str, failures: &mut Diagnostics) -> Option<Vec<File>> {
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
        files.insert(file_name.version, File { path, name: file_name, sql });
    }
    complete.then(|| files.into_values().collect())
}
