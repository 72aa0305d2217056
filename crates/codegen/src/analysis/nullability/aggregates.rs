//! Aggregates and window functions.

use super::{
    Nullability, any_of, expressions,
    level::{Context, Level},
    rows,
};
use crate::analysis::{Tree, catalogue::Function};

/// Aggregates that are NULL only if they get no value: no row, or NULL in each.
const OF_VALUES: [&str; 22] = [
    "any_value",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "every",
    "json_agg_strict",
    "jsonb_agg_strict",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "range_intersect_agg",
    "stddev_pop",
    "string_agg",
    "sum",
    "var_pop",
    "xmlagg",
];

/// Aggregates that are NULL only of no row.
const OF_ROWS: [&str; 11] = [
    "array_agg",
    "json_agg",
    "json_object_agg",
    "json_object_agg_unique",
    "jsonb_agg",
    "jsonb_object_agg",
    "jsonb_object_agg_unique",
    "json_object_agg_strict",
    "json_object_agg_unique_strict",
    "jsonb_object_agg_strict",
    "jsonb_object_agg_unique_strict",
];

/// Aggregates that are never NULL.
const NEVER: [&str; 6] = ["count", "cume_dist", "dense_rank", "percent_rank", "rank", "regr_count"];

pub(super) fn aggregate<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let Some(level) = context.level_above(tree.index("agglevelsup")) else {
        return Nullability::nullable("its query is not known");
    };
    // Every argument is evaluated before grouping.
    let inside = Context { grouped: false, ..*context };
    let arguments: Vec<Nullability> = tree
        .get("aggdirectargs")
        .list()
        .iter()
        .chain(tree.get("args").trees().filter(|it| !it.is_true("resjunk")).map(|it| it.get("expr")))
        .map(|it| expressions::nullability(&inside, it))
        .collect();
    let holds_row = || {
        level.groups_hold_rows || level.query.get("jointree").tree().is_some_and(|from| rows::from_has_row(level, from))
    };
    result(context, tree.oid("aggfnoid"), &arguments, &|| {
        if !tree.get("aggfilter").is_null() {
            Some("FILTER can leave no row")
        } else if holds_row() {
            None
        } else {
            Some("there may be no row")
        }
    })
}

/// `why_empty` says why there may be no row, if so.
fn result(
    context: &Context<'_, '_>,
    function: u32,
    arguments: &[Nullability],
    why_empty: &dyn Fn() -> Option<&'static str>,
) -> Nullability {
    let Some(function) = context.level.analysis.catalogue.function(function).filter(|it| it.schema == "pg_catalog")
    else {
        return Nullability::nullable("nothing is known of an aggregate that is not PostgreSQL's own");
    };
    let name = function.display_name();
    let is = |names: &[&str]| names.contains(&function.name.as_str());
    // Of STRING_AGG's arguments the delimiter may be NULL.
    let values = if function.name == "string_agg" { &arguments[..arguments.len().min(1)] } else { arguments };
    let first_nullable = values.iter().find(|it| it.nullable).map(|it| it.reason.clone());
    let of_no_row = || why_empty().map(|why| format!("{name} of no row is NULL, and {why}"));
    if is(&NEVER) {
        Nullability::never(format!("{name} is never NULL"))
    } else if is(&OF_ROWS) {
        let value = match of_no_row() {
            Some(reason) => Nullability::nullable(reason),
            None => Nullability::never(format!("{name} has a row")),
        };
        collected(function, arguments, value)
    } else if is(&OF_VALUES) {
        match of_no_row().or_else(|| first_nullable.map(|reason| format!("{name} of NULLs is NULL: {reason}"))) {
            Some(reason) => Nullability::nullable(reason),
            None => Nullability::never(format!("{name} has a row, and its values are never NULL")),
        }
    } else {
        Nullability::nullable(format!("{name} can be NULL"))
    }
}

/// What `ARRAY_AGG` collects.
fn collected(function: &Function, arguments: &[Nullability], value: Nullability) -> Nullability {
    match arguments.first() {
        // Of arrays: an array of more dimensions.
        Some(argument) if function.name == "array_agg" && function.source == "aggregate_dummy" => {
            match (&argument.elements, argument.nullable) {
                (Some(_), _) => value.with_elements(argument.element().either(argument.clone())),
                (None, _) => value.with_elements(argument.clone()),
            }
        }
        _ => value,
    }
}

/// Bits of a window's `frameOptions`.
const END_UNBOUNDED_FOLLOWING: i64 = 0x100;
const START_UNBOUNDED_PRECEDING: i64 = 0x20;
const START_CURRENT_ROW: i64 = 0x200;
const END_CURRENT_ROW: i64 = 0x400;
const START_OFFSET_PRECEDING: i64 = 0x800;
const END_OFFSET_FOLLOWING: i64 = 0x4000;
const EXCLUDE_CURRENT_ROW_OR_GROUP: i64 = 0x8000 | 0x10000;

/// Whether the current row is in its own frame.
fn frame_has_current_row(level: &Level<'_, '_>, tree: &Tree) -> bool {
    let mut clauses = level.query.get("windowClause").trees();
    clauses.find(|clause| clause.number("winref") == tree.number("winref")).is_some_and(|clause| {
        let options = clause.number("frameOptions");
        let has = |bits| options & bits != 0;
        has(START_UNBOUNDED_PRECEDING | START_CURRENT_ROW | START_OFFSET_PRECEDING)
            && has(END_UNBOUNDED_FOLLOWING | END_CURRENT_ROW | END_OFFSET_FOLLOWING)
            && !has(EXCLUDE_CURRENT_ROW_OR_GROUP)
    })
}

pub(super) fn window<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let nodes = tree.get("args").list();
    let arguments: Vec<Nullability> = nodes.iter().map(|it| expressions::nullability(context, it)).collect();
    let has_current_row = frame_has_current_row(context.level, tree);
    if tree.is_true("winagg") {
        return result(context, tree.oid("winfnoid"), &arguments, &|| {
            if !tree.get("aggfilter").is_null() {
                Some("FILTER can leave no row")
            } else if has_current_row {
                None
            } else {
                Some("the frame may hold no row")
            }
        });
    }
    let Some(function) = context.level.analysis.catalogue.function(tree.oid("winfnoid")) else {
        return Nullability::nullable("nothing is known of the window function");
    };
    let name = function.display_name();
    let own = function.schema == "pg_catalog";
    match function.name.as_str() {
        "row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" if own => {
            Nullability::never(format!("{name} is never NULL"))
        }
        "ntile" if own => expressions::strict(context, nodes, || Nullability::never(format!("{name} is never NULL"))),
        "lag" | "lead" if own && arguments.len() == 3 => {
            let nullable = arguments.iter().find(|it| it.nullable).map(|it| it.reason.clone());
            let merged = any_of([arguments[0].clone(), arguments[2].clone()]);
            match (nullable, merged) {
                (None, Some(value)) => value,
                (reason, _) => Nullability::nullable(reason.unwrap_or_default()),
            }
        }
        "lag" | "lead" if own => Nullability::nullable(format!("{name} has no such row at the end, and no default")),
        "first_value" | "last_value" if own && has_current_row => {
            arguments.into_iter().next().unwrap_or_else(|| Nullability::nullable("nothing is known of it"))
        }
        _ => Nullability::nullable(format!("{name}: the frame may hold no such row")),
    }
}
