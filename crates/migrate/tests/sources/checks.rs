//! A migration states what must be true before it runs.

use barqnet_db_migrate::{Error, Migrations, migrate, plan};
use barqnet_db_testing::TestDatabase;

use crate::support::{app, file, shop, source, table};

fn checking(check: &str) -> Migrations {
    source(&[
        table("V1__items"),
        file("V2__unique", &format!("-- Unique ids.\n{check}\nALTER TABLE items ADD UNIQUE (id);")),
    ])
}

const NO_DUPLICATES: &str = "-- barqnet: check SELECT NOT EXISTS (\n--     SELECT FROM items GROUP BY id HAVING COUNT(*) > 1\n-- \
                             barqnet: check SELECT TRUE";

async fn failure(database: &TestDatabase, check: &str) -> String {
    match migrate(&database.settings(), &checking(check)).await.unwrap_err() {
        Error::Check(failure) => failure.to_string(),
        other => panic!("{other}"),
    }
}

async fn is_unique(database: &TestDatabase) -> bool {
    let sql = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'items'::REGCLASS)";
    database.client().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_migration_whose_check_is_not_true_does_not_run_until_it_is() {
    let database = TestDatabase::empty().await;
    let check = NO_DUPLICATES.replace("> 1\n", "> 1)\n");
    let before = source(&[table("V1__items")]);
    migrate(&database.settings(), &before).await.unwrap();
    let client = database.client().await;
    client.batch_execute("INSERT INTO items VALUES (1), (1)").await.unwrap();
    let expected = "V2__unique.sql:2 was not applied: its check `SELECT NOT EXISTS ( SELECT FROM items GROUP BY id HAVING COUNT(*) \
                    > 1)` must return true, and returned false";
    assert_eq!(failure(&database, &check).await, expected);
    assert!(!is_unique(&database).await);
    client.batch_execute("TRUNCATE items").await.unwrap();
    assert_eq!(migrate(&database.settings(), &checking(&check)).await.unwrap().len(), 1);
    assert!(is_unique(&database).await);
}

#[tokio::test]
async fn a_check_returns_one_row_with_one_boolean_or_the_message_says_what_it_returned() {
    let database = TestDatabase::empty().await;
    for (sql, returned) in [
        ("SELECT NULL::BOOLEAN", "returned NULL"),
        ("SELECT TRUE WHERE FALSE", "returned no row"),
        ("SELECT TRUE FROM generate_series(1, 2)", "returned 2 rows"),
        ("SELECT 1", "returned a column of type int4"),
        ("SELECT TRUE, TRUE", "returned 2 columns"),
        ("TRUNCATE items", "returned nothing, because it is no SELECT"),
        ("DELETE FROM items RETURNING TRUE", "returned nothing, because it is no SELECT"),
    ] {
        let text = failure(&database, &format!("-- barqnet: check {sql}")).await;
        let expected = format!("V2__unique.sql:2 was not applied: its check `{sql}` must return true, and {returned}");
        assert!(text.starts_with(&expected), "{text}");
    }
    let error =
        migrate(&database.settings(), &checking("-- barqnet: check SELECT nothing")).await.unwrap_err().to_string();
    assert!(
        error.starts_with("V2__unique.sql:2:1 failed and was rolled back: column \"nothing\" does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn a_check_sees_what_earlier_migrations_of_the_run_made_and_writes_nothing_if_another_fails() {
    let database = TestDatabase::empty().await;
    let check = "-- barqnet: check SELECT COUNT(*) = 0 FROM items\n-- barqnet: check SELECT FALSE";
    let text = failure(&database, check).await;
    assert!(
        text.starts_with("V2__unique.sql:3 was not applied") && text.ends_with("applied before it: V1__items"),
        "{text}"
    );
}

#[tokio::test]
async fn a_migration_outside_a_transaction_is_checked_too() {
    let database = TestDatabase::empty().await;
    let sql = "-- Serves look-ups.\n-- barqnet: no-transaction\n-- barqnet: check SELECT COUNT(*) = 0 FROM items\n\
               CREATE INDEX CONCURRENTLY IF NOT EXISTS by_id ON items (id);";
    migrate(&database.settings(), &source(&[table("V1__items")])).await.unwrap();
    let client = database.client().await;
    client.batch_execute("INSERT INTO items VALUES (1)").await.unwrap();
    let all = source(&[table("V1__items"), file("V2__by_id", sql)]);
    let error = migrate(&database.settings(), &all).await.unwrap_err().to_string();
    assert!(error.starts_with("V2__by_id.sql:3 was not applied"), "{error}");
    client.batch_execute("TRUNCATE items").await.unwrap();
    assert_eq!(migrate(&database.settings(), &all).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_plan_lists_the_checks_with_their_lines() {
    let database = TestDatabase::empty().await;
    let checked = file("V1__tickets", "-- Tickets.\n-- barqnet: check SELECT TRUE\nCREATE TABLE tickets ();");
    let all = shop(&["V1__items"]).then(source(&[checked]).named("app")).unwrap();
    let planned = plan(&database.settings(), &all).await.unwrap();
    assert!(planned.pending[0].checks.is_empty());
    let [check] = &planned.pending[1].checks[..] else { panic!("{:?}", planned.pending[1]) };
    assert_eq!((check.sql.as_str(), check.line), ("SELECT TRUE", 2));
    assert_eq!(planned.pending[1].source.as_deref(), Some("app"));
    assert_eq!(plan(&database.settings(), &app(&["V1__tickets"])).await.unwrap().pending[0].source, None);
}
