//! One migration replaces a source's first ones.

use std::fs;

use barqnet_db_migrate::{
    Drift, Error, MigrateOptions, Migrations, State, catalogue, drift, migrate, plan, rollback, status,
};
use barqnet_db_testing::TestDatabase;

use crate::support::{file, names, shop, source, table, tables};

const BASELINE: &str = "-- What V1 to V3 made.\n-- barqnet: replaces 1..3\nCREATE TABLE items (id INTEGER);\nCREATE TABLE orders (id INTEGER);\n\
     CREATE TABLE prices (id INTEGER);\n";

/// V1 to V4, each a file.
fn whole() -> Migrations {
    tables(&["V1__items", "V2__orders", "V3__prices", "V4__tickets"])
}

/// The same with V1 to V3 in one file.
fn squashed() -> Migrations {
    source(&[file("V3__baseline", BASELINE), table("V4__tickets")])
}

async fn history(database: &TestDatabase) -> String {
    let sql =
        "SELECT STRING_AGG(FORMAT('%s %s %s', version, name, checksum), ', ' ORDER BY version) FROM schema_migrations";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_new_database_runs_the_baseline_in_place_of_what_it_replaces() {
    let (new, old) = (TestDatabase::empty().await, TestDatabase::empty().await);
    assert_eq!(names(&migrate(&new.settings(), &squashed()).await.unwrap()), ["V3__baseline", "V4__tickets"]);
    migrate(&old.settings(), &whole()).await.unwrap();
    let schema = catalogue(&new.client().await).await.unwrap();
    assert_eq!(schema, catalogue(&old.client().await).await.unwrap());
    assert!(migrate(&new.settings(), &squashed()).await.unwrap().is_empty());
    assert_eq!(names(&status(&new.settings(), &squashed()).await.unwrap()), ["V3__baseline", "V4__tickets"]);
    assert_eq!(drift(&new.client().await).await.unwrap(), Drift::None);
}

#[tokio::test]
async fn a_database_with_all_that_is_replaced_has_the_baseline_and_nothing_is_written() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &whole()).await.unwrap();
    let before = history(&database).await;
    assert_eq!(plan(&settings, &squashed()).await.unwrap().state(), State::UpToDate);
    assert!(migrate(&settings, &squashed()).await.unwrap().is_empty());
    let listed = status(&settings, &squashed()).await.unwrap();
    assert_eq!(names(&listed), ["V3__baseline", "V4__tickets"]);
    assert!(listed.iter().all(|migration| migration.known && migration.applied_at.is_some()));
    assert_eq!(history(&database).await, before);
    assert_eq!(drift(&database.client().await).await.unwrap(), Drift::None);
    // So that the release before still runs.
    assert!(migrate(&settings, &whole()).await.unwrap().is_empty());

    let more = source(&[file("V3__baseline", BASELINE), table("V4__tickets"), table("V5__labels")]);
    assert_eq!(names(&migrate(&settings, &more).await.unwrap()), ["V5__labels"]);
    assert_eq!(drift(&database.client().await).await.unwrap(), Drift::None);
}

#[tokio::test]
async fn a_database_with_some_of_what_is_replaced_is_told_which_release_to_deploy_first() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    migrate(&settings, &tables(&["V1__items"])).await.unwrap();
    let error = migrate(&settings, &squashed()).await.unwrap_err();
    let expected = "nothing was changed: this build has V3__baseline in place of V1 to V3, of which the database has some, but not \
                    V2, V3; first deploy the last release that still has V1 to V3, then this one";
    assert_eq!(error.to_string(), expected);
    let seen = plan(&settings, &squashed()).await.unwrap();
    assert_eq!((seen.state(), seen.conflicts[0].kind()), (State::Diverged, "squashed"));
    migrate(&settings, &whole()).await.unwrap();
    assert_eq!(plan(&settings, &squashed()).await.unwrap().state(), State::UpToDate);
}

#[tokio::test]
async fn a_rollback_goes_back_to_the_baseline_and_not_behind_it() {
    for first in [whole(), squashed()] {
        let database = TestDatabase::empty().await;
        let (settings, options) = (database.settings(), MigrateOptions::default());
        migrate(&settings, &first).await.unwrap();
        for version in 0..3 {
            let error = rollback(&settings, &squashed(), version, &options).await.unwrap_err();
            let reason = "in this build V3__baseline stands for V1 to V3, and nothing goes back behind it";
            assert!(matches!(&error, Error::Irreversible { reason: why, .. } if why == reason), "{version}: {error}");
        }
        assert_eq!(names(&rollback(&settings, &squashed(), 3, &options).await.unwrap()), ["V4__tickets"]);
        assert_eq!(names(&migrate(&settings, &squashed()).await.unwrap()), ["V4__tickets"]);
    }
}

#[tokio::test]
async fn a_baseline_that_was_edited_after_it_was_applied_is_a_conflict() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &squashed()).await.unwrap();
    let edited = source(&[file("V3__baseline", &format!("{BASELINE}SELECT 1;")), table("V4__tickets")]);
    let error = migrate(&database.settings(), &edited).await.unwrap_err().to_string();
    assert!(error.contains("V3__baseline was edited after it was applied"), "{error}");
}

#[tokio::test]
async fn a_required_version_may_be_one_that_a_baseline_replaces() {
    let tickets = file("V1__tickets", "-- Tickets.\n-- barqnet: requires shop 2\nCREATE TABLE tickets ();");
    let of_shop = source(&[file("V3__baseline", BASELINE)]).named("shop").with_history_table("schema_migrations");
    let all = of_shop.then(source(&[tickets]).named("app")).unwrap();
    let (new, old) = (TestDatabase::empty().await, TestDatabase::empty().await);
    assert_eq!(names(&migrate(&new.settings(), &all).await.unwrap()), ["shop/V3__baseline", "app/V1__tickets"]);
    migrate(&old.settings(), &shop(&["V1__items", "V2__orders", "V3__prices"])).await.unwrap();
    assert_eq!(names(&migrate(&old.settings(), &all).await.unwrap()), ["app/V1__tickets"]);
}

#[test]
fn a_baseline_is_the_first_file_and_has_the_last_version_that_it_replaces() {
    let problem = |files: &[(String, String)]| {
        let folder = tempfile::tempdir().unwrap();
        for (name, sql) in files {
            fs::write(folder.path().join(format!("{name}.sql")), sql).unwrap();
        }
        Migrations::from_folder(folder.path()).unwrap_err().to_string()
    };
    let beside = problem(&[table("V1__items"), file("V3__baseline", BASELINE)]);
    assert!(beside.contains("V3__baseline replaces migrations, but V1__items comes before it"), "{beside}");
    let other = problem(&[file("V4__baseline", BASELINE)]);
    assert!(other.contains("V4__baseline replaces migrations up to V3, so its own version must be 3"), "{other}");
}
