//! `distribute`, on a server without Citus: tests/it/distribution has the rest.

use serde_json::{Value, json};

use crate::program::{migrated_database, on, run};

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
