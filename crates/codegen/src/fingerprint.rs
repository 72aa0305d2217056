//! Compares the generated files with their inputs, without a server.
//!
//! `fingerprint`, beside the generated Rust, holds one SHA-256 per file, of inputs and outputs, one per line so that two
//! branches merge. Line endings do not count.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::{self, Settings},
};

/// Everything besides the files that changes the output for the same input.
const GENERATOR: &str = concat!("barqnet-db-codegen ", env!("CARGO_PKG_VERSION"), ", cornucopia 1.0.1");

const NAME: &str = "fingerprint";

/// The files of one folder that count, sorted by name. Hidden ones do not: an editor's swap file is no input. A symbolic link
/// counts as the file that it leads to.
fn files_in(root: &Path, folder: &str, extension: Option<&str>) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = Path::new(folder).join(entry.file_name());
        let is_wanted = extension.is_none_or(|wanted| path.extension().is_some_and(|extension| extension == wanted));
        let is_file = || fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file());
        if is_wanted && !entry.file_name().to_string_lossy().starts_with('.') && is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The folders in one folder, hidden or not. An input has none: refinery would embed a migration that it finds there.
fn folders_in(root: &Path, folder: &str) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        if fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir()) {
            folders.push(Path::new(folder).join(entry.file_name()));
        }
    }
    folders.sort();
    Ok(folders)
}

/// The generated files that are there: Rust, SQL and the overview of the schema. A folder that is missing holds none.
pub(crate) fn outputs(root: &Path, settings: &Settings) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (folder, extension) in [(&settings.generated, "rs"), (&settings.schema, "sql"), (&settings.schema, "md")] {
        match files_in(root, folder, Some(extension)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => files.extend(found?),
        }
    }
    Ok(files)
}

/// What the stored fingerprint should be for the files as they are now.
pub(crate) fn compute(root: &Path, settings: &Settings) -> io::Result<String> {
    let mut files = Vec::new();
    if root.join(settings::FILE).exists() {
        files.push(PathBuf::from(settings::FILE));
    }
    // The only other file that is allowed in the folder; it is not an input.
    let readme = Path::new(&settings.migrations).join("README.md");
    files.extend(files_in(root, &settings.migrations, None)?.into_iter().filter(|file| *file != readme));
    files.extend(files_in(root, &settings.queries, None)?);
    files.extend(outputs(root, settings)?);
    let mut lines = vec![
        "# Written by the build step: the files it read and the files it wrote.".to_owned(),
        format!("generator {GENERATOR}"),
    ];
    for folder in [&settings.migrations, &settings.queries] {
        lines.extend(folders_in(root, folder)?.iter().map(|it| format!("{}  {}/", hash(b""), it.display())));
    }
    for file in files {
        let text = fs::read(root.join(&file))?;
        lines.push(format!("{}  {}", hash(&text), file.display()));
    }
    Ok(lines.join("\n") + "\n")
}

fn hash(text: &[u8]) -> String {
    let mut normalised = text.to_vec();
    normalised.retain(|byte| *byte != b'\r');
    Sha256::digest(&normalised).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The path of the stored fingerprint, relative to the project.
pub(crate) fn path(settings: &Settings) -> PathBuf {
    Path::new(&settings.generated).join(NAME)
}

/// What differs from the stored fingerprint: `queries/otp.sql changed`, `migrations/V6__x.sql is new`, …; empty
/// when the generated files are fresh.
pub fn stale_files(root: &Path) -> Result<Vec<String>, Diagnostics> {
    stale(root, &Settings::read(root)?)
}

/// [`stale_files`] under settings that are read already.
pub(crate) fn stale(root: &Path, settings: &Settings) -> Result<Vec<String>, Diagnostics> {
    let unreadable = |error: io::Error| Diagnostic::new(".", format!("cannot read the project: {error}"));
    let path = path(settings);
    let stored = match fs::read_to_string(root.join(&path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(vec![format!("{} is missing", path.display())]);
        }
        stored => stored.map_err(unreadable)?,
    };
    let now = compute(root, settings).map_err(unreadable)?;
    let (stored, now) = (entries(&stored), entries(&now));
    let changed = now.iter().filter_map(|(file, hash)| match stored.get(file) {
        Some(before) if before == hash => None,
        Some(_) => Some(format!("{file} changed")),
        None => Some(format!("{file} is new")),
    });
    let removed = stored.keys().filter(|file| !now.contains_key(*file)).map(|file| format!("{file} is missing"));
    Ok(changed.chain(removed).collect())
}

fn entries(fingerprint: &str) -> BTreeMap<&str, &str> {
    fingerprint
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| match line.strip_prefix("generator ") {
            Some(generator) => Some(("the generator", generator)),
            None => line.split_once("  ").map(|(hash, file)| (file, hash)),
        })
        .collect()
}
