//! Vacuuming tables and rebuilding indexes.

use barqnet_db::{
    maintenance as upkeep,
    maintenance::{MaintenancePolicy, run_all, task},
    pool::{self, Pool},
    queries::maintenance,
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_sql, migrated_database, scalar};

#[tokio::test]
async fn a_table_is_vacuumed_once_enough_of_it_has_changed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let vacuum = [task("vacuum").unwrap()];
    let vacuumed = async || {
        let report = upkeep::run(&pool, &MaintenancePolicy::default(), &vacuum, &mut |_| {}).await;
        assert_eq!(report.failed().count(), 0, "{report:#?}");
        report.tasks[0].done
    };
    assert_eq!(vacuumed().await, 0, "nothing has changed");
    for table in ["audit_log", "server_health", "user_sessions"] {
        execute_sql(&database, &format!("ALTER TABLE {table} SET (autovacuum_enabled = FALSE)")).await;
    }
    let add = "INSERT INTO audit_log (action, server_id) SELECT 'login', 'node-1' FROM GENERATE_SERIES(1, {})";
    execute_sql(&database, &add.replace("{}", "900")).await;
    execute_sql(
        &database,
        "INSERT INTO server_health (server_id, status) SELECT 'n', 'ok' FROM GENERATE_SERIES(1, 2000)",
    )
    .await;
    execute_sql(&database, "DELETE FROM server_health").await;
    // What a session did is added up when it ends, or a moment later.
    let told = "SELECT COUNT(*) FROM pg_stat_user_tables WHERE (relname, n_tup_ins) IN (('audit_log', 900), ('server_health', 2000))
                AND (relname = 'audit_log' OR n_tup_del = 2000)";
    while scalar(&database, told).await < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(vacuumed().await, 1, "server_health; 900 rows are not many");
    let times =
        "SELECT COALESCE(SUM(vacuum_count), 0)::BIGINT FROM pg_stat_user_tables WHERE relname = 'server_health'";
    while scalar(&database, times).await < 1 {
        tokio::task::yield_now().await;
    }
    while vacuumed().await > 0 {
        tokio::task::yield_now().await;
    }
    // The limit on statements is back.
    let limit = pool.get().await.unwrap().query_one("SHOW statement_timeout", &[]).await.unwrap();
    assert_eq!(limit.get::<_, &str>(0), "30s");
}

#[tokio::test]
async fn indexes_of_sessions_are_rebuilt_only_on_request() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let indexes = "SELECT SUM(c.oid::BIGINT)::BIGINT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                   WHERE i.indrelid = 'user_sessions'::REGCLASS AND i.indisvalid";
    let before = scalar(&database, indexes).await;
    assert!(run_all(&pool, &MaintenancePolicy::default()).await.of("reindex").is_none());
    assert_eq!(scalar(&database, indexes).await, before);
    let reindex = [task("reindex").unwrap()];
    let report = upkeep::run(&pool, &MaintenancePolicy::default(), &reindex, &mut |_| {}).await;
    assert_eq!((report.failed().count(), report.tasks[0].done), (0, 1));
    assert_ne!(scalar(&database, indexes).await, before);
}

#[tokio::test]
async fn indexes_are_rebuilt_outside_transactions_only() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let mut client = pool.get().await.unwrap();
    let tables = &["users", "audit_log"].as_slice();
    assert!(maintenance::tables_to_vacuum().bind(&client, tables).all().await.unwrap().is_empty());
    let indexes = "SELECT SUM(c.oid::BIGINT)::BIGINT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                   WHERE i.indrelid = 'user_sessions'::REGCLASS AND i.indisvalid";
    let before = scalar(&database, indexes).await;
    maintenance::reindex_sessions().bind(&client).await.unwrap();
    assert_ne!(scalar(&database, indexes).await, before, "the indexes are new ones");

    let transaction = client.transaction().await.unwrap();
    let error = maintenance::reindex_sessions().bind(&transaction).await.unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("25001"), "{error}");
    assert_eq!(error.statement(), "maintenance.reindex_sessions");
}

#[tokio::test]
async fn a_table_that_the_role_may_not_vacuum_is_not_counted_as_done() {
    let database = migrated_database().await;
    let role = format!("{}_keeper", database.name());
    execute_sql(&database, &format!("CREATE ROLE {role} LOGIN")).await;
    execute_sql(&database, &format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")).await;
    execute_sql(&database, "ALTER TABLE server_health SET (autovacuum_enabled = FALSE)").await;
    execute_sql(
        &database,
        "INSERT INTO server_health (server_id, status) SELECT 'n', 'ok' FROM GENERATE_SERIES(1, 2000)",
    )
    .await;
    let told = "SELECT COUNT(*) FROM pg_stat_user_tables WHERE relname = 'server_health' AND n_tup_ins = 2000";
    while scalar(&database, told).await < 1 {
        tokio::task::yield_now().await;
    }
    let keeper = pool::connect(database.settings().user(&role)).await.unwrap();
    let vacuum = [task("vacuum").unwrap()];
    let of = async |pool: &Pool| {
        let report = upkeep::run(pool, &MaintenancePolicy::default(), &vacuum, &mut |_| {}).await;
        assert_eq!(report.failed().count(), 0, "{report:#?}");
        report.tasks[0].done
    };
    assert_eq!(of(&keeper).await, 0);
    // A member of the owner's role has its rights.
    execute_sql(&database, &format!("ALTER TABLE server_health OWNER TO {role}")).await;
    assert_eq!(of(&keeper).await, 1);
    keeper.close();
    execute_sql(&database, &format!("ALTER TABLE server_health OWNER TO {}", database_owner(&database).await)).await;
    execute_sql(&database, &format!("DROP OWNED BY {role}")).await;
    execute_sql(&database, &format!("DROP ROLE {role}")).await;
}

async fn database_owner(database: &TestDatabase) -> String {
    let owner = "SELECT datdba::REGROLE::TEXT FROM pg_database WHERE datname = CURRENT_DATABASE()";
    database.client().await.query_one(owner, &[]).await.unwrap().get(0)
}
