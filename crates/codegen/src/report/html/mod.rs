//! The page: one file that needs no other.

mod code;
mod frame;
mod leftovers;
mod statements;
mod tables;

use std::collections::BTreeMap;

use super::{
    drawing,
    markup::{Markup, anchor, element, link, text, trusted},
};
use crate::{
    unused::UnusedReport,
    usage::{Gathered, StatementFacts, Uses},
};

/// What every part of the page needs.
struct Page<'g> {
    gathered: &'g Gathered,
    uses: &'g Uses<'g>,
    unused: &'g UnusedReport,
    /// The anchors of tables, views and functions, by name.
    names: BTreeMap<String, String>,
}

/// The page of a project.
pub(super) fn page(project: &str, gathered: &Gathered, uses: &Uses<'_>, unused: &UnusedReport) -> String {
    let mut names = BTreeMap::new();
    for function in &gathered.schema.functions {
        names.insert(function.name.clone(), anchor("function:", &function.name));
    }
    for view in &gathered.schema.views {
        names.insert(view.name.clone(), anchor("view:", &view.name));
    }
    for table in &gathered.schema.tables {
        names.insert(table.name.clone(), anchor("table:", &table.name));
    }
    Page { gathered, uses, unused, names }.whole(project)
}

impl Page<'_> {
    fn statement(&self, at: usize) -> &StatementFacts {
        &self.gathered.statements[at]
    }

    /// Links to statements, in the order of the page.
    fn statement_links(&self, statements: &[usize]) -> Markup {
        let links = statements.iter().map(|at| {
            let path = self.statement(*at).path();
            element("li", &[], [link(&anchor("", &path), &path)])
        });
        element("ul", &[("class", "links")], links)
    }

    /// A link to a relation, by its number; nothing for one of PostgreSQL's own.
    fn relation(&self, oid: u32) -> Option<Markup> {
        let schema = &self.gathered.schema;
        let table = schema.tables.iter().find(|it| it.oid == oid).map(|it| ("table:", &it.name));
        let view = || schema.views.iter().find(|it| it.oid == oid).map(|it| ("view:", &it.name));
        table.or_else(view).map(|(kind, name)| link(&anchor(kind, name), name))
    }

    fn column_name(&self, relation: u32, number: i16) -> Option<&str> {
        let schema = &self.gathered.schema;
        let table = schema.tables.iter().find(|it| it.oid == relation).map(|it| &it.columns);
        let columns = table.or_else(|| schema.views.iter().find(|it| it.oid == relation).map(|it| &it.columns))?;
        columns.iter().find(|column| column.number == number).map(|column| column.name.as_str())
    }

    /// The place of a table, view or function in the page.
    fn place_of(&self, name: &str) -> Option<String> {
        self.names.get(name).cloned()
    }

    /// The domain's number, for its colour.
    fn domain(&self, name: &str) -> usize {
        self.gathered.schema.domains.iter().position(|domain| domain == name).unwrap_or_default()
    }

    fn domain_class(&self, name: &str) -> String {
        format!("d{}", self.domain(name) % drawing::COLOURS)
    }
}

/// `3 tables`
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A row of a description list.
fn described(term: &str, content: Markup) -> Markup {
    if content.is_empty() {
        return content;
    }
    element("dt", &[], [text(term)]).then(element("dd", &[], [content]))
}

/// A table's head: the names of its columns.
fn head(columns: &[&str]) -> Markup {
    let cells = columns.iter().map(|name| element("th", &[("scope", "col")], [text(*name)]));
    element("thead", &[], [element("tr", &[], cells)])
}

fn list(items: impl IntoIterator<Item = Markup>) -> Markup {
    let items: Vec<Markup> = items.into_iter().map(|item| element("li", &[], [item])).collect();
    if items.is_empty() { Markup::default() } else { element("ul", &[("class", "links")], items) }
}

fn code(words: &str) -> Markup {
    element("code", &[], [text(words)])
}

/// Something that can be opened, closed at first.
fn folded(summary: Markup, content: impl IntoIterator<Item = Markup>) -> Markup {
    element("details", &[], std::iter::once(element("summary", &[], [summary])).chain(content))
}

/// A heading that links to its own place.
fn heading(level: &'static str, anchor: &str, label: Markup) -> Markup {
    element(level, &[], [element("a", &[("class", "self"), ("href", &format!("#{anchor}"))], [label])])
}

fn space() -> Markup {
    trusted(" ")
}
