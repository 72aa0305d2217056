//! Erasure leaves nothing of a person.

use std::num::NonZero;

use barqnet_db::{
    NumberKeys,
    connections::{self, ConnectionPolicy, CounterPolicy, NewConnection, OpenOutcome},
    devices::{self, DevicePolicy, NewDevice},
    maintenance::{self, MaintenancePolicy},
    otp::{OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome, send, verify},
    pool::{Client, Pool},
    queries::{self, audit, users},
    sessions::{self, Device, RotateOutcome, SessionPolicy},
    users::{NewUser, RegisterOutcome, register_with_ticket},
};
use barqnet_db_testing::TestDatabase;

use super::support::registered;
use crate::common::{erase, execute_sql, migrated_database, number_keys, phone_number, scalar, text_rows, username};

const NONE: Option<&str> = None;

/// Every row of every table as text, each after the name of its table.
async fn dump(database: &TestDatabase) -> Vec<String> {
    let client = database.client().await;
    let tables = text_rows(
        &client,
        "SELECT relname::TEXT FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE AND relkind IN ('r', 'p') ORDER BY 1",
    )
    .await;
    assert!(tables.len() > 20, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(text_rows(&client, &format!("SELECT '{table}: ' || (t.*)::TEXT FROM {table} t")).await);
    }
    rows
}

/// Her connections, which end with an error, and reports of her clients.
async fn connect_and_report(database: &TestDatabase, pool: &Pool, device: i64, address: &str) {
    let client = pool.get().await.unwrap();
    for (virtual_ip, virtual_ip6) in [("10.8.7.6", "fd00::77"), ("10.8.7.6", "fd00::78")] {
        let new = NewConnection {
            username: "ada-lovelace",
            server_id: "node-1",
            device: Some(device),
            virtual_ip: Some(virtual_ip.parse().unwrap()),
            virtual_ip6: Some(virtual_ip6.parse().unwrap()),
            client_ip: Some(address.parse().unwrap()),
            public_ip: Some("2001:db8::77".parse().unwrap()),
            device_name: Some("Ada's phone"),
            ..NewConnection::default()
        };
        let policy = ConnectionPolicy { max_connections_per_user: NonZero::new(5), ..ConnectionPolicy::default() };
        let OpenOutcome::Opened { id, .. } = connections::open(pool, &new, &policy).await.unwrap() else { panic!() };
        let reason = "client ada-lovelace was rejected";
        connections::mark_error(&client, "node-1", id, reason, None, &CounterPolicy::default()).await.unwrap();
    }
    let report = "INSERT INTO vpn_statistics (username, server_id, session_type, started_at, ended_at, report_key)
                  VALUES ('ada-lovelace', 'node-1', 'api', NOW(), NOW(), 'key-of-ada')";
    execute_sql(database, report).await;
    let archived = "INSERT INTO vpn_statistics_archive (id, username, server_id, session_type, report_key)
                    VALUES (1, 'ada-lovelace', 'node-1', 'api', 'key-of-ada-too')";
    execute_sql(database, archived).await;
}

