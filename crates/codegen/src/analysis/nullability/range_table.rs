//! The columns of what stands in FROM.

use std::rc::Rc;

use super::{
    Nullability, any_of, expressions, functions,
    level::{Context, Ignored, Level, Padding},
    modified, rows,
};
use crate::analysis::{
    Tree,
    catalogue::{Relation, RelationKind},
};

/// The kinds of a range table's entry.
const RELATION: i64 = 0;
const SUBQUERY: i64 = 1;
const JOIN: i64 = 2;
const FUNCTION: i64 = 3;
const TABLE_FUNCTION: i64 = 4;
const VALUES: i64 = 5;
const CTE: i64 = 6;
const GROUP: i64 = 9;

/// A column of a relation, at the place of the expression.
pub(super) fn column<'t>(context: &Context<'t, '_>, column: &'t Tree) -> Nullability {
    let (place, number) = (column.index("varno"), column.number("varattno"));
    let up = column.index("varlevelsup");
    let Some(outer) = context_above(context, up) else { return Nullability::nullable("its query is not known") };
    let level = outer.level;
    let Some(relation) = level.relation(place) else { return Nullability::nullable("its table is not known") };
    if modified::is_target(level, place) {
        return modified::column(context, &outer, column);
    }
    let is_column = |facts: &super::predicates::Facts<'t>| facts.has_column(level.depth, place, number);
    // What HAVING proves is said of the groups, what WHERE proves of the rows in them.
    let in_group = outer.grouped && level.group_facts.has_column(level.depth, place, number);
    if !in_group && outer.grouped && is_missing(level, place, number) {
        return Nullability::nullable("it is missing from a grouping set");
    }
    let value = value(&outer, relation, place, number);
    let is_padded = padding(&outer, place).is_some();
    if in_group || context.proves(&is_column) {
        return value.proved("a condition excludes NULL");
    }
    // A whole row that is there is a value, whatever its columns are.
    if number == 0 && !is_padded {
        return Nullability { nullable: false, ..value };
    }
    match padding(&outer, place) {
        Some(padding) => value.or_null(padding.reason),
        None => value,
    }
}

/// The context in which the level stands that is `up` levels around the expression.
fn context_above<'t, 'p>(context: &Context<'t, 'p>, up: usize) -> Option<Context<'t, 'p>> {
    let mut found = *context;
    for _ in 0..up {
        found = *found.level.outer?;
    }
    Some(found)
}

fn is_missing(level: &Level<'_, '_>, place: usize, number: i64) -> bool {
    level.missing.iter().filter_map(|node| node.tree()).any(|tree| {
        tree.tag == "VAR"
            && tree.index("varno") == place
            && tree.number("varattno") == number
            && tree.number("varlevelsup") == 0
    })
}

/// The join that pads the relation.
fn padding(context: &Context<'_, '_>, place: usize) -> Option<Padding> {
    let joins = context.level.padding.get(&place)?;
    joins.iter().rev().find(|padding| context.ignored.is_none_or(|ignored| !ignored.has(padding.join))).copied()
}

fn value<'t>(context: &Context<'t, '_>, relation: &'t Tree, place: usize, number: i64) -> Nullability {
    let level = context.level;
    let Ok(number) = usize::try_from(number) else {
        return Nullability::never("a system column is never NULL").or_null_if(
            level.analysis.catalogue.relation(relation.oid("relid")).is_none_or(|it| it.kind != RelationKind::Table),
            "a system column of what is no table",
        );
    };
    match (relation.number("rtekind"), number) {
        (JOIN | GROUP, 0) => Nullability::nullable("a row of a join"),
        (JOIN, _) => joined(context, relation, place, number),
        (GROUP, _) => match relation.get("groupexprs").list().get(number - 1) {
            Some(expression) => expressions::nullability(&Context { grouped: false, ..Context::of(level) }, expression),
            None => Nullability::nullable("its expression is not known"),
        },
        (_, 0) => Nullability {
            fields: columns(level, place).as_ref().clone(),
            ..Nullability::never("a row of a table is a value")
        },
        _ => columns(level, place)
            .get(number - 1)
            .cloned()
            .unwrap_or_else(|| Nullability::nullable("its column is not known")),
    }
}

