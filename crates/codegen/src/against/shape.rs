//! What a program relies on: the types of a query's parameters, and the names, types and nullability of its columns.

use tokio_postgres::types::{Kind, Type};

use crate::analysis::{Analysed, Annotations, can_be_null};

#[derive(Debug)]
pub(super) struct Shape {
    parameters: Vec<Parameter>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    type_: String,
    can_be_null: bool,
    /// The column that it is written to, which is NOT NULL.
    not_null_column: Option<String>,
}

#[derive(Debug)]
struct Column {
    name: String,
    type_: String,
    /// Whether NULL comes, and whether it comes as an element: by the statement.
    can_be_null: (bool, bool),
    /// Whether a program expects it: by the row type.
    are_options: (bool, bool),
    /// Why it can be NULL.
    reason: String,
}

/// The shape of each statement.
pub(super) fn shapes(analysed: &[Analysed<'_, '_>]) -> Vec<Shape> {
    let annotations = Annotations::derive(analysed);
    let shape = |it: &Analysed<'_, '_>| {
        let (module, query, statement) = (it.prepared.module, it.prepared.query, &it.prepared.statement);
        let parameters = query.flat.parameters.iter().zip(statement.params()).enumerate();
        let parameter = |(number, (name, type_)): (usize, (&barqnet_db_sql::Name, &Type))| Parameter {
            name: name.text.clone(),
            type_: describe(type_),
            can_be_null: query.nullable_parameters.iter().any(|nullable| nullable.text == name.text),
            not_null_column: it.written_not_null.get(number).cloned().flatten(),
        };
        let columns = it.columns.iter().zip(statement.columns()).map(|(derived, column)| Column {
            name: column.name().to_owned(),
            type_: describe(column.type_()),
            can_be_null: can_be_null(module, query, derived),
            are_options: annotations.are_options(module, query, column.name()),
            reason: derived.reason.clone(),
        });
        Shape { parameters: parameters.map(parameter).collect(), columns: columns.collect() }
    };
    analysed.iter().map(shape).collect()
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
        for (expected, found) in self.parameters.iter().zip(&there.parameters) {
            let Parameter { name, type_, .. } = expected;
            if *type_ != found.type_ {
                differences.push(format!("the parameter `{name}` is {} instead of {type_}", found.type_));
            }
            if let Some(column) = found.not_null_column.as_ref().filter(|_| expected.can_be_null) {
                differences
                    .push(format!("the parameter `{name}` can be NULL, and is written to {column}, which is NOT NULL"));
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
            if found.can_be_null.0 && !expected.are_options.0 {
                differences.push(format!("the column `{}` can be NULL: {}", expected.name, found.reason));
            }
            if found.can_be_null.1 && !expected.are_options.1 {
                differences.push(format!("elements of the column `{}` can be NULL", expected.name));
            }
        }
        let (expected, found) = (self.columns.len(), there.columns.len());
        if expected != found {
            differences.push(format!("it returns {found} columns instead of {expected}"));
        }
        differences
    }
}
