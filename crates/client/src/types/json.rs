//! JSON as a type of your own.

use std::{
    fmt::Debug,
    ops::{Deref, DerefMut},
};

use bytes::{BufMut, BytesMut};
use postgres_types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Conversion, take};

/// A `json` or `jsonb` value that serde converts to and from `T`. It dereferences to the `T`.
///
/// JSON that does not fit `T` is an [`Error::Decode`](crate::Error::Decode). Only as a parameter it can borrow:
/// `Json(&details)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: DeserializeOwned> FromSql<'_> for Json<T> {
    fn from_sql(ty: &Type, mut raw: &[u8]) -> Conversion<Self> {
        if *ty == Type::JSONB {
            let [version] = take(&mut raw)?;
            if version != 1 {
                return Err(format!("version {version} of jsonb is unknown").into());
            }
        }
        Ok(Self(serde_json::from_slice(raw)?))
    }

    accepts!(JSON, JSONB);
}

impl<T: Serialize + Debug> ToSql for Json<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        if *ty == Type::JSONB {
            out.put_u8(1);
        }
        serde_json::to_writer(out.writer(), &self.0)?;
        Ok(IsNull::No)
    }

    accepts!(JSON, JSONB);
    to_sql_checked!();
}
