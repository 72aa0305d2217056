//! The copy of the query files that cornucopia reads.

use std::{fs, io, ops::Range, path::Path};

use barqnet_db_sql::{Kind, tokens};

use crate::{
    analysis::Annotations,
    queries::{Module, Query},
};

/// cornucopia has no tokenizer for comments and strings: it gets statements without either's traps, on as many lines
/// as the original has, and with the query's name in front, for the server's log and its statistics. Its annotations
/// say of each column whether it can be NULL, as the SQL does.
pub(crate) fn write(modules: &[Module], annotations: &Annotations, folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    for module in modules {
        let text = without(&module.hidden, &module.text);
        let mut copy = String::new();
        let mut copied = 0;
        for query in &module.queries {
            let Query { name, annotation, sql, flat, .. } = query;
            copy_comments(module, &text[copied..annotation.start], annotations, &mut copy);
            copy.push_str(&annotation_of(module, query, annotations));
            copy.push_str(&text[annotation.end..sql.start]);
            copy.push_str(&format!("/* {}.{} */ {}", module.name, name.text, flat.named));
            copy.push_str(&"\n".repeat(module.text[sql.clone()].matches('\n').count()));
            copied = sql.end;
        }
        copy_comments(module, &text[copied..], annotations, &mut copy);
        copy.push('\n');
        fs::write(folder.join(format!("{}.sql", module.name)), copy)?;
    }
    Ok(())
}

/// The text with spaces instead of the `hidden` parts.
fn without(hidden: &[Range<usize>], text: &str) -> String {
    let mut kept = text.to_owned();
    for part in hidden {
        let blank: String = text[part.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
        kept.replace_range(part.clone(), &blank);
    }
    kept
}

/// Copies what stands between two queries; row types get their columns.
fn copy_comments(module: &Module, text: &str, annotations: &Annotations, copy: &mut String) {
    for line in text.split_inclusive('\n') {
        match declared_row_type(line) {
            Some(name) => copy.push_str(&format!("--: {name}{}\n", annotations.columns(module, name))),
            None => copy.push_str(line),
        }
    }
}

/// The row type that a `--:` line declares.
fn declared_row_type(line: &str) -> Option<&str> {
    let names = tokens(line.strip_prefix("--:")?);
    names.into_iter().find(|token| token.kind == Kind::Word).map(|name| name.text)
}

fn annotation_of(module: &Module, query: &Query, annotations: &Annotations) -> String {
    let name = &query.name.text;
    let parameters: Vec<String> = query
        .nullable_parameters
        .iter()
        .map(|parameter| {
            let marks = module.text[parameter.offset + parameter.text.len()..].chars();
            let marks: String = marks.take_while(|c| " ?[]".contains(*c)).filter(|c| *c != ' ').collect();
            format!("{}{marks}", parameter.text)
        })
        .collect();
    let parameters = if parameters.is_empty() { String::new() } else { format!(" ({})", parameters.join(", ")) };
    match &query.row_type {
        Some(row_type) if module.text.lines().any(|line| declared_row_type(line) == Some(&row_type.text)) => {
            format!("--! {name}{parameters} : {}", row_type.text)
        }
        Some(row_type) => {
            format!("--! {name}{parameters} : {}{}", row_type.text, annotations.columns(module, &row_type.text))
        }
        None => match annotations.columns(module, name).as_str() {
            "()" => format!("--! {name}{parameters}"),
            columns => format!("--! {name}{parameters} : {columns}"),
        },
    }
}
