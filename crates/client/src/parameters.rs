//! The types that a generated function accepts as parameters.

use std::borrow::Cow;

use postgres_types::ToSql;

/// A parameter of a text type: strings, and types that implement this trait because they are written as text.
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
    /// The type of the array's elements.
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

/// A parameter of the type `json` or `jsonb`.
#[cfg(feature = "json")]
pub trait JsonSql: ToSql + Send + Sync {}
#[cfg(feature = "json")]
impl<T: JsonSql> JsonSql for &T {}
#[cfg(feature = "json")]
impl JsonSql for serde_json::Value {}
#[cfg(feature = "json")]
impl<T: serde::Serialize + std::fmt::Debug + Send + Sync> JsonSql for super::types::Json<T> {}
