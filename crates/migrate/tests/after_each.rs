//! A project keeps an object in another form than its migrations give it, in those databases that need it.

mod support;

use barqnet_db_client::pool::Settings;
use barqnet_db_migrate::{
    AfterEachMigrate, Difference, Drift, IsDue, MigrateOptions, Migrations, SchemaChange, drift, migrate, plan,
    rollback,
};
use barqnet_db_throwaway::Server;
use tokio_postgres::Client;

use crate::support::{database, migrations};

const FIRST: &str = "CREATE OR REPLACE FUNCTION form() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';\n";
const SECOND: &str = "CREATE OR REPLACE FUNCTION form() RETURNS INTEGER LANGUAGE sql AS ''SELECT 2''";
const REPEATS: &str = "CREATE OR REPLACE FUNCTION form() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';\n\
                       /* rollback\nCREATE OR REPLACE FUNCTION form() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';\n*/\n";
const OUTSIDE: &str = "-- barqnet: no-transaction\n\
                       CREATE OR REPLACE FUNCTION form() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';\n";
/// Sees what the migration before it has committed.
const CHECKS: &str = "-- barqnet: check SELECT form() = 2\nSELECT 1;\n";

/// In a database with the table `special` the function `form` returns 2.
#[derive(Debug)]
struct Special;

impl AfterEachMigrate for Special {
    fn is_due<'a>(&'a self, client: &'a Client) -> IsDue<'a> {
        Box::pin(async move {
            let sql = "SELECT TO_REGCLASS('special') IS NOT NULL
                              AND EXISTS (SELECT FROM pg_proc WHERE proname = 'form' AND prosrc <> 'SELECT 2')";
            Ok(client.query_one(sql, &[]).await?.get(0))
        })
    }

    fn sql(&self) -> String {
        format!(
            "DO $$ BEGIN IF TO_REGCLASS('special') IS NOT NULL AND TO_REGPROC('form') IS NOT NULL THEN
                 EXECUTE '{SECOND}';
             END IF; END $$"
        )
    }
}

/// A statement that always fails.
#[derive(Debug)]
struct Fails;

impl AfterEachMigrate for Fails {
    fn is_due<'a>(&'a self, _: &'a Client) -> IsDue<'a> {
        Box::pin(async { Ok(false) })
    }

    fn sql(&self) -> String {
        "SELECT 1 / 0".to_owned()
    }
}

fn special(files: &[(&str, &str)]) -> Migrations {
    migrations(files).with_after_each_migrate(Special)
}

async fn form(client: &Client) -> i32 {
    client.query_one("SELECT form()", &[]).await.unwrap().get(0)
}

async fn with_special_table(settings: &Settings, client: &Client) {
    migrate(settings, &special(&[("V1__form.sql", FIRST)])).await.unwrap();
    assert_eq!(form(client).await, 1);
    client.batch_execute("CREATE TABLE special (id INTEGER)").await.unwrap();
}

#[tokio::test]
async fn sql_after_each_migration_runs_before_anybody_sees_the_migration() {
    let server = Server::start().unwrap();
    for (name, again) in [("transaction", REPEATS), ("no_transaction", OUTSIDE)] {
        let (settings, client) = database(&server, name).await;
        with_special_table(&settings, &client).await;
        let all = special(&[("V1__form.sql", FIRST), ("V2__again.sql", again), ("V3__check.sql", CHECKS)]);
        assert_eq!(migrate(&settings, &all).await.unwrap().len(), 2, "{name}");
        assert_eq!((form(&client).await, drift(&client).await.unwrap()), (2, Drift::None), "{name}");
    }
    let (settings, client) = database(&server, "sources").await;
    with_special_table(&settings, &client).await;
    let later = migrations(&[("V1__again.sql", REPEATS), ("V2__check.sql", CHECKS)]).named("app");
    let chain = special(&[("V1__form.sql", FIRST)]).then(later).unwrap();
    assert_eq!(migrate(&settings, &chain).await.unwrap().len(), 2, "a later source");
}

#[tokio::test]
async fn a_migration_is_rolled_back_if_the_sql_after_it_fails() {
    let server = Server::start().unwrap();
    let (settings, client) = database(&server, "fails").await;
    let one = ("V1__form.sql", FIRST);
    let error = migrate(&settings, &migrations(&[one]).with_after_each_migrate(Fails)).await.unwrap_err().to_string();
    assert!(error.starts_with("V1__form.sql failed and was rolled back: division by zero"), "{error}");
    assert_eq!(plan(&settings, &migrations(&[one])).await.unwrap().pending.len(), 1);
    assert!(client.query_one("SELECT form()", &[]).await.is_err());
}

#[tokio::test]
async fn a_start_with_nothing_pending_executes_it_if_it_is_due_and_the_program_is_not_behind() {
    let server = Server::start().unwrap();
    let (settings, client) = database(&server, "due").await;
    with_special_table(&settings, &client).await;
    let files = [("V1__form.sql", FIRST), ("V2__again.sql", REPEATS)];
    migrate(&settings, &special(&files)).await.unwrap();
    client.batch_execute(FIRST).await.unwrap();
    assert!(migrate(&settings, &special(&files[..1])).await.unwrap().is_empty());
    assert_eq!(form(&client).await, 1, "a program that is behind");
    assert!(matches!(drift(&client).await.unwrap(), Drift::Found(_)));
    assert!(migrate(&settings, &special(&files)).await.unwrap().is_empty());
    assert_eq!((form(&client).await, drift(&client).await.unwrap()), (2, Drift::None));
}

#[tokio::test]
async fn a_recorded_change_of_the_schema_is_no_drift_before_and_after_a_rollback() {
    let server = Server::start().unwrap();
    let (settings, mut client) = database(&server, "change").await;
    let all = special(&[("V1__form.sql", FIRST), ("V2__again.sql", REPEATS)]);
    migrate(&settings, &all).await.unwrap();
    client.batch_execute("CREATE TABLE by_hand (id INTEGER)").await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let second = SECOND.replace("''", "'");
    let change = SchemaChange::begin(transaction.client()).await.unwrap();
    transaction.batch_execute(&format!("CREATE TABLE special (id INTEGER); {second}")).await.unwrap();
    change.record(transaction.client()).await.unwrap();
    transaction.commit().await.unwrap();
    let by_hand = Difference::Added { object: "table by_hand".to_owned(), is: String::new() };
    assert_eq!(drift(&client).await.unwrap(), Drift::Found(vec![by_hand]), "what was there before is reported");

    client.batch_execute("DROP TABLE by_hand").await.unwrap();
    rollback(&settings, &all, 1, &MigrateOptions::default()).await.unwrap();
    assert_eq!((form(&client).await, drift(&client).await.unwrap()), (2, Drift::None));
}
