//! Roll-ups: after every step of random histories they are the exact sum of what was reported, and erasing a user keeps
//! them.

use std::{collections::BTreeMap, net::Ipv4Addr};

use barqnet_db::{
    client::GenericClient,
    connections::{
        CloseReason, ConnectionPolicy, CounterPolicy, NewConnection, OpenOutcome, mark_error, open, reap_stale, recount,
    },
    otp::{OtpConfig, OtpKeys, Purpose, VerificationRequest, send},
    pool::Pool,
    queries::{self, connections, maintenance, sessions, usage},
    sessions::{CreateOutcome, Device, SessionPolicy, create},
    tokio_postgres::error::SqlState,
    usage::{bandwidth_last_24_hours, bandwidth_today},
};
use barqnet_db_testing::TestDatabase;
use chrono::{TimeDelta, Utc};

use super::counters::counter_step;
use crate::common::{
    Numbers, STALE, close, connection, days, erase, execute_sql, migrated_database, miscounted_connections,
    phone_number, scalar, send_heartbeat, text_rows, user, user_with_phone,
};

/// Bytes in, bytes out.
type Bytes = (i64, i64);

/// What a history should have come to, kept apart from the database.
#[derive(Default)]
pub(super) struct Model {
    pub(super) live: Vec<Live>,
    by_user: BTreeMap<String, Bytes>,
    sessions: i64,
}

#[derive(Clone)]
pub(super) struct Live {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) server: String,
    pub(super) address: Ipv4Addr,
    pub(super) epoch: i64,
    pub(super) sequence: i64,
    /// What the counter shows.
    pub(super) counted: (u64, u64),
}

impl Model {
    pub(super) fn add(&mut self, username: &str, bytes: (u64, u64)) {
        let sum = self.by_user.entry(username.to_owned()).or_default();
        sum.0 += i64::try_from(bytes.0).unwrap();
        sum.1 += i64::try_from(bytes.1).unwrap();
    }

    pub(super) fn ended(&mut self, is_over: impl Fn(&Live) -> bool) {
        let before = self.live.len();
        self.live.retain(|live| !is_over(live));
        self.sessions += i64::try_from(before - self.live.len()).unwrap();
    }
}

pub(super) fn some(numbers: &mut Numbers) -> (u64, u64) {
    (u64::from(numbers.below(1_000_000).unsigned_abs()), u64::from(numbers.below(50_000_000).unsigned_abs()))
}

pub(super) fn sum(one: (u64, u64), other: (u64, u64)) -> (u64, u64) {
    (one.0 + other.0, one.1 + other.1)
}

