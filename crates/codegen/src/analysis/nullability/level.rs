//! One level of a query: its range table, what its joins pad with NULLs, and what its conditions prove.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use super::{
    Analysis, Nullability,
    predicates::{Facts, Outcome},
    rows,
};
use crate::analysis::{Node, Tree};

/// A join that pads a relation with NULLs, by its place in the range table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Padding {
    pub(super) join: usize,
    pub(super) reason: &'static str,
}

/// A query, or a subquery at its place.
pub(super) struct Level<'t, 'p> {
    pub(super) analysis: &'p Analysis<'t>,
    pub(super) query: &'t Tree,
    /// Where the query stands, if it is a subquery.
    pub(super) outer: Option<&'p Context<'t, 'p>>,
    /// How many levels there are around it.
    pub(super) depth: usize,
    pub(super) parameters: &'p [Nullability],
    pub(super) range_table: Vec<&'t Tree>,
    /// By place in the range table.
    pub(super) padding: HashMap<usize, Vec<Padding>>,
    /// What WHERE and joins prove for every row that they let through.
    pub(super) row_facts: Facts<'t>,
    /// What HAVING proves for every group.
    pub(super) group_facts: Facts<'t>,
    /// Grouping expressions that are missing from a grouping set.
    pub(super) missing: Vec<&'t Node>,
    /// Whether every group holds a row.
    pub(super) groups_hold_rows: bool,
    /// The columns of relations, by place in the range table.
    pub(super) columns: RefCell<HashMap<usize, Rc<Vec<Nullability>>>>,
    /// The columns of CTEs, by name; those of a recursive one while it is analysed.
    pub(super) ctes: RefCell<HashMap<String, Rc<Vec<Nullability>>>>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Context<'t, 'p> {
    pub(super) level: &'p Level<'t, 'p>,
    /// What the conditions around the expression prove, from the inside out.
    pub(super) branch: Option<&'p Branch<'t, 'p>>,
    /// Whether the expression is evaluated after grouping.
    pub(super) grouped: bool,
    /// FULL JOINs whose padding is left out: one of the sides is there.
    pub(super) ignored: Option<&'p Ignored<'p>>,
    /// What `CASE x WHEN` compares.
    pub(super) case_value: Option<&'p Nullability>,
    /// The columns of the subquery that ANY or ALL compares with.
    pub(super) compared: Option<&'p [Nullability]>,
    /// Whether set-returning functions end at different rows.
    pub(super) padded_sets: bool,
}

/// Joins whose padding is left out, from the inside out.
pub(super) struct Ignored<'p> {
    pub(super) join: usize,
    pub(super) around: Option<&'p Self>,
}

impl Ignored<'_> {
    pub(super) fn has(&self, join: usize) -> bool {
        self.join == join || self.around.is_some_and(|around| around.has(join))
    }
}

/// The facts of a branch of CASE, AND or OR, and those around it.
pub(super) struct Branch<'t, 'p> {
    pub(super) facts: Facts<'t>,
    pub(super) around: Option<&'p Self>,
}

impl<'t, 'p> Context<'t, 'p> {
    pub(super) fn of(level: &'p Level<'t, 'p>) -> Self {
        Self {
            level,
            branch: None,
            grouped: false,
            ignored: None,
            case_value: None,
            compared: None,
            padded_sets: false,
        }
    }

    /// The level that is `up` levels around the expression.
    pub(super) fn level_above(&self, up: usize) -> Option<&'p Level<'t, 'p>> {
        let mut level = self.level;
        for _ in 0..up {
            level = level.outer?.level;
        }
        Some(level)
    }

    /// Whether a condition around the expression proves what `holds` looks for.
    pub(super) fn proves(&self, holds: &dyn Fn(&Facts<'t>) -> bool) -> bool {
        let mut branch = self.branch;
        while let Some(inner) = branch {
            if holds(&inner.facts) {
                return true;
            }
            branch = inner.around;
        }
        if holds(&self.level.row_facts) || (self.grouped && holds(&self.level.group_facts)) {
            return true;
        }
        self.level.outer.is_some_and(|outer| outer.proves(holds))
    }
}

