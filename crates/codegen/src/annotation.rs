//! cornucopia's annotations: `--! name (parameter?) : RowType(column?)`.

use std::ops::Range;

use barqnet_db_sql::{Kind, Name, Token, tokens};

/// A cursor over one annotation line.
pub(crate) struct Annotation<'f> {
    tokens: Vec<Token<'f>>,
    next: usize,
    end: usize,
}

/// Name, nullable parameters, row type, nullable columns in brackets.
type QueryAnnotation = (Name, Vec<Name>, Option<Name>, Option<Vec<Name>>);

impl<'f> Annotation<'f> {
    /// Of the bytes `range` of a file.
    pub(crate) fn new(file: &'f str, range: Range<usize>) -> Self {
        let mut found = Vec::new();
        for mut token in tokens(&file[range.clone()]) {
            token.offset += range.start;
            if token.kind == Kind::Parameter {
                // `: RowType` may be written without the space.
                let (colon, name) = token.text.split_at(1);
                found.push(Token { kind: Kind::Symbol, text: colon, offset: token.offset });
                token = Token { kind: Kind::Word, text: name, offset: token.offset + 1 };
            }
            found.push(token);
        }
        Self { tokens: found, next: 0, end: range.end }
    }

    /// The place of the first token that was not understood.
    pub(crate) fn offset(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.offset)
    }

    pub(crate) fn end(&self) -> bool {
        self.next == self.tokens.len()
    }

    pub(crate) fn name(&mut self) -> Option<Name> {
        let token = self.tokens.get(self.next).filter(|token| token.kind == Kind::Word)?;
        self.next += 1;
        Some(Name { text: token.text.to_owned(), offset: token.offset })
    }

    /// Goes past `symbol` if it is next.
    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek(symbol);
        self.next += usize::from(found);
        found
    }

    /// `(a?, b[?])`, where `[?]` is about the elements of an array. The outer `None` means that something else is in
    /// brackets, the inner one that there are no brackets.
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
        self.tokens.get(self.next).is_some_and(|token| token.text == symbol)
    }

    pub(crate) fn query(&mut self) -> Option<QueryAnnotation> {
        let name = self.name()?;
        let parameters = self.nullable()?.unwrap_or_default();
        let (row_type, columns) = if self.symbol(":") { (self.name(), self.nullable()?) } else { (None, None) };
        self.end().then_some((name, parameters, row_type, columns))
    }
}