/// Something that happens to connections and statistics in the life of a service.
#[expect(clippy::too_many_lines, reason = "one arm a kind of event")]
async fn step(database: &TestDatabase, pool: &Pool, numbers: &mut Numbers, model: &mut Model) {
    let client = pool.get().await.unwrap();
    let username = format!("user-{}", numbers.below(4));
    let server = format!("node-{}", numbers.below(3));
    let chosen = match model.live.len() {
        0 => None,
        live => Some(usize::try_from(numbers.below(i32::try_from(live).unwrap())).unwrap()),
    };
    match (numbers.below(36), chosen) {
        (28.., Some(chosen)) => counter_step(database, pool, numbers, model, chosen).await,
        (0..5, _) | (5..17, None) => {
            let address = Ipv4Addr::new(10, 8, 0, u8::try_from(numbers.below(6)).unwrap());
            let new = NewConnection {
                username: &username,
                server_id: &server,
                virtual_ip: Some(address.into()),
                ..NewConnection::default()
            };
            let outcome = open(pool, &new, &ConnectionPolicy::default()).await.unwrap();
            model.ended(|live| live.server == server && live.address == address);
            if let OpenOutcome::Opened { id, ended, .. } = outcome {
                model.ended(|live| ended.iter().any(|ended| ended.id == live.id));
                model.live.push(Live { id, username, server, address, epoch: 1, sequence: 0, counted: (0, 0) });
            }
        }
        (5..12, Some(chosen)) => {
            let (more, live) = (some(numbers), &mut model.live[chosen]);
            if numbers.below(6) == 0 {
                (live.epoch, live.sequence, live.counted) = (live.epoch + 1, 0, (0, 0));
            }
            live.sequence += 1;
            live.counted = sum(live.counted, more);
            let (report, username) = ((live.id, live.sequence), live.username.clone());
            let (server, epoch, counted) = (live.server.clone(), live.epoch, live.counted);
            assert_eq!(send_heartbeat(&client, &server, epoch, report, counted).await.applied, [report.0]);
            // And again, and a late one, and one that can't be.
            assert_eq!(send_heartbeat(&client, &server, epoch, report, counted).await.repeated, [report.0]);
            send_heartbeat(&client, &server, epoch - 1, (report.0, 99), some(numbers)).await;
            send_heartbeat(&client, &server, epoch, (report.0, report.1 + 1), (u64::MAX, u64::MAX)).await;
            model.add(&username, more);
        }
        (12..14, Some(chosen)) => {
            let (more, live) = (some(numbers), &model.live[chosen]);
            let (id, username) = (live.id, live.username.clone());
            let with_counters = live.epoch == 1 && numbers.below(2) == 0;
            let last = with_counters.then(|| sum(live.counted, more));
            assert!(close(&client, &live.server, id, last).await.is_some());
            if with_counters {
                model.add(&username, more);
            }
            model.ended(|live| live.id == id);
        }
        (14, Some(chosen)) => {
            let (id, server) = (model.live[chosen].id, model.live[chosen].server.clone());
            let failed =
                mark_error(&client, &server, id, "tls", None, &CounterPolicy::default()).await.unwrap().unwrap();
            let sessions = model.sessions;
            model.ended(|live| live.id == id);
            if failed.statistics_id.is_none() {
                model.sessions = sessions;
            }
        }
        (15, Some(chosen)) => {
            let id = model.live[chosen].id;
            let silent = "UPDATE vpn_connections SET last_activity = NOW() - INTERVAL '2 days' WHERE id =";
            execute_sql(database, &format!("{silent} {id}")).await;
            assert_eq!(reap_stale(&client, STALE, 10).await.unwrap().len(), 1);
            model.ended(|live| live.id == id);
        }
        (16, Some(_)) => {
            let back = "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour' WHERE id % 2 = 0";
            execute_sql(database, back).await;
        }
        (17, _) => {
            let reason = CloseReason::Administrator;
            let ended = connections::close_all_for_user().bind(&client, &username, &reason).all().await.unwrap();
            model.ended(|live| ended.iter().any(|ended| ended.connection_id == live.id));
        }
        (18, _) => {
            let reason = CloseReason::ServerRestart;
            let ended = connections::close_all_for_server()
                .bind(&client, &server, &None::<&str>, &None, &reason)
                .all()
                .await
                .unwrap();
            model.ended(|live| ended.iter().any(|ended| ended.connection_id == live.id));
        }
        // Rows of another program, some of them of days long gone, several at once.
        (19, _) => {
            let (bytes, days) = (some(numbers), numbers.below(200));
            execute_sql(
                database,
                &format!(
                    "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type)
                     SELECT '{username}', '{server}', {} + n, {}, 60, NOW() - INTERVAL '{days} days', NOW() - INTERVAL '{days} days',
                            CASE n WHEN 0 THEN 'vpn' END
                     FROM GENERATE_SERIES(0, 2) n",
                    bytes.0, bytes.1
                ),
            )
            .await;
            model.add(&username, (3 * bytes.0 + 3, 3 * bytes.1));
            model.sessions += 3;
        }
        // What a client claims is in no sum.
        (20, _) => {
            let none = &None::<&str>;
            let key = numbers.below(i32::MAX).to_string();
            let record = usage::record();
            record
                .bind(&client, &username, &server, &1, &1, &1, &"web", none, none, none, &key.as_str())
                .one()
                .await
                .unwrap();
        }
        (21 | 22, _) => {
            maintenance::archive_statistics()
                .bind(&client, &days(numbers.below(100).unsigned_abs()), &5)
                .one()
                .await
                .unwrap();
        }
        (23, _) => {
            maintenance::delete_old_connections().bind(&client, &days(0), &3).one().await.unwrap();
        }
        (26 | 27, _) => {
            maintenance::roll_up_hours()
                .bind(&client, &days(numbers.below(100).unsigned_abs()), &5)
                .one()
                .await
                .unwrap();
        }
        (24, Some(chosen)) => {
            // By hand, behind everybody's back.
            let (more, live) = (some(numbers), &model.live[chosen]);
            let (id, username) = (live.id, live.username.clone());
            let by_hand = format!(
                "UPDATE vpn_connections SET bytes_received = bytes_received + {}, bytes_sent = bytes_sent + {} WHERE id = {id}
                 AND heartbeat_epoch IS NOT NULL",
                more.0, more.1
            );
            if execute_sql(database, &by_hand).await == 1 {
                model.add(&username, more);
            }
        }
        _ => assert_eq!(recount(pool).await.unwrap(), []),
    }
}

