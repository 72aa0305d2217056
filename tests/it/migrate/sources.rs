//! A service's own migrations beside this crate's.

use std::fs;

use barqnet_db::{
    doctor::{Finding, examine},
    embedded,
    migrate::{Migrations, catalogue, migrate, rollback},
};
use barqnet_db_testing::TestDatabase;

use super::support::{folder, migrations};
use crate::common::{execute_sql, migrated_database};

fn tickets() -> Migrations {
    migrations(&["V1__tickets", "V2__labels"]).named("app")
}

fn with_tickets() -> Migrations {
    embedded::migrations().then(tickets()).unwrap()
}

async fn findings(database: &TestDatabase, migrations: &Migrations) -> Vec<Finding> {
    examine(&database.settings(), migrations).await.unwrap()
}

#[track_caller]
fn has(findings: &[Finding], start: &str) -> bool {
    findings.iter().any(|finding| finding.what.starts_with(start))
}

#[tokio::test]
async fn a_service_adds_its_migrations_to_those_of_the_crate() {
    let database = TestDatabase::empty().await;
    let applied = migrate(&database.settings(), &with_tickets()).await.unwrap();
    assert_eq!(applied.len(), embedded::migrations().len() + 2);
    assert_eq!(applied[0].to_string(), "barqnet/V1__base_schema");
    assert_eq!(applied.last().unwrap().to_string(), "app/V2__labels");
}

#[tokio::test]
async fn the_crate_can_be_added_to_a_service_that_has_its_own_tables_already() {
    for of_the_service in [tickets(), tickets().with_history_table("refinery_schema_history")] {
        let database = TestDatabase::empty().await;
        migrate(&database.settings(), &of_the_service).await.unwrap();
        let all = embedded::migrations().then(of_the_service).unwrap();
        assert_eq!(migrate(&database.settings(), &all).await.unwrap().len(), embedded::migrations().len());
    }
    // Other tables of the same names are still refused.
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &migrations(&["V1__users"]).named("app")).await.unwrap();
    let refused = migrate(&database.settings(), &embedded::migrations()).await.unwrap_err().to_string();
    assert!(refused.contains("this database is not BarqNet's: it has users"), "{refused}");
}

#[tokio::test]
async fn doctor_says_nothing_of_tables_that_another_source_made_whichever_it_knows() {
    let database = migrated_database().await;
    migrate(&database.settings(), &with_tickets()).await.unwrap();
    for migrations in [with_tickets(), embedded::migrations()] {
        let findings = findings(&database, &migrations).await;
        assert!(has(&findings, "every migration is applied, "), "{findings:#?}");
        assert!(has(&findings, "the schema matches the migrations"), "{findings:#?}");
        assert!(!has(&findings, "not made by "), "{findings:#?}");
    }
    execute_sql(&database, "CREATE TABLE by_hand ()").await;
    let findings = findings(&database, &embedded::migrations()).await;
    assert!(findings.iter().any(|finding| finding.what.ends_with("left unchanged: table by_hand")), "{findings:#?}");
}

#[tokio::test]
async fn doctor_does_not_advise_to_drop_what_another_runners_migrations_may_have_made() {
    let database = migrated_database().await;
    let sql = "CREATE TABLE tickets (id INTEGER);";
    let mut runner = refinery::Runner::new(&[refinery::Migration::unapplied("V1__tickets", sql).unwrap()]);
    runner.set_migration_table_name("refinery_schema_history");
    runner.run_async(&mut database.client().await).await.unwrap();
    let findings = findings(&database, &embedded::migrations()).await;
    let what = "not made by a migration of this build, and left unchanged: table tickets";
    let found = findings.iter().find(|finding| finding.what == what).unwrap_or_else(|| panic!("{findings:#?}"));
    let advice = "the migrations that refinery_schema_history records may have made it";
    assert_eq!(found.advice.as_deref(), Some(advice));
}

#[tokio::test]
async fn an_older_build_says_nothing_of_tables_that_a_newer_one_made() {
    let database = migrated_database().await;
    let newest = embedded::migrations().versions().next_back().unwrap();
    let folder = folder(&[]);
    for file in fs::read_dir("migrations").unwrap().map(|file| file.unwrap().path()) {
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let newer = format!("V{}__tickets.sql", newest + 1);
    fs::write(folder.path().join(newer), "CREATE TABLE tickets ();").unwrap();
    migrate(&database.settings(), &Migrations::from_folder(folder.path()).unwrap()).await.unwrap();
    let findings = findings(&database, &embedded::migrations()).await;
    assert!(has(&findings, "the database is ahead of this build") && !has(&findings, "not made by "), "{findings:#?}");
}

#[tokio::test]
async fn the_services_migrations_are_rolled_back_and_the_crates_stay() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    let sql = "-- Tickets.\n-- barqnet: requires barqnet 90\nCREATE TABLE tickets ();\n/* rollback\nDROP TABLE tickets;\n*/\n";
    let folder = folder(&[]);
    fs::write(folder.path().join("V1__tickets.sql"), sql).unwrap();
    let of_the_service = Migrations::from_folder(folder.path()).unwrap().named("app");
    let all = embedded::migrations().then(of_the_service).unwrap();
    migrate(&database.settings(), &all).await.unwrap();
    let options = barqnet_db::migrate::MigrateOptions::default();
    let refused = rollback(&database.settings(), &embedded::migrations(), 89, &options).await.unwrap_err().to_string();
    assert!(refused.starts_with("nothing was changed: V90__"), "{refused}");
    let reason = "cannot be rolled back: app/V1__tickets, which is applied, requires it or a newer one";
    assert!(refused.contains(reason), "{refused}");
    rollback(&database.settings(), &all, ("app", 0), &options).await.unwrap();
    assert_eq!(catalogue(&client).await.unwrap(), before);
}
