//! `unlock`.

use crate::program::{migrated_database, on, run};

#[tokio::test]
async fn a_locked_number_is_unlocked_and_audited_without_the_number() {
    let database = migrated_database().await;
    let client = database.client().await;
    let numbers = "INSERT INTO otp_numbers (phone_number) VALUES ('+4915112345678'), ('+4915112345679')";
    client.execute(numbers, &[]).await.unwrap();
    let closed = "INSERT INTO otp_challenges (phone_number, purpose, failures, locked_until)
                  VALUES ('+4915112345678', 'sign_in', 100, NOW() + INTERVAL '1 day'), ('+4915112345679', 'sign_in', 9, NULL)";
    client.execute(closed, &[]).await.unwrap();
    let finished = run(&mut on(&database, ["unlock", "+4915112345678"])).ended_with(0);
    assert!(finished.stdout.contains("+4915112345678 is unlocked"), "{}", finished.stdout);
    let left = "SELECT phone_number FROM otp_challenges WHERE failures > 0 OR locked_until IS NOT NULL";
    assert_eq!(client.query_one(left, &[]).await.unwrap().get::<_, &str>(0), "+4915112345679");
    let entry = client.query_one("SELECT action, details FROM audit_log", &[]).await.unwrap();
    assert_eq!((entry.get::<_, &str>(0), entry.get::<_, &str>(1)), ("otp_unlock", "+49…78"));

    let again = run(&mut on(&database, ["unlock", "+4915112345678"])).ended_with(0);
    assert!(again.stdout.contains("nothing to unlock"), "{}", again.stdout);
    run(&mut on(&database, ["unlock", "0151 12345678"])).failed_with(2, "E.164");

    // Without a trail, no unlocking.
    client.execute("UPDATE otp_challenges SET failures = 100", &[]).await.unwrap();
    client.execute("ALTER TABLE audit_log ADD CONSTRAINT full_already CHECK (FALSE) NOT VALID", &[]).await.unwrap();
    run(&mut on(&database, ["unlock", "+4915112345678"])).failed_with(1, "full_already");
    let locked = client.query_one("SELECT COUNT(*) FROM otp_challenges WHERE failures = 100", &[]).await.unwrap();
    assert_eq!(locked.get::<_, i64>(0), 2);
}
