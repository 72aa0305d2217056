//! Every table, column, index and view of the specification is in the schema.

use std::collections::BTreeMap;

use crate::common::{migrated_database, text_rows};

/// A column's name, its type, and its default if one is written.
type Column = (&'static str, &'static str, Option<&'static str>);

/// The specification's tables and those of the Go service, except that ids are `bigint` instead of `integer` (V32).
/// `timestamp` stands for what V5 makes of it; a `varchar` without a length may have any.
const COLUMNS: &[(&str, &[Column])] = &[
    (
        "users",
        &[
            ("id", "bigint", Some("nextval('users_id_seq'::regclass)")),
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
            ("id", "bigint", Some("nextval('servers_id_seq'::regclass)")),
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
            ("id", "bigint", Some("nextval('audit_log_id_seq'::regclass)")),
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
            ("id", "bigint", Some("nextval('server_health_id_seq'::regclass)")),
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
            ("id", "bigint", Some("nextval('user_sessions_id_seq'::regclass)")),
            ("user_id", "bigint", None),
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
            ("id", "bigint", Some("nextval('otp_attempts_id_seq'::regclass)")),
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
            ("id", "bigint", Some("nextval('vpn_statistics_id_seq'::regclass)")),
            ("username", "varchar(255)", None),
            ("server_id", "varchar(255)", None),
            ("bytes_in", "bigint", None),
            ("bytes_out", "bigint", None),
            ("duration_seconds", "integer", None),
            ("connection_id", "bigint", None),
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
            ("id", "bigint", Some("nextval('vpn_connections_id_seq'::regclass)")),
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
async fn every_index_of_the_specification_exists_under_its_name() {
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
async fn the_vpn_tables_have_the_named_indexes_except_four_that_cost_more_than_they_serve() {
    let database = migrated_database().await;
    let found = text_rows(
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
    // V11, V63 and V65 say why.
    assert_eq!(
        dropped,
        [
            "idx_vpn_connections_username",
            "idx_vpn_connections_server_id",
            "idx_vpn_connections_status",
            "idx_vpn_connections_last_activity"
        ]
    );
    let added: Vec<_> = found.iter().filter(|name| !specified.contains(name)).collect();
    assert_eq!(
        added,
        [
            "idx_vpn_connections_client_addresses",
            "idx_vpn_connections_live_address",
            "idx_vpn_connections_live_address6",
            "idx_vpn_connections_live_user",
            "idx_vpn_statistics_once_a_connection",
            "idx_vpn_statistics_report_key"
        ]
    );
}

#[tokio::test]
async fn the_five_views_and_the_function_of_the_specification_exist() {
    let database = migrated_database().await;
    let client = database.client().await;
    let views = text_rows(&client, "SELECT viewname::TEXT FROM pg_views WHERE schemaname = 'public' ORDER BY 1").await;
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
    assert_eq!(text_rows(&client, nearest).await, ["3"]);
    assert_eq!(text_rows(&client, &nearest.replace(", 3)", ")")).await, ["5"]);
}

#[tokio::test]
async fn the_fifteen_locations_exist_by_name_country_and_code() {
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
    let found = text_rows(
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
