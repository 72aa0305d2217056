//! What `cargo build` does: nothing while the fingerprint fits, otherwise generate or say what is stale.

use std::{env, path::PathBuf, process};

use crate::{fingerprint, generate};

/// Where the generated code belongs to other files, `BARQNET_CODEGEN` decides:
/// unset, it is generated anew; `check`, the build fails; `force`, it is generated even if it seems fresh.
const MODE: &str = "BARQNET_CODEGEN";

/// The body of `build.rs`. Ends the process with an error message if the code is stale and can't be mended.
pub fn build_script() {
    println!("cargo::rerun-if-env-changed={MODE}");
    println!("cargo::rerun-if-env-changed=BARQNET_CODEGEN_URL");
    for input in ["build.rs", "cornucopia.toml", "migrations", "queries"] {
        println!("cargo::rerun-if-changed={input}");
    }
    if let Err(message) = run() {
        eprintln!("{message}");
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).ok_or("run this from cargo's build script")?;
    let mode = env::var(MODE).unwrap_or_default();
    if !["", "check", "force"].contains(&mode.as_str()) {
        return Err(format!("{MODE} is `{mode}`; it may be `check`, `force` or unset"));
    }
    let stale = fingerprint::stale_files(&root).map_err(|error| format!("cannot read the project: {error}"))?;
    if stale.is_empty() && mode != "force" {
        return Ok(());
    }
    let stale = if stale.is_empty() { "forced".to_owned() } else { stale.join(", ") };
    if mode == "check" {
        return Err(format!(
            "the generated code is stale: {stale}\nrun `env -u {MODE} cargo build` and commit src/generated"
        ));
    }
    match generate(&root) {
        Ok(report) => {
            println!("cargo::warning=src/generated: {report}; because: {stale}");
            Ok(())
        }
        Err(failures) => Err(format!("{failures}\nsrc/generated was left as it was; it is stale: {stale}")),
    }
}
