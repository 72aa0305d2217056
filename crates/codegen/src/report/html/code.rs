//! Views and functions.

use super::{Page, code, described, folded, head, heading, list};
use crate::{
    report::{
        highlight,
        markup::{Markup, anchor, element, link, prose, text},
    },
    schema::{Function, View},
};

impl Page<'_> {
    pub(super) fn views(&self) -> Markup {
        let views = self.gathered.schema.views.iter().map(|view| self.view(view)).collect();
        section("views", "Views", views)
    }

    pub(super) fn functions(&self) -> Markup {
        let functions = &self.gathered.schema.functions;
        let sections = functions.iter().enumerate().map(|(at, function)| {
            // Only the first of functions of one name has the anchor.
            let is_first = at == 0 || functions[at - 1].name != function.name;
            self.function(function, is_first)
        });
        section("functions", "Functions", sections.collect())
    }

    fn view(&self, view: &View) -> Markup {
        let id = anchor("view:", &view.name);
        let kind = if view.is_materialized { "materialized view" } else { "view" };
        let rows = view.columns.iter().map(|column| {
            element(
                "tr",
                &[],
                [
                    element("th", &[("scope", "row")], [code(&column.name)]),
                    element("td", &[], [code(&column.type_name)]),
                    element("td", &[], [column.comment.as_deref().map(prose).unwrap_or_default()]),
                ],
            )
        });
        let caption = element("caption", &[("class", "hidden")], [text(format!("Columns of {}", view.name))]);
        let columns = element(
            "table",
            &[("class", "columns")],
            [caption, head(&["Column", "Type", "Description"]), element("tbody", &[], rows)],
        );
        let uses = self.uses.relation(view.oid);
        let tables = self.gathered.schema.tables.iter().filter(|table| {
            let mut named = table.columns.iter().flat_map(|column| self.uses.column_users(table.oid, column.number));
            named.any(|user| user.kind == "view" && user.name == view.name)
        });
        let functions = self
            .uses
            .functions_naming(&[&view.name])
            .into_iter()
            .map(|it| link(&anchor("function:", &it.name), &it.name));
        element(
            "article",
            &[("id", &id), ("class", &format!("card {}", self.domain_class(&view.domain))), ("data-item", "view")],
            [
                element(
                    "header",
                    &[],
                    [heading("h3", &id, text(&view.name)), element("span", &[("class", "kind")], [text(kind)])],
                ),
                element("div", &[("class", "text")], [view.comment.as_deref().map(prose).unwrap_or_default()]),
                columns,
                self.indexes(&view.indexes),
                element(
                    "dl",
                    &[("class", "facts")],
                    [
                        described("Reads", list(tables.map(|it| link(&anchor("table:", &it.name), &it.name)))),
                        described("Read by", self.some_statements(&uses.reading)),
                        described("Functions", list(functions)),
                    ],
                ),
                folded(text("Definition"), [highlight::sql(&view.sql, "Definition", &|name| self.place_of(name))]),
            ],
        )
    }

    fn function(&self, function: &Function, is_first: bool) -> Markup {
        let id = anchor("function:", &function.name);
        let triggers = self.gathered.schema.triggers.iter().filter(|trigger| trigger.function == function.oid);
        let triggers = triggers.map(|trigger| {
            text(format!("{} on ", trigger.name)).then(link(&anchor("table:", &trigger.table), &trigger.table))
        });
        let callers = self.uses.functions_naming(&[&function.name]).into_iter().filter(|it| it.name != function.name);
        let callers = callers.map(|it| link(&anchor("function:", &it.name), &it.name));
        element(
            "article",
            &[
                ("id", if is_first { &id } else { "" }),
                ("class", &format!("card {}", self.domain_class(&function.domain))),
                ("data-item", "function"),
            ],
            [
                element(
                    "header",
                    &[],
                    [
                        heading("h3", &id, text(&function.name)),
                        element("code", &[("class", "where")], [text(format!("({})", function.arguments))]),
                    ],
                ),
                element("div", &[("class", "text")], [function.comment.as_deref().map(prose).unwrap_or_default()]),
                element(
                    "dl",
                    &[("class", "facts")],
                    [
                        described("Called by", self.some_statements(self.uses.callers(function.oid))),
                        described("Functions", list(callers)),
                        described("Triggers", list(triggers)),
                    ],
                ),
                folded(
                    text("Definition"),
                    [highlight::sql(&function.sql, "Definition", &|name| {
                        self.place_of(name).filter(|_| name != function.name)
                    })],
                ),
            ],
        )
    }
}

fn section(id: &str, title: &str, articles: Vec<Markup>) -> Markup {
    if articles.is_empty() {
        return Markup::default();
    }
    element(
        "section",
        &[("aria-labelledby", id), ("data-group", "yes")],
        std::iter::once(element("h2", &[("id", id)], [text(title)])).chain(articles),
    )
}
