//! The names of the rules, which diagnostics carry, with what each is about.

/// Sorted by name.
const RULES: &[(&str, &str)] = &[
    ("attach-partition-without-check", "A table is read as a whole when it becomes a partition."),
    ("build", "The build step cannot use a file, a setting or the server."),
    ("changed-twice", "Two parts of one statement change the same table."),
    ("changes-column-type", "Programs of the release before read a column with another type."),
    ("changes-every-row", "A migration changes every row of a large table in one transaction."),
    ("changes-server", "A migration changes the server, not its database."),
    ("column-name", "A column has no name that becomes a field in Rust."),
    ("constraint-builds-index", "A key builds an index over a whole table."),
    ("constraint-without-not-valid", "A new constraint reads a whole table."),
    ("distinct-on-parameter", "DISTINCT ON a parameter leaves one row."),
    ("drops-column", "A column is gone that programs of the release before may use."),
    ("drops-function", "A function is gone that programs of the release before may call."),
    ("drops-index-without-concurrently", "Dropping an index stops everything on a large table."),
    ("drops-not-null", "Programs of the release before read a column as never NULL."),
    ("drops-table", "A table or view is gone that programs of the release before may use."),
    ("enum-label", "A label of an enum does not become a Rust variant."),
    ("exclamation-mark-without-reason", "The documentation does not say why a column marked `!` is never NULL."),
    ("file-name", "The name of a file is not one that the build step reads."),
    ("function-declaration", "A declaration in a function's comment cannot be read."),
    ("functions-not-checked", "The server lacks plpgsql_check, so that functions were not checked."),
    ("git", "git cannot show the files of a ref."),
    ("group-by-parameter", "GROUP BY a parameter divides nothing."),
    ("index-line", "`Index:` in the documentation does not fit the plan."),
    ("index-without-concurrently", "An index is built while writers wait."),
    ("insert-without-columns", "INSERT does not name its columns."),
    ("json-column", "A column is named as JSON of a Rust type and cannot be."),
    ("large-table-scan", "A statement reads all of a large table."),
    ("limit-without-order", "LIMIT without ORDER BY leaves to chance which rows are returned."),
    ("locks-comment", "The paragraph `Locks:` leaves out a table."),
    ("locks-line", "`Locks:` in the documentation does not fit what the statement locks."),
    ("locks-table", "LOCK TABLE stops others on a large table."),
    ("migration-rollback", "A migration has no rollback."),
    ("migration-summary", "A migration does not say what it is for."),
    ("missing-line", "The documentation lacks `Index:` or `Locks:`, which the settings require."),
    ("module-name", "The name of a file does not become a Rust module."),
    ("name-collision", "Two names are the same in Rust."),
    ("needless-acceptance", "A migration accepts a finding that there is not."),
    ("needless-exclamation-mark", "A column marked `!` is never NULL anyway."),
    ("needless-question-mark", "A column marked `?` is never NULL."),
    ("needs-no-transaction", "A statement cannot run in a transaction."),
    ("not-a-file", "Something other than a file stands among the queries or migrations."),
    ("not-in-nullable", "NOT IN over a subquery that can return NULL lets no row pass."),
    ("not-repeatable", "A statement outside a transaction cannot be repeated after an interruption."),
    ("nul", "A file has a NUL character."),
    ("null-comparison", "A comparison with NULL is never true."),
    ("nullable-parameter-of-not-null-column", "A parameter marked `?` is written to a column with NOT NULL only."),
    ("one-statement-outside-a-transaction", "A migration outside a transaction holds several statements."),
    ("order-by-parameter", "ORDER BY a parameter orders nothing."),
    ("outer-join-undone", "A WHERE drops the rows that an outer join keeps."),
    ("page-without-index-order", "No index gives the order of a page of a large table."),
    ("panic", "A part of the build step failed without a message of its own."),
    ("partition-by-parameter", "PARTITION BY a parameter makes one partition."),
    ("plpgsql-function", "plpgsql_check finds a mistake in a function."),
    ("postgresql", "PostgreSQL refuses a statement."),
    ("rebuilds-index", "An index is rebuilt while others wait."),
    ("refreshes-view", "A materialized view cannot be read while it is refreshed."),
    ("release-fails", "A query of one release fails on the schema of the other."),
    ("release-shape", "A query of one release returns something else on the schema of the other."),
    ("renames-column", "Programs of the release before know a column by its old name."),
    ("renames-table", "Programs of the release before know a table or view by its old name."),
    ("required-column", "A new column has no value for the rows that exist."),
    ("rewrites-table", "A whole table is written anew while readers and writers wait."),
    ("same-column", "A column is compared with itself."),
    ("server-version", "The PostgreSQL server is too old for the build step."),
    ("session-setting", "A migration changes a setting of the session."),
    ("set-not-null", "SET NOT NULL reads a whole table."),
    ("settings", "A key or a value in codegen.toml is not one that the build step knows."),
    ("several-strong-locks", "A migration locks several tables against readers."),
    ("sql-function", "A function in SQL no longer fits the schema."),
    ("stale", "The generated files do not fit the migrations, the queries or the settings."),
    ("sub-folder", "A folder stands among the queries or migrations."),
    ("swapped-between", "The lower bound of BETWEEN is above the upper one."),
    ("transaction-control", "A migration begins or ends a transaction."),
    ("type-name", "A type's name does not become a Rust name."),
    ("unconnected-join", "No condition connects two tables of FROM."),
    ("unknown-directive", "The runner does not know a directive."),
    ("unknown-table", "A table that the settings name does not exist."),
    ("unqualified-delete", "A DELETE deletes every row of a table."),
    ("unqualified-update", "An UPDATE changes every row of a table."),
    ("unsupported-type", "A column or parameter has a type without a Rust type."),
    ("unterminated", "A string, identifier or comment is never closed."),
    ("unused-trigger-function", "No trigger calls a trigger function."),
    ("validates-in-same-transaction", "A constraint is validated under the lock that adding it took."),
    ("works-under-lock", "A migration works on rows while it holds a lock that stops readers."),
];

/// What the rule is about, in one sentence.
pub(crate) fn description(rule: &str) -> &'static str {
    RULES.iter().find(|(name, _)| *name == rule).map_or("A rule without a description.", |(_, about)| about)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// The first arguments of `Diagnostic::error(…)` and `::warning(…)`, `Self::` included, in the files below.
    fn used_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                used_in(&path, found);
            } else {
                let text = fs::read_to_string(&path).expect("a source file");
                for call in [
                    "::error(",
                    "::warning(",
                    ".error(",
                    ".warning(",
                    "at(",
                    "_at_table(",
                    "finding(",
                    "place(new, ",
                    "RULE: &str =",
                    "NOT_REPEATABLE: &str =",
                    "rule:",
                ] {
                    for (at, _) in text.match_indices(call) {
                        let argument = text[at + call.len()..].trim_start();
                        if let Some(name) = argument.strip_prefix('"').and_then(|rest| rest.split('"').next())
                            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
                        {
                            found.insert(name.to_owned());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_rule_that_a_diagnostic_names_is_described_and_no_other() {
        let mut used = BTreeSet::new();
        used_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
        let described: BTreeSet<String> = RULES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(used, described);
        assert!(RULES.is_sorted_by_key(|(name, _)| *name), "the rules are not sorted");
    }
}
