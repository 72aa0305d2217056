//! The names of the rules, which diagnostics carry, with what each is about.

/// Sorted by name.
const RULES: &[(&str, &str)] = &[
    ("build", "The build step cannot use a file, a setting or the server."),
    ("changed-twice", "Two parts of one statement change the same table."),
    ("column-name", "A column has no name that becomes a field in Rust."),
    ("distinct-on-parameter", "DISTINCT ON a parameter leaves one row."),
    ("exclamation-mark-without-reason", "The documentation does not say why a column marked `!` is never NULL."),
    ("file-name", "The name of a file is not one that the build step reads."),
    ("function-declaration", "A declaration in a function's comment cannot be read."),
    ("functions-not-checked", "The server lacks plpgsql_check, so that functions were not checked."),
    ("git", "git cannot show the files of a ref."),
    ("group-by-parameter", "GROUP BY a parameter divides nothing."),
    ("index-line", "`Index:` in the documentation does not fit the plan."),
    ("insert-without-columns", "INSERT does not name its columns."),
    ("large-table-scan", "A statement reads all of a large table."),
    ("limit-without-order", "LIMIT without ORDER BY leaves to chance which rows are returned."),
    ("locks-line", "`Locks:` in the documentation does not fit what the statement locks."),
    ("missing-line", "The documentation lacks `Index:` or `Locks:`, which the settings require."),
    ("module-name", "The name of a file does not become a Rust module."),
    ("name-collision", "Two names are the same in Rust."),
    ("needless-exclamation-mark", "A column marked `!` is never NULL anyway."),
    ("needless-question-mark", "A column marked `?` is never NULL."),
    ("not-a-file", "Something other than a file stands among the queries or migrations."),
    ("not-in-nullable", "NOT IN over a subquery that can return NULL lets no row pass."),
    ("nul", "A file has a NUL character."),
    ("null-comparison", "A comparison with NULL is never true."),
    ("nullable-parameter-of-not-null-column", "A parameter marked `?` is written to a column with NOT NULL only."),
    ("order-by-parameter", "ORDER BY a parameter orders nothing."),
    ("outer-join-undone", "A WHERE drops the rows that an outer join keeps."),
    ("page-without-index-order", "No index gives the order of a page of a large table."),
    ("panic", "A part of the build step failed without a message of its own."),
    ("partition-by-parameter", "PARTITION BY a parameter makes one partition."),
    ("postgresql", "PostgreSQL refuses a statement."),
    ("release-fails", "A query of one release fails on the schema of the other."),
    ("release-shape", "A query of one release returns something else on the schema of the other."),
    ("same-column", "A column is compared with itself."),
    ("server-version", "The PostgreSQL server is too old for the build step."),
    ("settings", "A key or a value in codegen.toml is not one that the build step knows."),
    ("stale", "The generated files do not fit the migrations, the queries or the settings."),
    ("sub-folder", "A folder stands among the queries or migrations."),
    ("swapped-between", "The lower bound of BETWEEN is above the upper one."),
    ("unconnected-join", "No condition connects two tables of FROM."),
    ("unknown-table", "A table that the settings name does not exist."),
    ("unqualified-delete", "A DELETE deletes every row of a table."),
    ("unqualified-update", "An UPDATE changes every row of a table."),
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
                    "error_at(",
                    "_at_table(",
                    "RULE: &str =",
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
