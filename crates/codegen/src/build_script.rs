//! What `cargo build` does: nothing while the fingerprint fits; otherwise it generates, or says what is stale.

use std::{
    env, fmt,
    path::{Path, PathBuf},
    process,
};

use crate::{
    bases,
    diagnostic::Diagnostics,
    fingerprint::{self, Snapshot},
    generate::{Report, Run, runtime},
    interrupt::Interrupts,
    project_lock::ProjectLock,
    scratch::{Host, URL},
    settings::Settings,
};

/// What to do about generated files that are stale. Unset: generate them. `check`: fail the build. `force`: generate
/// them even if they seem fresh.
const MODE: &str = "BARQNET_CODEGEN";

/// The body of `build.rs`. It ends the process with a message if the generated files are stale and cannot be generated.
pub fn build_script() {
    println!("cargo::rerun-if-env-changed={MODE}");
    println!("cargo::rerun-if-env-changed={URL}");
    println!("cargo::rerun-if-changed=build.rs");
    let Some(root) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        eprintln!("CARGO_MANIFEST_DIR is not set: this is for cargo's build scripts");
        process::exit(1);
    };
    // Where the projects on top of this one find its files.
    if env::var_os("CARGO_MANIFEST_LINKS").is_some() {
        println!("cargo::metadata=root={}", root.display());
    }
    let settings = Settings::read_alone(&root);
    if let Ok(settings) = &settings {
        let untold = bases::untold(settings);
        if untold.has_errors() {
            eprintln!("{untold}");
            process::exit(1);
        }
    }
    let settings = settings.and_then(|settings| settings.with_bases(&root));
    if let Ok(settings) = &settings {
        for input in settings.inputs(&root) {
            println!("cargo::rerun-if-changed={}", input.display());
        }
    }
    // Without it, a signal would only leave more behind.
    let interrupts = Interrupts::install();
    let outcome = bring_up_to_date_by(&root, settings);
    drop(interrupts);
    match outcome {
        Ok(None) => {}
        Ok(Some(done)) => done.lines().for_each(|line| println!("cargo::warning={line}")),
        Err(message) => {
            eprintln!("{message}");
            process::exit(1);
        }
    }
}

/// Generates if something changed. Returns what was done, `None` if everything was fresh, or why it cannot be done.
pub fn bring_up_to_date(root: &Path) -> Result<Option<String>, String> {
    bring_up_to_date_by(root, Settings::read(root))
}

fn bring_up_to_date_by(root: &Path, settings: Result<Settings, Diagnostics>) -> Result<Option<String>, String> {
    let mode = Mode::from_env().map_err(|error| error.to_string())?;
    match settings.map_err(Failure::Project).and_then(|settings| build_by(root, &settings, mode, None)) {
        Ok(Outcome::Fresh) => Ok(None),
        Ok(Outcome::Generated(generated)) => {
            let warnings = generated.report.warnings.iter().map(|warning| format!("{warning}\n\n")).collect::<String>();
            Ok(Some(format!("{warnings}{generated}")))
        }
        Ok(outcome @ Outcome::Stale { .. }) => Err(outcome.to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// What to do about generated files that are stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Build,
    Check,
    Force,
}

impl Mode {
    pub(crate) fn from_env() -> Result<Self, Failure> {
        match env::var(MODE).unwrap_or_default().as_str() {
            "" => Ok(Self::Build),
            "check" => Ok(Self::Check),
            "force" => Ok(Self::Force),
            other => {
                let message = format!("{MODE} is `{other}`; it may be `check`, `force` or unset");
                Err(Failure::Usage(message))
            }
        }
    }
}

/// What a run did.
pub(crate) enum Outcome {
    Fresh,
    /// [`Mode::Check`] generates nothing.
    Stale {
        generated: String,
        schema: String,
        stale: Vec<String>,
    },
    Generated(Box<Generated>),
}

pub(crate) struct Generated {
    /// The folders of the code and of the schema.
    folders: [String; 2],
    because: String,
    pub(crate) report: Report,
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folders, because, report } = self;
        write!(f, "{}: {report}; because: {because}", folders.join(", "))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fresh => f.write_str("everything is up to date"),
            Self::Generated(generated) => generated.fmt(f),
            Self::Stale { generated, schema, stale } => write!(
                f,
                "the generated files are stale: {}\nrun `env -u {MODE} cargo build` and commit {generated} and {schema}",
                stale.join(", ")
            ),
        }
    }
}

/// Why a run did nothing.
pub(crate) enum Failure {
    /// A variable has a value that it may not have.
    Usage(String),
    /// The settings or the project cannot be read.
    Project(Diagnostics),
    /// The migrations or the queries are wrong, or there is no server.
    Problems { problems: Diagnostics, generated: String, schema: String, because: String },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => f.write_str(message),
            Self::Project(problems) => problems.fmt(f),
            Self::Problems { problems, generated, schema, because } => write!(
                f,
                "{problems}\nNothing was written to {generated} and {schema}. Stale: {because}. Correct this and run `cargo build`"
            ),
        }
    }
}

/// Reads the settings, and generates what is stale, on a server that is running already or on one of its own.
#[cfg(feature = "command")]
pub(crate) fn build(root: &Path, mode: Mode, host: Option<&Host>) -> Result<Outcome, Failure> {
    build_by(root, &Settings::read(root).map_err(Failure::Project)?, mode, host)
}

fn build_by(root: &Path, settings: &Settings, mode: Mode, host: Option<&Host>) -> Result<Outcome, Failure> {
    let compare = || {
        let snapshot = Snapshot::take(root, settings)?;
        let comparison = snapshot.compare(root, settings)?;
        Ok((snapshot, comparison))
    };
    let compare = || compare().map_err(|error| Failure::Project(fingerprint::unreadable(&error)));
    let is_fresh = |stale: &[String]| stale.is_empty() && mode != Mode::Force;
    // Hashing the files is what a build without changes takes its time for: it is done once, unless another build may be
    // just about to bring them up to date.
    let taken = ProjectLock::take(root);
    let (mut snapshot, mut comparison) = compare()?;
    let _lock = match taken {
        Some(lock) => lock,
        None if is_fresh(&comparison.stale) => return Ok(Outcome::Fresh),
        None => {
            let lock = ProjectLock::wait(root);
            (snapshot, comparison) = compare()?;
            lock
        }
    };
    if is_fresh(&comparison.stale) {
        return Ok(Outcome::Fresh);
    }
    let Settings { generated, schema, .. } = settings;
    let (generated, schema) = (generated.clone(), schema.clone());
    if mode == Mode::Check {
        return Ok(Outcome::Stale { generated, schema, stale: comparison.stale });
    }
    let because = if comparison.stale.is_empty() { "forced".to_owned() } else { comparison.stale.join(", ") };
    let only = comparison.changed_queries.filter(|_| mode != Mode::Force);
    let run = |runtime| Run { root, settings, runtime: &runtime, host }.generate(snapshot, only.as_ref());
    match runtime().and_then(run) {
        Ok(report) => Ok(Outcome::Generated(Box::new(Generated { folders: [generated, schema], because, report }))),
        Err(problems) => Err(Failure::Problems { problems, generated, schema, because }),
    }
}
