//! PostgreSQL's types and the Rust types for them: what has one, what cornucopia is told, and the types that are generated.

mod check;
mod custom;
mod json;
mod names;
mod rust_type;

use std::collections::BTreeMap;

use tokio_postgres::types::{Kind, Type};

pub(crate) use self::{check::check, custom::module, json::JsonColumns, rust_type::RustType};
use crate::{query_check::Prepared, settings::Types};

/// In code on its way from cornucopia: the client crate's module `types`.
pub(crate) const CLIENT_TYPES: &str = "pg";
/// In code on its way from cornucopia: the generated module `types`.
pub(crate) const GENERATED_TYPES: &str = "types";

/// All types of the parameters and columns, with those that they consist of, by schema and name.
pub(crate) fn used<'p>(prepared: &'p [Prepared<'_>]) -> BTreeMap<(&'p str, &'p str), &'p Type> {
    let mut found = BTreeMap::new();
    for Prepared { statement, .. } in prepared {
        for ty in statement.params().iter().chain(statement.columns().iter().map(tokio_postgres::Column::type_)) {
            collect(ty, &mut found);
        }
    }
    found
}

fn collect<'t>(ty: &'t Type, found: &mut BTreeMap<(&'t str, &'t str), &'t Type>) {
    if found.insert((ty.schema(), ty.name()), ty).is_some() {
        return;
    }
    match ty.kind() {
        Kind::Array(inner) | Kind::Domain(inner) | Kind::Range(inner) | Kind::Multirange(inner) => {
            collect(inner, found);
        }
        Kind::Composite(fields) => fields.iter().for_each(|field| collect(field.type_(), found)),
        _ => {}
    }
}

/// Which Rust type cornucopia puts for which type. Arrays and domains are left to it, as is what it maps itself.
///
/// cornucopia is told that every type can be copied: it then moves the value as it was read, where it would otherwise
/// convert it in ways that can panic. `rust_code` corrects the `Copy`.
pub(crate) fn mapping(settings: &Types, prepared: &[Prepared<'_>]) -> toml::Table {
    let mut mapping = toml::Table::new();
    for ty in used(prepared).into_values() {
        let key = format!("{}.{}", ty.schema(), ty.name());
        if let Some(own) = settings.mapping.get(&key) {
            mapping.insert(key, rust_type::for_cornucopia(own, ty));
        } else if !matches!(ty.kind(), Kind::Array(_) | Kind::Domain(_))
            && let Ok(RustType { path, .. }) = RustType::of(ty, settings)
            && !rust_type::is_text_or_bytes(ty)
        {
            let path = toml::Value::String(path);
            let entry = [
                ("rust-type".to_owned(), path.clone()),
                // Without it, cornucopia borrows JSON.
                ("borrowed-type".to_owned(), path),
                ("is-copy".to_owned(), true.into()),
            ];
            let is_json = matches!(*ty, Type::JSON | Type::JSONB);
            mapping.insert(
                key,
                entry.into_iter().filter(|(key, _)| is_json || key != "borrowed-type").collect::<toml::Table>().into(),
            );
        }
    }
    mapping
}

/// The Rust types that cannot be copied although cornucopia was told so.
pub(crate) fn not_copied(settings: &Types, prepared: &[Prepared<'_>]) -> Vec<String> {
    let types = used(prepared).into_values().filter_map(|ty| RustType::of(ty, settings).ok());
    let mut paths: Vec<String> = types.filter(|ty| !ty.is_copy).map(|ty| ty.path).collect();
    paths.sort();
    paths.dedup();
    paths
}
