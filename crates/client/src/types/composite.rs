//! Composite types and enums: what the generated types have in common.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use postgres_types::{Field, FromSql, IsNull, Kind, ToSql, Type};

use super::{
    Conversion, Lossless,
    base::{base, write},
    lossless::Checked,
    take, take_value,
};

/// Whether `ty` is the enum of that name. Its labels are compared when a value is read: a migration may have added some.
#[must_use]
pub fn is_enum(ty: &Type, name: &str) -> bool {
    matches!(ty.kind(), Kind::Enum(_)) && ty.name() == name
}

/// Whether `ty` is the composite type of that name. Its fields are compared when a value is read or written: a migration
/// may have added some.
#[must_use]
pub fn is_composite(ty: &Type, name: &str) -> bool {
    matches!(ty.kind(), Kind::Composite(_)) && ty.name() == name
}

fn fields(ty: &Type) -> Conversion<&[Field]> {
    match ty.kind() {
        Kind::Composite(fields) => Ok(fields),
        _ => Err(format!("{ty} is not a composite type").into()),
    }
}

/// Writes a composite value. `value` gives the fields by name; one that it does not know becomes NULL.
pub fn write_composite<'v>(
    ty: &Type,
    out: &mut BytesMut,
    value: impl Fn(&str) -> Option<&'v (dyn ToSql + Sync)>,
) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
    let fields = fields(ty)?;
    out.put_i32(i32::try_from(fields.len())?);
    for field in fields {
        out.put_u32(field.type_().oid());
        let length_at = out.len();
        out.put_i32(-1);
        if let Some(value) = value(field.name())
            && let IsNull::No =
                write(value, field.type_(), out).map_err(|error| in_field(field.name(), error.as_ref()))?
        {
            let length = i32::try_from(out.len() - length_at - 4)?;
            out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(IsNull::No)
}

fn in_field(name: &str, error: &(dyn Error + 'static)) -> Box<dyn Error + Sync + Send> {
    format!("field {name}: {}", crate::error_text::in_full(error)).into()
}

/// The fields of a composite value that was read.
#[derive(Debug)]
pub struct Fields<'t, 'a>(Vec<(&'t Field, Option<&'a [u8]>)>);

impl<'t, 'a> Fields<'t, 'a> {
    /// Takes the value apart.
    pub fn new(ty: &'t Type, mut raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let fields = fields(ty)?;
        let count = usize::try_from(i32::from_be_bytes(take(&mut raw)?))?;
        if count != fields.len() {
            return Err(format!("{ty} has {} fields, and the value has {count}", fields.len()).into());
        }
        let value = |field| {
            let _type: [u8; 4] = take(&mut raw)?;
            Ok((field, take_value(&mut raw)?))
        };
        fields.iter().map(value).collect::<Conversion<_>>().map(Self)
    }

    /// The value of the field of that name.
    pub fn read<T: FromSql<'a>>(&self, name: &str) -> Result<T, Box<dyn Error + Sync + Send>> {
        let (field, raw) = self.0.iter().find(|(field, _)| field.name() == name).ok_or_else(|| missing(name))?;
        let ty = base(field.type_());
        if !T::accepts(&ty) {
            return Err(in_field(name, &postgres_types::WrongType::new::<T>(ty.into_owned())));
        }
        T::from_sql_nullable(&ty, *raw).map_err(|error| in_field(name, error.as_ref()))
    }

    /// [`read`](Self::read), for a type that cannot hold every value.
    pub fn read_lossless<T: FromSql<'a> + Lossless>(&self, name: &str) -> Result<T, Box<dyn Error + Sync + Send>> {
        self.read::<Checked<T>>(name).map(|checked| checked.0)
    }
}

fn missing(name: &str) -> String {
    format!("the type has no field {name} any more")
}
