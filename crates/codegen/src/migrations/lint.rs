//! What would make a migration unsafe to run, or unreadable: seen in its text alone.

use barqnet_db_sql::{
    DIRECTIVE_PREFIX, Kind, MigrationFile, Statement, session_settings, statements, tokens, transaction_statements,
};

use super::transaction::{changes_server, detaches_concurrently, refused_in_transaction};
use crate::{diagnostic::Diagnostic, did_you_mean::did_you_mean, queries::LONGEST_NAME};

/// The words after `-- barqnet:`.
const DIRECTIVES: [&str; 6] = ["no-transaction", "min-version", "accepts", "check", "requires", "replaces"];

/// The rule whose finding `-- barqnet: accepts not-repeatable: …` accepts.
pub(crate) const NOT_REPEATABLE: &str = "not-repeatable";

/// Everything that is wrong with the text.
pub(crate) fn lint(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let at = |rule, message: &str, offset| Diagnostic::error(rule, path, message).at(text, offset);
    let file = MigrationFile::new(text);
    if file.summary().is_none() {
        found.push(at("migration-summary", "the first line must be a comment that says what the migration is for", 0));
    }
    if let Some(open) = tokens(text).iter().find(|token| token.kind == Kind::Unterminated) {
        found.push(at("unterminated", "this is never closed", open.offset));
    }
    // Nothing goes back behind a migration that replaces others.
    if file.rollback().is_none() && file.replaces().is_empty() {
        found.push(
            at("migration-rollback", "the migration has no rollback", text.trim_end().len())
                .help("end the file with /* rollback … */ holding the SQL that undoes it"),
        );
    }
    for offset in file.unknown_directives() {
        let message = "the runner does not know this directive, or does not look for it here";
        let word =
            text[offset..].lines().next().and_then(|line| line.split_once(DIRECTIVE_PREFIX)).map(|(_, rest)| rest);
        let word = word.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        let meant = did_you_mean(word, DIRECTIVES).filter(|meant| *meant != word);
        let diagnostic = meant.into_iter().fold(at("unknown-directive", message, offset), |diagnostic, meant| {
            diagnostic.help(format!("did you mean `-- {DIRECTIVE_PREFIX} {meant}`?"))
        });
        found.push(diagnostic.help(format!(
            "`-- {DIRECTIVE_PREFIX} no-transaction`, `-- {DIRECTIVE_PREFIX} min-version <version>`, `-- {DIRECTIVE_PREFIX} \
             check SELECT …`, `-- {DIRECTIVE_PREFIX} requires <source> <version>` and `-- {DIRECTIVE_PREFIX} replaces \
             <first>..<last>` may stand in the head comment; `-- {DIRECTIVE_PREFIX} accepts <rule>: <reason>` there or directly above a statement"
        )));
    }
    let body = Part { path, file: &file, text: file.body() };
    let rollback = file.rollback().map(|text| Part { path, file: &file, text });
    for part in [Some(&body), rollback.as_ref()].into_iter().flatten() {
        found.extend(part.lint());
    }
    found.extend(if file.directives().no_transaction { body.lint_repeatable() } else { body.lint_in_transaction() });
    found.extend(rollback.iter().flat_map(Part::lint_rollback));
    found
}

/// The SQL that a file runs, or the one that undoes it.
struct Part<'f, 't> {
    path: &'f str,
    file: &'f MigrationFile<'t>,
    text: &'t str,
}

