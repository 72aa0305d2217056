//! Every database of the Go product is converted to the schema of a new one, with every row and every value.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use barqnet_db::{
    Coordinates, PhoneNumber,
    connections::{CloseReason, ConnectionPolicy, FinalCounters, NewConnection, OpenOutcome, close, open},
    doctor,
    embedded::{self, migrations::HISTORY_TABLE},
    legacy::{Exception, GoProduct, LegacyReport, Refusal, report},
    locations, maintenance,
    migrate::{Migrations, catalogue, migrate, status},
    pool::{Pool, Settings},
    queries::{self, audit, connections, otp, servers, sessions, statistics, users},
    servers::{PickOptions, PickPolicy},
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;
use tokio::task::JoinSet;

use crate::common::migrated_database;

/// A database as the Go product left it.
struct Fixture {
    /// The files of tests/legacy that make it, in order. Of one that begins with `~` every statement runs for itself
    /// and may fail, as psql has it.
    files: &'static [&'static str],
    /// The migrations that its tracking table, if any, holds.
    versions: &'static [(i32, &'static str)],
    /// The columns and tables that a fresh database doesn't have.
    kept: &'static [&'static str],
    /// The constraints that rows break.
    not_valid: &'static [&'static str],
}

const KEPT_OF_A: &[&str] = &[
    "column vpn_connections.created_at",
    "column vpn_connections.ip_address",
    "column vpn_statistics.created_at",
    "table auth_users",
];
const KEPT_OF_B: &[&str] = &[
    "column audit_log.created_at",
    "column audit_log.resource_id",
    "column audit_log.resource_type",
    "column audit_log.status",
    "column audit_log.user_agent",
    "column audit_log.user_id",
    "column servers.updated_at",
    "column users.email",
    "column users.status",
    "column users.updated_at",
];
const NOT_VALID_OF_A: &[&str] = &[
    "chk_server_locations_latitude",
    "chk_server_locations_longitude",
    "fk_vpn_connections_username",
    "fk_vpn_statistics_username",
];
const PHONE: (i32, &str) = (2, "add_phone_auth");
const STATISTICS: (i32, &str) = (3, "add_statistics");
const LOCATIONS: (i32, &str) = (4, "add_locations");

const A: Fixture = Fixture { files: &["a", "a_rows"], versions: &[], kept: KEPT_OF_A, not_valid: NOT_VALID_OF_A };
const B_002_TO_004: Fixture = Fixture {
    files: &["b", "b_rows", "002", "002_rows", "003", "003_rows", "004", "004_rows"],
    versions: &[(1, "initial_schema"), PHONE, STATISTICS, LOCATIONS],
    kept: KEPT_OF_B,
    not_valid: &["chk_otp_attempt_type", "chk_otp_code_masked", "chk_server_locations_latitude"],
};

/// The tracking tables, with the text of a version in each, from its number and name.
type Tracking = (&'static str, fn(i32, &str) -> String);
const LAYOUTS: [Tracking; 3] = [
    ("tracking_1", |version, _| format!("INSERT INTO schema_migrations (version) VALUES ({version})")),
    ("tracking_2", |version, name| {
        format!("INSERT INTO schema_migrations (version, name, checksum) VALUES ({version}, '{name}', REPEAT('a', 64))")
    }),
    ("tracking_3", |version, name| format!("INSERT INTO schema_migrations (version) VALUES ('{version:03}_{name}')")),
];

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/legacy").join(name).with_extension("sql");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The statements of a file, each ending with a semicolon at the end of a line that no `$$` is open in.
fn statements(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.lines() {
        let current = all.last_mut().expect("never empty");
        current.push_str(line);
        current.push('\n');
        if line.ends_with(';') && current.matches("$$").count() % 2 == 0 {
            all.push(String::new());
        }
    }
    all
}

async fn run(client: &Client, what: &str, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{what}: {error:?}");
    }
}

/// The database as the fixture has it. The Go service ran in UTC.
async fn build(fixture: &Fixture, tracking: Option<Tracking>) -> TestDatabase {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    run(&client, "the zone", "SET TimeZone = 'UTC'").await;
    for name in fixture.files {
        match name.strip_prefix('~') {
            None => run(&client, name, &file(name)).await,
            Some(name) => {
                let mut failed = 0;
                for statement in statements(&file(name)) {
                    failed += u32::from(client.batch_execute(&statement).await.is_err());
                }
                assert!(failed > 0, "{name} did not fail, as it does on the database it is for");
            }
        }
    }
    if let Some((layout, insert)) = tracking {
        run(&client, layout, &file(layout)).await;
        for (version, name) in fixture.versions {
            run(&client, layout, &insert(*version, name)).await;
        }
    }
    database
}

