//! No log has what only the database may know, at whatever level and by whatever bridge.

use std::{
    fmt::{self, Write},
    sync::{Mutex, PoisonError},
};

use barqnet_db::{
    connections::{self, ConnectionPolicy, NewConnection, OpenOutcome},
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    password::{self, PasswordPolicy},
    queries::users::{CreateParams, by_phone, create},
    sessions::{self, Device, RotateOutcome, SessionPolicy},
    users::{self, NewUser, RegisterOutcome},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::common::{migrated_database, phone_number, username};

/// Everything that was logged in this process, by the crate `log` or by `tracing`.
static LOGGED: Mutex<String> = Mutex::new(String::new());

fn add(line: fmt::Arguments<'_>) {
    writeln!(LOGGED.lock().unwrap_or_else(PoisonError::into_inner), "{line}").expect("a string has room");
}

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        add(format_args!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

struct Spans;

struct Fields;

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        add(format_args!("{field}={value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        add(format_args!("span {}", span.metadata().name()));
        span.record(&mut Fields);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn no_log_at_any_level_has_a_number_a_hash_a_code_a_token_or_an_address() {
    log::set_logger(&Log).expect("no other test logs");
    log::set_max_level(log::LevelFilter::Trace);
    tracing::subscriber::set_global_default(Spans).expect("no other test has a subscriber");

    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915187654321"));
    let (address, virtual_ip) = ("203.0.113.77", "10.8.0.123");
    let config = OtpConfig::new(OtpKeys::random());
    let hash = password::hash("correct horse".to_owned(), PasswordPolicy { cost: 10 }).await.unwrap();
    let mut secrets = vec![ada.as_str().to_owned(), bob.as_str().to_owned(), hash.expose().to_owned()];
    secrets.extend(["correct horse", address, virtual_ip].map(ToOwned::to_owned));

    let request = VerificationRequest {
        ip_address: Some(address.parse().unwrap()),
        ..VerificationRequest::new(&ada, Purpose::SignIn)
    };
    let SendOutcome::Sent { code, .. } = otp::send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
    let VerifyOutcome::Verified(ticket) = otp::verify(&pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    // With a quote on each side, as a log shows a text: six digits alone may be a fraction of a second.
    secrets.extend([format!("\"{}\"", code.expose()), ticket.expose(), ticket.hash().as_str().to_owned()]);
    let device = Device { ip_address: Some(address.parse().unwrap()), ..Device::default() };
    let name = username("ada");
    let (new, policy) =
        (NewUser { password_hash: Some(hash.expose()), ..NewUser::new(&name, "test") }, SessionPolicy::default());
    let RegisterOutcome::Registered(user) =
        users::register_with_ticket(&pool, &ticket, &new, &device, &policy).await.unwrap()
    else {
        panic!("no account")
    };
    secrets.extend([user.token.expose(), user.token.hash().as_str().to_owned()]);
    sessions::validate(&client, &user.token.hash(), &policy).await.unwrap().expect("a session");
    let RotateOutcome::Rotated { token, .. } = sessions::rotate(&client, &user.token, None, &policy).await.unwrap()
    else {
        panic!("not rotated")
    };
    secrets.extend([token.expose(), token.hash().as_str().to_owned()]);
    users::change_password(&pool, user.user_id, hash.expose(), None).await.unwrap().expect("an account");
    by_phone().bind(&client, &ada.as_str()).opt().await.unwrap().expect("an account");
    // An error, too: the number is taken.
    for number in [&bob, &ada] {
        let parameters = CreateParams {
            username: number.as_str(),
            phone_number: Some(number.as_str()),
            password_hash: Some(hash.expose()),
            created_via: "test",
            server_id: "node-1",
            created_by: "test",
            protocol: "udp",
            port: 1194,
            expires_at: None,
            ovpn_path: None::<&str>,
            checksum: None::<&str>,
            name_skeleton: None::<&str>,
        };
        let created = create().params(&client, &parameters).one().await;
        if let Err(error) = created {
            tracing::error!(error = &error as &dyn std::error::Error, "{error}");
        }
    }
    let new = NewConnection {
        username: "ada",
        server_id: "node-1",
        virtual_ip: Some(virtual_ip.parse().unwrap()),
        client_ip: Some(address.parse().unwrap()),
        ..NewConnection::default()
    };
    let opened = connections::open(&pool, &new, &ConnectionPolicy::default()).await.unwrap();
    assert!(matches!(opened, OpenOutcome::Opened { .. }), "{opened:?}");

    let logged = LOGGED.lock().unwrap().clone();
    for part in ["tokio_postgres", "executing statement", "span ", "sessions.validate", "users_phone_number"] {
        assert!(logged.contains(part), "the log has nothing of {part}");
    }
    for secret in secrets {
        let line = logged.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}