impl<'t, 'p> Level<'t, 'p> {
    /// `wanted` are the columns of the result that are known not to be NULL in the rows that matter.
    pub(super) fn new(
        analysis: &'p Analysis<'t>,
        query: &'t Tree,
        outer: Option<&'p Context<'t, 'p>>,
        parameters: &'p [Nullability],
        wanted: &[usize],
    ) -> Self {
        let mut level = Self {
            analysis,
            query,
            outer,
            depth: outer.map_or(0, |outer| outer.level.depth + 1),
            parameters,
            range_table: query.get("rtable").trees().collect(),
            padding: HashMap::new(),
            row_facts: Facts::default(),
            group_facts: Facts::default(),
            missing: Vec::new(),
            groups_hold_rows: false,
            columns: RefCell::default(),
            ctes: RefCell::default(),
        };
        let grouped = level.group();
        let mut evidence = Facts::default();
        if !grouped && query.get("setOperations").is_null() {
            for (number, target) in targets(query).enumerate() {
                if wanted.contains(&(number + 1)) {
                    evidence = evidence.and(level.non_null(target.get("expr")));
                }
            }
        }
        if let Some(tree) = query.get("jointree").tree() {
            level.join(tree, evidence, &[]);
        }
        level.group_facts = level.proofs(query.get("havingQual"), Outcome::True);
        level.pad_merge_source();
        level
    }

