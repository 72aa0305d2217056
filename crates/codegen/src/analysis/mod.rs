//! What PostgreSQL makes of each query: its analysed tree.
//!
//! A query becomes the body of a temporary function, which PostgreSQL 14 and later keep as a tree (`BEGIN ATOMIC`,
//! `pg_proc.prosqlbody`). Nothing is executed.

mod catalogue;
mod node;
mod nullability;
mod parameters;
mod question_marks;
mod records;

use std::{collections::BTreeMap, slice, thread};

use barqnet_db_client::error_text::in_full;
use futures::future::join_all;
use tokio_postgres::{
    Client, SimpleQueryMessage,
    types::{Oid, Type},
};

use self::{
    catalogue::Catalogue,
    nullability::{Analysis, Nullability},
};
pub(crate) use self::{
    node::{Node, Tree},
    nullability::ColumnNullability,
    question_marks::{Annotations, can_be_null, check, parameter_options},
    records::fields,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    query_check::Prepared,
};

/// A query and what PostgreSQL makes of it.
pub(crate) struct Analysed<'p, 'm> {
    pub(crate) prepared: &'p Prepared<'m>,
    /// The `QUERY` tree. A statement such as REINDEX or VACUUM has none.
    pub(crate) tree: Option<Tree>,
    /// Which columns of the result can be NULL, and why; in their order.
    pub(crate) columns: Vec<ColumnNullability>,
    /// Parameters that are written to columns with NOT NULL and used for nothing else: `table.column`, by parameter.
    pub(crate) written_not_null: Vec<Option<String>>,
}

/// The trees of all queries, and what follows from them.
pub(crate) async fn analyse<'p, 'm>(
    prepared: &'p [Prepared<'m>],
    client: &Client,
) -> Result<Vec<Analysed<'p, 'm>>, Diagnostics> {
    let failed = |error: &tokio_postgres::Error| {
        Diagnostic::new("queries", format!("cannot analyse the queries: {}", in_full(error)))
    };
    let trees = trees(prepared, client).await.map_err(|error| failed(&error))?;
    let all: Vec<&Tree> = trees.iter().flatten().collect();
    let catalogue = Catalogue::load(&all, client).await.map_err(|error| failed(&error))?;
    let derived = with_deep_stack(|| derive(prepared, &trees, &catalogue))?;
    let analysed = prepared
        .iter()
        .zip(trees)
        .zip(derived)
        .map(|((prepared, tree), (columns, written_not_null))| Analysed { prepared, tree, columns, written_not_null });
    Ok(analysed.collect())
}

/// The stack that nested expressions need, as deep as trees may be.
const STACK: usize = 256 * 1024 * 1024;

/// Runs `work` on a thread of its own. Its stack is reserved, and takes memory only as far as it is used.
pub(crate) fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Diagnostics> {
    let failed = |error: &str| Diagnostic::new("the build step", format!("cannot analyse the queries: {error}"));
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| failed(&error.to_string()))?;
        worker.join().map_err(|_| failed("the analysis panicked").into())
    })
}

type Derived = (Vec<ColumnNullability>, Vec<Option<String>>);

fn derive(prepared: &[Prepared<'_>], trees: &[Option<Tree>], catalogue: &Catalogue) -> Vec<Derived> {
    let analysis = Analysis::new(catalogue);
    let derived = prepared.iter().zip(trees).map(|(prepared, tree)| {
        let columns = columns(prepared, tree.as_ref(), &analysis);
        let written = tree.as_ref().map(|tree| parameters::written_not_null(tree, catalogue)).unwrap_or_default();
        (columns, written)
    });
    derived.collect()
}

/// The nullability of a query's columns.
fn columns<'t>(prepared: &Prepared<'_>, tree: Option<&'t Tree>, analysis: &Analysis<'t>) -> Vec<ColumnNullability> {
    let columns = prepared.statement.columns();
    let parameters: Vec<Nullability> =
        prepared.query.flat.parameters.iter().map(|it| parameter(prepared, &it.text)).collect();
    let found = tree.map(|tree| analysis.columns(tree, &parameters)).filter(|found| found.len() == columns.len());
    let unknown = || vec![Nullability::nullable("nothing is known of a statement of this kind"); columns.len()];
    let found = found.unwrap_or_else(unknown);
    let column = |(column, value): (&tokio_postgres::Column, Nullability)| {
        // The driver says of an array of rows only that it is a pseudo-type.
        let is_array = matches!(column.type_().kind(), tokio_postgres::types::Kind::Array(_))
            || *column.type_() == Type::RECORD_ARRAY;
        let rows = if is_array { value.elements.as_deref() } else { Some(&value) };
        let may_hold_null = |field: &Nullability| field.elements.as_ref().is_none_or(|it| it.nullable);
        let fields =
            rows.map_or_else(Vec::new, |rows| rows.fields.iter().map(|it| (it.nullable, may_hold_null(it))).collect());
        ColumnNullability {
            name: column.name().to_owned(),
            fields,
            elements_nullable: is_array && value.elements.as_ref().is_none_or(|it| it.nullable),
            nullable: value.nullable,
            reason: value.reason,
        }
    };
    columns.iter().zip(found).map(column).collect()
}

