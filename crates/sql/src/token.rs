//! Cuts SQL into tokens, as PostgreSQL's own lexer does, as far as linters and parameter finders need it.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A keyword, an identifier without quotes, or the digits of a number.
    Word,
    /// `"…"`, also `U&"…"`.
    QuotedIdentifier,
    /// `'…'`, with a prefix if there is one: `E`, `B`, `X`, `N` or `U&`. Strings with nothing but a line break between them
    /// are one.
    String,
    /// `$tag$…$tag$`
    DollarString,
    /// `:name`
    Parameter,
    /// `$1`
    Placeholder,
    /// `-- …` without its line feed, or `/* … */`.
    Comment,
    /// `::`, `:=`, or any other single character.
    Symbol,
    /// A string, identifier or comment without an end; it extends to the end of the text.
    Unterminated,
}

/// A piece of SQL and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: Kind,
    /// Its text, quotes included.
    pub text: &'s str,
    /// The byte offset of its first character.
    pub offset: usize,
}

/// A name and its byte offset in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// The byte offset of its first character.
    pub offset: usize,
}

impl<'s> Token<'s> {
    /// Whether this is the word or symbol `word`, in upper or lower case.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Symbol) && self.text.eq_ignore_ascii_case(word)
    }

    /// The byte offset after its last character.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.text.len()
    }

    /// Its byte offsets.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.end()
    }

    /// The text between the dollar quotes, and its byte offset; `None` for any other kind of token.
    #[must_use]
    pub fn dollar_body(&self) -> Option<(&'s str, usize)> {
        if self.kind != Kind::DollarString {
            return None;
        }
        let delimiter = self.text[1..].find('$')? + 2;
        Some((&self.text[delimiter..self.text.len() - delimiter], self.offset + delimiter))
    }

    /// The text, with the parts of a string that is continued on another line as one: `'a'` and `'b'` are `'ab'`.
    #[must_use]
    pub fn joined(&self) -> Cow<'s, str> {
        if self.kind != Kind::String {
            return Cow::Borrowed(self.text);
        }
        let first = self.text.find('\'').unwrap_or_default();
        let escapes = self.text.starts_with(['e', 'E']);
        let mut joined = Cow::Borrowed(self.text);
        let mut begin = first;
        let mut kept = String::new();
        while let Some(end) = end_of_quoted(&self.text[begin..], '\'', escapes).map(|length| begin + length) {
            let Some(gap) = continuation(&self.text[end..]) else { break };
            kept.push_str(&self.text[if kept.is_empty() { 0 } else { begin + 1 }..end - 1]);
            begin = end + gap;
            joined = Cow::Owned(format!("{kept}{}", &self.text[begin + 1..]));
        }
        joined
    }

    /// The identifier as PostgreSQL's catalogue has it: a word in lower case, or the text in the quotes. `None` for
    /// anything else, and for `U&"…"`, whose escapes are not decoded.
    #[must_use]
    pub fn identifier(&self) -> Option<String> {
        match self.kind {
            Kind::Word if !self.text.starts_with(|c: char| c.is_ascii_digit()) => Some(self.text.to_ascii_lowercase()),
            Kind::QuotedIdentifier => {
                let inner = self.text.strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    }
}

/// The tokens of `sql`, without the white space between them.
#[must_use]
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut offset = 0;
    while let Some(first) = sql[offset..].chars().next() {
        if first.is_whitespace() {
            offset += first.len_utf8();
            continue;
        }
        let (kind, length) = next(&sql[offset..], first);
        found.push(Token { kind, text: &sql[offset..offset + length], offset });
        offset += length;
    }
    found
}

/// Every word outside comments, as written, including those in strings, quotes and the bodies of functions and blocks.
/// A table that the SQL works on is among them.
#[must_use]
pub fn words(sql: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for token in tokens(sql) {
        match token.dollar_body() {
            _ if token.kind == Kind::Comment => {}
            Some((body, _)) => found.append(&mut words(body)),
            None => found.extend(token.text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty())),
        }
    }
    found
}

