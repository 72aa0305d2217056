//! `drop`.

use barqnet_db_testing::TestDatabase;

use crate::program::{on, on_a_terminal, run, scalar};

/// Whether the database is still there.
async fn exists(database: &TestDatabase) -> bool {
    let other = TestDatabase::empty().await;
    let sql = format!("SELECT COUNT(*) FROM pg_database WHERE datname = '{}'", database.name());
    scalar(&other.client().await, &sql).await == 1
}

#[tokio::test]
async fn drop_deletes_the_database_once() {
    let database = TestDatabase::empty().await;
    assert!(run(&mut on(&database, ["drop", "--yes"])).ended_with(0).stdout.contains("is dropped"));
    assert!(!exists(&database).await);
    assert!(run(&mut on(&database, ["drop", "--yes"])).ended_with(0).stdout.contains("does not exist"));
    assert_eq!(
        run(&mut on(&database, ["drop", "--yes", "--json"])).ended_with(0).stdout,
        "{\n  \"dropped\": false\n}\n"
    );
}

#[tokio::test]
async fn drop_asks_for_the_name_of_the_database() {
    let database = TestDatabase::empty().await;
    run(&mut on(&database, ["drop"])).failed_with(2, "drop asks for confirmation");
    run(&mut on(&database, ["drop", "--quiet"])).failed_with(2, "--json and --quiet need --yes");
    let Some(declined) = on_a_terminal(&on(&database, ["drop"]), "yes\n") else { return };
    assert_eq!(declined.code, Some(1), "{declined:?}");
    assert!(declined.stdout.contains(&format!("Type {} to drop it", database.name())), "{declined:?}");
    assert!(exists(&database).await);
    let confirmed = on_a_terminal(&on(&database, ["drop"]), &format!("{}\n", database.name())).unwrap();
    assert_eq!(confirmed.code, Some(0), "{confirmed:?}");
    assert!(!exists(&database).await);
}

#[tokio::test]
async fn a_database_in_use_is_dropped_only_by_force() {
    let database = TestDatabase::empty().await;
    let other = database.client().await;
    run(&mut on(&database, ["drop", "--yes"])).failed_with(1, "has 1 connection: end them, or add --force");
    assert!(exists(&database).await);
    if scalar(&other, "SELECT CURRENT_SETTING('server_version_num')::BIGINT").await >= 130_000 {
        run(&mut on(&database, ["drop", "--yes", "--force"])).ended_with(0);
        assert!(!exists(&database).await);
    }
}
