//! The rows that statements return: their structs, and how they are read.

use std::collections::BTreeMap;

use tokio_postgres::Column;

use super::{
    Facts, layout,
    value::{Options, Value},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    queries::{
        Module, Query,
        names::{camel_case, identifier},
    },
    query_check::Prepared,
    settings::Settings,
};

/// What decides on the rows of a module.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) settings: &'c Settings,
    pub(super) module: &'c Module,
    pub(super) facts: Facts<'c>,
}

/// A column as a field.
pub(super) struct Field {
    pub(super) column: String,
    /// As Rust writes it.
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) options: Options,
    /// Whether it must not be shown: by its name, or because of what is embedded in it.
    pub(super) is_secret: bool,
}

/// The rows of one shape.
pub(super) struct Rows {
    /// The struct; a single column without a row type has none.
    name: Option<String>,
    fields: Vec<Field>,
}

/// The struct of a query's rows; a single column without a row type has none.
fn struct_name(query: &Query, columns: &[Column]) -> Option<String> {
    match &query.row_type {
        Some(row_type) => Some(row_type.text.clone()),
        None => (columns.len() > 1).then(|| camel_case(&query.name.text)),
    }
}

impl Rows {
    /// Those of a statement; `None` if it returns none.
    pub(super) fn of(prepared: &Prepared<'_>, context: Context<'_>) -> Option<Self> {
        let Context { settings, module, facts } = context;
        let Prepared { query, statement, .. } = prepared;
        let columns = statement.columns();
        let field = |column: &Column| {
            let own = facts.json.of_column(&module.name, &query.name.text, column.name());
            let options: Options = facts.annotations.are_options(module, query, column.name()).into();
            let is_secret = |name: &String| settings.secrets.contains(name);
            let embedded = facts.embedded.of_column(module, query, column.name());
            let value = match embedded {
                Some(row) => Value::embedded(&row.type_name.text, row.is_array, options.elements),
                None => Value::of(column.type_(), own, &settings.types),
            };
            let column = column.name().to_owned();
            let holds_secret = embedded.is_some_and(|row| row.fields.iter().any(|field| is_secret(&field.name)));
            Field { name: identifier(&column), is_secret: holds_secret || is_secret(&column), column, value, options }
        };
        (!columns.is_empty())
            .then(|| Self { name: struct_name(query, columns), fields: columns.iter().map(field).collect() })
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    fn is_moved(&self) -> bool {
        self.fields.iter().all(|field| field.value.is_moved())
    }

    /// The type of a row.
    pub(super) fn owned(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.fields[0].value.owned(self.fields[0].options))
    }

    fn struct_that_borrows(name: &str, is_moved: bool) -> String {
        if is_moved { name.to_owned() } else { format!("{name}Borrowed") }
    }

    /// The type of a row that borrows for `'r`.
    pub(super) fn borrowed(&self) -> String {
        match &self.name {
            Some(name) if self.is_moved() => name.clone(),
            Some(name) => format!("{name}Borrowed<'r>"),
            None => self.fields[0].value.borrowed(self.fields[0].options, "'r"),
        }
    }

    /// The closure that makes a row that borrows a row.
    pub(super) fn own(&self) -> String {
        let expression = match &self.name {
            Some(_) => (!self.is_moved()).then(|| "it.into()".to_owned()),
            None => self.fields[0].value.own("it", self.fields[0].options),
        };
        format!("|it| {}", expression.as_deref().unwrap_or("it"))
    }

    /// The expression that reads a row of a statement with these columns into the fields of `first`, which declares the struct.
    pub(super) fn read(&self, first: &Self) -> String {
        let Some(name) = &self.name else {
            return format!("        row.{}(0)\n", self.fields[0].value.read());
        };
        let fields: Vec<String> = first
            .fields
            .iter()
            .filter_map(|field| {
                let column = self.fields.iter().position(|it| it.column == field.column)?;
                Some(format!("{}: row.{}({column})?", field.name, self.fields[column].value.read()))
            })
            .collect();
        let open = format!("Ok({} {{", Self::struct_that_borrows(name, self.is_moved()));
        layout::list(8, &open, &fields, "})") + "\n"
    }