fn next(rest: &str, first: char) -> (Kind, usize) {
    match first {
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => block_comment(rest),
        '\'' => quoted(rest, 0, '\'', false),
        '"' => quoted(rest, 0, '"', false),
        'e' | 'E' if rest[1..].starts_with('\'') => quoted(rest, 1, '\'', true),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest[1..].starts_with('\'') => quoted(rest, 1, '\'', false),
        'u' | 'U' if rest[1..].starts_with("&'") => quoted(rest, 2, '\'', false),
        'u' | 'U' if rest[1..].starts_with("&\"") => quoted(rest, 2, '"', false),
        '$' => dollar(rest),
        ':' if rest.starts_with("::") || rest.starts_with(":=") => (Kind::Symbol, 2),
        ':' if rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            (Kind::Parameter, 1 + word_length(&rest[1..]))
        }
        c if c.is_ascii_digit() => (Kind::Word, word_length(rest)),
        // After its first letter, an identifier may hold dollar signs: `a$$b` is no string.
        c if is_word(c) => (Kind::Word, rest.find(|c| !is_word(c) && c != '$').unwrap_or(rest.len())),
        c => (Kind::Symbol, c.len_utf8()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_length(rest: &str) -> usize {
    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

fn quoted(rest: &str, prefix: usize, quote: char, escapes: bool) -> (Kind, usize) {
    let mut begin = prefix;
    while let Some(length) = end_of_quoted(&rest[begin..], quote, escapes) {
        let end = begin + length;
        if quote == '"' {
            return (Kind::QuotedIdentifier, end);
        }
        match continuation(&rest[end..]) {
            Some(gap) => begin = end + gap,
            None => return (Kind::String, end),
        }
    }
    (Kind::Unterminated, rest.len())
}

/// The offset after the quote that ends what the first character begins.
fn end_of_quoted(rest: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if escapes && c == '\\' {
            characters.next();
        } else if c == quote && characters.next_if(|(_, following)| *following == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// The offset of the quote that continues a string which ends before `rest`: only white space with a line break, and
/// comments to the end of a line, may stand between.
fn continuation(rest: &str) -> Option<usize> {
    let mut line_break = false;
    let mut at = 0;
    loop {
        let here = &rest[at..];
        match here.chars().next()? {
            '\'' => return line_break.then_some(at),
            '\n' | '\r' => {
                line_break = true;
                at += 1;
            }
            '-' if here.starts_with("--") => at += here.find(['\n', '\r'])?,
            c if c.is_ascii_whitespace() || c == '\u{b}' => at += 1,
            _ => return None,
        }
    }
}

/// PostgreSQL's block comments nest.
fn block_comment(rest: &str) -> (Kind, usize) {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = rest[at..].find(['/', '*']) {
        at += next;
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
            at += 1;
        }
    }
    (Kind::Unterminated, rest.len())
}

fn dollar(rest: &str) -> (Kind, usize) {
    let digits = rest[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
    if digits > 0 {
        return (Kind::Placeholder, 1 + digits);
    }
    let tag = word_length(&rest[1..]);
    if !rest[1 + tag..].starts_with('$') {
        return (Kind::Symbol, 1);
    }
    let (delimiter, body) = rest.split_at(tag + 2);
    match body.find(delimiter) {
        Some(end) => (Kind::DollarString, end + 2 * delimiter.len()),
        None => (Kind::Unterminated, rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(sql: &str) -> Vec<(Kind, &str)> {
        tokens(sql).iter().map(|token| (token.kind, token.text)).collect()
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
    fn assignments_and_placeholders_are_tokens_of_their_own() {
        assert_eq!(cut("a := $12")[1..], [(Kind::Symbol, ":="), (Kind::Placeholder, "$12")]);
        assert_eq!(cut("$1$2"), [(Kind::Placeholder, "$1"), (Kind::Placeholder, "$2")]);
        assert_eq!(cut("$ 1")[0], (Kind::Symbol, "$"));
    }

    #[test]
    fn nothing_inside_quotes_and_comments_is_a_parameter() {
        for sql in [
            "':a'",
            "'it''s :a'",
            "E'\\' :a'",
            "e'\\\\\\' :a'",
            "U&'\\0061 :a'",
            "u&\":a\"",
            "B'10'",
            "x'1F'",
            "N':a'",
            "\":a\"",
            "\"a\"\":a\"",
            "-- :a",
            "/* it's /* nested */ :a */",
            "/**/",
            "/*/ :a */",
            "$$ :a $t$ $$",
            "$t$ :a $$ $t$",
            "$ä$ :a $ä$",
        ] {
            assert_eq!(cut(sql).len(), 1, "{sql}");
            assert_ne!(cut(sql)[0].0, Kind::Unterminated, "{sql}");
        }
    }

    #[test]
    fn a_backslash_escapes_only_in_an_escape_string() {
        assert_eq!(cut("'\\' a").len(), 2);
        assert_eq!(cut("U&'\\' a").len(), 2);
        assert_eq!(cut("type'\\' a"), [(Kind::Word, "type"), (Kind::String, "'\\'"), (Kind::Word, "a")]);
    }

    #[test]
    fn a_dollar_sign_inside_an_identifier_starts_no_string() {
        assert_eq!(cut("a$$b c"), [(Kind::Word, "a$$b"), (Kind::Word, "c")]);
    }

    #[test]
    fn a_string_goes_on_after_a_line_break() {
        for (sql, joined) in [
            ("'a'\n'b'", "'ab'"),
            ("'a' -- it's\n\t'b''c'\r\n 'd'", "'ab''cd'"),
            ("E'\\''\n'\\' ;'", "E'\\'\\' ;'"),
            ("U&'a' \n 'b'", "U&'ab'"),
            ("''\n''", "''"),
            ("'a'", "'a'"),
        ] {
            let found = tokens(sql);
            assert_eq!((found.len(), found[0].kind), (1, Kind::String), "{sql}");
            assert_eq!(found[0].joined(), joined, "{sql}");
        }
        for sql in ["'a' 'b'", "'a' /*\n*/ 'b'", "'a'\n\"b\"", "'a'\n,'b'", "'a' --\n/**/'b'"] {
            assert!(tokens(sql).len() > 1, "{sql}");
        }
        assert_eq!(cut("'a'\n'b"), [(Kind::Unterminated, "'a'\n'b")]);
        assert_eq!(cut("'a'\n--"), [(Kind::String, "'a'"), (Kind::Comment, "--")]);
    }

    #[test]
    fn a_missing_end_is_noticed() {
        for sql in ["'a", "E'a\\'", "\"a", "/* a /* */", "/*", "$$ a", "$t$ a $$", "U&'a"] {
            assert_eq!(cut(sql), [(Kind::Unterminated, sql)], "{sql}");
        }
    }

    #[test]
    fn a_line_comment_ends_before_its_line_ending() {
        assert_eq!(cut("-- a\r\nb"), [(Kind::Comment, "-- a"), (Kind::Word, "b")]);
    }

    #[test]
    fn identifiers_are_as_the_catalogue_has_them() {
        let names: Vec<_> = tokens("Users \"My \"\"Table\"\"\" 1 'x'").iter().map(Token::identifier).collect();
        assert_eq!(names, [Some("users".to_owned()), Some("My \"Table\"".to_owned()), None, None]);
    }

    #[test]
    fn a_dollar_string_gives_its_body_and_where_it_begins() {
        let sql = "DO $x$ BEGIN; $x$";
        assert_eq!(tokens(sql)[1].dollar_body(), Some((" BEGIN; ", 6)));
        assert_eq!(tokens(sql)[0].dollar_body(), None);
    }

    #[test]
    fn words_are_those_of_code_strings_and_bodies_but_not_of_comments() {
        let words =
            words("ALTER TABLE users -- not servers\nADD \"x y\" TEXT; DO $$ /* nor this */ EXECUTE 'DROP z'; $$");
        assert!(["users", "x", "TEXT", "EXECUTE", "z"].iter().all(|word| words.contains(word)), "{words:?}");
        assert!(["servers", "nor", ""].iter().all(|word| !words.contains(word)), "{words:?}");
    }
}
