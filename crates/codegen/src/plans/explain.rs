//! Asks PostgreSQL for the generic plan of every statement, with what needs no index made as expensive as possible.
//!
//! On empty tables every index is as good as any other. The tables therefore look filled while the plans are made: each
//! gets one page without rows, and the number of rows in `pg_class` that its kind of table has. All of it is rolled back.
//! Only a superuser may do so; for another role the choice among several indexes says nothing.

use futures::future::join_all;
use tokio_postgres::{
    Client, SimpleQueryMessage,
    error::{DbError, SqlState},
};

use super::plan::Plan;
use crate::analysis::Analysed;

/// What is set for the plans; without hash and merge joins each table is reached by its own condition. A setting that the
/// server does not have is left out.
const SETTINGS: [(&str, &str); 11] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_memoize", "off"),
    ("enable_incremental_sort", "off"),
    ("enable_group_by_reordering", "off"),
    ("enable_presorted_aggregate", "off"),
    ("enable_self_join_elimination", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("jit", "off"),
];

const SET: &str = "
SELECT SET_CONFIG(s.name, wanted.value, TRUE)
FROM UNNEST($1::TEXT[], $2::TEXT[]) AS wanted (name, value)
JOIN pg_settings s ON s.name = wanted.name";

const TABLES: &str = "
SELECT FORMAT('INSERT INTO %I.%I DEFAULT VALUES;', n.nspname, c.relname)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm') AND c.relpersistence <> 't'";

/// Without columns, constraints, indexes and triggers, a row of nothing can be inserted anywhere.
const UNGUARD: &str = "
SAVEPOINT filled;
UPDATE pg_attribute
SET attisdropped = TRUE, attnotnull = FALSE, atthasdef = FALSE, attgenerated = '', attidentity = ''
WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'm'));
UPDATE pg_class
SET relkind = 'r', relchecks = 0, relhastriggers = FALSE, relhasindex = FALSE, relhasrules = FALSE, relispartition = FALSE
WHERE oid >= 16384 AND relkind IN ('r', 'm');";

/// What is rolled back leaves its page.
const COUNT: &str = "
UPDATE pg_class c
SET reltuples = CASE WHEN c.relname = ANY ($1) OR n.nspname || '.' || c.relname = ANY ($1) OR EXISTS (
        SELECT 1
        FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent
        WHERE i.inhrelid = c.oid AND p.relname = ANY ($1)
    ) THEN 1000000 ELSE 1000 END,
    relpages = GREATEST(PG_RELATION_SIZE(c.oid) / CURRENT_SETTING('block_size')::INTEGER, 1)
FROM pg_namespace n
WHERE n.oid = c.relnamespace AND c.oid >= 16384 AND c.relkind IN ('r', 'm')";

/// The plans of those statements that can have one, in the order of the statements.
pub(super) struct Plans {
    /// With sorts where PostgreSQL likes them.
    pub(super) usual: Vec<Option<Plan>>,
    /// With sorts as expensive as a sequential scan, of those that sort a page.
    pub(super) unsorted: Vec<Option<Plan>>,
    /// Which of several indexes PostgreSQL uses is known.
    pub(super) are_exact: bool,
    /// Why PostgreSQL makes no plan of a statement that it prepared.
    pub(super) failures: Vec<Option<DbError>>,
}

/// A plan, or why there is none.
type Planned = Result<Option<Plan>, Box<DbError>>;

/// `large` are the names of large tables.
pub(super) async fn explain(
    statements: &[Analysed<'_, '_>],
    large: &[&str],
    client: &Client,
) -> Result<Plans, tokio_postgres::Error> {
    client.batch_execute("BEGIN").await?;
    let plans = explain_in_transaction(statements, large, client).await;
    client.batch_execute("ROLLBACK").await?;
    plans
}

async fn explain_in_transaction(
    statements: &[Analysed<'_, '_>],
    large: &[&str],
    client: &Client,
) -> Result<Plans, tokio_postgres::Error> {
    let inserts: Vec<String> = client.query(TABLES, &[]).await?.iter().map(|row| row.get(0)).collect();
    client.batch_execute("SAVEPOINT before").await?;
    let filled = client.batch_execute(&format!("{UNGUARD}{} ROLLBACK TO filled;", inserts.concat())).await;
    let are_exact = filled.is_ok() && client.execute(COUNT, &[&large]).await.is_ok();
    if !are_exact {
        client.batch_execute("ROLLBACK TO before").await?;
    }
    let (names, values): (Vec<&str>, Vec<&str>) = SETTINGS.into_iter().unzip();
    client.execute(SET, &[&names, &values]).await?;
    client.batch_execute("SAVEPOINT statement").await?;
    let planned = plans(statements.iter().map(Some), "usual", client).await;
    let failures = planned.iter().map(|plan| plan.as_ref().err().map(|error| DbError::clone(error))).collect();
    let usual: Vec<Option<Plan>> = planned.into_iter().map(Result::unwrap_or_default).collect();
    client.batch_execute("ROLLBACK TO statement; SET LOCAL enable_sort = off; SAVEPOINT statement").await?;
    let sorting = statements.iter().zip(&usual).map(|(statement, plan)| {
        let sorts_page = plan.as_ref().is_some_and(|plan| !plan.page_sorts.is_empty());
        sorts_page.then_some(statement)
    });
    let unsorted = plans(sorting, "unsorted", client).await.into_iter().map(Result::unwrap_or_default).collect();
    Ok(Plans { usual, unsorted, are_exact, failures })
}

/// The driver pipelines: all statements are sent before the first answer is read.
async fn plans<'s, 'p: 's, 'm: 'p>(
    statements: impl Iterator<Item = Option<&'s Analysed<'p, 'm>>>,
    kind: &str,
    client: &Client,
) -> Vec<Planned> {
    join_all(statements.enumerate().map(async |(number, analysed)| {
        let Some(analysed) = analysed.filter(|analysed| analysed.tree.is_some()) else { return Ok(None) };
        let prepared = analysed.prepared;
        // The values do not matter for a generic plan.
        let arguments = vec!["NULL"; prepared.statement.params().len()].join(", ");
        let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
        let name = format!("barqnet_{kind}_{number}");
        let sql = format!(
            "ROLLBACK TO statement;
             PREPARE {name} AS {};
             EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) EXECUTE {name}{arguments};
             DEALLOCATE {name}",
            prepared.query.flat.numbered
        );
        let messages = match client.simple_query(&sql).await {
            Ok(messages) => messages,
            // What the role may not read, the program's may.
            Err(error) => {
                let error = error.as_db_error().filter(|error| *error.code() != SqlState::INSUFFICIENT_PRIVILEGE);
                return error.cloned().map_or(Ok(None), |error| Err(Box::new(error)));
            }
        };
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(Plan::parse(&rows.collect::<String>()))
    }))
    .await
}
