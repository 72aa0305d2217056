//! Domains: a value is read and written as one of the domain's base type.

use std::{borrow::Cow, fmt};

use bytes::BytesMut;
use postgres_types::{Format, IsNull, Kind, ToSql, Type};

use super::Conversion;

/// The type under a domain, and under the elements of an array of a domain.
pub(crate) fn base(ty: &Type) -> Cow<'_, Type> {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        Kind::Array(element) if matches!(element.kind(), Kind::Domain(_)) => {
            let kind = Kind::Array(base(element).into_owned());
            Cow::Owned(Type::new(ty.name().to_owned(), ty.oid(), kind, ty.schema().to_owned()))
        }
        _ => Cow::Borrowed(ty),
    }
}

/// The domain whose values an array holds, directly or under a domain of its own.
fn element_domain(ty: &Type) -> Option<&Type> {
    match ty.kind() {
        Kind::Domain(inner) => element_domain(inner),
        Kind::Array(element) => matches!(element.kind(), Kind::Domain(_)).then_some(element),
        _ => None,
    }
}

/// A parameter that may be of a domain. All parameters reach the driver in it, which logs them at level debug: what it
/// logs is `…`.
pub(crate) struct Parameter<'p>(pub(crate) &'p (dyn ToSql + Sync));

impl fmt::Debug for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Writes a value of the type `ty`, which may be a domain.
pub(super) fn write(value: &(dyn ToSql + Sync), ty: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
    let start = out.len();
    let is_null = value.to_sql_checked(&base(ty), out)?;
    // The array says of which type its elements are: number of dimensions, flags, type.
    if let (IsNull::No, Some(domain)) = (&is_null, element_domain(ty))
        && let Some(element_type) = out.get_mut(start + 8..start + 12)
    {
        element_type.copy_from_slice(&domain.oid().to_be_bytes());
    }
    Ok(is_null)
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        write(self.0, ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        self.0.encode_format(ty)
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Conversion<IsNull> {
        write(self.0, ty, out)
    }
}
