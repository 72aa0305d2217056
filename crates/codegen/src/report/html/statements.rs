//! Every statement, by module.

use std::collections::BTreeSet;

use super::{Page, code, described, folded, head, heading, list, space};
use crate::{
    access::DirectAccess,
    report::{
        highlight,
        markup::{Markup, anchor, element, inline, link, prose, text},
    },
    usage::{ColumnFact, StatementFacts, Step},
};

impl Page<'_> {
    pub(super) fn statements(&self) -> Markup {
        let modules = self.gathered.modules.iter().map(|(module, about)| {
            let of_module = || self.gathered.statements.iter().filter(move |it| it.module == *module);
            let id = anchor("module:", module);
            let links = list(of_module().map(|it| link(&anchor("", &it.path()), &it.name)));
            let head = [
                heading("h3", &id, text(module)),
                element("div", &[("class", "text")], [prose(about)]),
                element("div", &[("class", "index")], [links]),
            ];
            element(
                "div",
                &[("class", "group module"), ("id", &id), ("data-group", "yes")],
                head.into_iter().chain(of_module().map(|statement| self.one(statement))),
            )
        });
        let title = element("h2", &[("id", "statements")], [text("Statements")]);
        element(
            "section",
            &[("aria-labelledby", "statements"), ("data-group", "yes")],
            std::iter::once(title).chain(modules),
        )
    }

    fn one(&self, statement: &StatementFacts) -> Markup {
        let id = anchor("", &statement.path());
        let name = element("span", &[("class", "module")], [text(format!("{}.", statement.module))])
            .then(text(&statement.name));
        let returns = match (&statement.row_type, statement.columns.len()) {
            (Some(row_type), _) => format!("Columns of {row_type}"),
            _ => "Columns".to_owned(),
        };
        let title = element(
            "header",
            &[],
            [
                heading("h4", &id, name),
                element(
                    "span",
                    &[("class", &format!("kind {}", statement.kind.to_lowercase()))],
                    [text(&statement.kind)],
                ),
                element("span", &[("class", "where")], [text(format!("{}:{}", statement.file, statement.line))]),
            ],
        );
        let facts = element(
            "dl",
            &[("class", "facts")],
            [
                described("Reads", self.reads(statement)),
                described("Writes", self.writes(statement)),
                described("Calls", list(self.called(statement))),
                described("Indirectly", list(self.indirect(statement))),
                described(
                    "Indexes",
                    list(statement.plans.shown.iter().flat_map(Step::all_indexes).map(|it| self.index_link(&it))),
                ),
                described("Locks", self.locks(statement)),
                described(
                    "Runs on",
                    text(match &statement.needs_primary {
                        Some(reason) => format!("the primary only: it {reason}"),
                        None => "the primary or a replica".to_owned(),
                    }),
                ),
            ],
        );
        let plan = statement.plans.shown.iter().map(|step| {
            let note = "The generic plan, with sequential scans and sorts discouraged.";
            let note = element("p", &[("class", "note")], [text(note)]);
            folded(text("Plan"), [note, element("ul", &[("class", "plan")], [self.step(step)])])
        });
        element(
            "article",
            &[("id", &id), ("class", "card statement"), ("data-item", "statement")],
            [
                title,
                element("div", &[("class", "text")], [prose(&statement.documentation)]),
                highlight::sql(&statement.sql, &format!("SQL of {}", statement.path()), &|name| self.place_of(name)),
                element(
                    "div",
                    &[("class", "pair")],
                    [
                        typed("Parameters", "Parameter", &statement.parameters),
                        typed(&returns, "Column", &statement.columns),
                    ],
                ),
                facts,
                plan.collect(),
            ],
        )
    }

    /// The relations that a statement reads, with the columns.
    fn reads(&self, statement: &StatementFacts) -> Markup {
        let read = statement.accesses.iter().filter(|(_, access)| access.is_read || !access.read.is_empty());
        list(read.filter_map(|(relation, access)| self.with_columns(*relation, &access.read, String::new())))
    }

    /// The relations that a statement writes, with how and the columns.
    fn writes(&self, statement: &StatementFacts) -> Markup {
        let written = statement.accesses.iter().filter(|(_, access)| access.is_written());
        list(written.filter_map(|(relation, access)| {
            self.with_columns(*relation, &access.written, format!(": {}", verbs(access)))
        }))
    }

    fn with_columns(&self, relation: u32, columns: &BTreeSet<i16>, how: String) -> Option<Markup> {
        let names: Vec<&str> = columns.iter().filter_map(|number| self.column_name(relation, *number)).collect();
        let columns = element("span", &[("class", "names")], [text(names.join(", "))]);
        let columns = if names.is_empty() { Markup::default() } else { space().then(columns) };
        Some(self.relation(relation)?.then(text(how)).then(columns))
    }

    fn called(&self, statement: &StatementFacts) -> Vec<Markup> {
        let functions = self.gathered.schema.functions.iter().filter(|it| statement.calls.contains(&it.oid));
        functions.map(|it| link(&anchor("function:", &it.name), &it.name)).collect()
    }

    fn index_link(&self, name: &str) -> Markup {
        let schema = &self.gathered.schema;
        let of_tables = schema.tables.iter().flat_map(|table| &table.indexes);
        let known = of_tables.chain(schema.views.iter().flat_map(|view| &view.indexes)).any(|index| index.name == name);
        if known { link(&anchor("index:", name), name) } else { code(name) }
    }

    /// The tables behind views and functions.
    fn indirect(&self, statement: &StatementFacts) -> Vec<Markup> {
        let tables = self.gathered.schema.tables.iter().filter(|table| statement.tables.contains(&table.name));
        let indirect = tables.filter(|table| !statement.accesses.contains_key(&table.oid));
        indirect.map(|table| link(&anchor("table:", &table.name), &table.name)).collect()
    }

    fn locks(&self, statement: &StatementFacts) -> Markup {
        let locks = text(&statement.locks);
        if statement.opaque_functions.is_empty() {
            return locks;
        }
        let functions = statement.opaque_functions.iter().enumerate().map(|(at, name)| {
            let separator = text(if at == 0 { "" } else { ", " });
            separator.then(self.place_of(name).map_or_else(|| code(name), |anchor| link(&anchor, name)))
        });
        locks.then(text(" Not known: the locks of ")).then(functions.collect()).then(text("."))
    }

    fn step(&self, step: &Step) -> Markup {
        let title = match step
            .indexes
            .first()
            .and_then(|index| step.title.split_once(index.as_str()).map(|parts| (index, parts)))
        {
            Some((index, (before, after))) => text(before).then(self.index_link(index)).then(text(after)),
            None => text(&step.title),
        };
        let details = step.details.iter().map(|(label, detail)| {
            let detail = element("code", &[], [highlight::inline(detail, &|_| None)]);
            element("div", &[("class", "detail")], [element("span", &[], [text(*label)]), space(), detail])
        });
        let inside = if step.steps.is_empty() {
            Markup::default()
        } else {
            element("ul", &[], step.steps.iter().map(|step| self.step(step)))
        };
        element("li", &[], [element("span", &[("class", "step")], [title]), details.collect(), inside])
    }
}

/// `inserts and updates`
fn verbs(access: &DirectAccess) -> String {
    access.verbs.iter().copied().collect::<Vec<_>>().join(" and ")
}

/// A table of parameters or columns.
fn typed(title: &str, first: &str, facts: &[ColumnFact]) -> Markup {
    if facts.is_empty() {
        return Markup::default();
    }
    let rows = facts.iter().map(|fact| {
        let (class, null) = if fact.is_nullable { ("null yes", "can be NULL") } else { ("null", "never NULL") };
        element(
            "tr",
            &[],
            [
                element("th", &[("scope", "row")], [code(&fact.name)]),
                element("td", &[], [code(&fact.type_name)]),
                element(
                    "td",
                    &[],
                    [
                        element("span", &[("class", class)], [text(null)]),
                        element("span", &[("class", "reason")], [inline(&fact.reason)]),
                    ],
                ),
            ],
        )
    });
    let caption = element("caption", &[], [text(title)]);
    element(
        "div",
        &[],
        [element(
            "table",
            &[("class", "typed")],
            [caption, head(&[first, "Type", "NULL"]), element("tbody", &[], rows)],
        )],
    )
}
