//! Why there is no throwaway server.

use std::{io, path::PathBuf};

/// Why a throwaway server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No folder with `initdb` and `postgres` was found.
    #[error(
        "no PostgreSQL installation found; install one (Debian, Ubuntu: `apt-get install postgresql`; \
         Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql@17`) or point BARQNET_PG_BIN \
         at the folder that holds initdb and postgres"
    )]
    NoInstallation,
    /// `BARQNET_PG_BIN` names a folder without the two programs.
    #[error("BARQNET_PG_BIN is {}, which lacks initdb or postgres; name the folder that holds both", .0.display())]
    WrongFolder(PathBuf),
    /// Only installations that are too old for the purpose were found.
    #[error(
        "PostgreSQL {needed} or newer is needed, but {} holds version {version}; install a newer one, or point \
         BARQNET_PG_BIN at the folder that holds its initdb and postgres", .folder.display()
    )]
    TooOld {
        /// The folder of the programs.
        folder: PathBuf,
        /// Its version, such as `13.23`.
        version: String,
        /// The oldest major version that would do.
        needed: u32,
    },
    /// PostgreSQL refuses to run as root, and the system has no user `nobody` to run it as.
    #[error("PostgreSQL does not run as root, and /etc/passwd has no user `nobody` to run it as; use another user")]
    NoUnprivilegedUser,
    /// A file or process operation failed.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// `initdb` or `postgres` stopped with an error.
    #[error("{program} failed: {output}")]
    Failed {
        /// The name of the program.
        program: &'static str,
        /// The last lines of its output.
        output: String,
    },
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.into(), source }
    }
}
