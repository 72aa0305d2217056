//! Programs and databases that know different migrations.

use std::fs;

use barqnet_db::{
    embedded,
    migrate::{Conflict, Error, MigrateOptions, MigratePolicy, Migrations, OnAhead, OnConflict, migrate, migrate_with},
};
use barqnet_db_testing::TestDatabase;

use super::support::{folder, migrations, names};

fn accepting() -> MigrateOptions {
    let policy = MigratePolicy { ahead: OnAhead::Warn, unknown: OnConflict::Accept, late: OnConflict::Accept };
    MigrateOptions { policy, ..MigrateOptions::default() }
}

fn conflicts(error: &Error) -> &[Conflict] {
    match error {
        Error::Conflict(conflicts) => conflicts,
        _ => panic!("not a conflict: {error}"),
    }
}

#[tokio::test]
async fn an_older_program_runs_on_a_newer_database_unless_the_policy_refuses() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two"])).await.unwrap();
    let old = migrations(&["V1__one"]);
    assert!(migrate(&settings, &old).await.unwrap().is_empty());
    let policy = MigratePolicy { ahead: OnAhead::Refuse, ..MigratePolicy::default() };
    let error =
        migrate_with(&settings, &old, &MigrateOptions { policy, ..MigrateOptions::default() }).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::Ahead { source: None, newest_known: 1, newer: vec!["V2__two".into()] }]);
    assert!(error.to_string().contains("deploy a newer build"), "{error}");
}

#[tokio::test]
async fn newer_migrations_are_named_by_version_whatever_the_order_of_their_rows() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two", "V3__three"])).await.unwrap();
    // The new version of the row is the last one in the table.
    database.client().await.execute("UPDATE schema_migrations SET name = name WHERE version = 2", &[]).await.unwrap();
    let policy = MigratePolicy { ahead: OnAhead::Refuse, ..MigratePolicy::default() };
    let options = MigrateOptions { policy, ..MigrateOptions::default() };
    let error = migrate_with(&settings, &migrations(&["V1__one"]), &options).await.unwrap_err();
    let newer = vec!["V2__two".into(), "V3__three".into()];
    assert_eq!(conflicts(&error), [Conflict::Ahead { source: None, newest_known: 1, newer }]);
}

#[tokio::test]
async fn an_applied_migration_that_the_program_lacks_is_refused() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two", "V3__three"])).await.unwrap();
    let gap = migrations(&["V1__one", "V3__three", "V4__four"]);
    let error = migrate(&settings, &gap).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::Unknown { migration: "V2__two".into() }]);
    assert_eq!(migrate_with(&settings, &gap, &accepting()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_pending_migration_older_than_an_applied_one_is_refused_and_never_skipped() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V3__three"])).await.unwrap();
    let merged = migrations(&["V1__one", "V2__two", "V3__three"]);
    let error = migrate(&settings, &merged).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::Late { source: None, migration: "V2__two".into(), newest_applied: 3 }]);
    assert!(error.to_string().contains("give it a version above 3"), "{error}");
    let applied = migrate_with(&settings, &merged, &accepting()).await.unwrap();
    assert_eq!(applied.iter().map(ToString::to_string).collect::<Vec<_>>(), ["V2__two"]);
}

#[tokio::test]
async fn a_migration_that_was_edited_or_replaced_is_refused_under_every_policy() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &migrations(&["V1__one", "V2__two"])).await.unwrap();
    let other = migrations(&["V1__one", "V2__zwei"]);
    let error = migrate_with(&settings, &other, &accepting()).await.unwrap_err();
    let changed = Conflict::Changed { migration: "V2__zwei".into(), applied_as: "V2__two".into() };
    assert_eq!(conflicts(&error), [changed]);
    let edited = folder(&["V1__one", "V2__two"]);
    fs::write(edited.path().join("V1__one.sql"), "CREATE TABLE one (id BIGINT);\n").unwrap();
    let error =
        migrate_with(&settings, &Migrations::from_folder(edited.path()).unwrap(), &accepting()).await.unwrap_err();
    assert!(error.to_string().contains("V1__one was edited after it was applied"), "{error}");
}

#[tokio::test]
async fn line_endings_and_a_byte_order_mark_do_not_change_a_migration() {
    let database = TestDatabase::empty().await;
    let unix = folder(&["V1__one"]);
    migrate(&database.settings(), &Migrations::from_folder(unix.path()).unwrap()).await.unwrap();
    let sql = fs::read_to_string(unix.path().join("V1__one.sql")).unwrap();
    fs::write(unix.path().join("V1__one.sql"), format!("\u{feff}{}", sql.replace('\n', "\r\n"))).unwrap();
    let windows = Migrations::from_folder(unix.path()).unwrap();
    assert!(migrate(&database.settings(), &windows).await.unwrap().is_empty());
}

#[tokio::test]
async fn refinerys_own_runner_agrees_with_the_history() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let report = embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
    assert!(report.applied_migrations().is_empty());
    let mut client = database.client().await;
    let applied = embedded::migrations::runner().get_applied_migrations_async(&mut client).await.unwrap();
    assert_eq!(applied.iter().map(ToString::to_string).collect::<Vec<_>>(), names());
}

#[tokio::test]
async fn a_minimum_version_that_a_migration_sets_refuses_older_programs() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let newer = folder(&["V1__one", "V2__two", "V3__three"]);
    fs::write(
        newer.path().join("V3__three.sql"),
        "-- Drops what V1 relied on.\n-- barqnet: min-version 2\nSELECT 1;\n",
    )
    .unwrap();
    migrate(&settings, &Migrations::from_folder(newer.path()).unwrap()).await.unwrap();
    assert!(migrate(&settings, &migrations(&["V1__one", "V2__two"])).await.unwrap().is_empty());
    let error = migrate_with(&settings, &migrations(&["V1__one"]), &accepting()).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::ProgramTooOld { source: None, newest_known: 1, min_version: 2 }]);

    // Also a program that may only read the history.
    let client = database.client().await;
    let role = format!("{}_old", database.name());
    client
        .batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON schema_migrations TO {role}"))
        .await
        .unwrap();
    let error = migrate(&settings.clone().user(&role), &migrations(&["V1__one"])).await.unwrap_err();
    assert_eq!(conflicts(&error), [Conflict::ProgramTooOld { source: None, newest_known: 1, min_version: 2 }]);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();

    // A minimum version ends with its migration.
    client.batch_execute("DELETE FROM schema_migrations WHERE version = 3").await.unwrap();
    assert!(migrate(&settings, &migrations(&["V1__one"])).await.unwrap().is_empty());
}
