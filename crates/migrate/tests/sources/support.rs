//! A crate's and a service's migrations, in folders of small files.

use std::fs;

use barqnet_db_migrate::{MigrationStatus, Migrations};

/// A migration that makes a table of its name.
pub(crate) fn table(name: &str) -> (String, String) {
    let table = name.split_once("__").unwrap().1;
    let sql = format!("-- Makes {table}.\nCREATE TABLE {table} (id INTEGER);\n/* rollback\nDROP TABLE {table};\n*/\n");
    (name.to_owned(), sql)
}

/// A migration with this text.
pub(crate) fn file(name: &str, sql: &str) -> (String, String) {
    (name.to_owned(), sql.to_owned())
}

pub(crate) fn source(files: &[(String, String)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in files {
        fs::write(folder.path().join(format!("{name}.sql")), sql).unwrap();
    }
    Migrations::from_folder(folder.path()).unwrap()
}

pub(crate) fn tables(names: &[&str]) -> Migrations {
    source(&names.iter().map(|name| table(name)).collect::<Vec<_>>())
}

/// The crate's migrations, whose history is `schema_migrations`.
pub(crate) fn shop(names: &[&str]) -> Migrations {
    tables(names).named("shop").with_history_table("schema_migrations")
}

/// The service's migrations.
pub(crate) fn app(names: &[&str]) -> Migrations {
    tables(names).named("app")
}

/// The crate's migrations and then the service's.
pub(crate) fn chain(of_shop: &[&str], of_app: &[&str]) -> Migrations {
    shop(of_shop).then(app(of_app)).unwrap()
}

pub(crate) fn names(migrations: &[MigrationStatus]) -> Vec<String> {
    migrations.iter().map(ToString::to_string).collect()
}
