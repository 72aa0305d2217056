//! The names of the rules, which diagnostics carry, with what each is about.

/// Sorted by name.
const RULES: &[(&str, &str)] = &[
    ("ambiguous-slice", "A slice of an array can be read as a parameter."),
    ("annotation", "The annotation of a query cannot be read."),
    ("attach-partition-without-check", "A migration reads a whole table to attach it as a partition."),
    ("base-changed", "A migration changes what a project below this one made."),
    ("base-column-nullable", "A migration lets a column be NULL that the code of a base reads as set."),
    ("base-statement", "A migration breaks a statement of a base."),
    ("batch", "A query marked `batch` has no form for many rows."),
    ("build", "The build step cannot use a file, a setting or the server."),
    ("changed-twice", "Two parts of one statement change the same table."),
    ("changes-column-type", "A migration changes the type of a column that the running release may use."),
    ("changes-every-row", "A migration changes every row of a table in one transaction."),
    ("changes-server", "A migration changes more than its database."),
    ("column-name", "A column has no name that becomes a field in Rust."),
    ("constraint-builds-index", "A migration builds the index of a constraint under a strong lock."),
    (
        "constraint-without-not-valid",
        "A migration checks all rows of a table for a new constraint under a strong lock.",
    ),
    ("copy", "A query marked `copy_in` or `copy_out` has not the form of one."),
    ("copy-in-migration", "A migration copies rows over the connection, which the runner does not."),
    ("distinct-on-parameter", "DISTINCT ON a parameter leaves one row."),
    ("distinct-on-without-order", "DISTINCT ON without ORDER BY leaves to chance which row of a group is returned."),
    ("documentation", "A query has no documentation."),
    ("drops-column", "A migration drops a column that the running release may use."),
    ("drops-function", "A migration drops a function that the running release may call."),
    ("drops-index-without-concurrently", "A migration drops an index without CONCURRENTLY."),
    ("drops-not-null", "A migration lets a column be NULL that the running release expects to be set."),
    ("drops-table", "A migration drops a table that the running release may use."),
    ("duplicate-name", "Two queries or row types of a file have one name."),
    ("embedded-row", "A column that is a row of a type of its own cannot be read as one."),
    ("endless-migration", "A migration is not done after the time that the settings allow."),
    ("enum-label", "A label of an enum has no Rust variant."),
    ("every-column", "A query selects `*`, so a new column would change what it returns."),
    ("exclamation-mark-without-reason", "The documentation does not say why a column marked `!` is never NULL."),
    ("fails-when-planned", "PostgreSQL prepares a statement, and refuses it when it runs."),
    ("file-comment", "A query file does not begin with a comment that says what it is for."),
    ("file-name", "The name of a file is not one that the build step reads."),
    ("function-declaration", "A declaration in a function's comment cannot be read."),
    ("functions-not-checked", "The server lacks plpgsql_check, so that functions were not checked."),
    ("git", "git cannot show the files of a ref."),
    ("group-by-parameter", "GROUP BY a parameter divides nothing."),
    ("index-line", "`Index:` in the documentation does not fit the plan."),
    ("index-without-concurrently", "A migration builds an index without CONCURRENTLY."),
    ("indexes-not-checked", "The role may not make tables look filled, so that the use of indexes was not checked."),
    ("insert-without-columns", "INSERT does not name its columns."),
    ("json-column", "The settings give a JSON column two types in one row type."),
    ("large-table-scan", "A statement reads all of a large table."),
    ("limit-without-order", "LIMIT without ORDER BY leaves to chance which rows are returned."),
    ("locks-comment", "`Locks:` in a migration does not name a table that the migration locks."),
    ("locks-line", "`Locks:` in the documentation does not fit what the statement locks."),
    ("locks-table", "A migration locks a table strongly."),
    ("long-name", "A name is longer than PostgreSQL keeps."),
    ("migration-check", "A check of a migration does not return TRUE on an empty database."),
    ("migration-rollback", "A migration has no rollback."),
    ("migration-summary", "A migration does not begin with a comment that says what it is for."),
    ("missing-line", "The documentation lacks `Index:` or `Locks:`, which the settings require."),
    ("module-name", "The name of a file does not become a Rust module."),
    ("name-collision", "Two names are the same in Rust."),
    ("natural-join", "NATURAL JOIN compares columns that a later migration adds."),
    ("needless-acceptance", "An `accepts` line in a migration silences nothing."),
    ("needless-exclamation-mark", "A column marked `!` is never NULL anyway."),
    ("needless-primary", "A statement that does not only read is marked `primary`."),
    ("needless-question-mark", "A column marked `?` is never NULL."),
    ("needs-no-transaction", "A statement cannot run in a transaction."),
    ("nested-hint", "A comment with hints for the planner holds another comment."),
    ("no-query", "Text in a query file belongs to no query."),
    ("no-semicolon", "A statement has no semicolon at its end."),
    ("no-sql", "An annotation is followed by no SQL."),
    ("not-a-file", "Something other than a file stands among the queries or migrations."),
    ("not-in-nullable", "NOT IN over a subquery that can return NULL lets no row pass."),
    ("not-repeatable", "A migration outside a transaction cannot be repeated after an interruption."),
    ("nul", "A file has a NUL character."),
    ("null-comparison", "A comparison with NULL is never true."),
    ("nullable-parameter-of-not-null-column", "A parameter marked `?` is written to a column with NOT NULL only."),
    ("on-top-of", "A project below this one cannot be found or used."),
    ("one-statement-outside-a-transaction", "A migration outside a transaction holds more than one statement."),
    ("order-by-parameter", "ORDER BY a parameter orders nothing."),
    ("other-dialect", "A habit of another database means something else in PostgreSQL."),
    ("outer-join-undone", "A WHERE drops the rows that an outer join keeps."),
    ("page-without-index-order", "No index gives the order of a page of a large table."),
    ("page-without-unique-key", "Two rows can have the same keys of a page's order."),
    ("panic", "A part of the build step failed without a message of its own."),
    ("parameter-in-quotes", "A parameter inside a string is not replaced."),
    ("parameter-never-null", "A parameter without `?` is tested for NULL."),
    ("partition-by-parameter", "PARTITION BY a parameter makes one partition."),
    ("placeholder", "A parameter is written as `$1`: parameters have names here."),
    ("plpgsql-function", "A function in PL/pgSQL fails when it is called, or does something that it should not."),
    ("postgresql", "PostgreSQL refuses a statement."),
    ("rebuilds-index", "A migration builds an index again under a strong lock."),
    ("refreshes-view", "A migration refreshes a materialised view under a strong lock."),
    ("release-fails", "A query of one release fails on the schema of the other."),
    ("release-shape", "A query of one release returns something else on the schema of the other."),
    ("renames-column", "A migration renames a column that the running release may use."),
    ("renames-table", "A migration renames a table that the running release may use."),
    ("renames-value", "A migration renames a value of an enum that the running release may use."),
    ("required-column", "A migration adds a column that the running release's INSERTs do not set."),
    ("requires", "A migration requires one that no base has."),
    ("rewrites-table", "A migration rewrites a table under a strong lock."),
    ("row-type", "The annotation of a row type cannot be read, or names one that is not there."),
    ("rust-name", "A name is not one that Rust accepts."),
    ("same-column", "A column is compared with itself."),
    ("schema-file", "An object is in no list of `[domains]`, which divide the schema into files."),
    ("second-hint", "A query has hints for the planner in two comments."),
    ("second-statement", "A query holds a second statement."),
    ("server-version", "The PostgreSQL server is too old for the build step."),
    ("session-setting", "A setting of the session outlives the migration."),
    ("session-state", "A function changes the session of a pooled connection."),
    ("set-not-null", "A migration reads a whole table under a strong lock to set NOT NULL."),
    ("settings", "A key or a value in codegen.toml is not one that the build step knows."),
    ("several-rows-for-a-value", "A subquery that stands for one value can find several rows."),
    ("several-strong-locks", "A migration holds the strongest lock on several tables."),
    ("sql-function", "A function in SQL fails when it is called."),
    ("stale", "The generated files do not fit the migrations, the queries or the settings."),
    ("statement-kind", "A statement of this kind is not a query."),
    ("sub-folder", "A folder stands among the queries or migrations."),
    ("swapped-between", "The lower bound of BETWEEN is above the upper one."),
    ("too-many-problems", "A file has more problems than are shown."),
    ("transaction-control", "A migration ends the transaction that it runs in."),
    ("truncate", "TRUNCATE deletes every row of a table."),
    ("type-name", "The name of a type does not make a Rust type."),
    ("type-setting", "The settings name a type that no query uses."),
    ("unconnected-join", "No condition connects two tables of FROM."),
    ("unknown-directive", "The runner does not know a directive, or does not look for it there."),
    ("unknown-table", "A table that the settings name does not exist."),
    ("unqualified-delete", "A DELETE deletes every row of a table."),
    ("unqualified-update", "An UPDATE changes every row of a table."),
    ("unsupported-type", "A column or parameter has a type that has no Rust type."),
    ("unterminated", "A string, a quoted name or a comment is never closed."),
    ("unused-trigger-function", "A trigger function belongs to no trigger, so it is not checked."),
    ("validates-in-same-transaction", "A migration validates a constraint in the transaction that adds it."),
    ("variants", "A query with optional conditions, a choice of orders or pages cannot be divided into statements."),
    ("works-under-lock", "A migration does work while it holds a strong lock."),
];

/// What the rule is about, in one sentence.
pub(crate) fn description(rule: &str) -> &'static str {
    RULES.iter().find(|(name, _)| *name == rule).map_or("A rule without a description.", |(_, about)| about)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// What makes a diagnostic, with its rule as the first argument.
    const CALLS: [&str; 11] = [
        "error(",
        "warning(",
        "fail(",
        ".at(",
        "_at(",
        " at(",
        "(at(",
        "diagnostic(",
        "_at_table(",
        "finding(",
        "rule:",
    ];

    /// The rules that are named in the sources of a folder, outside of tests.
    fn used_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                used_in(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let constants = code.match_indices(": &str = ").map(|(at, head)| (at, head, ";"));
            let calls = CALLS.iter().flat_map(|call| code.match_indices(call)).map(|(at, head)| (at, head, ","));
            for (at, head, end) in constants.chain(calls) {
                let Some(literal) = code[at + head.len()..].trim_start().strip_prefix('"') else { continue };
                let Some((name, rest)) = literal.split_once('"') else { continue };
                // A constant is a rule if it looks like one.
                let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
                if is_plain && rest.starts_with(end) && (end == "," || name.contains('-')) {
                    found.insert(name.to_owned());
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
