//! A rollback undoes migrations of one source and leaves the others.

use barqnet_db_migrate::{Error, MigrateOptions, migrate, plan_rollback, rollback};
use barqnet_db_testing::TestDatabase;

use crate::support::{app, chain, file, names, shop, source};

fn options() -> MigrateOptions {
    MigrateOptions::default()
}

#[tokio::test]
async fn the_services_migrations_are_rolled_back_while_the_crates_stay() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let all = chain(&["V1__items", "V2__orders"], &["V1__tickets", "V2__labels"]);
    migrate(&settings, &all).await.unwrap();
    let steps = plan_rollback(&settings, &all, ("app", 0), &options()).await.unwrap();
    let planned: Vec<String> =
        steps.iter().map(|step| format!("{}: {}", step.migration, step.losses[0].what)).collect();
    assert_eq!(planned, ["app/V2__labels: table labels", "app/V1__tickets: table tickets"]);
    let undone = rollback(&settings, &all, ("app", 0), &options()).await.unwrap();
    assert_eq!(names(&undone), ["app/V2__labels", "app/V1__tickets"]);
    assert_eq!(names(&migrate(&settings, &all).await.unwrap()), ["app/V1__tickets", "app/V2__labels"]);
    assert_eq!(names(&rollback(&settings, &all, ("shop", 1), &options()).await.unwrap()), ["shop/V2__orders"]);
}

#[tokio::test]
async fn in_a_chain_a_version_without_its_source_is_refused() {
    let database = TestDatabase::empty().await;
    let all = chain(&["V1__items"], &["V1__tickets"]);
    let error = rollback(&database.settings(), &all, 0, &options()).await.unwrap_err().to_string();
    assert_eq!(error, "nothing was changed: version 0 of which source? This build has the sources shop, app");
}

#[tokio::test]
async fn a_crates_migration_that_the_service_requires_is_not_rolled_back() {
    let requiring =
        "-- Tickets.\n-- barqnet: requires shop 2\nCREATE TABLE tickets ();\n/* rollback\nDROP TABLE tickets;\n*/";
    let of_shop = || shop(&["V1__items", "V2__orders", "V3__prices"]);
    let all = of_shop().then(source(&[file("V1__tickets", requiring)]).named("app")).unwrap();
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &all).await.unwrap();
    let expected = "app/V1__tickets, which is applied, requires it or a newer one; roll that back first";

    // Also by a program that does not have the service's migrations.
    for error in [
        rollback(&settings, &all, ("shop", 1), &options()).await.unwrap_err(),
        rollback(&settings, &of_shop(), 1, &options()).await.unwrap_err(),
        plan_rollback(&settings, &of_shop(), 0, &options()).await.unwrap_err(),
    ] {
        assert!(matches!(&error, Error::Irreversible { reason, .. } if reason == expected), "{error}");
    }
    assert_eq!(names(&rollback(&settings, &all, ("shop", 2), &options()).await.unwrap()), ["shop/V3__prices"]);
    rollback(&settings, &all, ("app", 0), &options()).await.unwrap();
    assert_eq!(rollback(&settings, &of_shop(), 0, &options()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_required_migration_is_not_rolled_back_although_refinery_recorded_no_requirement() {
    let requiring = "-- Tickets.\n-- barqnet: requires shop 2\nCREATE TABLE tickets ();\n";
    let of_shop = shop(&["V1__items", "V2__orders"]);
    let all = of_shop.then(source(&[file("V1__tickets", requiring)]).named("app")).unwrap();
    let database = TestDatabase::empty().await;
    for runner in all.runners() {
        runner.run_async(&mut database.client().await).await.unwrap();
    }
    let error = rollback(&database.settings(), &all, ("shop", 1), &options()).await.unwrap_err().to_string();
    assert!(error.contains("app/V1__tickets, which is applied, requires it or a newer one"), "{error}");
}

#[tokio::test]
async fn a_source_alone_is_migrated_beside_the_tables_of_another() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &shop(&["V1__items"])).await.unwrap();
    let one_after_the_other = migrate(&settings, &app(&["V1__tickets"])).await.unwrap();
    assert_eq!(names(&one_after_the_other), ["V1__tickets"]);
}
