//! The tokens of a statement, to find the place of what the analysed tree shows: newer servers write no locations.

use barqnet_db_sql::{Kind, Token, tokens};

use crate::{
    diagnostic::Diagnostic,
    queries::{Mark, Module, Query},
};

/// A statement's tokens, with how many brackets are open before each.
pub(crate) struct SqlText<'m> {
    module: &'m Module,
    query: &'m Query,
    pub(crate) tokens: Vec<Token<'m>>,
    pub(crate) depths: Vec<usize>,
}

/// Words that begin the next clause of a statement.
const CLAUSES: [&str; 19] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "RETURNING",
    "ON",
    "ROWS",
    "RANGE",
    "GROUPS",
];

impl<'m> SqlText<'m> {
    pub(crate) fn new(module: &'m Module, query: &'m Query) -> Self {
        let tokens = tokens(&query.flat.numbered);
        let mut depth = 0_usize;
        let depths = tokens
            .iter()
            .map(|token| {
                let before = depth;
                match token.text {
                    "(" | "[" if token.kind == Kind::Symbol => depth += 1,
                    ")" | "]" if token.kind == Kind::Symbol => depth = depth.saturating_sub(1),
                    _ => {}
                }
                before
            })
            .collect();
        Self { module, query, tokens, depths }
    }

    /// An error at a token, or at the beginning of the statement.
    pub(crate) fn error(&self, rule: &'static str, message: impl Into<String>, token: Option<usize>) -> Diagnostic {
        self.at(Diagnostic::error(rule, &self.module.path, message), token)
    }

    pub(crate) fn warning(&self, rule: &'static str, message: impl Into<String>, token: Option<usize>) -> Diagnostic {
        self.at(Diagnostic::warning(rule, &self.module.path, message), token)
    }

    fn at(&self, diagnostic: Diagnostic, token: Option<usize>) -> Diagnostic {
        let offset = token.and_then(|index| self.tokens.get(index)).map_or(self.query.sql.start, |token| {
            let character = self.query.flat.numbered[..token.offset].chars().count();
            self.query.flat.original_offset(character)
        });
        diagnostic.at(&self.module.text, offset)
    }

    /// Whether the words stand at `index` and after it.
    pub(crate) fn has(&self, index: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(number, word)| self.is(index + number, word))
    }

    pub(crate) fn is(&self, index: usize, word: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is(word))
    }

    /// Whether `word` stands before `index`.
    pub(crate) fn is_after(&self, index: usize, word: &str) -> bool {
        index.checked_sub(1).is_some_and(|before| self.is(before, word))
    }

    /// Every place of the words.
    pub(crate) fn all(&self, words: &[&str]) -> Vec<usize> {
        (0..self.tokens.len()).filter(|index| self.has(*index, words)).collect()
    }

    /// Where the clause that begins at `index` ends: at the next clause, or where its bracket closes.
    pub(crate) fn clause_end(&self, index: usize) -> usize {
        let depth = self.depths[index];
        let ends = |at: &usize| {
            self.depths[*at] < depth
                || (self.depths[*at] == depth && (self.is(*at, ")") || CLAUSES.iter().any(|word| self.is(*at, word))))
        };
        (index + 1..self.tokens.len()).find(ends).unwrap_or(self.tokens.len())
    }

    /// The annotation with a mark added, to paste.
    pub(crate) fn marked(&self, mark: Mark) -> String {
        marked(self.module, self.query, mark)
    }

    /// The parameter as it is named in the file: `:name`.
    pub(crate) fn parameter(&self, number: i64) -> String {
        let index = usize::try_from(number - 1).ok();
        let name = index.and_then(|index| self.query.flat.parameters.get(index));
        name.map_or_else(|| format!("${number}"), |name| format!(":{}", name.text))
    }
}

/// The annotation of the query with a mark added, to paste.
pub(crate) fn marked(module: &Module, query: &Query, mark: Mark) -> String {
    let line = module.text[query.annotation.clone()].trim_end();
    let name_end = (query.name.offset + query.name.text.len()).saturating_sub(query.annotation.start);
    let (before, after) = line.split_at_checked(name_end).unwrap_or((line, ""));
    format!("{before} {}{after}", mark.name())
}

/// The candidate of that number, or the last one: places are found in the order of the text, problems in that of the tree.
pub(crate) fn candidate(candidates: &[usize], number: usize) -> Option<usize> {
    candidates.get(number).or(candidates.last()).copied()
}

/// Whether the token is the identifier `name`.
pub(crate) fn names(token: &Token<'_>, name: &str) -> bool {
    token.identifier().is_some_and(|identifier| identifier == name)
}
