//! Names of the generated code: columns must become fields, and no two types of a module may have one name.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_sql::{Name, Place, tokens};

use crate::{
    diagnostic::Diagnostic,
    embedded::Embedded,
    queries::{
        Module, Query,
        names::{camel_case, fault_of_column, fault_of_row_type},
    },
    query_check::Prepared,
};

/// What is wrong with the names of the columns, which PostgreSQL says, and which generated names are taken twice.
pub(crate) fn check(modules: &[Module], prepared: &[Prepared<'_>], embedded: &Embedded) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> =
        prepared.iter().filter(|it| !it.query.is_derived()).flat_map(check_columns).collect();
    for module in modules {
        let of_module: Vec<_> =
            prepared.iter().filter(|it| std::ptr::eq(it.module, module) && !it.query.is_derived()).collect();
        let mut types = GeneratedTypes { module, types: BTreeMap::new(), found: Vec::new() };
        for query in &module.queries {
            types.statement(query);
        }
        let mut rows: BTreeMap<String, &Prepared<'_>> = BTreeMap::new();
        for &it in &of_module {
            types.row(it, &mut rows);
        }
        let mut seen = BTreeSet::new();
        for (column, row) in embedded.of_module(module) {
            let Name { text, offset } = &row.type_name;
            if !rows.contains_key(text) && seen.insert(text) {
                types.add(text.clone(), format!("the row of the column `{column}`"), *offset);
            }
        }
        found.append(&mut types.found);
    }
    found
}

/// Whether the columns become fields: a single one is returned as it is, unless a row type is named.
fn has_fields(it: &Prepared<'_>) -> bool {
    it.query.row_type.is_some() || it.statement.columns().len() > 1
}

fn check_columns(it: &Prepared<'_>) -> Vec<Diagnostic> {
    let Prepared { module, query, statement } = it;
    let mut found = Vec::new();
    for (index, column) in statement.columns().iter().enumerate() {
        if !has_fields(it) && column.name() != "?column?" {
            continue;
        }
        if let Some((message, help)) = fault_of_column(column.name(), index + 1) {
            found.push(
                Diagnostic::error("column-name", &module.path, message)
                    .at(&module.text, place_of_column(it, column.name()))
                    .note(format!("query {}.{}", module.name, query.name.text))
                    .help(help),
            );
        }
    }
    found
}

/// Where the SQL names the column last, which is where it gets its name; the SQL's begin if it does not.
fn place_of_column(it: &Prepared<'_>, name: &str) -> usize {
    let sql = &it.module.text[it.query.sql.clone()];
    let all = tokens(sql);
    let named = all.iter().rfind(|token| token.identifier().is_some_and(|identifier| identifier == name));
    it.query.sql.start + named.map_or(0, |token| token.offset)
}

/// The types that a module's code will have, each with what it is made for.
struct GeneratedTypes<'m> {
    module: &'m Module,
    types: BTreeMap<String, (String, usize)>,
    found: Vec<Diagnostic>,
}

impl<'m> GeneratedTypes<'m> {
    fn error(&mut self, message: String, offset: usize, help: &str) {
        let diagnostic = Diagnostic::error("name-collision", &self.module.path, message);
        self.found.push(diagnostic.at(&self.module.text, offset).help(help));
    }

    fn add(&mut self, name: String, purpose: String, offset: usize) {
        let Some((taken_by, first)) = self.types.get(&name) else {
            self.types.insert(name, (purpose, offset));
            return;
        };
        let line = Place::new(&self.module.text, *first).line;
        let message = format!("{purpose} would be the Rust type `{name}`, as would be {taken_by} in line {line}");
        self.error(message, offset, "give one of the two another name");
    }

    fn statement(&mut self, query: &Query) {
        let Name { text, offset } = &query.name;
        let camel = camel_case(text);
        self.add(format!("{camel}Stmt"), format!("the statement of `{text}`"), *offset);
        let orders = query.choices.as_ref().map_or(0, |choices| choices.orders.len());
        if query.flat.parameters.len() + usize::from(orders > 0) > 1 {
            self.add(format!("{camel}Params"), format!("the parameters of `{text}`"), *offset);
        }
        if orders > 0 {
            self.add(format!("{camel}Order"), format!("the order of `{text}`"), *offset);
        }
        if query.choices.as_ref().is_some_and(|choices| choices.page.is_some()) {
            self.add(format!("{camel}Cursor"), format!("the cursor of `{text}`"), *offset);
        }
    }

    fn row<'p>(&mut self, it: &'p Prepared<'m>, rows: &mut BTreeMap<String, &'p Prepared<'m>>) {
        let query = it.query;
        if !has_fields(it) || it.statement.columns().is_empty() {
            return;
        }
        let (name, offset) = match &query.row_type {
            Some(row_type) => (row_type.text.clone(), row_type.offset),
            None => (camel_case(&query.name.text), query.name.offset),
        };
        if query.row_type.is_none()
            && let Some((message, _)) = fault_of_row_type(&name)
        {
            let help = format!("name the row type: --! {} : {name}Row()", query.name.text);
            self.error(message, offset, &help);
        }
        if let Some(first) = rows.get(&name) {
            self.same_columns(&name, offset, first, it);
            return;
        }
        let purpose = format!("the row of `{}`", query.name.text);
        for suffix in ["", "Borrowed"] {
            self.add(format!("{name}{suffix}"), purpose.clone(), offset);
        }
        rows.insert(name, it);
    }

    /// Two queries that name one row type must return the same columns.
    fn same_columns(&mut self, name: &str, offset: usize, first: &Prepared<'_>, second: &Prepared<'_>) {
        let columns = |it: &Prepared<'_>| -> BTreeMap<String, String> {
            it.statement.columns().iter().map(|it| (it.name().to_owned(), it.type_().to_string())).collect()
        };
        let (ours, theirs) = (columns(second), columns(first));
        let (query, other) = (&second.query.name.text, &first.query.name.text);
        let difference = ours
            .iter()
            .find_map(|(column, type_)| match theirs.get(column) {
                None => Some(format!("only `{query}` returns `{column}`")),
                Some(other_type) if other_type != type_ => {
                    Some(format!("`{column}` is {type_} in `{query}` and {other_type} in `{other}`"))
                }
                Some(_) => None,
            })
            .or_else(|| {
                theirs
                    .keys()
                    .find(|column| !ours.contains_key(*column))
                    .map(|column| format!("only `{other}` returns `{column}`"))
            });
        if let Some(difference) = difference {
            let message = format!("two queries with the row type `{name}` return different columns: {difference}");
            self.error(message, offset, &format!("name another row type: --! {query} : Other{name}()"));
        }
    }
}