/// A parameter can be NULL only if its annotation says so.
fn parameter(prepared: &Prepared<'_>, name: &str) -> Nullability {
    let (nullable, elements_nullable) = parameter_options(prepared.module, prepared.query, name);
    let value = |nullable| {
        if nullable {
            Nullability::nullable(format!("the parameter `{name}` can be NULL"))
        } else {
            Nullability::never(format!("the parameter `{name}` is never NULL"))
        }
    };
    value(nullable).with_elements(value(elements_nullable))
}

/// How many queries the server analyses at once: while it does, the trees of those before are read here.
const BATCH: usize = 32;

/// The tree of each query.
async fn trees(prepared: &[Prepared<'_>], client: &Client) -> Result<Vec<Option<Tree>>, tokio_postgres::Error> {
    let types = type_names(prepared.iter().flat_map(|it| it.statement.params()), client).await?;
    let function = |(number, Prepared { query, statement, .. }): (usize, &Prepared<'_>)| {
        let parameters: Vec<_> = statement.params().iter().map(|it| types[&it.oid()].as_str()).collect();
        format!(
            "CREATE FUNCTION pg_temp.query_{number}({}) RETURNS VOID LANGUAGE sql BEGIN ATOMIC {}; END;\n",
            parameters.join(", "),
            query.flat.numbered
        )
    };
    let functions: Vec<String> = prepared.iter().enumerate().map(function).collect();
    client.batch_execute("BEGIN; SAVEPOINT before").await?;
    let mut trees = vec![None; prepared.len()];
    let found = analysed(functions.chunks(BATCH), &mut trees, client).await;
    // A body can be no REINDEX: those of its batch are analysed one by one.
    let found = match found {
        Ok(refused) if !refused.is_empty() => {
            let again = refused.into_iter().filter_map(|batch| functions.chunks(BATCH).nth(batch)).flatten();
            analysed(again.map(slice::from_ref), &mut trees, client).await
        }
        found => found,
    };
    client.batch_execute("ROLLBACK").await?;
    found.map(|_| trees)
}

/// Creates the functions and reads their bodies. Returns which batches the server refused. The driver pipelines: all batches
/// are sent before the first answer is read.
async fn analysed(
    batches: impl Iterator<Item = &[String]>,
    trees: &mut [Option<Tree>],
    client: &Client,
) -> Result<Vec<usize>, tokio_postgres::Error> {
    let answers = batches.enumerate().map(async |(number, functions)| {
        let sql = format!(
            "ROLLBACK TO before;
             {}
             SELECT SUBSTR(proname, 7), prosqlbody FROM pg_proc WHERE pronamespace = pg_my_temp_schema()",
            functions.concat()
        );
        match client.simple_query(&sql).await {
            Ok(messages) => Ok(messages.iter().filter_map(tree).collect()),
            Err(error) if error.as_db_error().is_some() => Err(Ok(number)),
            Err(error) => Err(Err(error)),
        }
    });
    let mut refused = Vec::new();
    for answer in join_all(answers).await {
        match answer {
            Ok::<Vec<(usize, Tree)>, _>(found) => {
                for (number, tree) in found {
                    trees[number] = Some(tree);
                }
            }
            Err(Ok(batch)) => refused.push(batch),
            Err(Err(error)) => return Err(error),
        }
    }
    Ok(refused)
}

/// The number of a query and its tree: a body is a list of a list of statements.
fn tree(message: &SimpleQueryMessage) -> Option<(usize, Tree)> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let Node::List(body) = Node::parse(row.get(1)?)? else { return None };
    let Node::List(statements) = body.into_iter().next()? else { return None };
    let tree = statements.into_iter().find_map(|node| match node {
        Node::Tree(tree) => Some(tree),
        _ => None,
    });
    row.get(0)?.parse().ok().zip(tree)
}

/// The names of types, by their ids.
pub(crate) async fn type_names(
    types: impl Iterator<Item = &Type>,
    client: &Client,
) -> Result<BTreeMap<Oid, String>, tokio_postgres::Error> {
    let oids: Vec<Oid> = types.map(Type::oid).collect();
    let rows = client.query("SELECT oid, FORMAT_TYPE(oid, NULL) FROM pg_type WHERE oid = ANY ($1)", &[&oids]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
