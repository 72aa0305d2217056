//! A run reports its steps to an observer and to the log.

use std::{
    fmt, fs,
    sync::{Arc, Mutex},
    time::Duration,
};

use barqnet_db::migrate::{MigrateOptions, Migrations, Progress, migrate, migrate_observed};
use barqnet_db_testing::TestDatabase;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in files {
        fs::write(folder.path().join(name), sql).unwrap();
    }
    Migrations::from_folder(folder.path()).unwrap()
}

const ONE: (&str, &str) = ("V1__one.sql", "CREATE TABLE one (id INTEGER);");
const TWO: (&str, &str) = ("V2__two.sql", "ALTER TABLE one ADD COLUMN label TEXT;");

/// Migrates in a task of its own, and returns its steps.
fn observed(database: &TestDatabase, options: MigrateOptions) -> UnboundedReceiver<Progress> {
    let (sender, receiver) = unbounded_channel();
    let settings = database.settings();
    tokio::spawn(async move {
        let mut observe = |step| sender.send(step).unwrap();
        migrate_observed(&settings, &migrations(&[ONE, TWO]), &options, &mut observe).await.unwrap();
    });
    receiver
}

/// The next step of this kind, `None` if the run ended without one.
async fn next<T>(steps: &mut UnboundedReceiver<Progress>, kind: impl Fn(Progress) -> Option<T>) -> Option<T> {
    while let Some(step) = steps.recv().await {
        if let Some(found) = kind(step) {
            return Some(found);
        }
    }
    None
}

#[tokio::test]
async fn the_start_and_end_of_each_migration_are_reported() {
    let database = TestDatabase::empty().await;
    let mut steps = observed(&database, MigrateOptions::default());
    for (position, name) in [(1, "V1__one"), (2, "V2__two")] {
        let started = Progress::Started { migration: name.to_owned(), position, total: 2 };
        assert_eq!(steps.recv().await, Some(started));
        let Some(Progress::Applied { migration, .. }) = steps.recv().await else { panic!("{name} was not applied") };
        assert_eq!(migration, name);
    }
    assert_eq!(steps.recv().await, None);
    assert_eq!(observed(&database, MigrateOptions::default()).recv().await, None);
}

#[tokio::test]
async fn the_session_that_blocks_a_migration_is_named() {
    let database = TestDatabase::empty().await;
    migrate(&database.settings(), &migrations(&[ONE])).await.unwrap();
    let reader = database.client().await;
    reader.batch_execute("SET application_name = 'a report'; BEGIN; SELECT id FROM one").await.unwrap();
    let pid: i32 = reader.query_one("SELECT PG_BACKEND_PID()", &[]).await.unwrap().get(0);
    let options = MigrateOptions { lock_timeout: Duration::from_millis(20), ..MigrateOptions::default() };
    let mut steps = observed(&database, options);
    let blocker = next(&mut steps, |step| match step {
        Progress::WaitingForLock { migration, blocker } if migration == "V2__two" => blocker,
        _ => None,
    });
    let blocker = blocker.await.unwrap();
    let (who, what) =
        (format!("process {pid} of the server (a report), in a transaction since "), "that has locked one");
    assert!(blocker.starts_with(&who) && blocker.ends_with(what), "{blocker}");
    reader.batch_execute("COMMIT").await.unwrap();
    assert!(next(&mut steps, |step| matches!(step, Progress::Applied { .. }).then_some(())).await.is_some());
}

#[tokio::test]
async fn a_runner_that_holds_the_lock_is_named() {
    let database = TestDatabase::empty().await;
    let other = database.client().await;
    let hold = "SET application_name = 'replica 7'; SELECT pg_advisory_lock(1650553457, 1835624306)";
    other.batch_execute(hold).await.unwrap();
    let mut steps = observed(&database, MigrateOptions::default());
    let Some(Progress::WaitingForRunner { lock_holder }) = steps.recv().await else { panic!("it did not wait") };
    assert!(lock_holder.contains("(replica 7)"), "{lock_holder}");
    drop(other);
    assert!(next(&mut steps, |step| matches!(step, Progress::Applied { .. }).then_some(())).await.is_some());
}

/// Keeps the spans, and the events with the span they were in.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("barqnet_db_migrate")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(format!("span {}", span.metadata().name()));
        span.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(format!("{}", event.metadata().level()));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn each_migration_has_a_span_and_a_line_in_the_log() {
    let database = TestDatabase::empty().await;
    let log = Log::default();
    let subscriber = tracing::subscriber::set_default(log.clone());
    migrate(&database.settings(), &migrations(&[ONE, TWO])).await.unwrap();
    drop(subscriber);
    let lines = log.0.lock().unwrap().clone();
    for (version, name) in [(1, "one"), (2, "two")] {
        let span = format!("span migration version={version} name=\"{name}\"");
        assert!(lines.contains(&span), "{lines:#?}");
        let applied = format!("INFO message=applied migration=V{version}__{name} took=");
        assert!(lines.iter().any(|line| line.starts_with(&applied)), "{lines:#?}");
    }
}
