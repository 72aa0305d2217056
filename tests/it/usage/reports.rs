//! Usage: what the typed functions and views add up, against the same sums made row by row.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use barqnet_db::{
    client::GenericClient,
    pool::Client,
    queries::{maintenance, monitoring, usage},
    tokio_postgres::error::SqlState,
};
use barqnet_db_testing::TestDatabase;
use chrono::{DateTime, NaiveTime, SubsecRound, TimeDelta, Timelike, Utc};

use super::support::{Totals, by_day};
use crate::common::{
    Numbers, at_once, close, connection, days, execute_sql, migrated_database, pool_of, scalar, send_heartbeat, server,
    user,
};

/// A row of statistics as the tests remember it.
#[derive(Clone, Debug)]
struct Session {
    username: String,
    server_id: String,
    bytes_in: i64,
    bytes_out: i64,
    seconds: i64,
    started_at: DateTime<Utc>,
    /// Its session type; NULL, in old rows, is vpn.
    kind: Option<&'static str>,
}

impl Session {
    fn is_measured(&self) -> bool {
        self.kind.is_none_or(|kind| kind == "vpn")
    }
}

/// The hour that it began in.
fn hour(session: &Session) -> DateTime<Utc> {
    session.started_at.with_minute(0).unwrap().with_second(0).unwrap()
}

fn totals<'s>(sessions: impl Iterator<Item = &'s Session>) -> Totals {
    sessions.fold((0, 0, 0, 0), |sum, session| {
        (sum.0 + 1, sum.1 + session.bytes_in, sum.2 + session.bytes_out, sum.3 + session.seconds)
    })
}

fn grouped<'s, K: Ord>(
    sessions: impl Iterator<Item = &'s Session>,
    key: impl Fn(&Session) -> K,
) -> BTreeMap<K, Totals> {
    let mut groups: BTreeMap<K, Vec<&Session>> = BTreeMap::new();
    for session in sessions {
        groups.entry(key(session)).or_default().push(session);
    }
    groups.into_iter().map(|(key, sessions)| (key, totals(sessions.into_iter()))).collect()
}

/// Fills the database with sessions of the last 200 days and returns them.
async fn random_sessions(database: &TestDatabase, client: &impl GenericClient) -> Vec<Session> {
    let mut numbers = Numbers::new(3);
    let users: Vec<String> = (0..6).map(|number| format!("user-{number}")).collect();
    for username in &users {
        user(client, username).await;
    }
    let now = Utc::now().trunc_subsecs(0);
    let driver = database.client().await;
    let mut sessions = Vec::new();
    for number in 0..600 {
        let session = Session {
            // The last user never has one.
            username: users[usize::try_from(numbers.below(5)).unwrap()].clone(),
            server_id: format!("node-{}", numbers.below(4)),
            bytes_in: i64::from(numbers.below(2_000_000_000)) * 50,
            bytes_out: i64::from(numbers.below(2_000_000_000)) * 70,
            seconds: i64::from(numbers.below(100_000)),
            started_at: now - TimeDelta::seconds(i64::from(numbers.below(200 * 86_400))),
            kind: [Some("vpn"), Some("vpn"), Some("api"), Some("web"), None]
                [usize::try_from(numbers.below(5)).unwrap()],
        };
        // Some never ended: they are counted and never archived.
        let ended = (number % 10 != 0).then(|| session.started_at + TimeDelta::seconds(session.seconds));
        driver
            .execute(
                "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at, session_type)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                &[
                    &session.username,
                    &session.server_id,
                    &session.bytes_in,
                    &session.bytes_out,
                    &i32::try_from(session.seconds).unwrap(),
                    &session.started_at,
                    &ended,
                    &session.kind,
                ],
            )
            .await
            .unwrap();
        sessions.push(session);
    }
    for number in 0..12 {
        connection(client, &users[number % 4], if number % 3 == 0 { "node-0" } else { "node-1" }).await;
    }
    sessions
}

