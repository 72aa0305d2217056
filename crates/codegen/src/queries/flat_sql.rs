//! A statement on one line, with a map from its positions to those in the file: cornucopia joins lines, and PostgreSQL
//! counts positions in what it was sent.

use barqnet_db_sql::{Kind, Name, Token, offset_of_character};

/// A statement without comments and line breaks: with parameters as `:name`, as cornucopia needs them, and as `$1`.
#[derive(Default)]
pub(crate) struct FlatSql {
    pub(crate) named: String,
    pub(crate) numbered: String,
    pub(crate) parameters: Vec<Name>,
    /// Offsets in `numbered` and in the file, ascending, one pair a token.
    places: Vec<(usize, usize)>,
}

impl FlatSql {
    /// Flattens the tokens `code` of a statement; their offsets count from `start` in its file.
    pub(crate) fn new(code: &[&Token<'_>], start: usize) -> Self {
        let mut flat = Self::default();
        let mut previous_end = None;
        for token in code {
            let text = token.text;
            // A colon that touched a number would look like a parameter to cornucopia.
            let lone_colon = token.kind == Kind::Symbol && text == ":";
            if lone_colon || previous_end.is_some_and(|end| end != token.offset) {
                flat.named.push(' ');
                flat.numbered.push(' ');
            }
            flat.places.push((flat.numbered.len(), start + token.offset));
            flat.named.push_str(text);
            if token.kind == Kind::Parameter {
                let name = &text[1..];
                let known = flat.parameters.iter().position(|parameter| parameter.text == name);
                let number = known.unwrap_or_else(|| {
                    flat.parameters.push(Name { text: name.to_owned(), offset: start + token.offset });
                    flat.parameters.len() - 1
                });
                flat.numbered.push_str(&format!("${}", number + 1));
            } else {
                flat.numbered.push_str(text);
            }
            // Never equal to where the next token starts, so that a space follows.
            previous_end = Some(if lone_colon { usize::MAX } else { token.end() });
        }
        flat
    }

    /// The file's offset of a character that PostgreSQL counted in `numbered`.
    pub(crate) fn original_offset(&self, character: usize) -> usize {
        let offset = offset_of_character(&self.numbered, character);
        let token = self.places.partition_point(|(flat, _)| *flat <= offset).saturating_sub(1);
        self.places.get(token).map_or(0, |(flat, original)| original + (offset - flat))
    }
}
