//! Points of a plane.

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::{Conversion, take};

/// A `point`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The first coordinate.
    pub x: f64,
    /// The second coordinate.
    pub y: f64,
}

impl FromSql<'_> for Point {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Conversion<Self> {
        Ok(Self { x: f64::from_be_bytes(take(&mut raw)?), y: f64::from_be_bytes(take(&mut raw)?) })
    }

    accepts!(POINT);
}

impl ToSql for Point {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        out.put_f64(self.x);
        out.put_f64(self.y);
        Ok(IsNull::No)
    }

    accepts!(POINT);
    to_sql_checked!();
}
