//! Whether an expression can be NULL.

use super::{
    Nullability, aggregates, any_of, functions,
    level::{Branch, Context, Level},
    predicates::{Facts, Outcome},
    range_table, rows,
};
use crate::analysis::{Node, Tree};

/// Whether the value of `node` can be NULL.
pub(super) fn nullability<'t>(context: &Context<'t, '_>, node: &'t Node) -> Nullability {
    let Some(tree) = node.tree() else { return Nullability::nullable("nothing is known of it") };
    let found = context.level.analysis.deeper(|| {
        if tree.tag == "VAR" {
            return range_table::column(context, tree);
        }
        let level = context.level;
        let is_known = |facts: &Facts<'t>| facts.has_expression(level.depth, node);
        if context.grouped && !is_known(&level.group_facts) && level.missing.iter().any(|it| it.is_same(node)) {
            return Nullability::nullable("it is missing from a grouping set");
        }
        let value = of(context, tree);
        if value.nullable && context.proves(&is_known) { value.proved("a condition excludes NULL") } else { value }
    });
    found.unwrap_or_else(|| Nullability::nullable("the expression is nested too deeply to be analysed"))
}

/// The first of several values that can be NULL, or else `never`.
pub(super) fn strict<'t>(
    context: &Context<'t, '_>,
    nodes: impl IntoIterator<Item = &'t Node>,
    never: impl FnOnce() -> Nullability,
) -> Nullability {
    let first = nodes.into_iter().map(|node| nullability(context, node)).find(|value| value.nullable);
    first.map_or_else(never, |value| Nullability::nullable(value.reason))
}

fn of<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let arguments = tree.get("args").list();
    let argument = || nullability(context, tree.get("arg"));
    match tree.tag.as_str() {
        "CONST" => constant(context, tree),
        "PARAM" => parameter(context, tree),
        "AGGREF" => aggregates::aggregate(context, tree),
        "WINDOWFUNC" => aggregates::window(context, tree),
        "FUNCEXPR" => functions::call(context, tree, tree.oid("funcid")),
        "OPEXPR" => functions::call(context, tree, tree.oid("opfuncid")),
        "NULLIFEXPR" => {
            let first = arguments.first().map(|first| nullability(context, first));
            first.unwrap_or_else(|| Nullability::nullable("NULLIF")).or_null("NULLIF is NULL where both are equal")
        }
        "SCALARARRAYOPEXPR" => array_comparison(context, tree),
        "BOOLEXPR" => logic(context, tree),
        "SUBLINK" => subquery(context, tree),
        "SUBSCRIPTINGREF" => subscript(context, tree),
        "FIELDSELECT" => {
            let row = argument();
            let number = tree.index("fieldnum");
            let field = number.checked_sub(1).and_then(|number| row.fields.get(number));
            match (row.nullable, field) {
                (true, _) => Nullability::nullable(row.reason),
                (false, Some(field)) => field.clone(),
                (false, None) => Nullability::nullable("a field of a composite value can be NULL"),
            }
        }
        "COERCETODOMAIN" if context.level.analysis.catalogue.is_not_null_domain(tree.oid("resulttype")) => {
            argument().proved("its domain refuses NULL")
        }
        "COERCETODOMAIN" | "RELABELTYPE" | "COLLATEEXPR" | "NAMEDARGEXPR" | "CONVERTROWTYPEEXPR" => argument(),
        "COERCEVIAIO" => {
            let value = argument();
            Nullability { elements: None, fields: Vec::new(), ..value }
        }
        "ARRAYCOERCEEXPR" => array_coercion(context, tree),
        "CASETESTEXPR" => match context.case_value {
            Some(value) => value.clone(),
            None => Nullability::nullable("nothing is known of it"),
        },
        "CASEEXPR" => case(context, tree),
        "COALESCEEXPR" | "MINMAXEXPR" => first_of(context, arguments),
        "ARRAYEXPR" => array(context, tree),
        "ROWEXPR" => Nullability {
            fields: arguments.iter().map(|it| nullability(context, it)).collect(),
            ..Nullability::never("a row is a value")
        },
        "ROWCOMPAREEXPR" => strict(context, tree.get("largs").list().iter().chain(tree.get("rargs").list()), || {
            Nullability::never("a comparison of values that are never NULL")
        }),
        "SQLVALUEFUNCTION" if tree.number("op") == 14 => {
            Nullability::nullable("CURRENT_SCHEMA is NULL where no schema of the search path exists")
        }
        "SQLVALUEFUNCTION" | "GROUPINGFUNC" | "NULLTEST" | "BOOLEANTEST" | "DISTINCTEXPR" | "NEXTVALUEEXPR"
        | "MERGESUPPORTFUNC" | "CURRENTOFEXPR" | "FIELDSTORE" => Nullability::never("it is never NULL"),
        "XMLEXPR" => xml(context, tree),
        "JSONVALUEEXPR" => nullability(context, tree.get("formatted_expr")),
        "JSONCONSTRUCTOREXPR" => json_constructor(context, tree),
        "JSONISPREDICATE" => {
            strict(context, [tree.get("expr")], || Nullability::never("IS JSON of a value that is never NULL"))
        }
        _ => Nullability::nullable("nothing is known of it"),
    }
}

