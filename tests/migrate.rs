//! Bringing a database to the schema, and telling how far it is.

use std::fs;

use barqnet_db::{
    embedded,
    migrate::{Error, Migrations, migrate, status},
    pool,
};
use barqnet_db_testing::TestDatabase;

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir("migrations")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().trim_end_matches(".sql").to_owned())
        .collect();
    names.sort_by_key(|name| name[1..name.find('_').unwrap()].parse::<i32>().unwrap());
    names
}

#[tokio::test]
async fn refinerys_runner_migrates_a_tokio_postgres_client_and_records_in_schema_migrations() {
    let database = TestDatabase::empty().await;
    let mut client = database.client().await;
    let report = embedded::migrations::runner().run_async(&mut client).await.unwrap();
    let applied: Vec<String> = report.applied_migrations().iter().map(ToString::to_string).collect();
    assert_eq!(applied, names());
    let rows =
        client.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version", &[]).await.unwrap();
    let recorded: Vec<(i32, String, String)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let expected: Vec<(i32, String, String)> = report
        .applied_migrations()
        .iter()
        .map(|migration| (migration.version(), migration.name().to_owned(), migration.checksum().to_string()))
        .collect();
    assert_eq!(recorded, expected);
}

#[tokio::test]
async fn refinerys_runner_migrates_through_a_deadpool_client_once() {
    let database = TestDatabase::empty().await;
    let pool = pool::connect(database.settings()).await.unwrap();
    let mut client = pool.get().await.unwrap();
    let first = embedded::migrations::runner().run_async(&mut **client).await.unwrap();
    let second = embedded::migrations::runner().run_async(&mut **client).await.unwrap();
    assert_eq!((first.applied_migrations().len(), second.applied_migrations().len()), (names().len(), 0));
}

#[tokio::test]
async fn status_tells_pending_from_applied_and_writes_nothing() {
    let database = TestDatabase::empty().await;
    let (settings, migrations) = (database.settings(), Migrations::embedded());
    let before = status(&settings, &migrations).await.unwrap();
    assert_eq!(before.iter().map(ToString::to_string).collect::<Vec<_>>(), names());
    assert!(before.iter().all(|migration| migration.applied_at.is_none() && migration.known));
    let tables = database.client().await.query("SELECT 1 FROM pg_class WHERE relname = 'schema_migrations'", &[]).await;
    assert!(tables.unwrap().is_empty(), "status created the history");

    let applied = migrate(&settings, &migrations).await.unwrap();
    assert_eq!(applied.len(), before.len());
    assert!(migrate(&settings, &migrations).await.unwrap().is_empty());
    let after = status(&settings, &migrations).await.unwrap();
    assert!(after.iter().all(|migration| migration.applied_at.is_some() && migration.known));
}

#[tokio::test]
async fn a_migration_of_a_newer_program_is_shown_as_unknown() {
    let database = TestDatabase::new().await;
    let insert = "INSERT INTO schema_migrations VALUES (9000, 'from_the_future', '2030-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(insert).await.unwrap();
    let all = status(&database.settings(), &Migrations::embedded()).await.unwrap();
    let newest = all.last().unwrap();
    assert_eq!((newest.to_string().as_str(), newest.known), ("V9000__from_the_future", false));
}

#[tokio::test]
async fn a_failing_migration_names_file_line_cause_and_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("V1__one.sql", "CREATE TABLE one (id INTEGER PRIMARY KEY);");
    write("V2__two.sql", "CREATE TABLE two (id INTEGER PRIMARY KEY);\n\nINSERT INTO two VALUES (1),\n    ('x');");
    write("V3__three.sql", "CREATE TABLE three (id INTEGER PRIMARY KEY);");
    let database = TestDatabase::empty().await;
    let migrations = Migrations::from_folder(folder.path()).unwrap();
    let error = migrate(&database.settings(), &migrations).await.unwrap_err();
    assert!(
        matches!(&error, Error::Failed { file, line: Some(4), applied: 1, not_tried: 1, .. } if file == "V2__two.sql")
    );
    let text = error.to_string();
    assert!(text.starts_with("V2__two.sql:4 failed and was rolled back: invalid input syntax"), "{text}");
    assert!(text.contains("SQLSTATE 22P02"), "{text}");
    let client = database.client().await;
    let tables = client.query("SELECT TO_REGCLASS('one')::TEXT, TO_REGCLASS('two')::TEXT", &[]).await.unwrap();
    assert_eq!(tables[0].get::<_, Option<&str>>(0), Some("one"));
    assert_eq!(tables[0].get::<_, Option<&str>>(1), None);
    assert_eq!(
        status(&database.settings(), &migrations).await.unwrap().iter().filter(|m| m.applied_at.is_some()).count(),
        1
    );
}

#[tokio::test]
async fn a_history_of_another_program_is_refused_before_anything_changes() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let table =
        "CREATE TABLE schema_migrations (id SERIAL PRIMARY KEY, version INTEGER UNIQUE NOT NULL, applied_at TIMESTAMP)";
    client.batch_execute(table).await.unwrap();
    let error = migrate(&database.settings(), &Migrations::embedded()).await.unwrap_err();
    assert!(matches!(&error, Error::ForeignHistory { columns } if columns == "id, version, applied_at"), "{error}");
    let tables = client
        .query("SELECT relname::TEXT FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::REGNAMESPACE", &[]);
    assert_eq!(tables.await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_role_that_may_not_create_tables_is_told_what_it_lacks() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    let role = format!("{}_reader", database.name());
    let setup = format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN");
    client.batch_execute(&setup).await.unwrap();
    let error = migrate(&database.settings().user(&role), &Migrations::embedded()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("permission denied for schema public") && text.contains("GRANT"), "{text}");
    let tables = client.query("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE", &[]).await.unwrap();
    assert!(tables.is_empty(), "something was created");
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_folder_without_migrations_or_with_a_number_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let problem = || Migrations::from_folder(folder.path()).unwrap_err().to_string();
    assert!(problem().contains("no file named V<n>__"));
    for name in ["V2__add.sql", "V2__drop.sql"] {
        fs::write(folder.path().join(name), "SELECT 1;").unwrap();
    }
    assert!(problem().contains("V2__add and V2__drop have the same number"), "{}", problem());
}
