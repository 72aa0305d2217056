//! Which columns of a result can be NULL, and why: derived from the analysed tree.
//!
//! What is not known counts as nullable. A column is never NULL only if every rule on the way to it says so.

mod aggregates;
mod expressions;
mod functions;
mod level;
mod modified;
mod predicates;
mod range_table;
mod rows;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use tokio_postgres::types::Oid;

use super::{Tree, catalogue::Catalogue};

/// Whether a value can be NULL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nullability {
    pub(crate) nullable: bool,
    /// Why, in plain words: `users.phone has no NOT NULL`.
    pub(crate) reason: String,
    /// Of an array's elements; `None` if nothing is known of them.
    pub(crate) elements: Option<Box<Self>>,
    /// Of a composite value's fields, as far as they are known.
    pub(crate) fields: Vec<Self>,
}

/// A column of a query's result.
#[derive(Clone, Debug)]
pub(crate) struct ColumnNullability {
    pub(crate) name: String,
    /// Whether a NULL can come.
    pub(crate) nullable: bool,
    /// Why, in plain words.
    pub(crate) reason: String,
    /// Whether the column is an array of which an element can be NULL.
    pub(crate) elements_nullable: bool,
    /// Of a row, or of the rows in an array: whether each field can be NULL, and whether its elements can.
    pub(crate) fields: Vec<(bool, bool)>,
}

impl Nullability {
    pub(crate) fn nullable(reason: impl Into<String>) -> Self {
        Self { nullable: true, reason: reason.into(), elements: None, fields: Vec::new() }
    }

    pub(crate) fn never(reason: impl Into<String>) -> Self {
        Self { nullable: false, reason: reason.into(), elements: None, fields: Vec::new() }
    }

    /// The same value where NULL comes for another reason, too.
    fn or_null(self, reason: &str) -> Self {
        if self.nullable { self } else { Self { nullable: true, reason: reason.to_owned(), ..self } }
    }

    /// The same value where NULL is excluded.
    fn proved(self, reason: &str) -> Self {
        if self.nullable { Self { nullable: false, reason: reason.to_owned(), ..self } } else { self }
    }

    pub(super) fn with_elements(self, elements: Self) -> Self {
        Self { elements: Some(Box::new(elements)), ..self }
    }

    /// What is known of the elements.
    fn element(&self) -> Self {
        match &self.elements {
            Some(element) => Self::clone(element),
            None => Self::nullable("an array can hold NULL"),
        }
    }

    /// A value that is one of two: what both say, with the reason of the one that can be NULL.
    fn either(self, other: Self) -> Self {
        let elements = match (self.elements, other.elements) {
            (Some(a), Some(b)) => Some(Box::new(a.either(*b))),
            _ => None,
        };
        let fields = if self.fields.len() == other.fields.len() {
            self.fields.into_iter().zip(other.fields).map(|(a, b)| a.either(b)).collect()
        } else {
            Vec::new()
        };
        let reason = if other.nullable && !self.nullable { other.reason } else { self.reason };
        Self { nullable: self.nullable || other.nullable, reason, elements, fields }
    }
}

/// Either of any number of values.
fn any_of(values: impl IntoIterator<Item = Nullability>) -> Option<Nullability> {
    values.into_iter().reduce(Nullability::either)
}

/// How deep the analysis follows nested expressions, views and functions.
const MAX_DEPTH: usize = 2000;

/// The analysis of any number of queries over one catalogue.
pub(crate) struct Analysis<'t> {
    catalogue: &'t Catalogue,
    depth: Cell<usize>,
    /// The columns of views that were looked into; `None` while they are.
    views: RefCell<HashMap<Oid, Option<Rc<Vec<Nullability>>>>>,
    /// The bodies of functions that are being looked into.
    bodies: RefCell<Vec<*const Tree>>,
}

impl<'t> Analysis<'t> {
    pub(crate) fn new(catalogue: &'t Catalogue) -> Self {
        Self { catalogue, depth: Cell::new(0), views: RefCell::default(), bodies: RefCell::default() }
    }

    /// The columns of a query's result.
    pub(crate) fn columns(&self, query: &'t Tree, parameters: &[Nullability]) -> Vec<Nullability> {
        rows::columns(self, query, None, parameters, &[])
    }

    /// One level deeper, or `None` where it is too deep.
    fn deeper<T>(&self, inside: impl FnOnce() -> T) -> Option<T> {
        if self.depth.get() >= MAX_DEPTH {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let value = inside();
        self.depth.set(self.depth.get() - 1);
        Some(value)
    }

    /// Looks into the body of a function; `None` if it calls itself.
    fn inside<T>(&self, body: &Tree, look: impl FnOnce() -> T) -> Option<T> {
        let body = std::ptr::from_ref(body);
        if self.bodies.borrow().contains(&body) {
            return None;
        }
        self.bodies.borrow_mut().push(body);
        let found = self.deeper(look);
        self.bodies.borrow_mut().pop();
        found
    }

    /// The columns of a view.
    fn view(&self, oid: Oid) -> Rc<Vec<Nullability>> {
        if let Some(known) = self.views.borrow().get(&oid) {
            return known.clone().unwrap_or_default();
        }
        self.views.borrow_mut().insert(oid, None);
        let query = self.catalogue.relation(oid).and_then(|relation| relation.query.as_ref());
        let columns = query.map(|query| rows::columns(self, query, None, &[], &[])).unwrap_or_default();
        let columns = Rc::new(columns);
        self.views.borrow_mut().insert(oid, Some(Rc::clone(&columns)));
        columns
    }
}
