//! Reads one query file: its row types, and each query with its documentation and SQL.

mod statement;

use std::collections::BTreeSet;

use barqnet_db_sql::{Name, Place};

use super::{
    Choices, Columns, FlatSql, Query, Variant,
    annotation::{self, Malformed, QueryAnnotation},
    names::{self, Fault},
    variants::{NamedOrder, Refusal, named_orders, names_orders, variants},
};
use crate::{diagnostic::Diagnostic, did_you_mean::did_you_mean};

/// How many problems of one file are reported: each shows its line, and what is no query file at all can have very many.
const MAX_FAILURES: usize = 200;

/// A `--: Name(column?)` line, which several queries may share.
struct RowType {
    name: Name,
    columns: Columns,
}

/// A cursor over a file.
pub(super) struct Reader<'f> {
    path: &'f str,
    text: &'f str,
    at: usize,
    pub(super) failures: Vec<Diagnostic>,
    /// There are more failures than are kept.
    is_cut_short: bool,
    /// The row types that queries named so far.
    row_types: BTreeSet<String>,
    /// The statements of queries that are several, without the first of each.
    pub(super) variants: Vec<Query>,
}

impl<'f> Reader<'f> {
    pub(super) fn new(path: &'f str, text: &'f str) -> Self {
        let (failures, row_types, variants) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { path, text, at: 0, failures, is_cut_short: false, row_types, variants }
    }

    fn fail(&mut self, rule: &'static str, message: impl Into<String>, offset: usize, help: &str) {
        if self.failures.len() >= MAX_FAILURES {
            self.is_cut_short = true;
            return;
        }
        self.failures.push(Diagnostic::error(rule, self.path, message).at(self.text, offset).help(help));
    }

    fn fail_name(&mut self, name: &Name, fault: Option<Fault>) {
        if let Some((message, help)) = fault {
            self.fail("rust-name", message, name.offset, &help);
        }
    }

