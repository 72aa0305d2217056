//! Places in a text: byte offsets for programs, lines and columns for people, characters for PostgreSQL.

use std::fmt;

use crate::token::tokens;

/// Line and column, both counted from 1; columns are characters, not bytes. Shown as `line:column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte offset. An offset after the end of the text, or inside a character, counts as the nearest one before.
    #[must_use]
    pub fn new(text: &str, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset);
        let line = line_start(text, offset);
        Self { line: text[..offset].matches('\n').count() + 1, column: text[line..offset].chars().count() + 1 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The line in which a byte offset is, without its line ending.
#[must_use]
pub fn line_at(text: &str, offset: usize) -> &str {
    let offset = text.floor_char_boundary(offset);
    text[line_start(text, offset)..].lines().next().unwrap_or_default()
}

/// The byte offset of a character, counted from 0; the text's length if there are fewer characters.
///
/// PostgreSQL reports the position of an error in characters, counted from 1.
#[must_use]
pub fn offset_of_character(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(offset, _)| offset)
}

/// The byte offset of the first character of a line, counted from 1, that is no white space; `None` if there is no such line.
///
/// PostgreSQL counts the lines of a function from the quote that begins its body.
#[must_use]
pub fn offset_of_line(text: &str, line: usize) -> Option<usize> {
    let start = match line.checked_sub(1)? {
        0 => 0,
        newlines => text.match_indices('\n').nth(newlines - 1)?.0 + 1,
    };
    Some(text.len() - text[start..].trim_start().len())
}

/// The byte offset in `text` of the word at a character of `query`, counted from 0, if the text holds the query.
///
/// PostgreSQL reports errors in the statements of a function so. It puts blanks in place of an INTO and SELECT in place of
/// PERFORM, so the text need not hold the query letter by letter.
#[must_use]
pub fn offset_in_query(text: &str, query: &str, character: usize) -> Option<usize> {
    let in_query = offset_of_character(query, character);
    let word = tokens(&query[in_query..]).first()?.text;
    let first = *tokens(query).first()?;
    let find = |first_in_text: &str| {
        let ends = text.match_indices(first_in_text).map(|(begin, found)| begin + found.len());
        let places = ends.filter_map(|end| (end + in_query).checked_sub(first.end()));
        let is_word = |rest: &str| rest.starts_with(word) && tokens(rest).first().is_some_and(|it| it.text == word);
        places.into_iter().find(|at| text.get(*at..).is_some_and(is_word))
    };
    find(first.text).or_else(|| ["PERFORM", "perform"].into_iter().filter(|_| first.is("SELECT")).find_map(find))
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_in_characters() {
        let text = "ab\nçé x\r\n";
        assert_eq!(Place::new(text, 0), Place { line: 1, column: 1 });
        assert_eq!(Place::new(text, text.find('x').unwrap()), Place { line: 2, column: 4 });
        assert_eq!(Place::new(text, 1000).to_string(), "3:1");
        // Inside the two bytes of `ç`.
        assert_eq!(Place::new(text, 4), Place { line: 2, column: 1 });
    }

    #[test]
    fn a_line_comes_without_its_ending() {
        assert_eq!(line_at("ab\nçé x\r\nz", 5), "çé x");
        assert_eq!(line_at("", 3), "");
    }

    #[test]
    fn a_line_of_a_body_is_found_at_its_first_word() {
        assert_eq!(offset_of_line(" a\n\n  b\n", 1), Some(1));
        assert_eq!(offset_of_line(" a\n\n  b\n", 3), Some(6));
        assert_eq!((offset_of_line("a", 2), offset_of_line("a", 0)), (None, None));
    }

    #[test]
    fn a_word_of_a_query_is_found_in_the_text_that_holds_the_query() {
        let text = "SELECT 1;\n SELECT a INTO b FROM \"ç\", gone;";
        let query = "SELECT a        FROM \"ç\", gone";
        let found = offset_in_query(text, query, query.chars().count() - 4);
        assert_eq!(found, text.find("gone"));
        assert_eq!(offset_in_query("SELECT a", "\n SELECT a", 9), Some(7));
        assert_eq!(offset_in_query("PERFORM a", " SELECT a", 8), Some(8));
        assert_eq!(offset_in_query(text, "UPDATE a", 7), None);
        let text = "UPDATE t SET name = 'x'; UPDATE t SET nam = 'x';";
        assert_eq!(offset_in_query(text, "UPDATE t SET nam = 'x'", 13), text.find("nam ="));
    }

    #[test]
    fn characters_are_found_in_bytes() {
        assert_eq!(offset_of_character("çé x", 2), 4);
        assert_eq!(offset_of_character("çé x", 9), 6);
    }
}
