//! What a check found.

use std::{error::Error, fmt};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What was found.
    pub what: String,
    /// What to do about it, if anything.
    pub advice: Option<String>,
}

/// How much a finding matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// For information.
    Note,
    /// It may cause trouble.
    Warning,
    /// It causes trouble.
    Problem,
}

/// What a check found, or why it failed.
pub(super) type CheckResult = Result<Vec<Finding>, Box<dyn Error + Send + Sync>>;

impl Finding {
    pub(super) fn ok(what: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, what: what.into(), advice: None }
    }

    pub(super) fn note(what: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::ok(what) }
    }

    pub(super) fn warning(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, what: what.into(), advice: Some(advice.into()) }
    }

    pub(super) fn problem(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { severity: Severity::Problem, ..Self::warning(what, advice) }
    }

    /// A check could not be made.
    pub(super) fn check_failed(what: &str, error: &str) -> Self {
        Self::note(format!("could not check {what}: {error}"))
    }

    pub(super) fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.what)?;
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}
