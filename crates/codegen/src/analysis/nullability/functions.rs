//! Calls of functions and operators. PostgreSQL's own are looked up in a table; SQL functions are looked into.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    Nullability, expressions,
    level::{Context, Level},
    rows,
};
use crate::analysis::{Node, Tree, catalogue::Function};

/// Internal functions that are NULL only if an argument is, by the name of their C function. Taken from PostgreSQL's
/// source: strict, and without a way to return NULL on any of 14 to 18.
static NEVER_NULL: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("never_null.txt").split_whitespace().collect());

/// A call in an expression.
pub(super) fn call<'t>(context: &Context<'t, '_>, tree: &'t Tree, function: u32) -> Nullability {
    let Some(function) = context.level.analysis.catalogue.function(function) else {
        return Nullability::nullable("nothing is known of the function");
    };
    let nodes = in_order(tree);
    let values: Vec<Nullability> = nodes.iter().map(|node| expressions::nullability(context, node)).collect();
    let value = match special(function, tree, &nodes, &values) {
        Some(value) => value,
        None if function.returns_set => one(set(context, function, &values, 1)),
        None if removes_null(function, &nodes) => {
            of(context, function, &values).with_elements(Nullability::never("ARRAY_REMOVE removes NULL"))
        }
        None => of(context, function, &values),
    };
    if function.returns_set && context.padded_sets {
        return value.or_null("the set-returning functions of one SELECT list can end at different rows");
    }
    value
}

/// The result for arguments that are known already.
pub(super) fn result(context: &Context<'_, '_>, function: u32, values: &[Nullability]) -> Nullability {
    match context.level.analysis.catalogue.function(function) {
        Some(function) => of(context, function, values),
        None => Nullability::nullable("nothing is known of the operator"),
    }
}

/// The arguments in the order in which the function declares them.
fn in_order(tree: &Tree) -> Vec<&Node> {
    let mut nodes: Vec<&Node> = tree.get("args").list().iter().collect();
    let named = |node: &&Node| node.tree().filter(|it| it.tag == "NAMEDARGEXPR").map(|it| it.number("argnumber"));
    if nodes.iter().any(|node| named(node).is_some()) {
        let first_named = nodes.iter().position(|node| named(node).is_some()).unwrap_or_default();
        nodes[first_named..].sort_by_key(named);
    }
    nodes
}

/// `ARRAY_REMOVE(array, NULL)`
fn removes_null(function: &Function, nodes: &[&Node]) -> bool {
    let is_null = |node: &&Node| node.tree().is_some_and(|it| it.tag == "CONST" && it.is_true("constisnull"));
    function.source == "array_remove" && nodes.get(1).is_some_and(is_null)
}

fn one(mut columns: Vec<Nullability>) -> Nullability {
    match columns.len() {
        1 => columns.remove(0),
        0 => Nullability::nullable("nothing is known of the function"),
        _ => Nullability { fields: columns, ..Nullability::never("a row of a function is a value") },
    }
}

/// A function that returns no set.
fn of<'t>(context: &Context<'t, '_>, function: &'t Function, values: &[Nullability]) -> Nullability {
    let first_nullable = || values.iter().find(|value| value.nullable);
    let name = function.display_name();
    match function.language.as_str() {
        "internal" | "sql"
            if function.strict
                && (is_concatenation(function)
                    || function.language == "internal" && NEVER_NULL.contains(function.source.as_str())) =>
        {
            let value = match first_nullable() {
                Some(value) => Nullability::nullable(value.reason.clone()),
                None => Nullability::never(format!("{name} of values that are never NULL")),
            };
            with_elements(value, function, values)
        }
        "internal" => with_elements(not_strict(function, values), function, values),
        "sql" if !function.is_void => sql(context, function, values),
        _ => Nullability::nullable(format!("the function {} can return NULL", function.name)),
    }
}

/// `text || anything`: an SQL function whose types PostgreSQL knows only when it is called.
fn is_concatenation(function: &Function) -> bool {
    function.schema == "pg_catalog" && ["textanycat", "anytextcat"].contains(&function.name.as_str())
}

fn with_elements(value: Nullability, function: &Function, values: &[Nullability]) -> Nullability {
    let element = |number: usize| values.get(number).map(Nullability::element);
    let itself = |number: usize| values.get(number).cloned();
    let both = |a: Option<Nullability>, b: Option<Nullability>| Some(a?.either(b?));
    let never = || Some(Nullability::never(format!("{} makes no NULL", function.display_name())));
    let elements = match function.source.as_str() {
        "array_append" => both(element(0), itself(1)),
        "array_prepend" => both(itself(0), element(1)),
        "array_cat" => both(element(0), element(1)),
        "array_remove"
        | "trim_array"
        | "array_shuffle"
        | "array_sample"
        | "array_reverse"
        | "array_sort"
        | "array_sort_order"
        | "array_sort_order_nulls_first" => element(0),
        "array_replace" => both(element(0), itself(2)),
        "array_fill" | "array_fill_with_lower_bounds" => itself(0),
        "text_to_array"
        | "regexp_split_to_array"
        | "regexp_split_to_array_no_flags"
        | "array_positions"
        | "enum_range_all"
        | "enum_range_bounds"
        | "current_schemas"
        | "parse_ident"
        | "tsvector_to_array"
        | "pg_blocking_pids" => never(),
        _ => None,
    };
    match elements {
        Some(elements) => value.with_elements(elements),
        None => value,
    }
}

