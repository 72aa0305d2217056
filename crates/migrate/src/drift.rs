//! Drift: how the live schema differs from what the last migration left, because it was changed manually.

use std::{collections::BTreeMap, fmt};

use tokio_postgres::Client;

use super::{
    error::Error,
    fingerprint::{self, FORMAT, Fingerprint, Recorded},
    history,
    tables::HISTORY_TABLE,
};

/// How the live schema differs from what the last migration left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// Not at all.
    None,
    /// It is not known, and why.
    Unknown(&'static str),
    /// In these objects.
    Found(Vec<Difference>),
}

/// One object that differs from what the migrations made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It exists, and no migration made it.
    Added {
        /// Kind and name, such as `column users.active`.
        object: String,
        /// Its definition.
        is: String,
    },
    /// A migration made it, and it does not exist.
    Missing {
        /// Kind and name.
        object: String,
        /// The definition that it had.
        was: String,
    },
    /// Its definition is not the one that the migrations gave it.
    Changed {
        /// Kind and name.
        object: String,
        /// The definition that it had.
        was: String,
        /// Its definition.
        is: String,
    },
}

/// Compares the live schema with the one recorded for the migrations that are applied now, of all sources, whether the program
/// knows them or not. Reads only.
pub async fn drift(client: &Client) -> Result<Drift, Error> {
    let unreadable = |error| Error::database("cannot read the fingerprint of the schema", &error);
    let found = Recorded::read(client).await.map_err(unreadable)?;
    let Some(recorded) = found.current(client).await.map_err(unreadable)? else {
        if found.last_lacks_text(client).await.map_err(unreadable)? {
            return Ok(Drift::Unknown("a run of migrations has not reached its end, or a rollback began with drift"));
        }
        for table in found.histories() {
            if history::has_records(client, table).await? {
                return Ok(Drift::Unknown("another runner, which records no fingerprint, applied the last migration"));
            }
        }
        return match history::read(client, HISTORY_TABLE).await {
            Ok(_) => Ok(Drift::Unknown("no migration is applied")),
            Err(Error::ForeignHistory { .. }) => Ok(Drift::Unknown("another program made the table schema_migrations")),
            Err(error) => Err(error),
        };
    };
    let live = fingerprint::live(client).await.map_err(|error| Error::database("cannot read the schema", &error))?;
    Ok(compare(&recorded, &live))
}

/// Why two texts can't be compared.
pub(super) fn incomparable(recorded: &Fingerprint, live: &Fingerprint) -> Option<&'static str> {
    if recorded.format != FORMAT {
        return Some("another release of the runner applied the last migration");
    }
    if recorded.server_major != live.server_major {
        return Some("the server was upgraded since, and writes definitions differently");
    }
    None
}

fn compare(recorded: &Fingerprint, live: &Fingerprint) -> Drift {
    if let Some(why) = incomparable(recorded, live) {
        return Drift::Unknown(why);
    }
    if recorded.sha256 == live.sha256 {
        return Drift::None;
    }
    let differences = differences(&recorded.catalogue, &live.catalogue);
    if differences.is_empty() { Drift::None } else { Drift::Found(differences) }
}

fn differences(recorded: &str, live: &str) -> Vec<Difference> {
    let (recorded, live) = (objects(recorded), objects(live));
    let mut found = Vec::new();
    for (&object, &was) in &recorded {
        let owned = || (object.to_owned(), was.to_owned());
        match live.get(object) {
            // A constraint that was NOT VALID and has been validated since.
            Some(&is) if is == was || was.strip_suffix(" NOT VALID") == Some(is) => {}
            Some(&is) => {
                let (object, was) = owned();
                found.push(Difference::Changed { object, was, is: is.to_owned() });
            }
            None if belongs_to_unmatched_table(object, &recorded, &live) => {}
            None => {
                let (object, was) = owned();
                found.push(Difference::Missing { object, was });
            }
        }
    }
    for (&object, &is) in live.iter().filter(|(object, _)| !recorded.contains_key(*object)) {
        if !belongs_to_unmatched_table(object, &live, &recorded) {
            found.push(Difference::Added { object: object.to_owned(), is: is.to_owned() });
        }
    }
    found
}

