//! The Rust types of PostgreSQL's types, and what generated code uses to read and write them.
//!
//! Some are other crates' types, each behind a Cargo feature: `uuid`, `json` (`serde_json`), `decimal` (`rust_decimal`) and
//! `networks` (`cidr`). The others need no feature.
//!
//! A value that a Rust type cannot hold is an [`Error::Decode`](crate::Error::Decode) with the column's name: infinite
//! times, NaN as a decimal number, a network where an address is expected, a NULL that was not announced.

mod array;
mod base;
mod bits;
mod composite;
#[cfg(feature = "decimal")]
mod decimal;
mod interval;
#[cfg(feature = "json")]
mod json;
mod lossless;
mod mac_address;
mod point;
mod range;
mod record;
mod text_search;
mod xid8;

use std::error::Error;

#[cfg(feature = "networks")]
pub use cidr;
pub use postgres_types::PgLsn;
#[cfg(feature = "decimal")]
pub use rust_decimal;
#[cfg(feature = "json")]
pub use serde_json;
#[cfg(feature = "uuid")]
pub use uuid;

#[cfg(feature = "json")]
pub use self::json::Json;
pub use self::{
    array::Array,
    bits::Bits,
    composite::{Fields, is_composite, is_enum, write_composite},
    interval::Interval,
    lossless::Lossless,
    mac_address::{MacAddress, MacAddress8},
    point::Point,
    range::{Multirange, Range},
    record::{OfRows, Record, Records},
    text_search::{Lexeme, TextSearchVector},
    xid8::Xid8,
};
pub(crate) use self::{
    base::{Parameter, base},
    lossless::Checked,
};

/// What the driver's traits for types return.
type Conversion<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// The first `N` bytes of `raw`, which moves past them.
fn take<const N: usize>(raw: &mut &[u8]) -> Conversion<[u8; N]> {
    let (head, rest) = raw.split_first_chunk::<N>().ok_or("the value ends too early")?;
    *raw = rest;
    Ok(*head)
}

/// The first `length` bytes of `raw`, which moves past them.
fn take_slice<'a>(raw: &mut &'a [u8], length: usize) -> Conversion<&'a [u8]> {
    let (head, rest) = raw.split_at_checked(length).ok_or("the value ends too early")?;
    *raw = rest;
    Ok(head)
}

/// A value with its length in front, `None` for NULL.
fn take_value<'a>(raw: &mut &'a [u8]) -> Conversion<Option<&'a [u8]>> {
    match usize::try_from(i32::from_be_bytes(take(raw)?)) {
        Ok(length) => take_slice(raw, length).map(Some),
        Err(_) => Ok(None),
    }
}
