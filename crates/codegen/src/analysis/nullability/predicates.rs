//! What a condition proves about values in the rows that it lets through.

use std::collections::HashSet;

use super::level::{Context, Level};
use crate::analysis::{Node, Tree};

/// What is not NULL. Relations are named by the depth of their level and their place in its range table.
#[derive(Clone, Default)]
pub(super) struct Facts<'t> {
    columns: HashSet<(usize, usize, i64)>,
    /// Relations whose row is no padding of an outer join.
    relations: HashSet<(usize, usize)>,
    /// Relations of which every column is not NULL.
    rows: HashSet<(usize, usize)>,
    /// Other expressions, by the depth of their level.
    expressions: Vec<(usize, &'t Node)>,
}

/// What is known of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    True,
    False,
    /// False or NULL.
    NotTrue,
    /// True or NULL.
    NotFalse,
}

impl Facts<'_> {
    /// Both hold.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        self.relations.extend(other.relations);
        self.rows.extend(other.rows);
        self.expressions.extend(other.expressions);
        self
    }

    /// One of the two holds.
    fn or(mut self, other: &Self) -> Self {
        self.columns.retain(|&(depth, place, number)| other.has_column(depth, place, number));
        self.relations.retain(|&(depth, place)| other.has_relation(depth, place));
        self.rows.retain(|row| other.rows.contains(row));
        self.expressions.retain(|&(depth, expression)| other.has_expression(depth, expression));
        self
    }

    pub(super) fn has_column(&self, depth: usize, place: usize, number: i64) -> bool {
        self.columns.contains(&(depth, place, number)) || (number > 0 && self.rows.contains(&(depth, place)))
    }

    pub(super) fn has_relation(&self, depth: usize, place: usize) -> bool {
        self.relations.contains(&(depth, place))
    }

    pub(super) fn has_expression(&self, depth: usize, expression: &Node) -> bool {
        self.expressions.iter().any(|(at, known)| *at == depth && known.is_same(expression))
    }

    /// What is known of the columns of relation `place`, by number.
    pub(super) fn columns_of(&self, depth: usize, place: usize) -> Vec<usize> {
        let of_place = |it: &&(usize, usize, i64)| it.0 == depth && it.1 == place;
        self.columns.iter().filter(of_place).filter_map(|it| usize::try_from(it.2).ok()).collect()
    }

    /// Only what is about the levels up to `depth`.
    fn up_to(mut self, depth: usize) -> Self {
        self.columns.retain(|it| it.0 <= depth);
        self.relations.retain(|it| it.0 <= depth);
        self.rows.retain(|it| it.0 <= depth);
        self.expressions.retain(|it| it.0 <= depth);
        self
    }
}

/// The kinds of a `SUBLINK`.
const EXISTS: i64 = 0;
const ANY: i64 = 2;

