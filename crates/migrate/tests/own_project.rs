//! A project of its own migrates its database: two files in a folder, a server, and nothing of BarqNet.

mod support;

use barqnet_db_migrate::{
    Baseline, BaselineError, Drift, Error, MigrateOptions, Migrations, Recognised, Recognition, State, catalogue,
    drift, migrate, plan, plan_rollback, rollback, status,
};
use barqnet_db_throwaway::Server;
use tokio_postgres::Client;

use crate::support::{database, migrations};

const ONE: &str = "-- Adds things.\n--\n-- Locks: nothing, for the table is new.\n\n\
                   CREATE TABLE things (id SERIAL PRIMARY KEY, name TEXT NOT NULL);\n\n\
                   /* rollback\nDROP TABLE things;\n*/\n";
const TWO: &str = "-- Adds labels.\n--\n-- Locks: ACCESS EXCLUSIVE on things, for an instant.\n\n\
                   ALTER TABLE things ADD COLUMN label TEXT;\n\n\
                   /* rollback\nALTER TABLE things DROP COLUMN label;\n*/\n";

fn things() -> Migrations {
    migrations(&[("V1__add_things.sql", ONE), ("V2__add_labels.sql", TWO)])
}

#[tokio::test]
async fn a_project_plans_migrates_compares_and_rolls_back() {
    let server = Server::start().unwrap();
    let (settings, client) = database(&server, "things").await;
    let planned = plan(&settings, &things()).await.unwrap();
    assert_eq!((planned.state(), planned.pending.len()), (State::Pending, 2));
    assert_eq!(planned.pending[1].locks.as_deref(), Some("ACCESS EXCLUSIVE on things, for an instant."));

    let applied = migrate(&settings, &things()).await.unwrap();
    assert_eq!(applied.iter().map(ToString::to_string).collect::<Vec<_>>(), ["V1__add_things", "V2__add_labels"]);
    assert!(migrate(&settings, &things()).await.unwrap().is_empty());
    assert!(status(&settings, &things()).await.unwrap().iter().all(|migration| migration.applied_at.is_some()));
    assert_eq!(drift(&client).await.unwrap(), Drift::None);

    let before = catalogue(&client).await.unwrap();
    assert!(before.contains(&"column things.label: text".to_owned()), "{before:#?}");
    client.batch_execute("INSERT INTO things (name, label) VALUES ('one', 'a'), ('two', NULL)").await.unwrap();
    let steps = plan_rollback(&settings, &things(), 1, &MigrateOptions::default()).await.unwrap();
    assert_eq!((steps[0].losses[0].what.as_str(), steps[0].losses[0].rows), ("column things.label", 1));
    rollback(&settings, &things(), 1, &MigrateOptions::default()).await.unwrap();
    assert_eq!(plan(&settings, &things()).await.unwrap().pending.len(), 1);
    migrate(&settings, &things()).await.unwrap();
    assert_eq!(catalogue(&client).await.unwrap(), before);
}

#[tokio::test]
async fn partitions_that_come_and_go_are_no_drift_and_changes_of_their_table_are() {
    const EVENTS: &str = "CREATE TABLE events (at DATE NOT NULL) PARTITION BY RANGE (at);\n\
                          CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2027-02-01');";
    let server = Server::start().unwrap();
    let (settings, client) = database(&server, "events").await;
    migrate(&settings, &migrations(&[("V1__events.sql", EVENTS)])).await.unwrap();
    client
        .batch_execute(
            "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2027-02-01') TO ('2027-03-01');
             DROP TABLE events_1",
        )
        .await
        .unwrap();
    assert_eq!(drift(&client).await.unwrap(), Drift::None);
    client.batch_execute("CREATE INDEX by_hand ON events (at)").await.unwrap();
    let Drift::Found(found) = drift(&client).await.unwrap() else { panic!("an index of the table") };
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[tokio::test]
async fn what_fails_after_a_function_with_a_body_of_its_own_is_shown_in_its_own_line() {
    const FLAGS: &str = "-- Flags.\nCREATE TABLE flags (atomic BOOLEAN NOT NULL, n INTEGER NOT NULL CHECK (n > 0));\n\
                         CREATE FUNCTION next_flag(n INTEGER) RETURNS INTEGER LANGUAGE sql\nBEGIN ATOMIC\n\
                         SELECT CASE WHEN n < 0 THEN 0 ELSE n END + 1;\nSELECT 1 AS end;\nEND;\n\
                         INSERT INTO flags (atomic, n) VALUES (TRUE, 1);\nINSERT INTO flags (atomic, n) VALUES (TRUE, 0);\n\
                         /* rollback\nDROP TABLE flags;\n*/\n";
    let server = Server::start().unwrap();
    let (settings, client) = database(&server, "flags").await;
    let version: String = client.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
    if version.parse::<u32>().unwrap() < 140_000 {
        return;
    }
    let failure = migrate(&settings, &migrations(&[("V1__add_flags.sql", FLAGS)])).await.unwrap_err().to_string();
    assert!(failure.contains("V1__add_flags.sql:9:1"), "{failure}");
}

/// Takes over the databases of a tool whose table `schema_migrations` has one column.
#[derive(Debug)]
struct OldTool;

impl Baseline for OldTool {
    fn first_migration(&self) -> &'static str {
        "add_things"
    }

    fn tables(&self) -> &[&str] {
        &["things"]
    }

    fn recognise<'a>(&'a self, client: &'a Client) -> Recognition<'a> {
        Box::pin(async move {
            let row = client
                .query_one("SELECT TO_REGCLASS('things') IS NOT NULL, TO_REGCLASS('invoices') IS NOT NULL", &[])
                .await?;
            if row.get(1) {
                let reason = "this database has invoices".into();
                return Err(BaselineError::Refused { reason, advice: "use another one".to_owned() });
            }
            let things = row.get::<_, bool>(0);
            Ok(things.then(|| Recognised { what: "a database of the old tool".to_owned(), details: String::new() }))
        })
    }

    fn prepare(&self) -> &'static str {
        "ALTER TABLE schema_migrations RENAME TO schema_migrations_old"
    }
}

