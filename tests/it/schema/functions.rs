//! Functions find the tables of their own schema, whatever the caller's `search_path` is.

use barqnet_db::{
    pool,
    sessions::{CreateOutcome, Device, SessionPolicy, create},
};

use crate::common::{execute_sql, migrated_database, scalar, text_rows, user};

/// Functions that read no table: most are inlined by the planner, which takes only functions without settings.
const INLINED: [&str; 22] = [
    "account_is_usable",
    "counter_increase",
    "counter_known",
    "haversine_km",
    "hour_of_usage",
    "is_calendar_time",
    "max_plausible_increase",
    "name_hash",
    "nearest_location_is_indexed",
    "otp_within",
    "plain_address",
    "rate_bucket",
    "rate_counts_at",
    "rate_counts_without",
    "rate_part",
    "rate_shift",
    "rate_wait",
    "replace_word",
    "report_base",
    "report_is_plausible",
    "seconds_between",
    "session_is_live",
];

#[tokio::test]
async fn every_function_that_reads_or_writes_tables_has_a_search_path() {
    let database = migrated_database().await;
    let without = text_rows(
        &database.client().await,
        "SELECT p.proname::TEXT
         FROM pg_proc p
         WHERE p.pronamespace = 'public'::REGNAMESPACE
           AND NOT EXISTS (
               SELECT FROM pg_depend d
               WHERE d.classid = 'pg_proc'::REGCLASS AND d.objid = p.oid AND d.deptype IN ('e', 'x'))
           AND NOT EXISTS (SELECT FROM UNNEST(p.proconfig) AS setting WHERE setting = 'search_path=public, pg_temp')
         ORDER BY 1",
    )
    .await;
    assert_eq!(without, INLINED);
}

#[tokio::test]
async fn a_schema_or_a_temporary_table_in_front_is_not_used_by_functions() {
    let database = migrated_database().await;
    let shadow = "CREATE SCHEMA shadow;
                  CREATE TABLE shadow.user_sessions (LIKE public.user_sessions INCLUDING ALL);
                  CREATE TABLE shadow.session_token_history (LIKE public.session_token_history)";
    database.client().await.batch_execute(shadow).await.unwrap();
    let settings = database.settings().options("-c search_path=shadow,public").max_size(1);
    let pool = pool::connect(settings).await.unwrap();
    let client = pool.get().await.unwrap();
    let ada = user(&client, "ada").await;
    client.batch_execute("CREATE TEMPORARY TABLE audit_log (LIKE public.audit_log)").await.unwrap();
    let created = create(&client, ada, &Device::default(), &SessionPolicy::default()).await.unwrap();
    assert!(matches!(created, CreateOutcome::Created(..)), "{created:?}");
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM shadow.user_sessions").await, 0);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM public.user_sessions").await, 1);
}

#[tokio::test]
async fn functions_of_a_schema_of_another_name_find_its_tables() {
    let database = barqnet_db_testing::TestDatabase::empty().await;
    execute_sql(&database, "CREATE SCHEMA vpn_1").await;
    let settings = database.settings().options("-c search_path=vpn_1");
    barqnet_db::migrate::migrate(&settings, &barqnet_db::embedded::migrations()).await.unwrap();
    let (client, _) = settings.connect_client().await.unwrap();
    let insert = "INSERT INTO users (username, server_id, created_by) VALUES ('ada', 'node-1', 'test')";
    client.execute(insert, &[]).await.unwrap();
    let create = "SELECT outcome FROM vpn_1.session_create(1, 'hash', NULL, NULL, NULL, NULL, 60, 60, 5, TRUE, NULL)";
    // From a session that has another path.
    let outcome = text_rows(&database.client().await, create).await;
    assert_eq!(outcome, ["created"]);
}
