//! The whole run: server, migrations, checks, code, fingerprint.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use crate::{
    diagnostic::{Diagnostic, Failures},
    fingerprint, migrations, queries, query_check, rust_code, schema,
    scratch::Scratch,
    settings::{self, Settings},
};

/// What a run did and how long each part took.
#[derive(Clone, Debug)]
pub struct Report {
    /// The files that were written or deleted; the others had the right bytes already.
    pub changed: Vec<PathBuf>,
    /// How many queries became functions.
    pub queries: usize,
    server: Duration,
    migrations: Duration,
    code: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |duration: Duration| format!("{:.2} s", duration.as_secs_f64());
        write!(
            f,
            "{} queries checked, {} files changed, in {} (server {}, migrations {}, queries and code {})",
            self.queries,
            self.changed.len(),
            seconds(self.server + self.migrations + self.code),
            seconds(self.server),
            seconds(self.migrations),
            seconds(self.code),
        )
    }
}

/// Checks the migrations and queries of the project at `root`, and brings the generated files up to date. On failure
/// nothing is written.
pub fn generate(root: &Path) -> Result<Report, Failures> {
    generate_with(root, &Settings::read(root)?)
}

/// [`generate`] under settings that are read already.
pub(crate) fn generate_with(root: &Path, settings: &Settings) -> Result<Report, Failures> {
    let begin = Instant::now();
    let (migrations, modules) = read(root, settings)?;
    // cornucopia blocks its thread while it waits for the connection, which therefore needs another one.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::new("the build step", format!("cannot start a runtime: {error}")))?;
    let mut scratch = runtime.block_on(Scratch::create())?;
    let server = begin.elapsed();
    let outcome = build(settings, &runtime, &migrations, &modules, &mut scratch);
    let removed = runtime.block_on(scratch.remove());
    let (migrations, files) = outcome?;
    removed?;
    let changed = write(root, settings, &files)?;
    Ok(Report {
        changed,
        queries: modules.iter().map(|module| module.queries.len()).sum(),
        server,
        migrations,
        code: begin.elapsed().saturating_sub(server + migrations),
    })
}

/// Both folders, so that a mistake in one does not hide those in the other.
fn read(root: &Path, settings: &Settings) -> Result<(Vec<migrations::File>, Vec<queries::Module>), Failures> {
    match (migrations::read(root, &settings.migrations), queries::read(root, &settings.queries)) {
        (Ok(migrations), Ok(modules)) => Ok((migrations, modules)),
        (Err(mut failures), Err(others)) => {
            failures.merge(others);
            Err(failures)
        }
        (Err(failures), Ok(_)) | (Ok(_), Err(failures)) => Err(failures),
    }
}

/// How long the migrations took, and the text of every file, by its path in the project.
fn build(
    settings: &Settings,
    runtime: &Runtime,
    migrations: &[migrations::File],
    modules: &[queries::Module],
    scratch: &mut Scratch,
) -> Result<(Duration, Vec<(PathBuf, String)>), Failures> {
    let begin = Instant::now();
    runtime.block_on(migrations::apply(migrations, &mut scratch.client))?;
    let elapsed = begin.elapsed();
    runtime.block_on(query_check::check(modules, &scratch.client))?;
    let in_folder = |folder: &str, files: Vec<(PathBuf, String)>| {
        let folder = PathBuf::from(folder);
        files.into_iter().map(move |(name, text)| (folder.join(name), text))
    };
    let schema = runtime.block_on(schema::write(migrations, settings, &scratch.client))?;
    let code = rust_code::generate(settings, modules, &scratch.client)?;
    let files = in_folder(&settings.generated, code).chain(in_folder(&settings.schema, schema));
    Ok((elapsed, files.collect()))
}

/// Writes the files that differ and deletes those that are no longer generated.
fn write(root: &Path, settings: &Settings, files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>, Failures> {
    let before = fingerprint::outputs(root, settings).map_err(|error| unwritable(settings, &error))?;
    // A file that a person wrote must not be lost because a setting names its folder.
    for file in before.iter().filter(|file| file.starts_with(&settings.schema)) {
        let text = fs::read_to_string(root.join(file)).map_err(|error| unwritable(settings, &error))?;
        if !schema::is_generated(&text) {
            return Err(Diagnostic::new(&file.display().to_string(), "the build step did not write this file")
                .note(format!("help: move it, or name another folder by `schema` in {}", settings::FILE))
                .into());
        }
    }
    write_files(root, settings, files, before).map_err(|error| unwritable(settings, &error))
}

fn write_files(
    root: &Path,
    settings: &Settings,
    files: &[(PathBuf, String)],
    before: Vec<PathBuf>,
) -> io::Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for old in before.into_iter().filter(|old| !files.iter().any(|(file, _)| file == old)) {
        fs::remove_file(root.join(&old))?;
        changed.push(old);
    }
    for (file, text) in files {
        if write_if_changed(&root.join(file), text)? {
            changed.push(file.clone());
        }
    }
    write_if_changed(&root.join(fingerprint::path(settings)), &fingerprint::compute(root, settings)?)?;
    Ok(changed)
}

/// Leaves a file alone that has the right bytes, so that nothing is compiled again for it.
fn write_if_changed(path: &Path, text: &str) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|before| before == text.as_bytes()) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Two builds may run at once, an editor's and a shell's: each file is whole at every moment.
    let unfinished = path.with_extension(format!("tmp{}", std::process::id()));
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, path)?;
    Ok(true)
}

fn unwritable(settings: &Settings, error: &io::Error) -> Failures {
    let folders = format!("{}, {}", settings.generated, settings.schema);
    Diagnostic::new(&folders, format!("cannot write the generated files: {error}")).into()
}
