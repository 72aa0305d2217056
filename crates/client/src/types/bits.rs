//! Strings of bits.

use std::fmt;

use bytes::BytesMut;
use postgres_protocol::types::{varbit_from_sql, varbit_to_sql};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::Conversion;

/// A `bit` or `varbit`: its bits, the leftmost first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(pub Vec<bool>);

/// As PostgreSQL writes it: `0110`.
impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&bit| f.write_str(if bit { "1" } else { "0" }))
    }
}

impl FromSql<'_> for Bits {
    fn from_sql(_: &Type, raw: &[u8]) -> Conversion<Self> {
        let bits = varbit_from_sql(raw)?;
        let bit = |index: usize| bits.bytes().get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0);
        Ok(Self((0..bits.len()).map(bit).collect()))
    }

    accepts!(BIT, VARBIT);
}

impl ToSql for Bits {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        let byte = |bits: &[bool]| {
            bits.iter().enumerate().fold(0, |byte, (index, &bit)| byte | (u8::from(bit) << (7 - index)))
        };
        varbit_to_sql(self.0.len(), self.0.chunks(8).map(byte), out)?;
        Ok(IsNull::No)
    }

    accepts!(BIT, VARBIT);
    to_sql_checked!();
}