/// Internal functions that treat NULL in a way of their own.
fn not_strict(function: &Function, values: &[Nullability]) -> Nullability {
    let name = function.display_name();
    let unless = |numbers: &[usize]| {
        let nullable = numbers.iter().find_map(|number| values.get(*number).filter(|value| value.nullable));
        match nullable {
            Some(value) => Nullability::nullable(value.reason.clone()),
            None => Nullability::never(format!("{name} of values that are never NULL")),
        }
    };
    match function.source.as_str() {
        "text_concat"
        | "pg_num_nulls"
        | "pg_num_nonnulls"
        | "json_build_array"
        | "json_build_array_noargs"
        | "json_build_object"
        | "json_build_object_noargs"
        | "jsonb_build_array"
        | "jsonb_build_array_noargs"
        | "jsonb_build_object"
        | "jsonb_build_object_noargs"
        | "quote_nullable"
        | "array_append"
        | "array_prepend"
        | "pg_typeof"
        | "range_constructor2"
        | "range_constructor3"
        | "set_config_by_name"
        | "enum_first"
        | "enum_last"
        | "enum_range_all"
        | "enum_range_bounds" => Nullability::never(format!("{name} is never NULL")),
        "text_concat_ws" | "text_format" | "text_format_nv" | "array_remove" | "array_replace" | "array_positions"
        | "text_to_array" | "text_to_array_null" | "format_type" => unless(&[0]),
        "array_to_text_null" => unless(&[0, 1]),
        "array_fill" => unless(&[1]),
        "array_fill_with_lower_bounds" => unless(&[1, 2]),
        "overlaps_time" | "overlaps_timestamp" | "overlaps_timetz" => unless(&[0, 1, 2, 3]),
        "array_cat" => match values {
            [a, b] if a.nullable && b.nullable => Nullability::nullable(a.reason.clone()),
            _ => Nullability::never(format!("{name} of a value that is never NULL")),
        },
        _ => Nullability::nullable(format!("{name} can return NULL")),
    }
}

/// Calls that depend on more than whether the arguments can be NULL.
fn special(function: &Function, tree: &Tree, nodes: &[&Node], values: &[Nullability]) -> Option<Nullability> {
    if function.language != "internal" {
        return None;
    }
    let name = function.display_name();
    // VARIADIC passes an array, of which these return NULL if it is NULL.
    let spread = [
        "text_concat",
        "pg_num_nulls",
        "pg_num_nonnulls",
        "json_build_array",
        "json_build_object",
        "jsonb_build_array",
        "jsonb_build_object",
        "text_concat_ws",
        "text_format",
    ];
    if tree.is_true("funcvariadic") && spread.contains(&function.source.as_str()) {
        let nullable = values.iter().find(|value| value.nullable)?;
        return Some(Nullability::nullable(nullable.reason.clone()));
    }
    let fields: &[&str] = match function.source.as_str() {
        "timestamp_part" | "timestamptz_part" | "extract_timestamp" | "extract_timestamptz" | "extract_date" => {
            &["epoch", "year", "decade", "century", "millennium", "isoyear", "julian"]
        }
        "interval_part" | "extract_interval" => &["epoch", "year", "decade", "century", "millennium", "hour", "day"],
        _ => return None,
    };
    let field = nodes.first().and_then(|node| text(node)).unwrap_or_default().to_ascii_lowercase();
    Some(if fields.contains(&field.as_str()) {
        match values.iter().find(|value| value.nullable) {
            Some(value) => Nullability::nullable(value.reason.clone()),
            None => Nullability::never(format!("{name} of values that are never NULL")),
        }
    } else {
        Nullability::nullable(format!("{name} of an infinite time is NULL for this field"))
    })
}

/// The text of a literal.
fn text(node: &Node) -> Option<String> {
    let tree = node.tree().filter(|tree| tree.tag == "CONST" && !tree.is_true("constisnull"))?;
    let bytes = tree.get("constvalue").list().get(1)?.list();
    let byte = |node: &Node| node.text()?.parse::<u8>().ok();
    // The first four hold the length.
    String::from_utf8(bytes.get(4..)?.iter().map(byte).collect::<Option<Vec<u8>>>()?).ok()
}

