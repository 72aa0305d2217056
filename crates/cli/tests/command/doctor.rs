//! `doctor`.

use barqnet_db_testing::TestDatabase;

use crate::program::{migrated_database, on, program, run};

#[tokio::test]
async fn a_healthy_database_exits_with_0_and_a_problem_with_1() {
    let database = migrated_database().await;
    let healthy = run(&mut on(&database, ["doctor"])).ended_with(0);
    assert!(healthy.stdout.starts_with("ok       PostgreSQL 1"), "{healthy:?}");
    assert!(healthy.stdout.contains("\n0 problems and 0 warnings on database "), "{healthy:?}");
    assert!(healthy.stderr.is_empty(), "{healthy:?}");

    database.client().await.batch_execute("DROP INDEX idx_users_active").await.unwrap();
    let ill = run(&mut on(&database, ["doctor"])).ended_with(1);
    assert!(ill.stdout.contains("\nproblem  index users.idx_users_active is missing: CREATE INDEX"), "{ill:?}");
    assert!(ill.stdout.contains("\n1 problem and 0 warnings on "), "{ill:?}");
}

#[test]
fn the_sql_of_the_roles_is_printed_without_a_database() {
    let printed = run(program(["doctor", "--sql"]).env("PGHOST", "/nonexistent")).ended_with(0);
    assert_eq!(printed.stdout, barqnet_db::doctor::ROLES);
    run(program(["doctor", "--sql", "--json"]).env("PGHOST", "/nonexistent")).ended_with(2);
}

#[tokio::test]
async fn doctors_json_has_these_fields() {
    let database = migrated_database().await;
    let finished = run(&mut on(&database, ["doctor", "--json"])).ended_with(0);
    let document: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let first = document["findings"][0]["what"].as_str().unwrap();
    assert!(first.starts_with("PostgreSQL "), "{first}");
    let begins = format!(
        "{{\n  \"worst\": \"ok\",\n  \"findings\": [\n    {{\n      \"severity\": \"ok\",\n      \"what\": \"{first}\",\n      \"advice\": null\n    }},\n"
    );
    assert!(finished.stdout.starts_with(&begins), "{finished:?}");
}

#[tokio::test]
async fn status_plan_and_doctor_work_where_nothing_can_be_written() {
    let database = TestDatabase::empty().await;
    for (arguments, code) in [(["status", "--json"], 4), (["plan", "--json"], 4), (["doctor", "--json"], 0)] {
        let read_only = "-c default_transaction_read_only=on";
        run(on(&database, arguments).env("PGOPTIONS", read_only)).ended_with(code);
    }
    let relations = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE";
    let count: i64 = database.client().await.query_one(relations, &[]).await.unwrap().get(0);
    assert_eq!(count, 0);
}
