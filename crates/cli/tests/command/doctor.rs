//! `doctor`.

use std::fs;

use barqnet_db_testing::TestDatabase;

use crate::program::{Folder, migrated_database, on, program, run};

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

/// The built-in migrations and one of the release after, in a folder.
fn next_release(name: &str) -> Folder {
    let folder = Folder::of(name, &[]);
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if name.starts_with('V') {
            fs::copy(file.path(), format!("{}/{name}", folder.path())).unwrap();
        }
    }
    let newer = "-- Tickets.
        CREATE TYPE ticket_kind AS ENUM ('question', 'fault');
        CREATE TABLE support_tickets (id BIGINT PRIMARY KEY, kind ticket_kind, user_id BIGINT REFERENCES users (id));
        CREATE FUNCTION tickets_of(ticket_kind) RETURNS BIGINT LANGUAGE sql AS 'SELECT 1::BIGINT';
        CREATE VIEW v_tickets AS SELECT id FROM support_tickets;
        ALTER TABLE users ADD COLUMN favourite_colour TEXT;";
    folder.write("V9001__add_tickets.sql", newer);
    folder
}

#[tokio::test]
async fn an_older_build_says_nothing_wrong_of_a_newer_database() {
    let database = TestDatabase::empty().await;
    let folder = next_release("next-release");
    run(&mut on(&database, ["migrate", "--migrations", folder.path()])).ended_with(0);
    for (command, code) in [("doctor", 0), ("status", 5), ("plan", 5), ("verify", 5)] {
        let finished = run(&mut on(&database, [command])).ended_with(code);
        let texts = format!("{}{}", finished.stdout, finished.stderr);
        assert!(texts.contains("the database is ahead of this build: V9001__add_tickets is applied"), "{texts}");
        for wrong in
            ["support_tickets", "v_tickets", "ticket_kind", "tickets_of", "favourite_colour", "drop it", "by hand"]
        {
            assert!(!texts.contains(wrong), "{wrong}: {texts}");
        }
    }
    let doctor = run(&mut on(&database, ["doctor"])).ended_with(0);
    assert!(doctor.stdout.contains("\n0 problems and 1 warning on "), "{doctor:?}");
    // What was made by hand is still found.
    database.client().await.batch_execute("CREATE TABLE by_hand (id INTEGER)").await.unwrap();
    let drifted = run(&mut on(&database, ["doctor"])).ended_with(0);
    assert!(drifted.stdout.contains("table by_hand was added by hand"), "{drifted:?}");
}

/// A role that may log in and nothing else. Roles belong to the server: the name is the database's.
async fn role_without_rights(database: &TestDatabase) -> String {
    let role = format!("{}_role", database.name());
    database.client().await.batch_execute(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    role
}

#[tokio::test]
async fn a_role_that_may_read_nothing_is_one_problem() {
    let database = migrated_database().await;
    let role = role_without_rights(&database).await;
    let doctor = run(&mut on(&database, ["doctor", "--user", &role])).ended_with(1);
    let lines: Vec<&str> = doctor.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{doctor:?}");
    let expected = format!("problem  role {role} may read none of the tables in schema public: nothing can be checked");
    assert_eq!(lines[0], expected);
    assert!(lines[2].starts_with("1 problem and 0 warnings on "), "{doctor:?}");
    for (command, code) in [("status", 1), ("plan", 1), ("verify", 1), ("maintain", 1)] {
        let finished = run(&mut on(&database, [command, "--user", &role])).ended_with(code);
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
        assert!(finished.stderr.contains("permission denied for table "), "{finished:?}");
    }
    database.client().await.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_not_read_the_history_is_a_problem_with_the_right_that_it_lacks() {
    let database = migrated_database().await;
    let role = role_without_rights(&database).await;
    let client = database.client().await;
    client.batch_execute(&format!("GRANT SELECT ON users TO {role}")).await.unwrap();
    let doctor = run(&mut on(&database, ["doctor", "--user", &role])).ended_with(1);
    assert!(doctor.stdout.contains("\nproblem  could not check the migrations: "), "{doctor:?}");
    let advice = format!("\n         GRANT SELECT ON schema_migrations TO {role}; or connect as a role that has it\n");
    assert!(doctor.stdout.contains(&advice), "{doctor:?}");
    assert_eq!(doctor.stdout.matches("\nproblem ").count(), 1, "{doctor:?}");
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn missing_migrations_are_one_message_of_each_command() {
    let database = migrated_database().await;
    run(&mut on(&database, ["rollback", "--to", "65", "--yes"])).ended_with(0);
    let doctor = run(&mut on(&database, ["doctor"])).ended_with(0);
    assert!(doctor.stdout.contains(" migrations are not applied yet: V66__"), "{doctor:?}");
    assert!(doctor.stdout.contains("\n0 problems and 1 warning on "), "{doctor:?}");
    let maintain = run(&mut on(&database, ["maintain"])).ended_with(1);
    assert!(maintain.stderr.starts_with("error: task otp-codes and 14 other tasks: "), "{maintain:?}");
    assert!(maintain.stderr.ends_with("(SQLSTATE 42P01); run `barqnet-db migrate`\n"), "{maintain:?}");
    assert_eq!(maintain.stderr.lines().count(), 1, "{maintain:?}");

    let empty = TestDatabase::empty().await;
    run(&mut on(&empty, ["maintain"])).failed_with(1, "this database is not migrated: run `barqnet-db migrate` first");
    for command in [&["nearest", "1", "1"][..], &["unlock", "+4915112345678"], &["release-number", "ada"]] {
        let finished = run(&mut on(&empty, command.iter().copied())).failed_with(1, "run `barqnet-db migrate` first");
        assert!(finished.stderr.lines().count() == 1 && !finished.stderr.contains("hint"), "{finished:?}");
    }
}
