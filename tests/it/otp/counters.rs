//! Counters of uses: a limit holds for any period of its length, whatever the alignment of the buckets.

use barqnet_db::otp::{Limits, OtpPolicy, send};

use super::support::{config_with, is_sent, let_time_pass, request, used};
use crate::common::{at_once, migrated_database, phone_number, pool_of, scalar};

#[tokio::test]
async fn a_limit_holds_for_any_period_and_whoever_waits_as_told_is_served() {
    let database = migrated_database().await;
    let client = database.client().await;
    // Uses every 37 to 400 s, at most 10 per hour and 100 per day; `made` are those that were allowed.
    let simulate = "
        CREATE FUNCTION uses_every(step INTEGER, OUT per_hour BIGINT, OUT per_day BIGINT, OUT refused_early INTEGER) AS $$
        DECLARE
            at     TIMESTAMPTZ := TIMESTAMPTZ '2026-01-01 00:00:13+00' + MAKE_INTERVAL(secs => step);
            was    TIMESTAMPTZ := at;
            counts INTEGER[] := ARRAY_FILL(0, ARRAY[45]);
            made   TIMESTAMPTZ[] := '{}';
            waited DOUBLE PRECISION;
            later  TIMESTAMPTZ;
        BEGIN
            refused_early := 0;
            FOR i IN 1..800 LOOP
                counts := rate_counts_at(counts, was, at);
                was := at;
                waited := rate_wait(counts, at, NULL, 10, 100);
                later := at + MAKE_INTERVAL(secs => waited);
                IF waited IS NULL THEN
                    counts[7] := counts[7] + 1;
                    counts[20] := counts[20] + 1;
                    counts[45] := counts[45] + 1;
                    made := made || at;
                ELSIF rate_wait(rate_counts_at(counts, at, later), later, NULL, 10, 100) IS NOT NULL THEN
                    refused_early := refused_early + 1;
                END IF;
                at := at + MAKE_INTERVAL(secs => step);
            END LOOP;
            SELECT MAX(h), MAX(d) INTO per_hour, per_day
            FROM (
                SELECT COUNT(*) OVER (ORDER BY m RANGE BETWEEN '3600 seconds' PRECEDING AND CURRENT ROW) AS h,
                       COUNT(*) OVER (ORDER BY m RANGE BETWEEN '86400 seconds' PRECEDING AND CURRENT ROW) AS d
                FROM UNNEST(made) m
            ) w;
        END
        $$ LANGUAGE plpgsql";
    client.batch_execute(simulate).await.unwrap();
    for step in (37..=400).step_by(33) {
        let row = client.query_one("SELECT * FROM uses_every($1)", &[&step]).await.unwrap();
        let (per_hour, per_day, early): (i64, i64, i32) = (row.get(0), row.get(1), row.get(2));
        assert!(
            (9..=10).contains(&per_hour) && per_day <= 100,
            "every {step} s: {per_hour} per hour, {per_day} per day"
        );
        assert_eq!(early, 0, "every {step} s");
    }
}

#[tokio::test]
async fn uses_of_a_clock_that_has_gone_back_are_forgotten() {
    let database = migrated_database().await;
    let gone = "SELECT (rate_counts_at(ARRAY_FILL(1, ARRAY[45]), NOW(), NOW() - INTERVAL '2 days') = ARRAY_FILL(0, ARRAY[45]))::INT::BIGINT";
    assert_eq!(scalar(&database, gone).await, 1);
    let kept =
        "SELECT SUM(n) FROM UNNEST(rate_counts_at(ARRAY_FILL(1, ARRAY[45]), NOW(), NOW() - INTERVAL '1 hour')) n";
    assert_eq!(scalar(&database, kept).await, 25, "24 hours but for the newest, and the oldest 5 minutes");
}

#[tokio::test]
async fn the_parts_of_a_limit_in_shards_add_up_to_it() {
    let database = migrated_database().await;
    let unequal = "SELECT COUNT(*) FROM GENERATE_SERIES(1, 64) shards, GENERATE_SERIES(64, 1000, 13) whole
                   WHERE whole <> (SELECT SUM(rate_part(whole, shards, s)) FROM GENERATE_SERIES(0, shards - 1) s)";
    assert_eq!(scalar(&database, unequal).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_budget_in_shards_is_used_up_exactly_by_forty_tasks() {
    let database = migrated_database().await;
    let pool = pool_of(&database, 40).await;
    let policy = OtpPolicy {
        sends_overall: Limits::per_minute(900),
        sends_per_prefix: Limits::NONE,
        sends_per_country: Limits::NONE,
        reserved_percent: 0,
        ..OtpPolicy::default()
    };
    let config = config_with(policy);
    let sent: usize = at_once(40, |task| {
        let (pool, config) = (pool.clone(), config.clone());
        async move {
            let mut sent = 0;
            for n in 0..25 {
                let number = phone_number(&format!("+49151{n:02}{task:06}"));
                // Two that are refused while the last uses are made may both go.
                sent += usize::from(is_sent(&send(&pool, &config, &request(&number)).await.expect("an answer")));
            }
            sent
        }
    })
    .await
    .into_iter()
    .sum();
    assert_eq!(sent, 900);
    assert_eq!(used(&database, "send_overall").await, 900);
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM rate_counters WHERE budget = 'send_overall'").await, 3);
    let_time_pass(&database, 70.0).await;
    assert!(is_sent(&send(&pool, &config, &request(&phone_number("+4915112345678"))).await.unwrap()));
}

#[tokio::test]
async fn a_process_with_a_lower_limit_counts_the_uses_of_one_with_a_higher() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let config = |limit| {
        config_with(OtpPolicy { sends_overall: Limits::per_minute(limit), reserved_percent: 0, ..OtpPolicy::default() })
    };
    let ask = async |n: u32, limit| {
        let number = phone_number(&format!("+4915112345{n:03}"));
        is_sent(&send(&pool, &config(limit), &request(&number)).await.unwrap())
    };
    for n in 0..5 {
        assert!(ask(n, 10).await);
    }
    assert!(!ask(5, 5).await);
    assert!(ask(5, 10).await);
}
