//! A place in the order of the migrations: a version of a source.

use std::{fmt, str::FromStr};

/// A version of a source: a run stops behind it, and a rollback goes back to it. Version 0 is before the source's first
/// migration.
///
/// ```
/// use barqnet_db_migrate::Target;
///
/// assert_eq!(Target::from(3).to_string(), "V3");
/// assert_eq!(Target::from(("app", 3)).to_string(), "app/V3");
/// assert_eq!("app/3".parse(), Ok(Target::from(("app", 3))));
/// assert!("app/-3".parse::<Target>().is_err());
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

/// `3`, `V3`, `app/3` and `app/V3`.
impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (source, version) = match text.split_once('/') {
            Some((source, version)) => (Some(source.to_owned()), version),
            None => (None, text),
        };
        let version = version.strip_prefix('V').unwrap_or(version);
        let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        match version.parse() {
            Ok(version) if is_number => Ok(Self { source, version }),
            _ => Err(format!("`{text}` is no version: expected a number from 0 to {}, or SOURCE/NUMBER", i32::MAX)),
        }
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
