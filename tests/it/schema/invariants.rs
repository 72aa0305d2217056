//! The migrated schema against the specification, name by name, and the rules that hold for all of it.

use std::{collections::BTreeMap, fs, path::Path};

use barqnet_db::{
    embedded::{self, migrations::HISTORY_TABLE},
    migrate::{catalogue, migrate},
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;

use crate::common::migrated_database;

/// A column's name, its type, and its default if one is written.
type Column = (&'static str, &'static str, Option<&'static str>);

/// The specification's tables and those of the Go service.
/// `timestamp` stands for what V5 makes of it; a `varchar` without a length may have any.
const COLUMNS: &[(&str, &[Column])] = &[
    (
        "users",
        &[
            ("id", "integer", Some("nextval('users_id_seq'::regclass)")),
            ("username", "varchar(255)", None),
            ("created_at", "timestamp", Some("CURRENT_TIMESTAMP")),
            ("expires_at", "timestamp", None),
            ("active", "boolean", Some("true")),
            ("ovpn_path", "text", None),
            ("port", "integer", Some("1194")),
            ("protocol", "varchar(10)", Some("'udp'::character varying")),
            ("last_access", "timestamp", None),
            ("checksum", "varchar(255)", None),
            ("synced", "boolean", Some("false")),
            ("server_id", "varchar(255)", None),
            ("created_by", "varchar(255)", None),
            ("phone_number", "varchar(20)", None),
            ("password_hash", "varchar(255)", None),
            ("created_via", "varchar(20)", Some("'api'::character varying")),
            ("last_login", "timestamp", None),
        ],
    ),
    (
        "servers",
        &[
            ("id", "integer", Some("nextval('servers_id_seq'::regclass)")),
            ("name", "varchar(255)", None),
            ("host", "varchar(255)", None),
            ("port", "integer", Some("8080")),
            ("username", "varchar(255)", None),
            ("password", "varchar(255)", None),
            ("enabled", "boolean", Some("true")),
            ("last_sync", "timestamp", None),
            ("server_type", "varchar(50)", Some("'endnode'::character varying")),
            ("management_url", "varchar(255)", None),
            ("created_at", "timestamp", Some("CURRENT_TIMESTAMP")),
            ("location_id", "integer", None),
        ],
    ),
    (
        "audit_log",
        &[
            ("id", "integer", Some("nextval('audit_log_id_seq'::regclass)")),
            ("timestamp", "timestamp", Some("CURRENT_TIMESTAMP")),
            ("action", "varchar(255)", None),
            ("username", "varchar(255)", None),
            ("details", "text", None),
            ("ip_address", "inet", None),
            ("server_id", "varchar(255)", None),
        ],
    ),
    (
        "server_health",
        &[
            ("id", "integer", Some("nextval('server_health_id_seq'::regclass)")),
            ("server_id", "varchar(255)", None),
            ("status", "varchar(50)", None),
            ("last_check", "timestamp", Some("CURRENT_TIMESTAMP")),
            ("response_time_ms", "integer", None),
            ("error_message", "text", None),
        ],
    ),
    (
        "user_sessions",
        &[
            ("id", "integer", Some("nextval('user_sessions_id_seq'::regclass)")),
            ("user_id", "integer", None),
            ("token_hash", "varchar(255)", None),
            ("device_info", "text", None),
            ("ip_address", "inet", None),
            ("user_agent", "text", None),
            ("created_at", "timestamp", None),
            ("expires_at", "timestamp", None),
            ("last_activity", "timestamp", None),
            ("revoked", "boolean", None),
            ("revoked_at", "timestamp", None),
            ("revoked_reason", "varchar(255)", None),
        ],
    ),
    (
        "otp_attempts",
        &[
            ("id", "integer", Some("nextval('otp_attempts_id_seq'::regclass)")),
            ("phone_number", "varchar(20)", None),
            ("otp_code", "varchar(6)", None),
            ("attempt_type", "varchar(20)", None),
            ("ip_address", "inet", None),
            ("created_at", "timestamp", None),
            ("expires_at", "timestamp", None),
            ("verified", "boolean", None),
            ("verified_at", "timestamp", None),
            ("attempt_count", "integer", None),
            ("last_attempt_at", "timestamp", None),
        ],
    ),
    (
        "vpn_statistics",
        &[
            ("id", "integer", Some("nextval('vpn_statistics_id_seq'::regclass)")),
            ("username", "varchar(255)", None),
            ("server_id", "varchar(255)", None),
            ("bytes_in", "bigint", None),
            ("bytes_out", "bigint", None),
            ("duration_seconds", "integer", None),
            ("connection_id", "integer", None),
            ("started_at", "timestamp", None),
            ("ended_at", "timestamp", None),
            ("session_type", "varchar(50)", None),
            ("client_version", "varchar(50)", None),
            ("protocol", "varchar(10)", None),
            ("encryption", "varchar(50)", None),
        ],
    ),
    (
        "vpn_connections",
        &[
            ("id", "integer", Some("nextval('vpn_connections_id_seq'::regclass)")),
            ("username", "varchar(255)", None),
            ("server_id", "varchar(255)", None),
            ("status", "varchar(50)", None),
            ("client_ip", "inet", None),
            ("virtual_ip", "inet", None),
            ("public_ip", "inet", None),
            ("connected_at", "timestamp", None),
            ("disconnected_at", "timestamp", None),
            ("duration_seconds", "integer", None),
            ("disconnect_reason", "varchar(255)", None),
            ("bytes_received", "bigint", None),
            ("bytes_sent", "bigint", None),
            ("last_activity", "timestamp", None),
            ("device_name", "varchar", None),
            ("device_type", "varchar", None),
            ("app_version", "varchar", None),
        ],
    ),
    (
        "server_locations",
        &[
            ("location_id", "integer", Some("nextval('server_locations_location_id_seq'::regclass)")),
            ("name", "varchar(255)", None),
            ("country", "varchar", None),
            ("city", "varchar", None),
            ("region", "varchar", None),
            ("country_code", "character(2)", None),
            ("latitude", "numeric(10,8)", None),
            ("longitude", "numeric(11,8)", None),
            ("timezone", "varchar(50)", None),
            ("data_center", "varchar(255)", None),
            ("flag_emoji", "character(4)", None),
            ("display_order", "integer", None),
            ("enabled", "boolean", None),
            ("created_at", "timestamp", None),
            ("updated_at", "timestamp", None),
        ],
    ),
];

/// The specification's indexes outside the two VPN tables: table, name, whether it is unique, whether it is partial.
const INDEXES: &[(&str, &str, bool, Option<bool>)] = &[
    ("users", "idx_users_phone_number", true, Some(false)),
    ("users", "idx_users_created_via", false, Some(false)),
    ("users", "idx_users_last_login", false, Some(false)),
    ("user_sessions", "idx_sessions_user_id", false, Some(false)),
    ("user_sessions", "idx_sessions_token_hash", true, Some(false)),
    ("user_sessions", "idx_sessions_expires_at", false, Some(false)),
    ("user_sessions", "idx_sessions_revoked", false, Some(true)),
    ("otp_attempts", "idx_otp_phone_number", false, Some(false)),
    ("otp_attempts", "idx_otp_created_at", false, Some(false)),
    ("otp_attempts", "idx_otp_expires_at", false, Some(false)),
    // "Composite for active OTP lookup": of more than one column, and partial as it pleases.
    ("otp_attempts", "idx_otp_phone_active", false, None),
    ("server_locations", "idx_locations_country", false, Some(false)),
    ("server_locations", "idx_locations_country_code", false, Some(false)),
    ("server_locations", "idx_locations_enabled", false, Some(false)),
    ("server_locations", "idx_locations_display_order", false, Some(false)),
    ("server_locations", "idx_locations_country_city", true, Some(false)),
    ("servers", "idx_servers_location_id", false, Some(false)),
];

/// Name, country and country code of the specification's sample data.
const LOCATIONS: &[(&str, &str, &str)] = &[
    ("New York", "United States", "US"),
    ("Virginia", "United States", "US"),
    ("San Francisco", "United States", "US"),
    ("Portland", "United States", "US"),
    ("London", "United Kingdom", "GB"),
    ("Frankfurt", "Germany", "DE"),
    ("Paris", "France", "FR"),
    ("Amsterdam", "Netherlands", "NL"),
    ("Tokyo", "Japan", "JP"),
    ("Singapore", "Singapore", "SG"),
    ("Mumbai", "India", "IN"),
    ("Seoul", "South Korea", "KR"),
    ("Sydney", "Australia", "AU"),
    ("Toronto", "Canada", "CA"),
    ("São Paulo", "Brazil", "BR"),
];

async fn lines(client: &Client, query: &str) -> Vec<String> {
    client.query(query, &[]).await.expect("a query of the catalogue").iter().map(|row| row.get(0)).collect()
}

/// The migration files' names and texts, in the order in which they apply.
fn migration_files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder migrations") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        // README.md has none.
        let Some((number, _)) = name[1..].split_once("__") else { continue };
        let number: u32 = number.parse().expect("a number");
        files.insert(number, (name, fs::read_to_string(&path).expect("a readable file")));
    }
    assert!(files.len() >= 5, "found {files:?}");
    files.into_values().collect()
}

