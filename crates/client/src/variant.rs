//! Queries that are several statements: with conditions that vanish without a value, and with a choice of orders.

use std::fmt;

use postgres_types::ToSql;

use super::{error::Error, query::Query, session::GenericClient};

/// One of the statements of a query. Each is prepared once per connection; errors, spans and metrics have the query's name.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    query: Query,
    /// The places of its parameters among those of the function.
    parameters: &'static [usize],
}

impl Variant {
    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        whole: &Query,
        sql: &'static str,
        types: &'static [&'static str],
        parameters: &'static [usize],
    ) -> Self {
        Self { query: Query { sql, parameters: types, ..*whole }, parameters }
    }

    /// The statement.
    #[must_use]
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// Its parameters, of those of the function.
    pub(super) fn choose<'p>(&self, all: &[&'p (dyn ToSql + Sync)]) -> Vec<&'p (dyn ToSql + Sync)> {
        self.parameters.iter().filter_map(|place| all.get(*place).copied()).collect()
    }

    /// Runs a statement that returns no rows. Called by generated code.
    #[doc(hidden)]
    pub async fn execute<C: GenericClient>(
        &'static self,
        client: &C,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        self.query.execute(client, &self.choose(parameters)).await
    }
}

/// The number of a variant: a bit per condition that is there, then the order. Called by generated code.
#[doc(hidden)]
#[must_use]
pub fn variant(conditions: &[bool], order: usize) -> usize {
    conditions
        .iter()
        .enumerate()
        .fold(order << conditions.len(), |number, (bit, there)| number | usize::from(*there) << bit)
}

/// A text is not the name of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOrder {
    text: String,
    known: &'static [&'static str],
}

impl UnknownOrder {
    /// Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub fn new(text: &str, known: &'static [&'static str]) -> Self {
        Self { text: text.to_owned(), known }
    }
}

impl fmt::Display for UnknownOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no order {:?}: write {}", self.text, self.known.join(" or "))
    }
}

impl std::error::Error for UnknownOrder {}

/// Declares the enum of a query's orders. The first one is the default. Called by generated code.
#[doc(hidden)]
#[macro_export]
macro_rules! order {
    ($(#[$about:meta])* $visibility:vis enum $name:ident {
        $(#[$about_first:meta])* $first:ident = $first_text:literal,
        $($(#[$about_other:meta])* $other:ident = $text:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        $visibility enum $name {
            $(#[$about_first])*
            #[default]
            $first,
            $($(#[$about_other])* $other,)*
        }
        impl $name {
            /// All of them.
            $visibility const ALL: &'static [Self] = &[Self::$first, $(Self::$other,)*];
            /// The name that the query file gives it.
            #[must_use]
            $visibility const fn name(self) -> &'static str {
                match self {
                    Self::$first => $first_text,
                    $(Self::$other => $text,)*
                }
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownOrder;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                let found = Self::ALL.iter().copied().find(|order| order.name() == text);
                found.ok_or_else(|| $crate::UnknownOrder::new(text, &[$first_text, $($text,)*]))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    crate::order! {
        /// For the test.
        enum ShelfOrder {
            Newest = "newest",
            ByTitle = "by_title",
        }
    }

    #[test]
    fn an_order_is_read_by_its_name_and_another_text_is_an_error_that_lists_the_names() {
        assert_eq!("by_title".parse(), Ok(ShelfOrder::ByTitle));
        assert_eq!(ShelfOrder::default().to_string(), "newest");
        let error = "title".parse::<ShelfOrder>().expect_err("it is no order");
        assert_eq!(error.to_string(), "there is no order \"title\": write newest or by_title");
    }

    #[test]
    fn a_variant_has_a_bit_per_condition_and_then_its_order() {
        assert_eq!(super::variant(&[true, false, true], 0), 5);
        assert_eq!(super::variant(&[true, false], 2), 9);
        assert_eq!(super::variant(&[], 1), 1);
    }
}
