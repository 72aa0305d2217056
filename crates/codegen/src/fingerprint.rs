//! Compares the generated files with their inputs, without a server.
//!
//! `fingerprint`, beside the generated Rust, holds one SHA-256 per file, of inputs and outputs, one per line so that two
//! branches merge. Line endings do not count.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    bases::Base,
    diagnostic::{Diagnostic, Diagnostics},
    settings::{self, Settings},
};

/// Everything besides the files that changes the output for the same input.
const GENERATOR: &str = concat!("barqnet-db-codegen ", env!("CARGO_PKG_VERSION"));

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

/// The hashes of the files as they are at one moment.
#[derive(Clone)]
pub(crate) struct Snapshot {
    /// One line per file that is read.
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Snapshot {
    pub(crate) fn take(root: &Path, settings: &Settings) -> io::Result<Self> {
        let mut inputs = Vec::new();
        if root.join(settings::FILE).exists() {
            inputs.push(PathBuf::from(settings::FILE));
        }
        // The only other file that is allowed in the folder; it is not an input.
        let readme = Path::new(&settings.migrations).join("README.md");
        inputs.extend(files_in(root, &settings.migrations, None)?.into_iter().filter(|file| *file != readme));
        inputs.extend(files_in(root, &settings.queries, None)?);
        let mut read = lines(root, &inputs)?;
        for base in &settings.bases {
            read.extend(lines_of(base)?);
        }
        for folder in [&settings.migrations, &settings.queries] {
            read.extend(folders_in(root, folder)?.iter().map(|it| format!("{}  {}/", hash(b""), it.display())));
        }
        Ok(Self { inputs: read, outputs: lines(root, &outputs(root, settings)?)? })
    }

    /// The same inputs with the outputs as they are now. The inputs may have changed since they were read: then they
    /// are stale.
    pub(crate) fn with_outputs_of(self, root: &Path, settings: &Settings) -> io::Result<Self> {
        Ok(Self { outputs: lines(root, &outputs(root, settings)?)?, ..self })
    }

    /// What is stored.
    pub(crate) fn text(&self) -> String {
        let head = [
            "# Written by the build step: the files it read and the files it wrote.".to_owned(),
            format!("generator {GENERATOR}"),
        ];
        let lines: Vec<&str> = head.iter().chain(&self.inputs).chain(&self.outputs).map(String::as_str).collect();
        lines.join("\n") + "\n"
    }

    /// Compares it with what is stored.
    pub(crate) fn compare(&self, root: &Path, settings: &Settings) -> io::Result<Comparison> {
        let path = path(settings);
        let stored = match fs::read_to_string(root.join(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Comparison { stale: vec![format!("{} is missing", path.display())], changed_queries: None });
            }
            stored => stored?,
        };
        let now = self.text();
        let (stored, now) = (entries(&stored), entries(&now));
        let mut stale = Vec::new();
        let mut changed_queries = Some(BTreeSet::new());
        for (file, hash) in &now {
            match stored.get(file) {
                Some(before) if before == hash => {}
                Some(_) => {
                    stale.push(format!("{file} changed"));
                    let is_query = Path::new(file).parent() == Some(Path::new(&settings.queries));
                    changed_queries = changed_queries.filter(|_| is_query);
                    if let Some(changed) = &mut changed_queries {
                        changed.insert((*file).to_owned());
                    }
                }
                None => {
                    stale.push(format!("{file} is new"));
                    changed_queries = None;
                }
            }
        }
        for file in stored.keys().filter(|file| !now.contains_key(*file)) {
            stale.push(format!("{file} is missing"));
            changed_queries = None;
        }
        Ok(Comparison { stale, changed_queries })
    }

    /// The files that were generated.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &Path> {
        self.outputs.iter().filter_map(|line| line.split_once("  ")).map(|(_, file)| Path::new(file))
    }
}

/// How the files differ from what is stored.
pub(crate) struct Comparison {
    /// `queries/otp.sql changed`, `migrations/V6__x.sql is new`, …; empty when the generated files are fresh.
    pub(crate) stale: Vec<String>,
    /// The query files that differ, if nothing else does: then the others need not be generated again.
    pub(crate) changed_queries: Option<BTreeSet<String>>,
}

fn lines(root: &Path, files: &[PathBuf]) -> io::Result<Vec<String>> {
    files.iter().map(|file| line(root, file, file.display())).collect()
}

/// The hash of a file, and the name that it is shown by.
fn line(root: &Path, file: &Path, shown: impl Display) -> io::Result<String> {
    Ok(format!("{}  {shown}", hash(&fs::read(root.join(file))?)))
}

/// Of the files of a base, under names that are the same on every machine.
fn lines_of(base: &Base) -> io::Result<Vec<String>> {
    let Settings { migrations, queries, .. } = &base.settings;
    let mut files = Vec::new();
    if base.root.join(settings::FILE).exists() {
        files.push(PathBuf::from(settings::FILE));
    }
    for folder in [migrations, queries] {
        if base.root.join(folder).is_dir() {
            files.extend(files_in(&base.root, folder, Some("sql"))?);
        }
    }
    files.iter().map(|file| line(&base.root, file, base.shown(&file.display().to_string()))).collect()
}

fn hash(text: &[u8]) -> String {
    let mut text = Cow::Borrowed(text);
    // Most files have none. The search is fast even in a build script, which is compiled without optimisation.
    if text.contains(&b'\r') {
        text.to_mut().retain(|byte| *byte != b'\r');
    }
    Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
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
    let snapshot = Snapshot::take(root, settings);
    let comparison =
        snapshot.and_then(|snapshot| snapshot.compare(root, settings)).map_err(|error| unreadable(&error))?;
    Ok(comparison.stale)
}

pub(crate) fn unreadable(error: &io::Error) -> Diagnostics {
    Diagnostic::new(".", format!("cannot read the project: {error}")).into()
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
