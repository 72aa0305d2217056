//! Arrays in results.

use std::{marker::PhantomData, vec::IntoIter};

use fallible_iterator::FallibleIterator;
use postgres_protocol::types::array_from_sql;
use postgres_types::{FromSql, Kind, Type};

use super::{Conversion, Lossless, base::base};

/// The elements of an array, which borrow from the row. All of them are decoded when the column is read.
///
/// An element that is NULL is an error unless `T` is an `Option`. So is an array of more than one dimension.
#[derive(Clone, Debug)]
pub struct Array<'a, T> {
    elements: IntoIter<T>,
    row: PhantomData<&'a ()>,
}

impl<T> Iterator for Array<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.elements.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.elements.size_hint()
    }
}

impl<T> ExactSizeIterator for Array<'_, T> {}

/// Calls `read` for each element.
fn elements<'a, T>(
    ty: &Type,
    raw: &'a [u8],
    mut read: impl FnMut(&Type, Option<&'a [u8]>) -> Conversion<T>,
) -> Conversion<Vec<T>> {
    let ty = base(ty);
    let Kind::Array(element) = ty.kind() else {
        return Err(format!("{ty} is not an array").into());
    };
    let array = array_from_sql(raw)?;
    if array.dimensions().count()? > 1 {
        return Err("the array has more than one dimension".into());
    }
    let mut values = array.values();
    let mut found = Vec::with_capacity(values.size_hint().0.min(1024));
    while let Some(value) = values.next()? {
        found.push(read(element, value)?);
    }
    Ok(found)
}

impl<'a, T: FromSql<'a>> FromSql<'a> for Array<'a, T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Conversion<Self> {
        let elements = elements(ty, raw, T::from_sql_nullable)?;
        Ok(Self { elements: elements.into_iter(), row: PhantomData })
    }

    fn accepts(ty: &Type) -> bool {
        matches!(base(ty).kind(), Kind::Array(element) if T::accepts(element))
    }
}

impl<T: Lossless> Lossless for Array<'_, T> {
    fn check(ty: &Type, raw: &[u8]) -> Conversion<()> {
        elements(ty, raw, |element, value| value.map_or(Ok(()), |value| T::check(element, value))).map(drop)
    }
}

impl<T: Lossless> Lossless for Vec<T> {
    fn check(ty: &Type, raw: &[u8]) -> Conversion<()> {
        Array::<T>::check(ty, raw)
    }
}
