//! `dump`.

use std::{collections::BTreeMap, fs, path::Path};

use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, migrated_database, on, run};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The names and texts of a folder's files.
fn files(folder: &str) -> BTreeMap<String, String> {
    let read = |file: std::io::Result<fs::DirEntry>| {
        let file = file.unwrap();
        (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}

#[tokio::test]
async fn a_migrated_database_gives_the_files_that_the_build_step_has_written() {
    let database = migrated_database().await;
    let folder = Folder::of("dump", &[]);
    // In a transaction that reads only nothing can be locked but for reading.
    let dumped = run(on(&database, ["dump", folder.path()]).env("PGOPTIONS", "-c default_transaction_read_only=on"));
    let dumped = dumped.ended_with(0);
    assert!(dumped.stdout.contains(" files with the schema of database "), "{dumped:?}");
    assert!(dumped.stderr.is_empty(), "{dumped:?}");
    let (found, committed) = (files(folder.path()), files(&format!("{REPOSITORY}/schema")));
    assert_eq!(found.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
    for (name, text) in &committed {
        for (found, committed) in found[name].lines().zip(text.lines()) {
            assert_eq!(found, committed, "{name}");
        }
        assert_eq!(found[name].len(), text.len(), "{name}");
    }
}

#[tokio::test]
async fn what_was_changed_by_hand_is_in_the_servers_words_and_a_foreign_file_is_kept() {
    let database = TestDatabase::empty().await;
    let migrations = Folder::of(
        "dump-own",
        &[(
            "V1__one.sql",
            "-- One.\n\n-- All things.\nCREATE TABLE one (id INTEGER PRIMARY KEY);\n\n-- The answer.\nCREATE FUNCTION answer() RETURNS INTEGER LANGUAGE sql AS 'SELECT 42';\n",
        )],
    );
    run(&mut on(&database, ["migrate", "--migrations", migrations.path()])).ended_with(0);
    let by_hand = "CREATE TABLE two (id INTEGER REFERENCES one (id));
                   CREATE OR REPLACE FUNCTION answer() RETURNS INTEGER LANGUAGE sql AS 'SELECT 43'";
    database.client().await.batch_execute(by_hand).await.unwrap();
    let folder = Folder::of("dump-into", &[("codegen.toml", "")]);
    let config = format!("{}/codegen.toml", folder.path());
    let into = format!("{}/new/schema", folder.path());
    let dump =
        || run(&mut on(&database, ["dump", &into, "--json", "--config", &config, "--migrations", migrations.path()]));
    let document: serde_json::Value = serde_json::from_str(&dump().ended_with(0).stdout).unwrap();
    assert_eq!(document, serde_json::json!({"files": ["schema.sql", "README.md"], "warnings": []}));
    let schema = files(&into)["schema.sql"].clone();
    for text in ["-- Created by V1__one\n-- All things.\nCREATE TABLE one (", "CREATE TABLE two (", "SELECT 43"] {
        assert!(schema.contains(text), "{text}: {schema}");
    }
    assert!(
        schema.contains("-- No migration has this text: the server wrote it.\nCREATE OR REPLACE FUNCTION answer()"),
        "{schema}"
    );

    // With other domains the file of before has nothing left.
    folder.write("codegen.toml", "[domains]\nthings = [\"one\", \"two\", \"answer\"]\n");
    dump().ended_with(0);
    assert_eq!(files(&into).into_keys().collect::<Vec<_>>(), ["README.md", "things.sql"]);
    fs::write(Path::new(&into).join("things.sql"), "-- Mine.\n").unwrap();
    let refused = dump().ended_with(1);
    assert!(refused.stderr.contains("was not written by the tool"), "{refused:?}");
    assert_eq!(files(&into)["things.sql"], "-- Mine.\n");
}

#[tokio::test]
async fn an_invalid_configuration_is_wrong_usage_or_named_with_its_place() {
    let database = TestDatabase::empty().await;
    let folder = Folder::of("dump-config", &[("codegen.toml", "query = \"x\"\n")]);
    let config = format!("{}/codegen.toml", folder.path());
    run(&mut on(&database, ["dump", folder.path(), "--config", &config])).failed_with(1, "codegen.toml:1:1");
    run(&mut on(&database, ["dump", folder.path(), "--config", "/nonexistent"])).failed_with(2, "/nonexistent");
}