/// Every typed function and view against the sessions, one by one.
async fn assert_all_agree(client: &impl GenericClient, sessions: &[Session]) {
    let measured = || sessions.iter().filter(|session| session.is_measured());
    for number in 0..6 {
        let name = format!("user-{number}");
        let own = || sessions.iter().filter(|session| session.username == name);
        let summary = usage::user_summary().bind(client, &name).one().await.unwrap();
        let found =
            (summary.total_sessions, summary.total_bytes_in, summary.total_bytes_out, summary.total_duration_seconds);
        let own_measured = || measured().filter(|session| session.username == name);
        assert_eq!(found, totals(own_measured()), "{name}");
        assert_eq!(summary.active_connections, if number < 4 { 3 } else { 0 }, "{name}");
        assert_eq!(summary.last_session_at, own_measured().map(|session| session.started_at).max(), "{name}");

        let by_type = usage::client_reported_totals().bind(client, &name).all().await.unwrap();
        let found: BTreeMap<String, Totals> = by_type
            .into_iter()
            .map(|row| (row.session_type, (row.sessions, row.bytes_in, row.bytes_out, row.duration_seconds)))
            .collect();
        let claimed = own().filter(|session| !session.is_measured());
        assert_eq!(found, grouped(claimed, |session| session.kind.unwrap_or("vpn").to_owned()), "{name}");

        let by_server = usage::user_totals_by_server().bind(client, &name).all().await.unwrap();
        // Servers with live connections only have a row, too, of nothing so far.
        let by_server: Vec<_> = by_server.into_iter().filter(|row| row.sessions > 0).collect();
        assert!(by_server.is_sorted_by(|one, next| one.bytes_in + one.bytes_out >= next.bytes_in + next.bytes_out));
        let found: BTreeMap<String, Totals> = by_server
            .into_iter()
            .map(|row| (row.server_id, (row.sessions, row.bytes_in, row.bytes_out, row.duration_seconds)))
            .collect();
        assert_eq!(found, grouped(own_measured(), |session| session.server_id.clone()), "{name}");

        let (from, to) =
            (Utc::now().date_naive() - TimeDelta::days(150), Utc::now().date_naive() - TimeDelta::days(30));
        let found = by_day(usage::usage_by_day().bind(client, &name, &from, &to).all().await.unwrap());
        let within = |session: &&Session| (from..=to).contains(&session.started_at.date_naive());
        assert_eq!(found, grouped(own_measured().filter(within), |session| session.started_at.date_naive()), "{name}");

        let (since, until) = (Utc::now() - TimeDelta::days(120), Utc::now() - TimeDelta::days(30));
        let by_hour = usage::usage_by_hour().bind(client, &name, &since, &until).all().await.unwrap();
        assert!(by_hour.is_sorted_by(|one, next| one.hour < next.hour));
        let found: BTreeMap<DateTime<Utc>, Totals> = by_hour
            .into_iter()
            .map(|row| (row.hour, (row.sessions, row.bytes_in, row.bytes_out, row.duration_seconds)))
            .collect();
        let within = |session: &&Session| (since..until).contains(&hour(session));
        assert_eq!(found, grouped(own_measured().filter(within), hour), "{name}");
    }
    assert!(usage::user_summary().bind(client, &"nobody").opt().await.unwrap().is_none());

    let summaries = usage::server_summaries().bind(client).all().await.unwrap();
    assert_eq!(summaries.len(), 4);
    for summary in summaries {
        let own = || measured().filter(|session| session.server_id == summary.server_id);
        let found =
            (summary.total_sessions, summary.total_bytes_in, summary.total_bytes_out, summary.total_duration_seconds);
        assert_eq!(found, totals(own()), "{}", summary.server_id);
        let users: BTreeSet<&str> = own().map(|session| session.username.as_str()).collect();
        assert_eq!(summary.unique_users, i64::try_from(users.len()).unwrap(), "{}", summary.server_id);
        let live = [("node-0", 4), ("node-1", 8)].into_iter().find(|(name, _)| *name == summary.server_id);
        assert_eq!(summary.active_connections, live.map_or(0, |(_, live)| live), "{}", summary.server_id);

        let alone = usage::server_summary().bind(client, &summary.server_id).one().await.unwrap();
        assert_eq!(format!("{alone:?}"), format!("{summary:?}"), "the view and the statement agree");

        let (from, to) = (Utc::now().date_naive() - TimeDelta::days(150), Utc::now().date_naive());
        let found =
            by_day(usage::server_usage_by_day().bind(client, &summary.server_id, &from, &to).all().await.unwrap());
        // The live connections of today have a row of nothing so far.
        let found: BTreeMap<_, _> = found.into_iter().filter(|(_, totals)| totals.0 > 0).collect();
        let within = |session: &&Session| (from..=to).contains(&session.started_at.date_naive());
        assert_eq!(
            found,
            grouped(own().filter(within), |session| session.started_at.date_naive()),
            "{}",
            summary.server_id
        );
    }
    assert!(usage::server_summary().bind(client, &"node-9").opt().await.unwrap().is_none());
    assert_periods_agree(client, sessions).await;
}