/// What she did, and what others did to her.
async fn write_audit_entries(client: &Client) {
    let append = async |action: &str, who: Option<&str>, details: &str| {
        let entry = audit::AppendParams {
            action,
            username: who,
            details: Some(details),
            ip_address: Some("198.51.100.1".parse().unwrap()),
            server_id: "node-1",
        };
        audit::append().params(client, &entry).one().await.unwrap();
    };
    append("login", Some("ada-lovelace"), "from 203.0.113.77").await;
    append("promote", Some("root"), "ada-lovelace: user -> admin, asked by +4915198765432").await;
    append("note", None, r#"{"user": "ada-lovelace", "phone": "+4915198765432."}"#).await;
    append("note", Some("root"), "ada-lovelace-2 and xada-lovelace and +49151987654321 are others").await;
}

#[tokio::test]
async fn no_table_has_the_name_the_number_an_address_or_a_token_of_an_erased_person() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let number = phone_number("+4915198765432");
    let address = "203.0.113.77";
    let mut traces: Vec<String> =
        ["ada-lovelace", "4915198765432", address, "10.8.7.6", "fd00::77", "2001:db8::77", "Ada's", "agent-77"]
            .map(str::to_owned)
            .to_vec();

    // A wrong code, then a right one.
    let config = OtpConfig::new(OtpKeys::random());
    let request = VerificationRequest {
        ip_address: Some(address.parse().unwrap()),
        ..VerificationRequest::new(&number, Purpose::SignIn)
    };
    let SendOutcome::Sent { code, .. } = send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
    let wrong = if code.expose() == "000000" { "000001" } else { "000000" }.parse().unwrap();
    assert!(matches!(verify(&pool, &config, &request, &wrong).await.unwrap(), VerifyOutcome::Invalid));
    let VerifyOutcome::Verified(ticket) = verify(&pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    let (name, policy) = (username("ada-lovelace"), SessionPolicy::default());
    let device = Device {
        id: None,
        name: Some("Ada's phone".to_owned()),
        ip_address: Some(address.parse().unwrap()),
        user_agent: Some("agent-77".to_owned()),
    };
    let new = NewUser { password_hash: Some("$2b$10$of-ada"), ..NewUser::new(&name, "tests") };
    let outcome = register_with_ticket(&pool, &ticket, &new, &device, &policy).await.unwrap();
    let RegisterOutcome::Registered(ada) = outcome else { panic!("{outcome:?}") };
    traces.extend([ada.token.hash().as_str().to_owned(), "of-ada".to_owned()]);
    let RotateOutcome::Rotated { token, .. } = sessions::rotate(&client, &ada.token, None, &policy).await.unwrap()
    else {
        panic!("not rotated")
    };
    traces.push(token.hash().as_str().to_owned());
    let phone = NewDevice { key: "device-of-ada", name: Some("Ada's phone"), ..NewDevice::default() };
    let outcome = devices::register(&pool, ada.user_id, &phone, &DevicePolicy::default()).await.unwrap();
    let devices::RegisterOutcome::Registered(registered_device) = outcome else { panic!("{outcome:?}") };
    traces.push("device-of-ada".to_owned());
    // A ticket that she has not used, a code that she has not entered, and somebody else's guess.
    for is_right in [true, false] {
        execute_sql(&database, "UPDATE otp_numbers SET sent_at = '{}'").await;
        let SendOutcome::Sent { code, .. } = send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
        let entered = if is_right { &code } else { &wrong };
        if let VerifyOutcome::Verified(ticket) = verify(&pool, &config, &request, entered).await.unwrap() {
            traces.push(ticket.hash().as_str().to_owned());
        }
    }

    connect_and_report(&database, &pool, registered_device.id, address).await;
    traces.extend(["key-of-ada".to_owned(), "client ada".to_owned()]);
    write_audit_entries(&client).await;
    execute_sql(&database, "INSERT INTO users (username, created_by) VALUES ('child', 'ada-lovelace')").await;

    let before = dump(&database).await;
    for trace in &traces {
        let found = before.iter().filter(|row| row.contains(trace.as_str())).count();
        assert!(found > 0, "the test leaves no {trace}");
    }
    erase(&pool, "ada-lovelace").await.expect("an account");
    // The node has removed the account, whose name it holds until then.
    for removed in users::list_removed().bind(&client, &"unassigned", &0, &10).all().await.unwrap() {
        users::confirm_removed().bind(&client, &removed.id, &"unassigned").await.unwrap();
    }
    let report = maintenance::run_all(&pool, &MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0);

    let others = ["ada-lovelace-2 and xada-lovelace and +49151987654321 are others"];
    let left: Vec<_> = dump(&database)
        .await
        .into_iter()
        .map(|row| others.iter().fold(row, |row, other| row.replace(other, "")))
        .filter(|row| traces.iter().any(|trace| row.contains(trace.as_str())))
        .collect();
    // Addresses are counted without a number or an account, and for two days.
    let (counted, left): (Vec<_>, Vec<_>) = left.into_iter().partition(|row| row.starts_with("rate_counters: "));
    assert!(left.is_empty(), "{left:#?}");
    assert!(counted.iter().all(|row| row.contains("_address,")), "{counted:#?}");
    execute_sql(&database, "UPDATE rate_counters SET used_on = used_on - 3").await;
    queries::maintenance::delete_unused_rate_counters().bind(&pool.get().await.unwrap(), &1000).await.unwrap();
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM rate_counters").await, 0);
    let told =
        text_rows(&database.client().await, "SELECT details FROM audit_log WHERE details IS NOT NULL ORDER BY id")
            .await;
    let pseudonym = format!("erased-{}", ada.user_id);
    assert_eq!(
        told,
        [
            format!("{pseudonym}: user -> admin, asked by {pseudonym}"),
            format!(r#"{{"user": "{pseudonym}", "phone": "{pseudonym}."}}"#),
            others[0].to_owned(),
        ]
    );
}

#[tokio::test]
async fn the_limits_of_an_erased_number_come_back_with_the_number_and_only_with_the_key() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    registered(&database, &pool, &number, "ada").await;
    let config = OtpConfig::new(OtpKeys::random());
    let request = VerificationRequest::new(&number, Purpose::SignIn);
    let fail = async |times: u32| {
        let failures = format!(
            "INSERT INTO otp_challenges (phone_number, purpose, failures, locked_until)
             VALUES ('+4915112345678', 'sign_in', {times}, NOW() + INTERVAL '10 minutes')"
        );
        execute_sql(&database, &failures).await;
    };
    fail(7).await;
    execute_sql(&database, "UPDATE otp_numbers SET quiet_since = NULL").await;
    let state = "SELECT FORMAT('%s %s %s %s', n.phone_number, CARDINALITY(n.sent_at), n.quiet_since, SUM(c.failures))
                 FROM otp_numbers n LEFT JOIN otp_challenges c USING (phone_number) GROUP BY n.phone_number";
    let driver = database.client().await;
    assert_eq!(text_rows(&driver, state).await, ["+4915112345678 1  7"]);
    erase(&pool, "ada").await.expect("an account");
    let kept = text_rows(&driver, state).await;
    assert!(kept.len() == 1 && kept[0].starts_with('#') && kept[0].ends_with(" 1  7"), "{kept:?}");

    let with_keys = |keys: NumberKeys| OtpConfig { number_keys: Some(keys), ..config.clone() };
    // Another number, then another key: nothing comes back.
    let other = phone_number("+4915112345679");
    let of_other = VerificationRequest::new(&other, Purpose::SignIn);
    assert!(matches!(send(&pool, &with_keys(number_keys()), &of_other).await.unwrap(), SendOutcome::Sent { .. }));
    execute_sql(&database, "DELETE FROM otp_numbers WHERE phone_number = '+4915112345679'").await;
    assert_eq!(text_rows(&driver, state).await, kept);
    let unlocked = with_keys(NumberKeys::random());
    assert!(matches!(send(&pool, &unlocked, &request).await.unwrap(), SendOutcome::Sent { .. }), "another key");
    execute_sql(&database, "DELETE FROM otp_numbers WHERE phone_number = '+4915112345678'").await;

    let earlier = with_keys(NumberKeys::random().accept(&[9; 32]).unwrap());
    for _ in 0..2 {
        let refused = send(&pool, &earlier, &request).await.unwrap();
        assert!(matches!(refused, SendOutcome::RetryAfter(_)), "the number is locked, by an earlier key: {refused:?}");
        assert_eq!(text_rows(&driver, state).await, ["+4915112345678 1  7"]);
    }

    // Erased again, and used meanwhile by a program that does not recall: both add up.
    execute_sql(&database, "UPDATE otp_challenges SET locked_until = NULL").await;
    execute_sql(
        &database,
        "INSERT INTO users (username, created_by, phone_number) VALUES ('bob', 'test', '+4915112345678')",
    )
    .await;
    erase(&pool, "bob").await.expect("an account");
    execute_sql(&database, "UPDATE otp_numbers SET sent_at = '{}'").await;
    assert!(matches!(send(&pool, &config, &request).await.unwrap(), SendOutcome::Sent { .. }));
    fail(2).await;
    assert!(matches!(send(&pool, &with_keys(number_keys()), &request).await.unwrap(), SendOutcome::RetryAfter(_)));
    assert_eq!(scalar(&database, "SELECT SUM(failures)::BIGINT FROM otp_challenges").await, 9);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM otp_numbers").await, 1);
}

#[tokio::test]
async fn a_number_in_another_spelling_is_erased_in_both() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let number = phone_number("+61412345678");
    registered(&database, &pool, &number, "ada").await;
    execute_sql(&database, "UPDATE users SET phone_number = '+610412345678'").await;
    queries::audit::append()
        .bind(&client, &"note", &NONE, &Some("+610412345678 or +61412345678"), &None, &"node-1")
        .one()
        .await
        .unwrap();
    erase(&pool, "ada").await.expect("an account");
    let left: Vec<_> = dump(&database).await.into_iter().filter(|row| row.contains("412345678")).collect();
    // Addresses are counted without a number or an account, and for two days.
    let (counted, left): (Vec<_>, Vec<_>) = left.into_iter().partition(|row| row.starts_with("rate_counters: "));
    assert!(left.is_empty(), "{left:#?}");
    assert!(counted.iter().all(|row| row.contains("_address,")), "{counted:#?}");
    execute_sql(&database, "UPDATE rate_counters SET used_on = used_on - 3").await;
    queries::maintenance::delete_unused_rate_counters().bind(&pool.get().await.unwrap(), &1000).await.unwrap();
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM rate_counters").await, 0);
}

#[tokio::test]
async fn an_older_program_erases_as_before() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let number = phone_number("+4915112345678");
    let ada = registered(&database, &pool, &number, "ada").await;
    let driver = database.client().await;
    assert_eq!(text_rows(&driver, "SELECT erase_user('ada')").await, [format!("erased-{}", ada.user_id)]);
    assert_eq!(text_rows(&driver, "SELECT phone_number::TEXT FROM otp_numbers").await, ["+4915112345678"]);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM users WHERE phone_number IS NOT NULL").await, 0);
    assert_eq!(driver.query_one("SELECT erase_user('nobody')", &[]).await.unwrap().get::<_, Option<String>>(0), None);
}
