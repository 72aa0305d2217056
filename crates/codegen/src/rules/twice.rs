//! Two parts of one statement that change the same table: neither sees what the other does, and of two changes of one row
//! one is lost.

use super::{DELETE, Statement, UPDATE};
use crate::diagnostic::Diagnostic;

pub(super) fn check(statement: &Statement<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for level in &statement.levels {
        let is_change = matches!(level.query.number("commandType"), UPDATE | DELETE);
        let Some(table) = statement.target(level.query).filter(|_| is_change) else { continue };
        if seen.contains(&table) {
            let mut places = statement.changes_of("UPDATE", table);
            places.extend(statement.changes_of("DELETE", table));
            places.sort_unstable();
            let message =
                format!("two parts of the statement change `{table}`: of two changes of one row, one is lost");
            let diagnostic = statement.sql.warning("changed-twice", message, places.get(1).copied());
            found.push(diagnostic.help("change the table once, or in two statements of one transaction"));
        }
        seen.push(table);
    }
    found
}
