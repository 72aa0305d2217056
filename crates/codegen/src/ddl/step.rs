//! One statement of a migration, and what it did.

use std::collections::BTreeMap;

use barqnet_db_sql::{Statement, Token, tokens};
use tokio_postgres::types::Oid;

use super::{
    finding::{Finding, Matters},
    locks::Lock,
    state::{Relation, State},
};

pub(super) struct Step<'s> {
    pub(super) statement: &'s Statement<'s>,
    /// Before the file's first statement.
    pub(super) start: &'s State,
    pub(super) before: &'s State,
    pub(super) after: &'s State,
    pub(super) locks_before: &'s BTreeMap<Oid, Lock>,
    /// Those of the statement and of all before it.
    pub(super) locks: &'s BTreeMap<Oid, Lock>,
}

impl<'s> Step<'s> {
    /// A table that the file did not create, under its present name.
    pub(super) fn existing(&self, table: Oid) -> Option<&'s Relation> {
        self.start.relations.get(&table)?;
        self.after.relations.get(&table)
    }

    /// Whether the statement rewrote all rows of a table.
    pub(super) fn is_rewritten(&self, table: Oid) -> bool {
        let file = |state: &State| state.relations.get(&table).map(|relation| relation.file);
        file(self.before).is_some_and(|before| before != 0 && file(self.after) != Some(before))
    }

    /// Whether the statement holds a word outside comments, also in a block.
    pub(super) fn has(&self, word: &str) -> bool {
        barqnet_db_sql::words(self.statement.text).iter().any(|it| it.eq_ignore_ascii_case(word))
    }

    /// A finding at the first of `names` that the statement has, or at the statement.
    pub(super) fn finding(
        &self,
        rule: &'static str,
        table: Oid,
        names: &[&str],
        message: String,
        help: String,
    ) -> Finding {
        Finding {
            rule,
            matters: Matters::IfLarge,
            message,
            table,
            lock: self.locks.get(&table).copied(),
            note: None,
            help,
            offset: names.iter().find_map(|name| offset_of_name(self.statement, name)).unwrap_or(self.statement.offset),
        }
    }
}

/// Where a statement has a name, also in a block; a byte offset in the text that the statement is cut from. Behind ADD
/// CONSTRAINT, if it is there: an earlier place drops the constraint's predecessor.
pub(super) fn offset_of_name(statement: &Statement<'_>, name: &str) -> Option<usize> {
    let is_name = |token: &Token<'_>| token.identifier().as_deref() == Some(name);
    let in_block = statement.tokens.iter().filter_map(Token::dollar_body).flat_map(|(body, offset)| {
        tokens(body).into_iter().map(move |token| Token { offset: offset + token.offset, ..token })
    });
    let all: Vec<_> = statement.tokens.iter().copied().chain(in_block).collect();
    let added = all.windows(3).find(|three| three[0].is("ADD") && three[1].is("CONSTRAINT") && is_name(&three[2]));
    added.map(|three| three[2].offset).or_else(|| all.iter().find(|token| is_name(token)).map(|token| token.offset))
}
