//! Projects below this one: their migrations run first, and their tables are there.
//!
//! ```text
//! on_top_of ──find──▶ Base { folder, settings } ──▶ migrations of the bases, then those of the project ──▶ scratch database
//!                                                      │                             │
//!                              what the bases made ◀───┴── objects, statements ──────┴──▶ what became of it
//! ```
//!
//! A base has passed its own build, so its files are not searched for mistakes once more. What is written is the project's own.

mod find;
mod inherit;
mod objects;
mod statements;

use std::path::PathBuf;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    settings::{self, Settings},
};

pub(crate) use self::{
    find::{attach, untold},
    objects::BaseObjects,
    statements::BaseStatements,
};

/// A project whose migrations run before those of this one.
#[derive(Debug)]
pub(crate) struct Base {
    /// The `links` of its package.
    pub(crate) name: String,
    /// Its folder on this machine. It must appear in no file that is written, and in no message.
    pub(crate) root: PathBuf,
    /// Its own settings.
    pub(crate) settings: Settings,
}

impl Base {
    /// The path of one of its files, as fingerprints and messages show it: the same on every machine.
    pub(crate) fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.name)
    }

    /// The files and folders of it that decide what is generated.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = PathBuf> {
        let paths = [settings::FILE, &self.settings.migrations, &self.settings.queries];
        paths.map(|path| self.root.join(path)).into_iter().filter(|path| path.exists())
    }

    /// Problems with its files, under the names that [`Self::shown`] gives them.
    pub(crate) fn label(&self, problems: Diagnostics) -> Diagnostics {
        problems.in_folder(&self.name)
    }
}

/// An error about a name in `on_top_of`.
fn error_at(settings: &Settings, name: &str, message: String) -> Diagnostic {
    let text = settings.text();
    Diagnostic::error("on-top-of", settings::FILE, message).at(text, text.find(&format!("\"{name}\"")).unwrap_or(0))
}
