//! Undoing migrations: what goes is told before, and all of it comes back when they are applied again.

use std::fs;

use crate::common::{sql, user_with_phone};
use barqnet_db::{
    migrate::{Error, Loss, MigrateOptions, Migrations, migrate, plan_rollback, rollback, status},
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;

fn options() -> MigrateOptions {
    MigrateOptions::default()
}

/// Every relation, column, constraint, index, view, function and trigger, as text.
async fn catalogue(client: &Client) -> Vec<String> {
    let query = "
        SELECT FORMAT('column %s.%s %s %s', c.relname, a.attname, FORMAT_TYPE(a.atttypid, a.atttypmod), a.attnotnull)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::REGNAMESPACE AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'i'
        UNION ALL SELECT FORMAT('constraint %s %s', conname, PG_GET_CONSTRAINTDEF(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::REGNAMESPACE
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT FORMAT('view %s %s', viewname, definition) FROM pg_views WHERE schemaname = 'public'
        UNION ALL SELECT 'function ' || PG_GET_FUNCTIONDEF(oid) FROM pg_proc
        WHERE pronamespace = 'public'::REGNAMESPACE AND prokind <> 'a'
        UNION ALL SELECT 'trigger ' || PG_GET_TRIGGERDEF(oid) FROM pg_trigger WHERE NOT tgisinternal
        ORDER BY 1";
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| if_rebuilt(row.get(0))).collect()
}

/// PostgreSQL writes the predicate of an index with other casts once it has rebuilt it for a changed column.
fn if_rebuilt(line: &str) -> String {
    if !line.starts_with("index ") {
        return line.to_owned();
    }
    let casts = ["::character varying", "::text", "[]", "(", ")", "[", "]"];
    casts.iter().fold(line.to_owned(), |line, cast| line.replace(cast, ""))
}

/// The catalogue without the runner's own tables, which come when they are first needed and stay.
async fn made_by_migrations(client: &Client) -> Vec<String> {
    catalogue(client).await.into_iter().filter(|line| !line.contains("schema_migration")).collect()
}

#[tokio::test]
async fn each_migration_rolled_back_leaves_what_was_before_and_comes_back_the_same() {
    let database = TestDatabase::empty().await;
    let (settings, client) = (database.settings(), database.client().await);
    let embedded = Migrations::embedded();
    // One state a migration, on the way up.
    let folder = tempfile::tempdir().unwrap();
    let mut states = Vec::new();
    for migration in status(&settings, &embedded).await.unwrap() {
        let name = format!("{migration}.sql");
        fs::copy(format!("migrations/{name}"), folder.path().join(name)).unwrap();
        migrate(&settings, &Migrations::from_folder(folder.path()).unwrap()).await.unwrap();
        states.push((migration.version, made_by_migrations(&client).await));
    }
    let (_, top) = states.last().unwrap().clone();
    for (version, state) in states.iter().rev().skip(1) {
        let undone = rollback(&settings, &embedded, *version, &options()).await.unwrap();
        assert_eq!(undone.len(), 1);
        assert_eq!(
            &made_by_migrations(&client).await,
            state,
            "{} left something else than V{version} had made",
            undone[0]
        );
    }
    rollback(&settings, &embedded, 0, &options()).await.unwrap();
    assert_eq!(made_by_migrations(&client).await, Vec::<String>::new());
    migrate(&settings, &embedded).await.unwrap();
    assert_eq!(made_by_migrations(&client).await, top);
}

#[tokio::test]
async fn a_plan_tells_what_would_be_lost_and_changes_nothing() {
    let database = TestDatabase::new().await;
    let (settings, client) = (database.settings(), database.client().await);
    let pool = database.pool().await;
    let number = "+4915112345678".parse().unwrap();
    user_with_phone(&pool.get().await.unwrap(), "ada", &number).await;
    sql(&database, "INSERT INTO users (username, server_id, created_by) VALUES ('bob', 'node-1', 'test')").await;
    let before = catalogue(&client).await;
    let steps = plan_rollback(&settings, &Migrations::embedded(), 1, &options()).await.unwrap();
    assert_eq!(
        steps.first().unwrap().migration.to_string(),
        status(&settings, &Migrations::embedded()).await.unwrap().last().unwrap().to_string()
    );
    let losses: Vec<&Loss> = steps.iter().flat_map(|step| &step.losses).collect();
    for (what, rows) in [("column users.phone_number", 1), ("table server_locations", 15), ("table user_sessions", 0)] {
        assert!(losses.contains(&&Loss { what: what.to_owned(), rows }), "{what}: {losses:#?}");
    }
    assert!(!losses.iter().any(|loss| loss.what == "table users"));
    assert_eq!(catalogue(&client).await, before);
}

#[tokio::test]
async fn a_migration_without_a_rollback_refuses_and_nothing_is_undone() {
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("V1__one.sql"), "CREATE TABLE one (id INTEGER);").unwrap();
    fs::write(folder.path().join("V2__two.sql"), "CREATE TABLE two (id INTEGER);\n/* rollback\nDROP TABLE two;\n*/")
        .unwrap();
    let (settings, migrations) = (database.settings(), Migrations::from_folder(folder.path()).unwrap());
    migrate(&settings, &migrations).await.unwrap();
    let error = rollback(&settings, &migrations, 0, &options()).await.unwrap_err();
    assert!(matches!(&error, Error::Irreversible { migration, .. } if migration == "V1__one"), "{error}");
    assert!(status(&settings, &migrations).await.unwrap().iter().all(|it| it.applied_at.is_some()));
    assert_eq!(rollback(&settings, &migrations, 1, &options()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_this_build_does_not_have_as_it_was_applied_is_not_rolled_back() {
    let database = TestDatabase::new().await;
    sql(&database, "INSERT INTO schema_migrations VALUES (9000, 'newer', '2030-01-01T00:00:00Z', '1')").await;
    let error = rollback(&database.settings(), &Migrations::embedded(), 1, &options()).await.unwrap_err();
    assert!(error.to_string().contains("V9000__newer can't be rolled back"), "{error}");
}

#[tokio::test]
async fn a_rollback_that_fails_keeps_what_it_could_not_undo_and_its_line_in_the_history() {
    let database = TestDatabase::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("V1__one.sql", "CREATE TABLE one (id INTEGER PRIMARY KEY);\n/* rollback\nDROP TABLE one;\n*/");
    write("V2__two.sql", "CREATE TABLE two (id INTEGER);\n/* rollback\nDROP TABLE two;\n*/");
    let (settings, migrations) = (database.settings(), Migrations::from_folder(folder.path()).unwrap());
    migrate(&settings, &migrations).await.unwrap();
    sql(&database, "CREATE TABLE by_hand (one INTEGER REFERENCES one)").await;
    let error = rollback(&settings, &migrations, 0, &options()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the rollback in V1__one.sql:3:1 failed and was rolled back: cannot drop table one"),
        "{error}"
    );
    assert!(error.ends_with("applied before it: V2__two"), "{error}");
    let left: Vec<i32> = status(&settings, &migrations)
        .await
        .unwrap()
        .iter()
        .filter(|it| it.applied_at.is_some())
        .map(|it| it.version)
        .collect();
    assert_eq!(left, [1]);
}
