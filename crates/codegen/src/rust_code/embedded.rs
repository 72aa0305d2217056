//! The structs of rows that are embedded in other rows.

use std::collections::BTreeMap;

use barqnet_db_client::type_name;
use barqnet_db_sql::Name;

use super::{
    CLIENT as DB, layout,
    row::{Context, Structs},
    value::Value,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    embedded,
    queries::names::identifier,
};

/// A field: its name, its type in Rust, and how it is read.
#[derive(PartialEq, Eq)]
struct Field {
    name: String,
    ty: String,
    read: String,
}

/// The row types that are embedded in rows of a module.
pub(super) struct EmbeddedStructs<'c> {
    /// By name: the fields, the columns, and whether the struct must be declared.
    by_name: BTreeMap<&'c str, (Vec<Field>, Vec<&'c str>, bool)>,
}

impl<'c> EmbeddedStructs<'c> {
    pub(super) fn of(structs: &Structs<'_, '_>, context: Context<'c>) -> Result<Self, Diagnostics> {
        let mut by_name: BTreeMap<&str, (Vec<Field>, Vec<&str>, bool)> = BTreeMap::new();
        for (column, row) in context.facts.embedded.of_module(context.module) {
            let name = row.type_name.text.as_str();
            let fields: Vec<Field> = row.fields.iter().map(|it| field(it, context)).collect();
            if let Some((others, columns, _)) = by_name.get_mut(name) {
                let described = |field: &Field| (field.name.clone(), format!("{}, {}", field.ty, field.read));
                let [ours, theirs] = [&fields, &*others].map(|it| it.iter().map(described).collect::<Vec<_>>());
                if let Some(difference) = difference(&ours, &theirs, true) {
                    return Err(differs(context, &row.type_name, &format!("the column `{}`", columns[0]), &difference));
                }
                columns.push(column);
                continue;
            }
            let rows = structs.get(name);
            if let Some((rows, of)) = rows {
                let ours: Vec<_> = fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect();
                let theirs = rows.fields().iter().map(|it| (it.name.clone(), it.value.owned(it.options)));
                let theirs: Vec<_> = theirs.collect();
                if let Some(difference) = difference(&ours, &theirs, false) {
                    let of = format!("the query `{}`", of.query.name.text);
                    return Err(differs(context, &row.type_name, &of, &difference));
                }
            }
            by_name.insert(name, (fields, vec![column], rows.is_none()));
        }
        Ok(Self { by_name })
    }

    pub(super) fn code(&self, context: Context<'_>) -> String {
        let mut code = String::new();
        for (name, (fields, columns, is_declared_here)) in &self.by_name {
            if *is_declared_here {
                let columns: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
                let documentation = format!("A row of the column {}.", columns.join(", "));
                let is_secret = fields.iter().any(|field| context.settings.secrets.contains(&field.name));
                let derived = if is_secret { "Clone, PartialEq" } else { "Debug, Clone, PartialEq" };
                let declared: String = fields.iter().map(|it| format!("    pub {}: {},\n", it.name, it.ty)).collect();
                let (attributes, _) = context.module.attributes_of_row_type(name);
                code.push_str(&format!(
                    "{}#[derive({derived})]\n{attributes}pub struct {name} {{\n{declared}}}\n",
                    layout::documentation(0, [documentation.as_str()])
                ));
            }
            let read: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name, field.read)).collect();
            code.push_str(&layout::list(0, &format!("{DB}::embedded!({name} {{"), &read, "});"));
            code.push('\n');
        }
        code
    }
}

fn field(field: &embedded::Field, context: Context<'_>) -> Field {
    let value = Value::of(&field.ty, None, &context.settings.types);
    let read = if value.read() == "try_get" { "read" } else { "read_lossless" };
    Field {
        name: identifier(&field.name),
        ty: value.owned((field.nullable, field.elements_nullable).into()),
        read: format!("{read}({:?})", type_name(&field.ty)),
    }
}

type Described = (String, String);

/// In what two row types differ; in the order of their fields, too, if that counts.
fn difference(ours: &[Described], theirs: &[Described], in_order: bool) -> Option<String> {
    let of = |fields: &[Described], name: &str| fields.iter().find(|it| it.0 == name).map(|it| it.1.clone());
    for (name, ty) in ours {
        match of(theirs, name) {
            None => return Some(format!("only this row has `{name}`")),
            Some(other) if other != *ty => return Some(format!("`{name}` is {ty} here, and {other} there")),
            Some(_) => {}
        }
    }
    if let Some((name, _)) = theirs.iter().find(|it| of(ours, &it.0).is_none()) {
        return Some(format!("this row lacks `{name}`"));
    }
    (in_order && ours != theirs).then(|| "their columns are in another order".to_owned())
}

fn differs(context: Context<'_>, row_type: &Name, other: &str, difference: &str) -> Diagnostics {
    let message = format!("the row type `{}` is also that of {other}, and they differ: {difference}", row_type.text);
    Diagnostic::error("embedded-row", &context.module.path, message)
        .at(&context.module.text, row_type.offset)
        .help("select the same columns, or give the row another type")
        .into()
}
