//! Checks the migration files and applies them with refinery.

use std::{collections::BTreeMap, error::Error as _, fs, path::Path};

use barqnet_db_sql::{
    DIRECTIVE_PREFIX, FileName, Kind, MigrationFile, offset_of_character, session_settings, statements, tokens,
    transaction_statements,
};
use refinery::{Migration, Runner};
use tokio_postgres::Client;

use crate::{
    diagnostic::{Diagnostic, Diagnostics, character_position},
    folder::file_names,
};

/// The history table, the same for every runner; docs/decisions.md says why.
pub(crate) const HISTORY_TABLE: &str = "schema_migrations";

pub(crate) struct File {
    /// Relative to the project, as diagnostics show it.
    pub(crate) path: String,
    pub(crate) name: FileName,
    pub(crate) sql: String,
}

/// Reads the folder of migrations. refinery skips a file whose name it does not accept, and takes the first of two files with one
/// number; here both fail. `None` if a file can't be used: without it, the others make another schema.
pub(crate) fn read(root: &Path, folder: &str, failures: &mut Diagnostics) -> Option<Vec<File>> {
    let mut files: BTreeMap<i32, File> = BTreeMap::new();
    let mut complete = true;
    for name in failures.collect(file_names(root, folder))? {
        let path = format!("{folder}/{name}");
        if name.starts_with('.') || name == "README.md" {
            continue;
        }
        let file_name = match FileName::parse(&name) {
            Ok(file_name) => file_name,
            Err(bad) => {
                let message = "not a migration's name: refinery would silently skip the file or misread its number";
                let diagnostic = bad.faults.into_iter().fold(Diagnostic::new(&path, message), Diagnostic::note);
                let help = bad.suggestion.map(|suggestion| format!("rename it to {suggestion}"));
                failures.push(help.into_iter().fold(diagnostic, Diagnostic::help));
                complete = false;
                continue;
            }
        };
        let sql = match fs::read_to_string(root.join(&path)) {
            Ok(sql) => sql,
            Err(error) => {
                failures.push(Diagnostic::new(&path, format!("cannot read the file: {error}")));
                complete = false;
                continue;
            }
        };
        failures.extend(lint(&path, &sql));
        if let Some(other) = files.get(&file_name.version) {
            failures.push(
                Diagnostic::new(&path, format!("version {} is taken by {}", file_name.version, other.path))
                    .note("give this file the next free number"),
            );
            complete = false;
            continue;
        }
        files.insert(file_name.version, File { path, name: file_name, sql });
    }
    complete.then(|| files.into_values().collect())
}

/// What would make a migration unsafe to run, or unreadable.
fn lint(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let at = |message: &str, offset: usize| Diagnostic::new(path, message).at(text, offset);
    let file = MigrationFile::new(text);
    if file.summary().is_none() {
        found.push(at("the first line must be a comment that says what the migration is for", 0));
    }
    if let Some(open) = tokens(text).iter().find(|token| token.kind == Kind::Unterminated) {
        found.push(at("this is never closed", open.offset));
    }
    if file.rollback().is_none() {
        found.push(
            at("the migration has no rollback", text.trim_end().len())
                .help("end the file with /* rollback … */ holding the SQL that undoes it"),
        );
    }
    for offset in file.unknown_directives() {
        found.push(at("the runner does not know this directive, or does not look for it here", offset).help(format!(
            "`-- {DIRECTIVE_PREFIX} no-transaction` and `-- {DIRECTIVE_PREFIX} min-version <version>` may stand \
                 in the head comment"
        )));
    }
    found.extend(lint_transaction_mode(path, &file));
    for part in [file.body()].into_iter().chain(file.rollback()) {
        let offset = file.offset_of(part);
        found.extend(transaction_statements(part).iter().map(|statement| {
            at("a migration runs in one transaction, which it may not end", offset + statement.offset)
                .help("delete this statement")
        }));
        found.extend(session_settings(part).iter().map(|setting| {
            at("a session setting would outlive the migration", offset + setting.offset)
                .help("SET LOCAL, or SET_CONFIG(name, value, TRUE), ends with the transaction")
        }));
    }
    found
}

