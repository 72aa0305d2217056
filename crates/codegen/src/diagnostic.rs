//! What is wrong with a file, in the format of rustc's messages.

use std::fmt;

use barqnet_db_sql::{Place, line_at};
use tokio_postgres::error::{DbError, ErrorPosition};

/// One problem in one file.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    message: String,
    file: String,
    /// Where in the file, and the line there.
    place: Option<(Place, String)>,
    notes: Vec<String>,
}

impl Diagnostic {
    pub(crate) fn new(file: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), file: file.to_owned(), place: None, notes: Vec::new() }
    }

    /// Points at a byte offset of the file's text.
    pub(crate) fn at(mut self, text: &str, offset: usize) -> Self {
        self.place = Some((Place::new(text, offset), line_at(text, offset).to_owned()));
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// PostgreSQL's error, with its detail, hint and SQLSTATE.
    pub(crate) fn from_database(file: &str, error: &DbError) -> Self {
        let mut diagnostic = Self::new(file, error.message());
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
        writeln!(f, "error: {}", self.message)?;
        let Some((place, line)) = &self.place else {
            write!(f, " --> {}", self.file)?;
            return self.notes.iter().try_for_each(|note| write!(f, "\n  = {note}"));
        };
        let gutter = " ".repeat(place.line.to_string().len());
        writeln!(f, "{gutter}--> {}:{place}", self.file)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{} | {line}", place.line)?;
        write!(f, "{gutter} | {}^", " ".repeat(place.column - 1))?;
        self.notes.iter().try_for_each(|note| write!(f, "\n{gutter} = {note}"))
    }
}

/// Everything that is wrong, in one go.
#[derive(Debug, Default)]
pub struct Failures(Vec<Diagnostic>);

impl Failures {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub(crate) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics);
    }

    pub(crate) fn merge(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// `Err` with all failures, if there are any.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<Diagnostic> for Failures {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}\n")?;
        }
        match self.0.len() {
            1 => write!(f, "1 problem"),
            count => write!(f, "{count} problems"),
        }
    }
}

impl std::error::Error for Failures {}
