//! The generic plan of every statement: what PostgreSQL does whatever the parameters are.
//!
//! Tables of the scratch database are empty, and PostgreSQL reads an empty table from its beginning to its end. Sequential
//! scans and sorts are therefore discouraged, in several ways: the plan that is shown reads the fewest tables and indexes as a
//! whole, and of those the one with the fewest sorts.

use std::collections::{BTreeMap, BTreeSet};

use barqnet_db_sql::quote_identifier;
use futures::future::join_all;
use serde_json::Value;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::{
    query_check::Prepared,
    schema::{Index, Table},
};

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// `Index Scan using users_pkey on users`
    pub(crate) title: String,
    /// Conditions and keys: `Index Cond` and `(id = $1)`.
    pub(crate) details: Vec<(&'static str, String)>,
    /// Whether it reads a table or an index from its beginning to its end.
    reads_everything: bool,
    /// The indexes that this step uses.
    pub(crate) indexes: Vec<String>,
    /// The table that it reads or writes.
    relation: Option<String>,
    pub(crate) steps: Vec<Step>,
}

impl Step {
    /// Whether a step reads the index from its beginning to its end.
    fn reads_all_of(&self, index: &str) -> bool {
        let own = self.reads_everything && self.indexes.iter().any(|it| it == index);
        own || self.steps.iter().any(|step| step.reads_all_of(index))
    }

    fn touches(&self, table: &str) -> bool {
        self.relation.as_deref() == Some(table) || self.steps.iter().any(|step| step.touches(table))
    }

    /// How many scans read a whole table or index, and how many sorts there are.
    fn burden(&self) -> (usize, usize) {
        let own = (usize::from(self.reads_everything), usize::from(self.title.contains("Sort")));
        let inside = self.steps.iter().map(Self::burden);
        inside.fold(own, |sum, step| (sum.0 + step.0, sum.1 + step.1))
    }

    /// The indexes of this step and of those inside.
    pub(crate) fn all_indexes(&self) -> BTreeSet<String> {
        let inside = self.steps.iter().flat_map(Self::all_indexes);
        self.indexes.iter().cloned().chain(inside).collect()
    }
}

/// The plans of one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    /// What the report shows; a statement such as VACUUM has none.
    pub(crate) shown: Option<Step>,
    /// The indexes of all plans.
    pub(crate) indexes: BTreeSet<String>,
}

/// What is discouraged, in the plan that is shown and in others that may use other indexes.
const DISCOURAGED: [&[&str]; 4] = [
    &["seqscan", "sort"],
    &["seqscan"],
    &["seqscan", "sort", "bitmapscan"],
    &["seqscan", "sort", "hashjoin", "mergejoin"],
];

/// The details that are shown, in their order.
const DETAILS: [&str; 13] = [
    "Index Cond",
    "Recheck Cond",
    "Order By",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "TID Cond",
    "Filter",
    "One-Time Filter",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Conflict Filter",
];

/// The plans of all statements, in their order.
pub(crate) async fn plans(prepared: &[Prepared<'_>], client: &Client) -> Result<Vec<Plans>, Error> {
    let mut found = vec![Plans::default(); prepared.len()];
    for discouraged in DISCOURAGED {
        let settings: String = discouraged.iter().map(|it| format!("SET enable_{it} = off;")).collect();
        client.batch_execute(&format!("SET plan_cache_mode = force_generic_plan; {settings}")).await?;
        let steps = join_all(prepared.iter().enumerate().map(|(number, it)| explain(it, number, client))).await;
        for (plans, step) in found.iter_mut().zip(steps) {
            if let Some(step) = step {
                plans.indexes.extend(step.all_indexes());
                // The first of equally good ones.
                if plans.shown.as_ref().is_none_or(|shown| step.burden() < shown.burden()) {
                    plans.shown = Some(step);
                }
            }
        }
        let settings: String = discouraged.iter().map(|it| format!("RESET enable_{it};")).collect();
        client.batch_execute(&format!("RESET plan_cache_mode; {settings}")).await?;
    }
    Ok(found)
}

/// The statements that would use an index that no plan uses, if its table had no other index. Where that plan is better than the
/// one that is known, the index counts as used: on an empty table, PostgreSQL may prefer another index that is of less use.
pub(crate) async fn alternatives(
    prepared: &[Prepared<'_>],
    plans: &mut [Plans],
    tables: &[Table],
    client: &Client,
) -> Result<BTreeMap<String, Vec<usize>>, Error> {
    let used: BTreeSet<String> = plans.iter().flat_map(|plans| plans.indexes.iter().cloned()).collect();
    let mut found = BTreeMap::new();
    for table in tables {
        let unused =
            table.indexes.iter().filter(|it| it.constraint.is_none() && !it.is_unique && !used.contains(&it.name));
        for index in unused {
            let others: String =
                table.indexes.iter().filter(|it| it.name != index.name).map(|it| drop(table, it)).collect();
            client.batch_execute(&format!("BEGIN; SET LOCAL client_min_messages = error; {others}")).await?;
            client
                .batch_execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")
                .await?;
            for (number, plans) in plans.iter_mut().enumerate() {
                let Some(shown) = plans.shown.as_ref().filter(|shown| shown.touches(name_in_schema(table))) else {
                    continue;
                };
                client.batch_execute("SAVEPOINT before").await?;
                let step = explain(&prepared[number], number, client).await;
                client.batch_execute("ROLLBACK TO before").await?;
                let Some(step) = step.filter(|step| step.all_indexes().contains(&index.name)) else { continue };
                if step.burden() < shown.burden() {
                    plans.indexes.insert(index.name.clone());
                    plans.shown = Some(step);
                } else if !step.reads_all_of(&index.name) {
                    found.entry(index.name.clone()).or_insert_with(Vec::new).push(number);
                }
            }
            client.batch_execute("ROLLBACK").await?;
        }
    }
    Ok(found)
}

/// The name of a table without its schema, as a plan has it.
fn name_in_schema(table: &Table) -> &str {
    table.name.rsplit('.').next().unwrap_or_default()
}

fn drop(table: &Table, index: &Index) -> String {
    let schema = table.name.rsplit_once('.').map_or_else(String::new, |(it, _)| format!("{}.", quote_identifier(it)));
    match &index.constraint {
        Some(constraint) => {
            let (table, constraint) = (quote_identifier(name_in_schema(table)), quote_identifier(constraint));
            format!("ALTER TABLE {schema}{table} DROP CONSTRAINT {constraint} CASCADE;")
        }
        None => format!("DROP INDEX {schema}{};", quote_identifier(&index.name)),
    }
}

/// `None` for what has no plan.
async fn explain(prepared: &Prepared<'_>, number: usize, client: &Client) -> Option<Step> {
    let nulls = vec!["NULL"; prepared.statement.params().len()].join(", ");
    let arguments = if nulls.is_empty() { nulls } else { format!("({nulls})") };
    let sql = format!(
        "PREPARE report_{number} AS {}; EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE report_{number}{arguments}; \
         DEALLOCATE report_{number}",
        prepared.query.flat.numbered
    );
    let messages = client.simple_query(&sql).await.ok()?;
    let json = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    })?;
    let value: Value = serde_json::from_str(json).ok()?;
    Some(step(value.get(0)?.get("Plan")?))
}