async fn lines(client: &Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).await.unwrap_or_else(|error| panic!("{query}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// The schema. Which constraints are valid is tested elsewhere.
async fn schema(client: &Client) -> BTreeSet<String> {
    let lines = catalogue(client).await.unwrap();
    lines.iter().map(|line| line.strip_suffix(" NOT VALID").unwrap_or(line).to_owned()).collect()
}

const TABLES: &str = "SELECT relname::TEXT FROM pg_class
    WHERE relnamespace = 'public'::REGNAMESPACE AND relkind = 'r' ORDER BY relname";

/// Every row of every table, as it is written.
async fn all_rows(client: &Client) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in lines(client, TABLES).await {
        let rows = lines(client, &format!("SELECT (t.*)::TEXT FROM {table} t ORDER BY 1")).await;
        all.insert(table, rows);
    }
    all
}

/// Copies every table into a schema of its own, to compare with later.
async fn remember(client: &Client) {
    run(client, "a schema", "CREATE SCHEMA before").await;
    for table in lines(client, TABLES).await {
        run(client, &table, &format!("CREATE TABLE before.{table} AS TABLE {table}")).await;
    }
}

/// Every value that is not what it was and not in `adoption_changes` with what it was, and every row that is missing.
async fn lost(client: &Client) -> Vec<String> {
    let columns = client
        .query(
            "SELECT o.relname::TEXT,
                    CASE o.relname WHEN 'schema_migrations' THEN 'schema_migrations_legacy' ELSE o.relname END::TEXT,
                    a.attname::TEXT, FORMAT_TYPE(a.atttypid, NULL),
                    EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = o.oid AND k.attname = 'location_id'
                                                        AND o.relname = 'server_locations')
             FROM pg_class o
             JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0
             WHERE o.relnamespace = 'before'::REGNAMESPACE AND o.relkind = 'r'",
            &[],
        )
        .await
        .unwrap();
    let mut checks = Vec::new();
    for column in &columns {
        let (old_table, table, column, ty): (&str, &str, &str, &str) =
            (column.get(0), column.get(1), column.get(2), column.get(3));
        let is_locations = table == "server_locations";
        let key = if is_locations { "location_id" } else { "id" };
        let had_new_key = columns.iter().any(|c| c.get::<_, &str>(0) == old_table && c.get::<_, &str>(2) == key);
        let old_key = if had_new_key { key } else { "id" };
        let new = if is_locations && column == "id" { "location_id" } else { column };
        let same = match ty {
            // Whatever it has become, it is the same instant.
            "timestamp without time zone" => {
                format!(
                    "CASE PG_TYPEOF(a.{new})::TEXT WHEN 'timestamp with time zone' THEN a.{new}::TEXT \
                         ELSE (a.{new}::TIMESTAMP AT TIME ZONE 'UTC')::TEXT END \
                         IS NOT DISTINCT FROM (b.{column} AT TIME ZONE 'UTC')::TEXT"
                )
            }
            "numeric" | "double precision" => format!("a.{new}::NUMERIC IS NOT DISTINCT FROM b.{column}::NUMERIC"),
            _ => format!(
                "(a.{new} IS NULL) = (b.{column} IS NULL) AND RTRIM(FORMAT('%s', a.{new})) = RTRIM(FORMAT('%s', b.{column}))"
            ),
        };
        checks.push(format!(
            "SELECT FORMAT('%s %s: %s was %s, is %s', '{table}', b.{old_key}, '{column}', b.{column}, a.{new})
             FROM before.{old_table} b
             LEFT JOIN {table} a ON a.{key} = b.{old_key}
             WHERE a.{key} IS NULL
                OR NOT ({same} OR EXISTS (
                       SELECT FROM adoption_changes c
                       WHERE c.what = 'changed' AND c.table_name = '{table}' AND c.column_name = '{new}'
                         AND c.row_id = b.{old_key} AND c.original IS NOT DISTINCT FROM b.{column}::TEXT))"
        ));
    }
    lines(client, &checks.join(" UNION ALL ")).await
}

/// The lines of a schema without those of `adoption_changes` and of what was kept of the Go product.
fn without(schema: &BTreeSet<String>, kept: &[String]) -> BTreeSet<String> {
    let is_kept = |line: &&String| {
        let (object, _) = line.split_once(": ").unwrap_or((line, ""));
        is_part_of("adoption_changes", object)
            || kept
                .iter()
                .any(|kept| kept == object || kept.strip_prefix("table ").is_some_and(|it| is_part_of(it, object)))
    };
    schema.iter().filter(|line| !is_kept(line)).cloned().collect()
}

