//! The generated module `types`: enums and composite types.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{
    parse_quote,
    visit_mut::{self, VisitMut},
};
use tokio_postgres::types::{Field, Kind, Type};

use super::{CLIENT_TYPES, GENERATED_TYPES, JsonColumns, RustType, names, used};
use crate::{embedded::Embedded, query_check::Prepared, settings::Settings};

/// The text of the module; `None` if no query uses such a type.
pub(crate) fn module(
    settings: &Settings,
    prepared: &[Prepared<'_>],
    embedded: &Embedded,
    json: &JsonColumns,
) -> Option<String> {
    let mut schemas: BTreeMap<&str, String> = BTreeMap::new();
    for ty in used(prepared, embedded).into_values() {
        if settings.types.mapping.contains_key(&format!("{}.{}", ty.schema(), ty.name())) {
            continue;
        }
        let code = match ty.kind() {
            Kind::Enum(labels) => enum_code(settings, ty, labels),
            Kind::Composite(fields) => composite_code(settings, ty, fields, json),
            _ => continue,
        };
        schemas.entry(ty.schema()).or_default().push_str(&code);
    }
    let code = schemas.into_iter().map(|(schema, code)| match schema {
        "public" => code,
        _ => format!("/// Types of the schema `{schema}`.\npub mod {} {{ {code} }}\n", names::field(schema)),
    });
    let code: String = code.collect();
    (!code.is_empty()).then_some(code)
}

/// The functions of the driver's traits have these types.
const ERROR: &str = "std::boxed::Box<dyn std::error::Error + Sync + Send>";

fn enum_code(settings: &Settings, ty: &Type, labels: &[String]) -> String {
    let Settings { client, types, .. } = settings;
    let name = types.type_name(ty);
    let postgres_name = ty.name();
    let unknown = types.enum_settings(ty).is_some_and(|settings| settings.unknown);
    let copy = if unknown { "" } else { "Copy, " };
    let mut variants = String::new();
    let mut to_text = String::new();
    let mut from_text = String::new();
    for label in labels {
        let variant = types.variant(ty, label).unwrap_or_default();
        variants.push_str(&format!("#[doc = {:?}] {variant},", format!(" `{label}`")));
        to_text.push_str(&format!("Self::{variant} => {label:?},"));
        from_text.push_str(&format!("{label:?} => std::result::Result::Ok(Self::{variant}),"));
    }
    if unknown {
        variants.push_str(
            "/// A label that this program does not know, because a later migration added it.\nUnknown(std::string::String),",
        );
        to_text.push_str("Self::Unknown(label) => label,");
        from_text.push_str("label => std::result::Result::Ok(Self::Unknown(label.to_owned())),");
    } else {
        from_text.push_str(&format!(
            "label => std::result::Result::Err(format!(\"the enum {postgres_name} has the label `{{label}}`, which this program does not know\").into()),"
        ));
    }
    format!(
        "#[doc = \" The enum `{postgres_name}`.\"]
        #[derive(Debug, Clone, {copy}PartialEq, Eq, Hash)]
        pub enum {name} {{ {variants} }}
        impl {name} {{
            /// The label.
            pub fn as_str(&self) -> &str {{ match self {{ {to_text} }} }}
        }}
        impl postgres_types::ToSql for {name} {{
            fn to_sql(&self, _: &postgres_types::Type, out: &mut postgres_types::private::BytesMut)
                -> std::result::Result<postgres_types::IsNull, {ERROR}>
            {{
                out.extend_from_slice(self.as_str().as_bytes());
                std::result::Result::Ok(postgres_types::IsNull::No)
            }}
            fn accepts(ty: &postgres_types::Type) -> bool {{ {client}::types::is_enum(ty, {postgres_name:?}) }}
            postgres_types::to_sql_checked!();
        }}
        impl<'a> postgres_types::FromSql<'a> for {name} {{
            fn from_sql(_: &postgres_types::Type, raw: &'a [u8]) -> std::result::Result<Self, {ERROR}> {{
                match std::str::from_utf8(raw)? {{ {from_text} }}
            }}
            fn accepts(ty: &postgres_types::Type) -> bool {{ {client}::types::is_enum(ty, {postgres_name:?}) }}
        }}"
    )
}

