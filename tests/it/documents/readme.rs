//! The Rust code of the README compiles in a crate of its own, with the dependencies that the README lists.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::markdown::{ROOT, code_blocks};

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn the_code_of_the_readme_compiles_with_the_dependencies_it_lists() {
    let dependencies = code_blocks("README.md", "toml");
    let [dependencies] = dependencies.as_slice() else { panic!("one list of dependencies, not {dependencies:?}") };
    let (programs, modules): (Vec<_>, Vec<_>) =
        code_blocks("README.md", "rust").into_iter().partition(|block| block.contains("fn main()"));
    assert!(!programs.is_empty() && modules.len() > 1, "{programs:?} {modules:?}");

    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("readme");
    // Blocks that the README no longer has.
    let _ = fs::remove_dir_all(folder.join("src"));
    // What a service writes; the crate itself comes from this checkout, every version from its lock file, and the flags
    // are the workspace's, for what it has compiled.
    let manifest = format!(
        "[workspace]\n[package]\nname = \"from-the-readme\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n{dependencies}\n\
         [profile.dev.package.sha2]\nopt-level = 3\n\n[patch.crates-io]\nbarqnet-db = {{ path = \"{ROOT}\" }}\n"
    );
    write(&folder, "Cargo.toml", &manifest);
    let mut library = String::new();
    for (number, block) in modules.iter().enumerate() {
        write(&folder, &format!("src/block_{number}.rs"), block);
        writeln!(library, "pub mod block_{number};").unwrap();
    }
    write(&folder, "src/lib.rs", &library);
    for (number, block) in programs.iter().enumerate() {
        write(&folder, &format!("src/bin/program_{number}.rs"), block);
    }
    fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();

    let mut check = Command::new(env!("CARGO"));
    // They describe this package: build scripts that read them would run again, here and in the next build.
    for (name, _) in env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"].iter().any(|start| name.to_string_lossy().starts_with(start)) {
            check.env_remove(name);
        }
    }
    let checked = check
        .args(["check", "--offline", "--quiet"])
        .current_dir(&folder)
        // The workspace's own: what its checks have compiled is not compiled again.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
