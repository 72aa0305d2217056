//! The generated code stays small enough to be read.

use std::{fs, path::Path};

/// What crates/codegen/README.md promises; constraints and fakes included.
const MAX_LINES_PER_STATEMENT: usize = 59;

/// Every file of a folder with this extension, one after the other.
fn lines(folder: &str, extension: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(&folder).expect("the folder exists").map(|entry| entry.expect("a readable folder").path());
    files
        .filter(|file| file.extension().is_some_and(|it| it == extension))
        .flat_map(|file| {
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_statement_is_at_most_59_lines_of_generated_code() {
    let statements = lines("queries", "sql").iter().filter(|line| line.starts_with("--! ")).count();
    assert!(statements > 200, "only {statements} statements were found");
    let lines = lines("src/generated", "rs").len();
    let per_statement = lines.div_ceil(statements);
    assert!(
        per_statement <= MAX_LINES_PER_STATEMENT,
        "{lines} lines for {statements} statements are {per_statement} each, more than {MAX_LINES_PER_STATEMENT}"
    );
}
