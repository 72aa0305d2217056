//! The files of schema/ say everything that the migrations make.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use barqnet_db::migrate;

use crate::common::migrated_database;

/// Drops everything but the history of migrations and what is recorded beside it.
const DROP_SCHEMA: &str = "
    DO $$
    DECLARE
        it RECORD;
    BEGIN
        FOR it IN
            SELECT oid::REGCLASS AS name FROM pg_class
            WHERE relnamespace = 'public'::REGNAMESPACE AND relkind = 'r' AND NOT STARTS_WITH(relname::TEXT, 'schema_migration')
        LOOP
            EXECUTE FORMAT('DROP TABLE %s CASCADE', it.name);
        END LOOP;
        FOR it IN
            SELECT oid::REGPROCEDURE AS name FROM pg_proc p
            WHERE pronamespace = 'public'::REGNAMESPACE
              AND NOT EXISTS (SELECT FROM pg_depend d
                              WHERE d.classid = 'pg_proc'::REGCLASS AND d.objid = p.oid AND d.deptype = 'e')
        LOOP
            EXECUTE FORMAT('DROP FUNCTION %s CASCADE', it.name);
        END LOOP;
    END
    $$";

/// The files as one script: the first parts in the order of `[domains]`, then the second ones, and so on.
fn script() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let settings = read("codegen.toml");
    let (_, domains) = settings.split_once("[domains]\n").expect("codegen.toml has domains");
    let names = domains
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim());
    let mut parts: BTreeMap<usize, String> = BTreeMap::new();
    for name in names {
        let text = read(&format!("schema/{name}.sql"));
        for (number, part) in text.split("\n-- Part ").enumerate() {
            // The number and the colon are left of a part's first line.
            let part = if number == 0 { part } else { part.split_once('\n').expect("a part has statements").1 };
            parts.entry(number).or_default().push_str(part);
        }
    }
    let parts: Vec<String> = parts.into_values().collect();
    format!("SET check_function_bodies = off; {}", parts.join("\n"))
}

#[tokio::test]
async fn a_database_made_from_the_schema_files_has_the_catalogue_of_a_migrated_one() {
    let database = migrated_database().await;
    let client = database.client().await;
    let migrated = migrate::catalogue(&client).await.unwrap();
    client.batch_execute(DROP_SCHEMA).await.unwrap();
    client.batch_execute(&script()).await.unwrap();
    let made = migrate::catalogue(&client).await.unwrap();
    let [migrated, made] = [migrated, made].map(BTreeSet::from_iter);
    assert!(migrated.len() > 300, "only {} lines", migrated.len());
    let missing: Vec<_> = migrated.difference(&made).collect();
    let surplus: Vec<_> = made.difference(&migrated).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}; surplus: {surplus:#?}");
}
