//! Enums that the database holds as text.

/// An enum with its text for each variant: `Display`, `FromStr`, and a place among query parameters.
macro_rules! text_enum {
    ($(#[$about:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The text that stands in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
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

/// Lets a type stand where a query takes text.
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

        impl crate::client::StringSql for $name {}
    };
}

pub(crate) use {text_enum, text_parameter};

/// A text that is none of an enum's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: it must be one of {known}")]
pub struct UnknownText {
    what: &'static str,
    text: String,
    known: String,
}

impl UnknownText {
    pub(crate) fn new(what: &'static str, text: &str, known: &[&str]) -> Self {
        // What came from outside may be long; its start is enough to find it.
        let text = text.chars().take(40).collect();
        Self { what, text, known: known.join(", ") }
    }
}
