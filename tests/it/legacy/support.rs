//! Databases as the Go product left them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use barqnet_db::{embedded, migrate::catalogue, tokio_postgres::Client};
use barqnet_db_testing::TestDatabase;

use crate::common::text_rows;

/// A database as the Go product left it.
pub(crate) struct Fixture {
    /// The files of tests/legacy that make it, in order. After `~`, each statement of the file runs separately and may
    /// fail, as in psql.
    pub(super) files: &'static [&'static str],
    /// The migrations that its tracking table, if any, holds.
    pub(super) versions: &'static [(i32, &'static str)],
    /// The columns and tables that a fresh database doesn't have.
    pub(super) kept: &'static [&'static str],
    /// The constraints that rows break.
    pub(super) not_valid: &'static [&'static str],
}

pub(super) const KEPT_OF_A: &[&str] = &[
    "column vpn_connections.created_at",
    "column vpn_connections.ip_address",
    "column vpn_statistics.created_at",
    "table auth_users",
];

pub(super) const KEPT_OF_B: &[&str] = &[
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

pub(super) const NOT_VALID_OF_A: &[&str] = &[
    "chk_server_locations_latitude",
    "chk_server_locations_longitude",
    "fk_vpn_connections_username",
    "fk_vpn_statistics_username",
];

pub(super) const PHONE: (i32, &str) = (2, "add_phone_auth");

pub(super) const STATISTICS: (i32, &str) = (3, "add_statistics");

pub(super) const LOCATIONS: (i32, &str) = (4, "add_locations");

pub(crate) const A: Fixture =
    Fixture { files: &["a", "a_rows"], versions: &[], kept: KEPT_OF_A, not_valid: NOT_VALID_OF_A };

pub(crate) const B_002_TO_004: Fixture = Fixture {
    files: &["b", "b_rows", "002", "002_rows", "003", "003_rows", "004", "004_rows"],
    versions: &[(1, "initial_schema"), PHONE, STATISTICS, LOCATIONS],
    kept: KEPT_OF_B,
    not_valid: &["chk_otp_attempt_type", "chk_otp_code_masked", "chk_server_locations_latitude"],
};

/// The tracking tables, with the text of a version in each, from its number and name.
pub(crate) type Tracking = (&'static str, fn(i32, &str) -> String);

pub(super) const LAYOUTS: [Tracking; 3] = [
    ("tracking_1", |version, _| format!("INSERT INTO schema_migrations (version) VALUES ({version})")),
    ("tracking_2", |version, name| {
        format!("INSERT INTO schema_migrations (version, name, checksum) VALUES ({version}, '{name}', REPEAT('a', 64))")
    }),
    ("tracking_3", |version, name| format!("INSERT INTO schema_migrations (version) VALUES ('{version:03}_{name}')")),
];

pub(super) fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/legacy").join(name).with_extension("sql");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The statements of a file, each ending with a semicolon at the end of a line that no `$$` is open in.
pub(super) fn statements(text: &str) -> Vec<String> {
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

pub(super) async fn run(client: &Client, what: &str, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{what}: {error:?}");
    }
}

/// The database as the fixture has it. The Go service ran in UTC.
pub(super) async fn build(fixture: &Fixture, tracking: Option<Tracking>) -> TestDatabase {
    let database = TestDatabase::empty().await;
    fill(&database, fixture, tracking).await;
    database
}

/// Makes an empty database what the fixture has.
pub(crate) async fn fill(database: &TestDatabase, fixture: &Fixture, tracking: Option<Tracking>) {
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
}

/// The schema. Which constraints are valid is tested elsewhere.
pub(super) async fn schema(client: &Client) -> BTreeSet<String> {
    let lines = catalogue(client).await.unwrap();
    lines.iter().map(|line| line.strip_suffix(" NOT VALID").unwrap_or(line).to_owned()).collect()
}

pub(super) const TABLES: &str = "SELECT relname::TEXT FROM pg_class
    WHERE relnamespace = 'public'::REGNAMESPACE AND relkind = 'r' ORDER BY relname";

/// Every row of every table, as it is written.
pub(super) async fn all_rows(client: &Client) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in text_rows(client, TABLES).await {
        let rows = text_rows(client, &format!("SELECT (t.*)::TEXT FROM {table} t ORDER BY 1")).await;
        all.insert(table, rows);
    }
    all
}

/// Copies every table into a schema of its own, to compare with later.
pub(super) async fn remember(client: &Client) {
    run(client, "a schema", "CREATE SCHEMA before").await;
    for table in text_rows(client, TABLES).await {
        run(client, &table, &format!("CREATE TABLE before.{table} AS TABLE {table}")).await;
    }
}

/// Every value that is not what it was and not in `adoption_changes` with what it was, and every row that is missing.
pub(super) async fn lost(client: &Client) -> Vec<String> {
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
            // The type has changed, the instant must not.
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
    text_rows(client, &checks.join(" UNION ALL ")).await
}

/// The lines of a schema without those of `adoption_changes` and of what was kept of the Go product.
pub(super) fn without(schema: &BTreeSet<String>, kept: &[String]) -> BTreeSet<String> {
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
pub(super) fn is_part_of(table: &str, object: &str) -> bool {
    match object.split_once(' ').expect("kind and name") {
        ("table", name) => name == table,
        ("sequence", name) => name.strip_prefix(table).is_some_and(|rest| rest.starts_with('_')),
        (_, name) => name.strip_prefix(table).is_some_and(|rest| rest.starts_with('.')),
    }
}

pub(super) async fn not_valid(client: &Client) -> Vec<String> {
    text_rows(client, "SELECT conname::TEXT FROM pg_constraint WHERE NOT convalidated ORDER BY 1").await
}

pub(super) fn migrations() -> Vec<(String, String)> {
    let mut known = embedded::migrations::runner().get_migrations().clone();
    // The runner has them by name: V10 before V2.
    known.sort_by_key(barqnet_db::refinery::Migration::version);
    known.iter().map(|migration| (migration.to_string(), migration.sql().unwrap().to_owned())).collect()
}

pub(super) async fn one_text(client: &Client, query: &str) -> String {
    text_rows(client, query).await.remove(0)
}

/// A sorted list of both.
pub(super) fn with(some: &'static [&'static str], more: &[&'static str]) -> &'static [&'static str] {
    let mut all = [some, more].concat();
    all.sort_unstable();
    all.leak()
}
