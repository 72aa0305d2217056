//! Reads the query files: cornucopia's annotations, and the SQL that follows each.

use std::{fs, ops::Range, path::Path};

use barqnet_db_sql::{Kind, Name, Place, Token, tokens};

mod annotation;
mod flat_sql;
mod marks;
mod traps;

pub(crate) use self::{
    annotation::Columns,
    flat_sql::FlatSql,
    marks::{Mark, Marks},
};
use self::{
    annotation::{Malformed, QueryAnnotation},
    traps::parameter_in_quotes,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    did_you_mean::did_you_mean,
    folder::file_names,
};

/// One file of queries/, which becomes one module.
pub(crate) struct Module {
    pub(crate) name: String,
    /// Relative to the project, as diagnostics show it.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) queries: Vec<Query>,
    /// Marks and exclamation marks, ascending: cornucopia must not see them.
    pub(crate) hidden: Vec<Range<usize>>,
}

/// A `--: Name(column?)` line, which several queries may share.
struct RowType {
    name: Name,
    columns: Columns,
}

pub(crate) struct Query {
    pub(crate) name: Name,
    /// The place of its `--!` line.
    pub(crate) annotation: Range<usize>,
    pub(crate) marks: Marks,
    pub(crate) nullable_parameters: Vec<Name>,
    pub(crate) row_type: Option<Name>,
    /// `column?`, of the annotation or of the row type that it names.
    pub(crate) nullable_columns: Vec<Name>,
    /// `column!`: never NULL although it looks so.
    pub(crate) non_null_columns: Vec<Name>,
    /// The place of the SQL, without its semicolon.
    pub(crate) sql: Range<usize>,
    pub(crate) flat: FlatSql,
}

/// Reads every module of the folder. A query that can't be read is left out, so that a mistake in one does not hide
/// those in others.
pub(crate) fn read(root: &Path, folder: &str, failures: &mut Diagnostics) -> Vec<Module> {
    let names = failures.collect(file_names(root, folder)).unwrap_or_default();
    let mut modules = Vec::new();
    for file_name in names.iter().filter(|name| !name.starts_with('.') && *name != "README.md") {
        let path = format!("{folder}/{file_name}");
        let Some(name) = file_name.strip_suffix(".sql").filter(|name| is_snake_case(name)) else {
            failures.push(
                Diagnostic::new(&path, "the file would not become a module")
                    .help("name it in snake_case and end the name with .sql, in lower case"),
            );
            continue;
        };
        match fs::read_to_string(root.join(&path)) {
            Ok(text) => {
                let mut reader = Reader::new(&path, &text);
                let queries = reader.module();
                let hidden = reader.hidden;
                failures.extend(reader.failures);
                modules.push(Module { name: name.to_owned(), path, text, queries, hidden });
            }
            Err(error) => failures.push(Diagnostic::new(&path, format!("cannot read the file: {error}"))),
        }
    }
    modules
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

struct Reader<'f> {
    path: &'f str,
    text: &'f str,
    at: usize,
    failures: Vec<Diagnostic>,
    hidden: Vec<Range<usize>>,
}

impl<'f> Reader<'f> {
    fn new(path: &'f str, text: &'f str) -> Self {
        Self { path, text, at: 0, failures: Vec::new(), hidden: Vec::new() }
    }

    fn fail(&mut self, message: impl Into<String>, offset: usize) {
        self.failures.push(Diagnostic::new(self.path, message).at(self.text, offset));
    }

    fn fail_with_help(&mut self, message: impl Into<String>, offset: usize, help: &str) {
        let diagnostic = Diagnostic::new(self.path, message).at(self.text, offset).help(format!("{help}"));
        self.failures.push(diagnostic);
    }

    /// The current line without its line feed.
    fn line(&self) -> &str {
        self.text[self.at..].lines().next().unwrap_or_default()
    }

    fn skip_line(&mut self) {
        self.at = self.text[self.at..].find('\n').map_or(self.text.len(), |newline| self.at + newline + 1);
    }

