//! The whole run: server, migrations, checks, code, fingerprint.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use crate::{
    diagnostic::{Diagnostic, Failures},
    fingerprint, migrations, queries, query_check, rust_code,
    scratch::Scratch,
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

/// Checks migrations/ and queries/ of the project at `root` and brings `src/generated` up to date. On failure
/// nothing is written.
pub fn generate(root: &Path) -> Result<Report, Failures> {
    let begin = Instant::now();
    let (migrations, modules) = read(root)?;
    // cornucopia blocks its thread while it waits for the connection, which therefore needs another one.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::new("the build step", format!("cannot start a runtime: {error}")))?;
    let mut scratch = runtime.block_on(Scratch::create())?;
    let server = begin.elapsed();
    let outcome = build(root, &runtime, &migrations, &modules, &mut scratch);
    let removed = runtime.block_on(scratch.remove());
    let (migrations, files) = outcome?;
    removed?;
    let changed = write(root, &files).map_err(|error| unwritable(&error))?;
    Ok(Report {
        changed,
        queries: modules.iter().map(|module| module.queries.len()).sum(),
        server,
        migrations,
        code: begin.elapsed().saturating_sub(server + migrations),
    })
}

/// Both folders, so that a mistake in one does not hide those in the other.
fn read(root: &Path) -> Result<(Vec<migrations::File>, Vec<queries::Module>), Failures> {
    match (migrations::read(root), queries::read(root)) {
        (Ok(migrations), Ok(modules)) => Ok((migrations, modules)),
        (Err(mut failures), Err(others)) => {
            failures.merge(others);
            Err(failures)
        }
        (Err(failures), Ok(_)) | (Ok(_), Err(failures)) => Err(failures),
    }
}

fn build(
    root: &Path,
    runtime: &Runtime,
    migrations: &[migrations::File],
    modules: &[queries::Module],
    scratch: &mut Scratch,
) -> Result<(Duration, Vec<(PathBuf, String)>), Failures> {
    let begin = Instant::now();
    runtime.block_on(migrations::apply(migrations, &mut scratch.client))?;
    let elapsed = begin.elapsed();
    runtime.block_on(query_check::check(modules, &scratch.client))?;
    Ok((elapsed, rust_code::generate(root, modules, &scratch.client)?))
}

fn write(root: &Path, files: &[(PathBuf, String)]) -> io::Result<Vec<PathBuf>> {
    let folder = Path::new(fingerprint::GENERATED);
    fs::create_dir_all(root.join(folder))?;
    let mut changed = Vec::new();
    for stale in fingerprint::files_in(root, fingerprint::GENERATED)? {
        let kept = files.iter().any(|(name, _)| folder.join(name) == stale) || stale.ends_with("fingerprint");
        if !kept {
            fs::remove_file(root.join(&stale))?;
            changed.push(stale);
        }
    }
    for (name, text) in files {
        let file = folder.join(name);
        if write_if_changed(&root.join(&file), text)? {
            changed.push(file);
        }
    }
    write_if_changed(&fingerprint::path(root), &fingerprint::compute(root)?)?;
    Ok(changed)
}

/// Leaves a file alone that has the right bytes, so that nothing is compiled again for it.
fn write_if_changed(path: &Path, text: &str) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|before| before == text.as_bytes()) {
        return Ok(false);
    }
    // Two builds may run at once, an editor's and a shell's: each file is whole at every moment.
    let unfinished = path.with_extension(format!("tmp{}", std::process::id()));
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, path)?;
    Ok(true)
}

fn unwritable(error: &io::Error) -> Failures {
    Diagnostic::new(fingerprint::GENERATED, format!("cannot write the generated code: {error}")).into()
}
