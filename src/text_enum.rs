//! Enums that the database stores as text.

use std::str::FromStr;

use barqnet_db_client::{Error, Query};
use postgres_types::WasNull;

/// Defines an enum with a text for each variant. It implements `Display` and `FromStr` and can be a query parameter;
/// [`decode`] reads it from a column.
macro_rules! text_enum {
    ($(#[$about:meta])* $vis:vis enum $name:ident, $what:literal {
        $($(#[$doc:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The text of this value in the database.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::text_enum::UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::text_enum::UnknownText::new($what, text, &[$($text),+])),
                }
            }
        }

        crate::text_enum::text_parameter!($name, |value| value.as_str());
    };
}

/// Makes a type usable as a text parameter of a query.
macro_rules! text_parameter {
    ($name:ty, |$value:ident| $text:expr) => {
        impl postgres_types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &postgres_types::Type,
                out: &mut postgres_types::private::BytesMut,
            ) -> Result<postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
                let $value = self;
                let text: &str = $text;
                postgres_types::ToSql::to_sql(&text, ty, out)
            }

            fn accepts(ty: &postgres_types::Type) -> bool {
                <&str as postgres_types::ToSql>::accepts(ty)
            }

            postgres_types::to_sql_checked!();
        }

        impl barqnet_db_client::StringSql for $name {}
    };
}

pub(crate) use {text_enum, text_parameter};

/// Reads an enum from the text that `statement` returned in `column`. A text that the enum does not have is an
/// [`Error::Decode`].
pub(crate) fn decode<E>(statement: &'static Query, column: &str, text: &str) -> Result<E, Error>
where
    E: FromStr<Err = UnknownText>,
{
    text.parse().map_err(|unknown: UnknownText| Error::Decode {
        statement,
        column: column.to_owned(),
        source: unknown.into(),
    })
}

/// The value of a column that is NULL only for other outcomes than the one that the statement returned. NULL is an
/// [`Error::Decode`].
pub(crate) fn not_null<T>(statement: &'static Query, column: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::Decode { statement, column: column.to_owned(), source: WasNull.into() })
}

/// A text that is not one of an enum's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{text}`: expected one of {known}")]
pub struct UnknownText {
    what: &'static str,
    text: String,
    known: String,
}

impl UnknownText {
    pub(crate) fn new(what: &'static str, text: &str, known: &[&str]) -> Self {
        // Text from outside can be long; its start is enough to find it.
        let text = text.chars().take(40).collect();
        Self { what, text, known: known.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static RUN: Query = Query::by_hand("tests.run", "SELECT 1");

    text_enum! {
        /// What became of a test.
        enum TestOutcome, "outcome of a test" {
            /// It passed.
            Passed = "passed",
            /// It failed.
            Failed = "failed",
        }
    }

    #[test]
    fn an_unknown_outcome_is_an_error_that_names_statement_and_column() {
        assert_eq!(decode::<TestOutcome>(&RUN, "outcome", "passed").expect("known"), TestOutcome::Passed);
        let error = decode::<TestOutcome>(&RUN, "outcome", "skipped").expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "tests.run: column outcome: unknown outcome of a test `skipped`: expected one of passed, failed"
        );
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    }

    #[test]
    fn a_missing_value_is_an_error_that_names_statement_and_column() {
        assert_eq!(not_null(&RUN, "id", Some(7)).expect("a value"), 7);
        let error = not_null::<i32>(&RUN, "id", None).expect_err("no value");
        assert!(error.to_string().starts_with("tests.run: column id: "), "{error}");
    }
}
