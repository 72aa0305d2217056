//! Releases of barqnet-db and of the service, deployed one after the other and at the same time.

use barqnet_db::{
    embedded,
    migrate::{self, Drift, HISTORY_TABLE, MigrateOptions, Migrations, rollback},
};
use barqnet_db_service_with_tables::{Opened, migrations, open};
use barqnet_db_testing::TestDatabase;
use refinery::{Migration, Runner};

const NEXT: &str =
    "-- The next release.\nCREATE TABLE next_release (id BIGINT);\n/* rollback\nDROP TABLE next_release;\n*/\n";

/// barqnet-db's next release.
fn next_barqnet_db() -> Migrations {
    let runner = embedded::migrations::runner();
    let mut all = runner.get_migrations().clone();
    all.push(Migration::unapplied("V9999__add_next_release", NEXT).unwrap());
    Migrations::from_runner(&Runner::new(&all)).unwrap().named("barqnet").with_history_table(HISTORY_TABLE)
}

/// This release of the service.
fn service() -> Vec<Migration> {
    let sql = include_str!("../migrations/V1__create_support_tickets.sql");
    vec![Migration::unapplied("V1__create_support_tickets", sql).unwrap()]
}

/// The next release of the service, which needs this release of barqnet-db only.
fn next_service() -> Vec<Migration> {
    let sql = "-- Notes.\nALTER TABLE support_tickets ADD COLUMN note TEXT;\n\
               /* rollback\nALTER TABLE support_tickets DROP COLUMN note;\n*/\n";
    [service(), vec![Migration::unapplied("V2__add_note", sql).unwrap()]].concat()
}

fn chain(barqnet_db: Migrations, service: &[Migration]) -> Migrations {
    barqnet_db.then(Migrations::from_runner(&Runner::new(service)).unwrap().named("support")).unwrap()
}

/// What a start applies.
async fn start(database: &TestDatabase, migrations: &Migrations) -> Vec<String> {
    let applied = migrate::migrate(&database.settings(), migrations).await.unwrap();
    applied.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_upgrade_of_barqnet_db_leaves_the_migrations_of_the_service_in_place() {
    let database = TestDatabase::migrated(&migrations().unwrap()).await;
    let upgraded = chain(next_barqnet_db(), &service());
    assert_eq!(start(&database, &upgraded).await, ["barqnet/V9999__add_next_release"]);
    assert_eq!(start(&database, &upgraded).await, [""; 0]);
    assert_eq!(migrate::drift(&database.client().await).await.unwrap(), Drift::None);
}

#[tokio::test]
async fn two_releases_start_on_one_database_in_either_order() {
    // One has the newer barqnet-db, the other the newer service.
    let crate_first = chain(next_barqnet_db(), &service());
    let service_first = chain(embedded::migrations(), &next_service());
    for (first, second, applied) in [
        (&crate_first, &service_first, "support/V2__add_note"),
        (&service_first, &crate_first, "barqnet/V9999__add_next_release"),
    ] {
        let database = TestDatabase::migrated(&migrations().unwrap()).await;
        assert_eq!(start(&database, first).await.len(), 1);
        assert_eq!(start(&database, second).await, [applied]);
        // A replica of either, and of the build before both, starts again and works.
        for build in [first, second, &migrations().unwrap()] {
            assert_eq!(start(&database, build).await, [""; 0]);
        }
        let client = database.pool().await.get().await.unwrap();
        assert_eq!(open(&client, 7, "slow").await.unwrap(), Opened::NoSuchUser);
        assert_eq!(migrate::drift(&database.client().await).await.unwrap(), Drift::None);
    }
}

#[tokio::test]
async fn what_the_service_requires_of_barqnet_db_is_not_rolled_back() {
    let database = TestDatabase::migrated(&migrations().unwrap()).await;
    let (settings, options) = (database.settings(), MigrateOptions::default());
    let refused = rollback(&settings, &migrations().unwrap(), ("barqnet", 31), &options).await.unwrap_err();
    assert!(refused.to_string().contains("support/V1__create_support_tickets"), "{refused}");
}