#[tokio::test]
async fn a_migration_whose_commit_was_lost_is_not_said_to_be_rolled_back() {
    const ENDS_ITSELF: &str = "CREATE TABLE lost (id INTEGER);
        CREATE FUNCTION end_session() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM PG_TERMINATE_BACKEND(PG_BACKEND_PID());
            RETURN NULL;
        END
        $$;
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON lost DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION end_session();
        INSERT INTO lost VALUES (1);";
    let server = Server::start().unwrap();
    let (settings, _) = database(&server, "lost").await;
    let error = migrate(&settings, &migrations(&[("V1__lost.sql", ENDS_ITSELF)])).await.unwrap_err();
    assert!(error.to_string().starts_with("V1__lost.sql failed; the next run resumes it: "), "{error}");
}

#[tokio::test]
async fn a_baseline_recognises_prepares_and_refuses_databases_of_an_earlier_tool() {
    const CONVERT: &str = "CREATE TABLE IF NOT EXISTS things (id SERIAL PRIMARY KEY, name TEXT NOT NULL);";
    let server = Server::start().unwrap();
    let plain = || migrations(&[("V1__add_things.sql", CONVERT)]);
    let converting = plain().with_baseline(OldTool);

    let (settings, client) = database(&server, "old").await;
    let old = "CREATE TABLE schema_migrations (version BIGINT); CREATE TABLE things (id INTEGER, name TEXT);
               INSERT INTO things VALUES (1, 'kept')";
    client.batch_execute(old).await.unwrap();
    assert!(matches!(migrate(&settings, &plain()).await, Err(Error::ForeignHistory { .. })));
    let planned = plan(&settings, &converting).await.unwrap();
    assert_eq!(planned.recognised.map(|database| database.what).as_deref(), Some("a database of the old tool"));
    assert_eq!(migrate(&settings, &converting).await.unwrap().len(), 1);
    let kept = "SELECT (SELECT name FROM things), TO_REGCLASS('schema_migrations_old') IS NOT NULL";
    let row = client.query_one(kept, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), ("kept", true));
    assert_eq!(plan(&settings, &converting).await.unwrap().state(), State::UpToDate);

    let (settings, client) = database(&server, "other").await;
    client.batch_execute("CREATE TABLE invoices (id INTEGER)").await.unwrap();
    let refused = migrate(&settings, &converting).await.unwrap_err().to_string();
    assert_eq!(refused, "nothing was changed: this database has invoices; use another one");

    let (settings, _) = database(&server, "new").await;
    assert_eq!(migrate(&settings, &converting).await.unwrap().len(), 1);
}

#[tokio::test]
async fn embedded_migrations_that_would_end_their_transaction_are_refused_at_once() {
    let server = Server::start().unwrap();
    let (settings, client) = database(&server, "ends").await;
    let files = [("V1__add_things", ONE), ("V2__commits", "SELECT 1;\nCOMMIT;")];
    let all: Vec<_> = files.iter().map(|(name, sql)| refinery::Migration::unapplied(name, sql).unwrap()).collect();
    let migrations = Migrations::from_runner(&refinery::Runner::new(&all)).unwrap();
    let error = migrate(&settings, &migrations).await.unwrap_err().to_string();
    let expected = "nothing was changed: V2__commits.sql:2:1: COMMIT would end the transaction";
    assert!(error.starts_with(expected), "{error}");
    assert!(catalogue(&client).await.unwrap().is_empty());
}
