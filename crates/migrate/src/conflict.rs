//! The ways in which a program's migrations and a database's history contradict each other, with what to do.

use std::fmt;

/// A contradiction between the program's migrations and the database's history. Its text says what to do, too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The database is ahead of the program.
    Ahead {
        /// The source, if the program has more than one.
        source: Option<String>,
        /// The newest version that this program knows.
        newest_known: i32,
        /// The applied migrations that are newer.
        newer: Vec<String>,
    },
    /// The database is ahead of the program, and an applied migration requires a newer program.
    ProgramTooOld {
        /// The source, if the program has more than one.
        source: Option<String>,
        /// The newest version that this program knows.
        newest_known: i32,
        /// The version that a program must know at least.
        min_version: i32,
    },
    /// A migration is applied that the program does not have, although it has newer ones.
    Unknown {
        /// The applied migration.
        migration: String,
    },
    /// A pending migration has a lower version than one that is applied.
    Late {
        /// The source, if the program has more than one.
        source: Option<String>,
        /// The pending migration.
        migration: String,
        /// The newest version that is applied.
        newest_applied: i32,
    },
    /// The program's migration has the version of an applied one, but another name or text.
    Changed {
        /// The program's migration.
        migration: String,
        /// The applied migration.
        applied_as: String,
    },
    /// The database has some of the migrations that the program has replaced by one, and not all of them.
    Squashed {
        /// The migration that replaces them.
        migration: String,
        /// The range of what it replaces, such as `V1 to V40`.
        replaces: String,
        /// The versions of it that are not applied.
        missing: Vec<i32>,
    },
}

/// `versions up to 3`, in a chain `versions of app up to 3`.
fn up_to(source: Option<&String>, newest_known: i32) -> String {
    let of = source.map(|source| format!("of {source} ")).unwrap_or_default();
    format!("versions {of}up to {newest_known}")
}

impl Conflict {
    /// The kind, in one word, for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ahead { .. } => "ahead",
            Self::ProgramTooOld { .. } => "program_too_old",
            Self::Unknown { .. } => "unknown",
            Self::Late { .. } => "late",
            Self::Changed { .. } => "changed",
            Self::Squashed { .. } => "squashed",
        }
    }

    /// What is wrong, without what to do about it.
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            Self::Ahead { source, newest_known, newer } => format!(
                "the database is ahead of this build: {} {} applied, this build knows {}",
                newer.join(", "),
                if newer.len() == 1 { "is" } else { "are" },
                up_to(source.as_ref(), *newest_known),
            ),
            Self::ProgramTooOld { source, newest_known, min_version } => format!(
                "this build is too old for the database: it knows {}, and the database requires version {min_version} or \
                 later",
                up_to(source.as_ref(), *newest_known),
            ),
            Self::Unknown { migration } => {
                format!("{migration} is applied, but this build, which has newer migrations, does not have it")
            }
            Self::Late { source, migration, newest_applied } => {
                let of = source.as_ref().map(|source| format!(" of {source}")).unwrap_or_default();
                format!("{migration} is pending, but version {newest_applied}{of}, which is newer, is already applied")
            }
            Self::Changed { migration, applied_as } if migration == applied_as => {
                format!("{migration} was edited after it was applied to this database")
            }
            Self::Changed { migration, applied_as } => {
                format!("{migration} has the version of {applied_as}, which is applied")
            }
            Self::Squashed { migration, replaces, missing } => {
                let versions: Vec<String> = missing.iter().map(|version| format!("V{version}")).collect();
                format!(
                    "this build has {migration} in place of {replaces}, of which the database has some, but not {}",
                    versions.join(", ")
                )
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Ahead { .. } | Self::ProgramTooOld { .. } => "deploy a newer build".to_owned(),
            Self::Unknown { .. } => "deploy the build that has it, or merge it into this one".to_owned(),
            Self::Late { newest_applied, .. } => format!("give it a version above {newest_applied}"),
            Self::Changed { migration, applied_as } if migration == applied_as => {
                "restore its released text, and put the change into a new migration".to_owned()
            }
            Self::Changed { .. } => "give it a new version".to_owned(),
            Self::Squashed { replaces, .. } => {
                format!("first deploy the last release that still has {replaces}, then this one")
            }
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.advice())
    }
}