/// Definitions by kind and name: what follows the first colon of a line, by what precedes it.
type Objects<'c> = BTreeMap<&'c str, &'c str>;

fn objects(catalogue: &str) -> Objects<'_> {
    catalogue.lines().map(parts).collect()
}

/// Kind and name of the object that a line describes, and its definition.
pub(super) fn parts(line: &str) -> (&str, &str) {
    line.split_once(": ").unwrap_or((line, ""))
}

/// Whether the object is part of a table that only one side has: then the table alone is reported.
fn belongs_to_unmatched_table(object: &str, has: &Objects<'_>, lacks: &Objects<'_>) -> bool {
    let Some((_, name)) = object.split_once(' ') else { return false };
    let Some((table, _)) = name.split_once('.') else { return false };
    let table = format!("table {table}");
    has.contains_key(table.as_str()) && !lacks.contains_key(table.as_str())
}

impl Difference {
    /// Whether an object that statements may rely on is missing or changed.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        !matches!(self, Self::Added { .. })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, text) = match self {
            Self::Added { object, is } => (format!("{object} was added by hand"), excerpt(is, 0)),
            Self::Missing { object, was } => (format!("{object} is missing"), excerpt(was, 0)),
            Self::Changed { object, was, is } => {
                let same = was.bytes().zip(is.bytes()).take_while(|(was, is)| was == is).count();
                let text = format!("it was `{}` and is `{}`", excerpt(was, same), excerpt(is, same));
                (format!("{object} was changed by hand"), text)
            }
        };
        if text.is_empty() { f.write_str(&what) } else { write!(f, "{what}: {text}") }
    }
}

/// A piece of a text, which may be a whole function: what surrounds the character at `place`.
fn excerpt(text: &str, place: usize) -> String {
    const MAX: usize = 100;
    const BEFORE: usize = 20;
    let count = text.chars().count();
    if count <= MAX {
        return text.to_owned();
    }
    let from = place.saturating_sub(BEFORE).min(count - BEFORE);
    let piece: String = text.chars().skip(from).take(MAX).collect();
    let mark = |shown: bool| if shown { "…" } else { "" };
    format!("{}{piece}{}", mark(from > 0), mark(from + MAX < count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(recorded: &str, live: &str) -> Vec<String> {
        differences(recorded, live).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn added_missing_and_changed_objects_are_named() {
        let recorded = "column users.a: text\ncolumn users.b: text NOT NULL\ntable users";
        let live = "column users.b: text\ncolumn users.c: integer\ntable users";
        assert_eq!(
            texts(recorded, live),
            [
                "column users.a is missing: text",
                "column users.b was changed by hand: it was `text NOT NULL` and is `text`",
                "column users.c was added by hand: integer",
            ]
        );
    }

    #[test]
    fn a_missing_or_added_table_is_reported_without_its_parts() {
        let table = "column t.a: text\nindex t.i: CREATE INDEX\ntable t";
        assert_eq!(texts(table, ""), ["table t is missing"]);
        assert_eq!(texts("", table), ["table t was added by hand"]);
    }

    #[test]
    fn a_constraint_that_was_validated_is_no_drift() {
        assert!(texts("constraint t.c: CHECK (a > 0) NOT VALID", "constraint t.c: CHECK (a > 0)").is_empty());
        assert_eq!(texts("constraint t.c: CHECK (a > 0)", "constraint t.c: CHECK (a > 0) NOT VALID").len(), 1);
    }

    #[test]
    fn an_excerpt_of_a_long_text_shows_the_place_that_differs() {
        let text = format!("{}é here", "x".repeat(500));
        assert!(excerpt(&text, 500).ends_with("é here") && excerpt(&text, 500).starts_with('…'));
        assert!(excerpt(&text, 0).ends_with('…'));
    }
}
