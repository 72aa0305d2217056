//! A database whose schema is not the one that the program was built for.

use std::fs;

use barqnet_db::{
    client::{Bound, Client, Error, GenericClient, Query, Returning, Row},
    pool,
    queries::{
        audit::{self, AppendParams, RecentParams},
        users,
    },
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, pool_of, user};

const RECENT: RecentParams = RecentParams { before_id: i64::MAX, limit: 10 };

async fn append(client: &impl GenericClient, action: &str) -> Result<i64, Error> {
    let entry =
        AppendParams { action, username: Some("ada"), details: Some("x"), ip_address: None, server_id: "node-1" };
    audit::append().params(client, &entry).one().await
}

/// What differs, what is expected and what is there.
fn difference(error: &Error) -> (&str, &str, &str) {
    match error {
        Error::Changed { what, expected, found, .. } => (what, expected, found),
        other => panic!("{other}"),
    }
}

async fn set_details_type(database: &TestDatabase, ty: &str) {
    execute_sql(database, &format!("ALTER TABLE audit_log ALTER COLUMN details TYPE {ty} USING NULL")).await;
}

#[tokio::test]
async fn a_column_of_another_type_is_an_error_until_it_has_its_type_again() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let mut client = pool.get().await.unwrap();
    append(&client, "LOGIN").await.unwrap();
    audit::recent().params(&client, &RECENT).all().await.unwrap();
    set_details_type(&database, "JSONB").await;
    for _ in 0..2 {
        let error = audit::recent().params(&client, &RECENT).all().await.unwrap_err();
        assert_eq!(difference(&error), ("column 5", "details text", "details jsonb"));
        assert_eq!((error.statement(), error.is_transient()), ("audit.recent", false));
    }
    let fresh = pool::connect_one(database.settings()).await.unwrap();
    let error = append(&fresh, "LOGIN").await.unwrap_err();
    assert_eq!(difference(&error), ("parameter $3", "text", "jsonb"));
    // Where it was prepared before, the server compares.
    let error = append(&client, "LOGIN").await.unwrap_err();
    assert_eq!(error.sqlstate(), Some(&SqlState::DATATYPE_MISMATCH), "{error}");
    let transaction = client.transaction().await.unwrap();
    let error = audit::recent().params(&transaction, &RECENT).all().await.unwrap_err();
    assert_eq!(difference(&error).0, "column 5");
    // Nothing has failed on the server.
    assert!(users::by_username().bind(&transaction, &"ada").opt().await.unwrap().is_none());
    transaction.commit().await.unwrap();
    set_details_type(&database, "TEXT").await;
    assert_eq!(audit::recent().params(&client, &RECENT).all().await.unwrap().len(), 1);
    append(&client, "LOGIN").await.unwrap();
}

#[tokio::test]
async fn a_text_type_may_become_another_text_type() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let client = pool.get().await.unwrap();
    append(&client, "LOGIN").await.unwrap();
    execute_sql(&database, "ALTER TABLE audit_log ALTER COLUMN action TYPE TEXT").await;
    set_details_type(&database, "VARCHAR(100)").await;
    append(&client, "LOGOUT").await.unwrap();
    let actions: Vec<String> =
        audit::recent().params(&client, &RECENT).map(|entry| entry.action.to_owned()).all().await.unwrap();
    assert_eq!(actions, ["LOGOUT", "LOGIN"]);
}

/// As an older program would have it that reads `a.*` by position.
struct Titles;

static TITLES: Query = Query {
    name: "tests.titles",
    file: "queries/tests.sql",
    line: 3,
    sql: "SELECT a.*, b.title FROM old_books a JOIN old_titles b USING (id)",
    parameters: &[],
    columns: &[("id", "int4"), ("title", "text")],
    changes_session: false,
};

impl Returning for Titles {
    type Row = (i32, String);
    type Borrowed<'r> = (i32, &'r str);

    fn read(row: &Row) -> Result<Self::Borrowed<'_>, Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

fn titles(client: &Client) -> Bound<'_, 'static, Client, Titles, 0> {
    Bound::new(&TITLES, client, [], |(id, title)| (id, title.to_owned()))
}

#[tokio::test]
async fn a_column_that_a_migration_puts_before_another_is_never_read_as_that_one() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 2).await;
    let client = pool.get().await.unwrap();
    for sql in [
        "CREATE TABLE old_books (id INTEGER)",
        "CREATE TABLE old_titles (id INTEGER, title TEXT)",
        "INSERT INTO old_books VALUES (1)",
        "INSERT INTO old_titles VALUES (1, 'Dune')",
    ] {
        execute_sql(&database, sql).await;
    }
    assert_eq!(titles(&client).one().await.unwrap(), (1, "Dune".to_owned()));
    execute_sql(&database, "ALTER TABLE old_books ADD COLUMN secret TEXT DEFAULT 'SECRET'").await;
    // One connection has prepared the statement before the change, the other has not.
    let fresh = pool.get().await.unwrap();
    for client in [&client, &fresh] {
        let error = titles(client).one().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "tests.titles (queries/tests.sql:3): column 2 is secret text in this database, and this program was built \
             for title text"
        );
    }
}

#[tokio::test]
async fn a_database_error_names_the_file_and_line_of_its_query() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 1).await;
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    execute_sql(&database, "ALTER TABLE users ADD CONSTRAINT never CHECK (last_login IS NULL)").await;
    let error = users::touch_last_login().bind(&client, &ada).await.unwrap_err();
    let place = format!("{}:{}", error.query().file, error.query().line);
    assert!(error.to_string().starts_with(&format!("users.touch_last_login ({place}): ")), "{error}");
    let file = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/users.sql")).unwrap();
    let line = file.lines().nth(usize::try_from(error.query().line).unwrap() - 1).unwrap();
    assert_eq!((error.query().file, line), ("queries/users.sql", "--! touch_last_login"));
}
