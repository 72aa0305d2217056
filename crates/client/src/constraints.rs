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
/// # assert_eq!(Constraint::from("books_pkey_102034"), Constraint::BooksPkey);
/// # assert_eq!(Constraint::from("later_102034"), Constraint::Unknown("later_102034".to_owned()));
/// ```
///
/// A key of a table that Citus has distributed is reported with the number of the shard, `books_pkey_102034`, and found without it.
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
                let known = |name: &str| match name {
                    $($name $(| $other)* => ::core::option::Option::Some(Self::$variant),)*
                    _ => ::core::option::Option::None,
                };
                known(name)
                    .or_else(|| known($crate::constraint_without_shard(name)?))
                    .unwrap_or_else(|| Self::Unknown(::std::borrow::ToOwned::to_owned(name)))
            }
        }

        impl ::core::fmt::Display for Constraint {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

/// The name of a constraint without `_` and the number of the shard that Citus appends to it; `None` if it ends otherwise. Citus
/// shortens names that would be longer than 63 bytes with it: those are not found.
#[doc(hidden)]
#[must_use]
pub fn constraint_without_shard(name: &str) -> Option<&str> {
    let (name, shard) = name.rsplit_once('_')?;
    (!shard.is_empty() && shard.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// The constraint that a message of PostgreSQL names.
pub(crate) fn named_in(message: &str) -> Option<&str> {
    let (name, _) = message.split_once(" constraint \"")?.1.split_once('"')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_violated_constraint() {
        for (message, name) in [
            ("duplicate key value violates unique constraint \"a_key_102026\"", Some("a_key_102026")),
            ("new row for relation \"t_102018\" violates check constraint \"chk_t\"", Some("chk_t")),
            ("update or delete on table \"t\" violates foreign key constraint \"fk_u\" on table \"u\"", Some("fk_u")),
            ("null value in column \"a\" of relation \"t\" violates not-null constraint", None),
        ] {
            assert_eq!(named_in(message), name, "{message}");
        }
    }
}
