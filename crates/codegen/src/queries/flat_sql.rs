//! A statement without its comments and line breaks, with a map from its positions to those in the file: PostgreSQL counts
//! positions in what it was sent.

use std::collections::BTreeSet;

use barqnet_db_sql::{Kind, Name, Token, offset_of_character};

/// A statement without comments and without line breaks outside strings.
#[derive(Default)]
pub(crate) struct FlatSql {
    /// With parameters as `$1`. This is what is checked and what runs.
    pub(crate) numbered: String,
    pub(crate) parameters: Vec<Name>,
    /// The comment with hints for `pg_hint_plan`, if there is one.
    pub(crate) hint: Option<String>,
    /// Offsets in `numbered` and in the file, ascending, one pair a token.
    places: Vec<(usize, usize)>,
    /// Where text begins in `numbered` that is not in the file.
    added: BTreeSet<usize>,
    /// Where the file has a question mark behind a parameter, which is left out.
    marks: BTreeSet<usize>,
    /// Where the statement stands from which this one follows.
    origin: Option<usize>,
}

impl FlatSql {
    /// Flattens the tokens `code` of a statement; their offsets count from `start` in its file.
    pub(crate) fn new(code: &[&Token<'_>], start: usize) -> Self {
        let mut flat = Self::default();
        flat.push(code, start);
        flat
    }

    /// One whose parameters have question marks at these places.
    pub(super) fn with_marks(marks: impl Iterator<Item = usize>) -> Self {
        Self { marks: marks.collect(), ..Self::default() }
    }

    /// Adds tokens, which follow each other as they do in the file.
    pub(super) fn push(&mut self, code: &[&Token<'_>], start: usize) {
        let mut previous: Option<&Token<'_>> = None;
        for token in code {
            let is_apart = match previous {
                Some(it) => {
                    let end = it.end() + usize::from(self.marks.contains(&(start + it.end())));
                    end != token.offset || must_not_touch(it, token)
                }
                None => !(self.numbered.is_empty() || self.numbered.ends_with(['(', ' '])),
            };
            if is_apart {
                self.numbered.push(' ');
            }
            self.places.push((self.numbered.len(), start + token.offset));
            if token.kind == Kind::Parameter {
                self.push_parameter(&token.text[1..], start + token.offset);
            } else {
                self.numbered.push_str(&token.joined());
            }
            previous = Some(token);
        }
    }

    /// Adds text that is not in the file. An error in it is shown at `offset`.
    pub(super) fn push_text(&mut self, text: &str, offset: usize) {
        if text.is_empty() {
            return;
        }
        self.places.push((self.numbered.len(), offset));
        self.added.insert(self.numbered.len());
        self.numbered.push_str(text);
    }

    /// Adds the number of a parameter.
    pub(super) fn push_parameter(&mut self, name: &str, offset: usize) {
        let number = self.number(name, offset);
        self.numbered.push_str(&format!("${number}"));
    }

    /// The statement is not in the file: it follows from the one at `offset`.
    pub(super) fn stands_for(&mut self, offset: usize) {
        self.origin = Some(offset);
    }

    fn number(&mut self, name: &str, offset: usize) -> usize {
        let known = self.parameters.iter().position(|parameter| parameter.text == name);
        let index = known.unwrap_or_else(|| {
            self.parameters.push(Name { text: name.to_owned(), offset });
            self.parameters.len() - 1
        });
        index + 1
    }

    /// What a program sends. `pg_hint_plan` reads hints only where no comment precedes them; the name is for the server's
    /// log and its statistics.
    pub(crate) fn with_name(&self, module: &str, query: &str) -> String {
        let hint = self.hint.iter().map(|hint| format!("{hint} ")).collect::<String>();
        format!("{hint}/* {module}.{query} */ {}", self.numbered)
    }

    /// The file's offset of a character that PostgreSQL counted in `numbered`.
    pub(crate) fn original_offset(&self, character: usize) -> usize {
        if let Some(origin) = self.origin {
            return origin;
        }
        let offset = offset_of_character(&self.numbered, character);
        let token = self.places.partition_point(|(flat, _)| *flat <= offset).saturating_sub(1);
        let place = |(flat, original): &(usize, usize)| {
            if self.added.contains(flat) { *original } else { original + (offset - flat) }
        };
        self.places.get(token).map_or(0, place)
    }
}

/// Whether two tokens that touch in the file would become another one: `AND:flag` as `AND$1`, `[1:2]` as a parameter.
fn must_not_touch(previous: &Token<'_>, token: &Token<'_>) -> bool {
    let is_colon = |token: &Token<'_>| token.kind == Kind::Symbol && token.text == ":";
    let is_word = |token: &Token<'_>| !matches!(token.kind, Kind::Symbol | Kind::Comment);
    let is_parameter = |token: &Token<'_>| token.kind == Kind::Parameter;
    is_colon(previous)
        || is_colon(token)
        || previous.text == "$"
        || (is_parameter(previous) && is_word(token))
        || (is_word(previous) && is_parameter(token))
}
