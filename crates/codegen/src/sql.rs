//! Cuts SQL into tokens, as far as a linter and a parameter finder need it.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword, an identifier without quotes, or a number.
    Word,
    /// `"…"`
    QuotedIdentifier,
    /// `'…'`, also with a prefix such as `E`.
    String,
    /// `$tag$…$tag$`
    DollarString,
    /// `:name`
    Parameter,
    /// `-- …` or `/* … */`
    Comment,
    /// `::` or any other single character.
    Symbol,
    /// A string, identifier or comment whose end is missing.
    Unterminated,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

impl Token {
    pub(crate) fn text<'t>(&self, sql: &'t str) -> &'t str {
        &sql[self.range.clone()]
    }

    pub(crate) fn is(&self, sql: &str, word: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Symbol) && self.text(sql).eq_ignore_ascii_case(word)
    }
}

/// The tokens of `sql` without the white space between them; ranges are byte offsets into `sql`.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(first) = sql[start..].chars().next() {
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let (kind, length) = next(&sql[start..], first);
        found.push(Token { kind, range: start..start + length });
        start += length;
    }
    found
}

fn next(rest: &str, first: char) -> (Kind, usize) {
    match first {
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => block_comment(rest),
        '\'' => quoted(rest, '\'', false, Kind::String),
        'e' | 'E' if rest[1..].starts_with('\'') => {
            let (kind, length) = quoted(&rest[1..], '\'', true, Kind::String);
            (kind, length + 1)
        }
        '"' => quoted(rest, '"', false, Kind::QuotedIdentifier),
        '$' => dollar_string(rest),
        ':' if rest.starts_with("::") => (Kind::Symbol, 2),
        ':' if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
            (Kind::Parameter, 1 + word_length(&rest[1..]))
        }
        c if is_word(c) => (Kind::Word, word_length(rest)),
        c => (Kind::Symbol, c.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(rest: &str) -> usize {
    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

fn quoted(rest: &str, quote: char, escapes: bool, kind: Kind) -> (Kind, usize) {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if escapes && c == '\\' {
            characters.next();
        } else if c == quote && characters.next_if(|(_, following)| *following == quote).is_none() {
            return (kind, at + 1);
        }
    }
    (Kind::Unterminated, rest.len())
}

/// PostgreSQL's block comments nest.
fn block_comment(rest: &str) -> (Kind, usize) {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return (Kind::Comment, at);
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    (Kind::Unterminated, rest.len())
}

fn dollar_string(rest: &str) -> (Kind, usize) {
    let tag_length = word_length(&rest[1..]);
    let delimiter_end = tag_length + 2;
    // `$1` is a positional parameter, not the start of a string.
    if !rest[1 + tag_length..].starts_with('$') || rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return (Kind::Symbol, 1);
    }
    let delimiter = &rest[..delimiter_end];
    match rest[delimiter_end..].find(delimiter) {
        Some(body) => (Kind::DollarString, delimiter_end + body + delimiter_end),
        None => (Kind::Unterminated, rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(sql: &str) -> Vec<(Kind, &str)> {
        tokens(sql).iter().map(|token| (token.kind, token.text(sql))).collect()
    }

    #[test]
    fn casts_slices_and_parameters_are_told_apart() {
        assert_eq!(
            cut("a::int[1:2] = :b"),
            [
                (Kind::Word, "a"),
                (Kind::Symbol, "::"),
                (Kind::Word, "int"),
                (Kind::Symbol, "["),
                (Kind::Word, "1"),
                (Kind::Symbol, ":"),
                (Kind::Word, "2"),
                (Kind::Symbol, "]"),
                (Kind::Symbol, "="),
                (Kind::Parameter, ":b"),
            ]
        );
    }

    #[test]
    fn nothing_inside_quotes_and_comments_is_a_parameter() {
        for sql in ["':a'", "'it''s :a'", "E'\\' :a'", "\":a\"", "-- :a", "/* it's /* nested */ :a */", "$t$ :a $$ $t$"]
        {
            assert_eq!(cut(sql).len(), 1, "{sql}");
        }
    }

    #[test]
    fn a_missing_end_is_noticed() {
        for sql in ["'a", "\"a", "/* a /* */", "$$ a"] {
            assert_eq!(cut(sql)[0].0, Kind::Unterminated, "{sql}");
        }
    }
}