fn constant(context: &Context<'_, '_>, tree: &Tree) -> Nullability {
    if tree.is_true("constisnull") {
        return Nullability::nullable("it is a literal NULL").with_elements(Nullability::never("there are none"));
    }
    let value = Nullability::never("it is a literal");
    if !context.level.analysis.catalogue.is_array(tree.oid("consttype")) {
        return value;
    }
    // Length, dimensions, and where the data begins if there is a map of the NULLs: four bytes each.
    let bytes = tree.get("constvalue").list().get(1).map(Node::list).unwrap_or_default();
    match bytes.get(8..12) {
        Some(start) if start.iter().all(|byte| byte.text() == Some("0")) => {
            value.with_elements(Nullability::never("the literal holds no NULL"))
        }
        _ => value,
    }
}

fn parameter(context: &Context<'_, '_>, tree: &Tree) -> Nullability {
    const EXTERNAL: i64 = 0;
    const OF_SUBQUERY: i64 = 2;
    let of = |known: &[Nullability]| tree.index("paramid").checked_sub(1).and_then(|number| known.get(number).cloned());
    let known = match tree.number("paramkind") {
        EXTERNAL => of(context.level.parameters),
        OF_SUBQUERY => context.compared.and_then(of),
        _ => None,
    };
    known.unwrap_or_else(|| Nullability::nullable("nothing is known of the parameter"))
}

/// The first argument that is not NULL.
fn first_of<'t>(context: &Context<'t, '_>, arguments: &'t [Node]) -> Nullability {
    let mut values = Vec::new();
    for argument in arguments {
        let value = nullability(context, argument);
        let is_last = !value.nullable;
        values.push(value);
        if is_last {
            break;
        }
    }
    let never = values.last().filter(|it| !it.nullable).map(|it| it.reason.clone());
    let merged = any_of(values).unwrap_or_else(|| Nullability::nullable("nothing is known of it"));
    match never {
        Some(reason) => Nullability { nullable: false, reason, ..merged },
        None => Nullability { nullable: true, reason: "every argument can be NULL".to_owned(), ..merged },
    }
}

/// NULL with AND means: no argument is false; with OR: none is true.
fn logic<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let arguments = tree.get("args").list();
    let outcome = match tree.text("boolop") {
        "and" => Outcome::NotFalse,
        "or" => Outcome::NotTrue,
        _ => return strict(context, arguments, || Nullability::never("NOT of a value that is never NULL")),
    };
    let facts: Vec<Facts<'t>> = arguments.iter().map(|it| context.level.proofs(it, outcome)).collect();
    for (number, argument) in arguments.iter().enumerate() {
        let others = facts.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, facts)| facts.clone());
        let value = in_branch(context, others.reduce(Facts::and).unwrap_or_default(), argument);
        if value.nullable {
            return Nullability::nullable(value.reason);
        }
    }
    Nullability::never("a condition on values that are never NULL")
}

fn in_branch<'t>(context: &Context<'t, '_>, facts: Facts<'t>, node: &'t Node) -> Nullability {
    let branch = Branch { facts, around: context.branch };
    nullability(&Context { branch: Some(&branch), ..*context }, node)
}

fn case<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let compared = tree.get("arg");
    let value = (!compared.is_null()).then(|| nullability(context, compared));
    let context = Context { case_value: value.as_ref().or(context.case_value), ..*context };
    let level = context.level;
    let mut passed = Facts::default();
    let mut results = Vec::new();
    for when in tree.get("args").trees() {
        let condition = when.get("expr");
        let mut here = level.proofs(condition, Outcome::True);
        if !compared.is_null() && level.proves_case_value(condition) {
            here = here.and(level.non_null(compared));
        }
        results.push(in_branch(&context, passed.clone().and(here), when.get("result")));
        passed = passed.and(level.proofs(condition, Outcome::NotTrue));
        // `CASE x WHEN NULL` is never true, and `x = 1` not true may be NULL: these prove nothing further on.
    }
    let default = tree.get("defresult");
    results.push(match default.tree() {
        None => Nullability::nullable("CASE without ELSE is NULL where no condition holds"),
        Some(it) if it.tag == "CONST" && it.is_true("constisnull") => {
            Nullability::nullable("CASE is NULL where no condition holds")
        }
        Some(_) => in_branch(&context, passed, default),
    });
    any_of(results).unwrap_or_else(|| Nullability::nullable("nothing is known of it"))
}

impl<'t> Level<'t, '_> {
    /// Whether `CASE x WHEN value` compares strictly: then x is not NULL.
    fn proves_case_value(&self, condition: &'t Node) -> bool {
        condition.tree().is_some_and(|it| {
            it.tag == "OPEXPR"
                && self.analysis.catalogue.function(it.oid("opfuncid")).is_some_and(|function| function.strict)
        })
    }
}