/// Whether the object, such as `index users.by_name`, is the table or one of its columns, indexes and so on.
fn is_part_of(table: &str, object: &str) -> bool {
    match object.split_once(' ').expect("kind and name") {
        ("table", name) => name == table,
        ("sequence", name) => name.strip_prefix(table).is_some_and(|rest| rest.starts_with('_')),
        (_, name) => name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.')),
    }
}

async fn not_valid(client: &Client) -> Vec<String> {
    lines(client, "SELECT conname::TEXT FROM pg_constraint WHERE NOT convalidated ORDER BY 1").await
}

fn migrations() -> Vec<(String, String)> {
    let mut known = embedded::migrations::runner().get_migrations().clone();
    // The runner has them by name: V10 before V2.
    known.sort_by_key(barqnet_db::refinery::Migration::version);
    known.iter().map(|migration| (migration.to_string(), migration.sql().unwrap().to_owned())).collect()
}

/// Converts a database and checks everything that is promised.
async fn is_converted(fixture: &Fixture) {
    let fresh = migrated_database().await;
    let expected = without(&schema(&fresh.client().await).await, &[]);
    for tracking in [None].into_iter().chain(LAYOUTS.map(Some)) {
        let name = format!("{:?} tracked as {:?}", fixture.files, tracking.map(|(layout, _)| layout));
        let database = build(fixture, tracking).await;
        let (client, settings) = (database.client().await, database.settings());
        remember(&client).await;

        let before = status(&settings, &embedded::migrations()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(before.len() == migrations().len() && before.iter().all(|it| it.applied_at.is_none()), "{name}");
        let applied =
            migrate(&settings, &embedded::migrations()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(applied.len(), migrations().len(), "{name}");

        let mut kept: Vec<String> = fixture.kept.iter().map(ToString::to_string).collect();
        kept.extend(tracking.map(|_| "table schema_migrations_legacy".to_owned()));
        let report = report(&settings).await.unwrap();
        assert_eq!(report.kept, kept, "{name}");
        let found = schema(&client).await;
        let adopted = without(&found, &kept);
        let missing: Vec<_> = expected.difference(&adopted).collect();
        let extra: Vec<_> = adopted.difference(&expected).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{name}: missing {missing:#?}, extra {extra:#?}");
        assert_eq!(not_valid(&client).await, fixture.not_valid, "{name}");
        assert_eq!(lost(&client).await, Vec::<String>::new(), "{name}");
        for constraint in fixture.not_valid {
            let listed = report.exceptions.iter().find(|exception| exception.what.contains(constraint));
            assert!(listed.is_some_and(|exception| exception.rows > 0), "{name}: {constraint} in {report:#?}");
        }
        the_doctor_lists(&report, &settings, &name).await;

        let rows = all_rows(&client).await;
        assert_eq!(migrate(&settings, &embedded::migrations()).await.unwrap(), [], "{name}");
        let again = embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
        assert!(again.applied_migrations().is_empty(), "{name}");
        for (file, sql) in migrations() {
            run(&client, &format!("{file} once more"), &format!("BEGIN; {sql}; COMMIT")).await;
        }
        assert_eq!(schema(&client).await, found, "{name}");
        assert_eq!(all_rows(&client).await, rows, "{name}");
        assert!(status(&settings, &embedded::migrations()).await.unwrap().iter().all(|m| m.applied_at.is_some()));

        typed_functions_work(&database.pool().await).await;
    }
}

/// Each exception with its rows, and what was left alone.
async fn the_doctor_lists(report: &LegacyReport, settings: &Settings, name: &str) {
    let findings = doctor::examine(settings, &embedded::migrations()).await.unwrap();
    let says = |start: &str| findings.iter().any(|finding| finding.what.starts_with(start));
    for Exception { what, rows } in &report.exceptions {
        let start = match what.strip_suffix(" holds for new rows only (NOT VALID)") {
            Some(constraint) => {
                let (table, constraint) = constraint.split_once(": ").unwrap();
                format!("constraint {constraint} of {table} holds for new rows only: {rows} older row")
            }
            None => format!("{what}: {rows} row"),
        };
        assert!(says(&start), "{name}: {start}: {findings:#?}");
    }
    let kept = format!("not made by any migration, and left unchanged: {}", report.kept.join(", "));
    assert!(report.kept.is_empty() || says(&kept), "{name}: {kept}: {findings:#?}");
}

/// A walk through every domain, over old rows and new ones.
async fn typed_functions_work(pool: &Pool) {
    let client = pool.get().await.unwrap();
    let all = users::list().bind(&client, &0, &1000).all().await.unwrap();
    assert!(all.len() >= 3);
    let ada = users::by_username().bind(&client, &"ada").one().await.unwrap();
    assert!(ada.active);
    let idle = users::by_username().bind(&client, &"idle").one().await.unwrap();
    assert!(!idle.active);
    assert_eq!(users::touch_last_login().bind(&client, &idle.id).await.unwrap(), 1);
    assert_eq!(users::count().bind(&client).one().await.unwrap().total, i64::try_from(all.len()).unwrap());
    users::count_by_server().bind(&client).all().await.unwrap();

    sessions::list_by_user().bind(&client, &ada.id, &i32::MAX, &100).all().await.unwrap();
    sessions::count_active().bind(&client, &ada.id, &86_400.0).one().await.unwrap();
    let number: PhoneNumber = "+4915112345678".parse().unwrap();
    assert_eq!(users::set_phone_number().bind(&client, &Some(number), &idle.id).await.unwrap(), 1);

    connections::history_by_user().bind(&client, &"ada", &i32::MAX, &100).all().await.unwrap();
    connections::active().bind(&client, &i32::MAX, &100).all().await.unwrap();
    // Live connections of users who don't exist are closed like any other.
    for closed in barqnet_db::connections::reap_stale(&client, Duration::from_mins(5), 1000).await.unwrap() {
        assert_eq!(closed.statistics_id.is_none(), closed.username == "nobody", "{closed:?}");
    }
    let none = &None::<&str>;
    let new = NewConnection { username: "ada", server_id: "node-1", ..NewConnection::default() };
    let OpenOutcome::Opened { id, .. } = open(pool, &new, &ConnectionPolicy::default()).await.unwrap() else {
        panic!("ada may")
    };
    let last = FinalCounters { epoch: 1, bytes_received: 1, bytes_sent: 2 };
    let ended = close(&client, "node-1", id, CloseReason::ClientExit, Some(last)).await.unwrap();
    assert_eq!(ended.map(|ended| (ended.bytes_received, ended.bytes_sent)), Some((1, 2)));
    // What there was has been added up, to the byte.
    assert_eq!(statistics::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(barqnet_db::connections::recount(pool).await.unwrap(), []);

    statistics::user_summary().bind(&client, &"ada").one().await.unwrap();
    statistics::server_summaries().bind(&client).all().await.unwrap();
    statistics::top_users_ever().bind(&client, &10).all().await.unwrap();
    statistics::client_reported_totals().bind(&client, &"nobody").all().await.unwrap();

    let places = queries::locations::list_all().bind(&client).all().await.unwrap();
    for (name, country) in [("Tokyo", "Japan"), ("São Paulo", "Brazil"), ("Virginia", "United States")] {
        assert!(places.iter().any(|place| place.name == name && place.country == country), "{name} is missing");
    }
    queries::locations::list_with_load().bind(&client).all().await.unwrap();
    queries::locations::statistics().bind(&client).all().await.unwrap();
    let near = locations::nearest(&client, Coordinates::new(52.5, 13.4).unwrap(), 100).await.unwrap();
    assert!(near.len() >= 10 && near.windows(2).all(|pair| pair[0].distance_km <= pair[1].distance_km));
    for place in &places {
        queries::locations::servers_at().bind(&client, &place.location_id).all().await.unwrap();
    }

    servers::list().bind(&client).all().await.unwrap();
    servers::with_locations().bind(&client).all().await.unwrap();
    assert!(servers::register().bind(&client, &"new", &"h", &1, &"endnode", none, none, none).one().await.unwrap() > 0);
    servers::list_status().bind(&client).all().await.unwrap();
    let options = PickOptions::near(Coordinates::new(1.0, 1.0).unwrap()).limit(10);
    barqnet_db::servers::pick(&client, &options, &PickPolicy::default()).await.unwrap();

    let entry = audit::append().bind(&client, &"TEST", &Some("ada"), none, &None, &"node-1").one().await.unwrap();
    let recent = audit::recent().bind(&client, &i32::MAX, &100).all().await.unwrap();
    assert!(recent[0].id == entry && recent.len() > 3);
    otp::status().bind(&client, &"nobody").all().await.unwrap();
    // Statistics of users who don't exist can't move to the archive, whose constraint holds for every row.
    let orphans = "SELECT COUNT(*)::TEXT FROM vpn_statistics WHERE username = 'nobody'";
    let database = pool.get().await.unwrap();
    let before = text(&database, orphans).await;
    let report = maintenance::run_all(pool, &maintenance::MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    assert_eq!(text(&database, orphans).await, before);
}

async fn text(client: &Client, query: &str) -> String {
    lines(client, query).await.remove(0)
}

#[tokio::test]
async fn database_a_is_converted() {
    is_converted(&A).await;
}

#[tokio::test]
async fn database_a_with_002_is_converted() {
    let not_valid = with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked"]);
    let files = &["a", "a_rows", "002", "002_rows"];
    is_converted(&Fixture { files, versions: &[PHONE], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_with_what_of_003_could_be_applied_is_converted() {
    let not_valid = with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked"]);
    let files = &["a", "a_rows", "002", "002_rows", "~003"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_made_ready_for_003_by_hand_is_converted() {
    let not_valid =
        with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked", "fk_vpn_statistics_connection_id"]);
    let files = &["a", "a_rows", "002", "002_rows", "a_003", "003", "003_rows"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_with_what_of_003_and_004_could_be_applied_is_converted() {
    let not_valid = with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked"]);
    let files = &["a", "a_rows", "002", "002_rows", "~003", "~004"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS, LOCATIONS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_made_ready_for_003_and_004_by_hand_is_converted() {
    let not_valid =
        with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked", "fk_vpn_statistics_connection_id"]);
    let files = &["a", "a_rows", "002", "002_rows", "a_003", "003", "003_rows", "a_004", "004", "004_rows"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS, LOCATIONS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_b_is_converted() {
    let versions = &[(1, "initial_schema")];
    is_converted(&Fixture { files: &["b", "b_rows"], versions, kept: KEPT_OF_B, not_valid: &[] }).await;
}

#[tokio::test]
async fn database_b_with_002_is_converted() {
    let versions = &[(1, "initial_schema"), PHONE];
    let not_valid = &["chk_otp_attempt_type", "chk_otp_code_masked"];
    is_converted(&Fixture { files: &["b", "b_rows", "002", "002_rows"], versions, kept: KEPT_OF_B, not_valid }).await;
}

#[tokio::test]
async fn database_b_with_002_and_003_is_converted() {
    let versions = &[(1, "initial_schema"), PHONE, STATISTICS];
    let not_valid = &["chk_otp_attempt_type", "chk_otp_code_masked"];
    let files = &["b", "b_rows", "002", "002_rows", "003", "003_rows"];
    is_converted(&Fixture { files, versions, kept: KEPT_OF_B, not_valid }).await;
}

#[tokio::test]
async fn database_b_with_002_to_004_is_converted() {
    is_converted(&B_002_TO_004).await;
}

#[tokio::test]
async fn a_database_b_that_reads_the_facts_otherwise_is_converted() {
    let kept = with(KEPT_OF_B, &["column servers.region", "table devices"]);
    let not_valid = &["fk_servers_location_id", "user_sessions_user_id_fkey"];
    is_converted(&Fixture { files: &["b_otherwise"], versions: &[(1, "initial_schema"), PHONE], kept, not_valid })
        .await;
}

#[tokio::test]
async fn databases_without_a_row_are_converted_with_every_constraint_valid() {
    for files in [
        &["a"][..],
        &["a", "002", "~003", "~004"],
        &["a", "002", "a_003", "003", "a_004", "004"],
        &["b"],
        &["b", "002", "003", "004"],
    ] {
        // What is done by hand works on rows that aren't there.
        let kept = if files[0] == "a" { KEPT_OF_A } else { KEPT_OF_B };
        let database = build(&Fixture { files, versions: &[], kept, not_valid: &[] }, None).await;
        migrate(&database.settings(), &embedded::migrations()).await.unwrap();
        assert_eq!(not_valid(&database.client().await).await, Vec::<String>::new(), "{files:?}");
        let report = report(&database.settings()).await.unwrap();
        assert!(report.exceptions.is_empty(), "{files:?}: {report:#?}");
    }
}

/// A sorted list of both.
fn with(some: &'static [&'static str], more: &[&'static str]) -> &'static [&'static str] {
    let mut all = [some, more].concat();
    all.sort_unstable();
    all.leak()
}

#[tokio::test]
async fn changed_values_are_listed_with_their_rows_and_originals() {
    let database = build(&A, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let report = report(&database.settings()).await.unwrap();
    let exceptions: Vec<(&str, i64)> =
        report.exceptions.iter().map(|exception| (exception.what.as_str(), exception.rows)).collect();
    let not_valid = "holds for new rows only (NOT VALID)";
    let originals = "adoption_changes has the originals";
    assert_eq!(
        exceptions,
        [
            (
                &*format!(
                    "server_locations.city was changed (another location has this country and city); {originals}"
                ),
                2
            ),
            (&*format!("server_locations.country_code was changed (does not fit character(2)); {originals}"), 5),
            (&*format!("server_locations.latitude was changed (does not fit numeric(10,8)); {originals}"), 1),
            (&*format!("server_locations: chk_server_locations_latitude {not_valid}"), 1),
            (&*format!("server_locations: chk_server_locations_longitude {not_valid}"), 2),
            (&*format!("vpn_connections.status was changed (broke a constraint); {originals}"), 1),
            (&*format!("vpn_connections: fk_vpn_connections_username {not_valid}"), 1),
            (&*format!("vpn_statistics.bytes_in was changed (broke a constraint); {originals}"), 1),
            (&*format!("vpn_statistics: fk_vpn_statistics_username {not_valid}"), 2),
        ]
    );
    let changes = lines(
        &database.client().await,
        "SELECT FORMAT('%s %s: %s -> %s', column_name, row_id, original, COALESCE(changed_to, 'NULL'))
         FROM adoption_changes WHERE what = 'changed' ORDER BY column_name, row_id",
    )
    .await;
    assert_eq!(
        changes,
        [
            "bytes_in 4: -1 -> 0",
            "city 3: Berlin -> Berlin (3)",
            "city 12: Berlin -> Berlin (12)",
            "country_code 3: DEU -> DE",
            "country_code 4: AUT -> AT",
            "country_code 5: EUROPE -> ZZ",
            "country_code 7: GBR -> GB",
            "country_code 12: DE-BE -> DE",
            "latitude 5: 999.999999 -> NULL",
            "status 4: active -> disconnected",
        ]
    );
}

/// Times without end, which PostgreSQL has and the driver's types have not.
#[tokio::test]
async fn times_without_end_stay_and_reading_one_is_an_error_that_names_its_column() {
    for fixture in [&A, &B_002_TO_004] {
        let database = build(fixture, None).await;
        let client = database.client().await;
        let columns = lines(
            &client,
            "SELECT FORMAT('UPDATE %1$I SET %2$I = ''%5$sinfinity'' WHERE %3$I = (SELECT %4$s(%3$I) FROM %1$I)', c.relname,
                           a.attname, k.attname, f.name, f.sign)
             FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.atttypid = 'timestamp'::REGTYPE AND NOT a.attisdropped
             JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = 1
             CROSS JOIN (VALUES ('MIN', ''), ('MAX', '-')) AS f (name, sign)
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::REGNAMESPACE",
        )
        .await;
        assert!(columns.len() > 20, "{columns:#?}");
        run(&client, "times without end", &columns.join("; ")).await;
        remember(&client).await;
        migrate(&database.settings(), &embedded::migrations()).await.unwrap();
        assert_eq!(lost(&client).await, Vec::<String>::new());
        let pool = database.pool().await;
        let error = users::by_username().bind(&pool.get().await.unwrap(), &"ada").one().await.unwrap_err().to_string();
        assert!(error.starts_with("users.by_username: column ") && error.ends_with("too large to decode"), "{error}");
    }
}

#[tokio::test]
async fn a_token_hash_that_stands_twice_is_listed() {
    let database = build(&B_002_TO_004, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let report = report(&database.settings()).await.unwrap();
    let listed =
        report.exceptions.iter().find(|exception| exception.what.contains("user_sessions.token_hash was changed"));
    assert_eq!(listed.map(|exception| exception.rows), Some(1), "{report:#?}");
}

#[tokio::test]
async fn new_columns_tell_what_the_old_ones_said() {
    let database = build(&A, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let client = database.client().await;
    run(&client, "the zone", "SET TimeZone = 'UTC'").await;
    let usage = "SELECT FORMAT('%s to %s, %s', started_at, ended_at, session_type) FROM vpn_statistics WHERE id = 1";
    assert_eq!(text(&client, usage).await, "2024-01-15 10:30:00+00 to 2024-01-15 11:30:00+00, vpn");
    let connection = "SELECT FORMAT('%s %s', client_ip, last_activity) FROM vpn_connections WHERE id = 1";
    assert_eq!(text(&client, connection).await, "198.51.100.4 2024-01-15 11:30:00+00");

    let database = build(&B_002_TO_004, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let client = database.client().await;
    run(&client, "the zone", "SET TimeZone = 'UTC'").await;
    let users = "SELECT FORMAT('%s %s %s %s', username, COALESCE(active::TEXT, 'NULL'), created_by, server_id)
                 FROM users ORDER BY id";
    assert_eq!(lines(&client, users).await, ["ada true unknown node-1", "idle false unknown ", "bare NULL unknown "]);
    let audit = "SELECT FORMAT('%s %s %s %s', timestamp, username, server_id, details) FROM audit_log ORDER BY id";
    assert_eq!(
        lines(&client, audit).await,
        [
            r#"2024-01-15 10:30:00+00 ada unknown {"a": "ü \" \n", "b": [1, 2.50, null]}"#,
            "  unknown ",
            r#"2024-03-31 02:30:00+00 idle unknown "text""#,
            "2024-03-31 02:30:00+00 bare unknown null",
        ]
    );
}

/// Everything there is: definitions and rows.
async fn dump(client: &Client) -> (BTreeSet<String>, BTreeMap<String, Vec<String>>) {
    (schema(client).await, all_rows(client).await)
}

/// Migrating fails with this refusal and changes nothing.
async fn is_refused(database: &TestDatabase, is_right: impl Fn(&Refusal) -> bool) {
    let client = database.client().await;
    let before = dump(&client).await;
    let error = migrate(&database.settings(), &embedded::migrations()).await.unwrap_err();
    assert!(Refusal::of(&error).is_some_and(&is_right), "{error}");
    assert!(error.to_string().starts_with("nothing was changed: "), "{error}");
    assert_eq!(dump(&client).await, before);
}

#[tokio::test]
async fn later_versions_of_the_go_product_are_refused_by_name() {
    const LATER: &[(i32, &str)] = &[PHONE, STATISTICS, LOCATIONS, (5, "rename_identifier"), (9, "admin_audit")];
    for tracking in LAYOUTS {
        let database = build(&Fixture { versions: LATER, ..B_002_TO_004 }, Some(tracking)).await;
        let named = if tracking.0 == "tracking_3" { "005_rename_identifier, 009_admin_audit" } else { "5, 9" };
        is_refused(&database, |refusal| matches!(refusal, Refusal::UnknownVersions { versions } if versions == named))
            .await;
    }
    // Not recorded, but visible in the schema.
    let database = build(&B_002_TO_004, None).await;
    let rename = "ALTER TABLE otp_attempts RENAME COLUMN phone_number TO identifier";
    run(&database.client().await, rename, rename).await;
    is_refused(&database, |refusal| matches!(refusal, Refusal::UnknownVersions { .. })).await;
}

#[tokio::test]
async fn a_database_that_is_not_barqnets_is_refused() {
    for sql in [
        "CREATE TABLE customers (id SERIAL PRIMARY KEY, name TEXT); INSERT INTO customers (name) VALUES ('x')",
        "CREATE TABLE users (id SERIAL PRIMARY KEY, email TEXT UNIQUE); INSERT INTO users (email) VALUES ('x')",
        "CREATE TABLE users (id SERIAL PRIMARY KEY, username TEXT, server_id TEXT); CREATE TABLE servers (id INTEGER)",
    ] {
        let database = TestDatabase::empty().await;
        run(&database.client().await, sql, sql).await;
        is_refused(&database, |refusal| matches!(refusal, Refusal::NotBarqNet { .. })).await;
    }
}

#[tokio::test]
async fn a_tracking_table_of_another_program_is_refused() {
    for sql in [
        "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN NOT NULL)",
        "CREATE TABLE schema_migrations (version VARCHAR PRIMARY KEY); INSERT INTO schema_migrations VALUES ('2024')",
        &file("tracking_1"),
    ] {
        let database = TestDatabase::empty().await;
        run(&database.client().await, sql, sql).await;
        is_refused(&database, |refusal| matches!(refusal, Refusal::ForeignTracking { .. })).await;
    }
    let database = build(&A, None).await;
    let sql = "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN NOT NULL)";
    run(&database.client().await, sql, sql).await;
    is_refused(&database, |refusal| matches!(refusal, Refusal::ForeignTracking { .. })).await;
}

#[tokio::test]
async fn tables_of_an_extension_are_ignored() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    // What CREATE EXTENSION does to a table of an extension.
    let own = "CREATE TABLE spatial_ref_sys (srid INTEGER PRIMARY KEY);
               INSERT INTO pg_depend VALUES ('pg_class'::REGCLASS, 'spatial_ref_sys'::REGCLASS, 0,
                   'pg_extension'::REGCLASS, (SELECT oid FROM pg_extension WHERE extname = 'plpgsql'), 0, 'e')";
    run(&client, "an extension's table", own).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
}

#[tokio::test]
async fn refinerys_runner_converts_a_database_without_tracking_and_refuses_a_foreign_one() {
    let database = build(&A, None).await;
    let client = database.client().await;
    embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
    assert_eq!(not_valid(&client).await, NOT_VALID_OF_A);

    let database = TestDatabase::empty().await;
    let client = database.client().await;
    run(&client, "foreign", "CREATE TABLE users (id SERIAL PRIMARY KEY, email TEXT UNIQUE)").await;
    let before = schema(&client).await;
    let error = embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap_err();
    assert!(format!("{error:?}").contains("not BarqNet's"), "{error:?}");
    assert_eq!(without(&schema(&client).await, &[]), before);
}

#[tokio::test]
async fn a_run_that_ended_after_the_old_tracking_table_was_put_aside_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("V1__base_schema.sql"), "SELECT 1 / 0;").unwrap();
    let breaks = Migrations::from_folder(folder.path()).unwrap().with_baseline(GoProduct);
    for tracking in LAYOUTS {
        let database = build(&B_002_TO_004, Some(tracking)).await;
        let client = database.client().await;
        remember(&client).await;
        migrate(&database.settings(), &breaks).await.unwrap_err();
        let history = format!("SELECT COUNT(*)::TEXT FROM {HISTORY_TABLE}");
        assert_eq!(text(&client, &history).await, "0");
        migrate(&database.settings(), &embedded::migrations()).await.unwrap();
        assert_eq!(lost(&client).await, Vec::<String>::new());
        assert_eq!(not_valid(&client).await, B_002_TO_004.not_valid);
    }
}

#[tokio::test]
async fn eight_replicas_convert_a_database_once() {
    let database = build(&A, Some(LAYOUTS[1])).await;
    let client = database.client().await;
    remember(&client).await;
    let mut replicas = JoinSet::new();
    for _ in 0..8 {
        let settings = database.settings();
        replicas.spawn(async move { migrate(&settings, &embedded::migrations()).await.map(|applied| applied.len()) });
    }
    let mut applied: Vec<usize> = replicas.join_all().await.into_iter().map(Result::unwrap).collect();
    applied.sort_unstable();
    assert_eq!(applied, [[0; 7].as_slice(), &[migrations().len()]].concat());
    assert_eq!(lost(&client).await, Vec::<String>::new());
    assert_eq!(not_valid(&client).await, A.not_valid);
}

#[tokio::test]
async fn what_an_operator_added_is_kept() {
    let database = build(&A, None).await;
    let client = database.client().await;
    let added = "CREATE INDEX by_month ON vpn_statistics (username, bytes_in);
                 CREATE TABLE notes (user_id INTEGER REFERENCES users (id), note TEXT);
                 INSERT INTO notes VALUES (1, 'pays in cash');
                 ALTER TABLE users ADD COLUMN tariff TEXT NOT NULL;
                 CREATE ROLE %role%; GRANT SELECT ON users TO %role%";
    let role = format!("{}_reader", database.name());
    run(&client, "rows", "DELETE FROM users WHERE id > 1").await;
    run(&client, "added", &added.replace("%role%", &role).replace("TEXT NOT NULL", "TEXT NOT NULL DEFAULT 'basic'"))
        .await;
    run(&client, "demanded", "ALTER TABLE users ALTER COLUMN tariff DROP DEFAULT").await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let found = schema(&client).await;
    assert!(found.iter().any(|line| line.contains("by_month")), "{found:#?}");
    let report = report(&database.settings()).await.unwrap();
    assert!(["column users.tariff", "table notes"].iter().all(|kept| report.kept.iter().any(|it| it == kept)));
    let right = format!("SELECT HAS_TABLE_PRIVILEGE('{role}', 'users', 'SELECT')::TEXT");
    assert_eq!(text(&client, &right).await, "true");
    // A column that the product no longer fills is no longer NOT NULL.
    let new = "INSERT INTO users (username, server_id, created_by) VALUES ('new', 'node-1', 'test')";
    run(&client, "a new account", new).await;
    run(&client, "the role", &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_new_database_has_nothing_to_list() {
    let database = migrated_database().await;
    let report = report(&database.settings()).await.unwrap();
    assert!(report.exceptions.is_empty() && report.kept.is_empty(), "{report:#?}");
}
