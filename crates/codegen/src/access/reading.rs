//! Which statements only read, so that a client that is read-only can run them.

use std::collections::BTreeMap;

use super::Access;
use crate::{
    analysis::Analysed,
    diagnostic::Diagnostic,
    queries::{Mark, Module, Query},
};

/// What marks a statement that reads and needs the full client, as the `primary` of a query.
const MARKED: &str = "is marked `primary`";

/// The statements that need a full client, with the reason.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    writing: BTreeMap<(String, usize), String>,
}

impl Reading {
    /// From the statements, each with what it does.
    pub(crate) fn derive(analysed: &[Analysed<'_, '_>], accesses: &[Access]) -> Self {
        let mut found = Self::default();
        for (Analysed { prepared, .. }, access) in analysed.iter().zip(accesses) {
            let marked = || prepared.query.marks.has(Mark::Primary).then(|| MARKED.to_owned());
            if let Some(reason) = reason(prepared.query, access).or_else(marked) {
                found.writing.insert(key(prepared.module, prepared.query), reason);
            }
        }
        found
    }

    /// Why the statement needs a full client; `None` if it only reads.
    pub(crate) fn refuses(&self, module: &Module, query: &Query) -> Option<&str> {
        self.writing.get(&key(module, query)).map(String::as_str)
    }
}

/// A batch form has the annotation of its query.
fn key(module: &Module, query: &Query) -> (String, usize) {
    (module.path.clone(), query.name.offset)
}

fn reason(query: &Query, access: &Access) -> Option<String> {
    // PostgreSQL has no tree of it, but it only reads.
    let is_show = query.flat.numbered.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("SHOW"));
    access.needs_primary().filter(|_| !is_show)
}

/// A mark that changes nothing.
pub(crate) fn check(module: &Module, query: &Query, access: &Access) -> Option<Diagnostic> {
    let reason = reason(query, access).filter(|_| query.marks.has(Mark::Primary) && !query.is_derived())?;
    let message = format!("the mark `primary` is needless: the statement {reason}, so it needs the full client anyway");
    Some(
        Diagnostic::error("needless-primary", &module.path, message)
            .at(&module.text, query.name.offset)
            .help("remove the mark: it is for statements that only read"),
    )
}
