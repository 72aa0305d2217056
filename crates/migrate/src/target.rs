//! A place in the order of the migrations: a version of a source.

use std::fmt;

/// A version of a source: a run stops behind it, and a rollback goes back to it. Version 0 is before the source's first
/// migration.
///
/// ```
/// use barqnet_db_migrate::Target;
///
/// assert_eq!(Target::from(3).to_string(), "V3");
/// assert_eq!(Target::from(("app", 3)).to_string(), "app/V3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The source's name. `None` is enough where there is only one.
    pub source: Option<String>,
    /// The version.
    pub version: i32,
}

impl From<i32> for Target {
    fn from(version: i32) -> Self {
        Self { source: None, version }
    }
}

impl From<(&str, i32)> for Target {
    fn from((source, version): (&str, i32)) -> Self {
        Self { source: Some(source.to_owned()), version }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}/")?;
        }
        write!(f, "V{}", self.version)
    }
}
