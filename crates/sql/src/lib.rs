#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

pub mod file_name;
pub mod forbidden;
pub mod identifier;
pub mod migration_file;
pub mod place;
pub mod statement;
pub mod token;

pub use file_name::FileName;
pub use forbidden::{Forbidden, session_settings, transaction_statements};
pub use identifier::quote_identifier;
pub use migration_file::{Acceptance, Check, DIRECTIVE_PREFIX, Directives, MigrationFile, Requirement, normal_form};
pub use place::{Place, line_at, offset_in_query, offset_of_character, offset_of_line};
pub use statement::{Statement, statements};
pub use token::{Kind, Name, Token, tokens, words};
