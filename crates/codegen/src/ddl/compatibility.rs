//! What programs of the release before use, and no longer find: during a rolling deploy they run on the new schema.
//!
//! `-- barqnet: min-version` answers it: the runner then refuses those programs.

use barqnet_db_sql::{Kind as TokenKind, MigrationFile, Statement, quote_identifier};
use tokio_postgres::types::Oid;

use super::{
    finding::{Finding, Matters},
    state::{Column, Function, Relation, State},
    step::offset_of_name,
};
use crate::migrations::File;

pub(super) fn findings(file: &File, statements: &[Statement<'_>], start: &State, end: &State) -> Vec<Finding> {
    if MigrationFile::new(&file.sql).directives().min_version.is_some() {
        return Vec::new();
    }
    let compared = Compared { file, statements, end };
    let mut found = Vec::new();
    for (oid, relation) in &start.relations {
        // By name, as programs do: a view can take the place of a table.
        match end.in_place_of(relation) {
            None => found.push(compared.relation(*oid, relation)),
            Some((new, _)) => {
                let mut retyped = Vec::new();
                for (number, column) in start.columns_of(*oid) {
                    match compared.end.columns_of(new).find(|(_, after)| after.name == column.name) {
                        None => found.push(compared.missing(*oid, new, relation, number, column)),
                        Some((_, after)) if !is_read_alike(column, after) => retyped.push((column, after)),
                        // A view's columns are never marked.
                        Some((_, after)) if *oid == new && column.not_null && !after.not_null => {
                            found.push(compared.nullable(*oid, relation, column));
                        }
                        Some(_) => {}
                    }
                }
                found.extend(compared.retyped(*oid, relation, &retyped));
            }
        }
    }
    found.extend(statements.iter().filter_map(|statement| compared.renamed_value(statement)));
    let is_served = |old: &&Function| end.functions.iter().any(|new| new.serves(old));
    let mut gone: Vec<&str> = Vec::new();
    for old in start.functions.iter().filter(|old| !is_served(old)) {
        if gone.contains(&old.name.as_str()) {
            continue;
        }
        gone.push(&old.name);
        let name = &old.name;
        let is_there = end.functions.iter().any(|new| new.name == *name);
        let change = if is_there { "takes other arguments" } else { "is gone" };
        let message = format!("the function `{name}` {change}, and programs of the release before may call it");
        let help =
            "keep a function of this name and these arguments that calls the new one, and drop it in a later release";
        found.push(compared.finding("drops-function", 0, &[name], message, help));
    }
    found
}

struct Compared<'c> {
    file: &'c File,
    statements: &'c [Statement<'c>],
    end: &'c State,
}

impl Compared<'_> {
    fn finding(&self, rule: &'static str, table: Oid, names: &[&str], message: String, help: &str) -> Finding {
        let has_all = |statement: &&Statement<'_>| names.iter().all(|name| offset_of_name(statement, name).is_some());
        let statement = self.statements.iter().rfind(has_all);
        let offset = statement.and_then(|statement| names.iter().find_map(|name| offset_of_name(statement, name)));
        Finding {
            rule,
            matters: Matters::Always,
            message,
            table,
            lock: None,
            note: Some("during a rolling deploy programs of both releases run"),
            help: format!(
                "{help}; or refuse older programs, in the head: -- barqnet: min-version {}",
                self.file.name.version
            ),
            offset: offset.or_else(|| Some(self.statements.first()?.offset)).unwrap_or_default(),
        }
    }

    /// `ALTER TYPE … RENAME VALUE 'old' TO 'new'`
    fn renamed_value(&self, statement: &Statement<'_>) -> Option<Finding> {
        let tokens: Vec<_> = statement.tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
        if !statement.begins_with(&["ALTER", "TYPE"]) {
            return None;
        }
        let old =
            tokens.windows(3).find(|three| three[0].is("RENAME") && three[1].is("VALUE")).map(|three| three[2])?;
        let message = format!("programs of the release before know the value {} by its old name", old.text);
        let help = "add the new value, write it in the next release, and leave the old one";
        Some(Finding { offset: old.offset, ..self.finding("renames-value", 0, &[], message, help) })
    }

    fn relation(&self, oid: Oid, relation: &Relation) -> Finding {
        let name = quote_identifier(&relation.name);
        let what = if ["v", "m"].contains(&relation.kind.as_str()) { "view" } else { "table" };
        let Some(renamed) = self.end.relations.get(&oid) else {
            let message = format!("the {what} `{name}` is gone, and programs of the release before may use it");
            let help = format!("drop it in the release after the one whose queries no longer name `{name}`");
            return self.finding("drops-table", oid, &[&relation.name], message, &help);
        };
        let message = format!("programs of the release before know the {what} `{name}` by its old name");
        let new = quote_identifier(&renamed.name);
        let help = format!("CREATE VIEW {name} AS SELECT * FROM {new}, and drop it in a later release");
        self.finding("renames-table", oid, &[&relation.name], message, &help)
    }

    fn retyped(&self, oid: Oid, relation: &Relation, columns: &[(&Column, &Column)]) -> Option<Finding> {
        let (first, _) = columns.first()?;
        let one = |(before, after): &(&Column, &Column)| {
            format!("{} from {} to {}", quote_identifier(&before.name), before.type_name, after.type_name)
        };
        let columns: Vec<_> = columns.iter().map(one).collect();
        let table = quote_identifier(&relation.name);
        let message = format!("programs of the release before read `{table}` with other types: {}", columns.join(", "));
        let help = "add a column of the new type under another name, and drop the old one in a later release";
        Some(self.finding("changes-column-type", oid, &[&first.name], message, help))
    }

    fn nullable(&self, oid: Oid, relation: &Relation, column: &Column) -> Finding {
        let (table, name) = (quote_identifier(&relation.name), quote_identifier(&column.name));
        let message = format!("programs of the release before read `{table}.{name}` as never NULL");
        let help = "write no NULL before they are gone, which is in a later release";
        self.finding("drops-not-null", oid, &[&column.name], message, help)
    }

    fn missing(&self, oid: Oid, new: Oid, relation: &Relation, number: i16, column: &Column) -> Finding {
        let (table, name) = (quote_identifier(&relation.name), quote_identifier(&column.name));
        let names = [column.name.as_str()];
        if oid == new && self.end.columns.contains_key(&(oid, number)) {
            let message = format!("programs of the release before know `{table}.{name}` by its old name");
            let help = "add a column of the new name, keep both in step with a trigger, and drop the old one in a later release";
            self.finding("renames-column", oid, &names, message, help)
        } else {
            let message = format!("`{table}.{name}` is gone, and programs of the release before may use it");
            let help = format!("drop it in the release after the one whose queries no longer name `{name}`");
            self.finding("drops-column", oid, &names, message, &help)
        }
    }
}

/// Whether a program that knows the one type can read the other.
fn is_read_alike(before: &Column, after: &Column) -> bool {
    let is_text = |column: &Column| ["text", "character varying"].contains(&column.type_name.as_str());
    before.type_oid == after.type_oid || is_text(before) && is_text(after)
}
