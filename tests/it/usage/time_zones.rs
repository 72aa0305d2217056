//! Days and hours of usage are those of UTC, whatever the time zone of server and session.

use barqnet_db::queries::{monitoring, usage};
use chrono::{NaiveDate, TimeDelta, Utc};

use crate::common::{execute_sql, migrated_database, user};

#[tokio::test]
async fn days_and_hours_are_those_of_utc_whatever_the_time_zone_of_server_and_session() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    for (number, at) in
        ["2024-03-09 23:59:59.999999Z", "2024-03-10 00:00:00Z", "2024-03-10 23:59:59.999999Z", "2024-03-11 00:00:00Z"]
            .iter()
            .enumerate()
    {
        execute_sql(
            &database,
            &format!(
                "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at)
                 VALUES ('ada', 'node-1', {}, 0, 0, '{at}')",
                10_i64.pow(u32::try_from(number).unwrap())
            ),
        )
        .await;
    }
    let day = |day| NaiveDate::from_ymd_opt(2024, 3, day).unwrap();
    for zone in ["UTC", "Pacific/Chatham", "America/New_York"] {
        // Chatham is 12 h 45 min or 13 h 45 min ahead: neither its days nor its hours are those of UTC.
        client.batch_execute(&format!("SET TimeZone = '{zone}'")).await.unwrap();
        let by_day = usage::usage_by_day().bind(&client, &"ada", &day(9), &day(11)).all().await.unwrap();
        let found: Vec<_> = by_day.iter().map(|row| (row.day, row.bytes_in)).collect();
        assert_eq!(found, [(day(9), 1), (day(10), 110), (day(11), 1000)], "{zone}");
        let of_server = usage::server_usage_by_day().bind(&client, &"node-1", &day(10), &day(10)).all().await.unwrap();
        assert_eq!(of_server.iter().map(|row| (row.day, row.bytes_in)).collect::<Vec<_>>(), [(day(10), 110)], "{zone}");

        let since = day(10).and_hms_opt(0, 0, 0).unwrap().and_utc();
        let until = day(11).and_hms_opt(0, 0, 0).unwrap().and_utc();
        let by_hour = usage::usage_by_hour().bind(&client, &"ada", &since, &until).all().await.unwrap();
        let found: Vec<_> = by_hour.iter().map(|row| (row.hour, row.bytes_in)).collect();
        assert_eq!(found, [(since, 10), (until - TimeDelta::hours(1), 100)], "{zone}");
    }
}

#[tokio::test]
async fn the_bandwidth_of_today_begins_at_midnight_utc() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    assert!(monitoring::bandwidth_today().bind(&client).one().await.unwrap().abs() < f64::EPSILON);
    let gib = 1_i64 << 30;
    let (mut day, mut found) = (Utc::now().date_naive(), Vec::new());
    loop {
        for zone in ["UTC", "Pacific/Chatham"] {
            database
                .client()
                .await
                .batch_execute("TRUNCATE vpn_statistics, usage_hourly, usage_totals, usage_by_server")
                .await
                .unwrap();
            execute_sql(
                &database,
                &format!(
                    "INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, started_at, session_type)
                     VALUES ('ada', 'node-1', {gib}, {gib}, '{day} 00:00:00Z', 'vpn'),
                            ('ada', 'node-1', {gib}, NULL, '{day} 00:00:00Z', 'web'),
                            ('ada', 'node-1', {gib}, {gib}, '{day} 00:00:00Z'::TIMESTAMPTZ - INTERVAL '1 microsecond', 'vpn')"
                ),
            )
            .await;
            client.batch_execute(&format!("SET TimeZone = '{zone}'")).await.unwrap();
            found.push(monitoring::bandwidth_today().bind(&client).one().await.unwrap());
        }
        // Repeated if midnight passed in between.
        if Utc::now().date_naive() == day {
            break;
        }
        (day, found) = (Utc::now().date_naive(), Vec::new());
    }
    assert_eq!(found, [2.0, 2.0], "what a client claims is not among it");
}
