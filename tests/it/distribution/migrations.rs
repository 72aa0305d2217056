//! A distributed database stays distributed when it is migrated and rolled back; `make citus` runs these.

use std::{fs, path::Path};

use barqnet_db::{
    distribution::{Shape, distribute, shape},
    doctor::{self, Severity},
    embedded,
    migrate::{self, Drift, MigrateOptions, Migrations, drift},
    tokio_postgres::Client,
};
use barqnet_db_sql::statements;
use barqnet_db_testing::{TestDatabase, cluster::require_cluster};

use crate::common::{close, connection, execute_sql, migrated_database, scalar, text_rows, user};

/// Functions that migrations may define again: with a second form, without generic plans, of a node, and called by it.
const FUNCTIONS: [&str; 5] =
    ["connection_lock", "usage_archive", "connection_open", "connection_heartbeat", "counter_increase"];

/// The form of a function that the migrations made.
fn first_form(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let beginning = format!("CREATE OR REPLACE FUNCTION {name}(");
    fs::read_dir(folder)
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .find_map(|text| {
            let all = statements(&text);
            all.iter()
                .find(|statement| statement.text.starts_with(&beginning))
                .map(|found| format!("{};\n", found.text))
        })
        .unwrap_or_else(|| panic!("there is no {name}"))
}

