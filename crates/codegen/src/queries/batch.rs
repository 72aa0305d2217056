//! The batch form of a statement: the same statement for many rows, as one statement over arrays.

use barqnet_db_sql::{Kind as TokenKind, Token, quote_identifier, tokens};
use tokio_postgres::types::{Kind, Type};

use super::{FlatSql, Mark, Marks, Module, Query};
use crate::diagnostic::Diagnostic;

/// What the rows are called in the SQL. Their columns have this prefix, so that they are no columns of a table.
const ROWS: &str = "batch";
const PREFIX: &str = "p_";
const POSITION: &str = "batch_position";

/// Why a statement has no batch form: where, and what to do instead.
pub(super) struct Refusal {
    pub(super) offset: usize,
    pub(super) reason: String,
    pub(super) help: &'static str,
}

impl Refusal {
    pub(super) fn new(offset: usize, reason: impl Into<String>, help: &'static str) -> Self {
        Self { offset, reason: reason.into(), help }
    }
}

/// The batch form of a query marked `batch`, whose parameters have these types.
pub(crate) fn batch(module: &Module, query: &Query, types: &[Type]) -> Result<Query, Box<Diagnostic>> {
    let sql = &module.text[query.sql.clone()];
    let all = tokens(sql);
    let code: Vec<&Token<'_>> = all.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let written = check_types(query, types, query.sql.start).and_then(|()| rewritten(&code, query, types));
    let text = written.map_err(|Refusal { offset, reason, help }| {
        let message = format!("`{}` has no batch form: {reason}", query.name.text);
        let diagnostic = Diagnostic::error("batch", &module.path, message);
        Box::new(diagnostic.at(&module.text, query.sql.start + offset).help(help))
    })?;
    let mut flat = FlatSql::new(&tokens(&text).iter().collect::<Vec<_>>(), 0);
    flat.stands_for(query.sql.start);
    flat.parameters.clone_from(&query.flat.parameters);
    flat.hint.clone_from(&query.flat.hint);
    let mut marks = Marks::default();
    let more = [Mark::Batch, Mark::CopyIn, Mark::CopyOut, Mark::Page];
    Mark::ALL.into_iter().filter(|mark| !more.contains(mark) && query.marks.has(*mark)).for_each(|it| marks.insert(it));
    Ok(Query {
        name: barqnet_db_sql::Name { text: format!("{}.batch", query.name.text), offset: query.name.offset },
        annotation: query.annotation.clone(),
        marks,
        nullable_parameters: Vec::new(),
        row_type: query.row_type.clone(),
        nullable_columns: query.nullable_columns.clone(),
        non_null_columns: query.non_null_columns.clone(),
        embedded_columns: query.embedded_columns.clone(),
        sql: query.sql.clone(),
        flat,
        is_batch: true,
        choices: None,
        variant: None,
    })
}

fn check_types(query: &Query, types: &[Type], start: usize) -> Result<(), Refusal> {
    if types.is_empty() {
        return Err(Refusal::new(0, "it has no parameter", "remove the mark `batch`"));
    }
    for (name, ty) in query.flat.parameters.iter().zip(types) {
        if is_array(ty) {
            return Err(Refusal::new(
                name.offset - start,
                format!("the parameter `{}` is an array, and PostgreSQL has no array of arrays", name.text),
                "pass it as JSONB, or copy the rows with the mark `copy_in`",
            ));
        }
    }
    Ok(())
}

fn is_array(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Array(_) => true,
        Kind::Domain(base) => is_array(base),
        _ => false,
    }
}

fn is_composite(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Composite(_) => true,
        Kind::Domain(base) => is_composite(base),
        _ => false,
    }
}

/// Where the parts of a statement begin, as indices of its tokens outside brackets.
fn find(code: &[&Token<'_>], from: usize, words: &[&str]) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, token) in code.iter().enumerate().skip(from) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
        } else if depth == 0 && words.iter().any(|word| token.is(word)) {
            // `IS DISTINCT FROM` is no FROM.
            if !(token.is("FROM") && index > 0 && code[index - 1].is("DISTINCT")) {
                return Some(index);
            }
        }
    }
    None
}

