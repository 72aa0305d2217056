//! What a program relies on: the types of a query's parameters, and the names, types and nullability of its columns.

use std::collections::BTreeSet;

use tokio_postgres::{
    Client,
    types::{Kind, Type},
};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    query_check::Prepared,
};

#[derive(Debug)]
pub(super) struct Shape {
    parameters: Vec<(String, String)>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    type_: String,
    /// Whether it comes from a column of a table that is NOT NULL.
    is_not_null: bool,
}

/// The shape of each statement.
pub(super) async fn shapes(prepared: &[Prepared<'_>], client: &Client) -> Result<Vec<Shape>, Diagnostics> {
    let rows = client
        .query("SELECT attrelid, attnum FROM pg_attribute WHERE attnotnull AND attnum > 0 AND NOT attisdropped", &[])
        .await
        .map_err(|error| Diagnostic::new("queries", format!("cannot compare the queries: {error}")))?;
    let not_null: BTreeSet<(u32, i16)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let shape = |Prepared { query, statement, .. }: &Prepared<'_>| Shape {
        parameters: query
            .flat
            .parameters
            .iter()
            .zip(statement.params())
            .map(|(name, type_)| (name.text.clone(), describe(type_)))
            .collect(),
        columns: statement
            .columns()
            .iter()
            .map(|column| Column {
                name: column.name().to_owned(),
                type_: describe(column.type_()),
                is_not_null: column.table_oid().zip(column.column_id()).is_some_and(|base| not_null.contains(&base)),
            })
            .collect(),
    };
    Ok(prepared.iter().map(shape).collect())
}

/// The type with everything that a program decodes it by. The same type has another number in another database.
fn describe(type_: &Type) -> String {
    match type_.kind() {
        Kind::Enum(values) => format!("{} ({})", type_.name(), values.join(", ")),
        Kind::Composite(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{} {}", field.name(), describe(field.type_()))).collect();
            format!("{} ({})", type_.name(), fields.join(", "))
        }
        Kind::Array(element) => format!("{}[]", describe(element)),
        Kind::Domain(base) => format!("{} ({})", type_.name(), describe(base)),
        _ => type_.name().to_owned(),
    }
}

impl Shape {
    /// What is different there, for a program that expects this shape.
    pub(super) fn differences(&self, there: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for ((name, expected), (_, found)) in self.parameters.iter().zip(&there.parameters) {
            if expected != found {
                differences.push(format!("the parameter `{name}` is {found} instead of {expected}"));
            }
        }
        for (expected, found) in self.columns.iter().zip(&there.columns) {
            if expected.name != found.name {
                differences.push(format!("the column `{}` is called `{}`", expected.name, found.name));
            }
            if expected.type_ != found.type_ {
                differences
                    .push(format!("the column `{}` is {} instead of {}", expected.name, found.type_, expected.type_));
            }
            if expected.is_not_null && !found.is_not_null {
                differences.push(format!("the column `{}` can be NULL", expected.name));
            }
        }
        let (expected, found) = (self.columns.len(), there.columns.len());
        if expected != found {
            differences.push(format!("it returns {found} columns instead of {expected}"));
        }
        differences
    }
}
