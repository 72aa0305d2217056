//! Ids do not run out: they have 64 bits in tables, sequences, functions and the API.

use std::num::NonZero;

use barqnet_db::{
    connections::{
        AtLimit, CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, Heartbeat, NewConnection, OpenOutcome,
    },
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    queries::{audit, connections as connection_queries, sessions as session_queries, usage, users as user_queries},
    sessions::{self, CreateOutcome, Device, RevokeReason, RotateOutcome, SessionPolicy, Token},
    users::{self, NewUser, RegisterOutcome, SignInOutcome, Username},
};
use barqnet_db_testing::TestDatabase;

use crate::common::{
    execute_sql, migrated_database, opening, phone_number, scalar, server, text_rows, user_with_phone,
};

/// An id that an INTEGER does not hold.
const WIDE: i64 = 3_000_000_000;

#[tokio::test]
async fn every_sequence_has_64_bits_except_that_of_places() {
    let database = migrated_database().await;
    let narrow = text_rows(
        &database.client().await,
        "SELECT sequencename::TEXT FROM pg_sequences
         WHERE schemaname = 'public' AND max_value < 9223372036854775807 ORDER BY 1",
    )
    .await;
    assert_eq!(narrow, ["server_locations_location_id_seq"]);
}

#[tokio::test]
async fn every_column_that_holds_an_id_has_64_bits() {
    let database = migrated_database().await;
    let narrow = text_rows(
        &database.client().await,
        "SELECT FORMAT('%s.%s', c.relname, a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::REGNAMESPACE AND c.relkind = 'r' AND a.atttypid = 'integer'::REGTYPE
           AND a.attname ~ '(^|_)id$'
         ORDER BY 1",
    )
    .await;
    // The id of a key is a number that the operator chooses.
    assert_eq!(
        narrow,
        [
            "otp_challenges.code_key_id",
            "otp_codes.key_id",
            "plan_locations.location_id",
            "server_locations.location_id",
            "servers.location_id"
        ]
    );
}

/// Continues every sequence at an id that an INTEGER does not hold.
async fn continue_at_wide_ids(database: &TestDatabase) {
    let sequences = format!(
        "DO $$
         DECLARE
             name REGCLASS;
         BEGIN
             FOR name IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relname <> 'server_locations_location_id_seq' LOOP
                 PERFORM SETVAL(name, {WIDE});
             END LOOP;
         END
         $$"
    );
    execute_sql(database, &sequences).await;
}

