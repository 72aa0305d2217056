//! The names of the rules, which diagnostics carry, with what each is about.

/// Sorted by name.
const RULES: &[(&str, &str)] = &[
    ("build", "The build step cannot use a file, a setting or the server."),
    ("git", "git cannot show the files of a ref."),
    ("postgresql", "PostgreSQL refuses a statement."),
    ("release-fails", "A query of one release fails on the schema of the other."),
    ("release-shape", "A query of one release returns something else on the schema of the other."),
    ("server-version", "The PostgreSQL server is too old for the build step."),
    ("settings", "A key or a value in codegen.toml is not one that the build step knows."),
    ("stale", "The generated files do not fit the migrations, the queries or the settings."),
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
                for call in ["::error(", "::warning("] {
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
