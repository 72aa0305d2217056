//! Hardware addresses.

use std::fmt;

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::{Conversion, take};

/// A `macaddr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

/// A `macaddr8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress8(pub [u8; 8]);

fn write(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, byte) in bytes.iter().enumerate() {
        write!(f, "{}{byte:02x}", if index == 0 { "" } else { ":" })?;
    }
    Ok(())
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.0, f)
    }
}

impl fmt::Display for MacAddress8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.0, f)
    }
}

impl FromSql<'_> for MacAddress {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Conversion<Self> {
        take(&mut raw).map(Self)
    }

    accepts!(MACADDR);
}

impl FromSql<'_> for MacAddress8 {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Conversion<Self> {
        take(&mut raw).map(Self)
    }

    accepts!(MACADDR8);
}

impl ToSql for MacAddress {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    accepts!(MACADDR);
    to_sql_checked!();
}

impl ToSql for MacAddress8 {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    accepts!(MACADDR8);
    to_sql_checked!();
}
