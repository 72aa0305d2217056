//! A bookshop: the queries of `queries/` as functions, and the types of its JSON.

use barqnet_db_migrate::Migrations;
use serde::{Deserialize, Serialize};

#[rustfmt::skip]
#[expect(missing_docs, reason = "the fields of generated structs are columns: the statement's documentation explains them")]
#[expect(clippy::all, clippy::pedantic, reason = "generated code has a style of its own")]
pub mod generated;
pub mod sales;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The migrations of the shop, compiled into the program.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations::from_runner(&embedded::migrations::runner())
        .unwrap_or_else(|error| unreachable!("the build step checks them: {error}"))
}

/// What is known of a book besides: the JSON of `books.details`. Fields that are added later need a default, because
/// older rows do not have them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BookDetails {
    /// The number of pages.
    pub pages: Option<u32>,
    /// The language, as ISO 639 has it.
    pub language: String,
    /// Sentences from reviews.
    pub praise: Vec<String>,
}
