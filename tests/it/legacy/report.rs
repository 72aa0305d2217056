//! The report on a converted database: every changed value and every row that breaks a constraint.

use barqnet_db::{
    embedded,
    legacy::report,
    migrate::migrate,
    queries::{audit, sessions, users},
};

use super::support::{A, B_002_TO_004, build, lost, one_text, remember, run, schema};
use crate::common::{migrated_database, text_rows};

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
            (&*format!("vpn_statistics.duration_seconds was changed (broke a constraint); {originals}"), 1),
            (&*format!("vpn_statistics: fk_vpn_statistics_username {not_valid}"), 2),
        ]
    );
    let changes = text_rows(
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
            "duration_seconds 4: -7 -> 0",
            "latitude 5: 999.999999 -> NULL",
            "status 4: active -> disconnected",
        ]
    );
}

/// Times without end, which PostgreSQL has and the driver's types have not.
#[tokio::test]
async fn infinite_times_are_replaced_and_their_originals_kept() {
    for fixture in [&A, &B_002_TO_004] {
        let database = build(fixture, None).await;
        let client = database.client().await;
        let columns = text_rows(
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
        let client = pool.get().await.unwrap();
        let ada = users::by_username().bind(&client, &"ada").one().await.unwrap();
        assert!(audit::recent().bind(&client, &i64::MAX, &100).all().await.unwrap().len() > 1);
        sessions::list_by_user().bind(&client, &ada.id, &i64::MAX, &100).all().await.unwrap();
        let reasons = "SELECT DISTINCT reason FROM adoption_changes WHERE original LIKE '%infinity'";
        assert_eq!(text_rows(&database.client().await, reasons).await, ["not in the years 1 to 9999"]);
    }
}

#[tokio::test]
async fn a_duplicate_token_hash_is_listed() {
    let database = build(&B_002_TO_004, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let report = report(&database.settings()).await.unwrap();
    let listed =
        report.exceptions.iter().find(|exception| exception.what.contains("user_sessions.token_hash was changed"));
    assert_eq!(listed.map(|exception| exception.rows), Some(1), "{report:#?}");
}

#[tokio::test]
async fn new_columns_have_the_values_of_the_old_ones() {
    let database = build(&A, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let client = database.client().await;
    run(&client, "the zone", "SET TimeZone = 'UTC'").await;
    let usage = "SELECT FORMAT('%s to %s, %s', started_at, ended_at, session_type) FROM vpn_statistics WHERE id = 1";
    assert_eq!(one_text(&client, usage).await, "2024-01-15 10:30:00+00 to 2024-01-15 11:30:00+00, vpn");
    let connection = "SELECT FORMAT('%s %s', client_ip, last_activity) FROM vpn_connections WHERE id = 1";
    assert_eq!(one_text(&client, connection).await, "198.51.100.4 2024-01-15 11:30:00+00");

    let database = build(&B_002_TO_004, None).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let client = database.client().await;
    run(&client, "the zone", "SET TimeZone = 'UTC'").await;
    let users = "SELECT FORMAT('%s %s %s %s', username, COALESCE(active::TEXT, 'NULL'), created_by, server_id)
                 FROM users ORDER BY id";
    assert_eq!(
        text_rows(&client, users).await,
        ["ada true unknown node-1", "idle false unknown ", "bare NULL unknown "]
    );
    let audit = "SELECT FORMAT('%s %s %s %s', timestamp, username, server_id, details) FROM audit_log ORDER BY id";
    assert_eq!(
        text_rows(&client, audit).await,
        [
            r#"2024-01-15 10:30:00+00 ada unknown {"a": "ü \" \n", "b": [1, 2.50, null]}"#,
            "  unknown ",
            r#"2024-03-31 02:30:00+00 idle unknown "text""#,
            "2024-03-31 02:30:00+00 bare unknown null",
        ]
    );
}

#[tokio::test]
async fn objects_that_an_operator_added_are_kept() {
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
    assert_eq!(one_text(&client, &right).await, "true");
    // A column that the product no longer fills is no longer NOT NULL.
    let new = "INSERT INTO users (username, server_id, created_by) VALUES ('new', 'node-1', 'test')";
    run(&client, "a new account", new).await;
    run(&client, "the role", &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_new_database_has_an_empty_report() {
    let database = migrated_database().await;
    let report = report(&database.settings()).await.unwrap();
    assert!(report.exceptions.is_empty() && report.kept.is_empty(), "{report:#?}");
}