/// This crate's migrations, and then a service's, which change what is distributed and define functions again.
fn with_later_ones() -> Migrations {
    let functions: String = FUNCTIONS.iter().map(|name| first_form(name)).collect();
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in [
        (
            "V1__add_notes",
            "ALTER TABLE vpn_connections ADD COLUMN note TEXT;
             ALTER TABLE usage_daily ADD COLUMN note TEXT NOT NULL DEFAULT '';
             UPDATE vpn_connections SET note = 'before';
             /* rollback
             ALTER TABLE usage_daily DROP COLUMN note;
             ALTER TABLE vpn_connections DROP COLUMN note;
             */\n",
        ),
        (
            "V2__index_notes",
            "-- barqnet: no-transaction
             CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_notes ON vpn_connections (server_id, note);
             /* rollback
             DROP INDEX IF EXISTS idx_notes;
             */\n",
        ),
        ("V3__define_functions_again", &format!("{functions}/* rollback\n{functions}*/\n")),
        (
            // What V3 has committed has the form for clusters.
            "V4__add_tickets",
            "-- barqnet: check SELECT prosrc LIKE '%FOR server IN%' FROM pg_proc WHERE proname = 'connection_lock'
             CREATE TABLE tickets (id BIGSERIAL PRIMARY KEY, username VARCHAR(255) NOT NULL REFERENCES users (username));
             CREATE FUNCTION ticket_count(name TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$
             BEGIN RETURN (SELECT COUNT(*) FROM tickets t WHERE t.username = name); END $$;
             /* rollback
             DROP FUNCTION ticket_count(TEXT);
             DROP TABLE tickets;
             */\n",
        ),
    ] {
        fs::write(folder.path().join(format!("{name}.sql")), sql).unwrap();
    }
    embedded::migrations().then(Migrations::from_folder(folder.path()).unwrap().named("app")).unwrap()
}

async fn assert_is_distributed_as_recorded(client: &Client) {
    assert_eq!(shape(client).await.unwrap(), Shape::Distributed { is_current: true });
    assert_eq!(drift(client).await.unwrap(), Drift::None);
}

/// Opens a connection and ends it.
async fn use_a_connection(database: &TestDatabase) {
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = connection(&client, "ada", "node-1").await;
    assert!(close(&client, "node-1", id, None).await.is_some());
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn later_migrations_leave_the_database_distributed_and_can_be_rolled_back() {
    require_cluster();
    let database = migrated_database().await;
    let client = database.client().await;
    user(&database.pool().await.get().await.unwrap(), "ada").await;
    use_a_connection(&database).await;
    let all = with_later_ones();
    assert_eq!(migrate::migrate(&database.settings(), &all).await.unwrap().len(), 4);
    assert_is_distributed_as_recorded(&client).await;
    use_a_connection(&database).await;
    execute_sql(&database, "INSERT INTO tickets (username) VALUES ('ada')").await;
    assert_eq!(scalar(&database, "SELECT ticket_count('ada')").await, 1);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM vpn_connections WHERE note = 'before'").await, 1);
    let on_shards = "SELECT DISTINCT result FROM run_command_on_shards(
                         'vpn_connections',
                         $$ SELECT COUNT(*) FROM pg_indexes WHERE tablename::TEXT = '%s' AND indexname LIKE 'idx_notes%%' $$
                     )";
    assert_eq!(text_rows(&client, on_shards).await, ["1"]);

    let options = MigrateOptions::default();
    let lost = migrate::plan_rollback(&database.settings(), &all, ("app", 0), &options).await.unwrap();
    assert_eq!(lost.iter().map(|step| step.losses.len()).sum::<usize>(), 3, "{lost:?}");
    migrate::rollback(&database.settings(), &all, ("app", 0), &options).await.unwrap();
    assert_eq!(shape(&client).await.unwrap(), Shape::Distributed { is_current: true });
    use_a_connection(&database).await;
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn each_migration_above_the_oldest_that_can_be_distributed_is_rolled_back_and_applied_again() {
    const OLDEST: i32 = 120;
    require_cluster();
    let database = migrated_database().await;
    let client = database.client().await;
    let (settings, migrations, options) = (database.settings(), embedded::migrations(), MigrateOptions::default());
    for before in migrations.versions().rev().skip(1).take_while(|version| *version >= OLDEST) {
        migrate::rollback(&settings, &migrations, before, &options).await.unwrap();
        assert_is_distributed_as_recorded(&client).await;
    }
    migrate::migrate(&settings, &migrations).await.unwrap();
    assert_is_distributed_as_recorded(&client).await;
    let refused = migrate::rollback(&settings, &migrations, OLDEST - 1, &options).await.unwrap_err().to_string();
    assert!(refused.starts_with("nothing was changed: V120__") && refused.contains("is distributed"), "{refused}");
    assert_is_distributed_as_recorded(&client).await;
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_function_that_another_runner_replaced_is_told_and_replaced_by_the_next_start() {
    require_cluster();
    let database = migrated_database().await;
    let client = database.client().await;
    let problems = async || {
        let findings = doctor::examine(&database.settings(), &embedded::migrations()).await.unwrap();
        let problems = findings.into_iter().filter(|finding| finding.severity == Severity::Problem);
        problems.map(|finding| finding.to_string()).collect::<Vec<String>>().join("; ")
    };
    for name in FUNCTIONS.into_iter().filter(|name| *name != "counter_increase") {
        client.batch_execute(&first_form(name)).await.unwrap();
        assert_eq!(shape(&client).await.unwrap(), Shape::Distributed { is_current: false }, "{name}");
        assert!(problems().await.contains("functions lack the form for clusters"), "{name}");
        assert!(migrate::migrate(&database.settings(), &embedded::migrations()).await.unwrap().is_empty());
        assert_is_distributed_as_recorded(&client).await;
    }
    assert_eq!(problems().await, "");
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn only_what_was_changed_by_hand_is_reported_of_a_distributed_database() {
    require_cluster();
    let database = migrated_database().await;
    let client = database.client().await;
    assert_is_distributed_as_recorded(&client).await;
    for change in [
        "DROP INDEX idx_vpn_statistics_once_a_connection",
        "ALTER TABLE vpn_statistics DROP CONSTRAINT chk_vpn_statistics_duration",
        "ALTER TABLE server_status ADD COLUMN note TEXT",
    ] {
        client.batch_execute(change).await.unwrap();
    }
    let Drift::Found(differences) = drift(&client).await.unwrap() else { panic!("nothing is found") };
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    for (text, expected) in told.iter().zip([
        "constraint vpn_statistics.chk_vpn_statistics_duration is missing",
        "index vpn_statistics.idx_vpn_statistics_once_a_connection is missing",
        "column server_status.note was added by hand",
    ]) {
        assert!(text.starts_with(expected), "{text}");
    }
}

/// Citus would copy each function to the workers, and refuse those that depend on an extension.
#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_database_in_which_other_schemas_are_distributed_migrates_and_is_distributed() {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let client = database.client().await;
    client
        .batch_execute(
            "CREATE SCHEMA other;
             CREATE TABLE other.currencies (id BIGINT PRIMARY KEY);
             SELECT create_reference_table('other.currencies');
             SET citus.enable_schema_based_sharding = on;
             CREATE SCHEMA tenant;
             CREATE TABLE tenant.invoices (id BIGINT PRIMARY KEY)",
        )
        .await
        .unwrap();
    let (settings, migrations) = (database.settings(), embedded::migrations());
    migrate::migrate(&settings, &migrations).await.unwrap();
    let on_workers = "SELECT p.oid::REGPROCEDURE::TEXT FROM pg_dist_object o JOIN pg_proc p ON p.oid = o.objid
                      WHERE o.classid = 'pg_proc'::REGCLASS AND p.pronamespace = 'public'::REGNAMESPACE";
    assert!(text_rows(&client, on_workers).await.is_empty());

    // A service's migration of the other schema reaches the shards.
    let folder = tempfile::tempdir().unwrap();
    let change = "ALTER TABLE other.currencies ADD COLUMN code TEXT;\n/* rollback\nALTER TABLE other.currencies DROP COLUMN code;\n*/\n";
    fs::write(folder.path().join("V1__add_codes.sql"), change).unwrap();
    let all = migrations.clone().then(Migrations::from_folder(folder.path()).unwrap().named("app")).unwrap();
    migrate::migrate(&settings, &all).await.unwrap();
    let codes = "SELECT result FROM run_command_on_shards('other.currencies', 'SELECT COUNT(code) FROM %s')";
    assert!(text_rows(&client, codes).await.iter().all(|count| count == "0"));

    distribute(&settings, &migrations).await.unwrap();
    assert_is_distributed_as_recorded(&client).await;
    user(&database.pool().await.get().await.unwrap(), "ada").await;
    use_a_connection(&database).await;
}

/// As those are that were defined while a service had distributed tables in this schema.
#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn functions_that_are_on_the_workers_before_get_their_form_for_clusters_there() {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let client = database.client().await;
    let (settings, migrations) = (database.settings(), embedded::migrations());
    migrate::migrate(&settings, &migrations).await.unwrap();
    client.batch_execute("SELECT create_distributed_function('roll_up_written_statistics()')").await.unwrap();
    distribute(&settings, &migrations).await.unwrap();
    assert_is_distributed_as_recorded(&client).await;
    let have_it = "SELECT result
                   FROM run_command_on_workers($$
                       SELECT prosrc LIKE '%barqnet.ended_connections%' FROM pg_proc WHERE proname = 'roll_up_written_statistics'
                   $$)";
    assert_eq!(text_rows(&client, have_it).await, ["t"; 2]);
}
