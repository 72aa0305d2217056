//! What is counted of codes, sessions and connections, and recorded of the schema.

use barqnet_db::{
    connections::{self, ConnectionPolicy, NewConnection},
    embedded, metrics,
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    pool,
    sessions::{self, Device, RotateOutcome, SessionPolicy},
    users::{self, NewUser, RegisterOutcome},
};
use metrics_util::debugging::DebuggingRecorder;

use crate::common::{counted::Counted, execute_sql, migrated_database, phone_number, spans::Recorder, username};

#[tokio::test]
async fn outcomes_are_counted_once_and_no_metric_or_span_has_a_parameter() {
    let (recorder, spans) = (DebuggingRecorder::new(), Recorder::default());
    let snapshotter = recorder.snapshotter();
    let _counting = ::metrics::set_default_local_recorder(&recorder);
    let _watching = tracing::subscriber::set_default(spans.clone());
    metrics::describe();
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let config = OtpConfig::new(OtpKeys::random());
    let (ada, address, virtual_ip) = (phone_number("+4915112345678"), "203.0.113.77", "10.8.0.123");
    let request = VerificationRequest {
        ip_address: Some(address.parse().unwrap()),
        ..VerificationRequest::new(&ada, Purpose::SignIn)
    };

    let SendOutcome::Sent { code, .. } = otp::send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
    assert!(matches!(otp::send(&pool, &config, &request).await.unwrap(), SendOutcome::RetryAfter(_)));
    let wrong = if code.expose() == "000000" { "000001" } else { "000000" }.parse().unwrap();
    otp::verify(&pool, &config, &request, &wrong).await.unwrap();
    let VerifyOutcome::Verified(ticket) = otp::verify(&pool, &config, &request, &code).await.unwrap() else {
        panic!("no ticket")
    };
    let policy = SessionPolicy { rotation_grace: std::time::Duration::ZERO, ..SessionPolicy::default() };
    let name = username("ada-lovelace");
    let new = NewUser::new(&name, "test");
    let registered = users::register_with_ticket(&pool, &ticket, &new, &Device::default(), &policy).await.unwrap();
    let RegisterOutcome::Registered(user) = registered else { panic!("no account") };
    let rotate = async || sessions::rotate(&client, &user.token, None, &policy).await.unwrap();
    let RotateOutcome::Rotated { token, .. } = rotate().await else { panic!("the session is live") };
    assert!(sessions::validate(&client, &token.hash(), &policy).await.unwrap().is_some());
    assert!(matches!(rotate().await, RotateOutcome::Reused { .. }));
    sessions::create(&client, 0, &Device::default(), &policy).await.unwrap();
    let new = NewConnection {
        username: "ada-lovelace",
        server_id: "node-1",
        virtual_ip: Some(virtual_ip.parse().unwrap()),
        client_ip: Some(address.parse().unwrap()),
        ..NewConnection::default()
    };
    connections::open(&pool, &new, &ConnectionPolicy::default()).await.unwrap();
    let nobody = NewConnection { username: "nobody", ..new };
    connections::open(&pool, &nobody, &ConnectionPolicy::default()).await.unwrap();
    metrics::record(&pool).await.unwrap();

    let counted = Counted::take(&snapshotter);
    counted.assert(&[
        ("barqnet_db.otp.sends{purpose=sign_in,outcome=sent}", 1.0),
        ("barqnet_db.otp.sends{purpose=sign_in,outcome=refused,limit=cool_down}", 1.0),
        ("barqnet_db.otp.verifications{purpose=sign_in,outcome=invalid}", 1.0),
        ("barqnet_db.otp.verifications{purpose=sign_in,outcome=verified}", 1.0),
        ("barqnet_db.sessions.openings{outcome=created}", 1.0),
        ("barqnet_db.sessions.openings{outcome=unusable}", 1.0),
        ("barqnet_db.sessions.rotations{outcome=rotated}", 1.0),
        ("barqnet_db.sessions.rotations{outcome=reused}", 1.0),
        ("barqnet_db.connections.openings{outcome=opened}", 1.0),
        ("barqnet_db.connections.openings{outcome=user_inactive}", 1.0),
        ("barqnet_db.connections.live{}", 1.0),
    ]);
    assert_eq!(spans.spans("otp.verify").len(), 2);
    let shown = counted.text() + &spans.text();
    let secrets = [ada.as_str(), address, virtual_ip, "ada-lovelace", &user.token.expose(), &ticket.expose()];
    for secret in secrets.into_iter().chain([user.token.hash().as_str(), ticket.hash().as_str()]) {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test]
async fn the_state_of_the_schema_is_recorded_and_so_is_a_database_that_is_gone() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _counting = ::metrics::set_default_local_recorder(&recorder);
    let database = migrated_database().await;
    let pool = database.pool().await;
    let newest = f64::from(embedded::migrations().versions().next_back().expect("there are some"));
    metrics::record(&pool).await.unwrap();
    metrics::record_drift(&pool).await.unwrap();
    let key = |name: &str| format!("barqnet_db.migrations.{name}{{}}");
    let (applied, pending, drift) = (key("applied_version"), key("pending"), key("drift"));
    let counted = Counted::take(&snapshotter);
    counted.assert(&[(&applied, newest), (&pending, 0.0), (&drift, 0.0), ("barqnet_db.database.up{}", 1.0)]);

    execute_sql(&database, "CREATE TABLE by_hand (id INTEGER)").await;
    metrics::record_drift(&pool).await.unwrap();
    assert!(Counted::take(&snapshotter).get(&drift) > 0.0);
    execute_sql(
        &database,
        "DELETE FROM schema_migrations WHERE version = (SELECT MAX(version) FROM schema_migrations)",
    )
    .await;
    metrics::record(&pool).await.unwrap();
    Counted::take(&snapshotter).assert(&[(&pending, 1.0)]);

    let gone = pool::connect_lazy(database.settings().dbname("gone")).unwrap();
    metrics::record(&gone).await.unwrap_err();
    Counted::take(&snapshotter).assert(&[("barqnet_db.database.up{}", 0.0)]);
}
