//! What `cargo build` does: nothing while the fingerprint fits; otherwise it generates, or says what is stale.

use std::{
    env,
    path::{Path, PathBuf},
    process,
};

use crate::{fingerprint, generate::generate_with, scratch::URL, settings::Settings};

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
    if let Ok(settings) = Settings::read(&root) {
        for input in settings.inputs(&root) {
            println!("cargo::rerun-if-changed={}", input.display());
        }
    }
    match bring_up_to_date(&root) {
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
    let mode = env::var(MODE).unwrap_or_default();
    if !["", "check", "force"].contains(&mode.as_str()) {
        return Err(format!("{MODE} is `{mode}`; it may be `check`, `force` or unset"));
    }
    let settings = Settings::read(root).map_err(|failures| failures.to_string())?;
    let stale = fingerprint::stale(root, &settings).map_err(|failures| failures.to_string())?;
    if stale.is_empty() && mode != "force" {
        return Ok(None);
    }
    let stale = if stale.is_empty() { "forced".to_owned() } else { stale.join(", ") };
    let Settings { generated, schema, .. } = &settings;
    if mode == "check" {
        return Err(format!(
            "the generated files are stale: {stale}\nrun `env -u {MODE} cargo build` and commit {generated} and {schema}"
        ));
    }
    match generate_with(root, &settings) {
        Ok(report) => {
            let warnings = report.warnings.iter().map(|warning| format!("{warning}\n\n")).collect::<String>();
            Ok(Some(format!("{warnings}{generated}, {schema}: {report}; because: {stale}")))
        }
        Err(failures) => Err(format!(
            "{failures}\nNothing was written to {generated} and {schema}. Stale: {stale}. Correct this and run `cargo build`"
        )),
    }
}
