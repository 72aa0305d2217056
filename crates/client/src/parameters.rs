//! What a generated function accepts as a parameter.

use std::borrow::Cow;

use postgres_types::ToSql;

/// Gives a statement its parameters as one struct, field by field named, instead of one by one.
pub trait Params<'c, 'a, 's, P, O, C> {
    /// Binds `params`; what comes back is what `bind` returns.
    fn params(&'s self, client: &'c C, params: &'a P) -> O;
}

/// A parameter of a text type: strings, and this crate's types that are written as text.
pub trait StringSql: ToSql + Sync {}
impl<T: StringSql> StringSql for &T {}
impl StringSql for String {}
impl StringSql for &str {}
impl StringSql for Cow<'_, str> {}
impl StringSql for Box<str> {}

/// A parameter of the type `bytea`.
pub trait BytesSql: ToSql + Send + Sync {}
impl<T: BytesSql> BytesSql for &T {}
impl BytesSql for Vec<u8> {}
impl BytesSql for &[u8] {}

/// A parameter of an array type: a vector or a slice.
pub trait ArraySql: ToSql + Send + Sync {
    /// What the array holds.
    type Item;
}
impl<T: ToSql + Sync, A: ArraySql<Item = T>> ArraySql for &A {
    type Item = T;
}
impl<T: ToSql + Send + Sync> ArraySql for Vec<T> {
    type Item = T;
}
impl<T: ToSql + Sync> ArraySql for &[T] {
    type Item = T;
}

/// Generated code hands its parameters over through this.
pub fn slice_iter<'a>(parameters: &'a [&'a (dyn ToSql + Sync)]) -> &'a [&'a (dyn ToSql + Sync)] {
    parameters
}
