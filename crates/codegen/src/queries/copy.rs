//! COPY forms of statements: an INSERT as COPY … FROM STDIN, a SELECT as COPY … TO STDOUT.

use barqnet_db_sql::{Kind, Token, tokens};

use super::{Mark, Module, Query, batch::Refusal};
use crate::diagnostic::Diagnostic;

/// An INSERT as COPY.
pub(crate) struct CopyIn {
    /// Without the name in front.
    pub(crate) sql: String,
    /// The parameters, in the order of the columns.
    pub(crate) parameters: Vec<String>,
    pub(crate) columns: Vec<String>,
}

/// The COPY that a query marked `copy_in` stands for; `None` without the mark.
pub(crate) fn copy_in(module: &Module, query: &Query) -> Result<Option<CopyIn>, Box<Diagnostic>> {
    if !query.marks.has(Mark::CopyIn) {
        return Ok(None);
    }
    let sql = &module.text[query.sql.clone()];
    let all = tokens(sql);
    let code: Vec<&Token<'_>> = all.iter().filter(|token| token.kind != Kind::Comment).collect();
    match from_insert(sql, &code) {
        Ok(found) => Ok(Some(found)),
        Err(refusal) => Err(refused(module, query, Mark::CopyIn, refusal)),
    }
}

/// Why a query that is marked `copy_out` can't be copied, if it can't.
pub(crate) fn refuse_copy_out(module: &Module, query: &Query, columns: usize) -> Option<Box<Diagnostic>> {
    if !query.marks.has(Mark::CopyOut) {
        return None;
    }
    let refusal = if let Some(parameter) = query.flat.parameters.first() {
        let help = "write the value into the SQL, or stream the rows with iter()";
        Refusal::new(parameter.offset - query.sql.start, "COPY takes no parameters", help)
    } else if columns == 0 {
        Refusal::new(0, "it returns no rows", "mark a SELECT, or write RETURNING")
    } else {
        return None;
    };
    Some(refused(module, query, Mark::CopyOut, refusal))
}

fn refused(module: &Module, query: &Query, mark: Mark, Refusal { offset, reason, help }: Refusal) -> Box<Diagnostic> {
    let direction = if mark == Mark::CopyIn { "copied into" } else { "copied out" };
    let message = format!("`{}` can't be {direction}: {reason}", query.name.text);
    let diagnostic = Diagnostic::error("copy", &module.path, message);
    Box::new(diagnostic.at(&module.text, query.sql.start + offset).help(help))
}

/// `INSERT INTO table (columns) VALUES (:parameters)` as COPY.
fn from_insert(sql: &str, code: &[&Token<'_>]) -> Result<CopyIn, Refusal> {
    let form = "write INSERT INTO table (columns) VALUES (:parameters), and nothing else";
    let is_insert = code.len() > 2 && code[0].is("INSERT") && code[1].is("INTO");
    let open = code.iter().position(|token| token.is("("));
    let Some(open) = open.filter(|_| is_insert) else {
        return Err(Refusal::new(0, "it is no INSERT with a list of columns", form));
    };
    let close = open + code[open..].iter().position(|token| token.is(")")).unwrap_or(0);
    let other = |from: usize| code.get(from).copied();
    let [Some(values), Some(bracket)] = [other(close + 1), other(close + 2)] else {
        return Err(Refusal::new(0, "it inserts no VALUES", form));
    };
    if !values.is("VALUES") || !bracket.is("(") {
        return Err(Refusal::new(values.offset, format!("`{}` has no form in COPY", values.text), form));
    }
    let mut parameters: Vec<String> = Vec::new();
    let mut at = close + 3;
    loop {
        let (value, after) = (other(at), other(at + 1));
        let (Some(value), Some(after)) = (value, after) else { break };
        let is_alone = after.is(",") || after.is(")");
        if value.kind != Kind::Parameter || !is_alone {
            let help = "leave the column out, so that it gets its default, or make the value a parameter";
            return Err(Refusal::new(value.offset, "COPY writes values as they are, and this is an expression", help));
        }
        let name = value.text[1..].to_owned();
        if parameters.contains(&name) {
            let reason = format!("`:{name}` is the value of two columns");
            return Err(Refusal::new(value.offset, reason, "use two parameters"));
        }
        parameters.push(name);
        at += 2;
        if after.is(")") {
            break;
        }
    }
    if let Some(rest) = other(at) {
        let reason = format!("`{}` has no form in COPY", rest.text.to_ascii_uppercase());
        return Err(Refusal::new(rest.offset, reason, "use the mark `batch` for ON CONFLICT and RETURNING"));
    }
    let target = sql[code[2].offset..code[close].end()].split_whitespace().collect::<Vec<_>>().join(" ");
    let columns = code[open + 1..close].iter().filter_map(|token| token.identifier()).collect();
    Ok(CopyIn { columns, sql: format!("COPY {target} FROM STDIN (FORMAT binary)"), parameters })
}
