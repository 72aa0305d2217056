//! refinery's own runner and this one, after each other, also with migrations outside a transaction.

use barqnet_db_migrate::{Migrations, State, catalogue, migrate, plan, status};
use barqnet_db_testing::TestDatabase;

use crate::support::{file, names, shop, source, table};

const BUILD: &str = "-- Serves look-ups by id.\n-- barqnet: no-transaction\n\
                     CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS items_id ON items (id);\n";
const DROP: &str = "-- Nothing reads it.\n-- barqnet: no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS items_id;\n";
const VACUUM: &str = "-- After the load.\n-- barqnet: no-transaction\nVACUUM items;\n";

const BATCHES: &str = "-- Fills orders in batches.\n-- barqnet: no-transaction\n\
                       DO $$ BEGIN FOR i IN 1..3 LOOP INSERT INTO orders VALUES (i) ON CONFLICT DO NOTHING; COMMIT; END LOOP; END $$;\n";

fn outside_a_transaction() -> Migrations {
    source(&[
        table("V1__items"),
        file("V2__index", BUILD),
        file("V3__vacuum", VACUUM),
        table("V4__orders"),
        file("V5__batches", BATCHES),
    ])
}

async fn run_refinery(database: &TestDatabase, migrations: &Migrations) -> Vec<String> {
    let mut applied = Vec::new();
    for runner in migrations.runners() {
        let report = runner.run_async(&mut database.client().await).await.unwrap();
        applied.extend(report.applied_migrations().iter().map(ToString::to_string));
    }
    applied
}

async fn history(database: &TestDatabase) -> String {
    let sql =
        "SELECT STRING_AGG(FORMAT('%s %s %s', version, name, checksum), ', ' ORDER BY version) FROM schema_migrations";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

async fn index_is_valid(database: &TestDatabase) -> bool {
    let sql = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'items_id'::REGCLASS";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn both_runners_make_the_same_schema_and_history_from_migrations_outside_a_transaction() {
    let (by_refinery, by_us) = (TestDatabase::empty().await, TestDatabase::empty().await);
    let all = outside_a_transaction();
    assert_eq!(
        run_refinery(&by_refinery, &all).await,
        ["V1__items", "V2__index", "V3__vacuum", "V4__orders", "V5__batches"]
    );
    migrate(&by_us.settings(), &all).await.unwrap();
    assert_eq!(history(&by_refinery).await, history(&by_us).await);
    let schema = catalogue(&by_refinery.client().await).await.unwrap();
    assert_eq!(schema, catalogue(&by_us.client().await).await.unwrap());
    assert!(schema.iter().any(|line| line.contains("items_id")), "{schema:#?}");

    // And neither has anything to do after the other.
    assert!(migrate(&by_refinery.settings(), &all).await.unwrap().is_empty());
    assert_eq!(plan(&by_refinery.settings(), &all).await.unwrap().state(), State::UpToDate);
    assert_eq!(run_refinery(&by_us, &all).await, [""; 0]);
}

#[tokio::test]
async fn either_runner_goes_on_where_the_other_stopped() {
    let first = source(&[table("V1__items"), file("V2__index", BUILD)]);
    let then = source(&[table("V1__items"), file("V2__index", BUILD), file("V3__drop", DROP)]);
    let (one, other) = (TestDatabase::empty().await, TestDatabase::empty().await);
    migrate(&one.settings(), &first).await.unwrap();
    assert_eq!(run_refinery(&one, &then).await, ["V3__drop"]);
    run_refinery(&other, &first).await;
    assert_eq!(names(&migrate(&other.settings(), &then).await.unwrap()), ["V3__drop"]);
    assert_eq!(history(&one).await, history(&other).await);
    let schema = catalogue(&one.client().await).await.unwrap();
    assert_eq!(schema, catalogue(&other.client().await).await.unwrap());
}

#[tokio::test]
async fn an_invalid_index_that_an_interrupted_run_left_is_rebuilt_by_refinerys_runner() {
    let database = TestDatabase::empty().await;
    let (settings, client) = (database.settings(), database.client().await);
    migrate(&settings, &source(&[table("V1__items")])).await.unwrap();
    client.batch_execute("INSERT INTO items VALUES (1), (1)").await.unwrap();
    migrate(&settings, &outside_a_transaction()).await.unwrap_err();
    assert!(!index_is_valid(&database).await);
    client.batch_execute("TRUNCATE items").await.unwrap();
    assert_eq!(
        run_refinery(&database, &outside_a_transaction()).await,
        ["V2__index", "V3__vacuum", "V4__orders", "V5__batches"]
    );
    assert!(index_is_valid(&database).await);
}

#[tokio::test]
async fn a_chain_has_one_runner_of_refinery_for_each_source() {
    let all = || shop(&["V1__items"]).then(source(&[table("V1__tickets")]).named("app")).unwrap();
    let database = TestDatabase::empty().await;
    assert_eq!(run_refinery(&database, &all()).await, ["V1__items", "V1__tickets"]);
    assert!(migrate(&database.settings(), &all()).await.unwrap().is_empty());
    assert_eq!(names(&status(&database.settings(), &all()).await.unwrap()), ["shop/V1__items", "app/V1__tickets"]);
}
