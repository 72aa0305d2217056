//! What `cargo build` does: nothing while the fingerprint fits, otherwise generate or say what is stale.

use std::{
    env,
    path::{Path, PathBuf},
    process,
};

use crate::{fingerprint, generate, scratch::URL};

/// Where the generated code belongs to other files, `BARQNET_CODEGEN` decides:
/// unset, it is generated anew; `check`, the build fails; `force`, it is generated even if it seems fresh.
const MODE: &str = "BARQNET_CODEGEN";

/// The body of `build.rs`. Ends the process with an error message if the code is stale and can't be mended.
pub fn build_script() {
    println!("cargo::rerun-if-env-changed={MODE}");
    println!("cargo::rerun-if-env-changed={URL}");
    for input in ["build.rs", "cornucopia.toml", "migrations", "queries"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let Some(root) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        eprintln!("CARGO_MANIFEST_DIR is not set: this is for cargo's build scripts");
        process::exit(1);
    };
    match bring_up_to_date(&root) {
        Ok(None) => {}
        Ok(Some(done)) => println!("cargo::warning={done}"),
        Err(message) => {
            eprintln!("{message}");
            process::exit(1);
        }
    }
}

/// Generates if something changed; says what was done, `None` if nothing had to be, or why it can't be.
pub fn bring_up_to_date(root: &Path) -> Result<Option<String>, String> {
    let mode = env::var(MODE).unwrap_or_default();
    if !["", "check", "force"].contains(&mode.as_str()) {
        return Err(format!("{MODE} is `{mode}`; it may be `check`, `force` or unset"));
    }
    let stale = fingerprint::stale_files(root).map_err(|error| format!("cannot read the project: {error}"))?;
    if stale.is_empty() && mode != "force" {
        return Ok(None);
    }
    let stale = if stale.is_empty() { "forced".to_owned() } else { stale.join(", ") };
    if mode == "check" {
        return Err(format!(
            "the generated code is stale: {stale}\nrun `env -u {MODE} cargo build` and commit src/generated"
        ));
    }
    match generate(root) {
        Ok(report) => Ok(Some(format!("src/generated: {report}; because: {stale}"))),
        Err(failures) => Err(format!(
            "{failures}\nsrc/generated was left as it was. Stale: {stale}. When that is mended, `cargo build` brings it up to date"
        )),
    }
}
