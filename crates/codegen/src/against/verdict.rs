//! What `check --against` says.

use std::fmt;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    query_check::Prepared,
};

/// Whose queries run on whose schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Those of the git ref on the schema of this tree: after the migration, before the last old program has ended.
    OldQueries,
    /// Those of this tree on the schema of the git ref: a new program before the migration, or after a rollback.
    NewQueries,
}

/// What becomes of a query on the other schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    /// It runs, but a program reads something else than it expects.
    Shape(Vec<String>),
    /// The server's message.
    Fails(String),
}

/// One query.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) direction: Direction,
    /// `module.query`
    pub(crate) query: String,
    pub(crate) outcome: Outcome,
    /// Points at the query.
    place: Diagnostic,
}

impl Verdict {
    pub(super) fn new(direction: Direction, prepared: &Prepared<'_>, outcome: Outcome) -> Self {
        let Prepared { module, query, .. } = prepared;
        let name = format!("{}.{}", module.name, query.name.text);
        let place = match &outcome {
            Outcome::Fine => Diagnostic::new(&module.path, name.as_str()),
            Outcome::Shape(differences) => {
                Diagnostic::error("release-shape", &module.path, format!("{name}: {}", differences.join("; ")))
            }
            Outcome::Fails(message) => Diagnostic::error("release-fails", &module.path, format!("{name}: {message}")),
        };
        Self { direction, query: name, outcome, place: place.at(&module.text, query.name.offset) }
    }

    /// One line of `--message-format json`.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let (verdict, differences, message) = match &self.outcome {
            Outcome::Fine => ("fine", &[][..], None),
            Outcome::Shape(differences) => ("shape", differences.as_slice(), None),
            Outcome::Fails(message) => ("fails", &[][..], Some(message)),
        };
        serde_json::json!({
            "direction": match self.direction {
                Direction::OldQueries => "old-queries-on-new-schema",
                Direction::NewQueries => "new-queries-on-old-schema",
            },
            "query": self.query,
            "verdict": verdict,
            "differences": differences,
            "message": message,
            "file": self.place.file(),
            "line": self.place.places().map(|(start, _)| start.line),
        })
    }
}

/// Two releases, compared.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(super) reference: String,
    /// What of the ref's queries could not be read, and was not compared.
    pub(super) unreadable: Diagnostics,
    pub(super) verdicts: Vec<Verdict>,
}

impl Comparison {
    pub(crate) fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// Whether both releases can run at the same time.
    pub(crate) fn is_compatible(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.outcome == Outcome::Fine)
    }

    /// What is not fine. Those of the ref's queries that are not in this tree's files are named as git does.
    pub(crate) fn diagnostics(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        for verdict in self.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Fine) {
            let problem = Diagnostics::from(verdict.place.clone());
            diagnostics.merge(match verdict.direction {
                Direction::OldQueries => problem.in_files_of(&self.reference),
                Direction::NewQueries => problem,
            });
        }
        diagnostics
    }

    fn section(&self, f: &mut fmt::Formatter<'_>, direction: Direction) -> fmt::Result {
        let verdicts = || self.verdicts.iter().filter(|verdict| verdict.direction == direction);
        let fine = verdicts().filter(|verdict| verdict.outcome == Outcome::Fine).count();
        let width = verdicts().map(|verdict| verdict.query.chars().count()).max().unwrap_or_default();
        match direction {
            Direction::OldQueries => writeln!(f, "Queries of {} on the schema of this tree:", self.reference)?,
            Direction::NewQueries => writeln!(f, "Queries of this tree on the schema of {}:", self.reference)?,
        }
        for verdict in verdicts() {
            match &verdict.outcome {
                Outcome::Fine => {}
                Outcome::Shape(differences) => {
                    for difference in differences {
                        writeln!(f, "  differs  {:width$}  {difference}", verdict.query)?;
                    }
                }
                Outcome::Fails(message) => writeln!(f, "  fails    {:width$}  {message}", verdict.query)?,
            }
        }
        write!(f, "  {fine} of {} fine", verdicts().count())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.unreadable.iter() {
            writeln!(f, "{problem}\n  = not compared\n")?;
        }
        self.section(f, Direction::OldQueries)?;
        f.write_str("\n\n")?;
        self.section(f, Direction::NewQueries)
    }
}