    /// The structs.
    pub(super) fn code(&self, module: &Module) -> String {
        let Some(name) = &self.name else { return String::new() };
        let declared = |borrows: bool| -> String {
            let ty = |it: &Field| {
                if borrows { it.value.borrowed(it.options, "'a") } else { it.value.owned(it.options) }
            };
            self.fields.iter().map(|it| format!("    pub {}: {},\n", it.name, ty(it))).collect()
        };
        let is_secret = self.fields.iter().any(|it| it.is_secret);
        let mut derived = if is_secret { vec![] } else { vec!["Debug"] };
        derived.extend(["Clone", "PartialEq"]);
        derived.extend(self.fields.iter().all(|it| it.value.is_moved() && it.value.is_copy()).then_some("Copy"));
        let of_type = module.queries.iter().filter(|query| match &query.row_type {
            Some(row_type) => row_type.text == *name,
            None => camel_case(&query.name.text) == *name,
        });
        let links: Vec<String> = of_type.map(|query| format!("[`{0}`](fn@{0})", query.name.text)).collect();
        let documentation = format!("A row of {}.", links.join(", "));
        let (attributes, attributes_of_borrowed) = module.attributes_of_row_type(name);
        let mut code = format!(
            "{}#[derive({})]\n{}pub struct {name} {{\n{}}}\n",
            layout::documentation(0, [documentation.as_str()]),
            derived.join(", "),
            attributes,
            declared(false)
        );
        if self.is_moved() {
            return code;
        }
        let documentation = format!("A [`{name}`] that borrows from the row it was read from.");
        code.push_str(&format!(
            "{}{}pub struct {name}Borrowed<'a> {{\n{}}}\n",
            layout::documentation(0, [documentation.as_str()]),
            attributes_of_borrowed,
            declared(true)
        ));
        let assigned: Vec<String> = self
            .fields
            .iter()
            .map(|Field { name, value, options, .. }| {
                let borrowed = format!("it.{name}");
                format!("{name}: {}", value.own(&borrowed, *options).unwrap_or(borrowed))
            })
            .collect();
        code.push_str(&format!(
            "impl<'a> From<{name}Borrowed<'a>> for {name} {{\n    fn from(it: {name}Borrowed<'a>) -> Self {{\n{}\n    }}\n}}\n",
            layout::list(8, "Self {", &assigned, "}")
        ));
        code
    }
}

/// The rows of a module by their struct: those of the first statement that returns them, which declare it.
pub(super) struct Structs<'p, 'm> {
    by_name: BTreeMap<String, (Rows, &'p Prepared<'m>)>,
    /// In the order of the file.
    names: Vec<String>,
}

impl<'p, 'm> Structs<'p, 'm> {
    pub(super) fn of(statements: &[&'p Prepared<'m>], context: Context<'_>) -> Result<Self, Diagnostics> {
        let mut found = Self { by_name: BTreeMap::new(), names: Vec::new() };
        for prepared in statements {
            let Some(rows) = Rows::of(prepared, context) else { continue };
            let Some(name) = rows.name.clone() else { continue };
            if let Some((first, of)) = found.by_name.get(&name) {
                same_json(first, of, &rows, prepared)?;
            } else {
                found.names.push(name.clone());
                found.by_name.insert(name, (rows, prepared));
            }
        }
        Ok(found)
    }

    /// In the order of the file.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Rows, &'p Prepared<'m>)> {
        self.names.iter().filter_map(|name| self.get(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&(Rows, &'p Prepared<'m>)> {
        self.by_name.get(name)
    }
}

/// Statements that share a row type have the same columns: that is checked before. `[types.json]` may tell them apart.
fn same_json(first: &Rows, of: &Prepared<'_>, rows: &Rows, prepared: &Prepared<'_>) -> Result<(), Diagnostics> {
    let differs = |field: &&Field| {
        let other = first.fields.iter().find(|it| it.column == field.column);
        other.is_some_and(|other| other.value.owned(other.options) != field.value.owned(field.options))
    };
    let Some(Field { column, .. }) = rows.fields.iter().find(differs) else { return Ok(()) };
    let Prepared { module, query, .. } = prepared;
    let (name, first) = (rows.owned(), &of.query.name.text);
    let message = format!(
        "the row type `{name}` is shared by `{first}` and `{}`, but [types.json] gives their `{column}` different types",
        query.name.text
    );
    let difference = Diagnostic::error("json-column", &module.path, message).at(&module.text, query.name.offset).help(format!(
        "name both columns in codegen.toml: \"{0}.{first}.{column}\" and \"{0}.{1}.{column}\", or give one query another row type",
        module.name, query.name.text
    ));
    Err(difference.into())
}
