//! The `Index:` and `Locks:` clauses in the documentation of a query.

use crate::{
    diagnostic::Diagnostic,
    queries::{Module, Query},
};

/// The words that begin a clause.
const BEGINNINGS: [&str; 2] = ["Index:", "Locks:"];

/// A clause such as `Index: users_pkey.`
pub(crate) struct Clause {
    /// Its word: `Index:`.
    word: &'static str,
    /// Where the word is in the file.
    pub(crate) offset: usize,
    /// What follows, on one line, up to the next clause.
    pub(crate) text: String,
}

/// The clause that begins with `word`, if the documentation of the query has one.
pub(crate) fn clause(module: &Module, query: &Query, word: &'static str) -> Option<Clause> {
    let mut text = String::new();
    let mut found = None;
    for (offset, line) in lines(module, query) {
        let mut from = 0;
        while from < line.len() {
            let rest = &line[from..];
            if found.is_some() {
                let next = next_beginning(rest);
                text.push_str(&rest[..next.unwrap_or(rest.len())]);
                text.push(' ');
                if next.is_some() {
                    return finish(word, found, &text);
                }
                break;
            }
            let Some(at) = position(rest, word) else { break };
            found = Some(offset + from + at);
            from += at + word.len();
        }
    }
    finish(word, found, &text)
}

fn finish(word: &'static str, offset: Option<usize>, text: &str) -> Option<Clause> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    offset.map(|offset| Clause { word, offset, text })
}

/// The `---` lines without their dashes, with their places in the file.
fn lines<'m>(module: &'m Module, query: &Query) -> impl Iterator<Item = (usize, &'m str)> {
    let start = query.name.offset;
    let mut at = start;
    module.text[start..query.sql.start].split_inclusive('\n').filter_map(move |line| {
        let offset = at;
        at += line.len();
        line.strip_prefix("---").map(|line| (offset + 3, line.trim_end()))
    })
}

fn next_beginning(line: &str) -> Option<usize> {
    BEGINNINGS.iter().filter_map(|word| position(line, word)).min()
}

/// Where `word` stands as a word of its own.
fn position(line: &str, word: &str) -> Option<usize> {
    let is_start = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices(word).map(|(at, _)| at).find(is_start)
}

impl Clause {
    /// An error at the clause, with the text that replaces it.
    pub(crate) fn error(&self, rule: &'static str, module: &Module, message: String, corrected: &str) -> Diagnostic {
        Diagnostic::error(rule, &module.path, message)
            .at(&module.text, self.offset)
            .help(format!("write {} {corrected}", self.word))
    }

    /// The first sentence, without what follows a semicolon.
    pub(crate) fn first_part(&self) -> &str {
        let end = self.text.find(". ").or_else(|| self.text.strip_suffix('.').map(str::len)).unwrap_or(self.text.len());
        let sentence = &self.text[..end];
        sentence.split(';').next().unwrap_or(sentence).trim()
    }
}
