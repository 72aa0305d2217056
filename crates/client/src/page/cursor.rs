//! Where a page begins or ends.

use std::{fmt, marker::PhantomData, str::FromStr};

use super::{
    Paged,
    base64url::{decode, encode},
    key::{Key, is_readable},
};
use crate::{error::Error, row::Row};

/// The version of the text form. Another one is refused.
const VERSION: u8 = 1;

/// Where a page of the statement `S` begins or ends: the values of the order's keys in a row, and the direction.
///
/// Its text is for a URL: `to_string()` writes it, and `parse()` reads it. Text that is not one of a cursor of this statement is
/// a [`CursorError`]. It is opaque, but **it is no secret and not signed**: anybody who has it can read the values of the keys in it, and
/// can make one of other values. A cursor moves the page; which rows the caller may see is the matter of the statement's
/// conditions.
///
/// It stays valid while rows are added, changed and deleted, its own included, and until a release changes the keys of the order.
pub struct Cursor<S> {
    order: usize,
    is_backward: bool,
    /// None: the first page, or the last one.
    keys: Vec<Vec<u8>>,
    statement: PhantomData<fn() -> S>,
}

/// Why a text is not a cursor, or a cursor is not one of the page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CursorError {
    /// The text was not written by a cursor, or not all of it arrived.
    #[error("this text is no cursor; begin with the first page")]
    Malformed,
    /// The text has a form that this release does not know.
    #[error("the cursor has the form {0}, and this program reads the form {VERSION}; begin with the first page")]
    Version(u8),
    /// The cursor is one of another query, or of another release, in which the order had other keys.
    #[error("the cursor is not one of {0}, or the keys of its order have changed; begin with the first page")]
    OtherQuery(&'static str),
    /// The cursor is one of another order of the query.
    #[error("the cursor is one of the order `{cursor}`, and the page is one of `{page}`; begin with the first page")]
    OtherOrder {
        /// The order of the cursor.
        cursor: &'static str,
        /// The order that was asked for.
        page: &'static str,
    },
}

impl<S> Cursor<S> {
    pub(super) fn first(order: usize) -> Self {
        Self { order, is_backward: false, keys: Vec::new(), statement: PhantomData }
    }

    pub(super) fn last(order: usize) -> Self {
        Self { is_backward: true, ..Self::first(order) }
    }

    pub(super) fn is_backward(&self) -> bool {
        self.is_backward
    }

    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    pub(super) fn keys(&self) -> &[Vec<u8>] {
        &self.keys
    }
}

impl<S: Paged> Cursor<S> {
    /// The rows after the row, or before it.
    pub(super) fn at(order: usize, is_backward: bool, row: &Row) -> Result<Self, Error> {
        let keys = S::ORDERS[order].keys.iter().map(|(column, _)| Ok(row.try_get::<Key<'_>>(*column)?.0.to_vec()));
        Ok(Self { order, is_backward, keys: keys.collect::<Result<_, Error>>()?, statement: PhantomData })
    }

    pub(super) fn check_order(&self, page: usize) -> Result<(), CursorError> {
        let name = |order: usize| S::ORDERS[order].name;
        if self.order == page {
            return Ok(());
        }
        Err(CursorError::OtherOrder { cursor: name(self.order), page: name(page) })
    }

    /// The name of its order; empty if the query has no choice of orders.
    #[must_use]
    pub fn order(&self) -> &'static str {
        S::ORDERS[self.order].name
    }
}

/// Tells texts apart that differ by mistake (FNV-1a). Who means to can write another text with the same value.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The form: version, tag of the order, direction, keys with their lengths, fingerprint of all of it.
impl<S: Paged> fmt::Display for Cursor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![VERSION];
        bytes.extend(S::ORDERS[self.order].tag.to_be_bytes());
        bytes.push(u8::from(self.is_backward));
        for key in &self.keys {
            bytes.extend(u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend(key);
        }
        bytes.extend(fingerprint(&bytes).to_be_bytes());
        f.write_str(&encode(&bytes))
    }
}

impl<S: Paged> FromStr for Cursor<S> {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let bytes = decode(text).ok_or(CursorError::Malformed)?;
        let (content, check) = bytes.split_last_chunk::<4>().ok_or(CursorError::Malformed)?;
        if fingerprint(content) != u32::from_be_bytes(*check) {
            return Err(CursorError::Malformed);
        }
        let (version, content) = content.split_first().ok_or(CursorError::Malformed)?;
        if *version != VERSION {
            return Err(CursorError::Version(*version));
        }
        let (tag, content) = content.split_first_chunk::<4>().ok_or(CursorError::Malformed)?;
        let tag = u32::from_be_bytes(*tag);
        let order = S::ORDERS.iter().position(|order| order.tag == tag);
        let order = order.ok_or(CursorError::OtherQuery(S::QUERY.name))?;
        let (direction, rest) = content.split_first().ok_or(CursorError::Malformed)?;
        let is_backward = match direction {
            0 => false,
            1 => true,
            _ => return Err(CursorError::Malformed),
        };
        let keys = read_keys(rest, S::ORDERS[order].keys).ok_or(CursorError::Malformed)?;
        Ok(Self { order, is_backward, keys, statement: PhantomData })
    }
}

