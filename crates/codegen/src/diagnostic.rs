//! What is wrong with a file, in the format of rustc's messages.

use std::fmt;

use barqnet_db_sql::{Place, line_at, offset_of_character};
use tokio_postgres::error::{DbError, ErrorPosition};

use crate::queries::Query;

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
    /// Where in the file.
    place: Option<Span>,
    notes: Vec<String>,
    help: Vec<String>,
    /// What may stand in place of the marked text.
    suggestion: Option<String>,
    /// It is about one of the statements of a query that is several.
    is_of_variant: bool,
}

/// A part of one line.
#[derive(Clone, Debug)]
struct Span {
    start: Place,
    /// How many characters are marked, at least 1.
    width: usize,
    /// The whole line.
    line: String,
}

impl Span {
    fn end(&self) -> Place {
        Place { line: self.start.line, column: self.start.column + self.width }
    }
}

/// How many characters the token has that begins here: a word, a quoted text up to the end of the line, or one symbol.
fn width(rest: &str) -> usize {
    let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut characters = rest.chars();
    let Some(first) = characters.next() else { return 1 };
    match first {
        '\'' | '"' | '`' => match characters.clone().position(|c| c == first) {
            Some(inside) => inside + 2,
            None => rest.trim_end().chars().count(),
        },
        ':' | '$' => 1 + characters.take_while(is_word).count(),
        _ if is_word(&first) => 1 + characters.take_while(is_word).count(),
        _ => 1,
    }
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
            suggestion: None,
            is_of_variant: false,
        }
    }

    pub(crate) fn warning(rule: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(rule, file, message) }
    }

    /// Points at a byte offset of the file's text, and marks the token that begins there.
    pub(crate) fn at(mut self, text: &str, offset: usize) -> Self {
        let start = Place::new(text, offset);
        let line = line_at(text, offset).to_owned();
        let rest = &line[offset_of_character(&line, start.column - 1)..];
        self.place = Some(Span { start, width: width(rest), line });
        self
    }

    /// Whether it says the same.
    fn is_same(&self, other: &Self) -> bool {
        (self.rule, &self.message) == (other.rule, &other.message)
    }

    /// What may stand in place of the marked text.
    pub(crate) fn suggest(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(text.into());
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

    /// Whether it stops the build.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The kind of problem, in kebab-case: `unqualified-update`.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.rule
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The file, relative to the project, or what else is wrong, such as a variable.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where the marked text begins, and the first place after it.
    #[must_use]
    pub fn places(&self) -> Option<(Place, Place)> {
        self.place.as_ref().map(|span| (span.start, span.end()))
    }

    /// Facts that explain the problem.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What to do about it.
    #[must_use]
    pub fn helps(&self) -> &[String] {
        &self.help
    }

    /// What may stand in place of the marked text.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
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
        let Some(Span { start, width, line }) = &self.place else {
            write!(f, " --> {}", self.file)?;
            return notes().try_for_each(|note| write!(f, "\n  = {note}"));
        };
        let gutter = " ".repeat(start.line.to_string().len());
        writeln!(f, "{gutter}--> {}:{start}", self.file)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{} | {line}", start.line)?;
        // A tab stays one, so that the mark stands below its text.
        let indent: String = line.chars().take(start.column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
        let indent = format!("{indent:0$}", start.column - 1);
        write!(f, "{gutter} | {indent}{}", "^".repeat(*width))?;
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

    /// Adds what was found in the statement of a query, which may be one of several.
    pub(crate) fn extend_of(&mut self, query: &Query, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics.into_iter().map(|mut diagnostic| {
            if let Some(variant) = &query.variant {
                diagnostic.notes.push(format!("variant: {}", variant.label));
                diagnostic.is_of_variant = true;
            }
            diagnostic
        }));
    }

    pub(crate) fn merge(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Names the files as those of a folder: `barqnet-db/queries/users.sql`.
    pub(crate) fn in_folder(mut self, folder: &str) -> Self {
        for diagnostic in &mut self.0 {
            diagnostic.file = format!("{folder}/{}", diagnostic.file);
        }
        self
    }

    /// Names the files as git does: `v1.2:queries/users.sql`.
    #[cfg(feature = "command")]
    pub(crate) fn in_files_of(mut self, reference: &str) -> Self {
        for diagnostic in &mut self.0 {
            diagnostic.file = format!("{reference}:{}", diagnostic.file);
        }
        self
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
            let key = |it: &Diagnostic| (it.file.clone(), it.place.as_ref().map(|span| span.start));
            key(a).cmp(&key(b))
        });
        // What is wrong with several statements of a query is said of the first one.
        let all = std::mem::take(&mut self.0);
        for diagnostic in all {
            let place = |it: &Diagnostic| it.place.as_ref().map(|span| span.start);
            let mut before =
                self.0.iter().rev().take_while(|it| it.file == diagnostic.file && place(it) == place(&diagnostic));
            if !(diagnostic.is_of_variant && before.any(|it| it.is_of_variant && it.is_same(&diagnostic))) {
                self.0.push(diagnostic);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_token_is_marked() {
        for (rest, expected) in [
            ("lable,", 5),
            (":id AND", 3),
            ("'it is', x", 7),
            ("'never closed  ", 13),
            ("= 5", 1),
            ("::INT", 1),
            ("", 1),
            ("é_2 ", 3),
        ] {
            assert_eq!(width(rest), expected, "{rest}");
        }
    }

    #[test]
    fn a_mark_stands_below_its_text() {
        let text = "SELECT\n\té, lable\nFROM t";
        let diagnostic = Diagnostic::new("x.sql", "no such column").at(text, text.find("lable").expect("it is there"));
        assert_eq!(
            diagnostic.to_string(),
            "error: no such column\n --> x.sql:2:5\n  |\n2 | \té, lable\n  | \t   ^^^^^"
        );
        let (start, end) = diagnostic.places().expect("it has a place");
        assert_eq!((start.to_string(), end.to_string()), ("2:5".to_owned(), "2:10".to_owned()));
    }
}
