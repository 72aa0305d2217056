//! One HTML page with the schema and every statement.
//!
//! ```text
//! usage ──▶ unused ─┐
//!   └───────────────┴─html──▶ page
//! ```

mod drawing;
mod highlight;
mod html;
mod markup;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::Settings,
    unused,
    usage::{Uses, gather},
};

/// Where the page is written unless another file is named, in the project's folder.
pub(crate) const DEFAULT_REPORT: &str = "target/schema.html";

/// Writes the page of the project at `root` to the file `output`. Returns its length in bytes.
pub(crate) fn report(root: &Path, output: &Path) -> Result<usize, Diagnostics> {
    let settings = Settings::read(root)?;
    let gathered = gather(root, &settings)?;
    let uses = Uses::new(&gathered);
    let unused = unused::find(root, &settings, &gathered, &uses)?;
    let page = html::page(&project_name(root), &gathered, &uses, &unused);
    write(output, &page)
        .map_err(|error| Diagnostic::new(&output.display().to_string(), format!("cannot write the page: {error}")))?;
    Ok(page.len())
}

fn write(output: &Path, page: &str) -> io::Result<()> {
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(output, page)
}

/// The package's name, or that of its folder.
fn project_name(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let package = manifest.parse::<toml::Table>().ok().and_then(|manifest| {
        let name = manifest.get("package")?.get("name")?.as_str()?;
        Some(name.to_owned())
    });
    let folder = || {
        let absolute: PathBuf = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        absolute.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned())
    };
    package.unwrap_or_else(folder)
}
