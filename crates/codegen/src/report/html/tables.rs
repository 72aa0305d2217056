//! The drawing, and a section for each table.

use super::{Page, code, counted, described, folded, head, heading, list, space};
use crate::{
    report::{
        drawing::{self, ForeignKey, Row},
        highlight,
        markup::{Markup, anchor, element, link, prose, text},
    },
    schema::{Index, Table},
    usage::Statements,
};

impl Page<'_> {
    /// The drawing with its legend.
    pub(super) fn relations(&self) -> Markup {
        let tables: Vec<&Table> = self.gathered.schema.tables.iter().filter(|it| it.partition_of.is_none()).collect();
        if tables.is_empty() {
            return Markup::default();
        }
        let rows: Vec<Vec<i16>> = tables.iter().map(|table| key_columns(table)).collect();
        let drawn: Vec<drawing::Table> = tables
            .iter()
            .zip(&rows)
            .map(|(table, rows)| drawing::Table {
                name: table.name.clone(),
                anchor: anchor("table:", &table.name),
                domain: self.domain(&table.domain),
                rows: rows.iter().map(|number| row(table, *number)).collect(),
                others: table.columns.len() - rows.len(),
            })
            .collect();
        let mut keys = Vec::new();
        for (from, table) in tables.iter().enumerate() {
            for key in table.constraints.iter().filter(|it| it.kind == 'f') {
                let Some((target, target_columns)) = &key.target else { continue };
                let Some(to) = tables.iter().position(|other| other.oid == *target) else { continue };
                let row = |table: usize, columns: &[i16]| {
                    rows[table].iter().position(|number| columns.first() == Some(number)).unwrap_or_default()
                };
                let of_key = table.columns.iter().filter(|column| key.columns.contains(&column.number));
                keys.push(ForeignKey {
                    from: (from, row(from, &key.columns)),
                    to: (to, row(to, target_columns)),
                    is_nullable: of_key.clone().any(|column| !column.not_null),
                    columns: of_key.map(|column| column.name.clone()).collect::<Vec<_>>().join(", "),
                });
            }
        }
        let domains = &self.gathered.schema.domains;
        let legend = if domains.len() > 1 {
            let label = |domain: &String| {
                element("li", &[("class", &self.domain_class(domain))], [link(&anchor("domain:", domain), domain)])
            };
            let is_used = |domain: &&String| tables.iter().any(|table| table.domain == **domain);
            element("ul", &[("class", "legend")], domains.iter().filter(is_used).map(label))
        } else {
            Markup::default()
        };
        let note = "An arrow points from a foreign key to the table that it refers to; it is dashed where the key can be NULL.";
        element(
            "section",
            &[("aria-labelledby", "relations"), ("data-overview", "yes")],
            [
                element("h2", &[("id", "relations")], [text("Relations")]),
                element("p", &[("class", "note")], [text(note)]),
                element(
                    "div",
                    &[
                        ("class", "drawing"),
                        ("tabindex", "0"),
                        ("role", "region"),
                        ("aria-label", "Drawing of the tables"),
                    ],
                    [drawing::drawing(&drawn, &keys)],
                ),
                legend,
            ],
        )
    }

    pub(super) fn tables(&self) -> Markup {
        let schema = &self.gathered.schema;
        if schema.tables.is_empty() {
            return Markup::default();
        }
        let domains = schema.domains.iter().filter_map(|domain| {
            let of_domain: Vec<Markup> =
                schema.tables.iter().filter(|table| table.domain == *domain).map(|table| self.table(table)).collect();
            if of_domain.is_empty() {
                return None;
            }
            let id = anchor("domain:", domain);
            let title = (schema.domains.len() > 1).then(|| {
                element(
                    "h3",
                    &[("id", &id), ("class", &format!("domain {}", self.domain_class(domain)))],
                    [text(domain)],
                )
            });
            Some(element("div", &[("class", "group"), ("data-group", "yes")], title.into_iter().chain(of_domain)))
        });
        let title = element("h2", &[("id", "tables")], [text("Tables")]);
        element(
            "section",
            &[("aria-labelledby", "tables"), ("data-group", "yes")],
            std::iter::once(title).chain(domains),
        )
    }

    fn table(&self, table: &Table) -> Markup {
        let id = anchor("table:", &table.name);
        let mut badges = Vec::new();
        if let Some(parent) = &table.partition_of {
            badges.push(element("span", &[("class", "kind")], [text("partition of "), text(parent)]));
        }
        badges
            .extend(table.created_by.iter().map(|migration| element("span", &[("class", "where")], [text(migration)])));
        let level = if self.gathered.schema.domains.len() > 1 { "h4" } else { "h3" };
        let title = std::iter::once(heading(level, &id, text(&table.name))).chain(badges);
        let uses = self.uses.relation(table.oid);
        let functions = self
            .uses
            .functions_naming(&[&table.name])
            .into_iter()
            .map(|it| link(&anchor("function:", &it.name), &it.name));
        let triggers =
            self.gathered.schema.triggers.iter().filter(|trigger| trigger.table == table.name).map(|trigger| {
                let function = self.gathered.schema.functions.iter().find(|it| it.oid == trigger.function);
                let disabled = if trigger.is_disabled { " (disabled)" } else { "" };
                let comment = trigger.comment.as_deref().map(prose).unwrap_or_default();
                let calls = function.map(|it| text(" calls ").then(link(&anchor("function:", &it.name), &it.name)));
                element(
                    "div",
                    &[("class", "object")],
                    [
                        code(&trigger.name),
                        text(disabled),
                        calls.unwrap_or_default(),
                        comment,
                        highlight::sql(&trigger.definition, "Trigger", &|name| self.place_of(name)),
                    ],
                )
            });
        let mut views: Vec<&str> = table
            .columns
            .iter()
            .flat_map(|column| self.uses.column_users(table.oid, column.number))
            .filter(|user| user.kind == "view")
            .map(|user| user.name.as_str())
            .collect();
        views.sort_unstable();
        views.dedup();
        let facts = [
            described("Refers to", list(self.references(table))),
            described("Referred to by", list(self.referring(table))),
            described("Read by", self.some_statements(&uses.reading)),
            described("Written by", self.some_statements(&uses.writing)),
            described("Views", list(views.into_iter().map(|view| link(&anchor("view:", view), view)))),
            described("Functions", list(functions)),
        ];
        element(
            "article",
            &[("id", &id), ("class", &format!("card {}", self.domain_class(&table.domain))), ("data-item", "table")],
            [
                element("header", &[], title),
                element("div", &[("class", "text")], [table.comment.as_deref().map(prose).unwrap_or_default()]),
                self.columns(table),
                self.constraints(table),
                self.indexes(&table.indexes),
                part("Triggers", triggers.collect()),
                element("dl", &[("class", "facts")], facts),
            ],
        )
    }

    /// A list of statements, folded if it is long.
    pub(super) fn some_statements(&self, statements: &[usize]) -> Markup {
        match statements.len() {
            0 => Markup::default(),
            1..=6 => self.statement_links(statements),
            count => folded(text(counted(count, "statement")), [self.statement_links(statements)]),
        }
    }

    fn columns(&self, table: &Table) -> Markup {
        let rows = table.columns.iter().map(|column| {
            let id = anchor("column:", &format!("{}.{}", table.name, column.name));
            let marks = marks(table, column.number);
            let mark = marks.iter().map(|mark| element("span", &[("class", "mark")], [text(*mark)]));
            let null = if column.not_null { "NOT NULL" } else { "can be NULL" };
            let class = if column.not_null { "null" } else { "null yes" };
            let mut about = Vec::new();
            about.extend(column.comment.as_deref().map(prose));
            about.extend(column.default.as_ref().map(|default| {
                element("p", &[("class", "default")], [element("code", &[], [highlight::inline(default, &|_| None)])])
            }));
            about.push(self.column_uses(table, column.number, &column.name));
            element(
                "tr",
                &[("id", &id)],
                [
                    element("th", &[("scope", "row")], [code(&column.name), space(), mark.collect()]),
                    element("td", &[], [code(&column.type_name), element("span", &[("class", class)], [text(null)])]),
                    element("td", &[], about),
                ],
            )
        });
        let caption = element("caption", &[("class", "hidden")], [text(format!("Columns of {}", table.name))]);
        let body = element("tbody", &[], rows);
        element("table", &[("class", "columns")], [caption, head(&["Column", "Type", "Description and use"]), body])
    }

    /// Who uses a column, folded.
    fn column_uses(&self, table: &Table, number: i16, name: &str) -> Markup {
        let Statements { reading, writing } = self.uses.column(table.oid, number);
        let others = self.uses.column_users(table.oid, number);
        let of_kind = |kind: &str, prefix: &str| {
            let users = others.iter().filter(|user| user.kind == kind);
            list(users.map(|user| link(&anchor(prefix, &user.name), &user.name)))
        };
        let functions: Vec<Markup> = self
            .uses
            .functions_naming(&[&table.name, name])
            .into_iter()
            .map(|it| link(&anchor("function:", &it.name), &it.name))
            .collect();
        let mut summary = Vec::new();
        if !reading.is_empty() {
            summary.push(format!("read by {}", reading.len()));
        }
        if !writing.is_empty() {
            summary.push(format!("written by {}", writing.len()));
        }
        let uses_elsewhere = !functions.is_empty() || others.iter().any(|user| user.kind == "view");
        if summary.is_empty() && uses_elsewhere {
            summary.push("used by no statement directly".to_owned());
        }
        if summary.is_empty() {
            return element("p", &[("class", "note")], [text("used by no statement")]);
        }
        let lists = [
            described("Read by", list_of(self, &reading)),
            described("Written by", list_of(self, &writing)),
            described("Views", of_kind("view", "view:")),
            described("Functions", list(functions)),
        ];
        folded(text(summary.join(", ")), [element("dl", &[("class", "facts")], lists)])
    }

    fn references(&self, table: &Table) -> Vec<Markup> {
        let keys = table.constraints.iter().filter_map(|key| Some((key, key.target.as_ref()?)));
        keys.filter_map(|(key, (target, columns))| {
            let target_columns: Vec<&str> =
                columns.iter().filter_map(|number| self.column_name(*target, *number)).collect();
            let own: Vec<&str> = key.columns.iter().filter_map(|number| self.column_name(table.oid, *number)).collect();
            Some(
                code(&own.join(", "))
                    .then(text(" → "))
                    .then(self.relation(*target)?)
                    .then(text(format!(" ({})", target_columns.join(", ")))),
            )
        })
        .collect()
    }

    fn referring(&self, table: &Table) -> Vec<Markup> {
        let mut found = Vec::new();
        for other in &self.gathered.schema.tables {
            for key in other.constraints.iter().filter(|key| key.target.as_ref().is_some_and(|it| it.0 == table.oid)) {
                let columns: Vec<&str> =
                    key.columns.iter().filter_map(|number| self.column_name(other.oid, *number)).collect();
                let columns = text(format!(" ({})", columns.join(", ")));
                found.push(link(&anchor("table:", &other.name), &other.name).then(columns));
            }
        }
        found
    }

    fn constraints(&self, table: &Table) -> Markup {
        let objects = table.constraints.iter().map(|constraint| {
            let definition = highlight::inline(&constraint.definition, &|name| self.place_of(name));
            let not_valid =
                if constraint.is_valid { "" } else { "not valid: rows that existed before are not checked" };
            element(
                "div",
                &[("class", "object")],
                [
                    element(
                        "p",
                        &[],
                        [code(&constraint.name), space(), element("code", &[("class", "definition")], [definition])],
                    ),
                    constraint.comment.as_deref().map(prose).unwrap_or_default(),
                    if not_valid.is_empty() {
                        Markup::default()
                    } else {
                        element("p", &[("class", "note")], [text(not_valid)])
                    },
                ],
            )
        });
        part("Keys and checks", objects.collect())
    }

    pub(super) fn indexes(&self, indexes: &[Index]) -> Markup {
        let objects = indexes.iter().map(|index| {
            let id = anchor("index:", &index.name);
            let uses = self.uses.index(&index.name);
            let about = if uses.is_empty() {
                let excuse = self.unused.excused_indexes.iter().find(|finding| finding.name == index.name);
                let excuse = excuse.and_then(|finding| finding.note.as_ref());
                let note = excuse.map(|note| format!("no plan of a statement uses it: it {note}"));
                element("p", &[("class", "note")], [text(note.as_deref().unwrap_or("no plan uses it"))])
            } else {
                element("dl", &[("class", "facts")], [described("Used by", self.some_statements(uses))])
            };
            let definition = shortened(&index.definition);
            element(
                "div",
                &[("class", "object"), ("id", &id)],
                [
                    element(
                        "p",
                        &[],
                        [
                            code(&index.name),
                            space(),
                            element("code", &[("class", "definition")], [highlight::inline(definition, &|_| None)]),
                        ],
                    ),
                    index.comment.as_deref().map(prose).unwrap_or_default(),
                    about,
                ],
            )
        });
        part("Indexes", objects.collect())
    }
}

