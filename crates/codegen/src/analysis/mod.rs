//! What PostgreSQL makes of each query: its analysed tree.
//!
//! A query becomes the body of a temporary function, which PostgreSQL 14 and later keep as a tree (`BEGIN ATOMIC`,
//! `pg_proc.prosqlbody`). Nothing is executed.

mod node;

use std::collections::BTreeMap;

use barqnet_db_client::error_text::in_full;
use tokio_postgres::{Client, types::Oid};

pub(crate) use self::node::{Node, Tree};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    query_check::Prepared,
};

/// A query and what PostgreSQL makes of it.
pub(crate) struct Analysed<'p, 'm> {
    pub(crate) prepared: &'p Prepared<'m>,
    /// The `QUERY` tree. A statement such as REINDEX or VACUUM has none.
    pub(crate) tree: Option<Tree>,
}

/// The trees of all queries.
pub(crate) async fn analyse<'p, 'm>(
    prepared: &'p [Prepared<'m>],
    client: &Client,
) -> Result<Vec<Analysed<'p, 'm>>, Diagnostics> {
    let bodies = bodies(prepared, client)
        .await
        .map_err(|error| Diagnostic::new("queries", format!("cannot analyse the queries: {}", in_full(&error))))?;
    let analysed = prepared.iter().zip(bodies).map(|(prepared, body)| Analysed {
        prepared,
        tree: body.as_deref().and_then(Node::parse).and_then(|body| statement(&body).cloned()),
    });
    Ok(analysed.collect())
}

/// The body is a list of a list of statements.
fn statement(body: &Node) -> Option<&Tree> {
    body.list().first()?.trees().next()
}

/// The text of each query's tree.
async fn bodies(prepared: &[Prepared<'_>], client: &Client) -> Result<Vec<Option<String>>, tokio_postgres::Error> {
    let types = type_names(prepared, client).await?;
    let functions: Vec<String> = prepared
        .iter()
        .enumerate()
        .map(|(number, Prepared { query, statement, .. })| {
            let parameters: Vec<_> = statement.params().iter().map(|it| types[&it.oid()].as_str()).collect();
            format!(
                "CREATE FUNCTION pg_temp.query_{number}({}) RETURNS VOID LANGUAGE sql BEGIN ATOMIC {}; END;\n",
                parameters.join(", "),
                query.flat.numbered
            )
        })
        .collect();
    client.batch_execute("BEGIN").await?;
    let created = match client.batch_execute(&functions.concat()).await {
        Ok(()) => Ok(()),
        Err(_) => each(&functions, client).await,
    };
    let bodies = match created {
        Ok(()) => read(prepared.len(), client).await,
        Err(error) => Err(error),
    };
    client.batch_execute("ROLLBACK").await?;
    bodies
}

/// Creates those functions that can be created: a body can be no REINDEX.
async fn each(functions: &[String], client: &Client) -> Result<(), tokio_postgres::Error> {
    client.batch_execute("ROLLBACK; BEGIN").await?;
    for function in functions {
        client.batch_execute("SAVEPOINT before").await?;
        let end = match client.batch_execute(function).await {
            Ok(()) => "RELEASE before",
            Err(_) => "ROLLBACK TO before",
        };
        client.batch_execute(end).await?;
    }
    Ok(())
}

async fn read(count: usize, client: &Client) -> Result<Vec<Option<String>>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT SUBSTR(proname, 7)::INTEGER, prosqlbody::TEXT
             FROM pg_proc
             WHERE pronamespace = pg_my_temp_schema() AND proname LIKE 'query\\_%'",
            &[],
        )
        .await?;
    let mut bodies = vec![None; count];
    for row in &rows {
        let number: i32 = row.get(0);
        if let Some(body) = usize::try_from(number).ok().and_then(|number| bodies.get_mut(number)) {
            *body = row.get(1);
        }
    }
    Ok(bodies)
}

async fn type_names(
    prepared: &[Prepared<'_>],
    client: &Client,
) -> Result<BTreeMap<Oid, String>, tokio_postgres::Error> {
    let oids: Vec<Oid> = prepared.iter().flat_map(|it| it.statement.params()).map(|it| it.oid()).collect();
    let rows = client.query("SELECT oid, FORMAT_TYPE(oid, NULL) FROM pg_type WHERE oid = ANY ($1)", &[&oids]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
