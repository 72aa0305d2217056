//! The files of a folder of the project.

use std::{fs, path::Path};

use crate::diagnostic::{Diagnostic, Diagnostics};

/// The names of the folder's entries, sorted.
pub(crate) fn file_names(root: &Path, folder: &str) -> Result<Vec<String>, Diagnostics> {
    let unreadable = |error| Diagnostics::from(Diagnostic::new(folder, format!("cannot read the folder: {error}")));
    let mut names = fs::read_dir(root.join(folder))
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    names.sort();
    Ok(names)
}