fn rollback_of(sql: &str) -> Option<&str> {
    let (_, block) = sql.split_once("/* rollback\n")?;
    block.trim_end().strip_suffix("*/")
}

/// Compares two states of the catalogue and shows the lines in which they differ.
fn assert_same(after: &[String], before: &[String], what: &str) {
    let gone: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
    let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(gone.is_empty() && new.is_empty(), "{what}: gone {gone:#?}, new {new:#?}");
}

async fn in_a_transaction(client: &Client, name: &str, sql: &str) {
    if let Err(error) = client.batch_execute(&format!("BEGIN;\n{sql}\n;COMMIT")).await {
        panic!("{name}: {error:?}");
    }
}

fn as_postgresql_writes_it(ty: &str) -> String {
    ty.replace("varchar", "character varying").replace("timestamp", "timestamp with time zone")
}

#[tokio::test]
async fn every_column_of_the_specification_has_its_name_its_type_and_its_default() {
    let database = migrated_database().await;
    let client = database.client().await;
    let mut wrong = Vec::new();
    for (table, columns) in COLUMNS {
        let rows = client
            .query(
                "SELECT a.attname::TEXT, FORMAT_TYPE(a.atttypid, a.atttypmod), PG_GET_EXPR(d.adbin, d.adrelid)
                 FROM pg_attribute a
                 LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 WHERE a.attrelid = TO_REGCLASS($1) AND a.attnum > 0 AND NOT a.attisdropped",
                &[table],
            )
            .await
            .unwrap();
        let found: BTreeMap<String, (String, Option<String>)> =
            rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
        for (name, ty, default) in *columns {
            let expected = as_postgresql_writes_it(ty);
            match found.get(*name) {
                None => wrong.push(format!("{table}.{name} is missing")),
                Some((ty, _)) if *ty != expected && !(expected == "character varying" && ty.starts_with(&expected)) => {
                    wrong.push(format!("{table}.{name} is {ty}, not {expected}"));
                }
                Some((_, found)) if default.is_some() && found.as_deref() != *default => {
                    wrong.push(format!("{table}.{name} defaults to {found:?}, not {default:?}"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_index_of_the_specification_is_there_under_its_name() {
    let database = migrated_database().await;
    let client = database.client().await;
    let rows = client
        .query(
            "SELECT i.indrelid::REGCLASS::TEXT, c.relname::TEXT, i.indisunique, i.indpred IS NOT NULL, i.indisvalid,
                    i.indnatts::INTEGER
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relnamespace = 'public'::REGNAMESPACE",
            &[],
        )
        .await
        .unwrap();
    for (table, name, unique, partial) in INDEXES {
        let row = rows.iter().find(|row| row.get::<_, &str>(1) == *name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(row.get::<_, &str>(0), *table, "the table of {name}");
        assert_eq!(row.get::<_, bool>(2), *unique, "whether {name} is unique");
        assert!(partial.is_none_or(|partial| partial == row.get::<_, bool>(3)), "whether {name} is partial");
        assert!(row.get::<_, bool>(4), "{name} is not valid");
        let composite = ["idx_otp_phone_active", "idx_locations_country_city"].contains(name);
        assert!(!composite || row.get::<_, i32>(5) > 1, "{name} must be composite");
    }
}

#[tokio::test]
async fn the_two_vpn_tables_carry_the_sixteen_named_indexes_but_for_the_one_that_every_heartbeat_would_write() {
    let database = migrated_database().await;
    let found = lines(
        &database.client().await,
        "SELECT indexname::TEXT FROM pg_indexes
         WHERE tablename IN ('vpn_connections', 'vpn_statistics') AND STARTS_WITH(indexname, 'idx_') ORDER BY 1",
    )
    .await;
    let specified: Vec<String> = [
        ("vpn_connections", "username server_id status connected_at disconnected_at last_activity active user_history"),
        (
            "vpn_statistics",
            "username server_id connection_id started_at ended_at session_type user_history server_history",
        ),
    ]
    .iter()
    .flat_map(|(table, names)| names.split(' ').map(move |name| format!("idx_{table}_{name}")))
    .collect();
    assert_eq!(specified.len(), 16);
    let dropped: Vec<_> = specified.iter().filter(|name| !found.contains(name)).collect();
    // V11 says why.
    assert_eq!(dropped, ["idx_vpn_connections_last_activity"]);
    let added: Vec<_> = found.iter().filter(|name| !specified.contains(name)).collect();
    assert_eq!(
        added,
        ["idx_vpn_connections_live_address", "idx_vpn_connections_live_user", "idx_vpn_statistics_once_a_connection"]
    );
}

#[tokio::test]
async fn the_five_views_and_the_function_of_the_specification_exist() {
    let database = migrated_database().await;
    let client = database.client().await;
    let views = lines(&client, "SELECT viewname::TEXT FROM pg_views WHERE schemaname = 'public' ORDER BY 1").await;
    let expected = [
        "v_active_connections",
        "v_location_statistics",
        "v_server_statistics",
        "v_servers_with_locations",
        "v_user_statistics",
    ];
    let missing: Vec<_> = expected.iter().filter(|name| !views.iter().any(|view| view == *name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for view in views {
        client.query(&format!("SELECT * FROM {view}"), &[]).await.expect("a view that can be read");
    }
    // Called as the specification writes it, with and without a limit.
    let nearest = "SELECT COUNT(*)::TEXT FROM get_nearest_location(52.5::FLOAT8, 13.4::FLOAT8, 3)";
    assert_eq!(lines(&client, nearest).await, ["3"]);
    assert_eq!(lines(&client, &nearest.replace(", 3)", ")")).await, ["5"]);
}

#[tokio::test]
async fn the_fifteen_locations_are_there_by_name_country_and_code() {
    let database = migrated_database().await;
    let client = database.client().await;
    let rows = client
        .query("SELECT name, country, country_code::TEXT FROM server_locations ORDER BY location_id", &[])
        .await
        .unwrap();
    let found: Vec<(&str, &str, &str)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(found, LOCATIONS);
}

#[tokio::test]
async fn every_reference_of_the_specification_is_a_foreign_key() {
    let database = migrated_database().await;
    let found = lines(
        &database.client().await,
        "SELECT FORMAT('%s.%s -> %s.%s', c.conrelid::REGCLASS, a.attname, c.confrelid::REGCLASS, f.attname)
         FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
         WHERE c.contype = 'f' AND c.convalidated",
    )
    .await;
    for expected in [
        "user_sessions.user_id -> users.id",
        "vpn_connections.username -> users.username",
        "vpn_statistics.username -> users.username",
        "vpn_statistics.connection_id -> vpn_connections.id",
        "servers.location_id -> server_locations.location_id",
    ] {
        assert!(found.iter().any(|key| key == expected), "{expected} is missing from {found:#?}");
    }
}

#[tokio::test]
async fn every_timestamp_column_says_which_instant_it_means() {
    let database = migrated_database().await;
    let without = lines(
        &database.client().await,
        "SELECT FORMAT('%s.%s', table_name, column_name) FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'",
    )
    .await;
    assert!(without.is_empty(), "{without:#?}");
}

#[tokio::test]
async fn every_table_has_a_primary_key() {
    let database = migrated_database().await;
    let without = lines(
        &database.client().await,
        "SELECT relname::TEXT FROM pg_class c
         WHERE relnamespace = 'public'::REGNAMESPACE AND relkind IN ('r', 'p')
           AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = c.oid AND indisprimary)",
    )
    .await;
    assert!(without.is_empty(), "{without:#?}");
}

#[tokio::test]
async fn every_foreign_key_is_served_by_an_index_that_begins_with_it() {
    let database = migrated_database().await;
    let without = lines(
        &database.client().await,
        "SELECT FORMAT('%s on %s', c.conname, c.conrelid::REGCLASS) FROM pg_constraint c
         WHERE c.contype = 'f'
           AND NOT EXISTS (
               SELECT 1 FROM pg_index i
               WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indpred IS NULL
                 AND (i.indkey::INT2[])[0:CARDINALITY(c.conkey) - 1] = c.conkey
           )",
    )
    .await;
    assert!(without.is_empty(), "{without:#?}");
}

/// What docs/distribution.md relies on.
#[tokio::test]
async fn the_two_vpn_tables_can_be_spread_by_server() {
    let database = migrated_database().await;
    let client = database.client().await;
    let elsewhere = lines(
        &client,
        "SELECT FORMAT('%s: unique, and does not begin with server_id', i.indexrelid::REGCLASS)
         FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)
           AND i.indisunique AND NOT i.indisprimary AND a.attname <> 'server_id'
         UNION ALL
         SELECT FORMAT('%s.%s: an identity column', attrelid::REGCLASS, attname)
         FROM pg_attribute
         WHERE attrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS) AND attidentity <> ''
         UNION ALL
         SELECT FORMAT('%s: an id without a sequence', c.oid::REGCLASS)
         FROM pg_class c
         WHERE c.oid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)
           AND PG_GET_SERIAL_SEQUENCE(c.oid::REGCLASS::TEXT, 'id') IS NULL",
    )
    .await;
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    let unique = "SELECT COUNT(*)::TEXT FROM pg_index WHERE indisunique AND NOT indisprimary
                  AND indrelid IN ('vpn_connections'::REGCLASS, 'vpn_statistics'::REGCLASS)";
    assert_eq!(lines(&client, unique).await, ["2"], "the search finds them");
}

/// A statement that does not name the server would be sent to every machine.
#[test]
fn every_statement_of_a_node_names_its_server_wherever_it_reads_or_changes_what_is_spread() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/connections.sql");
    let queries = fs::read_to_string(path).expect("the file");
    let of_a_node = [
        "open",
        "mark_connected",
        "heartbeat",
        "close",
        "mark_error",
        "close_all_for_server",
        "close_all_for_address",
        "reap_stale",
    ];
    for name in of_a_node {
        let statement = queries
            .split("\n--! ")
            .find(|statement| statement.split([' ', '\n']).next() == Some(name))
            .unwrap_or_else(|| panic!("there is no {name}"));
        let mut touched = 0;
        // From one mention of a table to the end of the part of the statement that it stands in.
        let spread = ["vpn_connections", "vpn_statistics", "server_status"];
        for (place, _) in spread.iter().flat_map(|table| statement.match_indices(table)) {
            let before = statement[..place].trim_end();
            if !["FROM", "UPDATE", "JOIN"].iter().any(|word| before.ends_with(word)) {
                continue;
            }
            touched += 1;
            let part = statement[place..].split("\n)").next().unwrap_or_default();
            // The limit on a user's connections holds for all servers together.
            let of_the_user = part.contains("WHERE c.username = u.username");
            assert!(part.contains("server_id = :server_id") || of_the_user, "{name}: {part}");
        }
        // A function takes the server first; the next test holds what it does with it.
        touched += statement.matches("connection_").filter(|_| statement.contains("(\n    :server_id::TEXT,")).count();
        assert!(touched > 0, "{name} touches nothing");
    }
}

/// What lets a distributed database run the whole call where the server's rows are.
#[tokio::test]
async fn functions_for_nodes_take_the_server_first_and_touch_only_its_rows() {
    let database = migrated_database().await;
    let client = database.client().await;
    let spread =
        ["vpn_connections", "vpn_statistics", "server_status", "usage_hourly", "usage_totals", "usage_by_server"];
    for name in ["connection_open", "connection_heartbeat", "connection_end", "session_roll_up", "usage_roll_up"] {
        let function = "SELECT PG_GET_FUNCTION_ARGUMENTS(p.oid), l.lanname::TEXT, p.prosrc
                        FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.proname = $1";
        let function = client.query_one(function, &[&name]).await.expect("one function");
        let (arguments, language, source): (String, String, String) =
            (function.get(0), function.get(1), function.get(2));
        assert!(arguments.starts_with("server_id text, ") && language == "plpgsql", "{name}({arguments})");
        for (place, _) in source.match_indices("INSERT INTO") {
            let before = source[..place].trim_end();
            let is_a_statement = [";", "BEGIN", "THEN"].iter().any(|end| before.ends_with(end));
            assert!(is_a_statement, "{name}: INSERT inside another statement");
        }
        let server = format!("server_id = {name}.server_id");
        for (place, _) in spread.iter().flat_map(|table| source.match_indices(table)) {
            if ["FROM", "UPDATE", "JOIN"].iter().any(|word| source[..place].trim_end().ends_with(word)) {
                let rest = source[place..].split(';').next().unwrap_or_default();
                assert!(rest.contains(&server), "{name}: {rest}");
            }
        }
    }
}

#[tokio::test]
async fn no_column_name_stands_for_two_types() {
    let database = migrated_database().await;
    let twofold = lines(
        &database.client().await,
        "SELECT FORMAT('%s: %s', a.attname, STRING_AGG(DISTINCT FORMAT_TYPE(a.atttypid, a.atttypmod), ' and '))
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::REGNAMESPACE AND c.relkind IN ('r', 'p') AND a.attnum > 0
           AND NOT a.attisdropped
         GROUP BY a.attname
         HAVING COUNT(DISTINCT FORMAT_TYPE(a.atttypid, a.atttypmod)) > 1",
    )
    .await;
    assert!(twofold.is_empty(), "{twofold:#?}");
}

#[tokio::test]
async fn applying_every_migration_once_more_changes_nothing() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    let rows = lines(&client, "SELECT (l.*)::TEXT FROM server_locations l ORDER BY location_id").await;
    for (name, sql) in migration_files() {
        in_a_transaction(&client, &name, &sql).await;
    }
    assert_same(&catalogue(&client).await.unwrap(), &before, "applied twice");
    assert_eq!(lines(&client, "SELECT (l.*)::TEXT FROM server_locations l ORDER BY location_id").await, rows);
}

#[tokio::test]
async fn the_runner_applies_a_migration_once() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    let applied = migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(applied, []);
    assert_same(&catalogue(&client).await.unwrap(), &before, "run again");
    let history = lines(&client, &format!("SELECT version::TEXT FROM {HISTORY_TABLE} ORDER BY version")).await;
    assert_eq!(history.len(), migration_files().len());
}

#[test]
fn every_migration_ends_with_one_rollback_block() {
    for (name, sql) in migration_files() {
        let block = rollback_of(&sql).unwrap_or_else(|| panic!("{name} does not end with /* rollback … */"));
        assert!(!block.trim().is_empty(), "the rollback of {name} is empty");
        assert!(!block.contains("*/"), "{name} has something after its rollback block");
        assert_eq!(sql.matches("/* rollback").count(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_rollbacks_newest_first_leave_nothing_and_the_migrations_then_bring_everything_back() {
    let database = migrated_database().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    for (name, sql) in migration_files().iter().rev() {
        let block = rollback_of(sql).expect("checked by another test");
        in_a_transaction(&client, &format!("the rollback of {name}"), block).await;
    }
    assert_same(&catalogue(&client).await.unwrap(), &[], "rolled back");

    client.batch_execute(&format!("DROP TABLE {HISTORY_TABLE}")).await.unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_same(&catalogue(&client).await.unwrap(), &before, "migrated again");
}

#[tokio::test]
async fn each_rollback_undoes_its_own_migration_and_nothing_else() {
    let database = TestDatabase::empty().await;
    let client = database.client().await;
    for (name, sql) in migration_files() {
        let before = catalogue(&client).await.unwrap();
        in_a_transaction(&client, &name, &sql).await;
        let after = catalogue(&client).await.unwrap();
        assert!(before != after, "{name} does nothing");
        let block = rollback_of(&sql).expect("checked by another test");
        in_a_transaction(&client, &format!("the rollback of {name}"), block).await;
        assert_same(&catalogue(&client).await.unwrap(), &before, &format!("the rollback of {name}"));
        in_a_transaction(&client, &name, &sql).await;
        assert_same(&catalogue(&client).await.unwrap(), &after, &format!("{name} after its rollback"));
    }
}

#[tokio::test]
async fn a_rollback_of_the_archive_gives_its_rows_back() {
    let database = migrated_database().await;
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test');
             INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, ended_at)
             VALUES ('ada', 'node-1', 1, 2, NOW() - INTERVAL '100 days', NOW() - INTERVAL '99 days'),
                    ('ada', 'node-1', 10, 20, NOW(), NOW());",
        )
        .await
        .unwrap();
    let pool = database.pool().await;
    let moved = barqnet_db::queries::maintenance::archive_statistics();
    let keep_seconds = 90.0 * 86_400.0;
    assert_eq!(moved.bind(&pool.get().await.unwrap(), &keep_seconds, &10).await.unwrap(), 1);

    let all = "SELECT (s.*)::TEXT FROM vpn_statistics s ORDER BY id";
    assert_eq!(lines(&client, all).await.len(), 1);
    let (name, sql) = migration_files()
        .into_iter()
        .find(|(name, _)| name.contains("statistics_archive"))
        .expect("the archive's migration");
    in_a_transaction(&client, &name, rollback_of(&sql).expect("checked by another test")).await;
    assert_eq!(lines(&client, all).await.len(), 2);
    let sums = "SELECT FORMAT('%s %s', SUM(bytes_in), SUM(bytes_out)) FROM vpn_statistics";
    assert_eq!(lines(&client, sums).await, ["11 22"]);
}