    pub(super) fn relation(&self, place: usize) -> Option<&'t Tree> {
        self.range_table.get(place.checked_sub(1)?).copied()
    }

    /// Goes down the joins with the `evidence` that the conditions above give, and the joins above that pad.
    fn join(&mut self, node: &'t Tree, evidence: Facts<'t>, padding: &[Padding]) {
        match node.tag.as_str() {
            "RANGETBLREF" => {
                self.padding.insert(node.index("rtindex"), padding.to_vec());
                self.keep(evidence, padding);
            }
            "FROMEXPR" => {
                let evidence = evidence.and(self.proofs(node.get("quals"), Outcome::True));
                for part in node.get("fromlist").trees() {
                    self.join(part, evidence.clone(), padding);
                }
                self.keep(evidence, padding);
            }
            "JOINEXPR" => self.join_two(node, evidence, padding),
            _ => {}
        }
    }

    /// What holds for every row of the result is kept; what holds for rows that may be padded is not.
    fn keep(&mut self, evidence: Facts<'t>, padding: &[Padding]) {
        if padding.is_empty() {
            let known = std::mem::take(&mut self.row_facts);
            self.row_facts = known.and(evidence);
        }
    }

    fn join_two(&mut self, node: &'t Tree, evidence: Facts<'t>, padding: &[Padding]) {
        let place = node.index("rtindex");
        self.padding.insert(place, padding.to_vec());
        let (Some(left), Some(right)) = (node.get("larg").tree(), node.get("rarg").tree()) else { return };
        let forced = |side| places(side).iter().any(|place| evidence.has_relation(self.depth, *place));
        let conditions = || self.proofs(node.get("quals"), Outcome::True);
        let padded = |reason| [padding, &[Padding { join: place, reason }]].concat();
        // `ON TRUE` with a side that has a row, such as an aggregate, pads nothing: an inner join, too.
        let meets_a_row = |side| rows::is_unconditional(node) && rows::from_has_row(self, side);
        // A condition that a padded row fails makes the join an inner one on that side.
        let kind = match node.number("jointype") {
            1 if meets_a_row(right) => 0,
            3 if meets_a_row(left) => 0,
            kind => kind,
        };
        match (kind, forced(left), forced(right)) {
            (0, ..) | (1, _, true) | (3, true, _) | (2, true, true) => {
                let evidence = evidence.and(conditions());
                self.join(left, evidence.clone(), padding);
                self.join(right, evidence, padding);
            }
            (1, ..) | (2, true, false) => {
                let reason = "it is on the right side of a LEFT JOIN";
                let (conditions, padded) = (conditions(), padded(reason));
                self.join(left, evidence, padding);
                self.join(right, conditions, &padded);
            }
            (3, ..) | (2, false, true) => {
                let reason = "it is on the left side of a RIGHT JOIN";
                let (conditions, padded) = (conditions(), padded(reason));
                self.join(left, conditions, &padded);
                self.join(right, evidence, padding);
            }
            _ => {
                let padded = padded("it is in a FULL JOIN");
                self.join(left, Facts::default(), &padded);
                self.join(right, Facts::default(), &padded);
            }
        }
    }

    /// Finds what grouping means for the columns. Whether the query is grouped.
    fn group(&mut self) -> bool {
        let clauses: Vec<&Tree> = self.query.get("groupClause").trees().collect();
        let sets: Vec<&Tree> = self.query.get("groupingSets").trees().collect();
        let single = !clauses.is_empty() && sets.is_empty();
        self.groups_hold_rows = single || (!sets.is_empty() && !sets.iter().all(|set| can_be_empty(set)));
        if !sets.is_empty() {
            let always: Vec<i64> = sets.iter().flat_map(|set| always_in(set)).collect();
            let missing: Vec<i64> = clauses
                .iter()
                .map(|clause| clause.number("tleSortGroupRef"))
                .filter(|reference| !always.contains(reference))
                .collect();
            self.missing = self
                .query
                .get("targetList")
                .trees()
                .filter(|target| missing.contains(&target.number("ressortgroupref")))
                .map(|target| target.get("expr"))
                .collect();
        }
        !clauses.is_empty() || !sets.is_empty() || self.query.is_true("hasAggs")
    }

    /// MERGE has no source row for WHEN NOT MATCHED BY SOURCE.
    fn pad_merge_source(&mut self) {
        let by_source = |action: &Tree| action.number("matchKind") == 1;
        if self.query.number("commandType") == 5 && self.query.get("mergeActionList").trees().any(by_source) {
            let reason = "MERGE has no source row for WHEN NOT MATCHED BY SOURCE";
            for padding in self.padding.values_mut() {
                padding.push(Padding { join: 0, reason });
            }
            self.row_facts = Facts::default();
        }
    }
}

/// The columns of a query that returns rows, without those that only sort.
pub(super) fn targets(query: &Tree) -> impl Iterator<Item = &Tree> {
    let list = if query.number("commandType") == 1 { "targetList" } else { "returningList" };
    query.get(list).trees().filter(|target| !target.is_true("resjunk"))
}

/// The relations of a part of FROM.
fn places(node: &Tree) -> Vec<usize> {
    let mut found = Vec::new();
    // Neither RANGETBLREF nor JOINEXPR stands inside an expression of the same level, but in subqueries.
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        match node.tag.as_str() {
            "RANGETBLREF" | "JOINEXPR" => {
                found.push(node.index("rtindex"));
                pending.extend([node.get("larg"), node.get("rarg")].into_iter().filter_map(Node::tree));
            }
            _ => pending.extend(node.get("fromlist").trees()),
        }
    }
    found
}

/// The kinds of a `GROUPINGSET`.
const SIMPLE: i64 = 1;
const SETS: i64 = 4;

fn can_be_empty(set: &Tree) -> bool {
    match set.number("kind") {
        SIMPLE => set.get("content").list().is_empty(),
        SETS => set.get("content").trees().any(can_be_empty),
        _ => true,
    }
}

/// The expressions that are in every set.
fn always_in(set: &Tree) -> Vec<i64> {
    match set.number("kind") {
        SIMPLE => set.numbers("content"),
        SETS => {
            let members = set.get("content").trees().map(always_in);
            members.reduce(|a, b| a.into_iter().filter(|it| b.contains(it)).collect()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
