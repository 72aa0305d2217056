//! Checks the migration files and applies them with refinery.

use std::{collections::BTreeMap, error::Error as _, fs, path::Path};

use refinery::{Migration, Runner};
use tokio_postgres::Client;

use crate::{
    diagnostic::{Diagnostic, Failures, character_position},
    sql::{self, Kind, Token},
};

/// The history table, the same on every path (see design decision 4 in the repository's README).
const HISTORY_TABLE: &str = "schema_migrations";

pub(crate) struct File {
    /// Relative to the project, as diagnostics show it.
    path: String,
    version: i32,
    stem: String,
    sql: String,
}

/// Reads migrations/. refinery skips a file whose name it does not like and takes the first of two files with one
/// number; here both fail.
pub(crate) fn read(root: &Path) -> Result<Vec<File>, Failures> {
    let folder = root.join("migrations");
    let mut failures = Failures::default();
    let mut files: BTreeMap<i32, File> = BTreeMap::new();
    for name in file_names(&folder)? {
        let path = format!("migrations/{name}");
        let version = match version(&name) {
            Ok(Some(version)) => version,
            Ok(None) => continue,
            Err(problem) => {
                failures.push(problem.into_iter().fold(
                    Diagnostic::new(
                        &path,
                        "not a migration's name: refinery would silently skip the file or misread its number",
                    ),
                    Diagnostic::note,
                ));
                continue;
            }
        };
        let sql = match fs::read_to_string(folder.join(&name)) {
            Ok(sql) => sql,
            Err(error) => {
                failures.push(Diagnostic::new(&path, format!("cannot read the file: {error}")));
                continue;
            }
        };
        failures.extend(lint(&path, &sql));
        if let Some(other) = files.get(&version) {
            failures.push(
                Diagnostic::new(&path, format!("version {version} is taken by {}", other.path))
                    .note("give this file the next free number"),
            );
            continue;
        }
        let stem = name.trim_end_matches(".sql").to_owned();
        files.insert(version, File { path, version, stem, sql });
    }
    failures.into_result()?;
    Ok(files.into_values().collect())
}

fn file_names(folder: &Path) -> Result<Vec<String>, Failures> {
    let unreadable = |error| Failures::from(Diagnostic::new("migrations", format!("cannot read the folder: {error}")));
    let mut names = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    names.sort();
    Ok(names)
}

/// The version in a file's name, `None` for a file that is not meant to be a migration, or what is wrong with it.
fn version(name: &str) -> Result<Option<i32>, Vec<String>> {
    if name.starts_with('.') || name == "README.md" {
        return Ok(None);
    }
    let mut notes = Vec::new();
    let stem = name.strip_suffix(".sql").unwrap_or_else(|| {
        notes.push("the name must end in .sql, in lower case".to_owned());
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    });
    let numbered = stem.strip_prefix('V').unwrap_or_else(|| {
        notes.push("the name must start with a capital V and the version number".to_owned());
        stem.trim_start_matches(|c: char| !c.is_ascii_digit())
    });
    let digits = numbered.find(|c: char| !c.is_ascii_digit()).unwrap_or(numbered.len());
    let (number, rest) = numbered.split_at(digits);
    let version = number.parse::<i32>().ok().filter(|version| *version > 0);
    if version.is_none() || number.starts_with('0') {
        notes.push(format!("the version must be a number from 1 to {}, without leading zeros", i32::MAX));
    }
    let words = rest.strip_prefix("__").unwrap_or_else(|| {
        notes.push("two underscores must stand between the version and the description".to_owned());
        rest.trim_start_matches(|c: char| !c.is_alphanumeric())
    });
    let snake_case = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if words.is_empty() || words.starts_with('_') || !words.chars().all(snake_case) {
        notes.push("the description must be in snake_case: letters a to z, digits, single underscores".to_owned());
    }
    if notes.is_empty() {
        return Ok(version);
    }
    let words: String = words.to_lowercase().chars().map(|c| if snake_case(c) { c } else { '_' }).collect();
    if let Some(version) = version.filter(|_| !words.is_empty()) {
        notes.push(format!("help: rename it to V{version}__{}.sql", words.trim_matches('_')));
    }
    Err(notes)
}