fn rewritten(code: &[&Token<'_>], query: &Query, types: &[Type]) -> Result<String, Refusal> {
    let first = code.first().map_or("", |token| token.text).to_ascii_uppercase();
    let rows = Rows { query, types };
    match first.as_str() {
        "INSERT" => insert(code, &rows),
        "UPDATE" => joined(code, &rows, "SET", "FROM"),
        "DELETE" => joined(code, &rows, "FROM", "USING"),
        _ => Err(Refusal::new(
            0,
            format!("{first} is neither INSERT nor UPDATE nor DELETE"),
            "write the statement over UNNEST(:values::TEXT[], …)",
        )),
    }
}

/// `INSERT … VALUES (…)` becomes `INSERT … SELECT … FROM UNNEST(…) ORDER BY …`.
fn insert(code: &[&Token<'_>], rows: &Rows<'_>) -> Result<String, Refusal> {
    let Some(values) =
        find(code, 0, &["VALUES", "SELECT", "WITH", "TABLE", "DEFAULT"]).filter(|at| code[*at].is("VALUES"))
    else {
        return Err(Refusal::new(0, "it inserts no VALUES", "write the statement over UNNEST(:values::TEXT[], …)"));
    };
    // Right after the keyword, in brackets.
    let end = find(code, values + 1, &[",", "ON", "RETURNING"]).unwrap_or(code.len());
    if let Some(comma) = code.get(end).filter(|token| token.is(",")) {
        return Err(Refusal::new(comma.offset, "it inserts several rows", "write one row"));
    }
    let row = code.get(values + 2..end.saturating_sub(1)).unwrap_or_default();
    if let Some(default) = find(row, 0, &["DEFAULT"]) {
        let help = "leave the column out: it gets its default then";
        return Err(Refusal::new(row[default].offset, "DEFAULT can't be selected", help));
    }
    let rest = text_of_conflict(&code[end..], &inserted(&code[..values], row))?;
    Ok(format!(
        "{} SELECT {} FROM {} ORDER BY {ROWS}.{POSITION} {rest}",
        text(&code[..values]),
        text_of_row(row),
        rows.unnest(true),
    ))
}

/// The parameters that are the value of a column as they are, with the column.
fn inserted<'c>(head: &[&Token<'c>], row: &[&Token<'c>]) -> Vec<(&'c str, &'c str)> {
    let Some(open) = head.iter().position(|token| token.is("(")) else { return Vec::new() };
    let columns = head[open + 1..].split(|token| token.is(",") || token.is(")"));
    let mut depth = 0_i32;
    let values = row.split(|token| {
        depth += i32::from(token.is("(") || token.is("[")) - i32::from(token.is(")") || token.is("]"));
        depth == 0 && token.is(",")
    });
    let pairs = columns.zip(values).filter_map(|(column, value)| match (column, value) {
        ([column], [value]) if value.kind == TokenKind::Parameter => Some((value.text, column.text)),
        _ => None,
    });
    pairs.collect()
}

/// What follows VALUES. In `DO UPDATE`, where no row of the batch is, a parameter is the value that was to be inserted.
fn text_of_conflict(code: &[&Token<'_>], inserted: &[(&str, &str)]) -> Result<String, Refusal> {
    let update = find(code, 0, &["UPDATE"]).unwrap_or(code.len());
    let returning = find(code, 0, &["RETURNING"]).unwrap_or(code.len());
    for (at, parameter) in code.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Parameter) {
        let is_inserted = inserted.iter().any(|(name, _)| *name == parameter.text);
        if !(is_inserted && (update..returning).contains(&at)) {
            let reason = format!("`{}` stands outside VALUES, where no row of the batch is", parameter.text);
            let help = "in DO UPDATE, use a parameter that is the value of a column in VALUES, or EXCLUDED.column";
            return Err(Refusal::new(parameter.offset, reason, help));
        }
    }
    Ok(joined_text(code, |token| {
        let column = inserted.iter().find(|(name, _)| token.kind == TokenKind::Parameter && *name == token.text);
        column.map_or_else(|| token.text.to_owned(), |(_, column)| format!("EXCLUDED.{column}"))
    }))
}

/// `UPDATE … SET … WHERE …` becomes `UPDATE … SET … FROM UNNEST(…) WHERE …`, and DELETE so with USING.
fn joined(code: &[&Token<'_>], rows: &Rows<'_>, before: &str, join: &str) -> Result<String, Refusal> {
    let start = find(code, 1, &[before]).map_or(1, |at| at + 1);
    let Some(condition) = find(code, start, &["WHERE"]) else {
        return Err(Refusal::new(0, "it has no WHERE", "say which row each row of the batch is for"));
    };
    let other = find(&code[..condition], start, &[join]);
    let tables = other.map_or(String::new(), |at| format!(" CROSS JOIN {}", text_of_row(&code[at + 1..condition])));
    Ok(format!(
        "{} {join} {}{tables} {}",
        text_of_row(&code[..other.unwrap_or(condition)]),
        rows.unnest(false),
        text_of_row(&code[condition..])
    ))
}

struct Rows<'q> {
    query: &'q Query,
    types: &'q [Type],
}

impl Rows<'_> {
    /// The arrays as rows.
    fn unnest(&self, in_order: bool) -> String {
        let parameters = self.query.flat.parameters.iter();
        let arrays: Vec<String> = parameters
            .clone()
            .zip(self.types)
            .map(|(name, ty)| format!(":{}::{}[]", name.text, sql_name(ty)))
            .collect();
        // In FROM, UNNEST makes a column of each field of a composite type; in a SELECT list it does not.
        if self.types.iter().any(is_composite) {
            let mut columns: Vec<String> = parameters
                .zip(&arrays)
                .map(|(name, array)| format!("UNNEST({array}) AS {}", column(&name.text)))
                .collect();
            columns.extend(in_order.then(|| format!("GENERATE_SUBSCRIPTS({}, 1) AS {POSITION}", arrays[0])));
            return format!("(SELECT {}) AS {ROWS}", columns.join(", "));
        }
        let mut columns: Vec<String> = parameters.map(|name| column(&name.text)).collect();
        if in_order {
            columns.push(POSITION.to_owned());
        }
        let ordinality = if in_order { " WITH ORDINALITY" } else { "" };
        format!("UNNEST({}){ordinality} AS {ROWS} ({})", arrays.join(", "), columns.join(", "))
    }
}

