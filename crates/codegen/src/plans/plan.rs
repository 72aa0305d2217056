//! A plan in PostgreSQL's JSON form, and what matters of it here.

use std::collections::BTreeSet;

use serde_json::Value;

/// What a plan does with tables and indexes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) scans: Vec<Scan>,
    /// The indexes by which INSERT … ON CONFLICT finds the row.
    pub(crate) arbiters: BTreeSet<String>,
    /// Sorts whose first rows are the result of a LIMIT.
    pub(crate) page_sorts: Vec<PageSort>,
}

/// One scan of a table.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// `public.things`
    pub(crate) schema: String,
    pub(crate) table: String,
    /// The name by which the statement knows it.
    pub(crate) alias: String,
    pub(crate) indexes: Vec<IndexUse>,
    pub(crate) kind: ScanKind,
    /// A LIMIT takes the rows in the order of the index.
    pub(crate) gives_order: bool,
    /// The rows are those that all of the indexes find: each of them would do.
    pub(crate) is_intersection: bool,
    /// The condition that is checked row by row.
    pub(crate) filter: Option<String>,
}

/// An index and what is looked up in it.
#[derive(Clone, Debug)]
pub(crate) struct IndexUse {
    pub(crate) name: String,
    pub(crate) condition: Option<String>,
}

impl IndexUse {
    fn of(node: &Value) -> Option<Self> {
        let name = node.get("Index Name").and_then(Value::as_str)?.to_owned();
        Some(Self { name, condition: node.get("Index Cond").and_then(Value::as_str).map(str::to_owned) })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanKind {
    /// Every row.
    Sequential,
    /// The rows that a condition on the index finds, or by their places.
    Condition,
    /// The whole index, in its order, until LIMIT has its rows.
    Order,
    /// The whole index.
    WholeIndex,
}

#[derive(Clone, Debug)]
pub(crate) struct PageSort {
    pub(crate) keys: Vec<String>,
    /// The scans below it: their places in `Plan::scans`.
    pub(crate) scans: Vec<usize>,
}

/// Nodes that pass rows on as they come.
const STREAMING: [&str; 11] = [
    "Nested Loop",
    "Merge Join",
    "Subquery Scan",
    "LockRows",
    "Append",
    "Merge Append",
    "Unique",
    "Result",
    "ProjectSet",
    "ModifyTable",
    "Limit",
];

/// Nodes whose rows are not those of the tables below.
const REGROUPING: [&str; 6] = ["Aggregate", "Group", "WindowAgg", "SetOp", "Recursive Union", "CTE Scan"];

/// What the nodes above want of a node.
#[derive(Clone, Copy, Default)]
struct Above {
    /// A LIMIT stops reading early.
    is_limited: bool,
    /// The place in `Plan::page_sorts` of the sort that reads the rows.
    sort: Option<usize>,
}

impl Plan {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let mut plan = Self::default();
        plan.node(value.get(0)?.get("Plan")?, Above::default());
        Some(plan)
    }

    fn node(&mut self, node: &Value, above: Above) {
        let kind = text(node, "Node Type");
        self.arbiters.extend(texts(node, "Conflict Arbiter Indexes").map(str::to_owned));
        if let Some(table) = node.get("Relation Name").and_then(Value::as_str).filter(|_| kind != "ModifyTable") {
            self.scan(node, kind, table, above);
        }
        let mut below = match kind {
            "Limit" => Above { is_limited: true, sort: None },
            _ if STREAMING.contains(&kind) => above,
            _ if REGROUPING.contains(&kind) => Above::default(),
            _ => Above { is_limited: false, ..above },
        };
        if kind.ends_with("Sort") && above.is_limited {
            self.page_sorts
                .push(PageSort { keys: texts(node, "Sort Key").map(str::to_owned).collect(), scans: Vec::new() });
            below.sort = Some(self.page_sorts.len() - 1);
        }
        for child in node.get("Plans").and_then(Value::as_array).into_iter().flatten() {
            let below = match text(child, "Parent Relationship") {
                "InitPlan" | "SubPlan" => Above::default(),
                // The inner side is read again for each row of the outer one.
                "Inner" if kind != "Merge Join" => Above { is_limited: false, ..below },
                _ => below,
            };
            // The index below a bitmap scan belongs to that scan.
            if !text(child, "Node Type").starts_with("Bitmap") || text(child, "Node Type") == "Bitmap Heap Scan" {
                self.node(child, below);
            }
        }
    }

    fn scan(&mut self, node: &Value, kind: &str, table: &str, above: Above) {
        let mut indexes = Vec::new();
        bitmap_indexes(node, &mut indexes);
        indexes.extend(IndexUse::of(node));
        let is_by_condition = kind.starts_with("Tid")
            || node.get("Index Cond").is_some()
            || kind == "Bitmap Heap Scan" && is_looked_up(node);
        let kind = match kind {
            _ if is_by_condition => ScanKind::Condition,
            _ if indexes.is_empty() => ScanKind::Sequential,
            _ if above.is_limited => ScanKind::Order,
            _ => ScanKind::WholeIndex,
        };
        if let Some(sort) = above.sort {
            let place = self.scans.len();
            self.page_sorts[sort].scans.push(place);
        }
        let filter = node.get("Filter").and_then(Value::as_str).map(str::to_owned);
        let gives_order = above.is_limited && above.sort.is_none() && !indexes.is_empty();
        self.scans.push(Scan {
            schema: text(node, "Schema").to_owned(),
            table: table.to_owned(),
            alias: text(node, "Alias").to_owned(),
            indexes,
            kind,
            gives_order,
            is_intersection: bitmap_nodes(node).any(|child| text(child, "Node Type") == "BitmapAnd"),
            filter,
        });
    }
}

fn bitmap_nodes(node: &Value) -> impl Iterator<Item = &Value> {
    let plans = node.get("Plans").and_then(Value::as_array).into_iter().flatten();
    plans.filter(|child| {
        text(child, "Node Type").starts_with("Bitmap") && text(child, "Node Type") != "Bitmap Heap Scan"
    })
}

fn bitmap_indexes(node: &Value, found: &mut Vec<IndexUse>) {
    for child in bitmap_nodes(node) {
        found.extend(IndexUse::of(child));
        bitmap_indexes(child, found);
    }
}

/// Whether a bitmap scan looks something up: in every index of an OR, in one of an AND.
fn is_looked_up(node: &Value) -> bool {
    match text(node, "Node Type") {
        "Bitmap Index Scan" => node.get("Index Cond").is_some(),
        "BitmapAnd" => bitmap_nodes(node).any(is_looked_up),
        _ => bitmap_nodes(node).all(is_looked_up),
    }
}

fn text<'v>(node: &'v Value, field: &str) -> &'v str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'v>(node: &'v Value, field: &str) -> impl Iterator<Item = &'v str> {
    node.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