/// What would make a migration unsafe to run, or unreadable.
fn lint(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let at = |message: &str, offset: usize| Diagnostic::new(path, message).at(text, offset);
    if !text.starts_with("-- ") {
        found.push(at("the first line must be a comment that says what the migration is for", 0));
    }
    let tokens = sql::tokens(text);
    if let Some(open) = tokens.iter().find(|token| token.kind == Kind::Unterminated) {
        found.push(at("this is never closed", open.range.start));
    }
    if !tokens.iter().any(|token| token.kind == Kind::Comment && token.text(text).starts_with("/* rollback")) {
        found.push(
            at("the migration has no rollback", text.trim_end().len())
                .note("help: end the file with /* rollback … */ holding the SQL that undoes it"),
        );
    }
    found.extend(unknown_directives(path, text));
    let code: Vec<&Token> = tokens.iter().filter(|token| token.kind != Kind::Comment).collect();
    found.extend(outside_a_transaction(path, text, &code));
    for statement in code.split(|token| token.is(text, ";")) {
        let Some(first) = statement.first() else { continue };
        let second = statement.get(1);
        let ends = ["BEGIN", "COMMIT", "ROLLBACK", "START", "END", "ABORT", "SAVEPOINT", "RELEASE"];
        let prepares = first.is(text, "PREPARE") && second.is_some_and(|word| word.is(text, "TRANSACTION"));
        if prepares || ends.iter().any(|word| first.is(text, word)) {
            found.push(
                at("a migration runs in one transaction, which it may not end", first.range.start)
                    .note("help: delete this statement"),
            );
        }
        let local = second.is_some_and(|word| word.is(text, "LOCAL") || word.is(text, "CONSTRAINTS"));
        if (first.is(text, "SET") && !local) || first.is(text, "RESET") || first.is(text, "DISCARD") {
            found.push(outlives(path, text, first.range.start));
        }
    }
    found.extend(settings_by_function(text).into_iter().map(|offset| outlives(path, text, offset)));
    found
}

fn outlives(path: &str, text: &str, offset: usize) -> Diagnostic {
    Diagnostic::new(path, "a session setting would outlive the migration")
        .at(text, offset)
        .note("help: SET LOCAL, or SET_CONFIG(name, value, TRUE), ends with the transaction")
}

/// Where `SET_CONFIG` is called other than for this transaction, as `pg_dump` writes it; also in a block or a function.
fn settings_by_function(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let tokens = sql::tokens(text);
    let code: Vec<&Token> = tokens.iter().filter(|token| token.kind != Kind::Comment).collect();
    for (at, token) in code.iter().enumerate() {
        if token.kind == Kind::DollarString {
            let delimiter = token.text(text)[1..].find('$').map_or(0, |tag| tag + 2);
            let body = token.range.start + delimiter..token.range.end - delimiter;
            found.extend(settings_by_function(&text[body.clone()]).into_iter().map(|offset| body.start + offset));
        } else if token.is(text, "SET_CONFIG") && code.get(at + 1).is_some_and(|next| next.is(text, "(")) {
            let mut depth = 0_usize;
            let arguments = code[at + 1..].iter().take_while(|token| {
                depth = if token.is(text, "(") { depth + 1 } else { depth - usize::from(token.is(text, ")")) };
                depth > 0
            });
            if !arguments.last().is_some_and(|last| last.is(text, "TRUE")) {
                found.push(token.range.start);
            }
        }
    }
    found
}

/// The head comment's line by which a migration asks to run outside a transaction; src/migrate/directives.rs reads it.
const NO_TRANSACTION: &str = "-- barqnet: no-transaction";

fn head(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| line.starts_with("--"))
}

fn unknown_directives(path: &str, text: &str) -> Vec<Diagnostic> {
    let known = |directive: &str| {
        let floor = directive.strip_prefix("-- barqnet: floor ").and_then(|version| version.parse::<i32>().ok());
        directive == NO_TRANSACTION || floor.is_some_and(|version| version > 0)
    };
    let directives = text.lines().filter(|line| line.trim_start().starts_with("-- barqnet:"));
    let wrong = directives.filter(|line| !known(line) || !head(text).any(|head| head == *line));
    wrong
        .map(|line| {
            Diagnostic::new(path, "the runner does not know this directive, or does not look for it here")
                .at(text, line.as_ptr().addr() - text.as_ptr().addr())
                .note("help: `-- barqnet: no-transaction` and `-- barqnet: floor <version>` may stand in the head comment")
        })
        .collect()
}

