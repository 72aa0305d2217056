//! What the statements of one query must have in common, and the columns by which pages are divided.

use std::collections::BTreeMap;

use barqnet_db_client::{is_key_type, type_name};
use barqnet_db_sql::Name;
use tokio_postgres::types::Type;

use crate::{
    access::{sides, without_casts},
    analysis::{Analysed, Node, Tree, can_be_null},
    diagnostic::{Diagnostic, Diagnostics},
    queries::{self, Mark, Part, Query},
    query_check::Prepared,
    settings::Settings,
};

const RULE: &str = "variants";

/// Parameters and columns have the same types in every statement of a query, because the function has one signature.
pub(crate) fn check(prepared: &[Prepared<'_>]) -> Diagnostics {
    let mut found = Diagnostics::default();
    for first in prepared.iter().filter(|it| it.query.choices.is_some()) {
        for other in prepared.iter().filter(|it| is_variant_of(it, first)) {
            found.extend_of(other.query, difference(first, other));
        }
    }
    found
}

/// Whether it is another statement of the query.
pub(crate) fn is_variant_of(it: &Prepared<'_>, first: &Prepared<'_>) -> bool {
    let is_variant = it.query.variant.is_some() && it.query.choices.is_none();
    is_variant && std::ptr::eq(it.module, first.module) && it.query.name.offset == first.query.name.offset
}

fn parameters<'p>(it: &'p Prepared<'_>) -> impl Iterator<Item = (&'p Name, &'p Type)> {
    it.query.flat.parameters.iter().zip(it.statement.params())
}

fn difference(first: &Prepared<'_>, other: &Prepared<'_>) -> Option<Diagnostic> {
    let module = first.module;
    let different = parameters(other).find_map(|(name, ty)| {
        let (_, expected) = parameters(first).find(|(other, _)| other.text == name.text)?;
        (expected != ty).then_some((name, ty, expected))
    });
    if let Some((name, ty, expected)) = different {
        let message = format!("the parameter `{}` is {} in one statement and {} in another", name.text, expected, ty);
        return Some(Diagnostic::error(RULE, &module.path, message).at(&module.text, name.offset).help(format!(
            "say its type wherever it stands: :{}::{}",
            name.text,
            expected.name().to_uppercase()
        )));
    }
    let columns = |it: &Prepared<'_>| -> Vec<(String, Type)> {
        it.statement.columns().iter().map(|it| (it.name().to_owned(), it.type_().clone())).collect()
    };
    (columns(first) != columns(other)).then(|| {
        let message = "the columns of the result depend on an optional condition";
        Diagnostic::error(RULE, &module.path, message)
            .at(&module.text, first.query.sql.start)
            .help("cast them in the SELECT list")
    })
}

/// The columns of the result that are the keys of an order: their places and types.
pub(crate) type Keys = Vec<(usize, String)>;

/// The keys of pages: by the path of the module, the place of the query, and the order.
#[derive(Default)]
pub(crate) struct PageKeys(BTreeMap<(String, usize, usize), Keys>);

impl PageKeys {
    /// The keys of an order of a query.
    pub(crate) fn of(&self, module: &str, query: &Query, order: usize) -> &[(usize, String)] {
        self.0.get(&(module.to_owned(), query.name.offset, order)).map_or(&[], Vec::as_slice)
    }

    /// Those that the trees show, and what is wrong with them.
    pub(crate) fn derive(analysed: &[Analysed<'_, '_>], settings: &Settings, found: &mut Diagnostics) -> Self {
        let mut keys = Self::default();
        for it in analysed {
            let (module, query) = (it.prepared.module, it.prepared.query);
            let (Some(variant), Some(tree)) = (&query.variant, &it.tree) else { continue };
            if !query.marks.has(Mark::Page) {
                continue;
            }
            match of_statement(it, tree, settings) {
                Ok(of_order) => {
                    if variant.part == Part::First {
                        keys.0.insert((module.path.clone(), query.name.offset, variant.order), of_order);
                    }
                }
                Err(refused) => found.extend_of(query, [*refused]),
            }
        }
        keys
    }
}

