//! cornucopia's annotations: `--! name (parameter?) : RowType(column?)`.

use std::ops::Range;

use crate::{
    queries::Name,
    sql::{Kind, Token},
};

/// A cursor over one annotation line.
pub(crate) struct Annotation<'f> {
    text: &'f str,
    base: usize,
    tokens: Vec<Token>,
    next: usize,
}

/// Name, nullable parameters, row type, nullable columns in brackets.
type QueryAnnotation = (Name, Vec<Name>, Option<Name>, Option<Vec<Name>>);

impl<'f> Annotation<'f> {
    pub(crate) fn new(file: &'f str, range: Range<usize>) -> Self {
        let text = &file[range.clone()];
        // `:RowType` without a space is a parameter to the tokenizer: cut by hand what this grammar needs.
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let word = text[at..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len() - at);
            let length = if word > 0 { word } else { c.len_utf8() };
            if !c.is_whitespace() {
                let kind = if word > 0 { Kind::Word } else { Kind::Symbol };
                tokens.push(Token { kind, range: at..at + length });
            }
            at += length;
        }
        Self { text, base: range.start, tokens, next: 0 }
    }

    /// Where the first token that was not understood stands.
    pub(crate) fn offset(&self) -> usize {
        self.base + self.tokens.get(self.next).map_or(self.text.len(), |token| token.range.start)
    }

    pub(crate) fn end(&self) -> bool {
        self.next == self.tokens.len()
    }

    pub(crate) fn name(&mut self) -> Option<Name> {
        let token = self.tokens.get(self.next).filter(|token| token.kind == Kind::Word)?;
        self.next += 1;
        Some(Name { text: token.text(self.text).to_owned(), offset: self.base + token.range.start })
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.tokens.get(self.next).is_some_and(|token| token.text(self.text) == symbol);
        self.next += usize::from(found);
        found
    }

    /// `(a?, b[?])`, where `[?]` stands for the elements of an array: outer `None` for something else in brackets,
    /// inner `None` for no brackets.
    #[expect(clippy::option_option, reason = "malformed and absent are two answers, read with `?` one line later")]
    pub(crate) fn nullable(&mut self) -> Option<Option<Vec<Name>>> {
        if !self.symbol("(") {
            return Some(None);
        }
        let mut names = Vec::new();
        while !self.symbol(")") {
            names.push(self.name()?);
            let itself = self.symbol("?");
            let elements = self.symbol("[") && self.symbol("?") && self.symbol("]");
            if !(itself || elements) || !(self.symbol(",") || self.peek(")")) {
                return None;
            }
        }
        Some(Some(names))
    }

    fn peek(&self, symbol: &str) -> bool {
        self.tokens.get(self.next).is_some_and(|token| token.text(self.text) == symbol)
    }

    pub(crate) fn query(&mut self) -> Option<QueryAnnotation> {
        let name = self.name()?;
        let parameters = self.nullable()?.unwrap_or_default();
        let (row_type, columns) = if self.symbol(":") { (self.name(), self.nullable()?) } else { (None, None) };
        self.end().then_some((name, parameters, row_type, columns))
    }
}