/// The reports of a period, and those of all time.
async fn assert_periods_agree(client: &impl GenericClient, sessions: &[Session]) {
    let measured = || sessions.iter().filter(|session| session.is_measured());
    // The first of these in the time of which only days may be left.
    let midnight = (Utc::now() - TimeDelta::days(150)).date_naive().and_time(NaiveTime::MIN).and_utc();
    let (long, short) = (Utc::now() - TimeDelta::days(100), Utc::now() - TimeDelta::days(10));
    for since in [None, Some(midnight), Some(long), Some(short)] {
        let within = |session: &&Session| since.is_none_or(|since| hour(session) >= since);
        let mut expected: Vec<(String, Totals)> =
            grouped(measured().filter(within), |session| session.username.clone()).into_iter().collect();
        expected.sort_by_key(|(name, (_, bytes_in, bytes_out, _))| (-(bytes_in + bytes_out), name.clone()));
        expected.truncate(3);
        let top = match since {
            Some(since) => usage::top_users().bind(client, &since, &3).all().await.unwrap(),
            None => usage::top_users_ever().bind(client, &3).all().await.unwrap(),
        };
        let found: Vec<(String, Totals)> = top
            .into_iter()
            .map(|row| (row.username, (row.sessions, row.bytes_in, row.bytes_out, row.duration_seconds)))
            .collect();
        assert_eq!(found, expected, "since {since:?}");

        let bandwidth = usage::bandwidth().bind(client, &since.unwrap_or_default()).one().await.unwrap();
        let found = (bandwidth.sessions, bandwidth.bytes_in, bandwidth.bytes_out, bandwidth.duration_seconds);
        assert_eq!(found, totals(measured().filter(within)), "since {since:?}");
    }

    let everything = grouped(measured(), |session| session.username.clone());
    let mut expected: Vec<(i64, String)> =
        everything.into_iter().map(|(name, (_, bytes_in, bytes_out, _))| (-(bytes_in + bytes_out), name)).collect();
    expected.sort();
    let top = monitoring::top_users_by_bandwidth().bind(client, &100).all().await.unwrap();
    assert_eq!(top.len(), expected.len());
    for (found, (bytes, name)) in top.iter().zip(&expected) {
        assert_eq!(found.username, *name);
        // In bytes the sum is far below 2⁵³: the division by a power of two is exact.
        assert!((found.gib_total * 1_073_741_824.0 + exact(*bytes)).abs() < 1.0, "{name}: {}", found.gib_total);
    }
}

#[expect(clippy::cast_precision_loss, reason = "the sums of these tests stay below 2⁵³")]
fn exact(bytes: i64) -> f64 {
    bytes as f64
}

