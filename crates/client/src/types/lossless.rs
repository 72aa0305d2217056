//! Values that the driver would change without a word.

use std::net::IpAddr;

use postgres_types::{FromSql, Type};

use super::{Conversion, take};

/// A Rust type that the driver decodes into another value, or panics, where it cannot hold PostgreSQL's. Generated code
/// checks the value first.
pub trait Lossless {
    /// Why the type cannot hold this value.
    fn check(ty: &Type, raw: &[u8]) -> Result<(), Box<dyn std::error::Error + Sync + Send>>;
}

/// A `T` whose value was checked.
pub(crate) struct Checked<T>(pub(crate) T);

impl<'a, T: FromSql<'a> + Lossless> FromSql<'a> for Checked<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Conversion<Self> {
        T::check(ty, raw)?;
        T::from_sql(ty, raw).map(Self)
    }

    fn from_sql_null(ty: &Type) -> Conversion<Self> {
        T::from_sql_null(ty).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        T::accepts(ty)
    }
}

impl<T: Lossless> Lossless for Option<T> {
    fn check(ty: &Type, raw: &[u8]) -> Conversion<()> {
        T::check(ty, raw)
    }
}

/// The driver drops the length of the prefix.
impl Lossless for IpAddr {
    fn check(_: &Type, raw: &[u8]) -> Conversion<()> {
        let address = postgres_protocol::types::inet_from_sql(raw)?;
        let bits = if address.addr().is_ipv4() { 32 } else { 128 };
        if address.netmask() == bits {
            return Ok(());
        }
        Err(format!("{}/{} is a network, not an address", address.addr(), address.netmask()).into())
    }
}

/// The driver makes midnight of 24:00:00.
impl Lossless for chrono::NaiveTime {
    fn check(_: &Type, mut raw: &[u8]) -> Conversion<()> {
        let microseconds = i64::from_be_bytes(take(&mut raw)?);
        if (0..86_400_000_000).contains(&microseconds) {
            return Ok(());
        }
        Err("24:00:00 is not a time of the day".into())
    }
}