#[tokio::test]
async fn ids_beyond_32_bits_work_in_every_call_that_takes_or_returns_one() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    continue_at_wide_ids(&database).await;
    let number = phone_number("+4915112345678");
    let ada = user_with_phone(&client, "ada", &number).await;
    assert!(ada > WIDE && server(&client, "node-1").await > WIDE);
    assert_eq!(user_queries::by_id().bind(&client, &ada).one().await.unwrap().username, "ada");

    // A code, which leaves a row in the report, and a session.
    let config = OtpConfig::new(OtpKeys::new(1, &[7; 32]).unwrap());
    let request = VerificationRequest::new(&number, Purpose::SignIn);
    let SendOutcome::Sent { code, .. } = otp::send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
    let VerifyOutcome::Verified(ticket) = otp::verify(&pool, &config, &request, &code).await.unwrap() else {
        panic!("a wrong code")
    };
    let attempts = format!("SELECT COUNT(*) FROM otp_attempts WHERE id > {WIDE} AND verified");
    assert_eq!(scalar(&database, &attempts).await, 2, "the sent code and its verification");
    let policy = SessionPolicy::default();
    let outcome = users::sign_in_with_ticket(&pool, &ticket, &Device::default(), &policy).await.unwrap();
    let SignInOutcome::SignedIn(signed_in) = outcome else { panic!("{outcome:?}") };
    assert_eq!(signed_in.user_id, ada);
    let rotated = sessions::rotate(&client, &signed_in.token, None, &policy).await.unwrap();
    let RotateOutcome::Rotated { session_id, user_id, .. } = rotated else { panic!("{rotated:?}") };
    assert!(session_id > WIDE && user_id == ada);
    let CreateOutcome::Created(_, other) = sessions::create(&client, ada, &Device::default(), &policy).await.unwrap()
    else {
        panic!("no session")
    };
    assert_eq!(session_queries::list_by_user().bind(&client, &ada, &i64::MAX, &10).all().await.unwrap().len(), 2);
    assert_eq!(sessions::revoke_others(&client, ada, other.id, RevokeReason::SignOut).await.unwrap(), 1);
    assert_eq!(sessions::revoke_all(&client, ada, RevokeReason::SignOut).await.unwrap(), 1);

    // A connection, its reports and its row of statistics.
    let new = NewConnection {
        username: "ada",
        server_id: "node-1",
        virtual_ip: Some([10, 8, 0, 2].into()),
        ..NewConnection::default()
    };
    let open = async || match barqnet_db::connections::open(&pool, &new, &ConnectionPolicy::default()).await.unwrap() {
        OpenOutcome::Opened { id, superseded, .. } => (id, superseded),
        other => panic!("{other:?}"),
    };
    let (first, _) = open().await;
    let (id, superseded) = open().await;
    assert!(first > WIDE && superseded == Some(first));
    let beat = Heartbeat { connection_id: id, epoch: 1, sequence: 1, bytes_received: 1, bytes_sent: 2 };
    let policy = CounterPolicy::default();
    let report = barqnet_db::connections::heartbeat(&client, "node-1", &[beat], &policy).await.unwrap();
    assert_eq!(report.applied, [id]);
    let last = FinalCounters { epoch: 1, bytes_received: 3, bytes_sent: 4 };
    let closed =
        barqnet_db::connections::close(&client, "node-1", id, CloseReason::ClientExit, Some(last), &policy).await;
    let statistics_id = closed.unwrap().and_then(|closed| closed.statistics_id).expect("a row of statistics");
    let history = connection_queries::history_by_user().bind(&client, &"ada", &i64::MAX, &10).all().await.unwrap();
    assert_eq!(history.iter().map(|row| row.id).collect::<Vec<_>>(), [id, first]);
    let used = usage::history_by_user().bind(&client, &"ada", &i64::MAX, &10).all().await.unwrap();
    assert_eq!(used.first().map(|row| (row.id, row.connection_id)), Some((statistics_id, Some(id))));
    let entry = audit::append().bind(&client, &"test", &Some("ada"), &None::<&str>, &None, &"node-1");
    assert!(entry.one().await.unwrap() > WIDE);
}

#[tokio::test]
async fn statistics_of_a_live_connection_are_refused_by_an_id_beyond_32_bits() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    continue_at_wide_ids(&database).await;
    user_with_phone(&client, "ada", &phone_number("+4915112345678")).await;
    let id = opening(&client, "ada", "node-1").await;
    let sql = "INSERT INTO vpn_statistics (username, server_id, connection_id) VALUES ('ada', 'node-1', $1)";
    let error = client.execute(sql, &[&id]).await.expect_err("the connection is live");
    assert_eq!(error.constraint(), Some("written_statistics_roll_up"));
    execute_sql(&database, "UPDATE vpn_connections SET status = 'disconnected'").await;
    assert_eq!(client.execute(sql, &[&id]).await.unwrap(), 1);
}

/// The last value of every sequence that an id comes from.
async fn ids_taken(database: &TestDatabase) -> Vec<String> {
    let last = "SELECT FORMAT('%s %s', sequencename, last_value) FROM pg_sequences
                WHERE schemaname = 'public' ORDER BY sequencename";
    text_rows(&database.client().await, last).await
}