#[tokio::test]
async fn every_sum_agrees_with_the_rows_and_archiving_changes_none() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let sessions = random_sessions(&database, &client).await;
    assert_all_agree(&client, &sessions).await;

    // Half-way through, the rows lie in both tables.
    assert_eq!(maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap(), 100);
    assert_all_agree(&client, &sessions).await;
    while maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap() > 0 {}
    let stay =
        scalar(&database, "SELECT COUNT(*) FROM vpn_statistics WHERE started_at < NOW() - INTERVAL '90 days'").await;
    assert!(stay > 0, "those that never ended stay");
    assert_all_agree(&client, &sessions).await;
    while maintenance::archive_statistics().bind(&client, &days(0), &500).one().await.unwrap() > 0 {}
    assert_all_agree(&client, &sessions).await;

    // Hours of which only days are left are in all but the figures by the hour.
    while maintenance::roll_up_hours().bind(&client, &days(125), &10).one().await.unwrap() > 0 {}
    assert!(scalar(&database, "SELECT COUNT(*) FROM usage_daily").await > 0);
    assert_all_agree(&client, &sessions).await;
}

#[tokio::test]
async fn usage_of_live_connections_is_in_every_figure_at_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for name in ["ada", "bob"] {
        user(&client, name).await;
    }
    server(&client, "node-1").await;
    let placed =
        "UPDATE servers SET location_id = (SELECT MIN(location_id) FROM server_locations) WHERE name = 'node-1'";
    execute_sql(&database, placed).await;
    let (hers, his) = (connection(&client, "ada", "node-1").await, connection(&client, "bob", "node-1").await);
    let gib = 1_u64 << 30;
    send_heartbeat(&client, "node-1", 1, (hers, 1), (3 * gib, 2 * gib)).await;
    send_heartbeat(&client, "node-1", 1, (his, 1), (gib, gib)).await;

    let today = Utc::now().date_naive();
    let since = Utc::now() - TimeDelta::hours(2);
    let (received, sent) = (i64::try_from(4 * gib).unwrap(), i64::try_from(3 * gib).unwrap());
    let top = usage::top_users().bind(&client, &since, &10).all().await.unwrap();
    let found: Vec<_> = top.iter().map(|user| (user.username.as_str(), user.bytes_in + user.bytes_out)).collect();
    let (of_ada, of_bob) = (i64::try_from(5 * gib).unwrap(), i64::try_from(2 * gib).unwrap());
    assert_eq!(found, [("ada", of_ada), ("bob", of_bob)]);
    let top = usage::top_users_ever().bind(&client, &1).all().await.unwrap();
    assert_eq!((top[0].username.as_str(), top[0].bytes_in + top[0].bytes_out), ("ada", of_ada));
    let (yesterday, tomorrow) = (today - TimeDelta::days(1), today + TimeDelta::days(1));
    let of_server = usage::server_usage_by_day().bind(&client, &"node-1", &yesterday, &tomorrow).one().await.unwrap();
    assert_eq!((of_server.bytes_in, of_server.bytes_out), (received, sent));
    let all = usage::bandwidth().bind(&client, &since).one().await.unwrap();
    assert_eq!((all.bytes_in, all.bytes_out), (received, sent));
    assert!((monitoring::bandwidth_today().bind(&client).one().await.unwrap() - 7.0).abs() < 1e-9);
    let location = "SELECT (total_bytes_in * 10 + total_bytes_out)::BIGINT FROM v_location_statistics WHERE active_connections = 2";
    assert_eq!(scalar(&database, location).await, received * 10 + sent);
    let server = usage::server_summary().bind(&client, &"node-1").one().await.unwrap();
    assert_eq!((server.total_bytes_in, server.total_bytes_out, server.total_sessions), (received, sent, 0));
}