async fn assert_agrees(database: &TestDatabase, client: &impl GenericClient, model: &Model, about: &str) {
    assert_eq!(usage::discrepancies().bind(client).all().await.unwrap(), [], "{about}");
    let mut all = (0, 0, 0);
    for number in 0..4 {
        let name = format!("user-{number}");
        let expected = model.by_user.get(&name).copied().unwrap_or_default();
        let summary = usage::user_summary().bind(client, &name).one().await.unwrap();
        assert_eq!((summary.total_bytes_in, summary.total_bytes_out), expected, "{about}: {name}");
        let live = model.live.iter().filter(|live| live.username == name).count();
        assert_eq!(summary.active_connections, i64::try_from(live).unwrap(), "{about}: {name}");
        let by_server = usage::user_totals_by_server().bind(client, &name).all().await.unwrap();
        assert_eq!(by_server.iter().map(|row| row.bytes_in).sum::<i64>(), expected.0, "{about}: {name}");
        let (from, to) = (Utc::now().date_naive() - TimeDelta::days(400), Utc::now().date_naive() + TimeDelta::days(1));
        let days = usage::usage_by_day().bind(client, &name, &from, &to).all().await.unwrap();
        assert_eq!(days.iter().map(|day| day.bytes_out).sum::<i64>(), expected.1, "{about}: {name}");
        all = (all.0 + expected.0, all.1 + expected.1, all.2 + summary.total_sessions);
    }
    assert_eq!(all.2, model.sessions, "{about}");
    let servers = usage::server_summaries().bind(client).all().await.unwrap();
    assert_eq!(servers.iter().map(|server| server.total_bytes_in).sum::<i64>(), all.0, "{about}");
    let bandwidth = usage::bandwidth().bind(client, &chrono::DateTime::UNIX_EPOCH).one().await.unwrap();
    assert_eq!((bandwidth.bytes_in, bandwidth.bytes_out, bandwidth.sessions), all, "{about}");
    assert_eq!(miscounted_connections(database).await, 0, "{about}");
}

/// A property, over histories that a seed chooses: after every step each roll-up is the sum of statistics, archive and live
/// connections, and what the history should have come to.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_sum_is_exact_after_every_step_of_random_histories() {
    let histories = (0..4_u64).map(|seed| async move {
        let database = migrated_database().await;
        let pool = database.pool().await;
        let client = pool.get().await.unwrap();
        for number in 0..4 {
            user(&client, &format!("user-{number}")).await;
        }
        let (mut numbers, mut model) = (Numbers::new(seed), Model::default());
        for number in 0..150 {
            step(&database, &pool, &mut numbers, &mut model).await;
            assert_agrees(&database, &client, &model, &format!("seed {seed}, step {number}")).await;
        }
    });
    for history in histories {
        history.await;
    }
}

