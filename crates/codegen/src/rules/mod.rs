//! Mistakes that the analysed tree of a statement shows: what PostgreSQL accepts and no author means.

mod between;
mod constant_key;
mod insert_columns;
mod joins;
mod not_in;
mod null_comparison;
mod nullable;
mod page;
mod parameter_null;
mod same_column;
mod scalar_subquery;
mod session_state;
mod twice;
mod unordered_limit;
mod unqualified;

use crate::{
    access::{Catalogue, range_item},
    analysis::{Analysed, Node, Tree},
    diagnostic::{Diagnostic, Diagnostics},
    place::{SqlText, names},
    queries::Query,
};

/// A rule yields what it finds in one statement.
type Rule = fn(&Statement<'_>) -> Vec<Diagnostic>;

const RULES: [Rule; 15] = [
    unqualified::check,
    constant_key::check,
    null_comparison::check,
    not_in::check,
    unordered_limit::check,
    page::check,
    joins::unconnected,
    joins::undone,
    same_column::check,
    between::check,
    twice::check,
    insert_columns::check,
    session_state::check,
    parameter_null::check,
    scalar_subquery::check,
];

/// `commandType` of a query.
const UPDATE: i64 = 2;
const INSERT: i64 = 3;
const DELETE: i64 = 4;
const MERGE: i64 = 5;

/// A statement with its tokens and its tree.
struct Statement<'s> {
    query: &'s Query,
    sql: SqlText<'s>,
    tree: &'s Tree,
    /// The statement, its CTEs and its subqueries, in the order in which they end.
    levels: Vec<Level<'s>>,
    catalogue: &'s Catalogue,
}

/// A query within the statement.
#[derive(Clone, Copy)]
struct Level<'s> {
    query: &'s Tree,
    /// It stands in EXISTS.
    in_exists: bool,
}

/// What the rules find in all statements.
pub(crate) fn check(analysed: &[Analysed<'_, '_>], catalogue: &Catalogue) -> Diagnostics {
    let mut found = Diagnostics::default();
    for Analysed { prepared, tree, .. } in analysed {
        let Some(tree) = tree else { continue };
        let mut levels = Vec::new();
        collect_tree(tree, false, &mut levels);
        let sql = SqlText::new(prepared.module, prepared.query);
        let statement = Statement { query: prepared.query, sql, tree, levels, catalogue };
        for rule in RULES {
            found.extend_of(prepared.query, rule(&statement));
        }
    }
    found
}

fn collect<'s>(node: &'s Node, in_exists: bool, found: &mut Vec<Level<'s>>) {
    match node {
        Node::Tree(tree) => collect_tree(tree, in_exists, found),
        Node::List(nodes) => nodes.iter().for_each(|node| collect(node, in_exists, found)),
        Node::Null | Node::Atom(_) => {}
    }
}

fn collect_tree<'s>(tree: &'s Tree, in_exists: bool, found: &mut Vec<Level<'s>>) {
    // 0 is EXISTS.
    let holds_exists = tree.tag == "SUBLINK" && tree.number("subLinkType") == 0;
    tree.values().for_each(|node| collect(node, holds_exists, found));
    if tree.tag == "QUERY" {
        found.push(Level { query: tree, in_exists });
    }
}

impl<'s> Statement<'s> {
    /// The CTE of that name.
    fn cte(&self, name: &str) -> Option<&'s Tree> {
        let mut found = None;
        self.tree.walk(&mut |tree| {
            if tree.tag == "COMMONTABLEEXPR" && tree.text("ctename") == name {
                found = tree.get("ctequery").tree();
            }
        });
        found
    }

    /// The name of the table that a query changes.
    fn target(&self, query: &Tree) -> Option<&'s str> {
        let item = range_item(query, query.number("resultRelation"))?;
        self.catalogue.relation(item.oid("relid")).map(|relation| relation.name.as_str())
    }

    /// The places where the statement says `UPDATE table` or `DELETE FROM table`.
    fn changes_of(&self, command: &str, table: &str) -> Vec<usize> {
        let sql = &self.sql;
        let name = table.rsplit('.').next().unwrap_or(table);
        // ONLY, or a schema and a point, may stand before the name.
        let is_named = |from: usize| sql.tokens.iter().skip(from).take(4).any(|token| names(token, name));
        let is_after = |index: usize, word: &str| index.checked_sub(1).is_some_and(|before| sql.is(before, word));
        let places = sql.all(&[command]).into_iter();
        places
            .filter(|index| !["FOR", "KEY", "DO", "THEN"].iter().any(|word| is_after(*index, word)))
            .filter(|index| is_named(index + 1))
            .collect()
    }
}

/// The condition of a query's WHERE.
fn quals(query: &Tree) -> &Node {
    query.get("jointree").tree().map_or(&Node::Null, |tree| tree.get("quals"))
}

/// The name by which an item of the range table is known.
fn alias(item: &Tree) -> &str {
    item.get("eref").tree().map_or("", |alias| alias.text("aliasname"))
}

/// The name of a column of an item of the range table, by its number from 1.
fn column_name(item: &Tree, number: i64) -> Option<&str> {
    let names = item.get("eref").tree()?.get("colnames").list();
    names.get(usize::try_from(number - 1).ok()?)?.text()
}