#[tokio::test]
async fn the_history_of_a_user_includes_the_archive() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let sessions = random_sessions(&database, &client).await;
    let all = async || {
        let (mut rows, mut before) = (Vec::new(), i64::MAX);
        loop {
            let page = usage::history_by_user().bind(&client, &"user-1", &before, &7).all().await.unwrap();
            let Some(last) = page.last() else { break };
            before = last.id;
            rows.extend(page.iter().map(|usage| format!("{usage:?}")));
        }
        rows
    };
    let before = all().await;
    assert_eq!(before.len(), sessions.iter().filter(|session| session.username == "user-1").count());
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    while maintenance::archive_statistics().bind(&client, &days(90), &100).one().await.unwrap() > 0 {}
    assert_eq!(all().await, before);
}

#[tokio::test]
async fn byte_counts_reported_by_a_client_are_stored_apart_from_measured_ones() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let id = connection(&client, "ada", "node-1").await;
    close(&client, "node-1", id, Some((5, 6))).await.expect("it was live");
    let sent = Cell::new(0);
    let report = async |kind: &str, bytes: i64, protocol: &str| {
        let record = usage::record();
        let (version, protocol, encryption) = (Some("2.1.0"), Some(protocol), Some("AES-256-GCM"));
        let key = sent.replace(sent.get() + 1).to_string();
        record
            .bind(
                &client,
                &"ada",
                &"node-1",
                &bytes,
                &(2 * bytes),
                &60,
                &kind,
                &version,
                &protocol,
                &encryption,
                &key.as_str(),
            )
            .opt()
            .await
    };
    let stored = report("api", 100, "udp").await.unwrap().expect("a row");
    assert!(report("web", 1000, "tcp").await.unwrap().is_some());
    assert!(report("vpn", 10_000, "udp").await.unwrap().is_none(), "servers alone measure");
    for (bytes, protocol) in [(-1, "udp"), (1, "icmp")] {
        let error = report("api", bytes, protocol).await.unwrap_err();
        assert_eq!(error.sqlstate().map(SqlState::code), Some("23514"), "{bytes} {protocol}: {error}");
    }

    let by_type = usage::client_reported_totals().bind(&client, &"ada").all().await.unwrap();
    let found: Vec<_> = by_type.iter().map(|row| (row.session_type.as_str(), row.bytes_in, row.bytes_out)).collect();
    assert_eq!(found, [("api", 100, 200), ("web", 1000, 2000)]);
    let summary = usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    assert_eq!((summary.total_sessions, summary.total_bytes_in, summary.total_bytes_out), (1, 5, 6));
    let measured = usage::bandwidth().bind(&client, &DateTime::UNIX_EPOCH).one().await.unwrap();
    assert_eq!((measured.bytes_in, measured.bytes_out), (5, 6));

    let history = usage::history_by_user().bind(&client, &"ada", &i64::MAX, &10).all().await.unwrap();
    let reported = history.iter().find(|usage| usage.id == stored).expect("it is in the history");
    assert_eq!(
        (reported.session_type.as_str(), reported.protocol.as_deref(), reported.connection_id),
        ("api", Some("udp"), None)
    );
    assert_eq!(
        (reported.client_version.as_deref(), reported.encryption.as_deref()),
        (Some("2.1.0"), Some("AES-256-GCM"))
    );

    // Every reported value is stored, plausible or not.
    for _ in 0..2 {
        report("web", i64::MAX / 2, "tcp").await.unwrap().expect("a row");
    }
    let by_type = usage::client_reported_totals().bind(&client, &"ada").all().await.unwrap();
    assert_eq!((by_type[1].bytes_in, by_type[1].bytes_out, by_type[1].sessions), (i64::MAX, i64::MAX, 3));
    let took = reported.ended_at.unwrap() - reported.started_at.unwrap();
    assert_eq!(took, TimeDelta::seconds(60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_clients_report_counts_once_per_key_however_often_it_is_sent() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 8).await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    user(&client, "bob").await;
    let none = &None::<&str>;
    let report = async |client: &Client, username: &str, key: &str| {
        let record = usage::record();
        record
            .bind(client, &username, &"node-1", &100, &200, &60, &"api", none, none, none, &key)
            .one()
            .await
            .expect("a row")
    };
    let first = report(&client, "ada", "a").await;
    let taken = "SELECT last_value FROM vpn_statistics_id_seq";
    let before = scalar(&database, taken).await;
    assert_eq!(report(&client, "ada", "a").await, first);
    assert_eq!(scalar(&database, taken).await, before, "a repeated report takes no id");
    assert_ne!(report(&client, "ada", "b").await, first, "another key");
    assert_ne!(report(&client, "bob", "a").await, first, "another user");
    let sent = at_once(8, |_| {
        let pool = pool.clone();
        async move {
            let client = pool.get().await.unwrap();
            let record = usage::record();
            let none = &None::<&str>;
            record
                .bind(&client, &"ada", &"node-1", &100, &200, &60, &"web", none, none, none, &"c")
                .one()
                .await
                .unwrap()
        }
    })
    .await;
    assert!(sent.iter().all(|id| *id == sent[0]), "{sent:?}");
    let totals = usage::client_reported_totals().bind(&client, &"ada").all().await.unwrap();
    let found: Vec<_> = totals.iter().map(|row| (row.session_type.as_str(), row.sessions, row.bytes_in)).collect();
    assert_eq!(found, [("api", 2, 200), ("web", 1, 100)]);
}