fn composite_code(settings: &Settings, ty: &Type, fields: &[Field], json: &JsonColumns) -> String {
    let Settings { client, types, secrets, .. } = settings;
    let name = types.type_name(ty);
    let postgres_name = ty.name();
    let never_null: &[String] = types.composite_settings(ty).map_or(&[], |settings| &settings.not_null);
    let mut declared = String::new();
    let mut written = String::new();
    let mut read = String::new();
    for field in fields {
        let label = field.name();
        let rust_name = names::field(label);
        let Ok(RustType { mut path, is_checked, .. }) = RustType::of(field.type_(), types) else { continue };
        if let Some(own) = json.of_field(ty, label) {
            path = path.replace(&format!("{CLIENT_TYPES}::serde_json::Value"), &format!("{CLIENT_TYPES}::Json<{own}>"));
        }
        let path = from_inside(&path, client, ty.schema());
        let path = if never_null.iter().any(|it| it == label) { path } else { format!("std::option::Option<{path}>") };
        let method = if is_checked { "read_lossless" } else { "read" };
        declared.push_str(&format!("#[doc = {:?}] pub {rust_name}: {path},", format!(" `{label}`")));
        written.push_str(&format!("{label:?} => std::option::Option::Some(&self.{rust_name}),"));
        read.push_str(&format!("{rust_name}: fields.{method}({label:?})?,"));
    }
    let is_secret = fields.iter().any(|field| secrets.iter().any(|secret| secret == field.name()));
    let (derived, debug) = if is_secret {
        let debug = format!(
            "/// The fields are not shown: some are secret.
            impl std::fmt::Debug for {name} {{
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
                    f.debug_struct({name:?}).finish_non_exhaustive()
                }}
            }}"
        );
        ("", debug)
    } else {
        ("Debug, ", String::new())
    };
    format!(
        "#[doc = \" The composite type `{postgres_name}`.\"]
        #[derive({derived}Clone, PartialEq)]
        pub struct {name} {{ {declared} }}
        {debug}
        impl postgres_types::ToSql for {name} {{
            fn to_sql(&self, ty: &postgres_types::Type, out: &mut postgres_types::private::BytesMut)
                -> std::result::Result<postgres_types::IsNull, {ERROR}>
            {{
                {client}::types::write_composite(ty, out, |name| match name {{
                    {written}
                    _ => std::option::Option::None,
                }})
            }}
            fn accepts(ty: &postgres_types::Type) -> bool {{ {client}::types::is_composite(ty, {postgres_name:?}) }}
            postgres_types::to_sql_checked!();
        }}
        impl<'a> postgres_types::FromSql<'a> for {name} {{
            fn from_sql(ty: &postgres_types::Type, raw: &'a [u8]) -> std::result::Result<Self, {ERROR}> {{
                let fields = {client}::types::Fields::new(ty, raw)?;
                std::result::Result::Ok(Self {{ {read} }})
            }}
            fn accepts(ty: &postgres_types::Type) -> bool {{ {client}::types::is_composite(ty, {postgres_name:?}) }}
        }}"
    )
}

/// A path as the module `types`, or the module of a schema in it, writes it. A type there may be called `String` or `Vec`.
fn from_inside(path: &str, client: &str, schema: &str) -> String {
    let Ok(mut ty) = syn::parse_str::<syn::Type>(path) else { return path.to_owned() };
    let outer = if schema == "public" { "self" } else { "super" };
    let visitor = syn::parse_str(&format!("{client}::{GENERATED_TYPES}")).and_then(|client| {
        let outer = syn::parse_str(outer)?;
        Ok(FromInside { client, outer })
    });
    if let Ok(mut visitor) = visitor {
        visitor.visit_type_mut(&mut ty);
    }
    ty.to_token_stream().to_string()
}

struct FromInside {
    client: syn::Path,
    outer: syn::Path,
}

impl VisitMut for FromInside {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let first = path.segments[0].ident.to_string();
        let rest = path.segments.iter().skip(1);
        let FromInside { client, outer } = self;
        *path = match (first.as_str(), path.segments.len()) {
            (CLIENT_TYPES, 2..) => parse_quote!(#client::#(#rest)::*),
            (GENERATED_TYPES, 2..) => parse_quote!(#outer::#(#rest)::*),
            ("String", 1) => parse_quote!(std::string::#path),
            ("Vec", 1) => parse_quote!(std::vec::#path),
            ("Option", 1) => parse_quote!(std::option::#path),
            _ => return,
        };
    }
}