impl<'t> Part<'_, 't> {
    fn at(&self, rule: &'static str, message: impl Into<String>, offset: usize) -> Diagnostic {
        let offset = self.file.offset_of(self.text) + offset;
        Diagnostic::error(rule, self.path, message).at(self.file.text(), offset)
    }

    fn statements(&self) -> Vec<Statement<'t>> {
        statements(self.text)
    }

    fn lint(&self) -> Vec<Diagnostic> {
        let control = transaction_statements(self.text).into_iter().map(|statement| {
            let message = "a migration runs in one transaction, which it may not end";
            self.at("transaction-control", message, statement.offset).help("delete this statement")
        });
        let settings = session_settings(self.text).into_iter().map(|setting| {
            self.at("session-setting", "a session setting would outlive the migration", setting.offset)
                .help("SET LOCAL, or SET_CONFIG(name, value, TRUE), ends with the transaction")
        });
        let statements = self.statements();
        let server = statements.iter().filter_map(|statement| {
            let message = format!("{} can't run in a transaction, and changes the server", changes_server(statement)?);
            let diagnostic = self.at("changes-server", message, statement.offset);
            Some(diagnostic.note("a migration changes one database").help("do it by hand or in the server's set-up"))
        });
        let copies = statements.iter().filter(|statement| copies_over_the_connection(statement)).map(|statement| {
            let message =
                "COPY FROM STDIN and TO STDOUT need a program that sends or takes the rows, which the runner does not";
            self.at("copy-in-migration", message, statement.offset).help("write INSERT INTO … VALUES (…), (…)")
        });
        let long = tokens(self.text)
            .into_iter()
            .filter(|token| token.identifier().is_some_and(|name| name.len() > LONGEST_NAME));
        let long: Vec<_> = long
            .map(|token| {
                let message = format!("PostgreSQL cuts this name off after {LONGEST_NAME} bytes");
                let offset = self.file.offset_of(self.text) + token.offset;
                Diagnostic::warning("long-name", self.path, message)
                    .at(self.file.text(), offset)
                    .help("write a shorter one")
            })
            .collect();
        control.chain(settings).chain(server).chain(copies).chain(long).collect()
    }

    /// What can't run in a transaction must ask.
    fn lint_in_transaction(&self) -> Vec<Diagnostic> {
        self.refused_in_transaction(|name| format!("{name} can't run in a transaction"), &no_transaction_help())
    }

    fn lint_rollback(&self) -> Vec<Diagnostic> {
        let message = |name: &str| format!("{name} can't run in a transaction, and a rollback always does");
        self.refused_in_transaction(message, "write it without CONCURRENTLY, or leave it out")
    }

    fn refused_in_transaction(&self, message: impl Fn(&str) -> String, help: &str) -> Vec<Diagnostic> {
        let statements = self.statements();
        let refused =
            statements.iter().filter(|statement| changes_server(statement).is_none()).filter_map(|statement| {
                let name = refused_in_transaction(statement)?;
                Some(self.at("needs-no-transaction", message(name), statement.offset).help(help))
            });
        refused.collect()
    }

    /// What runs outside a transaction must be one statement that can be repeated.
    fn lint_repeatable(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let statements = self.statements();
        if let Some(second) = statements.get(1) {
            let message = "a migration outside a transaction holds one statement: of two, only the first might be done";
            found.push(
                self.at("one-statement-outside-a-transaction", message, second.offset)
                    .help("put this into a file of its own"),
            );
        }
        if self.file.acceptances().iter().any(|accepted| accepted.rule == NOT_REPEATABLE) {
            return found;
        }
        for statement in &statements {
            let not_repeatable =
                || self.at(NOT_REPEATABLE, "an interrupted run could not be repeated", statement.offset);
            let has = |word: &str| statement.tokens.iter().any(|token| token.is(word));
            let is_replaced = statement.begins_with(&["CREATE", "OR", "REPLACE"]);
            let creates = ["CREATE", "DROP"].iter().any(|word| statement.begins_with(&[word]));
            let adds_value = statement.begins_with(&["ALTER", "TYPE"]) && has("ADD") && has("VALUE");
            if (creates && !is_replaced || adds_value) && !has("EXISTS") {
                found.push(not_repeatable().help("say IF NOT EXISTS or IF EXISTS"));
            } else if detaches_concurrently(statement) {
                found.push(
                    not_repeatable()
                        .note("interrupted, it leaves a partition that is detached by half: DETACH PARTITION … FINALIZE ends it")
                        .help(format!(
                            "detach without CONCURRENTLY in a transaction, or write \
                             `-- {DIRECTIVE_PREFIX} accepts {NOT_REPEATABLE}: <who finishes it, and how>`"
                        )),
                );
            }
        }
        found
    }
}

/// `COPY … FROM STDIN` or `COPY … TO STDOUT`. What follows them would be read as rows, and ends the connection.
pub(super) fn copies_over_the_connection(statement: &Statement<'_>) -> bool {
    statement.begins_with(&["COPY"]) && statement.tokens.iter().any(|token| token.is("STDIN") || token.is("STDOUT"))
}

/// How a statement gets outside a transaction.
pub(super) fn no_transaction_help() -> String {
    format!("put it into a file of its own, with `-- {DIRECTIVE_PREFIX} no-transaction` in the head")
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
    fn a_directive_that_is_nearly_one_is_shown_as_it_was_meant() {
        for (bad, meant) in
            [("no-transactions", "no-transaction"), ("min_version 3", "min-version"), ("accept x: y", "accepts")]
        {
            let found = lint("x", &format!("-- x\n-- barqnet: {bad}\nSELECT 1;\n/* rollback */"));
            assert!(found[0].to_string().contains(&format!("did you mean `-- barqnet: {meant}`?")), "{}", found[0]);
        }
    }

    #[test]
    fn rows_over_the_connection_and_long_names_are_found() {
        let rules = |sql: &str| -> Vec<String> {
            lint("x", &format!("-- x\n{sql}\n/* rollback */")).iter().map(|found| found.rule().to_owned()).collect()
        };
        let name = "n".repeat(64);
        assert_eq!(rules("COPY a (b) FROM STDIN;"), ["copy-in-migration"]);
        assert_eq!(rules("COPY a TO stdout;"), ["copy-in-migration"]);
        assert_eq!(rules("COPY a FROM '/stdin';"), [""; 0]);
        assert_eq!(rules(&format!("CREATE INDEX {name} ON a (b);")), ["long-name"]);
        assert_eq!(rules(&format!("CREATE INDEX {} ON a (b);", &name[1..])), [""; 0]);
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
    }
}
