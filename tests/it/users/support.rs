//! Tickets, and the passing of time without use.

use barqnet_db::{
    PhoneNumber,
    otp::{OtpConfig, OtpKeys, Purpose, SendOutcome, Ticket, VerificationRequest, VerifyOutcome, send, verify},
    pool::Pool,
    sessions::{Device, SessionPolicy, validate},
    users::{NewUser, RegisterOutcome, SignInOutcome, SignedIn, register_with_ticket, sign_in_with_ticket},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{execute_on, execute_sql, username};

/// A ticket for a number. The number's limits are forgotten before, so that a test can have as many as it likes.
pub(super) async fn ticket(database: &TestDatabase, pool: &Pool, number: &PhoneNumber, purpose: Purpose) -> Ticket {
    execute_sql(database, &format!("UPDATE otp_numbers SET sent_at = '{{}}' WHERE phone_number = '{number}'")).await;
    let config = OtpConfig::new(OtpKeys::random());
    let request = VerificationRequest::new(number, purpose);
    let SendOutcome::Sent { code, .. } = send(pool, &config, &request).await.unwrap() else { panic!("no code") };
    let VerifyOutcome::Verified(ticket) = verify(pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    ticket
}

/// A second ticket of the same number and purpose, as two phones with one number would have them.
pub(super) async fn second_ticket(database: &TestDatabase, of: &Ticket) -> Ticket {
    let second = barqnet_db::sessions::Token::generate().expose();
    let second: Ticket = second.parse().expect("64 digits");
    let copy = "INSERT INTO otp_tickets (ticket_hash, phone_number, purpose, created_at, expires_at)
                SELECT $1, phone_number, purpose, created_at, expires_at FROM otp_tickets WHERE ticket_hash = $2";
    let (new, old) = (second.hash(), of.hash());
    assert_eq!(database.client().await.execute(copy, &[&new.as_str(), &old.as_str()]).await.unwrap(), 1);
    second
}

/// Registers an account for a number.
pub(super) async fn registered(database: &TestDatabase, pool: &Pool, number: &PhoneNumber, name: &str) -> SignedIn {
    let ticket = ticket(database, pool, number, Purpose::SignIn).await;
    match register(pool, &ticket, name).await {
        RegisterOutcome::Registered(signed_in) => signed_in,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn register(pool: &Pool, ticket: &Ticket, name: &str) -> RegisterOutcome {
    let name = username(name);
    let (new, device) = (NewUser::new(&name, "tests"), Device::default());
    register_with_ticket(pool, ticket, &new, &device, &SessionPolicy::default()).await.unwrap()
}

pub(super) async fn sign_in(pool: &Pool, ticket: &Ticket) -> SignInOutcome {
    sign_in_with_ticket(pool, ticket, &Device::default(), &SessionPolicy::default()).await.unwrap()
}

pub(super) async fn is_signed_in(pool: &Pool, signed_in: &SignedIn) -> bool {
    let client = pool.get().await.unwrap();
    validate(&client, &signed_in.token.hash(), &SessionPolicy::default()).await.unwrap().is_some()
}

/// Nobody uses anything for so many days.
pub(super) async fn days_pass(database: &TestDatabase, days: u32) {
    let client = database.client().await;
    for statement in [
        "UPDATE users SET created_at = created_at - {}, last_login = last_login - {}, last_access = last_access - {}",
        "UPDATE user_sessions SET created_at = created_at - {}, last_activity = last_activity - {}, expires_at = expires_at - {}",
        "UPDATE user_devices SET created_at = created_at - {}, last_seen = last_seen - {}",
        "UPDATE vpn_connections SET connected_at = connected_at - {}, last_activity = last_activity - {}",
    ] {
        execute_on(&client, &statement.replace("{}", &format!("INTERVAL '{days} days'"))).await;
    }
}