#[tokio::test]
async fn a_refused_or_repeated_call_takes_no_id() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (ada, bob) = (phone_number("+4915112345678"), phone_number("+4915112345679"));
    let user = user_with_phone(&client, "ada", &ada).await;
    server(&client, "node-1").await;
    execute_sql(&database, "UPDATE servers SET max_users = 1").await;
    let none = &None::<&str>;
    let profile = async || {
        let upsert = user_queries::upsert_vpn_profile();
        upsert.bind(&client, &"ada", &"node-1", &"test", &"udp", &1194, none, none).one().await.unwrap()
    };
    let new = NewConnection { username: "ada", server_id: "node-1", ..NewConnection::default() };
    let generous = ConnectionPolicy::default();
    let limits = ConnectionPolicy {
        max_connections_per_user: NonZero::new(1),
        at_limit: AtLimit::Refuse,
        ..ConnectionPolicy::default()
    };
    let open = async |policy| barqnet_db::connections::open(&pool, &new, policy).await.unwrap();
    assert!(matches!(open(&limits).await, OpenOutcome::Opened { .. }));
    let config = OtpConfig::new(OtpKeys::new(1, &[7; 32]).unwrap());
    let request = VerificationRequest::new(&bob, Purpose::SignIn);
    let SendOutcome::Sent { code, .. } = otp::send(&pool, &config, &request).await.unwrap() else { panic!("no code") };
    let VerifyOutcome::Verified(ticket) = otp::verify(&pool, &config, &request, &code).await.unwrap() else {
        panic!("a wrong code")
    };
    let policy = SessionPolicy::default();
    let hash = Token::generate().hash();
    let session = async || sessions::create_with_hash(&client, user, &hash, &Device::default(), &policy).await.unwrap();
    assert!(matches!(session().await, CreateOutcome::Created(..)));

    execute_sql(&database, "INSERT INTO users (username, created_by, active) VALUES ('gone', 'tests', FALSE)").await;
    let before = ids_taken(&database).await;
    assert_eq!(before.len(), 13);
    assert_eq!((profile().await, profile().await), (user, user));
    server(&client, "node-1").await;
    let london = "SELECT FORMAT('%s %s', country, city) FROM server_locations WHERE name = 'London'";
    assert_eq!(text_rows(&database.client().await, london).await, ["United Kingdom London"]);
    let place = barqnet_db::queries::locations::upsert();
    place
        .bind(&client, &"United Kingdom", &"London", &"London", none, &"GB", &51.5, &-0.1, none, none, none, &5)
        .one()
        .await
        .unwrap();
    assert!(matches!(open(&limits).await, OpenOutcome::LimitReached { .. }));
    assert!(matches!(open(&generous).await, OpenOutcome::ServerFull { capacity: 1 }));
    execute_sql(&database, "UPDATE servers SET draining = TRUE").await;
    assert!(matches!(open(&generous).await, OpenOutcome::ServerFull { capacity: 0 }));
    let of_nobody = NewConnection { username: "gone", ..new };
    let outcome = barqnet_db::connections::open(&pool, &of_nobody, &limits).await.unwrap();
    assert!(matches!(outcome, OpenOutcome::UserInactive));
    assert!(matches!(session().await, CreateOutcome::TokenInUse));
    assert!(matches!(otp::send(&pool, &config, &request).await.unwrap(), SendOutcome::RetryAfter(_)), "a cool-down");
    let register = async |username| {
        let username = Username::new(username).unwrap();
        let new = NewUser::new(&username, "test");
        users::register_with_ticket(&pool, &ticket, &new, &Device::default(), &policy).await.unwrap()
    };
    assert!(matches!(register("ada").await, RegisterOutcome::NameTaken));
    execute_sql(&database, "UPDATE users SET phone_number = '+4915112345679' WHERE username = 'ada'").await;
    assert!(matches!(register("bob").await, RegisterOutcome::NumberTaken));
    execute_sql(&database, "INSERT INTO erased_names (name_hash) VALUES (name_hash('erased'))").await;
    for (username, number, constraint) in [
        ("ada", None, "users_username_key"),
        ("bob", Some("+4915112345679"), "idx_users_phone_number"),
        ("erased", None, "erased_names_pkey"),
    ] {
        let create = user_queries::create();
        let never = None::<chrono::DateTime<chrono::Utc>>;
        let created = create
            .bind(
                &client, &username, &number, none, none, &"api", &"node-1", &"test", &"udp", &1194, &never, none, none,
            )
            .one()
            .await;
        assert_eq!(created.unwrap_err().constraint(), Some(constraint), "{username}");
    }
    assert_eq!(ids_taken(&database).await, before);

    // The ticket is still good.
    execute_sql(&database, "UPDATE users SET phone_number = NULL").await;
    assert!(matches!(register("bob").await, RegisterOutcome::Registered(_)));
}
