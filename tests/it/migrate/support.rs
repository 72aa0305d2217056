//! Folders of small migrations.

use std::fs;

use barqnet_db::migrate::Migrations;

pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir("migrations")
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().into_string().unwrap().strip_suffix(".sql")?.to_owned()))
        .collect();
    names.sort_by_key(|name| name[1..name.find('_').unwrap()].parse::<i32>().unwrap());
    names
}

/// A folder with these migrations, each of which makes a table of its name.
pub(super) fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let table = name.split_once("__").unwrap().1;
        fs::write(folder.path().join(format!("{name}.sql")), format!("CREATE TABLE {table} (id INTEGER);\n")).unwrap();
    }
    folder
}

pub(super) fn migrations(names: &[&str]) -> Migrations {
    Migrations::from_folder(folder(names).path()).unwrap()
}
