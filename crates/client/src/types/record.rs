//! Rows in rows: values of the type `record`, whose fields have types and no names.

use std::error::Error;

use fallible_iterator::FallibleIterator;
use postgres_types::{FromSql, Kind, Type};

use super::{Conversion, Lossless, base, lossless::Checked, take, take_value};
use crate::{query::is_same_value, shared_session::built_in, type_name};

/// The fields of a row that was read, from the first to the last.
#[derive(Debug)]
pub struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    /// Begins to read a row of `count` fields.
    pub fn new(mut raw: &'a [u8], count: usize) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let found = i32::from_be_bytes(take(&mut raw)?);
        if usize::try_from(found) != Ok(count) {
            return Err(format!("the row has {found} fields, and this program was built for {count}").into());
        }
        Ok(Self(raw))
    }

    /// The next field, of the type that the build saw.
    pub fn read<T: FromSql<'a>>(&mut self, name: &str, ty: &str) -> Result<T, Box<dyn Error + Sync + Send>> {
        let ty = field_type(u32::from_be_bytes(take(&mut self.0)?), name, ty)?;
        let raw = take_value(&mut self.0)?;
        let ty = base(&ty);
        if !T::accepts(&ty) {
            return Err(format!("field {name}: {}", postgres_types::WrongType::new::<T>(ty.into_owned())).into());
        }
        T::from_sql_nullable(&ty, raw)
            .map_err(|error| format!("field {name}: {}", crate::error_text::in_full(error.as_ref())).into())
    }

    /// [`read`](Self::read), for a type that cannot hold every value.
    pub fn read_lossless<T: FromSql<'a> + Lossless>(
        &mut self,
        name: &str,
        ty: &str,
    ) -> Result<T, Box<dyn Error + Sync + Send>> {
        self.read::<Checked<T>>(name, ty).map(|checked| checked.0)
    }
}

/// The type of a field, by the number that came with its value and the name that the build saw. Types that are not built in have
/// other numbers in each database: they are domains of built-in types, and enums.
fn field_type(oid: u32, name: &str, expected: &str) -> Conversion<Type> {
    let Some(known) = built_in(expected) else {
        let (schema, label) = expected.split_once('.').unwrap_or(("public", expected));
        return Ok(Type::new(label.to_owned(), oid, Kind::Enum(Vec::new()), schema.to_owned()));
    };
    match Type::from_oid(oid) {
        Some(found) if !is_same_value(expected, &found) => Err(format!(
            "field {name} is {} in this database, and this program was built for {expected}",
            type_name(&found)
        )
        .into()),
        Some(found) => Ok(found),
        None => Ok(known.clone()),
    }
}

/// An array of rows. The driver does not know that the type `record[]` is an array.
#[derive(Debug)]
pub struct Records<T>(Vec<T>);

impl<'a, T: FromSql<'a>> FromSql<'a> for Records<T> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Conversion<Self> {
        let array = postgres_protocol::types::array_from_sql(raw)?;
        if array.dimensions().count()? > 1 {
            return Err("the array has several dimensions".into());
        }
        array.values().map(|row| T::from_sql_nullable(&Type::RECORD, row)).collect().map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::RECORD_ARRAY
    }
}

/// What an array of rows is read as: `Vec<T>`, or `Option<Vec<T>>` if it can be NULL.
pub trait OfRows<'a> {
    /// As the driver reads it.
    type Received: FromSql<'a>;

    /// Takes the rows.
    fn of(received: Self::Received) -> Self;
}

impl<'a, T: FromSql<'a>> OfRows<'a> for Vec<T> {
    type Received = Records<T>;

    fn of(received: Records<T>) -> Self {
        received.0
    }
}

impl<'a, T: FromSql<'a>> OfRows<'a> for Option<Vec<T>> {
    type Received = Option<Records<T>>;

    fn of(received: Option<Records<T>>) -> Self {
        received.map(|rows| rows.0)
    }
}

/// Makes a struct one that can be embedded in a row: read from a value of the type `record`, whose fields have these types, in
/// this order. `barqnet-db-codegen` writes the calls.
#[doc(hidden)]
#[macro_export]
macro_rules! embedded {
    ($row:ident { $($field:ident: $read:ident($ty:literal)),+ $(,)? }) => {
        impl<'a> $crate::tokio_postgres::types::FromSql<'a> for $row {
            fn from_sql(
                _: &$crate::tokio_postgres::types::Type,
                raw: &'a [u8],
            ) -> ::core::result::Result<Self, ::std::boxed::Box<dyn ::std::error::Error + Sync + Send>> {
                let mut fields = $crate::types::Record::new(raw, [$($ty),+].len())?;
                ::core::result::Result::Ok(Self { $($field: fields.$read(stringify!($field), $ty)?),+ })
            }
            fn accepts(ty: &$crate::tokio_postgres::types::Type) -> bool {
                *ty == $crate::tokio_postgres::types::Type::RECORD
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL sends of a row.
    fn record(fields: &[(u32, Option<&[u8]>)]) -> Vec<u8> {
        let mut raw = i32::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
        for (oid, value) in fields {
            raw.extend(oid.to_be_bytes());
            let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap());
            raw.extend(length.to_be_bytes());
            raw.extend(value.unwrap_or_default());
        }
        raw
    }

    #[derive(Debug, PartialEq)]
    struct Line {
        isbn: String,
        copies: Option<i32>,
    }
    crate::embedded!(Line { isbn: read("text"), copies: read("int4") });

    fn line(fields: &[(u32, Option<&[u8]>)]) -> Result<Line, String> {
        Line::from_sql(&Type::RECORD, &record(fields)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_fields_of_a_row_are_read_in_their_order_and_a_domain_as_its_base() {
        let (text, domain) = (Type::TEXT.oid(), 70_000);
        let (isbn, three) = (Some(b"978".as_slice()), 3_i32.to_be_bytes());
        let expected = Line { isbn: "978".to_owned(), copies: Some(3) };
        for oid in [text, domain, Type::VARCHAR.oid()] {
            assert_eq!(line(&[(oid, isbn), (Type::INT4.oid(), Some(&three))]).as_ref(), Ok(&expected));
        }
        assert_eq!(line(&[(text, isbn), (Type::INT4.oid(), None)]).map(|it| it.copies), Ok(None));
    }

    #[test]
    fn a_row_of_another_shape_is_an_error_that_says_what_differs() {
        let (text, int) = (Type::TEXT.oid(), Type::INT4.oid());
        let number = 3_i32.to_be_bytes();
        let isbn = Some(b"978".as_slice());
        for (fields, part) in [
            (vec![(text, isbn)], "the row has 1 fields, and this program was built for 2"),
            (vec![(text, isbn), (Type::INT8.oid(), Some(number.as_slice()))], "field copies is int8 in this database"),
            (vec![(text, None), (int, Some(number.as_slice()))], "field isbn: "),
            (vec![(text, isbn), (int, Some(b"x".as_slice()))], "field copies: "),
        ] {
            let message = line(&fields).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
        assert!(Line::from_sql(&Type::RECORD, &record(&[(text, isbn), (int, None)])[..12]).is_err());
    }
}
