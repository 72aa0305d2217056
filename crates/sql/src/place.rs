//! Places in a text: byte offsets for programs, lines and columns for people, characters for PostgreSQL.

use std::fmt;

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
    fn characters_are_found_in_bytes() {
        assert_eq!(offset_of_character("çé x", 2), 4);
        assert_eq!(offset_of_character("çé x", 9), 6);
    }
}