/// What runs outside a transaction must be one statement that can be repeated; what cannot run inside must ask.
fn lint_transaction_mode(path: &str, file: &MigrationFile<'_>) -> Vec<Diagnostic> {
    let at = |message: &str, offset: usize| Diagnostic::new(path, message).at(file.text(), offset);
    let statements = statements(file.text());
    if !file.directives().no_transaction {
        let concurrently = statements.iter().flat_map(|it| &it.tokens).find(|token| token.is("CONCURRENTLY"));
        return concurrently
            .map(|token| {
                at("this can't run in a transaction", token.offset).help(format!(
                    "put it into a file of its own, with `-- {DIRECTIVE_PREFIX} no-transaction` in the head"
                ))
            })
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    if let Some(second) = statements.get(1) {
        found.push(
            at(
                "a migration outside a transaction holds one statement: of two, only the first might be done",
                second.offset,
            )
            .help("put this into a file of its own"),
        );
    }
    for statement in &statements {
        let creates = ["CREATE", "DROP"].iter().any(|word| statement.begins_with(&[word]));
        if creates && !statement.tokens.iter().any(|token| token.is("EXISTS")) {
            found.push(
                at("an interrupted run could not be repeated", statement.offset).help("say IF NOT EXISTS or IF EXISTS"),
            );
        }
    }
    found
}

/// On the scratch database everything runs in a transaction: no other session needs the tables meanwhile.
fn without_concurrently(sql: &str) -> String {
    let mut kept = String::new();
    let mut end = 0;
    for token in tokens(sql).iter().filter(|token| token.is("CONCURRENTLY")) {
        kept.push_str(&sql[end..token.offset]);
        // As many spaces, so that the places of errors do not move.
        kept.push_str(&" ".repeat(token.text.len()));
        end = token.end();
    }
    kept + &sql[end..]
}

/// Applies the files to an empty database.
pub(crate) async fn apply(files: &[File], client: &mut Client) -> Result<(), Diagnostics> {
    let migrations = files
        .iter()
        .map(|file| Migration::unapplied(&file.name.to_string(), &without_concurrently(&file.sql)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Diagnostic::new("migrations", error.to_string()))?;
    let mut runner = Runner::new(&migrations);
    runner.set_migration_table_name(HISTORY_TABLE);
    let Err(error) = runner.run_async(client).await else {
        return Ok(());
    };
    let applied = error.report().map_or(0, |report| report.applied_migrations().len());
    let Some(file) = files.get(applied) else {
        return Err(Diagnostic::new("migrations", error.to_string()).into());
    };
    let database_error = std::iter::successors(error.source(), |error| (*error).source())
        .find_map(|error| error.downcast_ref::<tokio_postgres::Error>())
        .and_then(tokio_postgres::Error::as_db_error);
    let Some(database_error) = database_error else {
        return Err(Diagnostic::new(&file.path, error.to_string()).into());
    };
    let mut diagnostic = Diagnostic::from_database(&file.path, database_error);
    if let Some(character) = character_position(database_error) {
        diagnostic = diagnostic.at(&file.sql, offset_of_character(&file.sql, character));
    }
    let not_tried: Vec<String> = files[applied + 1..].iter().map(|file| format!("V{}", file.name.version)).collect();
    if !not_tried.is_empty() {
        diagnostic = diagnostic.note(format!("not tried: {}", not_tried.join(", ")));
    }
    Err(diagnostic.note("the queries were not checked: they need the whole schema").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TRANSACTION: &str = "-- barqnet: no-transaction";

    #[test]
    fn transaction_control_and_session_settings_are_refused() {
        let lints = |sql: &str| lint("x", &format!("-- x\n{sql}\n/* rollback */")).len();
        assert_eq!(lints("SET LOCAL lock_timeout = '1s'; DO $$ BEGIN COMMIT; END $$; SELECT 'COMMIT';"), 0);
        for bad in ["COMMIT;", "SAVEPOINT a;", "SET search_path = x;", "SELECT set_config('search_path', '', false);"] {
            assert_eq!(lints(bad), 1, "{bad}");
        }
        assert_eq!(lint("x", "SELECT 1;").len(), 2);
    }

    #[test]
    fn a_rollback_is_held_to_the_same_rules() {
        let text = "-- x\nSELECT 1;\n\n/* rollback\nCOMMIT;\n*/";
        let found = lint("x", text);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().contains("--> x:5:1"), "{}", found[0]);
    }

    #[test]
    fn what_runs_outside_a_transaction_asks_for_it_and_can_be_done_again() {
        let lints = |sql: &str| lint("x", &format!("-- x\n{sql}\n/* rollback */"));
        let index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON b (c);";
        assert_eq!(lints(&format!("{NO_TRANSACTION}\n-- barqnet: min-version 3\n{index}")).len(), 0);
        for (bad, message) in [
            (index.to_owned(), "can't run in a transaction"),
            (format!("{NO_TRANSACTION}\n{index} {index}"), "holds one statement"),
            (format!("{NO_TRANSACTION}\nCREATE INDEX CONCURRENTLY a ON b (c);"), "could not be repeated"),
            ("-- barqnet: no-transactions\nSELECT 1;".to_owned(), "does not know this directive"),
            ("-- barqnet: min-version x\nSELECT 1;".to_owned(), "does not know this directive"),
            ("SELECT 1;\n-- barqnet: no-transaction".to_owned(), "does not look for it here"),
        ] {
            let found = lints(&bad);
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].to_string().contains(message), "{}", found[0]);
        }
        assert_eq!(without_concurrently("CREATE INDEX concurrently a"), "CREATE INDEX              a");
    }
}