/// Tokens with the row's columns in the place of parameters.
fn text_of_row(code: &[&Token<'_>]) -> String {
    joined_text(code, |token| match token.kind {
        TokenKind::Parameter => format!("{ROWS}.{}", column(&token.text[1..])),
        _ => token.text.to_owned(),
    })
}

fn column(parameter: &str) -> String {
    format!("{PREFIX}{parameter}")
}

fn text(code: &[&Token<'_>]) -> String {
    joined_text(code, |token| token.text.to_owned())
}

fn joined_text(code: &[&Token<'_>], written: impl Fn(&Token<'_>) -> String) -> String {
    let mut text = String::new();
    let mut end = None;
    for token in code {
        if end.is_some_and(|end| end != token.offset) {
            text.push(' ');
        }
        text.push_str(&written(token));
        end = Some(token.end());
    }
    text
}

/// A type as a cast writes it. `bit` without quotes would be `bit(1)`, and `char` would be `bpchar`.
fn sql_name(ty: &Type) -> String {
    let name = match ty.name() {
        name @ ("char" | "bit") => format!("\"{name}\""),
        name => quote_identifier(name),
    };
    match ty.schema() {
        "pg_catalog" | "public" => name,
        schema => format!("{}.{name}", quote_identifier(schema)),
    }
}
