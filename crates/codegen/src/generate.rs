//! The whole run: server, migrations, checks, code, fingerprint.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use crate::{
    analysis,
    diagnostic::{Diagnostic, Diagnostics},
    fingerprint, migrations, queries, query_check, rust_code, schema,
    scratch::Scratch,
    settings::{self, Settings},
    types,
};

/// What a run did and how long each part took.
#[derive(Clone, Debug)]
pub struct Report {
    /// The files that were written or deleted; the others had the right bytes already.
    pub changed: Vec<PathBuf>,
    /// How many queries became functions.
    pub queries: usize,
    /// What should be corrected, but stops nothing.
    pub warnings: Diagnostics,
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
pub fn generate(root: &Path) -> Result<Report, Diagnostics> {
    generate_with(root, &Settings::read(root)?)
}

/// [`generate`] under settings that are read already.
pub(crate) fn generate_with(root: &Path, settings: &Settings) -> Result<Report, Diagnostics> {
    let begin = Instant::now();
    let mut found = Diagnostics::default();
    let migrations = migrations::read(root, &settings.migrations, &mut found);
    let modules = queries::read(root, &settings.queries, &mut found);
    let Some(migrations) = migrations else {
        return Err(found);
    };
    // cornucopia blocks its thread while it waits for the connection, which therefore needs another one.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::new("the build step", format!("cannot start a runtime: {error}")))?;
    let Some(mut scratch) = found.collect(runtime.block_on(Scratch::create())) else {
        return Err(found);
    };
    let server = begin.elapsed();
    let outcome = build(settings, &runtime, &migrations, &modules, &mut scratch, found);
    let removed = runtime.block_on(scratch.remove());
    let Built { files, warnings, migrations } = outcome?;
    removed?;
    let changed = write(root, settings, &files)?;
    Ok(Report {
        changed,
        queries: modules.iter().map(|module| module.queries.len()).sum(),
        warnings,
        server,
        migrations,
        code: begin.elapsed().saturating_sub(server + migrations),
    })
}

/// What a run without errors has to write.
struct Built {
    /// The text of every file, by its path in the project.
    files: Vec<(PathBuf, String)>,
    warnings: Diagnostics,
    /// How long the migrations took.
    migrations: Duration,
}

/// Every check on the migrated database, then the files. What was `found` before joins what is found here.
fn build(
    settings: &Settings,
    runtime: &Runtime,
    migrations: &[migrations::File],
    modules: &[queries::Module],
    scratch: &mut Scratch,
    mut found: Diagnostics,
) -> Result<Built, Diagnostics> {
    let begin = Instant::now();
    let Some(()) = found.collect(runtime.block_on(migrations::apply(migrations, &mut scratch.client))) else {
        return Err(found);
    };
    let elapsed = begin.elapsed();
    let client = &scratch.client;
    let prepared = runtime.block_on(query_check::prepare(modules, client, &mut found));
    found.merge(runtime.block_on(query_check::check(&prepared, client))?);
    found.merge(types::check(&prepared, &settings.types, migrations));
    let json = runtime.block_on(types::JsonColumns::find(&settings.types, &prepared, client));
    let (json, warnings) = found.collect(json).unwrap_or_default();
    found.merge(warnings);
    let _analysed = found.collect(runtime.block_on(analysis::analyse(&prepared, client))).unwrap_or_default();
    found.sort();
    let warnings = found.into_result()?;
    let in_folder = |folder: &str, files: Vec<(PathBuf, String)>| {
        let folder = PathBuf::from(folder);
        files.into_iter().map(move |(name, text)| (folder.join(name), text))
    };
    let schema = runtime.block_on(schema::write(migrations, settings, client))?;
    let code = rust_code::generate(settings, modules, &prepared, &json, client)?;
    let files = in_folder(&settings.generated, code).chain(in_folder(&settings.schema, schema)).collect();
    Ok(Built { files, warnings, migrations: elapsed })
}

/// Writes the files that differ and deletes those that are no longer generated.
fn write(root: &Path, settings: &Settings, files: &[(PathBuf, String)]) -> Result<Vec<PathBuf>, Diagnostics> {
    let before = fingerprint::outputs(root, settings).map_err(|error| unwritable(settings, &error))?;
    // A file that a person wrote must not be lost because a setting names its folder.
    for file in before.iter().filter(|file| file.starts_with(&settings.schema)) {
        let text = fs::read_to_string(root.join(file)).map_err(|error| unwritable(settings, &error))?;
        if !schema::is_generated(&text) {
            return Err(Diagnostic::new(&file.display().to_string(), "the build step did not write this file")
                .help(format!("move it, or name another folder by `schema` in {}", settings::FILE))
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
    // Two builds can run at once, an editor's and a shell's: each file is replaced as a whole.
    let unfinished = path.with_extension(format!("tmp{}", std::process::id()));
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, path)?;
    Ok(true)
}

fn unwritable(settings: &Settings, error: &io::Error) -> Diagnostics {
    let folders = format!("{}, {}", settings.generated, settings.schema);
    Diagnostic::new(&folders, format!("cannot write the generated files: {error}")).into()
}
