//! Where the bases are: cargo knows.
//!
//! A build script is told by a variable, `DEP_BARQNET_DB_ROOT`, which the build script of the base has set. Every other program
//! asks `cargo metadata` for the package with that `links`.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Mutex,
};

use serde::Deserialize;

use super::{Base, error_at};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::Settings,
};

/// The variable that names the folder of a base to a build script.
pub(crate) fn variable(name: &str) -> String {
    format!("DEP_{}_ROOT", name.to_uppercase().replace('-', "_"))
}

/// Finds the bases that the settings name, and takes over their settings about their own objects. `project` is the folder of
/// the package's `Cargo.toml`.
pub(crate) fn attach(settings: &mut Settings, project: &Path) -> Result<(), Diagnostics> {
    for name in settings.on_top_of.clone() {
        let root = match env::var_os(variable(&name)) {
            Some(root) => PathBuf::from(root),
            None => by_metadata(settings, &name, project)?,
        };
        let of_base = Settings::read_alone(&root).map_err(|problems| problems.in_folder(&name))?;
        if !root.join(&of_base.migrations).is_dir() {
            let message = format!("`{name}` has no folder {}/: it is no project with migrations", of_base.migrations);
            return Err(error_at(settings, &name, message).into());
        }
        let missing = of_base.on_top_of.iter().find(|below| !settings.bases.iter().any(|base| base.name == **below));
        if let Some(missing) = missing {
            return Err(error_at(
                settings,
                &name,
                format!("`{name}` is on top of `{missing}`, which does not come before it"),
            )
            .help(format!("write on_top_of = [\"{missing}\", \"{name}\"], and add both to [dependencies]"))
            .into());
        }
        settings.inherit(&of_base, &name);
        settings.bases.push(Base { name, root, settings: of_base });
    }
    Ok(())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Clone, Deserialize)]
struct Package {
    links: Option<String>,
    manifest_path: PathBuf,
}

/// The packages with `links`, by the folder of the project: `watch` asks several times per second.
static FOUND: Mutex<BTreeMap<PathBuf, Vec<Package>>> = Mutex::new(BTreeMap::new());

fn by_metadata(settings: &Settings, name: &str, project: &Path) -> Result<PathBuf, Diagnostics> {
    let known = FOUND.lock().ok().and_then(|found| found.get(project).cloned());
    let packages = if let Some(packages) = known {
        packages
    } else {
        let packages = packages(project).map_err(|problem| {
            error_at(settings, name, format!("cannot find `{name}`: {problem}"))
                .help("the project must be a package whose dependencies cargo can resolve: run `cargo metadata`")
        })?;
        if let Ok(mut found) = FOUND.lock() {
            found.insert(project.to_owned(), packages.clone());
        }
        packages
    };
    let found = packages.iter().find(|package| package.links.as_deref() == Some(name));
    let folder = found.and_then(|package| package.manifest_path.parent());
    folder.map(Path::to_owned).ok_or_else(|| not_a_dependency(settings, name).into())
}

/// No dependency has this `links`.
fn not_a_dependency(settings: &Settings, name: &str) -> Diagnostic {
    error_at(settings, name, format!("no dependency has links = \"{name}\"")).help(format!(
        "add it to [dependencies] of Cargo.toml; for barqnet-db: `cargo add {name} --no-default-features`"
    ))
}

/// What a build script must say that cargo did not tell where a base is: cargo tells it of direct dependencies only.
pub(crate) fn untold(settings: &Settings) -> Diagnostics {
    let mut found = Diagnostics::default();
    for name in settings.on_top_of.iter().filter(|name| env::var_os(variable(name)).is_none()) {
        let variable = variable(name);
        found.push(not_a_dependency(settings, name).note(format!(
            "cargo sets {variable} for the packages in [dependencies] only, not for those in [dev-dependencies], \
             [build-dependencies] or below another dependency"
        )));
    }
    found
}

/// Without the network first: what is locked is there.
fn packages(project: &Path) -> Result<Vec<Package>, String> {
    let run = |further: &[&str]| -> Result<Output, String> {
        Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--format-version", "1", "--manifest-path"])
            .arg(project.join("Cargo.toml"))
            .args(further)
            .output()
            .map_err(|error| format!("cannot run cargo: {error}"))
    };
    let mut output = run(&["--offline"])?;
    if !output.status.success() {
        output = run(&[])?;
    }
    if !output.status.success() {
        return Err(format!("cargo metadata says: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    Ok(metadata.packages.into_iter().filter(|package| package.links.is_some()).collect())
}
