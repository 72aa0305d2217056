//! The files of a folder of the project.

use std::{fs, path::Path};

use barqnet_db_sql::normal_form;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// The names of the folder's files, sorted. Hidden ones, such as an editor's swap file, and README.md are left out. What is
/// not a file is reported: nothing looks into a folder, except for refinery, which would embed a migration that it finds there.
pub(crate) fn file_names(root: &Path, folder: &str, failures: &mut Diagnostics) -> Option<Vec<String>> {
    let unreadable = |error| Diagnostics::from(Diagnostic::new(folder, format!("cannot read the folder: {error}")));
    let entries = failures.collect(fs::read_dir(root.join(folder)).map_err(unreadable))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = failures.collect(entry.map_err(unreadable))?;
        let name = entry.file_name();
        let path = format!("{folder}/{}", name.to_string_lossy());
        // Of a symbolic link, the file that it leads to.
        match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_dir() => failures.push(
                Diagnostic::error("sub-folder", &path, "a folder here is not looked into")
                    .help(format!("move its files into {folder}, or the folder to another place")),
            ),
            Ok(metadata) if !metadata.is_file() => {
                failures.push(Diagnostic::error("not-a-file", &path, "this is not a file").help("remove it"));
            }
            found => match name.to_str() {
                Some(name) if name.starts_with('.') || name == "README.md" => {}
                Some(name) if found.is_ok() => names.push(name.to_owned()),
                Some(_) => failures.push(
                    Diagnostic::error("not-a-file", &path, "the link leads to no file")
                        .help("remove it, or correct it"),
                ),
                None => failures.push(
                    Diagnostic::error("file-name", &path, "the file's name is not UTF-8").help("rename the file"),
                ),
            },
        }
    }
    names.sort();
    Some(names)
}

/// The text of a file, in its normal form.
pub(crate) fn read_text(root: &Path, path: &str) -> Result<String, Diagnostics> {
    let bytes =
        fs::read(root.join(path)).map_err(|error| Diagnostic::new(path, format!("cannot read the file: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        Diagnostic::error("not-utf-8", path, "the file is not UTF-8 here")
            .at(&valid, valid.len())
            .help("save it as UTF-8")
    })?;
    let text = normal_form(&text);
    match text.find('\0') {
        None => Ok(text),
        Some(offset) => Err(Diagnostic::error("nul", path, "PostgreSQL can't take a NUL character")
            .at(&text, offset)
            .help("delete it; a file in UTF-16 must be saved as UTF-8")
            .into()),
    }
}
