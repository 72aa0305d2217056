//! The tutorial of README.md, followed to the letter in an empty folder.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use barqnet_db_testing::TestDatabase;

/// This workspace, whose crates the tutorial uses.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The code blocks of the README: the file that the line before names, if it names one, and the text.
fn blocks() -> Vec<(Option<String>, String)> {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let mut found = Vec::new();
    let mut file = None;
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((file.take(), block.join("\n") + "\n"));
        } else if let Some((name, _)) = line.strip_prefix('`').and_then(|rest| rest.split_once("`: ")) {
            file = Some(name.to_owned());
        }
    }
    found
}

/// The flags for which the workspace has compiled its crates.
fn profiles() -> String {
    let manifest = fs::read_to_string(Path::new(WORKSPACE).join("Cargo.toml")).unwrap();
    let sections = manifest.split("\n\n").map(|text| text.lines().skip_while(|line| line.starts_with('#')));
    let texts = sections.map(|lines| lines.collect::<Vec<_>>().join("\n") + "\n\n");
    texts.filter(|text| text.starts_with("[profile.")).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// `cargo` in the folder, with the workspace's compiled crates.
fn cargo(folder: &Path, database: &TestDatabase) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(folder)
        .args(["run", "--offline", "--quiet"])
        .env("DATABASE_URL", database.url())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        // The build step needs PostgreSQL 14; the suite also runs on older servers.
        .env_remove("BARQNET_PG_BIN")
        .env_remove("BARQNET_CODEGEN");
    // They describe this package: build scripts that read them would run again, here and in the next build.
    for (name, _) in env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            command.env_remove(name);
        }
    }
    command
}

#[tokio::test]
async fn the_tutorial_works_as_it_is_written() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    let _ = fs::remove_dir_all(&folder);
    let blocks = blocks();
    for (file, text) in &blocks {
        let Some(file) = file else { continue };
        let patch = |name: &str| format!("barqnet-db-{name} = {{ path = \"{WORKSPACE}/crates/{name}\" }}\n");
        let rest = match file.as_str() {
            "Cargo.toml" => format!(
                "\n[workspace]\n\n{}\n[patch.crates-io]\n{}",
                profiles(),
                ["client", "codegen", "migrate", "sql", "throwaway"].map(patch).concat()
            ),
            _ => String::new(),
        };
        write(&folder, file, &format!("{text}{rest}"));
    }
    fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let expected: Vec<&str> = blocks.iter().filter(|(file, _)| file.is_none()).map(|(_, text)| text.as_str()).collect();
    let [_, printed, mistake, ..] = expected.as_slice() else { panic!("{expected:?}") };

    let database = TestDatabase::empty().await;
    let output = cargo(&folder, &database).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), *printed);

    let queries = fs::read_to_string(folder.join("queries/books.sql")).unwrap();
    write(&folder, "queries/books.sql", &queries.replace("SELECT title", "SELECT titel"));
    let output = cargo(&folder, &database).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    for line in mistake.lines() {
        assert!(!output.status.success() && text.contains(line.trim()), "{line} is not in:\n{text}");
    }
}
