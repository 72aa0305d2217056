//! What is not distributed, and stays as it is.

use barqnet_db::{
    distribution::{Error, Refusal, Shape, distribute, plan, shape},
    embedded,
    migrate::{Drift, catalogue, drift, migrate},
};
use barqnet_db_testing::{
    TestDatabase,
    cluster::{has_cluster, node_settings, require_cluster},
};

use crate::common::{execute_sql, migrated_database, text_rows};

#[tokio::test]
async fn a_server_without_citus_is_refused_with_what_to_do() {
    if has_cluster() {
        return;
    }
    let database = migrated_database().await;
    let found = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!((found.shape, found.refusals.as_slice()), (Shape::Plain, &[Refusal::NoCitus][..]));
    let refused = distribute(&database.settings(), &embedded::migrations()).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused(why) if *why == [Refusal::NoCitus]), "{refused}");
    assert!(refused.to_string().contains("CREATE EXTENSION citus"), "{refused}");
    assert_eq!(shape(&database.client().await).await.unwrap(), Shape::Plain);
}

#[tokio::test]
async fn a_database_without_the_migrations_is_refused() {
    let database = TestDatabase::empty().await;
    let found = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    let pending = |refusal: &Refusal| matches!(refusal, Refusal::Migrations(text) if text.contains("migrate first"));
    assert!(found.refusals.iter().any(pending), "{found}");
}

#[tokio::test]
async fn a_database_that_a_newer_program_migrated_is_refused() {
    let database = TestDatabase::migrated(&embedded::migrations()).await;
    let newer = "INSERT INTO schema_migrations SELECT 9999, 'newer', applied_on, checksum FROM schema_migrations WHERE version = 1";
    execute_sql(&database, newer).await;
    let found = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    let ahead = |refusal: &Refusal| matches!(refusal, Refusal::Migrations(text) if text.contains("V9999__newer"));
    assert!(found.refusals.iter().any(ahead), "{found}");
}

/// A migrated database of the cluster that is not distributed.
async fn plain_on_cluster() -> TestDatabase {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    database
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn what_does_not_fit_is_refused_by_name_and_nothing_is_changed() {
    let database = plain_on_cluster().await;
    let client = database.client().await;
    let before = catalogue(&client).await.unwrap();
    let changes =
        "CREATE TABLE notes (connection_id BIGINT CONSTRAINT notes_connection REFERENCES vpn_connections (id));
                   CREATE FUNCTION note() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
                   CREATE TRIGGER note AFTER INSERT ON usage_daily FOR EACH ROW EXECUTE FUNCTION note();
                   CREATE UNIQUE INDEX idx_notes ON vpn_statistics (id, username);
                   ALTER TABLE usage_totals ADD CONSTRAINT one_total EXCLUDE (username WITH =);
                   CREATE TABLE offices (id BIGINT PRIMARY KEY);
                   ALTER TABLE server_status ADD office BIGINT CONSTRAINT status_office REFERENCES offices (id);
                   INSERT INTO users (username, created_by) VALUES ('ada', 'api');
                   INSERT INTO vpn_connections (id, username, server_id) VALUES (7, 'ada', 'node-1');
                   ALTER TABLE vpn_statistics DISABLE TRIGGER USER;
                   INSERT INTO vpn_statistics (username, server_id, connection_id) VALUES ('ada', 'node-2', 7);
                   ALTER TABLE vpn_statistics ENABLE TRIGGER USER";
    client.batch_execute(changes).await.unwrap();
    let named = |name: &str, table: &str| (name.to_owned(), table.to_owned());
    let foreign_key = |name: &str, table: &str, references: &str| {
        let (name, table) = named(name, table);
        Refusal::ForeignKey { name, table, references: references.to_owned() }
    };
    let index = |name: &str, table: &str| {
        let (name, table) = named(name, table);
        Refusal::UniqueIndex { name, table }
    };
    let trigger = named("note", "usage_daily");
    let Error::Refused(refusals) = distribute(&database.settings(), &embedded::migrations()).await.unwrap_err() else {
        panic!("it is refused");
    };
    assert_eq!(
        refusals,
        [
            foreign_key("notes_connection", "notes", "vpn_connections"),
            foreign_key("status_office", "server_status", "offices"),
            Refusal::Trigger { name: trigger.0, table: trigger.1 },
            index("idx_notes", "vpn_statistics"),
            index("one_total", "usage_totals"),
            Refusal::Rows(1),
        ]
    );
    assert_eq!(shape(&client).await.unwrap(), Shape::Plain);

    // A role that does not own the tables is told before anything else of the schema.
    let role = format!("{}_reader", database.name());
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN; GRANT pg_read_all_data TO {role}")).await.unwrap();
    let refused = distribute(&database.settings().user(&role), &embedded::migrations()).await.unwrap_err();
    let expected = format!("the role {role} does not own server_status: connect as ");
    assert!(refused.to_string().contains(&expected), "{refused}");
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();

    // What no check foresees fails, and the whole is rolled back.
    client
        .batch_execute(
            "DROP TABLE notes; DROP TRIGGER note ON usage_daily; DROP FUNCTION note; DROP INDEX idx_notes;
             ALTER TABLE usage_totals DROP CONSTRAINT one_total; ALTER TABLE server_status DROP office; DROP TABLE offices;
             DELETE FROM vpn_statistics; CREATE TABLE child () INHERITS (usage_daily)",
        )
        .await
        .unwrap();
    let failed = distribute(&database.settings(), &embedded::migrations()).await.unwrap_err();
    assert!(matches!(failed, Error::Database { .. }), "{failed}");
    assert!(failed.to_string().starts_with("distributing the tables failed and was rolled back: "), "{failed}");
    client.batch_execute("DROP TABLE child").await.unwrap();
    assert_eq!(catalogue(&client).await.unwrap(), before);

    distribute(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(drift(&client).await.unwrap(), Drift::None);
    assert_eq!(text_rows(&client, "SELECT server_id FROM vpn_connections").await, ["node-1"]);
    let copied = "SELECT PG_RELATION_SIZE('vpn_connections')::TEXT";
    assert_eq!(text_rows(&client, copied).await, ["0"], "no copy stays on the coordinator");
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_cluster_that_does_not_fit_is_refused_with_what_to_do() {
    let database = plain_on_cluster().await;
    let client = database.client().await;
    let on_worker = plan(&node_settings(1, database.name()), &embedded::migrations()).await.unwrap();
    assert!(on_worker.refusals.contains(&Refusal::IsWorker), "{on_worker}");
    client
        .batch_execute("SELECT citus_remove_node(nodename, nodeport) FROM pg_dist_node WHERE groupid > 0")
        .await
        .unwrap();
    let alone = plan(&database.settings(), &embedded::migrations()).await.unwrap();
    assert_eq!(alone.refusals, [Refusal::NoWorkers], "{alone}");
    let version = text_rows(&client, "SELECT extversion FROM pg_extension WHERE extname = 'citus'").await.remove(0);
    let set_version =
        |version: &str| format!("UPDATE pg_extension SET extversion = '{version}' WHERE extname = 'citus'");
    client.batch_execute(&set_version("11.3-1")).await.unwrap();
    let old = plan(&database.settings(), &embedded::migrations()).await;
    client.batch_execute(&set_version(&version)).await.unwrap();
    assert!(old.as_ref().is_ok_and(|old| old.refusals.contains(&Refusal::OldCitus("11.3-1".to_owned()))), "{old:?}");
}
