//! Queries that are several statements: conditions that vanish without a value, a choice of orders, pages by keys.
//!
//! Each combination is a statement of its own, which is checked as every other one. All of them are here, by the text alone;
//! the program chooses one by its number.

mod conditions;
mod order;
mod page;

use barqnet_db_sql::{Kind, Name, Token, tokens};

pub(crate) use self::{
    conditions::without_marks,
    order::{NamedOrder, named_orders, names_orders},
    page::{Part, key_of_parameter},
};
use self::{
    conditions::{Where, assign, clause_end, clauses, depths, wheres},
    order::{Key, keys},
};
use super::{FlatSql, Mark, Marks, names::camel_case};

/// How many conditions of a query can be optional.
const MAX_FILTERS: usize = 6;
/// How many statements a query can be.
const MAX_STATEMENTS: usize = 256;

/// Why a query can't be several statements.
pub(crate) struct Refusal {
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Refusal {
    fn new(offset: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { offset, message: message.into(), help: help.into() }
    }
}

/// What the caller of a query chooses.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    /// The parameters without which a condition vanishes.
    pub(crate) filters: Vec<String>,
    /// The names of the orders; empty if there is one order.
    pub(crate) orders: Vec<Name>,
    /// How many parameters stand before the order in the SQL.
    pub(crate) order_place: usize,
    /// The parameter that is the size of a page, and the keys of each order as text; `None` without pages.
    pub(crate) page: Option<(String, Vec<String>)>,
}

impl Choices {
    /// How many statements there are.
    pub(crate) fn statements(&self) -> usize {
        let parts = if self.page.is_some() { Part::ALL.len() } else { 1 };
        (parts * self.orders.len().max(1)) << self.filters.len()
    }
}

/// One of the statements of a query.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    /// Its number: one bit per filter that is there, then the order, then the part.
    pub(crate) number: usize,
    /// What it is, for messages.
    pub(crate) label: String,
    pub(crate) order: usize,
    pub(crate) part: Part,
}

/// The choices of a query, and its statements by their numbers.
pub(crate) type Several = (Choices, Vec<(Variant, FlatSql)>);

/// The choices of a query and its statements. `None` if it is one statement.
pub(crate) fn variants(
    file: &str,
    name: &Name,
    marks: &Marks,
    orders: &[NamedOrder],
    sql: std::ops::Range<usize>,
) -> Result<Option<Several>, Refusal> {
    let all = tokens(&file[sql.clone()]);
    let (code, optional) = without_marks(all.iter().filter(|token| token.kind != Kind::Comment));
    let has_pages = marks.has(Mark::Page);
    if optional.is_empty() && orders.is_empty() && !has_pages {
        return Ok(None);
    }
    if let Some(mark) = [Mark::Batch, Mark::CopyIn, Mark::CopyOut].into_iter().find(|mark| marks.has(*mark)) {
        let message = format!("`{}` is several statements, so it can't be marked `{}`", name.text, mark.name());
        return Err(Refusal::new(name.offset, message, "write two queries: one with the mark, one with the choices"));
    }
    let depths = depths(&code);
    let mut wheres = wheres(&code, &depths);
    let start = sql.start;
    let filters = assign(&code, &optional, &mut wheres, start)?;
    if filters.len() > MAX_FILTERS {
        let message =
            format!("`{}` has {} optional conditions: at most {MAX_FILTERS} are possible", name.text, filters.len());
        let help = "write two queries, or one condition with a parameter that can be NULL: (:name::TEXT IS NULL OR …)";
        return Err(Refusal::new(name.offset, message, help));
    }
    let text = Text { file, code: &code, optional: &optional, depths: &depths, wheres: &wheres, start };
    let page = if has_pages { Some(page::size(&code, &depths, start)?) } else { None };
    let order_by = text.order_by(orders, has_pages)?;
    let sorted = order_by.as_ref().map(|order_by| &order_by.orders);
    let keys_of = |order: usize| sorted.and_then(|orders| orders.get(order)).map_or(&[][..], Vec::as_slice);
    let choices = Choices {
        filters,
        orders: orders.iter().map(|order| order.name.clone()).collect(),
        order_place: order_by.as_ref().map_or(0, |order_by| text.parameters_before(order_by.word)),
        page: page.map(|size| {
            let descriptions =
                sorted.into_iter().flatten().map(|keys| keys.iter().map(Key::text).collect::<Vec<_>>().join(", "));
            (size, descriptions.collect())
        }),
    };
    let count = choices.statements();
    if count > MAX_STATEMENTS {
        let message = format!("`{}` is {count} statements: at most {MAX_STATEMENTS} are possible", name.text);
        let help =
            "each optional condition doubles their number: make one required, take out an order, or write two queries";
        return Err(Refusal::new(name.offset, message, help));
    }
    let statement = |number: usize| {
        let (filters, rest) = (number & ((1 << choices.filters.len()) - 1), number >> choices.filters.len());
        let orders = choices.orders.len().max(1);
        let (order, part) = (rest % orders, Part::ALL[rest / orders]);
        let flat = text.statement(filters, order_by.as_ref().map(|it| it.word), keys_of(order), part);
        (Variant { number, label: label(&choices, filters, order, part), order, part }, flat)
    };
    let statements = (0..count).map(statement).collect();
    Ok(Some((choices, statements)))
}

