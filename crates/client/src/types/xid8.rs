//! Numbers of transactions.

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

use super::{Conversion, take};

/// An `xid8`: the number of a transaction, as `pg_current_xact_id()` returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Xid8(pub u64);

impl FromSql<'_> for Xid8 {
    fn from_sql(_: &Type, mut raw: &[u8]) -> Conversion<Self> {
        take(&mut raw).map(u64::from_be_bytes).map(Self)
    }

    accepts!(XID8);
}

impl ToSql for Xid8 {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        out.put_u64(self.0);
        Ok(IsNull::No)
    }

    accepts!(XID8);
    to_sql_checked!();
}
