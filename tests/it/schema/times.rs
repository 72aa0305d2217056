//! Times are in the years 1 to 9999, so that every page can be read.

use barqnet_db::{
    client::GenericClient,
    doctor::{self, Severity},
    embedded,
    migrate::migrate,
    queries::{connections, sessions, users},
    refinery::Target,
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, scalar, text_rows};

/// A database of the release before times were constrained.
async fn database_before() -> TestDatabase {
    let database = TestDatabase::empty().await;
    let mut client = database.client().await;
    embedded::migrations::runner().set_target(Target::Version(25)).run_async(&mut client).await.unwrap();
    database
}

/// Reads every page that shows the rows of these tests.
async fn read_pages(client: &impl GenericClient) -> Vec<Option<i32>> {
    let page = users::list().bind(client, &0, &100).all().await.unwrap();
    for user in &page {
        sessions::list_by_user().bind(client, &user.id, &i64::MAX, &100).all().await.unwrap();
        connections::history_by_user().bind(client, &user.username.as_str(), &i64::MAX, &100).all().await.unwrap();
    }
    page.iter().map(|user| user.expires_at.map(|at| chrono::Datelike::year(&at))).collect()
}

async fn add_users(client: &Client) {
    let add = "INSERT INTO users (username, server_id, created_by, expires_at, last_access)
               SELECT 'user-' || n, 'node-1', 'test', t.at::TIMESTAMPTZ, t.at::TIMESTAMPTZ
               FROM UNNEST(ARRAY['infinity', '-infinity', '294000-01-01', '4000-01-01 BC', '9999-12-31', '0001-01-01', NULL])
                    WITH ORDINALITY AS t (at, n);
               INSERT INTO user_sessions (user_id, token_hash, expires_at, created_at)
               SELECT id, username, COALESCE(expires_at, 'infinity'), expires_at FROM users;
               INSERT INTO vpn_connections (username, server_id, connected_at, last_activity)
               SELECT username, 'node-1', expires_at, expires_at FROM users";
    client.batch_execute(add).await.unwrap();
}

#[tokio::test]
async fn pages_of_an_older_database_with_infinite_and_far_times_can_be_read() {
    let database = database_before().await;
    let client = database.client().await;
    add_users(&client).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let pool = database.pool().await;
    let years = read_pages(&pool.get().await.unwrap()).await;
    // An account that expires after the year 9999 never does.
    assert_eq!(years, [None, Some(1), None, Some(1), Some(9999), Some(1), None]);
    let changes = text_rows(
        &client,
        "SELECT FORMAT('%s %s: %s -> %s', column_name, row_id, original, COALESCE(changed_to, 'NULL'))
         FROM adoption_changes WHERE table_name = 'users' ORDER BY column_name, row_id",
    )
    .await;
    assert_eq!(
        changes,
        [
            "expires_at 1: infinity -> NULL",
            "expires_at 2: -infinity -> 0001-01-01 00:00:00+00",
            "expires_at 3: 294000-01-01 00:00:00+00 -> NULL",
            "expires_at 4: 4000-01-01 00:00:00+00 BC -> 0001-01-01 00:00:00+00",
            "last_access 1: infinity -> 9999-12-31 23:59:59.999999+00",
            "last_access 2: -infinity -> 0001-01-01 00:00:00+00",
            "last_access 3: 294000-01-01 00:00:00+00 -> 9999-12-31 23:59:59.999999+00",
            "last_access 4: 4000-01-01 00:00:00+00 BC -> 0001-01-01 00:00:00+00",
        ]
    );
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM pg_constraint WHERE NOT convalidated").await, 0);
}

#[tokio::test]
async fn a_time_outside_the_years_1_to_9999_is_refused_in_every_table_that_pages_are_read_from() {
    let database = migrated_database().await;
    let client = database.client().await;
    let unchecked = text_rows(
        &client,
        "SELECT FORMAT('%s.%s', c.relname, a.attname)
         FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.atttypid = 'timestamptz'::REGTYPE AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::REGNAMESPACE AND c.relkind = 'r' AND NOT STARTS_WITH(c.relname::TEXT, 'schema_migration')
           AND NOT EXISTS (
               SELECT FROM pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
                 AND (STRPOS(PG_GET_CONSTRAINTDEF(k.oid), FORMAT('is_calendar_time(%I)', a.attname)) > 0
                      OR PG_GET_CONSTRAINTDEF(k.oid) ~ FORMAT('LEAST\\([^)]*\\m%s\\M[^)]*\\).*GREATEST\\([^)]*\\m%1$s\\M', a.attname)))
         ORDER BY 1",
    )
    .await;
    assert_eq!(
        unchecked,
        [
            // Written by functions only, from the clock.
            "otp_budgets.empty_at",
            "otp_challenges.code_expires_at",
            "otp_challenges.code_sent_at",
            "otp_challenges.known_locked_until",
            "otp_challenges.locked_until",
            "otp_codes.created_at",
            "otp_codes.expires_at",
            "otp_numbers.quiet_since",
            "otp_tickets.created_at",
            "otp_tickets.expires_at",
            "password_failures.failed_at",
            "password_failures.known_locked_until",
            "password_failures.locked_until",
            "rate_counters.updated_at",
            "rate_returns.used_at",
            "session_token_history.replaced_at",
            // -infinity is the hour of usage without a time, which is in no period.
            "usage_by_server.hour",
            "usage_hourly.hour",
            // Copies of users.expires_at.
            "users.expired_at",
            "vpn_connections.account_expires_at",
            "vpn_connections.counted_at",
            "vpn_connections.usage_hour",
        ]
    );
    let insert =
        "INSERT INTO users (username, server_id, created_by, expires_at) VALUES ('ada', 'node-1', 'test', 'infinity')";
    let error = client.execute(insert, &[]).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("chk_users_times"));
}

#[tokio::test]
async fn a_row_that_cannot_be_changed_stays_and_is_reported() {
    let database = database_before().await;
    // A latitude that an older database had, and that no new row may have.
    execute_sql(&database, "ALTER TABLE server_locations DROP CONSTRAINT chk_server_locations_latitude").await;
    execute_sql(
        &database,
        "INSERT INTO server_locations (name, country, city, country_code, latitude, created_at)
         VALUES ('Nowhere', 'Nowhere', 'Nowhere', 'ZZ', 91, 'infinity')",
    )
    .await;
    let not_valid = "ALTER TABLE server_locations
                     ADD CONSTRAINT chk_server_locations_latitude CHECK (latitude BETWEEN -90 AND 90) NOT VALID";
    execute_sql(&database, not_valid).await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    let kept = "SELECT COUNT(*) FROM server_locations WHERE created_at = 'infinity'";
    assert_eq!(scalar(&database, kept).await, 1);
    let findings = doctor::examine(&database.settings(), &embedded::migrations()).await.unwrap();
    let times =
        "constraint chk_server_locations_times of server_locations holds for new rows only: 1 older row violates it";
    let found = findings.iter().find(|finding| finding.what == times).unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(found.severity, Severity::Warning);
}
