//! Positions in the write-ahead log.

use std::{fmt, str::FromStr};

/// How far the write-ahead log of a primary had been written at a moment: PostgreSQL's LSN. [`Pool::position`] returns it, and
/// [`Pool::read_after`] reads what was committed before it.
///
/// As text it is PostgreSQL's, such as `16/B374D848`, so that a service can keep it in a cookie between two requests. It is no
/// secret, and a client that invents one only slows its own reads: see [`Pool::read_after`].
///
/// [`Pool::position`]: super::super::Pool::position
/// [`Pool::read_after`]: super::super::Pool::read_after
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

/// The text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no position in a write-ahead log: two hexadecimal numbers with / between them are needed, such as 16/B374D848"
)]
pub struct InvalidPosition;

/// The headers of a page of the log, short and long.
const PAGE_HEADERS: [u64; 2] = [24, 40];

impl Position {
    pub(super) fn new(lsn: u64) -> Self {
        Self(lsn)
    }

    /// Of the place where the next record begins: behind the header of a page if the page has no record yet. The last record
    /// ended before that header, and nothing is replayed up to its end.
    pub(super) fn of_next_record(lsn: u64, page_bytes: u64) -> Self {
        let in_page = lsn.checked_rem(page_bytes).unwrap_or_default();
        Self(if PAGE_HEADERS.contains(&in_page) { lsn - in_page } else { lsn })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (high, low) = text.split_once('/').ok_or(InvalidPosition)?;
        Ok(Self(u64::from(half(high)?) << 32 | u64::from(half(low)?)))
    }
}

fn half(digits: &str) -> Result<u32, InvalidPosition> {
    // Without a sign, which the parser would take.
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = is_hexadecimal.then(|| u32::from_str_radix(digits, 16).ok()).flatten();
    number.ok_or(InvalidPosition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_the_text_that_postgresql_writes_and_nothing_else() {
        for text in ["0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"] {
            assert_eq!(text.parse::<Position>().map(|position| position.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "/", "1", "1/", "/1", "1/2/3", "+1/2", "1/-2", "100000000/0", "0/g", " 0/1", "0/1\n", "é/1"] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text}");
        }
        assert!("9/FFFFFFFF".parse::<Position>().unwrap() < "A/0".parse().unwrap());
    }

    #[test]
    fn the_header_of_an_empty_page_is_not_waited_for() {
        let position = |lsn| Position::of_next_record(lsn, 8192);
        assert_eq!(position(3 * 8192 + 24), Position(3 * 8192));
        assert_eq!(position(3 * 8192 + 40), Position(3 * 8192));
        for lsn in [3 * 8192, 3 * 8192 + 32, 3 * 8192 + 48] {
            assert_eq!(position(lsn), Position(lsn));
        }
    }
}
