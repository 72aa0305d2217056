//! `[types.json]`: which columns hold JSON of a Rust type of the project.

use std::collections::BTreeMap;

use tokio_postgres::{
    Client,
    types::{Kind, Type},
};

use super::used;
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    embedded::Embedded,
    query_check::Prepared,
    settings::{self, Types},
};

/// The columns of queries, and the fields of composite types, that hold JSON of a type of the project.
#[derive(Debug, Default)]
pub(crate) struct JsonColumns {
    /// By module, query and column.
    columns: BTreeMap<(String, String, String), String>,
    /// By schema and name of the composite type, and field.
    fields: BTreeMap<(String, String, String), String>,
}

impl JsonColumns {
    /// Finds the columns that the settings name: `table.column`, `schema.table.column` or `module.query.column`. Warns of those
    /// that no query returns.
    pub(crate) async fn find(
        settings: &Types,
        prepared: &[Prepared<'_>],
        embedded: &Embedded,
        client: &Client,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        if settings.json.is_empty() {
            return Ok(Default::default());
        }
        let columns = client
            .query(
                "SELECT c.oid, a.attnum, n.nspname, c.relname, a.attname
                 FROM pg_attribute a
                 JOIN pg_class c ON c.oid = a.attrelid
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE a.attnum > 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
                &[],
            )
            .await
            .map_err(|error| Diagnostic::new(settings::FILE, format!("cannot read the names of columns: {error}")))?;
        let tables: BTreeMap<(u32, i16), [String; 3]> =
            columns.iter().map(|row| ((row.get(0), row.get(1)), [row.get(2), row.get(3), row.get(4)])).collect();
        let mut found = Self::default();
        let mut unused: Vec<&String> = settings.json.keys().filter(|key| settings.is_own(key)).collect();
        let mut setting = |names: &[String]| {
            let key = names.join(".");
            unused.retain(|unused| **unused != key);
            settings.json.get(&key).cloned()
        };
        for Prepared { module, query, statement } in prepared {
            for column in statement.columns().iter().filter(|column| is_json(column.type_())) {
                let here = [module.name.clone(), query.name.text.clone(), column.name().to_owned()];
                let base = column.table_oid().zip(column.column_id()).and_then(|base| tables.get(&base));
                let own =
                    setting(&here).or_else(|| base.and_then(|base| setting(base).or_else(|| setting(&base[1..]))));
                if let Some(own) = own {
                    let [module, query, column] = here;
                    found.columns.insert((module, query, column), own);
                }
            }
        }
        for ty in used(prepared, embedded).into_values() {
            let Kind::Composite(fields) = ty.kind() else { continue };
            for field in fields.iter().filter(|field| is_json(field.type_())) {
                let names = [ty.schema(), ty.name(), field.name()].map(ToOwned::to_owned);
                if let Some(own) = setting(&names).or_else(|| setting(&names[1..])) {
                    let [schema, name, field] = names;
                    found.fields.insert((schema, name, field), own);
                }
            }
        }
        let mut warnings = Diagnostics::default();
        warnings.extend(unused.into_iter().map(|key| nothing_there(key)));
        Ok((found, warnings))
    }

    pub(crate) fn of_column(&self, module: &str, query: &str, column: &str) -> Option<&String> {
        self.columns.get(&(module.to_owned(), query.to_owned(), column.to_owned()))
    }

    pub(super) fn of_field(&self, ty: &Type, field: &str) -> Option<&String> {
        self.fields.get(&(ty.schema().to_owned(), ty.name().to_owned(), field.to_owned()))
    }
}

fn nothing_there(key: &str) -> Diagnostic {
    Diagnostic::warning(
        "json-column",
        settings::FILE,
        format!("[types.json] names `{key}`, but no query returns such a JSON column"),
    )
    .help("name it \"table.column\", \"schema.table.column\" or \"module.query.column\"")
}

/// JSON, or an array of it.
fn is_json(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Array(inner) | Kind::Domain(inner) => is_json(inner),
        _ => matches!(*ty, Type::JSON | Type::JSONB),
    }
}