fn step(node: &Value) -> Step {
    let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
    let list = |key: &str| -> Vec<String> {
        let values = node.get(key).and_then(Value::as_array).into_iter().flatten();
        values.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut indexes = list("Conflict Arbiter Indexes");
    if !text("Index Name").is_empty() {
        indexes.push(text("Index Name").to_owned());
    }
    let mut details: Vec<(&'static str, String)> = Vec::new();
    for key in DETAILS {
        match node.get(key) {
            Some(Value::String(text)) => details.push((key, text.clone())),
            Some(Value::Array(_)) => details.push((key, list(key).join(", "))),
            _ => {}
        }
    }
    if let Some(arbiters) = node.get("Conflict Arbiter Indexes").map(|_| list("Conflict Arbiter Indexes").join(", ")) {
        details.push(("Conflict Arbiter Indexes", arbiters));
    }
    let inside = node.get("Plans").and_then(Value::as_array).into_iter().flatten();
    let is_scan = ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"].contains(&text("Node Type"));
    let reads_everything = is_scan && node.get("Index Cond").is_none();
    let relation = Some(text("Relation Name").to_owned()).filter(|name| !name.is_empty());
    Step { title: title(node), details, reads_everything, indexes, relation, steps: inside.map(step).collect() }
}

/// What EXPLAIN calls the step in its text form.
fn title(node: &Value) -> String {
    let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut title = match (text("Node Type"), text("Operation"), text("Join Type"), text("Strategy")) {
        ("ModifyTable", operation, _, _) => operation.to_owned(),
        ("Aggregate", _, _, "Hashed") => "HashAggregate".to_owned(),
        ("Aggregate", _, _, "Sorted") => "GroupAggregate".to_owned(),
        ("Aggregate", _, _, "Mixed") => "MixedAggregate".to_owned(),
        ("SetOp", _, _, _) => format!("SetOp {}", text("Command")),
        (node @ ("Nested Loop" | "Hash Join" | "Merge Join"), _, join, _) if !["", "Inner"].contains(&join) => {
            format!("{} {join} Join", node.trim_end_matches(" Join"))
        }
        (node, _, _, _) => node.to_owned(),
    };
    if text("Scan Direction") == "Backward" {
        title += " Backward";
    }
    if !text("Index Name").is_empty() {
        title += if text("Node Type") == "Bitmap Index Scan" { " on " } else { " using " };
        title += text("Index Name");
    }
    let on = ["Relation Name", "CTE Name", "Function Name", "Table Name"]
        .map(text)
        .into_iter()
        .find(|name| !name.is_empty());
    if let Some(name) = on {
        title += &format!(" on {name}");
    }
    let alias = text("Alias");
    if !alias.is_empty() && on != Some(alias) {
        title += &format!(" {alias}");
    }
    if !text("Subplan Name").is_empty() {
        title = format!("{}: {title}", text("Subplan Name"));
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_the_title_of_the_text_form() {
        for (json, expected) in [
            (
                r#"{"Node Type": "Index Scan", "Index Name": "i", "Relation Name": "t", "Alias": "a"}"#,
                "Index Scan using i on t a",
            ),
            (r#"{"Node Type": "Bitmap Index Scan", "Index Name": "i"}"#, "Bitmap Index Scan on i"),
            (
                r#"{"Node Type": "ModifyTable", "Operation": "Update", "Relation Name": "t", "Alias": "t"}"#,
                "Update on t",
            ),
            (r#"{"Node Type": "Hash Join", "Join Type": "Left"}"#, "Hash Left Join"),
            (r#"{"Node Type": "Nested Loop", "Join Type": "Inner"}"#, "Nested Loop"),
            (r#"{"Node Type": "Aggregate", "Strategy": "Plain"}"#, "Aggregate"),
            (r#"{"Node Type": "Limit", "Subplan Name": "CTE x"}"#, "CTE x: Limit"),
        ] {
            let node: Value = serde_json::from_str(json).expect("it is JSON");
            assert_eq!(title(&node), expected);
        }
    }
}
