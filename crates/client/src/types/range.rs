//! Ranges, and sets of ranges.

use std::ops::{self, Bound, RangeBounds};

use bytes::{BufMut, BytesMut};
use postgres_protocol::types::{self as protocol, RangeBound, empty_range_to_sql, range_from_sql, range_to_sql};
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use super::{Conversion, Lossless, take, take_value};

/// A range: `int4range`, `tstzrange` and so on, and range types of your own.
///
/// PostgreSQL writes ranges of whole numbers and dates with an included lower and an excluded upper bound: `[1,5]`
/// returns as `[1,6)`.
///
/// ```
/// use barqnet_db_client::types::Range;
///
/// let first_half = Range::from(1..=6);
/// assert!(first_half.contains(&6) && !Range::<i32>::Empty.contains(&6));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range<T> {
    /// It contains nothing.
    Empty,
    /// All values between two bounds.
    Between(Bound<T>, Bound<T>),
}

/// A multirange: ranges that do not touch, in order. Needs PostgreSQL 14.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Multirange<T>(pub Vec<Range<T>>);

impl<T: PartialOrd> Range<T> {
    /// Whether the value is in the range.
    pub fn contains(&self, value: &T) -> bool {
        match self {
            Self::Empty => false,
            Self::Between(lower, upper) => (lower.as_ref(), upper.as_ref()).contains(value),
        }
    }
}

impl<T> From<(Bound<T>, Bound<T>)> for Range<T> {
    fn from((lower, upper): (Bound<T>, Bound<T>)) -> Self {
        Self::Between(lower, upper)
    }
}

impl<T> From<ops::Range<T>> for Range<T> {
    fn from(range: ops::Range<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

impl<T> From<ops::RangeInclusive<T>> for Range<T> {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (lower, upper) = range.into_inner();
        Self::Between(Bound::Included(lower), Bound::Included(upper))
    }
}

impl<T> From<ops::RangeFrom<T>> for Range<T> {
    fn from(range: ops::RangeFrom<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Unbounded)
    }
}

impl<T> From<ops::RangeTo<T>> for Range<T> {
    fn from(range: ops::RangeTo<T>) -> Self {
        Self::Between(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

impl<T> From<ops::RangeFull> for Range<T> {
    fn from(_: ops::RangeFull) -> Self {
        Self::Between(Bound::Unbounded, Bound::Unbounded)
    }
}

/// Reads the bounds with `read`.
fn read<'a, T>(raw: &'a [u8], mut read: impl FnMut(Option<&'a [u8]>) -> Conversion<T>) -> Conversion<Range<T>> {
    let mut bound = |bound: RangeBound<Option<&'a [u8]>>| -> Conversion<Bound<T>> {
        Ok(match bound {
            RangeBound::Inclusive(value) => Bound::Included(read(value)?),
            RangeBound::Exclusive(value) => Bound::Excluded(read(value)?),
            RangeBound::Unbounded => Bound::Unbounded,
        })
    };
    match range_from_sql(raw)? {
        protocol::Range::Empty => Ok(Range::Empty),
        protocol::Range::Nonempty(lower, upper) => Ok(Range::Between(bound(lower)?, bound(upper)?)),
    }
}

fn write<T: ToSql>(range: &Range<T>, element: &Type, out: &mut BytesMut) -> Conversion<()> {
    fn bound<T: ToSql>(
        bound: &Bound<T>,
        element: &Type,
        out: &mut BytesMut,
    ) -> Conversion<RangeBound<postgres_protocol::IsNull>> {
        let mut write = |value: &T| match value.to_sql(element, out)? {
            IsNull::No => Ok(postgres_protocol::IsNull::No),
            IsNull::Yes => Conversion::Err("the bound of a range cannot be NULL".into()),
        };
        Ok(match bound {
            Bound::Included(value) => RangeBound::Inclusive(write(value)?),
            Bound::Excluded(value) => RangeBound::Exclusive(write(value)?),
            Bound::Unbounded => RangeBound::Unbounded,
        })
    }
    match range {
        Range::Empty => empty_range_to_sql(out),
        Range::Between(lower, upper) => {
            range_to_sql(|out| bound(lower, element, out), |out| bound(upper, element, out), out)?;
        }
    }
    Ok(())
}

/// The type of the bounds.
fn element(ty: &Type) -> Conversion<&Type> {
    match ty.kind() {
        Kind::Range(element) | Kind::Multirange(element) => Ok(element),
        _ => Err(format!("{ty} is not a range").into()),
    }
}

/// The ranges of a multirange.
fn ranges(mut raw: &[u8]) -> Conversion<Vec<&[u8]>> {
    let count = u32::from_be_bytes(take(&mut raw)?);
    (0..count).map(|_| take_value(&mut raw)?.ok_or_else(|| "a range in a multirange is NULL".into())).collect()
}

impl<'a, T: FromSql<'a>> FromSql<'a> for Range<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Conversion<Self> {
        let element = element(ty)?;
        read(raw, |value| T::from_sql_nullable(element, value))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }
}

impl<'a, T: FromSql<'a>> FromSql<'a> for Multirange<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Conversion<Self> {
        let element = element(ty)?;
        let ranges = ranges(raw)?.into_iter();
        ranges
            .map(|range| read(range, |value| T::from_sql_nullable(element, value)))
            .collect::<Conversion<_>>()
            .map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Multirange(element) if T::accepts(element))
    }
}

impl<T: ToSql> ToSql for Range<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        write(self, element(ty)?, out)?;
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }

    to_sql_checked!();
}

impl<T: ToSql> ToSql for Multirange<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        let element = element(ty)?;
        out.put_u32(u32::try_from(self.0.len())?);
        for range in &self.0 {
            let length_at = out.len();
            out.put_i32(0);
            write(range, element, out)?;
            let length = i32::try_from(out.len() - length_at - 4)?;
            out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Multirange(element) if T::accepts(element))
    }

    to_sql_checked!();
}

/// Checks both bounds.
fn check<T: Lossless>(ty: &Type, raw: &[u8]) -> Conversion<()> {
    let element = element(ty)?;
    read(raw, |value| value.map_or(Ok(()), |value| T::check(element, value))).map(drop)
}

impl<T: Lossless> Lossless for Range<T> {
    fn check(ty: &Type, raw: &[u8]) -> Conversion<()> {
        check::<T>(ty, raw)
    }
}

impl<T: Lossless> Lossless for Multirange<T> {
    fn check(ty: &Type, raw: &[u8]) -> Conversion<()> {
        ranges(raw)?.into_iter().try_for_each(|range| check::<T>(ty, range))
    }
}
