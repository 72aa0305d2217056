//! PostgreSQL's types and the Rust types for them: what has one, and the types that are generated.

mod check;
mod custom;
mod json;
mod names;
mod rust_type;

use std::collections::BTreeMap;

use tokio_postgres::types::{Kind, Type};

pub(crate) use self::{
    check::check,
    custom::module,
    json::JsonColumns,
    names::variant,
    rust_type::{RustType, is_text},
};
use crate::{embedded::Embedded, query_check::Prepared};

/// In the path of a [`RustType`]: the client crate's module `types`.
pub(crate) const CLIENT_TYPES: &str = "pg";
/// In the path of a [`RustType`]: the generated module `types`.
pub(crate) const GENERATED_TYPES: &str = "types";

/// All types of the parameters and columns, with those that they consist of, by schema and name.
pub(crate) fn used<'p>(prepared: &'p [Prepared<'_>], embedded: &'p Embedded) -> BTreeMap<(&'p str, &'p str), &'p Type> {
    let mut found = BTreeMap::new();
    embedded.types().for_each(|ty| collect(ty, &mut found));
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