/// A column of a join: one of its sides', or both merged by USING.
fn joined<'t>(context: &Context<'t, '_>, join: &'t Tree, place: usize, number: usize) -> Nullability {
    let Some(alias) = join.get("joinaliasvars").list().get(number - 1) else {
        return Nullability::nullable("its column is not known");
    };
    let around = context.ignored;
    let context = Context { ignored: around, ..Context::of(context.level) };
    let merged = alias.tree().filter(|tree| tree.tag == "COALESCEEXPR" && join.number("jointype") == 2);
    match merged {
        // Each row of a FULL JOIN has one of its sides, and what USING merges comes from it.
        Some(merged) => {
            let ignored = Ignored { join: place, around };
            let context = Context { ignored: Some(&ignored), ..context };
            let sides = merged.get("args").list().iter().map(|it| expressions::nullability(&context, it));
            any_of(sides).unwrap_or_else(|| Nullability::nullable("its column is not known"))
        }
        None => expressions::nullability(&context, alias),
    }
}

/// The columns of the relation at `place`, before any join.
pub(super) fn columns(level: &Level<'_, '_>, place: usize) -> Rc<Vec<Nullability>> {
    if let Some(known) = level.columns.borrow().get(&place) {
        return Rc::clone(known);
    }
    let found = level
        .relation(place)
        .and_then(|relation| level.analysis.deeper(|| of(level, relation, place)))
        .unwrap_or_default();
    level.columns.borrow_mut().insert(place, Rc::clone(&found));
    found
}

fn of<'t>(level: &Level<'t, '_>, relation: &'t Tree, place: usize) -> Rc<Vec<Nullability>> {
    let context = Context::of(level);
    let analysis = level.analysis;
    match relation.number("rtekind") {
        RELATION => match analysis.catalogue.relation(relation.oid("relid")) {
            Some(it) if matches!(it.kind, RelationKind::View | RelationKind::MaterialisedView) => {
                let wanted = level.row_facts.columns_of(level.depth, place);
                match &it.query {
                    Some(query) if !wanted.is_empty() => Rc::new(rows::columns(analysis, query, None, &[], &wanted)),
                    _ => analysis.view(relation.oid("relid")),
                }
            }
            Some(it) => Rc::new(table(it)),
            None => Rc::default(),
        },
        SUBQUERY => match relation.get("subquery").tree() {
            Some(query) => {
                let wanted = level.row_facts.columns_of(level.depth, place);
                Rc::new(rows::columns(analysis, query, Some(&context), level.parameters, &wanted))
            }
            None => Rc::default(),
        },
        FUNCTION => Rc::new(functions::from_clause(&context, relation)),
        TABLE_FUNCTION => Rc::new(table_function(relation)),
        VALUES => Rc::new(values(&context, relation)),
        CTE => cte(&context, relation),
        _ => Rc::default(),
    }
}

/// The columns of a table, by its constraints.
pub(super) fn table(relation: &Relation) -> Vec<Nullability> {
    let column = |it: &crate::analysis::catalogue::Column| {
        let name = format!("{}.{}", relation.name, it.name);
        match (relation.kind, it.not_null) {
            (RelationKind::Foreign, true) => {
                Nullability::nullable(format!("{name} is NOT NULL, but of a foreign table, which nothing checks here"))
            }
            (_, true) => Nullability::never(format!("{name} is NOT NULL")),
            (_, false) => Nullability::nullable(format!("{name} has no NOT NULL")),
        }
    };
    relation.columns.iter().map(column).collect()
}

fn values<'t>(context: &Context<'t, '_>, relation: &'t Tree) -> Vec<Nullability> {
    let row = |list: &'t crate::analysis::Node| -> Vec<Nullability> {
        list.list().iter().map(|value| expressions::nullability(context, value)).collect()
    };
    let both = |a: Vec<Nullability>, b: Vec<Nullability>| a.into_iter().zip(b).map(|(a, b)| a.either(b)).collect();
    relation.get("values_lists").list().iter().map(row).reduce(both).unwrap_or_default()
}