fn array<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let value = Nullability::never("ARRAY[…] is a value");
    let elements = tree.get("elements").list().iter().map(|it| nullability(context, it));
    let element = if tree.is_true("multidims") {
        any_of(elements.map(|it| if it.nullable { Nullability::nullable(it.reason) } else { it.element() }))
    } else {
        any_of(elements)
    };
    value.with_elements(element.unwrap_or_else(|| Nullability::never("there are none")))
}

/// `array::other[]`: each element is converted.
fn array_coercion<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let value = nullability(context, tree.get("arg"));
    let element = value.element();
    let compared = Context { case_value: Some(&element), ..*context };
    let converted = nullability(&compared, tree.get("elemexpr"));
    Nullability { fields: Vec::new(), ..value }.with_elements(converted)
}

/// `x = ANY (array)`
fn array_comparison<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    let [scalar, array] = tree.get("args").list() else { return Nullability::nullable("nothing is known of it") };
    let (scalar, array) = (nullability(context, scalar), nullability(context, array));
    let element = array.element();
    let operator = functions::result(context, tree.oid("opfuncid"), &[scalar, element.clone()]);
    match (array.nullable, operator.nullable, element.nullable) {
        (true, ..) => Nullability::nullable(array.reason),
        (_, _, true) => Nullability::nullable("a comparison with an element that is NULL is NULL"),
        (_, true, _) => Nullability::nullable(operator.reason),
        _ => Nullability::never("a comparison of values that are never NULL"),
    }
}

fn subquery<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    const EXISTS: i64 = 0;
    const EXPRESSION: i64 = 4;
    const ARRAY: i64 = 6;
    let kind = tree.number("subLinkType");
    let Some(query) = tree.get("subselect").tree().filter(|_| kind != EXISTS) else {
        return Nullability::never("EXISTS is never NULL");
    };
    let level = context.level;
    let columns = rows::columns(level.analysis, query, Some(context), level.parameters, &[]);
    let unknown = || Nullability::nullable("nothing is known of the subquery");
    match kind {
        EXPRESSION => {
            let inner = Level::new(level.analysis, query, Some(context), level.parameters, &[]);
            let value = columns.into_iter().next().unwrap_or_else(unknown);
            if rows::has_row(&inner) { value } else { value.or_null("a subquery without a row is NULL") }
        }
        ARRAY => {
            let value = Nullability::never("ARRAY(SELECT …) is a value");
            match columns.into_iter().next() {
                // An array of arrays: its elements are theirs.
                Some(it) if it.elements.is_some() => value.with_elements(it.element().either(it)),
                Some(it) => value.with_elements(it),
                None => value,
            }
        }
        1..=3 => {
            let compared = nullability(&Context { compared: Some(&columns), ..*context }, tree.get("testexpr"));
            // A row that is compared with a subquery that may have none.
            if kind == 3 { compared.or_null("a subquery without a row is NULL") } else { compared }
        }
        _ => unknown(),
    }
}

fn subscript<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    if !tree.get("refassgnexpr").is_null() {
        return Nullability::nullable("nothing is known of the array");
    }
    let container = nullability(context, tree.get("refexpr"));
    let lower = tree.get("reflowerindexpr").list();
    let is_array = context.level.analysis.catalogue.is_array(tree.oid("refcontainertype"));
    if lower.is_empty() || !is_array {
        return Nullability::nullable("a subscript can be out of bounds");
    }
    let bounds = tree.get("refupperindexpr").list().iter().chain(lower).filter(|it| !it.is_null());
    let element = container.element();
    let reason = container.reason.clone();
    if container.nullable {
        return Nullability::nullable(reason).with_elements(element);
    }
    strict(context, bounds, || Nullability::never("a slice of an array is an array")).with_elements(element)
}

/// The kinds of an `XMLEXPR` that are NULL only if all their arguments are, and the one that never is.
fn xml<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    const CONCATENATION: i64 = 0;
    const ELEMENT: i64 = 1;
    const FOREST: i64 = 2;
    let named = tree.get("named_args").list();
    match tree.number("op") {
        ELEMENT => Nullability::never("XMLELEMENT is a value"),
        CONCATENATION => first_of(context, tree.get("args").list()),
        FOREST => first_of(context, named),
        _ => strict(context, tree.get("args").list().iter().chain(named), || {
            Nullability::never("XML of values that are never NULL")
        }),
    }
}

fn json_constructor<'t>(context: &Context<'t, '_>, tree: &'t Tree) -> Nullability {
    match tree.number("type") {
        1 | 2 => Nullability::never("a JSON constructor returns a value"),
        3 | 4 => nullability(context, tree.get("func")),
        _ => strict(
            context,
            tree.get("args").list().iter().chain([tree.get("func")].into_iter().filter(|it| !it.is_null())),
            || Nullability::never("JSON of a value that is never NULL"),
        ),
    }
}

pub(super) fn is_true_literal(node: &Node) -> bool {
    node.tree().is_some_and(|it| {
        let first = it.get("constvalue").list().get(1).and_then(|bytes| bytes.list().first());
        it.tag == "CONST" && first.and_then(Node::text) == Some("1")
    })
}