fn list_of(page: &Page<'_>, statements: &[usize]) -> Markup {
    if statements.is_empty() { Markup::default() } else { page.statement_links(statements) }
}

/// A part of a table's section, folded if it is long.
fn part(title: &str, objects: Vec<Markup>) -> Markup {
    if objects.is_empty() {
        return Markup::default();
    }
    element("div", &[("class", "part")], [element("h5", &[], [text(title)])].into_iter().chain(objects))
}

/// `(status, id) WHERE …` of the definition of an index.
fn shortened(definition: &str) -> &str {
    definition.find(" USING ").map_or(definition, |at| definition[at + 7..].trim_start_matches("btree "))
}

/// The columns of primary and foreign keys, and those that foreign keys of other tables refer to.
fn key_columns(table: &Table) -> Vec<i16> {
    let is_key =
        |number: i16| table.constraints.iter().any(|it| matches!(it.kind, 'p' | 'f') && it.columns.contains(&number));
    let columns = table.columns.iter().map(|column| column.number);
    columns.filter(|number| is_key(*number) || is_unique_key(table, *number)).collect()
}

fn is_unique_key(table: &Table, number: i16) -> bool {
    table.constraints.iter().any(|it| it.kind == 'u' && it.columns == [number])
}

fn marks(table: &Table, number: i16) -> Vec<&'static str> {
    let has = |kind: char| table.constraints.iter().any(|it| it.kind == kind && it.columns.contains(&number));
    let mut marks = Vec::new();
    marks.extend(has('p').then_some("PK"));
    marks.extend(has('f').then_some("FK"));
    marks.extend((is_unique_key(table, number) && !has('p')).then_some("UQ"));
    marks
}

fn row(table: &Table, number: i16) -> Row {
    let name = table.columns.iter().find(|column| column.number == number).map(|column| column.name.clone());
    Row { column: name.unwrap_or_default(), mark: marks(table, number).join(" ") }
}