/// The columns of the rows that a function returns, `count` of them.
fn set<'t>(
    context: &Context<'t, '_>,
    function: &'t Function,
    values: &[Nullability],
    count: usize,
) -> Vec<Nullability> {
    let name = function.display_name();
    let never = || Nullability::never(format!("{name} returns no NULL"));
    let nullable = || Nullability::nullable(format!("{name} can return NULL"));
    let own = function.language == "internal";
    let element = || values.first().map_or_else(nullable, Nullability::element);
    let columns = match function.source.as_str() {
        "array_unnest" if own && count == 1 => vec![element()],
        "array_unnest" if own => {
            let element = element();
            let fields = element.fields.iter().cloned();
            fields.map(|field| if element.nullable { field.or_null(&element.reason) } else { field }).collect()
        }
        "json_array_elements"
        | "jsonb_array_elements"
        | "json_object_keys"
        | "jsonb_object_keys"
        | "jsonb_path_query"
        | "jsonb_path_query_tz"
        | "multirange_unnest"
        | "regexp_split_to_table"
        | "regexp_split_to_table_no_flags"
        | "text_to_table"
        | "generate_subscripts"
        | "generate_subscripts_nodir"
            if own =>
        {
            vec![never()]
        }
        source if own && source.starts_with("generate_series_") => vec![never()],
        "regexp_matches" | "regexp_matches_no_flags" if own => vec![never()],
        "json_each" | "jsonb_each" if own => vec![never(), never()],
        "json_each_text" | "jsonb_each_text" if own => vec![never(), nullable()],
        _ if function.language == "sql" => {
            body(context, function, values).map(|(columns, _)| columns).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    // One composite column is as many as it has fields.
    let columns = match columns.as_slice() {
        [row] if count > 1 && !row.nullable => row.fields.clone(),
        _ => columns,
    };
    let unknown = || Nullability::nullable(format!("the function {} can return NULL", function.name));
    if columns.len() == count || (count == 1 && columns.len() > 1) { columns } else { vec![unknown(); count] }
}

/// An SQL function that returns one value.
fn sql<'t>(context: &Context<'t, '_>, function: &'t Function, values: &[Nullability]) -> Nullability {
    let name = &function.name;
    if let Some(value) = values.iter().find(|value| value.nullable).filter(|_| function.strict) {
        return Nullability::nullable(value.reason.clone());
    }
    if function.strict && values.len() < function.arguments && function.schema != "pg_catalog" {
        return Nullability::nullable(format!("the default of an argument of {name} may be NULL"));
    }
    match body(context, function, values) {
        Some((columns, true)) => one(columns),
        Some((columns, false)) => one(columns).or_null(&format!("the query of {name} can return no row")),
        None => Nullability::nullable(format!("the function {name} can return NULL")),
    }
}

/// The columns of an SQL function's last statement, and whether it returns a row.
fn body<'t>(
    context: &Context<'t, '_>,
    function: &'t Function,
    values: &[Nullability],
) -> Option<(Vec<Nullability>, bool)> {
    let last = function.body.last()?;
    let analysis = context.level.analysis;
    let values: Vec<Nullability> = if function.strict {
        values.iter().map(|value| value.clone().proved("the function is not called with NULL")).collect()
    } else {
        values.to_vec()
    };
    analysis.inside(last, || {
        let columns = rows::columns(analysis, last, None, &values, &[]);
        let level = Level::new(analysis, last, None, &values, &[]);
        (columns, rows::has_row(&level))
    })
}

/// The columns of `FROM function(…)`.
pub(super) fn from_clause<'t>(context: &Context<'t, '_>, relation: &'t Tree) -> Vec<Nullability> {
    let functions: Vec<&Tree> = relation.get("functions").trees().collect();
    let mut columns = Vec::new();
    for function in &functions {
        let count = function.index("funccolcount");
        let found = call_in_from(context, function.get("funcexpr"), count);
        columns.extend(found.into_iter().map(|column| {
            if functions.len() > 1 { column.or_null("ROWS FROM fills the shorter function with NULL") } else { column }
        }));
    }
    if relation.is_true("funcordinality") {
        columns.push(Nullability::never("WITH ORDINALITY counts each row"));
    }
    columns
}

fn call_in_from<'t>(context: &Context<'t, '_>, node: &'t Node, count: usize) -> Vec<Nullability> {
    let call = node.tree().filter(|tree| tree.tag == "FUNCEXPR");
    let function = call.and_then(|tree| context.level.analysis.catalogue.function(tree.oid("funcid")));
    match (call, function) {
        (Some(tree), Some(function)) if function.returns_set => {
            let nodes = in_order(tree);
            let values: Vec<Nullability> = nodes.iter().map(|node| expressions::nullability(context, node)).collect();
            set(context, function, &values, count)
        }
        _ => {
            let value = expressions::nullability(context, node);
            if count == 1 && value.fields.is_empty() {
                vec![value]
            } else if value.fields.len() == count {
                let reason = value.reason.clone();
                let fields = value.fields.into_iter();
                fields.map(|field| if value.nullable { field.or_null(&reason) } else { field }).collect()
            } else {
                vec![Nullability::nullable(value.reason); count]
            }
        }
    }
}