    fn module(&mut self) -> Vec<Query> {
        let mut types: Vec<RowType> = Vec::new();
        let mut queries: Vec<Query> = Vec::new();
        if !self.text.starts_with("-- ") {
            self.fail("the first line must be a comment that says what the file is for", 0);
        }
        while self.at < self.text.len() {
            let line = self.line();
            if line.starts_with("--:") {
                let start = self.at + 3;
                let line_end = self.at + line.len();
                if let Some(row_type) = self.row_type(start..line_end) {
                    if let Some(first) = types.iter().find(|other| other.name.text == row_type.name.text) {
                        self.fail_duplicate("row type", &row_type.name, first.name.offset);
                    }
                    types.push(row_type);
                }
                self.skip_line();
            } else if line.starts_with("--!") {
                if let Some(query) = self.query(&types) {
                    if let Some(first) = queries.iter().find(|other| other.name.text == query.name.text) {
                        self.fail_duplicate("query", &query.name, first.name.offset);
                    }
                    queries.push(query);
                }
            } else if line.trim().is_empty() || (line.starts_with("--") && !line.starts_with("---")) {
                self.skip_line();
            } else {
                self.fail_with_help(
                    "this belongs to no query",
                    self.at,
                    "a query starts with `--! name`, then its `---` documentation, then the SQL up to a semicolon",
                );
                self.skip_statement();
            }
        }
        queries
    }

    fn fail_duplicate(&mut self, what: &str, name: &Name, first: usize) {
        let line = Place::new(self.text, first).line;
        self.fail_with_help(
            format!("the {what} `{}` is already there, in line {line}", name.text),
            name.offset,
            "give one of the two another name",
        );
    }

    /// Skips to the next annotation, so that one mistake is reported once.
    fn skip_statement(&mut self) {
        self.skip_line();
        while self.at < self.text.len() && !self.line().starts_with("--!") && !self.line().starts_with("--:") {
            self.skip_line();
        }
    }

    fn fail_malformed(&mut self, what: &str, Malformed { offset, message, help }: Malformed) {
        self.fail_with_help(format!("not a {what}: {message}"), offset, &help);
    }

    fn row_type(&mut self, range: Range<usize>) -> Option<RowType> {
        match annotation::row_type(self.text, range, &mut self.hidden) {
            Ok((name, columns)) => Some(RowType { name, columns }),
            Err(malformed) => {
                self.fail_malformed("row type", malformed);
                None
            }
        }
    }

    fn query(&mut self, types: &[RowType]) -> Option<Query> {
        let line = self.at..self.at + self.line().len();
        let annotation = match annotation::query(self.text, line.start + 3..line.end, &mut self.hidden) {
            Ok(annotation) => annotation,
            Err(malformed) => {
                self.fail_malformed("query annotation", malformed);
                self.skip_statement();
                return None;
            }
        };
        let QueryAnnotation { name, marks, nullable_parameters, row_type, columns } = annotation;
        if !is_snake_case(&name.text) {
            self.fail("a query's name becomes a Rust function: write it in snake_case", name.offset);
        }
        let columns = self.columns(types, row_type.as_ref(), columns);
        self.skip_line();
        let documentation = self.at;
        while self.line().starts_with("---") || self.line().starts_with("--#") {
            self.skip_line();
        }
        if !self.text[documentation..self.at].contains("---") {
            self.fail_with_help(
                format!("`{}` has no documentation", name.text),
                name.offset,
                "say in `---` lines what it returns, which index serves it and what it locks",
            );
        }
        let (sql, flat) = self.statement(&name, &marks)?;
        let Columns { nullable: nullable_columns, non_null: non_null_columns } = columns;
        Some(Query {
            name,
            annotation: line,
            marks,
            nullable_parameters,
            row_type,
            nullable_columns,
            non_null_columns,
            sql,
            flat,
        })
    }