fn label(choices: &Choices, filters: usize, order: usize, part: Part) -> String {
    let missing: Vec<String> = choices
        .filters
        .iter()
        .enumerate()
        .filter(|(bit, _)| filters & (1 << bit) == 0)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    let filters = match missing.len() {
        _ if choices.filters.is_empty() => None,
        0 => Some("with every optional condition".to_owned()),
        _ => Some(format!("without {}", missing.join(", "))),
    };
    let order = choices.orders.get(order).map(|order| format!("order `{}`", order.text));
    let part = choices.page.is_some().then(|| part.label().to_owned());
    [filters, order, part].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A statement with its parts.
struct Text<'t> {
    file: &'t str,
    code: &'t [&'t Token<'t>],
    /// The places of the optional parameters.
    optional: &'t [usize],
    depths: &'t [usize],
    wheres: &'t [Where],
    /// Where it begins in the file.
    start: usize,
}

/// ORDER BY and its keys.
struct OrderBy<'t> {
    /// The place of the word ORDER.
    word: usize,
    /// The keys of each order.
    orders: Vec<Vec<Key<'t>>>,
}

impl<'t> Text<'t> {
    /// `None` if the order is not a matter of the variants.
    fn order_by(&self, named: &[NamedOrder], has_pages: bool) -> Result<Option<OrderBy<'t>>, Refusal> {
        if named.is_empty() && !has_pages {
            return Ok(None);
        }
        let missing = |offset, message: String| {
            let help = "write ORDER BY :order, or the keys of a page: ORDER BY created_at DESC, id DESC";
            Err(Refusal::new(offset, message, help))
        };
        let mut words = clauses(self.code, self.depths, "ORDER");
        words.retain(|at| self.code.get(at + 1).is_some_and(|next| next.is("BY")));
        let Some(&word) = words.first() else {
            return missing(self.start, "the statement has no ORDER BY outside brackets".to_owned());
        };
        if let Some(&second) = words.get(1) {
            return missing(self.place(second), "the statement has two ORDER BY outside brackets".to_owned());
        }
        let end = clause_end(self.code, self.depths, word);
        let by = &self.code[word + 2..end];
        let placeholder = by.iter().find(|token| token.kind == Kind::Parameter && token.text == ":order");
        if named.is_empty() {
            if let Some(placeholder) = placeholder {
                let help = "name the orders below the `--!` line: --: order newest: created_at DESC, id DESC";
                return Err(Refusal::new(self.start + placeholder.offset, "no orders are named", help));
            }
            let keys = keys(&by.iter().map(|token| **token).collect::<Vec<_>>(), self.start)?;
            return Ok(Some(OrderBy { word, orders: vec![keys] }));
        }
        let is_placeholder = |token: &Token<'_>| token.kind == Kind::Parameter && token.text == ":order";
        if !matches!(by, [only] if is_placeholder(only)) {
            return missing(self.place(word), "the orders above are not used: ORDER BY has keys of its own".to_owned());
        }
        let mut uses = self.code.iter().filter(|token| is_placeholder(token));
        if let Some(second) = uses.nth(1) {
            return missing(
                self.start + second.offset,
                "`:order` is the order, and stands in ORDER BY only".to_owned(),
            );
        }
        for (index, order) in named.iter().enumerate() {
            // Both would be one variant of the enum.
            let is_same = |other: &NamedOrder| camel_case(&other.name.text) == camel_case(&order.name.text);
            if named[..index].iter().any(is_same) {
                let message = format!("the order `{}` is named twice", order.name.text);
                return Err(Refusal::new(order.name.offset, message, "give one of the two another name"));
            }
        }
        let orders = named.iter().map(|order| order.keys(self.file)).collect::<Result<_, _>>()?;
        Ok(Some(OrderBy { word, orders }))
    }

    fn place(&self, token: usize) -> usize {
        self.start + self.code[token].offset
    }

    /// How many parameters are named before a token.
    fn parameters_before(&self, token: usize) -> usize {
        let mut names: Vec<&str> = Vec::new();
        for token in self.code[..token].iter().filter(|token| token.kind == Kind::Parameter) {
            if !names.contains(&token.text) {
                names.push(token.text);
            }
        }
        names.len()
    }

    /// The statement with the conditions of `filters`, ordered by `keys` from the word ORDER on.
    fn statement(&self, filters: usize, order: Option<usize>, keys: &[Key<'_>], part: Part) -> FlatSql {
        let marks = self.optional.iter().map(|at| self.start + self.code[*at].end());
        let mut flat = FlatSql::with_marks(marks);
        // A page has one WHERE at most.
        let where_of_page = part.has_cursor().then(|| self.wheres.first().map(|it| it.word)).flatten();
        let mut at = 0;
        while at < self.code.len() {
            let of_where = self.wheres.iter().find(|it| it.word == at);
            if let Some(it) = of_where {
                self.push_where(&mut flat, it, filters, (where_of_page == Some(at)).then_some((keys, part)));
                at = it.end();
            } else if order == Some(at) {
                if part.has_cursor() && where_of_page.is_none() {
                    flat.push_text(" WHERE ", keys[0].offset());
                    page::condition(&mut flat, keys, part.is_reversed());
                }
                flat.push(&self.code[at..at + 2], self.start);
                for (number, key) in keys.iter().enumerate() {
                    flat.push_text(if number > 0 { ", " } else { " " }, key.offset());
                    key.push_order(&mut flat, part.is_reversed());
                }
                at = clause_end(self.code, self.depths, at);
            } else {
                let next = |other: usize| if other > at { other } else { usize::MAX };
                let words = self.wheres.iter().map(|it| it.word).chain(order).map(next);
                let end = words.min().unwrap_or(usize::MAX).min(self.code.len());
                flat.push(&self.code[at..end], self.start);
                at = end;
            }
        }
        flat
    }

    fn push_where(&self, flat: &mut FlatSql, it: &Where, filters: usize, page: Option<(&[Key<'_>], Part)>) {
        let is_kept = |filter: Option<usize>| filter.is_none_or(|filter| filters & (1 << filter) != 0);
        let kept = it.conditions.iter().filter(|condition| is_kept(condition.filter));
        // Nothing has been written so far of this clause.
        let mut is_empty = true;
        let mut join = |flat: &mut FlatSql, and: Option<usize>| {
            let word = if std::mem::take(&mut is_empty) { Some(it.word) } else { and };
            match word {
                Some(word) => flat.push(&self.code[word..=word], self.start),
                None => flat.push_text(" AND", self.place(it.word)),
            }
        };
        let is_one_of_two = it.has_or && page.is_some();
        for condition in kept {
            join(flat, condition.tokens.start.checked_sub(1));
            if is_one_of_two {
                flat.push_text(" (", self.place(it.word));
            }
            flat.push(&self.code[condition.tokens.clone()], self.start);
            if is_one_of_two {
                flat.push_text(")", self.place(it.word));
            }
        }
        if let Some((keys, part)) = page {
            join(flat, None);
            flat.push_text(" ", keys[0].offset());
            page::condition(flat, keys, part.is_reversed());
        }
    }
}
