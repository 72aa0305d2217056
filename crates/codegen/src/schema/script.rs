//! The schema as one script.

use std::{fs, io, path::Path};

use super::{domains::names, files::load_order};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::Settings,
};

/// One script that creates the schema in an empty database, from the schema files of the project at `root`.
///
/// It is for development and tests: a database made from it has no history of migrations.
pub fn schema_script(root: &Path) -> Result<String, Diagnostics> {
    let settings = Settings::read(root)?;
    let unreadable = |error| Diagnostic::new(&settings.schema, format!("cannot read the schema: {error}"));
    let folder = root.join(&settings.schema);
    let mut texts = Vec::new();
    for name in names(&settings) {
        match fs::read_to_string(folder.join(format!("{name}.sql"))) {
            // A domain without objects has no file.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            text => texts.push(text.map_err(unreadable)?),
        }
    }
    Ok(load_order(texts.iter().map(String::as_str)))
}
