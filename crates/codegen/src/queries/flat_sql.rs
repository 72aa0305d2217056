//! A statement without its comments and line breaks, with a map from its positions to those in the file: PostgreSQL counts
//! positions in what it was sent.

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
    /// Where the statement stands from which this one follows.
    origin: Option<usize>,
}

impl FlatSql {
    /// Flattens the tokens `code` of a statement; their offsets count from `start` in its file.
    pub(crate) fn new(code: &[&Token<'_>], start: usize) -> Self {
        let mut flat = Self::default();
        let mut previous: Option<&Token<'_>> = None;
        for token in code {
            if previous.is_some_and(|it| it.end() != token.offset || must_not_touch(it, token)) {
                flat.numbered.push(' ');
            }
            flat.places.push((flat.numbered.len(), start + token.offset));
            if token.kind == Kind::Parameter {
                let number = flat.number(&token.text[1..], start + token.offset);
                flat.numbered.push_str(&format!("${number}"));
            } else {
                flat.numbered.push_str(&token.joined());
            }
            previous = Some(token);
        }
        flat
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
        self.places.get(token).map_or(0, |(flat, original)| original + (offset - flat))
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