/// What runs outside a transaction must be one statement that can be done again; what can't run inside must ask.
fn outside_a_transaction(path: &str, text: &str, code: &[&Token]) -> Vec<Diagnostic> {
    let at = |message: &str, token: &Token| Diagnostic::new(path, message).at(text, token.range.start);
    let statements: Vec<&[&Token]> = code.split(|token| token.is(text, ";")).filter(|it| !it.is_empty()).collect();
    if !head(text).any(|line| line == NO_TRANSACTION) {
        let concurrently = code.iter().find(|token| token.is(text, "CONCURRENTLY"));
        return concurrently
            .map(|token| {
                at("this can't run in a transaction", token)
                    .note(format!("help: put it into a file of its own, with `{NO_TRANSACTION}` in the head"))
            })
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    if let Some(second) = statements.get(1) {
        found.push(
            at("a migration outside a transaction holds one statement: two could be done by half", second[0])
                .note("help: put this into a file of its own"),
        );
    }
    for statement in &statements {
        let creates = ["CREATE", "DROP"].iter().any(|word| statement[0].is(text, word));
        if creates && !statement.iter().any(|token| token.is(text, "EXISTS")) {
            found.push(
                at("an interrupted run could not be resumed", statement[0])
                    .note("help: say IF NOT EXISTS or IF EXISTS"),
            );
        }
    }
    found
}

/// On the throwaway database everything runs in a transaction, where nobody else is in the way.
fn without_concurrently(sql: &str) -> String {
    let mut kept = String::new();
    let mut end = 0;
    for token in sql::tokens(sql).iter().filter(|token| token.is(sql, "CONCURRENTLY")) {
        kept.push_str(&sql[end..token.range.start]);
        // The places of errors stay what they are.
        kept.push_str(&" ".repeat(token.range.len()));
        end = token.range.end;
    }
    kept + &sql[end..]
}

/// Applies the files to an empty database.
pub(crate) async fn apply(files: &[File], client: &mut Client) -> Result<(), Failures> {
    let migrations = files
        .iter()
        .map(|file| Migration::unapplied(&file.stem, &without_concurrently(&file.sql)))
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
        let offset = file.sql.char_indices().nth(character).map_or(file.sql.len(), |(offset, _)| offset);
        diagnostic = diagnostic.at(&file.sql, offset);
    }
    let not_tried: Vec<String> = files[applied + 1..].iter().map(|file| format!("V{}", file.version)).collect();
    if !not_tried.is_empty() {
        diagnostic = diagnostic.note(format!("not tried: {}", not_tried.join(", ")));
    }
    Err(diagnostic.note("the queries were not checked: they need the whole schema").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_refinery_skips_are_refused_with_the_right_name() {
        for (name, right) in [
            ("V2__add-phone.sql", "V2__add_phone.sql"),
            ("v2__add_phone.sql", "V2__add_phone.sql"),
            ("V2__add_phone.SQL", "V2__add_phone.sql"),
            ("V2_add_phone.sql", "V2__add_phone.sql"),
            ("002_add_phone.sql", "V2__add_phone.sql"),
            ("V02__add_phone.sql", "V2__add_phone.sql"),
            ("U2__add_phone.sql", "V2__add_phone.sql"),
        ] {
            let notes = version(name).expect_err(name).join("\n");
            assert!(notes.contains(right), "{name}: {notes}");
        }
        for name in ["V1.2__x.sql", "V__x.sql", "V0__x.sql", "V99999999999__x.sql", "notes.sql", "|4__x.sql"] {
            assert!(version(name).is_err(), "{name}");
        }
        assert_eq!(version("V12__add_phone_2.sql"), Ok(Some(12)));
        assert_eq!(version("README.md"), Ok(None));
    }

    #[test]
    fn transaction_control_and_session_settings_are_refused() {
        let lints = |sql: &str| lint("x", &format!("-- x\n{sql}\n/* rollback */")).len();
        assert_eq!(lints("SET LOCAL lock_timeout = '1s'; DO $$ BEGIN COMMIT; END $$; SELECT 'COMMIT';"), 0);
        assert_eq!(lints("SELECT SET_CONFIG('work_mem', FORMAT('%s', '1GB'), TRUE); PREPARE p AS SELECT 1;"), 0);
        for bad in [
            "COMMIT;",
            "begin;",
            "SET search_path = x;",
            "SET SESSION search_path = x;",
            "RESET ALL;",
            "SELECT 1; ROLLBACK",
            "PREPARE TRANSACTION 'later';",
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "DO $x$ BEGIN PERFORM SET_CONFIG('work_mem', FORMAT('%s', '1GB'), FALSE); END $x$;",
        ] {
            assert_eq!(lints(bad), 1, "{bad}");
        }
        assert_eq!(lint("x", "SELECT 1;").len(), 2);
    }

    #[test]
    fn what_runs_outside_a_transaction_asks_for_it_and_can_be_done_again() {
        let lints = |sql: &str| lint("x", &format!("-- x\n{sql}\n/* rollback */"));
        let index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON b (c);";
        assert_eq!(lints(&format!("{NO_TRANSACTION}\n-- barqnet: floor 3\n{index}")).len(), 0);
        for (bad, message) in [
            (index.to_owned(), "can't run in a transaction"),
            (format!("{NO_TRANSACTION}\n{index} {index}"), "holds one statement"),
            (format!("{NO_TRANSACTION}\nCREATE INDEX CONCURRENTLY a ON b (c);"), "could not be resumed"),
            ("-- barqnet: no-transactions\nSELECT 1;".to_owned(), "does not know this directive"),
            ("-- barqnet: floor x\nSELECT 1;".to_owned(), "does not know this directive"),
            ("SELECT 1;\n-- barqnet: no-transaction".to_owned(), "does not look for it here"),
        ] {
            let found = lints(&bad);
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].to_string().contains(message), "{}", found[0]);
        }
        assert_eq!(without_concurrently("CREATE INDEX concurrently a"), "CREATE INDEX              a");
    }
}
