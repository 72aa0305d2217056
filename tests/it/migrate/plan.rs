//! A plan shows what a run would do, and changes nothing.

use std::fs;

use barqnet_db::{
    embedded,
    migrate::{Conflict, Migrations, State, TableSize, migrate, plan},
    pool::Settings,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, scalar};

async fn state(settings: &Settings, migrations: &Migrations) -> State {
    plan(settings, migrations).await.unwrap().state()
}

/// The migrations of this crate, and one more.
fn with_one_more(name: &str, text: &str) -> (tempfile::TempDir, Migrations) {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir("migrations").unwrap().map(Result::unwrap) {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    fs::write(folder.path().join(name), text).unwrap();
    let migrations = Migrations::from_folder(folder.path()).unwrap();
    (folder, migrations)
}

const WIDEN: &str = "-- Notes on servers.\n--\n-- Locks: ACCESS EXCLUSIVE on servers\n-- for an instant.\n\n\
                     ALTER TABLE servers ADD COLUMN note TEXT; -- not users\n\n\
                     /* rollback\nALTER TABLE servers DROP COLUMN note;\n*/\n";

#[tokio::test]
async fn a_plan_has_the_sql_the_locks_and_the_tables_with_their_sizes() {
    let database = migrated_database().await;
    execute_sql(&database, "INSERT INTO servers (name, host) SELECT 'node-' || n, 'h' FROM GENERATE_SERIES(1, 300) n")
        .await;
    execute_sql(&database, "ANALYZE servers").await;
    let (_folder, migrations) = with_one_more("V9000__widen.sql", WIDEN);
    let plan = plan(&database.settings(), &migrations).await.unwrap();
    assert_eq!((plan.state(), plan.pending.len()), (State::Pending, 1));
    let migration = &plan.pending[0];
    assert_eq!(migration.to_string(), "V9000__widen");
    assert_eq!(migration.locks.as_deref(), Some("ACCESS EXCLUSIVE on servers for an instant."));
    assert!(migration.in_transaction);
    assert!(migration.sql.ends_with("ALTER TABLE servers ADD COLUMN note TEXT; -- not users"), "{}", migration.sql);
    let bytes = scalar(&database, "SELECT PG_TOTAL_RELATION_SIZE('servers')").await;
    assert_eq!(migration.tables, [TableSize { name: "servers".to_owned(), rows: 300, bytes: Some(bytes) }]);
    assert_eq!(plan.migrations.len(), migrations.len());
    assert_eq!(
        scalar(&database, "SELECT COUNT(*) FROM schema_migrations").await + 1,
        i64::try_from(migrations.len()).unwrap()
    );
}

#[tokio::test]
async fn a_locked_table_has_no_size_and_does_not_block() {
    let database = migrated_database().await;
    let client = database.client().await;
    client.batch_execute("BEGIN; LOCK TABLE servers IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let (_folder, migrations) = with_one_more("V9000__widen.sql", WIDEN);
    let plan = plan(&database.settings(), &migrations).await.unwrap();
    assert_eq!(plan.pending[0].tables[0].bytes, None);
}

#[tokio::test]
async fn the_four_states_are_distinguished() {
    let database = TestDatabase::empty().await;
    let (settings, embedded) = (database.settings(), embedded::migrations());
    assert_eq!(state(&settings, &embedded).await, State::Pending);
    migrate(&settings, &embedded).await.unwrap();
    assert_eq!(state(&settings, &embedded).await, State::UpToDate);
    execute_sql(&database, "INSERT INTO schema_migrations VALUES (9000, 'newer', '2030-01-01T00:00:00Z', '1')").await;
    assert_eq!(state(&settings, &embedded).await, State::Ahead);
    let (_folder, late) = with_one_more("V8999__late.sql", WIDEN);
    let seen = plan(&settings, &late).await.unwrap();
    assert_eq!(seen.state(), State::Diverged);
    assert!(
        seen.conflicts.iter().any(|it| matches!(it, Conflict::Late { migration, .. } if migration == "V8999__late"))
    );
    execute_sql(&database, "DELETE FROM schema_migrations WHERE version = 9000").await;
    execute_sql(&database, "UPDATE schema_migrations SET name = 'other' WHERE version = 2").await;
    assert_eq!(state(&settings, &embedded).await, State::Diverged);
}

#[tokio::test]
async fn the_right_to_read_the_history_is_enough_and_nothing_is_written() {
    let database = migrated_database().await;
    let role = format!("{}_plan", database.name());
    let setup = format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN; GRANT SELECT ON schema_migrations TO {role}"
    );
    let client = database.client().await;
    client.batch_execute(&setup).await.unwrap();
    let settings = database.settings().user(&role).options("-c default_transaction_read_only=on");
    assert_eq!(state(&settings, &embedded::migrations()).await, State::UpToDate);
    let (_folder, more) = with_one_more("V9000__widen.sql", WIDEN);
    let seen = plan(&settings, &more).await.unwrap();
    assert_eq!((seen.state(), seen.pending[0].tables[0].name.as_str()), (State::Pending, "servers"));
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();

    let empty = TestDatabase::empty().await;
    let read_only = empty.settings().options("-c default_transaction_read_only=on");
    assert_eq!(state(&read_only, &embedded::migrations()).await, State::Pending);
    assert_eq!(scalar(&empty, "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE").await, 0);
}

#[tokio::test]
async fn a_database_of_the_go_product_is_recognised_before_it_is_changed() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    for file in ["a", "tracking_1"] {
        client.batch_execute(&fs::read_to_string(format!("tests/legacy/{file}.sql")).unwrap()).await.unwrap();
    }
    let read_only = database.settings().options("-c default_transaction_read_only=on");
    let seen = plan(&read_only, &embedded::migrations()).await.unwrap();
    assert_eq!(
        (seen.state(), seen.recognised.is_some(), seen.pending.len()),
        (State::Pending, true, embedded::migrations().len())
    );
    assert!(seen.pending[0].tables.iter().any(|table| table.name == "users"));
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let seen = plan(&read_only, &embedded::migrations()).await.unwrap();
    assert_eq!((seen.state(), seen.recognised.is_some()), (State::UpToDate, false));
}
