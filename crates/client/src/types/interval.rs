//! Intervals.

use std::{num::TryFromIntError, time::Duration};

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::{Conversion, take};

/// An `interval`: months, days and microseconds, which PostgreSQL keeps apart because a month has no fixed number of
/// days and a day no fixed number of hours.
///
/// Two intervals are equal if all three parts are: 1 day is not 24 hours here. An infinite interval (PostgreSQL 17) has
/// the maximum, or the minimum, in all parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months; a year is 12.
    pub months: i32,
    /// Days; a week is 7.
    pub days: i32,
    /// Microseconds; an hour is 3,600,000,000.
    pub microseconds: i64,
}

impl Interval {
    /// Later than every other (PostgreSQL 17 and newer).
    pub const INFINITY: Self = Self { months: i32::MAX, days: i32::MAX, microseconds: i64::MAX };
    /// Earlier than every other (PostgreSQL 17 and newer).
    pub const NEGATIVE_INFINITY: Self = Self { months: i32::MIN, days: i32::MIN, microseconds: i64::MIN };

    /// Whether it is one of the two infinite intervals.
    #[must_use]
    pub fn is_infinite(self) -> bool {
        self == Self::INFINITY || self == Self::NEGATIVE_INFINITY
    }
}

/// In microseconds; what is shorter is cut off. Fails above 292,000 years.
impl TryFrom<Duration> for Interval {
    type Error = TryFromIntError;

    fn try_from(duration: Duration) -> Result<Self, TryFromIntError> {
        Ok(Self { microseconds: duration.as_micros().try_into()?, ..Self::default() })
    }
}

impl FromSql<'_> for Interval {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Conversion<Self> {
        Ok(Self {
            microseconds: i64::from_be_bytes(take(&mut raw)?),
            days: i32::from_be_bytes(take(&mut raw)?),
            months: i32::from_be_bytes(take(&mut raw)?),
        })
    }

    accepts!(INTERVAL);
}

impl ToSql for Interval {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(IsNull::No)
    }

    accepts!(INTERVAL);
    to_sql_checked!();
}
