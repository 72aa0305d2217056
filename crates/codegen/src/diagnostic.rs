//! What is wrong with a file, in the format of rustc's messages.

use std::fmt;

use barqnet_db_sql::{Place, line_at};
use tokio_postgres::error::{DbError, ErrorPosition};

/// Whether a diagnostic stops the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing is written.
    Error,
    /// The files are written all the same.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One problem in one file.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    level: Level,
    /// The kind of problem, in kebab-case: `unqualified-update`.
    rule: &'static str,
    message: String,
    file: String,
    /// Where in the file, and the line there.
    place: Option<(Place, String)>,
    notes: Vec<String>,
    help: Vec<String>,
}

impl Diagnostic {
    /// An error of the rule `build`: what has no rule of its own.
    pub(crate) fn new(file: &str, message: impl Into<String>) -> Self {
        Self::error("build", file, message)
    }

    pub(crate) fn error(rule: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            rule,
            message: message.into(),
            file: file.to_owned(),
            place: None,
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    pub(crate) fn warning(rule: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(rule, file, message) }
    }

    /// Points at a byte offset of the file's text.
    pub(crate) fn at(mut self, text: &str, offset: usize) -> Self {
        self.place = Some((Place::new(text, offset), line_at(text, offset).to_owned()));
        self
    }

    /// A fact that explains the problem.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// What to do about it: SQL or an annotation that can be pasted, if there is one.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// PostgreSQL's error, with its detail, hint and SQLSTATE.
    pub(crate) fn from_database(file: &str, error: &DbError) -> Self {
        let mut diagnostic = Self::error("postgresql", file, error.message());
        if let Some(detail) = error.detail() {
            diagnostic = diagnostic.note(format!("detail: {detail}"));
        }
        if let Some(hint) = error.hint() {
            diagnostic = diagnostic.note(format!("hint: {hint}"));
        }
        if let Some(context) = error.where_() {
            diagnostic = diagnostic.note(format!("where: {context}"));
        }
        diagnostic.note(format!("SQLSTATE {}", error.code().code()))
    }
}

/// Where the server saw the error: a character of the statement that was sent, counted from 0.
pub(crate) fn character_position(error: &DbError) -> Option<usize> {
    match error.position()? {
        ErrorPosition::Original(position) => usize::try_from(*position).ok()?.checked_sub(1),
        // Inside a function body that the file does not hold at this position.
        ErrorPosition::Internal { .. } => None,
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.level, self.message)?;
        let notes = || self.notes.iter().cloned().chain(self.help.iter().map(|help| format!("help: {help}")));
        let Some((place, line)) = &self.place else {
            write!(f, " --> {}", self.file)?;
            return notes().try_for_each(|note| write!(f, "\n  = {note}"));
        };
        let gutter = " ".repeat(place.line.to_string().len());
        writeln!(f, "{gutter}--> {}:{place}", self.file)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{} | {line}", place.line)?;
        write!(f, "{gutter} | {}^", " ".repeat(place.column - 1))?;
        notes().try_for_each(|note| write!(f, "\n{gutter} = {note}"))
    }
}

/// Everything that was found, in one go.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub(crate) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics);
    }

    pub(crate) fn merge(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Takes the value of a step, or keeps why there is none and goes on.
    pub(crate) fn collect<T>(&mut self, step: Result<T, Self>) -> Option<T> {
        step.map_err(|failures| self.merge(failures)).ok()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.level() == Level::Error)
    }

    /// `Err` with everything, if there is an error; otherwise the warnings.
    pub(crate) fn into_result(self) -> Result<Self, Self> {
        if self.has_errors() { Err(self) } else { Ok(self) }
    }

    /// One after the other, by file and place.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    pub(crate) fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let key = |it: &Diagnostic| (it.file.clone(), it.place.as_ref().map(|(place, _)| *place));
            key(a).cmp(&key(b))
        });
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}\n")?;
        }
        let count = |level| self.0.iter().filter(|diagnostic| diagnostic.level() == level).count();
        let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let errors = (count(Level::Error) > 0).then(|| plural(count(Level::Error), "problem"));
        let warnings = (count(Level::Warning) > 0).then(|| plural(count(Level::Warning), "warning"));
        f.write_str(&errors.into_iter().chain(warnings).collect::<Vec<_>>().join(", "))
    }
}

impl std::error::Error for Diagnostics {}
