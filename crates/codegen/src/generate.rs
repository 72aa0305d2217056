//! The whole run: server, migrations, checks, code, fingerprint.

use std::{
    collections::BTreeSet,
    fmt, fs, io, panic,
    path::{Path, PathBuf},
    thread::{self, ScopedJoinHandle},
};

use barqnet_db_client::error_text::in_full;
use futures::join;
use tokio::runtime::Runtime;
use tokio_postgres::Client;

use crate::{
    access::{Access, Catalogue, Reading, check_mark},
    analysis::{self, Annotations},
    bases::BaseObjects,
    constraints::{self, Constraints},
    diagnostic::{Diagnostic, Diagnostics},
    embedded::Embedded,
    fingerprint::{self, Snapshot},
    functions, generated_names, interrupt,
    migrations::{self, Applied},
    panics::caught,
    plans,
    project_lock::ProjectLock,
    queries::{self, Module},
    query_check, rules,
    rust_code::{self, Facts},
    schema,
    scratch::{Host, Scratch},
    settings::{self, Settings},
    timings::Timings,
    types, utility_statements,
    variants::{self, PageKeys},
};

/// The generated files that no query changes: the list of the modules, and the constraints.
const OF_SCHEMA: [&str; 2] = ["mod", constraints::MODULE];

/// What a run did and how long each part took.
#[derive(Clone, Debug)]
pub struct Report {
    /// The files that were written or deleted; the others had the right bytes already.
    pub changed: Vec<PathBuf>,
    /// How many queries were checked: those of the files that changed, if nothing else did.
    pub queries: usize,
    /// What should be corrected, but stops nothing.
    pub warnings: Diagnostics,
    timings: Timings,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changed, queries, timings, .. } = self;
        write!(f, "{queries} queries checked, {} files changed, in {timings}", changed.len())
    }
}

/// Checks the migrations and queries of the project at `root`, and brings the generated files up to date. On failure
/// nothing is written.
pub fn generate(root: &Path) -> Result<Report, Diagnostics> {
    let settings = Settings::read(root)?;
    let _lock = ProjectLock::wait(root);
    let snapshot = Snapshot::take(root, &settings).map_err(|error| fingerprint::unreadable(&error))?;
    let runtime = runtime()?;
    Run { root, settings: &settings, runtime: &runtime, host: None }.generate(snapshot, None)
}

pub(crate) fn runtime() -> Result<Runtime, Diagnostics> {
    // Its worker drops the scratch database while the files are written.
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::new("the build step", format!("cannot start a runtime: {error}")).into())
}

/// What a run works with.
pub(crate) struct Run<'r> {
    pub(crate) root: &'r Path,
    pub(crate) settings: &'r Settings,
    pub(crate) runtime: &'r Runtime,
    /// A server that is running already.
    pub(crate) host: Option<&'r Host>,
}

impl Run<'_> {
    /// Brings the generated files up to date with the inputs of the snapshot, or with newer ones, which are then stale.
    /// With `only`, every other query file is as it was when its module was generated, and so is everything else.
    pub(crate) fn generate(&self, snapshot: Snapshot, only: Option<&BTreeSet<String>>) -> Result<Report, Diagnostics> {
        let &Self { root, settings, runtime, host } = self;
        let mut timings = Timings::start();
        let mut found = Diagnostics::default();
        let migrations = migrations::read(root, settings, &mut found);
        let modules = queries::read(root, &settings.queries, &mut found);
        let Some(migrations) = migrations else {
            return Err(found);
        };
        let mut scope = Scope { changed: modules.len(), modules };
        if let Some(only) = only {
            scope.modules.sort_by_key(|module| !only.contains(&module.path));
            let is_module = |file: &Path| {
                file.file_stem().is_some_and(|stem| {
                    OF_SCHEMA.iter().any(|it| *it == stem) || scope.modules.iter().any(|it| *it.name == *stem)
                })
            };
            let mut code = snapshot.outputs().filter(|file| file.starts_with(&settings.generated));
            // A file that belongs to no module depends on all of them.
            if code.all(is_module) {
                scope.changed = only.len().min(scope.changed);
            } else {
                scope.modules.sort_by(|one, other| one.path.cmp(&other.path));
            }
        }
        let started;
        let host = match host {
            Some(host) => host,
            None => match found.collect(Host::start()) {
                Some(host) => {
                    started = host;
                    &started
                }
                None => return Err(found),
            },
        };
        let Some(mut scratch) = found.collect(runtime.block_on(host.scratch())) else {
            return Err(found);
        };
        timings.end("server");
        let before = found.clone();
        let outcome = caught(|| build(settings, runtime, &migrations, &mut scope, &mut scratch, found, &mut timings));
        let outcome = outcome.unwrap_or_else(|panic| Err(with_panic(before, &panic)));
        // The server takes its time to drop a database: the files are written meanwhile.
        let removed = runtime.spawn(scratch.remove());
        let written = outcome.and_then(|built| {
            let Some(Built { files, warnings }) = built else { return Ok(None) };
            Ok(Some((write(root, settings, &files, !scope.is_everything(), snapshot.clone())?, warnings)))
        });
        let removed = runtime.block_on(removed).unwrap_or(Ok(()));
        let Some((changed, mut warnings)) = written? else {
            return self.generate(snapshot, None);
        };
        for problem in removed.err().iter().flat_map(Diagnostics::iter) {
            let message = format!("the scratch database was not dropped: {}", problem.message());
            warnings.push(Diagnostic::warning("build", problem.file(), message));
        }
        Ok(Report {
            changed,
            queries: scope.checked().iter().map(|module| module.queries.len()).sum(),
            warnings,
            timings: timings.ended("files"),
        })
    }
}

