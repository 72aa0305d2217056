//! What is known of each statement.
//!
//! It takes from other phases: types from the prepared statement, nullability and accesses from the
//! analysed tree, plans from the server.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_sql::Place;
use tokio_postgres::{Client, Column, Error, types::Type};

use super::plan::{self, Plans};
use crate::{
    access::{Access, Catalogue, DirectAccesses, derived_locks, direct_accesses, direct_calls},
    analysis::{self, Analysed},
    query_check::Prepared,
    schema::{Table, short_type},
};

/// A statement of a query file.
#[derive(Debug)]
pub(crate) struct StatementFacts {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// `SELECT`, `INSERT`, or the first word of what is none of these.
    pub(crate) kind: String,
    pub(crate) documentation: String,
    pub(crate) sql: String,
    pub(crate) row_type: Option<String>,
    pub(crate) parameters: Vec<ColumnFact>,
    pub(crate) columns: Vec<ColumnFact>,
    pub(crate) accesses: DirectAccesses,
    /// The functions that it calls, by number.
    pub(crate) calls: BTreeSet<u32>,
    pub(crate) plans: Plans,
    /// Why a replica can't run it.
    pub(crate) needs_primary: Option<String>,
    /// Whose rows it locks.
    pub(crate) locks: String,
    /// The functions that it calls whose accesses are not known.
    pub(crate) opaque_functions: Vec<String>,
    /// The tables that it reads or writes, also through views and functions.
    pub(crate) tables: Vec<String>,
}

/// A result column or a parameter.
#[derive(Debug)]
pub(crate) struct ColumnFact {
    pub(crate) name: String,
    pub(crate) type_name: String,
    pub(crate) is_nullable: bool,
    /// Why it can be NULL, or can't.
    pub(crate) reason: String,
}

impl StatementFacts {
    /// `users.create`
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// The places of the statements that could use an index which no plan uses.
pub(crate) type Alternatives = BTreeMap<String, Vec<usize>>;

/// The facts of all statements, in the order of the files.
pub(crate) async fn statements(
    analysed: &[Analysed<'_, '_>],
    prepared: &[Prepared<'_>],
    tables: &[Table],
    client: &Client,
) -> Result<(Vec<StatementFacts>, Alternatives), Error> {
    let mut plans = plan::plans(prepared, client).await?;
    let alternatives = plan::alternatives(prepared, &mut plans, tables, client).await?;
    let types = type_names(prepared, client).await?;
    let catalogue = Catalogue::read(client).await?;
    let found = analysed.iter().zip(plans).map(|(analysed, plans)| {
        let Analysed { prepared: Prepared { module, query, statement }, tree, columns, written_not_null } = analysed;
        let of_parameters = query.flat.parameters.iter().zip(statement.params()).enumerate();
        let parameters = of_parameters.map(|(at, (name, type_))| {
            let is_optional = query.choices.as_ref().is_some_and(|it| it.filters.contains(&name.text));
            let is_nullable =
                is_optional || query.nullable_parameters.iter().any(|nullable| nullable.text == name.text);
            let target = written_not_null.get(at).cloned().flatten();
            ColumnFact {
                name: name.text.clone(),
                type_name: type_name(type_, &types),
                is_nullable,
                reason: match target {
                    _ if is_optional => "its condition is left out without it".to_owned(),
                    _ if is_nullable => "`?` in the annotation".to_owned(),
                    Some(target) => format!("written to {target}, which is NOT NULL"),
                    None => "no `?` in the annotation".to_owned(),
                },
            }
        });
        let columns = columns.iter().zip(statement.columns()).map(|(column, of_statement)| {
            let is_asserted = column.nullable && query.non_null_columns.iter().any(|name| name.text == column.name);
            ColumnFact {
                name: column.name.clone(),
                type_name: type_name(of_statement.type_(), &types),
                is_nullable: column.nullable && !is_asserted,
                reason: if is_asserted {
                    format!("`!` in the annotation, although {}", column.reason)
                } else {
                    column.reason.clone()
                },
            }
        });
        let sql = &module.text[query.sql.clone()];
        let access = Access::of(tree.as_ref(), &catalogue);
        StatementFacts {
            module: module.name.clone(),
            name: query.name.text.clone(),
            file: module.path.clone(),
            line: Place::new(&module.text, query.name.offset).line,
            kind: kind(sql, tree.as_ref().map(|tree| tree.number("commandType"))),
            documentation: documentation(&module.text[query.name.offset..query.sql.start]),
            sql: sql.trim_end().to_owned(),
            row_type: query.row_type.as_ref().map(|name| name.text.clone()),
            parameters: parameters.collect(),
            columns: columns.collect(),
            accesses: tree.as_ref().map(direct_accesses).unwrap_or_default(),
            calls: tree.as_ref().map(direct_calls).unwrap_or_default(),
            plans,
            locks: derived_locks(&access),
            opaque_functions: access.opaque_functions.iter().cloned().collect(),
            needs_primary: access.needs_primary(),
            tables: access.tables.into_iter().filter(|(_, it)| !it.by_foreign_key).map(|(name, _)| name).collect(),
        }
    });
    Ok(without_variants(analysed, found.collect(), alternatives))
}

/// Counts what the variants of a query use as used by the query.
fn without_variants(
    analysed: &[Analysed<'_, '_>],
    all: Vec<StatementFacts>,
    alternatives: Alternatives,
) -> (Vec<StatementFacts>, Alternatives) {
    let mut kept: Vec<StatementFacts> = Vec::new();
    let mut places = Vec::new();
    for (it, facts) in analysed.iter().zip(all) {
        let is_derived = it.prepared.query.is_derived();
        let query = kept.iter().position(|query| is_derived && query.path() == facts.path());
        places.push(query.unwrap_or(kept.len()));
        match query {
            Some(query) => kept[query].plans.indexes.extend(facts.plans.indexes),
            None => kept.push(facts),
        }
    }
    let renumbered = alternatives.into_iter().map(|(index, numbers)| {
        let mut numbers: Vec<usize> = numbers.into_iter().map(|number| places[number]).collect();
        numbers.dedup();
        (index, numbers)
    });
    (kept, renumbered.collect())
}

fn kind(sql: &str, command: Option<i64>) -> String {
    match command {
        Some(1) => "SELECT".to_owned(),
        Some(2) => "UPDATE".to_owned(),
        Some(3) => "INSERT".to_owned(),
        Some(4) => "DELETE".to_owned(),
        Some(5) => "MERGE".to_owned(),
        _ => sql.split_whitespace().next().unwrap_or_default().to_uppercase(),
    }
}

/// The `---` lines between a query's annotation and its SQL.
fn documentation(between: &str) -> String {
    let lines = between.lines().filter_map(|line| line.strip_prefix("---"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect::<Vec<_>>().join("\n")
}

fn type_name(type_: &Type, names: &BTreeMap<u32, String>) -> String {
    names.get(&type_.oid()).cloned().unwrap_or_else(|| type_.name().to_owned())
}

async fn type_names(prepared: &[Prepared<'_>], client: &Client) -> Result<BTreeMap<u32, String>, Error> {
    let parameters = prepared.iter().flat_map(|it| it.statement.params());
    let columns = prepared.iter().flat_map(|it| it.statement.columns()).map(Column::type_);
    let names = analysis::type_names(parameters.chain(columns), client).await?;
    Ok(names.into_iter().map(|(oid, name)| (oid, short_type(&name))).collect())
}
