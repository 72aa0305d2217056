//! The audit trail: what is added stays in its order, and what stands out is found.

use std::{net::IpAddr, pin::pin};

use barqnet_db::{
    audit::{Appended, Entry, append, append_past},
    client::{GenericClient, stream_of},
    queries::audit::{self, AuditEntry, ImportParams},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;

use crate::common::{execute_sql, migrated_database};

async fn entry(
    client: &impl GenericClient,
    action: &str,
    username: Option<&str>,
    ip_address: Option<IpAddr>,
    server: &str,
) -> i64 {
    audit::append().bind(client, &action, &username, &None::<&str>, &ip_address, &server).one().await.expect("an id")
}

fn ids(entries: &[AuditEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn an_entry_has_action_user_address_and_time() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let address: IpAddr = "2001:db8::1".parse().unwrap();
    let before = Utc::now();
    let id = audit::append()
        .bind(&client, &"user_created", &Some("ada"), &Some(r#"{"by": "phone"}"#), &Some(address), &"node-1")
        .one()
        .await
        .unwrap();
    entry(&client, "started", None, None, "node-1").await;
    let found = &audit::recent().bind(&client, &i64::MAX, &10).all().await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[1].id, found[1].action.as_str(), found[1].username.as_deref()),
        (id, "user_created", Some("ada"))
    );
    assert_eq!((found[1].details.as_deref(), found[1].ip_address), (Some(r#"{"by": "phone"}"#), Some(address)));
    assert!(found[1].timestamp.is_some_and(|at| (at - before).abs() < TimeDelta::minutes(10)));
    assert_eq!((found[0].username.as_deref(), found[0].details.as_deref(), found[0].ip_address), (None, None, None));
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_its_times() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let start: DateTime<Utc> = "2026-01-02T03:04:05Z".parse().unwrap();
    let rows = 250_usize;
    let numbers = || 0..i64::try_from(rows).unwrap();
    let times: Vec<DateTime<Utc>> = numbers().map(|number| start - TimeDelta::seconds(number)).collect();
    let actions: Vec<String> = numbers().map(|number| format!("action {number}")).collect();
    let usernames: Vec<Option<String>> =
        numbers().map(|number| (number % 2 == 0).then(|| format!("user {number}"))).collect();
    let addresses: Vec<Option<IpAddr>> =
        numbers().map(|number| (number % 3 == 0).then(|| "192.0.2.1".parse().unwrap())).collect();
    let entries: Vec<_> = (0..rows)
        .map(|number| {
            let entry = Entry {
                action: &actions[number],
                username: usernames[number].as_deref(),
                details: None,
                ip_address: addresses[number],
                server_id: "node-1",
            };
            (times[number], entry)
        })
        .collect();
    let appended = append_past(&client, &entries).await.unwrap();
    assert_eq!(appended, Appended { added: 250, refused: Vec::new() });

    let mut found = audit::recent().bind(&client, &i64::MAX, &1000).all().await.unwrap();
    found.reverse();
    assert_eq!(found.len(), rows);
    assert!(found.is_sorted_by(|one, next| one.id < next.id));
    for (number, entry) in found.iter().enumerate() {
        assert_eq!((entry.action.as_str(), entry.timestamp), (actions[number].as_str(), Some(times[number])));
        assert_eq!((&entry.username, entry.ip_address), (&usernames[number], addresses[number]));
    }
}

#[tokio::test]
async fn paging_returns_every_entry_once_of_all_of_a_server_and_of_a_user() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (mut all, mut of_server, mut of_user) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..20 {
        let (server, username) = (["node-1", "node-2"][number % 2], ["ada", "bob", "cyd"][number % 3]);
        let id = entry(&client, "login", Some(username), None, server).await;
        all.insert(0, id);
        if server == "node-1" {
            of_server.insert(0, id);
        }
        if username == "ada" {
            of_user.insert(0, id);
        }
    }
    let (mut found, mut before) = (Vec::new(), i64::MAX);
    loop {
        let page = audit::recent().bind(&client, &before, &6).all().await.unwrap();
        let Some(last) = page.last() else { break };
        before = last.id;
        found.extend(ids(&page));
    }
    assert_eq!(found, all);
    let first = audit::by_server().bind(&client, &"node-1", &i64::MAX, &4).all().await.unwrap();
    let rest = audit::by_server().bind(&client, &"node-1", &first[3].id, &100).all().await.unwrap();
    assert_eq!([ids(&first), ids(&rest)].concat(), of_server);
    let first = audit::by_user().bind(&client, &"ada", &i64::MAX, &4).all().await.unwrap();
    let rest = audit::by_user().bind(&client, &"ada", &first[3].id, &100).all().await.unwrap();
    assert_eq!([ids(&first), ids(&rest)].concat(), of_user);
}

#[tokio::test]
async fn addresses_with_most_failures_and_users_with_most_actions_are_listed_first() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let address = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
    for (last, failures) in [(1, 6), (2, 9), (3, 5), (4, 6)] {
        for _ in 0..failures {
            entry(&client, "login_failed", Some("ada"), address(last), "node-1").await;
        }
    }
    for _ in 0..20 {
        entry(&client, "login_failed", None, None, "node-1").await;
        entry(&client, "login", Some("bob"), address(9), "node-1").await;
    }
    // Long ago.
    let client_of_driver = database.client().await;
    client_of_driver
        .batch_execute(
            "INSERT INTO audit_log (timestamp, action, username, ip_address, server_id)
             SELECT NOW() - INTERVAL '2 hours', 'login_failed', 'eve', '192.0.2.8', 'node-1' FROM GENERATE_SERIES(1, 50)",
        )
        .await
        .unwrap();
    let since = Utc::now() - TimeDelta::hours(1);
    let found = audit::failures_by_ip().bind(&client, &since, &"login_failed%", &6, &10).all().await.unwrap();
    let seen: Vec<_> = found.iter().map(|row| (Some(row.ip_address), row.failures)).collect();
    assert_eq!(seen, [(address(2), 9), (address(1), 6), (address(4), 6)]);
    assert!(found.iter().all(|row| row.newest_at >= since));
    assert_eq!(audit::failures_by_ip().bind(&client, &since, &"login_failed%", &6, &1).all().await.unwrap().len(), 1);

    let found = audit::actions_by_user().bind(&client, &since, &"login%", &20, &10).all().await.unwrap();
    let seen: Vec<_> = found.iter().map(|row| (row.username.as_str(), row.actions)).collect();
    assert_eq!(seen, [("ada", 26), ("bob", 20)]);
    assert!(found.iter().all(|row| row.newest_at >= since));
    assert_eq!(audit::actions_by_user().bind(&client, &since, &"login%", &27, &10).all().await.unwrap().len(), 0);
}

pub(crate) fn past_entry(number: usize) -> ImportParams<String, &'static str, &'static str, &'static str> {
    let start: DateTime<Utc> = "2026-01-02T03:04:05Z".parse().unwrap();
    ImportParams {
        timestamp: start + TimeDelta::seconds(i64::try_from(number).unwrap()),
        action: format!("action {number}"),
        username: None,
        details: number.is_multiple_of(2).then_some("{}"),
        ip_address: number.is_multiple_of(3).then(|| "2001:db8::1".parse().unwrap()),
        server_id: "node-1",
        subject_id: number.is_multiple_of(5).then_some(7),
    }
}

#[tokio::test]
async fn entries_that_are_copied_in_are_those_that_are_copied_out() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let added = audit::import().copy_in(&client, stream_of((0..2000).map(past_entry))).await.unwrap();
    assert_eq!(added, 2000);
    let rows = audit::export().copy_out(&client).await.unwrap();
    let mut found: Vec<AuditEntry> = pin!(rows).try_collect().await.unwrap();
    found.sort_by_key(|entry| entry.id);
    let mut of_select = audit::recent().bind(&client, &i64::MAX, &5000).all().await.unwrap();
    of_select.reverse();
    assert_eq!(found, of_select);
    for (number, entry) in found.iter().enumerate() {
        let wanted = past_entry(number);
        assert_eq!((entry.action.as_str(), entry.timestamp), (wanted.action.as_str(), Some(wanted.timestamp)));
        assert_eq!((entry.details.as_deref(), entry.ip_address), (wanted.details, wanted.ip_address));
        assert_eq!(entry.subject_id, wanted.subject_id);
    }
}

#[tokio::test]
async fn a_strange_text_costs_no_entry() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let (long, strange) = ("ä".repeat(256), "a\0b");
    let start: DateTime<Utc> = "2026-01-02T03:04:05Z".parse().unwrap();
    let mut entries = Vec::new();
    for text in [long.as_str(), strange, "", "\u{202E}\n\t", "ada"] {
        let entry = Entry {
            action: text,
            username: Some(text),
            details: Some(text),
            ip_address: Some("::ffff:192.0.2.1".parse().unwrap()),
            server_id: text,
        };
        append(&client, &entry).await.unwrap();
        entries.push((start, entry));
    }
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        entries.insert(2, (at, entries[0].1));
    }
    let appended = append_past(&client, &entries).await.unwrap();
    assert_eq!(appended, Appended { added: 5, refused: vec![2, 3] });

    let mut found = audit::recent().bind(&client, &i64::MAX, &100).all().await.unwrap();
    found.reverse();
    let cut = "ä".repeat(255);
    let texts = [cut.as_str(), "a\u{FFFD}b", "", "\u{202E}\n\t", "ada"];
    for (entry, text) in found.iter().zip(texts.iter().chain(&texts)) {
        assert_eq!(
            (entry.action.as_str(), entry.username.as_deref(), entry.server_id.as_str()),
            (*text, Some(*text), *text)
        );
        assert_eq!(entry.ip_address, Some("192.0.2.1".parse().unwrap()));
    }
    assert_eq!(found.len(), 10);
    assert_eq!(found[0].details.as_deref(), Some(long.as_str()), "details have no limit");
    assert_eq!(found[1].details.as_deref(), Some("a\u{FFFD}b"));
}

#[tokio::test]
async fn failures_count_by_address_whatever_its_form_and_by_network_of_ipv6() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for address in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"] {
        let ip_address = Some(address.parse().unwrap());
        append(&client, &Entry { action: "login_failed", ip_address, ..Entry::default() }).await.unwrap();
    }
    // As an earlier release stored them.
    execute_sql(
        &database,
        "INSERT INTO audit_log (timestamp, action, ip_address, server_id)
         VALUES (NOW(), 'login_failed', '192.0.2.1/24', 'x'), (NOW(), 'login_failed', '::ffff:192.0.2.1', 'x')",
    )
    .await;
    let since = Utc::now() - TimeDelta::hours(1);
    let found = audit::failures_by_ip().bind(&client, &since, &"login_failed", &1, &10).all().await.unwrap();
    let found: Vec<_> = found.iter().map(|row| (row.ip_address.to_string(), row.failures)).collect();
    let expected = [("192.0.2.1", 4), ("2001:db8:0:1::", 2), ("2001:db8:0:2::", 1)];
    assert_eq!(found, expected.map(|(address, failures)| (address.to_owned(), failures)));
}