fn of_statement(it: &Analysed<'_, '_>, tree: &Tree, settings: &Settings) -> Result<Keys, Box<Diagnostic>> {
    let Analysed { prepared: Prepared { module, query, statement }, columns, .. } = it;
    let place = order_place(it);
    let refused = |message: String| Diagnostic::error(RULE, &module.path, message).at(&module.text, place);
    let compared = compared(tree, query);
    let mut keys = Vec::new();
    for (number, clause) in tree.get("sortClause").trees().enumerate() {
        let targets = || tree.get("targetList").trees();
        let sorted = targets().find(|target| target.number("ressortgroupref") == clause.number("tleSortGroupRef"));
        let Some(sorted) = sorted else { continue };
        let value = if sorted.is_true("resjunk") { plain(sorted.get("expr")) } else { sorted.get("expr") };
        let selected = targets().find(|target| !target.is_true("resjunk") && target.get("expr").is_same(value));
        let Some(selected) = selected else {
            return Err(Box::new(
                refused(format!(
                    "the key {} of the order is no column of the result, so that no cursor can hold it",
                    number + 1
                ))
                .help("add it to the SELECT list, as the order has it"),
            ));
        };
        let index = selected.index("resno").saturating_sub(1);
        let (Some(column), Some(of_statement)) = (columns.get(index), statement.columns().get(index)) else { continue };
        let name = &column.name;
        if let Some(in_where) = compared.get(&number)
            && !relabeled(in_where).is_same(relabeled(selected.get("expr")))
        {
            return Err(Box::new(
                refused(format!(
                    "`{name}` is the column of the result in ORDER BY, and another one in the condition of the page"
                ))
                .note("ORDER BY looks for a name in the SELECT list first, WHERE never")
                .help(format!(
                    "name the column with its table: t.{name}; or give the column of the result another name by AS"
                )),
            ));
        }
        if can_be_null(module, query, column).0 {
            return Err(Box::new(
                refused(format!("the key `{name}` can be NULL, and no row comes after NULL"))
                    .note(format!("why: {}", column.reason))
                    .help(format!("select and order by COALESCE({name}, value) under a name of its own, or make the column NOT NULL")),
            ));
        }
        if settings.secrets.iter().any(|secret| secret == name) {
            return Err(Box::new(
                refused(format!("the key `{name}` is secret, and who has a cursor can read its keys"))
                    .help("order by another column; `secrets` in codegen.toml lists what is secret"),
            ));
        }
        let ty = type_name(of_statement.type_());
        let is_enum = matches!(of_statement.type_().kind(), tokio_postgres::types::Kind::Enum(_));
        if !(is_key_type(&ty) || is_enum) {
            return Err(Box::new(
                refused(format!("the key `{name}` is {ty}, which no cursor holds"))
                    .help("order by numbers, text, times, dates, uuid, boolean, bytea or an enum"),
            ));
        }
        keys.push((index, ty));
    }
    Ok(keys)
}

/// Where the order of the statement stands: a name that the annotation lists, or ORDER BY.
fn order_place(it: &Analysed<'_, '_>) -> usize {
    let Prepared { module, query, .. } = it.prepared;
    let base = module.queries.iter().find(|base| base.name.offset == query.name.offset);
    let orders = base.and_then(|base| base.choices.as_ref()).map_or(&[][..], |choices| &choices.orders);
    let named = query.variant.as_ref().and_then(|variant| orders.get(variant.order)).map(|order| order.offset);
    let sql = crate::place::SqlText::new(module, query);
    let order_by = sql.all(&["ORDER", "BY"]).into_iter().rfind(|at| sql.depths[*at] == 0);
    named.unwrap_or_else(|| {
        let character = order_by.map_or(0, |at| query.flat.numbered[..sql.tokens[at].offset].chars().count());
        query.flat.original_offset(character)
    })
}

/// What the condition of a page compares with the values of a cursor, by the number of the key.
fn compared<'t>(tree: &'t Tree, query: &Query) -> BTreeMap<usize, &'t Node> {
    let key = |node: &Node| {
        let number =
            usize::try_from(without_casts(node).tree().filter(|it| it.tag == "PARAM")?.number("paramid")).ok()?;
        let name = &query.flat.parameters.get(number.checked_sub(1)?)?.text;
        queries::key_of_parameter(name)
    };
    let mut found = BTreeMap::new();
    let Some(from) = tree.get("jointree").tree() else { return found };
    from.get("quals").walk(&mut |tree| {
        let pairs: Vec<(&Node, &Node)> = match tree.tag.as_str() {
            "ROWCOMPAREEXPR" => tree.get("largs").list().iter().zip(tree.get("rargs").list()).collect(),
            _ => sides(tree).into_iter().collect(),
        };
        found.extend(pairs.into_iter().filter_map(|(value, parameter)| Some((key(parameter)?, value))));
    });
    found
}

/// The expression without casts that change no value, such as that of `varchar` to `text`.
fn relabeled(expression: &Node) -> &Node {
    match expression.tree() {
        Some(tree) if tree.tag == "RELABELTYPE" => relabeled(tree.get("arg")),
        _ => expression,
    }
}

/// `id` of the idiom `id + 0`.
pub(crate) fn plain(expression: &Node) -> &Node {
    let Some(tree) = expression.tree() else { return expression };
    match sides(tree) {
        Some((value, other)) if without_casts(other).tree().is_some_and(|it| it.tag == "CONST") => relabeled(value),
        _ => expression,
    }
}
