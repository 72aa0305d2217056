//! `distribute`, on a server without Citus and on a cluster: tests/it/distribution has the rest.

use barqnet_db_testing::{
    TestDatabase,
    cluster::{drop_role, require_cluster},
};
use serde_json::{Value, json};

use crate::program::{migrated_database, on, program, run};

#[tokio::test]
async fn a_server_without_citus_is_refused_before_anything_changes() {
    let database = migrated_database().await;
    for flag in ["--dry-run", "--yes"] {
        run(&mut on(&database, ["distribute", flag])).failed_with(1, "CREATE EXTENSION citus");
        let as_json = run(&mut on(&database, ["distribute", flag, "--json"])).ended_with(1).stdout;
        let as_json: Value = serde_json::from_str(&as_json).expect("a document");
        assert_eq!((&as_json["distributed"], &as_json["changed"]), (&json!(false), &json!(false)));
        assert_eq!(as_json["refusals"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
#[ignore = "needs a cluster: make citus"]
async fn a_cluster_gets_the_tables_of_their_owner_once_after_a_plan() {
    require_cluster();
    let database = TestDatabase::on_cluster().await;
    let role = format!("{}_owner", database.name());
    // No superuser. Citus passes the role on, and not its right.
    let superuser = database.client().await;
    superuser.batch_execute(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    let grant = format!("GRANT CREATE ON SCHEMA public TO {role}");
    superuser.batch_execute(&format!("{grant}; SELECT run_command_on_workers('{grant}')")).await.unwrap();
    let as_owner = |arguments: &[&'static str]| {
        let mut command = program(arguments.iter().copied());
        command.env("DATABASE_URL", format!("{}?user={role}", database.url()));
        run(&mut command)
    };

    as_owner(&["migrate"]).ended_with(0);
    let plan = as_owner(&["distribute", "--dry-run"]).ended_with(0).stdout;
    assert!(plan.contains("by server_id, 8 shards each:") && plan.ends_with("nothing was changed\n"), "{plan}");
    let done = as_owner(&["distribute", "--yes"]).ended_with(0).stdout;
    let last = done.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("distributed ") && done.starts_with("the rows that nodes write are on one server\n"),
        "{done}"
    );
    let again = as_owner(&["distribute", "--yes", "--json"]).ended_with(0).stdout;
    let again: Value = serde_json::from_str(&again).expect("a document");
    assert_eq!((&again["distributed"], &again["changed"]), (&json!(true), &json!(false)));
    let status = as_owner(&["status"]).ended_with(0).stderr;
    assert!(status.contains("distributed by server"), "{status}");
    drop((superuser, database));
    drop_role(&role).await;
}
