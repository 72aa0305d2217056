//! Documents as full-text search sees them.

use std::fmt;

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::{Conversion, take, take_slice};

/// A `tsvector`. Its text is PostgreSQL's: `'book':2A 'shop':3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextSearchVector {
    /// The lexemes, in PostgreSQL's order.
    pub lexemes: Vec<Lexeme>,
}

/// A normalised word, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// The word.
    pub word: String,
    /// Its positions, from 1 to 16383, each with its weight, `A` to `D`.
    pub positions: Vec<(u16, char)>,
}

const WEIGHTS: [char; 4] = ['D', 'C', 'B', 'A'];

impl fmt::Display for TextSearchVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Lexeme { word, positions }) in self.lexemes.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}'{}'", word.replace('\\', "\\\\").replace('\'', "''"))?;
            for (index, (position, weight)) in positions.iter().enumerate() {
                write!(f, "{}{position}", if index == 0 { ":" } else { "," })?;
                if *weight != 'D' {
                    write!(f, "{weight}")?;
                }
            }
        }
        Ok(())
    }
}

impl FromSql<'_> for TextSearchVector {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Conversion<Self> {
        let count = u32::from_be_bytes(take(&mut raw)?);
        let mut lexemes = Vec::new();
        for _ in 0..count {
            let length = raw.iter().position(|&byte| byte == 0).ok_or("the value ends too early")?;
            let word = std::str::from_utf8(take_slice(&mut raw, length)?)?.to_owned();
            let [_] = take(&mut raw)?;
            let mut positions = Vec::new();
            for _ in 0..u16::from_be_bytes(take(&mut raw)?) {
                let entry = u16::from_be_bytes(take(&mut raw)?);
                positions.push((entry & 0x3FFF, WEIGHTS[usize::from(entry >> 14)]));
            }
            lexemes.push(Lexeme { word, positions });
        }
        Ok(Self { lexemes })
    }

    accepts!(TS_VECTOR);
}

impl ToSql for TextSearchVector {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        out.put_u32(u32::try_from(self.lexemes.len())?);
        for Lexeme { word, positions } in &self.lexemes {
            out.put_slice(word.as_bytes());
            out.put_u8(0);
            out.put_u16(u16::try_from(positions.len())?);
            for (position, weight) in positions {
                let weight = WEIGHTS.iter().position(|it| it == weight).ok_or("a weight is A, B, C or D")?;
                out.put_u16((position & 0x3FFF) | (u16::try_from(weight)? << 14));
            }
        }
        Ok(IsNull::No)
    }

    accepts!(TS_VECTOR);
    to_sql_checked!();
}
