//! What one source made is no drift for a program that knows another.

use barqnet_db_migrate::{Drift, MigrateOptions, catalogue, drift, migrate, migrated_tables, rollback};
use barqnet_db_testing::TestDatabase;

use crate::support::{app, chain, shop, table};

async fn is_none(database: &TestDatabase) -> bool {
    drift(&database.client().await).await.unwrap() == Drift::None
}

async fn differences(database: &TestDatabase) -> Vec<String> {
    match drift(&database.client().await).await.unwrap() {
        Drift::Found(differences) => differences.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_chain_has_no_drift_whichever_source_was_migrated_or_rolled_back_last() {
    let database = TestDatabase::empty().await;
    let (settings, options) = (database.settings(), MigrateOptions::default());
    migrate(&settings, &shop(&["V1__items"])).await.unwrap();
    assert!(is_none(&database).await);
    migrate(&settings, &app(&["V1__tickets"])).await.unwrap();
    assert!(is_none(&database).await);
    // By a program that knows the first source only.
    migrate(&settings, &shop(&["V1__items", "V2__orders"])).await.unwrap();
    assert!(is_none(&database).await);
    let all = chain(&["V1__items", "V2__orders"], &["V1__tickets", "V2__labels"]);
    migrate(&settings, &all).await.unwrap();
    assert!(is_none(&database).await);
    rollback(&settings, &all, ("app", 1), &options).await.unwrap();
    assert!(is_none(&database).await);
    rollback(&settings, &all, ("app", 0), &options).await.unwrap();
    rollback(&settings, &all, ("shop", 1), &options).await.unwrap();
    assert!(is_none(&database).await);
}

#[tokio::test]
async fn a_change_by_hand_is_found_in_the_tables_of_every_source() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &chain(&["V1__items"], &["V1__tickets"])).await.unwrap();
    let by_hand = "ALTER TABLE items ADD COLUMN a INTEGER; ALTER TABLE tickets ADD COLUMN b INTEGER; CREATE TABLE c ()";
    database.client().await.batch_execute(by_hand).await.unwrap();
    let expected = [
        "column items.a was added by hand: integer",
        "column tickets.b was added by hand: integer",
        "table c was added by hand",
    ];
    assert_eq!(differences(&database).await, expected);
}

#[tokio::test]
async fn after_another_runner_migrated_another_source_drift_is_unknown() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &shop(&["V1__items"])).await.unwrap();
    let mut runner =
        refinery::Runner::new(&[refinery::Migration::unapplied("V1__tickets", &table("V1__tickets").1).unwrap()]);
    runner.set_migration_table_name("refinery_schema_history");
    runner.run_async(&mut database.client().await).await.unwrap();
    let client = database.client().await;
    let is_unknown = matches!(drift(&client).await.unwrap(), Drift::Unknown(why) if why.contains("another runner"));
    assert!(is_unknown);
    // The next migration of ours makes it known again; a history is no part of the schema.
    migrate(&database.settings(), &shop(&["V1__items", "V2__orders"])).await.unwrap();
    assert!(is_none(&database).await);
    let lines = catalogue(&client).await.unwrap();
    assert!(!lines.iter().any(|line| line.contains("refinery_schema_history")), "{lines:#?}");
    let migrated = migrated_tables(&client).await.unwrap();
    assert_eq!(migrated.unknown, ["refinery_schema_history"]);
    assert_eq!(migrated.names.into_iter().collect::<Vec<_>>(), ["items", "orders"]);
}

#[tokio::test]
async fn a_history_that_the_role_may_not_read_does_not_stop_a_run() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let role = format!("{}_owner", database.name());
    let foreign = "CREATE TABLE other_history (version TEXT, name TEXT, applied_on TEXT, checksum TEXT);
                   INSERT INTO other_history VALUES ('one', '', '', '')";
    client
        .batch_execute(&format!("{foreign}; CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}"))
        .await
        .unwrap();
    let settings = database.settings().user(&role);
    assert_eq!(migrate(&settings, &chain(&["V1__items"], &["V1__tickets"])).await.unwrap().len(), 2);
    // A role that may read it knows that it has changed since.
    assert!(matches!(drift(&client).await.unwrap(), Drift::Unknown(_)));
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_database_says_which_tables_its_migrations_made_whoever_asks() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &chain(&["V1__items"], &["V1__tickets"])).await.unwrap();
    let client = database.client().await;
    client.batch_execute("CREATE TABLE by_hand ()").await.unwrap();
    let migrated = migrated_tables(&client).await.unwrap();
    assert_eq!(migrated.names.into_iter().collect::<Vec<_>>(), ["items", "tickets"]);
    assert!(migrated.unknown.is_empty());
    assert_eq!(migrated.histories, ["schema_migrations", "schema_migrations_app"]);
}