/// Which modules are checked and written.
struct Scope {
    /// Those that changed come first.
    modules: Vec<Module>,
    changed: usize,
}

impl Scope {
    fn checked(&self) -> &[Module] {
        &self.modules[..self.changed]
    }

    fn is_everything(&self) -> bool {
        self.changed == self.modules.len()
    }
}

/// A defect of the build step, with what was found before.
fn with_panic(mut found: Diagnostics, panic: &str) -> Diagnostics {
    found.push(
        Diagnostic::error("panic", "the build step", format!("the build step failed unexpectedly: {panic}"))
            .help("please report this, with the files that were read"),
    );
    found
}

/// What a run without errors has to write.
struct Built {
    /// The text of every file that may have changed, by its path in the project.
    files: Vec<(PathBuf, String)>,
    warnings: Diagnostics,
}

/// Every check on the migrated database, then the files. What was `found` before joins what is found here. `None` if the
/// changed modules can't be built without the others.
fn build(
    settings: &Settings,
    runtime: &Runtime,
    migrations: &[migrations::File],
    scope: &mut Scope,
    scratch: &mut Scratch,
    mut found: Diagnostics,
    timings: &mut Timings,
) -> Result<Option<Built>, Diagnostics> {
    let applied = runtime.block_on(migrations::apply(migrations, Some(settings), &mut scratch.client));
    let Some(Applied { found: unsafe_ddl, of_bases, statements: of_base_statements }) = found.collect(applied) else {
        return Err(found);
    };
    found.merge(unsafe_ddl);
    timings.end("migrations");
    let client = &scratch.client;
    // Modules that did not change were checked on the same schema before, and so were its functions.
    let changed = scope.changed;
    runtime.block_on(query_check::add_batches(&mut scope.modules[..changed], client, &mut found));
    let modules = scope.checked();
    if scope.is_everything() {
        let broken = runtime.block_on(of_bases.changes(client)).map_err(|error| unseen(&error))?;
        found.merge(broken.diagnostics(settings));
        found.merge(runtime.block_on(of_base_statements.broken(client)));
        // What nothing changed passed the same check in the build of its project.
        let passed = if broken.is_empty() { &of_bases } else { &BaseObjects::default() };
        found.merge(runtime.block_on(functions::check(migrations, &settings.optional, passed, client))?);
    }
    timings.end("functions");
    let prepared = runtime.block_on(query_check::prepare(modules, client, &mut found));
    found.merge(query_check::check(&prepared));
    found.merge(variants::check(&prepared));
    found.merge(runtime.block_on(query_check::try_copies(&prepared, client)));
    let analysed = found.collect(runtime.block_on(analysis::analyse(&prepared, client))).unwrap_or_default();
    let embedded = runtime.block_on(Embedded::find(&analysed, client, &mut found))?;
    found.merge(types::check(&prepared, &embedded, &settings.types, migrations));
    let json = runtime.block_on(types::JsonColumns::find(&settings.types, &prepared, &embedded, client));
    let (json, unused_json) = found.collect(json).unwrap_or_default();
    found.merge(unused_json);
    found.extend(generated_names::check(modules, &prepared, &embedded));
    found.merge(analysis::check(&analysed));
    let (constraints, catalogue) =
        runtime.block_on(async { join!(Constraints::read(&of_bases, client), Catalogue::read(client)) });
    let catalogue = catalogue.map_err(|error| unseen(&error))?;
    let accesses = accesses(&analysed, &catalogue)?;
    timings.end("queries");
    let annotations = Annotations::derive(&analysed);
    let pages = PageKeys::derive(&analysed, settings, &mut found);
    let reading = Reading::derive(&analysed, &accesses);
    let facts = Facts {
        annotations: &annotations,
        json: &json,
        reading: &reading,
        embedded: &embedded,
        pages: &pages,
        constraints: &constraints?,
    };
    let code = || rust_code::generate(settings, modules, &prepared, facts);
    // The code takes the time of this process, the rest that of the server.
    let (code, checked) = thread::scope(|threads| {
        let code = (!found.has_errors()).then(|| threads.spawn(|| caught(code)));
        let checked = runtime.block_on(statements(&analysed, &accesses, &catalogue, settings, client)).map(|shown| {
            let is_right = !found.has_errors() && !shown.has_errors();
            let schema = (is_right && scope.is_everything())
                .then(|| runtime.block_on(schema::write(migrations, &of_bases, settings, client)));
            (shown, schema.unwrap_or_else(|| Ok(Default::default())))
        });
        (code.map(ScopedJoinHandle::join), checked)
    });
    let (shown, schema) = checked?;
    found.merge(shown);
    found.sort();
    let mut warnings = found.into_result()?;
    let mut code = match code {
        Some(Ok(Ok(code))) => code?,
        Some(Ok(Err(panic))) => panic!("{panic}"),
        Some(Err(panic)) => panic::resume_unwind(panic),
        None => Vec::new(),
    };
    if !scope.is_everything() {
        // The modules and the schema are the same as before.
        code.retain(|(name, _)| !name.file_stem().is_some_and(|stem| OF_SCHEMA.iter().any(|it| *it == stem)));
        let is_module = |name: &Path| modules.iter().any(|module| name.file_stem() == Some(module.name.as_ref()));
        if !code.iter().all(|(name, _)| is_module(name)) {
            return Ok(None);
        }
    }
    let (schema, unlisted) = schema?;
    warnings.merge(unlisted);
    let in_folder = |folder: &str, files: Vec<(PathBuf, String)>| {
        let folder = PathBuf::from(folder);
        files.into_iter().map(move |(name, text)| (folder.join(name), text))
    };
    let files = in_folder(&settings.generated, code).chain(in_folder(&settings.schema, schema)).collect();
    timings.end("plans, schema and code");
    Ok(Some(Built { files, warnings }))
}

