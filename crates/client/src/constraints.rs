//! The enum of a schema's constraints, which the build step fills in.

/// Declares `Constraint`, the enum of the constraints and unique indexes of a schema: one variant per name, and further names
/// of the same constraint, such as those of partitions, behind `|`. `barqnet-db-codegen` writes the call from the catalogue.
///
/// ```
/// barqnet_db_client::constraints! {
///     /// Primary key of `books`: `isbn`.
///     BooksPkey = "books_pkey",
///     /// Unique constraint of `orders`: `number`, `day`.
///     OrdersNumberKey = "orders_number_key" | "orders_2026_number_key",
/// }
///
/// # fn example(error: barqnet_db_client::Error) -> Result<&'static str, barqnet_db_client::Error> {
/// match Constraint::of(&error) {
///     Some(Constraint::BooksPkey) => Ok("the book is known already"),
///     _ => Err(error),
/// }
/// # }
/// # assert_eq!(Constraint::from("orders_2026_number_key"), Constraint::OrdersNumberKey);
/// # assert_eq!(Constraint::OrdersNumberKey.name(), "orders_number_key");
/// # assert_eq!(Constraint::from("later"), Constraint::Unknown("later".to_owned()));
/// # assert_eq!(Constraint::from("later").to_string(), "later");
/// ```
///
/// A name that the schema no longer has is an error of the compiler where it is matched:
///
/// ```compile_fail,E0599
/// # barqnet_db_client::constraints! { BooksPkey = "books_pkey", }
/// # let constraint = Constraint::BooksPkey;
/// let is_known = constraint == Constraint::BooksIsbnKey;
/// ```
#[macro_export]
macro_rules! constraints {
    ($($(#[$about:meta])* $variant:ident = $name:literal $(| $other:literal)*,)*) => {
        /// A constraint or unique index of the schema, by which PostgreSQL says why it refused a row.
        ///
        /// A violated NOT NULL has no name: PostgreSQL reports the column instead.
        #[allow(dead_code, reason = "a schema has more constraints than a program handles")]
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Constraint {
            $($(#[$about])* $variant,)*
            /// A name that the build did not see: of a newer database, or of a table that no migration of the project created.
            Unknown(::std::string::String),
        }

        #[allow(dead_code, reason = "a program may handle none")]
        impl Constraint {
            /// The constraint that was violated; `None` if the statement failed for another reason.
            #[must_use]
            pub fn of(error: &$crate::Error) -> ::core::option::Option<Self> {
                error.constraint().map(Self::from)
            }

            /// Its name in the database.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(name) => name,
                }
            }
        }

        impl ::core::convert::From<&str> for Constraint {
            fn from(name: &str) -> Self {
                match name {
                    $($name $(| $other)* => Self::$variant,)*
                    name => Self::Unknown(::std::borrow::ToOwned::to_owned(name)),
                }
            }
        }

        impl ::core::fmt::Display for Constraint {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
