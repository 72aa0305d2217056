//! The values of keys, as PostgreSQL sends them.

use std::{error::Error, str};

use bytes::BytesMut;
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// The bytes of a value, which are sent back as they came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'k>(pub(crate) &'k [u8]);

impl ToSql for Key<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0);
        Ok(IsNull::No)
    }

    /// Its column had the type when the program was built, and the statement is compared with the build.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'k> FromSql<'k> for Key<'k> {
    fn from_sql(_: &Type, raw: &'k [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Whether a cursor can hold values of the type, which [`type_name`](super::super::type_name) has named. An enum is held as well.
#[must_use]
pub fn is_key_type(name: &str) -> bool {
    size(name).is_some() || is_text(name) || matches!(name, "bytea" | "numeric")
}

fn size(name: &str) -> Option<usize> {
    Some(match name {
        "bool" => 1,
        "int2" => 2,
        "int4" | "float4" | "date" | "oid" => 4,
        "int8" | "float8" | "timestamp" | "timestamptz" | "time" => 8,
        "uuid" => 16,
        _ => return None,
    })
}

fn is_text(name: &str) -> bool {
    matches!(name, "text" | "varchar" | "bpchar" | "name") || name.ends_with(".citext")
}

/// Whether PostgreSQL can read the bytes as a value of the type. Others would be a violation of the protocol, which ends a
/// connection.
pub(super) fn is_readable(name: &str, bytes: &[u8]) -> bool {
    match name {
        "bytea" => true,
        "numeric" => is_numeric(bytes),
        // Text, and the label of an enum.
        _ => match size(name) {
            Some(size) => bytes.len() == size,
            None => str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')),
        },
    }
}

/// The number of digits, the weight, the sign, the scale, and the digits to the base 10,000.
fn is_numeric(bytes: &[u8]) -> bool {
    let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let [count, _, sign, scale, digits @ ..] = words.as_slice() else { return false };
    bytes.len().is_multiple_of(2)
        && usize::from(*count) == digits.len()
        && matches!(sign, 0 | 0x4000 | 0xc000 | 0xd000 | 0xf000)
        && *scale <= 0x3fff
        && digits.iter().all(|digit| *digit < 10_000)
}
