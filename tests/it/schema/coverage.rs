//! Every typed function is called: by a test, the command, the example, or a domain module that tests call.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every Rust file below a folder, generated code apart.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() && !path.ends_with("generated") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// What is called as `module::name(`, with or without a path before the module.
fn calls(source: &str) -> impl Iterator<Item = String> {
    source.match_indices('(').filter_map(|(end, _)| {
        let (before, name) = source[..end].rsplit_once("::")?;
        let module = before.rsplit(|character| !is_word(character)).next()?;
        (!name.is_empty() && name.chars().all(is_word)).then(|| format!("{module}::{name}"))
    })
}

#[test]
fn every_typed_function_is_called_by_a_test_an_example_or_a_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inventory = BTreeSet::new();
    for file in rust_files(&root.join("src/generated")) {
        let module = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let source = read(&file);
        let functions = source.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split_once("() -> "));
        inventory.extend(functions.map(|(name, _)| format!("{module}::{name}")));
    }
    assert!(inventory.len() > 100, "only {} typed functions were found", inventory.len());

    let mut called = BTreeSet::new();
    for folder in ["tests", "crates/cli", "examples", "src"] {
        for file in rust_files(&root.join(folder)) {
            called.extend(calls(&read(&file)));
        }
    }
    let missed: Vec<_> = inventory.difference(&called).collect();
    assert!(missed.is_empty(), "{} typed functions are called by nothing: {missed:#?}", missed.len());
}
