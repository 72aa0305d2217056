//! Why a database is not taken over.

use barqnet_db_migrate::{BaselineError, Error};

/// Why a database can't be migrated: it is not of the Go product, or of a version that the migrations can't convert.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It has tables, and they are not BarqNet's.
    #[error("this database is not BarqNet's: it has {tables}, but no {missing}")]
    NotBarqNet {
        /// Its tables.
        tables: String,
        /// The missing columns by which a database of BarqNet is known.
        missing: String,
    },
    /// Its table `schema_migrations` is another program's.
    #[error(
        "another program made the table schema_migrations (columns: {columns}); this one has version, name, applied_on \
         and checksum"
    )]
    ForeignTracking {
        /// The table's columns.
        columns: String,
    },
    /// Migrations of the Go product are applied that this crate can't convert.
    #[error(
        "migrations of the Go product are applied that this build can't convert: {versions}; it converts 001 to 004"
    )]
    UnknownVersions {
        /// The versions, as they are recorded, or what shows that they were applied.
        versions: String,
    },
}

impl Refusal {
    /// The refusal in an error of the runner, if there is one.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        match error {
            Error::Refused { reason, .. } => reason.downcast_ref(),
            _ => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotBarqNet { .. } => "give BarqNet a database of its own",
            Self::ForeignTracking { .. } => "give BarqNet a database of its own, or rename that table",
            Self::UnknownVersions { .. } => "ask for a build that converts them",
        }
    }
}

impl From<Refusal> for BaselineError {
    fn from(refusal: Refusal) -> Self {
        let advice = refusal.advice().to_owned();
        Self::Refused { reason: Box::new(refusal), advice }
    }
}