    /// The current line without its line feed.
    fn line(&self) -> &'f str {
        self.text[self.at..].lines().next().unwrap_or_default()
    }

    fn skip_line(&mut self) {
        self.at = self.text[self.at..].find('\n').map_or(self.text.len(), |newline| self.at + newline + 1);
    }

    /// Reads the whole file. A query that can't be read is left out.
    pub(super) fn module(&mut self) -> Vec<Query> {
        let mut types: Vec<RowType> = Vec::new();
        let mut queries: Vec<Query> = Vec::new();
        let mut names: Vec<Name> = Vec::new();
        if !self.text.starts_with("-- ") {
            let help = "begin the file with a line such as -- What these queries are for.";
            self.fail("file-comment", "the first line must be a comment that says what the file is for", 0, help);
        }
        while self.at < self.text.len() {
            let line = self.line();
            if names_orders(line) {
                let help = "write it between the `--!` line of its query and the SQL";
                self.fail("variants", "this order belongs to no query", self.at, help);
                self.skip_line();
            } else if line.starts_with("--:") {
                if let Some(row_type) = self.row_type(line) {
                    if let Some(first) = types.iter().find(|other| other.name.text == row_type.name.text) {
                        self.fail_duplicate("row type", &row_type.name, first.name.offset);
                    }
                    types.push(row_type);
                }
            } else if line.starts_with("--!") {
                queries.extend(self.query(&types, &mut names));
            } else if line.trim().is_empty() || is_comment(line) {
                self.skip_line();
            } else {
                self.fail(
                    "no-query",
                    "this belongs to no query",
                    self.at,
                    "a query starts with `--! name`, then its `---` documentation, then the SQL up to a semicolon",
                );
                self.skip_statement();
            }
        }
        if self.is_cut_short {
            let message = format!("there are more than {MAX_FAILURES} problems in this file, which are not shown");
            self.failures
                .push(Diagnostic::error("too-many-problems", self.path, message).help("correct the others first"));
        }
        queries
    }

    fn fail_duplicate(&mut self, what: &str, name: &Name, first: usize) {
        let line = Place::new(self.text, first).line;
        let message = format!("the {what} `{}` is already there, in line {line}", name.text);
        self.fail("duplicate-name", message, name.offset, "give one of the two another name");
    }

    /// Skips to the next annotation, so that one mistake is reported once.
    fn skip_statement(&mut self) {
        self.skip_line();
        while self.at < self.text.len() && !self.line().starts_with("--!") && !self.line().starts_with("--:") {
            self.skip_line();
        }
    }

    fn fail_malformed(&mut self, what: &str, malformed: &Malformed) {
        let Malformed { offset, message, help } = malformed;
        self.fail("annotation", format!("not a {what}: {message}"), *offset, help);
    }

    /// Reads a `--:` line, and goes past the attributes below it.
    fn row_type(&mut self, line: &str) -> Option<RowType> {
        let range = self.at + 3..self.at + line.len();
        let read = annotation::row_type(self.text, range);
        if let Err(malformed) = &read {
            self.fail_malformed("row type", malformed);
        }
        self.skip_line();
        while self.line().starts_with("--#") || self.line().starts_with("--&") {
            self.skip_line();
        }
        read.ok().map(|(name, columns)| RowType { name, columns })
    }

    fn query(&mut self, types: &[RowType], names: &mut Vec<Name>) -> Option<Query> {
        let line = self.at..self.at + self.line().len();
        let mut malformed = Vec::new();
        let annotation = annotation::query(self.text, line.start + 3..line.end, &mut malformed);
        for mistake in &malformed {
            self.fail_malformed("query annotation", mistake);
        }
        let Some(annotation) = annotation else {
            self.skip_statement();
            return None;
        };
        let QueryAnnotation { name, marks, nullable_parameters, row_type, columns } = annotation;
        self.fail_name(&name, names::fault_of_query(&name.text));
        if let Some(first) = names.iter().find(|other| other.text == name.text) {
            self.fail_duplicate("query", &name, first.offset);
        }
        names.push(name.clone());
        let columns = self.columns(types, row_type.as_ref(), columns);
        self.skip_line();
        let orders = self.documentation(&name);
        let (sql, flat) = self.statement(&name, &marks)?;
        let several = match variants(self.text, &name, &marks, &orders?, sql.clone()) {
            Ok(several) => several,
            Err(Refusal { offset, message, help }) => {
                self.fail("variants", message, offset, &help);
                return None;
            }
        };
        let Columns { nullable: nullable_columns, non_null: non_null_columns, embedded: embedded_columns } = columns;
        for (_, row_type) in &embedded_columns {
            if self.row_types.insert(row_type.text.clone()) {
                self.fail_name(row_type, names::fault_of_row_type(&row_type.text));
            }
        }
        let query = |flat: FlatSql, variant: Option<Variant>, choices: Option<Choices>| {
            let is_parameter = |name: &&Name| flat.parameters.iter().any(|parameter| parameter.text == name.text);
            Query {
                name: name.clone(),
                annotation: line.clone(),
                marks: marks.clone(),
                nullable_parameters: nullable_parameters
                    .iter()
                    .filter(|name| choices.is_some() || variant.is_none() || is_parameter(name))
                    .cloned()
                    .collect(),
                row_type: row_type.clone(),
                nullable_columns: nullable_columns.clone(),
                non_null_columns: non_null_columns.clone(),
                embedded_columns: embedded_columns.clone(),
                sql: sql.clone(),
                flat,
                is_batch: false,
                choices,
                variant,
            }
        };
        let Some((choices, mut statements)) = several else {
            self.check_parameters(&flat, &nullable_parameters);
            return Some(query(flat, None, None));
        };
        for (_, statement) in &mut statements {
            statement.hint.clone_from(&flat.hint);
        }
        // The one with every condition stands for the query.
        let (first, whole) = statements.remove((1 << choices.filters.len()) - 1);
        self.check_parameters(&whole, &nullable_parameters);
        self.check_filters(&choices, &nullable_parameters);
        self.variants.extend(statements.into_iter().map(|(variant, flat)| query(flat, Some(variant), None)));
        Some(query(whole, Some(first), Some(choices)))
    }

    /// A parameter without which a condition vanishes is never NULL where it is used.
    fn check_filters(&mut self, choices: &Choices, nullable: &[Name]) {
        for name in nullable.iter().filter(|name| choices.filters.contains(&name.text)) {
            let message = format!("`:{}?` is optional, so it is never NULL where it is used", name.text);
            self.fail("variants", message, name.offset, &format!("remove `{}?` here", name.text));
        }
        let size = choices.page.as_ref().map(|(size, _)| size);
        if let Some(name) = nullable.iter().find(|name| Some(&name.text) == size) {
            let message = format!("`{}` is the size of a page, and never NULL", name.text);
            self.fail("variants", message, name.offset, &format!("remove `{}?` here", name.text));
        }
    }

    /// The columns of a query: those in its own brackets, or those of the row type that it names.
    fn columns(&mut self, types: &[RowType], row_type: Option<&Name>, inline: Option<Columns>) -> Columns {
        if let Some(name) = row_type.filter(|name| self.row_types.insert(name.text.clone())) {
            self.fail_name(name, names::fault_of_row_type(&name.text));
        }
        let declared = row_type.and_then(|wanted| types.iter().find(|it| it.name.text == wanted.text));
        match (row_type, declared, inline) {
            (Some(wanted), Some(declared), Some(inline)) => {
                let line = Place::new(self.text, declared.name.offset).line;
                self.fail(
                    "row-type",
                    format!("the row type `{}` is declared in line {line}, with its columns", wanted.text),
                    wanted.offset,
                    &format!("remove the brackets here, and list the columns in line {line}"),
                );
                inline
            }
            (_, _, Some(inline)) => inline,
            (_, Some(declared), None) => declared.columns.clone(),
            (Some(wanted), None, None) => {
                let names = types.iter().map(|row_type| row_type.name.text.as_str());
                let help = match did_you_mean(&wanted.text, names) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("declare it above with --: {0}(), or write {0}() here", wanted.text),
                };
                let message = format!("there is no row type `{}` above", wanted.text);
                self.fail("row-type", message, wanted.offset, &help);
                Columns::default()
            }
            (None, _, None) => Columns::default(),
        }
    }

    /// Goes past the attributes, the orders and the documentation. `None` if an order can't be read.
    fn documentation(&mut self, name: &Name) -> Option<Vec<NamedOrder>> {
        let mut documented = false;
        let mut orders = Some(Vec::new());
        loop {
            let line = self.line();
            if names_orders(line) {
                let start = self.at + line.find("order").map_or(0, |at| at + "order".len());
                match named_orders(self.text, start..self.at + line.len()) {
                    Ok(named) => orders.iter_mut().for_each(|orders| orders.extend_from_slice(&named)),
                    Err(Refusal { offset, message, help }) => {
                        orders = None;
                        self.fail("variants", message, offset, &help);
                    }
                }
            } else if line.starts_with("--#") && documented {
                let message = "an attribute must stand above the documentation";
                self.fail("annotation", message, self.at, "move this line up, below the `--!` line");
            } else if line.starts_with("---") {
                documented = true;
            } else if !line.starts_with("--#") {
                break;
            }
            self.skip_line();
        }
        if !documented {
            self.fail(
                "documentation",
                format!("`{}` has no documentation", name.text),
                name.offset,
                "say in `---` lines what it returns, which index serves it and what it locks",
            );
        }
        orders
    }

    fn check_parameters(&mut self, flat: &FlatSql, nullable: &[Name]) {
        for name in &flat.parameters {
            self.fail_name(name, names::fault_of_parameter(&name.text));
        }
        let known: Vec<&str> = flat.parameters.iter().map(|parameter| parameter.text.as_str()).collect();
        for name in nullable.iter().filter(|name| !known.contains(&name.text.as_str())) {
            let help = match did_you_mean(&name.text, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}?`?"),
                None if known.is_empty() => "the SQL has no :parameter: remove it here".to_owned(),
                None => format!("the SQL has :{}", known.join(", :")),
            };
            self.fail("annotation", format!("the query has no parameter `{}`", name.text), name.offset, &help);
        }
    }
}

/// Whether the line is a comment for readers of the file, not documentation and not an attribute.
fn is_comment(line: &str) -> bool {
    line.starts_with("--") && !["---", "--#", "--&"].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Vec<Query>, Vec<String>) {
        let text = format!("-- x\n{text}");
        let mut reader = Reader::new("queries/x.sql", &text);
        let queries = reader.module();
        (queries, reader.failures.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_flat_statement_finds_its_way_back() {
        let (queries, failures) = parse(
            "--! q\n--- d\nSELECT a, -- it's\n    b /* :c */\nFROM t\nWHERE b = :b AND c[1:2] = :c AND d = :b;\n",
        );
        assert_eq!(failures, Vec::<String>::new());
        let flat = &queries[0].flat;
        assert_eq!(flat.numbered, "SELECT a, b FROM t WHERE b = $1 AND c[1 : 2] = $2 AND d = $1");
        let text = "-- x\n--! q\n--- d\nSELECT a, -- it's\n    b /* :c */\nFROM t\nWHERE";
        let from = flat.numbered.find("FROM").expect("it is there");
        assert_eq!(flat.original_offset(from), text.find("FROM").expect("it is there"));
    }

    #[test]
    fn every_mistake_of_a_file_is_reported() {
        let (_, failures) = parse(
            "--! a\nSELECT 1;\n--! b\n--- d\nSELECT * FROM t;\n--! b\n--- d\nSELECT $1;\n--! c : Missing\n--- d\nSELECT 1\n--! d (x)\n--- d\nSELECT 1;",
        );
        let all = failures.join("\n");
        for part in [
            "`a` has no documentation",
            "`*` is refused",
            "the query `b` is already there, in line 4",
            "parameters have names here",
            "there is no row type `Missing`",
            "the SQL of `c` has no semicolon",
            "not a query annotation: expected `?` instead of `)`",
        ] {
            assert!(all.contains(part), "{part} is not in\n{all}");
        }
        assert_eq!(failures.len(), 7, "{all}");
    }

    #[test]
    fn counting_and_multiplying_are_no_stars() {
        let (_, failures) = parse("--! a\n--- d\nSELECT COUNT(*), 2 * 3 FROM t;");
        assert_eq!(failures, Vec::<String>::new());
    }
}
