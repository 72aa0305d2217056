#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod calendar;
pub mod connections;
pub mod doctor;
pub mod embedded;
mod error;
mod hexadecimal;
pub mod legacy;
mod limit;
pub mod locations;
pub mod maintenance;
pub mod migrate;
pub mod otp;
#[cfg(feature = "passwords")]
pub mod password;
pub mod phone_number;
pub mod queries;
pub mod servers;
pub mod sessions;
pub mod statistics;
mod text_enum;
mod token;
pub mod users;

#[rustfmt::skip]
#[expect(dead_code, unreachable_pub, reason = "of the statements on one-time passwords not everything is used, and not all is public")]
#[expect(missing_docs, reason = "the fields of generated structs are columns: the statement's documentation explains them")]
#[expect(clippy::all, clippy::pedantic, reason = "cornucopia's style is its own")]
mod generated;

pub use error::Error;
pub use locations::Coordinates;
pub use phone_number::PhoneNumber;
pub use text_enum::UnknownText;

use barqnet_db_client::error_text;
#[doc(inline)]
pub use barqnet_db_client::{self as client, pool};

pub use deadpool_postgres;
pub use refinery;
pub use tokio_postgres;