/// What each statement does with the database.
fn accesses(analysed: &[analysis::Analysed<'_, '_>], catalogue: &Catalogue) -> Result<Vec<Access>, Diagnostics> {
    analysis::with_deep_stack(|| analysed.iter().map(|it| Access::of(it.tree.as_ref(), catalogue)).collect())
}

fn unseen(error: &tokio_postgres::Error) -> Diagnostic {
    Diagnostic::new("queries", format!("cannot look into the statements: {}", in_full(error)))
}

/// What the trees and plans of the statements show.
async fn statements(
    analysed: &[analysis::Analysed<'_, '_>],
    accesses: &[Access],
    catalogue: &Catalogue,
    settings: &Settings,
    client: &Client,
) -> Result<Diagnostics, Diagnostics> {
    let mut found = analysis::with_deep_stack(|| rules::check(analysed, catalogue))?;
    let statements = analysed.iter().zip(accesses);
    found.extend(statements.filter_map(|(it, access)| check_mark(it.prepared.module, it.prepared.query, access)));
    found.merge(plans::check(analysed, accesses, catalogue, settings, client).await.map_err(|error| unseen(&error))?);
    found.extend(utility_statements::check(analysed, client).await.map_err(|error| unseen(&error))?);
    Ok(found)
}

/// Writes the files that differ and deletes those that are no longer generated.
///
/// With `keep`, the others are as they were.
fn write(
    root: &Path,
    settings: &Settings,
    files: &[(PathBuf, String)],
    keep: bool,
    snapshot: Snapshot,
) -> Result<Vec<PathBuf>, Diagnostics> {
    // A signal that arrives from here on waits until the files fit each other.
    let _complete = interrupt::complete_blocking();
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
    let before = if keep { Vec::new() } else { before };
    write_files(root, settings, files, before, snapshot).map_err(|error| unwritable(settings, &error))
}

fn write_files(
    root: &Path,
    settings: &Settings,
    files: &[(PathBuf, String)],
    before: Vec<PathBuf>,
    snapshot: Snapshot,
) -> io::Result<Vec<PathBuf>> {
    remove_unfinished(root, settings)?;
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
    let snapshot = snapshot.with_outputs_of(root, settings)?;
    write_if_changed(&root.join(fingerprint::path(settings)), &snapshot.text())?;
    Ok(changed)
}

/// What the name of a file ends with until it is complete; then comes the number of its process.
const UNFINISHED: &str = "tmp";

/// A build that was killed could not complete or delete its file.
fn remove_unfinished(root: &Path, settings: &Settings) -> io::Result<()> {
    for folder in [&settings.generated, &settings.schema] {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten() {
            let path = entry?.path();
            let number = path.extension().and_then(|it| it.to_str()).and_then(|it| it.strip_prefix(UNFINISHED));
            if number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

/// Leaves a file alone that has the right bytes, so that nothing is compiled again for it.
fn write_if_changed(path: &Path, text: &str) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|before| before == text.as_bytes()) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Each file is replaced as a whole: a compiler may be reading it.
    let unfinished = path.with_extension(format!("{UNFINISHED}{}", std::process::id()));
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, path)?;
    Ok(true)
}

fn unwritable(settings: &Settings, error: &io::Error) -> Diagnostics {
    let folders = format!("{}, {}", settings.generated, settings.schema);
    Diagnostic::new(&folders, format!("cannot write the generated files: {error}")).into()
}