/// No keys, or a value for each.
fn read_keys(mut rest: &[u8], of_order: &[(usize, &str)]) -> Option<Vec<Vec<u8>>> {
    let mut keys = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (key, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let (_, ty) = of_order.get(keys.len())?;
        if !is_readable(ty, key) {
            return None;
        }
        keys.push(key.to_vec());
        rest = after;
    }
    (rest.is_empty() && (keys.is_empty() || keys.len() == of_order.len())).then_some(keys)
}

impl<S> Clone for Cursor<S> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), ..*self }
    }
}

impl<S> PartialEq for Cursor<S> {
    fn eq(&self, other: &Self) -> bool {
        (self.order, self.is_backward, &self.keys) == (other.order, other.is_backward, &other.keys)
    }
}

impl<S> Eq for Cursor<S> {}

/// The values of the keys are not shown: they may be personal data.
impl<S> fmt::Debug for Cursor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("is_backward", &self.is_backward).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Query, Returning, page::PageOrder, variant::Variant};

    struct Books;

    impl Returning for Books {
        type Row = ();
        type Borrowed<'r> = ();

        fn read(_: &Row) -> Result<(), Error> {
            Ok(())
        }
    }

    impl Paged for Books {
        const QUERY: &'static Query = &Query::by_hand("books.list", "SELECT 1");
        const VARIANTS: &'static [Variant] = &[];
        const ORDERS: &'static [PageOrder] = &[
            PageOrder { name: "newest", tag: 7, keys: &[(0, "timestamptz"), (1, "text")] },
            PageOrder { name: "cheapest", tag: 8, keys: &[(2, "numeric")] },
        ];
    }

    fn cursor(order: usize, keys: &[&[u8]]) -> Cursor<Books> {
        let keys = keys.iter().map(|key| key.to_vec()).collect();
        Cursor { order, is_backward: order == 1, keys, statement: PhantomData }
    }

    #[test]
    fn a_cursor_is_text_and_comes_back() {
        for cursor in [
            cursor(0, &[&[0; 8], "größe".as_bytes()]),
            cursor(1, &[&[0, 1, 0, 0, 0, 0, 0, 2, 0, 12]]),
            Cursor::first(0),
            Cursor::last(1),
        ] {
            let text = cursor.to_string();
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
            assert_eq!(text.parse(), Ok(cursor));
        }
    }

    #[test]
    fn text_that_a_cursor_has_not_written_is_an_error() {
        let whole = cursor(0, &[&[0; 8], b"a"]).to_string();
        assert!(!whole.is_empty());
        for end in 0..whole.len() {
            assert_eq!(whole[..end].parse::<Cursor<Books>>(), Err(CursorError::Malformed), "{end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("it is ASCII");
            assert_eq!(changed.parse::<Cursor<Books>>(), Err(CursorError::Malformed), "{at}");
        }
        // Values that the server would take for a violation of the protocol.
        for (order, keys) in [
            (0, &[&[0; 7][..], b"a"][..]),
            (0, &[&[0; 8], b"\xff"]),
            (0, &[&[0; 8], b"a\0"]),
            (0, &[&[0; 8]]),
            (0, &[&[0; 8], b"a", b"a"]),
            (1, &[&[0, 2, 0, 0, 0, 0, 0, 2, 0, 12]]),
            (1, &[&[0, 1, 0, 0, 0, 1, 0, 2, 0, 12]]),
            (1, &[&[0, 1, 0, 0, 0, 0, 0, 2, 0xff, 12]]),
        ] {
            assert_eq!(
                cursor(order, keys).to_string().parse::<Cursor<Books>>(),
                Err(CursorError::Malformed),
                "{keys:?}"
            );
        }
        for text in ["", "abc", "not a cursor", "ü"] {
            assert_eq!(text.parse::<Cursor<Books>>(), Err(CursorError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_cursor_of_another_version_query_or_order_is_an_error_that_says_so() {
        let text = |bytes: &[u8]| encode(&[bytes, &fingerprint(bytes).to_be_bytes()].concat());
        assert_eq!(text(&[2, 0]).parse::<Cursor<Books>>(), Err(CursorError::Version(2)));
        let other = text(&[1, 0, 0, 0, 9, 0]).parse::<Cursor<Books>>();
        assert_eq!(other, Err(CursorError::OtherQuery("books.list")));
        let error = cursor(1, &[]).check_order(0).expect_err("it is of another order");
        assert_eq!(
            error.to_string(),
            "the cursor is one of the order `cheapest`, and the page is one of `newest`; begin with the first page"
        );
    }
}
