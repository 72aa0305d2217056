//! The Rust type of a PostgreSQL type.

use tokio_postgres::types::{Kind, Type};

use super::{CLIENT_TYPES, GENERATED_TYPES, names};
use crate::settings::Types;

/// How generated code writes a type.
#[derive(Clone, Debug)]
pub(crate) struct RustType {
    /// Its path, which begins with [`CLIENT_TYPES`] or [`GENERATED_TYPES`] for a type of these modules.
    pub(crate) path: String,
    pub(crate) is_copy: bool,
    /// Whether the driver would change a value that the type cannot hold, so that it has to be checked first.
    pub(crate) is_checked: bool,
}

/// Why a type has no Rust type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unsupported {
    /// The type as SQL writes it.
    pub(crate) name: String,
    /// The type to cast it to.
    pub(crate) cast: &'static str,
}

impl RustType {
    fn new(path: impl Into<String>, is_copy: bool) -> Self {
        Self { path: path.into(), is_copy, is_checked: false }
    }

    /// The Rust type of `ty`. The settings take precedence at every level.
    pub(crate) fn of(ty: &Type, settings: &Types) -> Result<Self, Unsupported> {
        if let Some(own) = settings.mapping.get(&format!("{}.{}", ty.schema(), ty.name())) {
            return Ok(own_type(own));
        }
        match ty.kind() {
            Kind::Simple => simple(ty),
            Kind::Enum(_) => {
                let is_copy = !settings.enum_settings(ty).is_some_and(|settings| settings.unknown);
                Ok(Self::new(generated(ty, settings), is_copy))
            }
            Kind::Composite(fields) => {
                fields.iter().try_for_each(|field| Self::of(field.type_(), settings).map(drop))?;
                Ok(Self::new(generated(ty, settings), false))
            }
            Kind::Domain(base) => Self::of(base, settings),
            Kind::Array(element) => {
                let element = Self::of(element, settings).map_err(|unsupported| Unsupported {
                    name: format!("{}[]", unsupported.name),
                    cast: if unsupported.cast == NUMERIC { "NUMERIC[]" } else { "TEXT[]" },
                })?;
                Ok(element.inside("Vec", false))
            }
            Kind::Range(element) => {
                let element = Self::of(element, settings)?;
                let is_copy = element.is_copy;
                Ok(element.inside(&format!("{CLIENT_TYPES}::Range"), is_copy))
            }
            Kind::Multirange(element) => {
                Ok(Self::of(element, settings)?.inside(&format!("{CLIENT_TYPES}::Multirange"), false))
            }
            _ => Err(unsupported(ty)),
        }
    }

    fn inside(self, outer: &str, is_copy: bool) -> Self {
        Self { path: format!("{outer}<{}>", self.path), is_copy, is_checked: self.is_checked }
    }
}

/// A type of `[types.mapping]`.
fn own_type(own: &toml::Value) -> RustType {
    let path = own.as_str().or_else(|| own.get("rust-type")?.as_str()).unwrap_or_default();
    RustType::new(path, own.get("is-copy").and_then(toml::Value::as_bool).unwrap_or(true))
}

/// Whether a value of the type is text.
pub(crate) fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME) || is_text_of_extension(ty)
}

fn is_text_of_extension(ty: &Type) -> bool {
    *ty.kind() == Kind::Simple && ["citext", "ltree", "lquery", "ltxtquery"].contains(&ty.name())
}

fn generated(ty: &Type, settings: &Types) -> String {
    let name = settings.type_name(ty);
    match ty.schema() {
        "public" => format!("{GENERATED_TYPES}::{name}"),
        schema => format!("{GENERATED_TYPES}::{}::{name}", names::field(schema)),
    }
}

fn simple(ty: &Type) -> Result<RustType, Unsupported> {
    let plain = |path: &str| Ok(RustType::new(path, true));
    let owned = |path: &str| Ok(RustType::new(path, false));
    let of_client = |name: &str, is_copy| Ok(RustType::new(format!("{CLIENT_TYPES}::{name}"), is_copy));
    let checked = |path: &str| Ok(RustType { is_checked: true, ..RustType::new(path, true) });
    match *ty {
        Type::BOOL => plain("bool"),
        Type::CHAR => plain("i8"),
        Type::INT2 => plain("i16"),
        Type::INT4 => plain("i32"),
        Type::INT8 => plain("i64"),
        Type::OID => plain("u32"),
        Type::FLOAT4 => plain("f32"),
        Type::FLOAT8 => plain("f64"),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => owned("String"),
        Type::BYTEA => owned("Vec<u8>"),
        Type::TIMESTAMP => plain("chrono::NaiveDateTime"),
        // Every time is in UTC.
        Type::TIMESTAMPTZ => plain("chrono::DateTime<chrono::Utc>"),
        Type::DATE => plain("chrono::NaiveDate"),
        Type::TIME => checked("chrono::NaiveTime"),
        Type::INET => checked("std::net::IpAddr"),
        Type::CIDR => of_client("cidr::IpCidr", true),
        Type::MACADDR => of_client("MacAddress", true),
        Type::MACADDR8 => of_client("MacAddress8", true),
        Type::NUMERIC => {
            of_client("rust_decimal::Decimal", true).map(|decimal| RustType { is_checked: true, ..decimal })
        }
        Type::UUID => of_client("uuid::Uuid", true),
        Type::JSON | Type::JSONB => of_client("serde_json::Value", false),
        Type::INTERVAL => of_client("Interval", true),
        Type::XID8 => of_client("Xid8", true),
        Type::PG_LSN => of_client("PgLsn", true),
        Type::BIT | Type::VARBIT => of_client("Bits", false),
        Type::POINT => of_client("Point", true),
        Type::TS_VECTOR => of_client("TextSearchVector", false),
        _ if is_text_of_extension(ty) => owned("String"),
        _ if ty.name() == "hstore" => owned("std::collections::HashMap<String, Option<String>>"),
        _ => Err(unsupported(ty)),
    }
}

const NUMERIC: &str = "NUMERIC";

fn unsupported(ty: &Type) -> Unsupported {
    // A locale of the server writes `money`; a number does not depend on it.
    let cast = if *ty == Type::MONEY { NUMERIC } else { "TEXT" };
    let name = match ty.schema() {
        "pg_catalog" | "public" => ty.name().to_owned(),
        schema => format!("{schema}.{}", ty.name()),
    };
    Unsupported { name, cast }
}