#[tokio::test]
async fn the_last_24_hours_are_more_than_today_and_both_know_what_is_live() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (id, 1), (5, 7)).await;
    execute_sql(
        &database,
        "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, ended_at)
         SELECT 'ada', 'node-1', 100, 100, NOW() - INTERVAL '1 hour' * n, NOW() FROM GENERATE_SERIES(25, 48) n
         UNION ALL
         SELECT 'ada', 'node-1', 10, 10,
                GREATEST(DATE_TRUNC('day', NOW(), 'UTC') - INTERVAL '1 second', NOW() - INTERVAL '22 hours'), NOW()",
    )
    .await;
    let day = bandwidth_last_24_hours(&client).await.unwrap();
    assert_eq!((day.sessions, day.bytes_in, day.bytes_out), (1, 15, 17));
    // The session is of yesterday, but in the last two hours of a day; and midnight may have been a moment ago.
    let of_today =
        "SELECT COUNT(*) FROM vpn_statistics WHERE bytes_in = 10 AND started_at >= DATE_TRUNC('day', NOW(), 'UTC')";
    let of_today = scalar(&database, of_today).await;
    let today = bandwidth_today(&client).await.unwrap();
    assert!(
        (today.sessions, today.bytes_in) == (of_today, 5 + 10 * of_today) || (today.sessions, today.bytes_in) == (0, 0),
        "{today:?}"
    );
}

#[tokio::test]
async fn a_connection_without_a_user_can_end_and_is_in_no_sum() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    execute_sql(&database, "ALTER TABLE vpn_connections DROP CONSTRAINT fk_vpn_connections_username").await;
    let nobody = "INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity, usage_hour)
                  VALUES ('nobody', 'node-1', 'connected', NOW(), NOW(), DATE_TRUNC('hour', NOW())) RETURNING id";
    let id: i64 = client.query_one(nobody, &[]).await.unwrap().get(0);
    recount(&pool).await.unwrap();
    for (sequence, bytes) in [(1, (100, 200)), (2, (130, 240)), (3, (160, 260))] {
        assert_eq!(send_heartbeat(&client, "node-1", 1, (id, sequence), bytes).await.applied, [id]);
        assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
        execute_sql(&database, "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour'").await;
    }
    let ended = close(&client, "node-1", id, Some((170, 270))).await.expect("it was live");
    assert_eq!((ended.statistics_id, ended.bytes_received), (None, 170));
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM usage_totals").await, 0);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
}