impl<'t> Level<'t, '_> {
    /// What follows where `condition` has this outcome.
    pub(super) fn proofs(&self, condition: &'t Node, outcome: Outcome) -> Facts<'t> {
        let Some(tree) = condition.tree() else { return Facts::default() };
        self.analysis.deeper(|| self.proofs_of(condition, tree, outcome)).unwrap_or_default()
    }

    fn proofs_of(&self, condition: &'t Node, tree: &'t Tree, outcome: Outcome) -> Facts<'t> {
        use Outcome::{False, NotFalse, NotTrue, True};
        let arguments = tree.get("args").list();
        let is_known = matches!(outcome, True | False);
        match tree.tag.as_str() {
            "BOOLEXPR" => self.proofs_of_logic(tree, outcome),
            // These are never NULL: not true is false.
            "NULLTEST" => {
                let is_true = matches!(outcome, True | NotFalse);
                let is_not_null = tree.number("nulltesttype") == 1;
                match (is_true == is_not_null, tree.is_true("argisrow")) {
                    (true, true) if is_not_null => self.whole_row(tree.get("arg")),
                    (true, _) => self.non_null(tree.get("arg")),
                    (false, _) => Facts::default(),
                }
            }
            "BOOLEANTEST" => {
                let is_true = matches!(outcome, True | NotFalse);
                let argument = tree.get("arg");
                match (tree.number("booltesttype"), is_true) {
                    (0, true) | (1, false) => self.proofs(argument, True),
                    (2, true) | (3, false) => self.proofs(argument, False),
                    (0, false) | (1, true) => self.proofs(argument, NotTrue),
                    (2, false) | (3, true) => self.proofs(argument, NotFalse),
                    (4, false) | (5, true) => self.non_null(argument),
                    _ => Facts::default(),
                }
            }
            "DISTINCTEXPR" => {
                let is_true = matches!(outcome, True | NotFalse);
                let is = |node: &Node, null| {
                    node.tree().is_some_and(|it| match it.tag.as_str() {
                        "CONST" => it.is_true("constisnull") == null,
                        _ => false,
                    })
                };
                match arguments {
                    [a, b] if is(b, is_true) => self.non_null(a),
                    [a, b] if is(a, is_true) => self.non_null(b),
                    _ => Facts::default(),
                }
            }
            "SCALARARRAYOPEXPR" if is_known => {
                // ANY of no elements is false and ALL of none is true, whatever is compared.
                let compared = self.is_strict(tree.oid("opfuncid")) && (tree.is_true("useOr") == (outcome == True));
                match arguments {
                    [scalar, array] if compared => self.non_null(scalar).and(self.non_null(array)),
                    _ => self.non_null(condition),
                }
            }
            "SUBLINK" if outcome == True => match tree.number("subLinkType") {
                EXISTS => self.proofs_of_subquery(tree),
                ANY => self.left_side(tree.get("testexpr")).and(self.proofs_of_subquery(tree)),
                _ => Facts::default(),
            },
            "ROWCOMPAREEXPR" if is_known => {
                let first = |side| tree.get(side).list().first().map(|it| self.non_null(it)).unwrap_or_default();
                first("largs").and(first("rargs"))
            }
            // COALESCE(condition, FALSE) is true only where the condition is.
            "COALESCEEXPR" if is_known => match arguments {
                [argument, default] if is_boolean(default, outcome == False) => self.proofs(argument, outcome),
                _ => Facts::default(),
            },
            _ if is_known => self.non_null(condition),
            _ => Facts::default(),
        }
    }

    fn proofs_of_logic(&self, tree: &'t Tree, outcome: Outcome) -> Facts<'t> {
        use Outcome::{False, NotFalse, NotTrue, True};
        let arguments = tree.get("args").list();
        let each = |outcome| arguments.iter().map(move |argument| self.proofs(argument, outcome));
        let all = |outcome| each(outcome).reduce(Facts::and).unwrap_or_default();
        let one = |outcome| each(outcome).reduce(|a, b| a.or(&b)).unwrap_or_default();
        match (tree.text("boolop"), outcome) {
            ("and", True | NotFalse) | ("or", False | NotTrue) => all(outcome),
            ("and", False | NotTrue) | ("or", True | NotFalse) => one(outcome),
            (_, True) => all(False),
            (_, False) => all(True),
            (_, NotTrue) => all(NotFalse),
            (_, NotFalse) => all(NotTrue),
        }
    }

    /// What follows where a value is not NULL.
    pub(super) fn non_null(&self, node: &'t Node) -> Facts<'t> {
        let Some(tree) = node.tree() else { return Facts::default() };
        self.analysis.deeper(|| self.non_null_of(node, tree)).unwrap_or_default()
    }

    fn non_null_of(&self, node: &'t Node, tree: &'t Tree) -> Facts<'t> {
        let mut facts = Facts::default();
        if tree.tag == "VAR" {
            return self.non_null_column(tree);
        }
        if self.is_repeatable(node) {
            facts.expressions.push((self.depth, node));
        }
        let all = |nodes: &'t [Node]| nodes.iter().map(|it| self.non_null(it)).reduce(Facts::and).unwrap_or_default();
        let arguments = tree.get("args").list();
        let inside = match tree.tag.as_str() {
            "FUNCEXPR" if self.is_strict(tree.oid("funcid")) => all(arguments),
            "OPEXPR" if self.is_strict(tree.oid("opfuncid")) => all(arguments),
            "NULLIFEXPR" => arguments.first().map(|first| self.non_null(first)).unwrap_or_default(),
            "SCALARARRAYOPEXPR" => match arguments {
                [scalar, array] if has_elements(array) && self.is_strict(tree.oid("opfuncid")) => self.non_null(scalar),
                [_, array] => self.non_null(array),
                _ => Facts::default(),
            },
            "SUBSCRIPTINGREF" if tree.get("refassgnexpr").is_null() => self
                .non_null(tree.get("refexpr"))
                .and(all(tree.get("refupperindexpr").list()))
                .and(all(tree.get("reflowerindexpr").list())),
            "RELABELTYPE" | "COLLATEEXPR" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR"
            | "COERCETODOMAIN" | "FIELDSELECT" | "NAMEDARGEXPR" => self.non_null(tree.get("arg")),
            _ => Facts::default(),
        };
        facts.and(inside)
    }

    fn non_null_column(&self, column: &'t Tree) -> Facts<'t> {
        let mut facts = Facts::default();
        let context = Context::of(self);
        let (place, number) = (column.index("varno"), column.number("varattno"));
        let Some(level) = context.level_above(column.index("varlevelsup")) else { return facts };
        facts.columns.insert((level.depth, place, number));
        facts.relations.insert((level.depth, place));
        let alias = level.relation(place).filter(|relation| relation.number("rtekind") == 2).and_then(|relation| {
            let number = usize::try_from(number).ok()?.checked_sub(1)?;
            relation.get("joinaliasvars").list().get(number)
        });
        match alias {
            Some(alias) => facts.and(level.non_null(alias)),
            None => facts,
        }
    }

    /// `row IS NOT NULL`: every field is.
    fn whole_row(&self, node: &'t Node) -> Facts<'t> {
        let Some(tree) = node.tree() else { return Facts::default() };
        match tree.tag.as_str() {
            "ROWEXPR" => {
                tree.get("args").list().iter().map(|it| self.non_null(it)).reduce(Facts::and).unwrap_or_default()
            }
            "VAR" if tree.number("varattno") == 0 => {
                let mut facts = self.non_null_column(tree);
                let depth = self.depth.checked_sub(tree.index("varlevelsup"));
                facts.rows.extend(depth.map(|depth| (depth, tree.index("varno"))));
                facts
            }
            _ => self.non_null(node),
        }
    }

    /// The values that `= ANY (SELECT …)` compares, where it is true.
    fn left_side(&self, test: &'t Node) -> Facts<'t> {
        let Some(tree) = test.tree() else { return Facts::default() };
        match tree.tag.as_str() {
            "OPEXPR" if self.is_strict(tree.oid("opfuncid")) => {
                tree.get("args").list().first().map(|it| self.non_null(it)).unwrap_or_default()
            }
            "BOOLEXPR" if tree.text("boolop") == "and" => {
                tree.get("args").list().iter().map(|it| self.left_side(it)).reduce(Facts::and).unwrap_or_default()
            }
            _ => Facts::default(),
        }
    }

    /// What a subquery that returns a row proves about the levels around it.
    fn proofs_of_subquery(&self, link: &'t Tree) -> Facts<'t> {
        let Some(query) = link.get("subselect").tree() else { return Facts::default() };
        let returns_rows_of_nothing = (query.is_true("hasAggs") && query.get("groupClause").is_null())
            || !query.get("groupingSets").is_null()
            || !query.get("setOperations").is_null();
        if returns_rows_of_nothing || query.number("commandType") != 1 {
            return Facts::default();
        }
        let context = Context::of(self);
        let level = Level::new(self.analysis, query, Some(&context), self.parameters, &[]);
        level.row_facts.clone().up_to(self.depth)
    }

    fn is_strict(&self, function: u32) -> bool {
        self.analysis.catalogue.function(function).is_some_and(|function| function.strict && !function.returns_set)
    }

    /// Whether the expression has the same value each time.
    fn is_repeatable(&self, node: &Node) -> bool {
        let mut repeatable = true;
        node.walk(&mut |tree| {
            let function = tree.oid("funcid").max(tree.oid("opfuncid"));
            let changes = self.analysis.catalogue.function(function).is_some_and(|it| it.volatile || it.returns_set);
            repeatable &= !changes && !["SUBLINK", "NEXTVALUEEXPR", "CASETESTEXPR"].contains(&tree.tag.as_str());
        });
        repeatable
    }
}

/// Whether an array is written with elements: `IN (1, 2)`.
fn has_elements(array: &Node) -> bool {
    array
        .tree()
        .is_some_and(|it| it.tag == "ARRAYEXPR" && !it.get("elements").list().is_empty() && !it.is_true("multidims"))
}

/// A literal TRUE or FALSE.
fn is_boolean(node: &Node, value: bool) -> bool {
    node.tree().is_some_and(|it| {
        let first = it.get("constvalue").list().get(1).and_then(|bytes| bytes.list().first());
        it.tag == "CONST" && first.and_then(Node::text) == Some(if value { "1" } else { "0" })
    })
}