#[tokio::test]
async fn a_clients_report_counts_once_also_after_its_row_was_archived() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let none = &None::<&str>;
    let report = async |key: &str| {
        let record = usage::record();
        record
            .bind(&client, &"ada", &"node-1", &100, &200, &60, &"api", none, none, none, &key)
            .one()
            .await
            .expect("a row")
    };
    let (first, second) = (report("a").await, report("b").await);
    let stored = "SELECT COUNT(*) FROM vpn_statistics";
    let archive =
        async |batch: i64| maintenance::archive_statistics().bind(&client, &days(0), &batch).one().await.unwrap();
    assert_eq!(archive(1).await, 1);
    assert_eq!([report("a").await, report("b").await], [first, second], "one archived, one not");
    assert_eq!(scalar(&database, stored).await, 1);
    assert_eq!(archive(100).await, 1);
    assert_eq!([report("a").await, report("b").await], [first, second], "both archived");
    assert_eq!(scalar(&database, stored).await, 0);
    // As a program of the release before does, whose statement does not look into the archive.
    let again = "INSERT INTO vpn_statistics (username, server_id, session_type, ended_at, report_key)
                 VALUES ('ada', 'node-1', 'api', NOW(), 'a')";
    execute_sql(&database, again).await;
    report("a").await;
    assert_eq!(archive(100).await, 1, "a second row of the same key is archived, too");
}

#[tokio::test]
async fn no_duration_is_negative_in_reports_rows_and_totals() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let none = &None::<&str>;
    let record = usage::record();
    let report = record.bind(&client, &"ada", &"node-1", &1, &1, &-86_400, &"api", none, none, none, &"a");
    let error = report.one().await.unwrap_err();
    assert_eq!(error.constraint(), Some("chk_vpn_statistics_duration"));
    for table in ["vpn_connections", "vpn_statistics"] {
        let insert =
            format!("INSERT INTO {table} (username, server_id, duration_seconds) VALUES ('ada', 'node-1', -1)");
        let error = client.execute(&insert, &[]).await.unwrap_err();
        assert_eq!(error.constraint(), Some(format!("chk_{table}_duration").as_str()));
    }
}

#[tokio::test]
async fn a_long_version_or_cipher_costs_no_report() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let long = &Some("x".repeat(51));
    let record = usage::record();
    record.bind(&client, &"ada", &"node-1", &1, &1, &1, &"api", long, &None::<&str>, long, &"a").one().await.unwrap();
    let kept = "SELECT COUNT(*) FROM vpn_statistics WHERE LENGTH(client_version) = 50 AND LENGTH(encryption) = 50";
    assert_eq!(scalar(&database, kept).await, 1);
}