#[tokio::test]
async fn erasing_a_user_keeps_every_sum() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = user_with_phone(&client, "ada.lovelace", &phone_number("+4915112345678")).await;
    user(&client, "bob").await;
    // Whom she made an account for, and one that was called what she will be.
    execute_sql(
        &database,
        &format!("UPDATE users SET created_by = 'ada.lovelace' WHERE id = {}", user(&client, "eve").await),
    )
    .await;
    user(&client, &format!("erased-{id}")).await;
    let device = Device { name: Some("Lovelace's phone".to_owned()), ..Device::default() };
    let session = create(&client, id, &device, &SessionPolicy::default()).await.unwrap();
    assert!(matches!(session, CreateOutcome::Created(..)), "{session:?}");
    let number = phone_number("+4915112345678");
    let claim = VerificationRequest::new(&number, Purpose::SignIn);
    send(&pool, &OtpConfig::new(OtpKeys::random()), &claim).await.unwrap();
    let new = NewConnection {
        username: "ada.lovelace",
        server_id: "node-1",
        virtual_ip: Some([10, 8, 0, 2].into()),
        client_ip: Some([198, 51, 100, 7].into()),
        device_name: Some("Lovelace's phone"),
        ..NewConnection::default()
    };
    for bytes in [(10, 20), (30, 40)] {
        let OpenOutcome::Opened { id, .. } = open(&pool, &new, &ConnectionPolicy::default()).await.unwrap() else {
            panic!("she may")
        };
        send_heartbeat(&client, "node-1", 1, (id, 1), bytes).await;
        execute_sql(&database, "UPDATE vpn_connections SET usage_hour = usage_hour - INTERVAL '1 hour'").await;
        send_heartbeat(&client, "node-1", 1, (id, 2), bytes).await;
    }
    close(&client, "node-1", connection(&client, "bob", "node-1").await, Some((1, 2))).await.unwrap();
    execute_sql(&database, "UPDATE vpn_statistics SET started_at = NOW() - INTERVAL '100 days'").await;
    maintenance::archive_statistics().bind(&client, &days(90), &1).one().await.unwrap();
    let entry = (&Some("ada.lovelace"), &Some("from 198.51.100.7"), &Some([198, 51, 100, 7].into()));
    barqnet_db::queries::audit::append()
        .bind(&client, &"login", entry.0, entry.1, entry.2, &"node-1")
        .one()
        .await
        .unwrap();
    let before = usage::server_summary().bind(&client, &"node-1").one().await.unwrap();
    let hers = usage::user_summary().bind(&client, &"ada.lovelace").one().await.unwrap();

    let error = queries::users::erase()
        .bind(&client, &"ada.lovelace", &None::<&str>, &["+4915112345678"].as_slice(), &[""; 0].as_slice())
        .one()
        .await
        .unwrap_err();
    assert_eq!(error.sqlstate().map(SqlState::code), Some("55006"), "{error}");
    let erased = erase(&pool, "ada.lovelace").await.expect("an account");
    assert_eq!(erased.pseudonym, format!("erased-{id}-"), "somebody has the other name");
    let kicked: Vec<_> = erased.closed.iter().map(|closed| (closed.server_id.as_str(), closed.virtual_ip)).collect();
    assert_eq!(kicked, [("node-1", new.virtual_ip)]);
    assert!(erase(&pool, "ada.lovelace").await.is_none());

    let after = usage::server_summary().bind(&client, &"node-1").one().await.unwrap();
    assert_eq!((after.total_bytes_in, after.total_bytes_out), (before.total_bytes_in, before.total_bytes_out));
    assert_eq!((after.unique_users, after.active_connections), (2, 0));
    let pseudonym = usage::user_summary().bind(&client, &erased.pseudonym).one().await.unwrap();
    assert_eq!((pseudonym.total_bytes_in, pseudonym.total_bytes_out), (hers.total_bytes_in, hers.total_bytes_out));
    assert_eq!(pseudonym.total_sessions, 2);
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(sessions::count_active().bind(&client, &id, &1e6).one().await.unwrap(), 0);

    let driver = database.client().await;
    // The rate-limit state of the number stays under a keyed hash until it expires.
    let kept = text_rows(&driver, "SELECT phone_number::TEXT FROM otp_numbers").await;
    assert!(matches!(kept.as_slice(), [pseudonym] if pseudonym.starts_with('#')), "{kept:?}");
    execute_sql(&database, "UPDATE otp_numbers SET quiet_since = quiet_since - INTERVAL '2 days'").await;
    assert_eq!(maintenance::delete_quiet_otp_numbers().bind(&client, &172_800.0, &500).await.unwrap(), 1);

    // Her node removes the account.
    let told = queries::users::list_removed().bind(&client, &"node-1", &0, &10).all().await.unwrap();
    assert_eq!(told.iter().map(|account| account.username.as_str()).collect::<Vec<_>>(), ["ada.lovelace"]);
    queries::users::confirm_removed().bind(&client, &told[0].id, &"node-1").await.unwrap();

    // Nowhere a trace.
    for table in text_rows(&driver, "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public'").await {
        let traces =
            format!("SELECT (t.*)::TEXT FROM {table} t WHERE t::TEXT ~* 'lovelace|15112345678|198\\.51\\.100\\.7'");
        assert_eq!(text_rows(&driver, &traces).await, Vec::<String>::new(), "{table}");
    }
}