    /// The columns of a query: those in its own brackets, or those of the row type that it names.
    fn columns(&mut self, types: &[RowType], row_type: Option<&Name>, inline: Option<Columns>) -> Columns {
        let declared = row_type.and_then(|wanted| types.iter().find(|it| it.name.text == wanted.text));
        match (row_type, declared, inline) {
            (Some(wanted), Some(declared), Some(inline)) => {
                let line = Place::new(self.text, declared.name.offset).line;
                self.fail_with_help(
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
                    None => format!(
                        "declare it above with --: {0}(nullable_column?), or write {0}() for one without nullable columns",
                        wanted.text
                    ),
                };
                self.fail_with_help(format!("there is no row type `{}` above", wanted.text), wanted.offset, &help);
                Columns::default()
            }
            (None, _, None) => Columns::default(),
        }
    }

    fn statement(&mut self, name: &Name, marks: &Marks) -> Option<(Range<usize>, FlatSql)> {
        let start = self.at;
        // A statement without a semicolon must not swallow the next query.
        let limit = self.text[start..].find("\n--!").map_or(self.text.len(), |next| start + next);
        let body = &self.text[start..limit];
        let all = tokens(body);
        let Some(end) = all.iter().position(|token| token.is(";")) else {
            let open = all.iter().find(|token| token.kind == Kind::Unterminated);
            match open {
                Some(open) => self.fail("this is never closed", start + open.offset),
                None => self.fail(format!("the SQL of `{}` has no semicolon at its end", name.text), name.offset),
            }
            self.skip_statement();
            return None;
        };
        let code: Vec<&Token<'_>> = all[..end].iter().filter(|token| token.kind != Kind::Comment).collect();
        let Some(first) = code.first() else {
            self.fail(format!("`{}` has no SQL", name.text), name.offset);
            self.at = start + all[end].end();
            return None;
        };
        let range = start + first.offset..start + all[end].offset;
        self.lint(&code, start, marks);
        let flat = FlatSql::new(&code, start);
        self.at = start + all[end].end();
        self.skip_line();
        Some((range, flat))
    }

    /// Refuses what cornucopia would misread, and what generated code must not contain.
    fn lint(&mut self, code: &[&Token<'_>], start: usize, marks: &Marks) {
        for (index, token) in code.iter().enumerate() {
            let offset = start + token.offset;
            let text = token.text;
            if let Some((at, word)) = parameter_in_quotes(token).filter(|_| !marks.has(Mark::LiteralColons)) {
                self.failures.push(
                    Diagnostic::error(
                        "parameter-in-quotes",
                        self.path,
                        format!("`:{word}` in quotes is text, not a parameter"),
                    )
                    .at(self.text, offset + at)
                    .help(format!(
                        "write '…' || :{word} || '…'; if the text is meant, mark the query: --! name literal_colons"
                    )),
                );
            }
            match token.kind {
                Kind::Unterminated => self.fail("this is never closed", offset),
                Kind::String if text.contains(['\n', '\\']) => self.fail_with_help(
                    "a line break or backslash in a string would reach PostgreSQL changed",
                    offset,
                    "pass the text as a parameter, or use CHR(10)",
                ),
                Kind::DollarString => self.fail("dollar quotes are not understood here: use '…'", offset),
                Kind::Placeholder => {
                    self.fail_with_help("parameters have names here", offset, "write :name instead of $1");
                }
                Kind::Symbol if text == "*" && is_every_column(code, index) => self.fail_with_help(
                    "`*` is refused: generated code reads columns by position, which a new column would shift",
                    offset,
                    "name the columns",
                ),
                _ => {}
            }
        }
    }
}

/// `*` after SELECT, RETURNING, a comma or a dot means columns; elsewhere it multiplies or is `COUNT(*)`.
fn is_every_column(code: &[&Token<'_>], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|before| code[before]) else { return false };
    ["SELECT", "RETURNING", "DISTINCT", "ALL", ",", "."].iter().any(|word| before.is(word))
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
        assert_eq!(flat.named, "SELECT a, b FROM t WHERE b = :b AND c[1 : 2] = :c AND d = :b");
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
        let (_, failures) = parse("--! a\n--- d\nUPDATE t SET a = 1 RETURNING t.*;");
        assert_eq!(failures.len(), 1);
    }
}
