//! Tells whether the generated code still belongs to its inputs, without a server.
//!
//! `src/generated/fingerprint` holds a SHA-256 a file, of what went in and of what came out, one a line so that
//! two branches merge. Line endings don't count.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Whatever changes the output for the same input belongs here.
const GENERATOR: &str = concat!("barqnet-db-codegen ", env!("CARGO_PKG_VERSION"), ", cornucopia 1.0.1");

/// Where generated code goes, relative to the project.
pub(crate) const GENERATED: &str = "src/generated";

/// The files that decide what is generated, relative to the project.
pub(crate) fn inputs(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = vec![PathBuf::from("cornucopia.toml")];
    for folder in ["migrations", "queries"] {
        files.extend(files_in(root, folder)?);
    }
    Ok(files)
}

/// The files of one folder, sorted, without hidden ones (an editor's swap file is no input).
pub(crate) fn files_in(root: &Path, folder: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        if entry.file_type()?.is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(Path::new(folder).join(entry.file_name()));
        }
    }
    files.sort();
    Ok(files)
}

/// What `src/generated/fingerprint` should hold for the files as they are now.
pub(crate) fn compute(root: &Path) -> io::Result<String> {
    let mut lines = vec![
        "# Written by the build step: what the generated code was made from, and what was made.".to_owned(),
        format!("generator {GENERATOR}"),
    ];
    for file in inputs(root)?.into_iter().chain(outputs(root)?) {
        let text = fs::read(root.join(&file))?;
        lines.push(format!("{}  {}", hash(&text), file.display()));
    }
    Ok(lines.join("\n") + "\n")
}

fn outputs(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = match files_in(root, GENERATED) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        files => files?,
    };
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    Ok(files)
}

fn hash(text: &[u8]) -> String {
    let mut normalised = text.to_vec();
    normalised.retain(|byte| *byte != b'\r');
    Sha256::digest(&normalised).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The path of the stored fingerprint.
pub(crate) fn path(root: &Path) -> PathBuf {
    root.join(GENERATED).join("fingerprint")
}

/// What no longer fits the stored fingerprint: `queries/otp.sql changed`, `migrations/V6__x.sql is new`, …; empty
/// when the generated code is fresh.
pub fn stale_files(root: &Path) -> io::Result<Vec<String>> {
    let stored = match fs::read_to_string(path(root)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(vec![format!("{GENERATED}/fingerprint is missing")]);
        }
        stored => stored?,
    };
    let (stored, now) = (entries(&stored), compute(root)?);
    let now = entries(&now);
    let changed = now.iter().filter_map(|(file, hash)| match stored.get(file) {
        Some(before) if before == hash => None,
        Some(_) => Some(format!("{file} changed")),
        None => Some(format!("{file} is new")),
    });
    let gone = stored.keys().filter(|file| !now.contains_key(*file)).map(|file| format!("{file} is gone"));
    Ok(changed.chain(gone).collect())
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
