//! `release-number`.

use crate::program::{migrated_database, on, run};

#[tokio::test]
async fn the_number_of_a_closed_account_is_released_and_audited_without_the_number() {
    let database = migrated_database().await;
    let client = database.client().await;
    let accounts = "INSERT INTO users (username, created_by, phone_number, active)
                    VALUES ('ada', 'test', '+4915112345678', FALSE), ('bob', 'test', '+4915112345679', TRUE)";
    client.execute(accounts, &[]).await.unwrap();
    run(&mut on(&database, ["release-number", "bob"])).failed_with(1, "neither deactivated nor expired");
    run(&mut on(&database, ["release-number", "eve"])).failed_with(1, "no account has this name");
    let finished = run(&mut on(&database, ["release-number", "ada"])).ended_with(0);
    assert!(finished.stdout.contains("is free"), "{}", finished.stdout);
    let left = "SELECT STRING_AGG(username, ' ') FROM users WHERE phone_number IS NOT NULL";
    assert_eq!(client.query_one(left, &[]).await.unwrap().get::<_, &str>(0), "bob");
    let entry = client.query_one("SELECT action, username, details FROM audit_log", &[]).await.unwrap();
    assert_eq!((entry.get::<_, &str>(0), entry.get::<_, &str>(1)), ("phone_number_released", "ada"));
    assert_eq!(entry.get::<_, Option<&str>>(2), None);
    let again = run(&mut on(&database, ["release-number", "ada"])).ended_with(0);
    assert!(again.stdout.contains("nothing to release"), "{}", again.stdout);
}