/// XMLTABLE and `JSON_TABLE`.
fn table_function(relation: &Tree) -> Vec<Nullability> {
    let Some(function) = relation.get("tablefunc").tree() else { return Vec::new() };
    let is_xml = function.number("functype") == 0;
    let never: Vec<i64> = match is_xml {
        true => function.numbers("notnulls").into_iter().chain([function.number("ordinalitycol")]).collect(),
        false => Vec::new(),
    };
    let column = |number: usize| match i64::try_from(number).is_ok_and(|number| never.contains(&number)) {
        true => Nullability::never("XMLTABLE checks it"),
        false => Nullability::nullable("the document may not have it"),
    };
    (0..function.get("coltypes").list().len()).map(column).collect()
}

fn cte<'t>(context: &Context<'t, '_>, relation: &'t Tree) -> Rc<Vec<Nullability>> {
    let Some(level) = context.level_above(relation.index("ctelevelsup")) else { return Rc::default() };
    let name = relation.text("ctename");
    if let Some(known) = level.ctes.borrow().get(name) {
        return Rc::clone(known);
    }
    let Some(cte) = level.query.get("cteList").trees().find(|cte| cte.text("ctename") == name) else {
        return Rc::default();
    };
    let mut found = cte_columns(level, cte);
    found.extend(added(cte, &Context::of(level)));
    let found = Rc::new(found);
    level.ctes.borrow_mut().insert(name.to_owned(), Rc::clone(&found));
    found
}

fn cte_columns<'t>(level: &Level<'t, '_>, cte: &'t Tree) -> Vec<Nullability> {
    let context = Context::of(level);
    let Some(query) = cte.get("ctequery").tree() else { return Vec::new() };
    let analyse = || rows::columns(level.analysis, query, Some(&context), level.parameters, &[]);
    if !cte.is_true("cterecursive") {
        return analyse();
    }
    // The rows of the recursive term are taken for never NULL until they are seen to hold NULL.
    let never = Nullability::never("no term of the recursion returns NULL");
    let element = never.clone();
    let mut assumed = vec![never.with_elements(element); cte.get("ctecolnames").list().len()];
    let name = cte.text("ctename");
    loop {
        level.ctes.borrow_mut().insert(name.to_owned(), Rc::new(assumed.clone()));
        let found = analyse();
        let next: Vec<Nullability> = assumed
            .iter()
            .enumerate()
            .map(|(number, assumed)| match found.get(number) {
                Some(found) => found.clone().either(assumed.clone()),
                None => Nullability::nullable("its column is not known"),
            })
            .collect();
        level.ctes.borrow_mut().remove(name);
        let is_same = |(a, b): (&Nullability, &Nullability)| {
            a.nullable == b.nullable
                && a.elements.as_ref().map(|it| it.nullable) == b.elements.as_ref().map(|it| it.nullable)
        };
        if assumed.iter().zip(&next).all(is_same) {
            return next;
        }
        assumed = next;
    }
}

/// What SEARCH and CYCLE add to the columns of the query.
fn added<'t>(cte: &'t Tree, context: &Context<'t, '_>) -> Vec<Nullability> {
    let never = || Nullability::never("SEARCH and CYCLE fill it in each row");
    let mut columns = Vec::new();
    columns.extend(cte.get("search_clause").tree().map(|_| never()));
    if let Some(cycle) = cte.get("cycle_clause").tree() {
        let marks = ["cycle_mark_value", "cycle_mark_default"];
        columns.extend(any_of(marks.map(|mark| expressions::nullability(context, cycle.get(mark)))));
        columns.push(never());
    }
    columns
}

impl Nullability {
    fn or_null_if(self, condition: bool, reason: &str) -> Self {
        if condition { self.or_null(reason) } else { self }
    }
}
