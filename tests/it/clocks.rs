//! The database's clock jumps, as after a fail-over to a server with another one. The servers here run under libfaketime.

use std::{net::IpAddr, path::Path};

use barqnet_db::{
    connections::{CloseReason, Closed, reap_stale},
    embedded,
    maintenance::{MaintenancePolicy, run_all},
    migrate::migrate,
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    plans::{self, Limits, NewPlan, PlanStart, PlanTerm},
    pool::{self, Client, Pool, Settings},
    queries::{self, servers},
    servers::{PickOptions, PickPolicy, pick},
    sessions::{self, CreateOutcome, Device, SessionPolicy},
};
use barqnet_db_throwaway::{Options, Server};
use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};

use crate::common::{STALE, a_day_of_a_user, close, connection, phone_number, send_heartbeat, server, user};

/// A server whose clock can be set.
struct ShiftedServer(Server);

impl ShiftedServer {
    fn start() -> Self {
        let library = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/lib"]
            .map(|folder| Path::new(folder).join("faketime/libfaketime.so.1"))
            .into_iter()
            .find(|path| path.exists())
            .expect("libfaketime is installed (`make suite` does it)");
        let server = Options::for_tests()
            .environment("LD_PRELOAD", library.to_str().expect("UTF-8"))
            // Time-outs and sleeps are as long as always.
            .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .start()
            .expect("it starts");
        Self(server)
    }

    /// Migrated.
    async fn pool(&self) -> Pool {
        let settings = Settings::from_url(&self.0.url("postgres")).expect("a URL");
        migrate(&settings, &embedded::migrations()).await.expect("it is empty");
        pool::connect(settings).await.expect("it answers")
    }

    /// Restarts the server with a clock that is so many minutes from the real time. (libfaketime can read a file instead,
    /// but allocates when it does, also in PostgreSQL's signal handlers.)
    async fn shift(&mut self, minutes: i32) -> Pool {
        self.0.restart_with("FAKETIME", &format!("{minutes:+}m")).expect("it starts again");
        self.pool().await
    }
}

/// How far the database's clock is from ours, in minutes.
async fn minutes_ahead(pool: &Pool) -> f64 {
    let client = pool.get().await.unwrap();
    let now: chrono::DateTime<chrono::Utc> = client.query_one("SELECT CLOCK_TIMESTAMP()", &[]).await.unwrap().get(0);
    (now - chrono::Utc::now()).as_seconds_f64() / 60.0
}

async fn report(pool: &Pool, status: &str) {
    let client = pool.get().await.unwrap();
    servers::report_health().bind(&client, &"node-1", &status, &None, &None::<&str>, &None).one().await.unwrap();
}

async fn is_picked(pool: &Pool) -> bool {
    let client = pool.get().await.unwrap();
    !pick(&client, &PickOptions::anywhere(), &PickPolicy::default()).await.unwrap().into_candidates().is_empty()
}

#[tokio::test]
async fn a_clock_that_goes_back_ten_minutes_harms_nobody() {
    let mut shifted = ShiftedServer::start();
    let pool = shifted.pool().await;
    let client = pool.get().await.unwrap();
    server(&client, "node-1").await;
    report(&pool, "healthy").await;
    let ada = user(&client, "ada").await;
    let tunnel = connection(&client, "ada", "node-1").await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (tunnel, 1), (100, 200)).await.applied, [tunnel]);
    let policy = SessionPolicy::default();
    let created = sessions::create(&client, ada, &Device::default(), &policy).await.unwrap();
    let CreateOutcome::Created(token, _) = created else { panic!("{created:?}") };
    // An address and a number that have used up what they may have.
    let config = OtpConfig::new(OtpKeys::random());
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    let send = async |pool: &Pool, number: &str| {
        let number = phone_number(number);
        let request =
            VerificationRequest { ip_address: Some(address), ..VerificationRequest::new(&number, Purpose::SignIn) };
        otp::send(pool, &config, &request).await.unwrap()
    };
    let mut number = 0;
    loop {
        number += 1;
        if !matches!(send(&pool, &format!("+4366012345{number:02}")).await, SendOutcome::Sent { .. }) {
            break;
        }
    }
    assert!(number > 2, "the limit of the address is more than one");
    a_day_of_a_user(&pool, "early", "+436605550001").await;

    let pool = shifted.shift(-10).await;
    let client = pool.get().await.unwrap();
    let ahead = minutes_ahead(&pool).await;
    assert!((-10.5..-9.5).contains(&ahead), "{ahead}");

    let SendOutcome::Sent { code, .. } = send(&pool, "+436601234501").await else { panic!("the number waits") };
    let number = phone_number("+436601234501");
    let request =
        VerificationRequest { ip_address: Some(address), ..VerificationRequest::new(&number, Purpose::SignIn) };
    let verified = otp::verify(&pool, &config, &request, &code).await.unwrap();
    assert!(matches!(verified, VerifyOutcome::Verified(_)), "{verified:?}");
    assert!(
        !matches!(send(&pool, "+436601234501").await, SendOutcome::Sent { .. }),
        "the cool-down holds by the new clock"
    );
    a_day_of_a_user(&pool, "late", "+436605550002").await;

    let is_due = async || {
        let valid = sessions::validate(&client, &token.hash(), &policy).await.unwrap();
        valid.expect("the session lives").touch_is_due
    };
    assert!(is_due().await, "its last use is in the future");
    assert!(!is_due().await, "its last use is now");

    assert!(!is_picked(&pool).await, "when it reported is in the future");
    report(&pool, "healthy").await;
    assert!(is_picked(&pool).await);
    report(&pool, "unhealthy").await;
    assert!(!is_picked(&pool).await);

    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0);
    assert_eq!(send_heartbeat(&client, "node-1", 1, (tunnel, 2), (300, 500)).await.applied, [tunnel]);
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0);
    let maintained = run_all(&pool, &MaintenancePolicy::default()).await;
    assert!(maintained.tasks.iter().all(|task| task.error.is_none()), "{maintained:?}");
    let closed = close(&client, "node-1", tunnel, None).await.expect("it was live");
    assert_eq!((closed.bytes_received, closed.bytes_sent, closed.duration_seconds), (300, 500, 0));
    assert!(closed.statistics_id.is_some());
}

#[tokio::test]
async fn a_clock_that_goes_ahead_ten_minutes_ends_no_connection() {
    let mut shifted = ShiftedServer::start();
    let pool = shifted.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let tunnel = connection(&client, "ada", "node-1").await;
    send_heartbeat(&client, "node-1", 1, (tunnel, 1), (100, 200)).await;
    let pool = shifted.shift(10).await;
    let client = pool.get().await.unwrap();
    assert!(minutes_ahead(&pool).await > 9.5);
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0);
    assert_eq!(send_heartbeat(&client, "node-1", 1, (tunnel, 2), (300, 500)).await.applied, [tunnel]);
    assert_eq!(reap_stale(&client, STALE, 100).await.unwrap().len(), 0);
    let live = queries::connections::by_id().bind(&client, &tunnel).one().await.unwrap();
    assert_eq!((live.bytes_received, live.bytes_sent), (300, 500));
}

/// Minutes from now to a moment.
fn minutes_until(at: DateTime<Utc>) -> i32 {
    i32::try_from((at - Utc::now()).num_minutes()).expect("this century")
}

#[tokio::test]
async fn quotas_reset_when_the_day_and_the_month_end_during_a_connection() {
    let mut shifted = ShiftedServer::start();
    let today = Utc::now().date_naive();
    let next_month = (today.with_day(1).unwrap() + Months::new(1)).and_time(NaiveTime::MIN).and_utc();
    let tomorrow = next_month + TimeDelta::days(1);
    let pool = shifted.shift(minutes_until(next_month) - 30).await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let limits = Limits { max_bytes_per_day: Some(1000), max_bytes_per_month: Some(1500), ..Limits::default() };
    let plans::CreateOutcome::Created(plan_id) = plans::create(&client, "both", &limits).await.unwrap() else {
        panic!("it is new")
    };
    let new = NewPlan { plan_id, start: PlanStart::Now, term: PlanTerm::Unlimited, assigned_by: None };
    plans::assign(&client, "ada", &new).await.unwrap();
    let tunnel = connection(&client, "ada", "node-1").await;
    let left = async |client: &Client| {
        let quotas = plans::quota(client, "ada").await.unwrap();
        quotas.iter().map(plans::Quota::left).collect::<Vec<_>>()
    };
    assert_eq!(send_heartbeat(&client, "node-1", 1, (tunnel, 1), (900, 0)).await.applied, [tunnel]);
    assert_eq!(left(&client).await, [100, 600]);

    let client = shifted.shift(minutes_until(next_month) + 30).await.get().await.unwrap();
    assert_eq!(left(&client).await, [1000, 1500], "both begin again");
    let report = send_heartbeat(&client, "node-1", 1, (tunnel, 2), (900 + 999, 0)).await;
    assert_eq!(report.applied, [tunnel], "it counts in the month in which it is reported");
    assert_eq!(left(&client).await, [1, 501]);

    let client = shifted.shift(minutes_until(tomorrow) + 30).await.get().await.unwrap();
    assert_eq!(left(&client).await, [1000, 501], "the day begins again, and the month goes on");
    assert_eq!(send_heartbeat(&client, "node-1", 1, (tunnel, 3), (900 + 1499, 0)).await.applied, [tunnel]);
    assert_eq!(left(&client).await, [500, 1]);
    let report = send_heartbeat(&client, "node-1", 1, (tunnel, 4), (900 + 1500, 0)).await;
    assert_eq!(report.closed, [Closed { connection_id: tunnel, reason: Some(CloseReason::OverQuota) }]);

    let client = shifted.shift(minutes_until(tomorrow + TimeDelta::days(1)) + 30).await.get().await.unwrap();
    let refusal = queries::plans::refusal().bind(&client, &"node-1", &"ada").one().await.unwrap();
    assert_eq!(refusal.as_deref(), Some("over_quota"), "until the month ends");
    let client = shifted.shift(minutes_until(next_month + Months::new(1)) + 30).await.get().await.unwrap();
    let tunnel = connection(&client, "ada", "node-1").await;
    assert_eq!(send_heartbeat(&client, "node-1", 1, (tunnel, 1), (999, 0)).await.applied, [tunnel]);
}

#[tokio::test]
async fn a_plan_that_started_with_the_first_connection_ends_after_its_days_during_a_connection() {
    let mut shifted = ShiftedServer::start();
    let pool = shifted.pool().await;
    let client = pool.get().await.unwrap();
    user(&client, "ada").await;
    let plans::CreateOutcome::Created(plan_id) = plans::create(&client, "month", &Limits::default()).await.unwrap()
    else {
        panic!("it is new")
    };
    let term = PlanTerm::Days(30.try_into().unwrap());
    let new = NewPlan { plan_id, start: PlanStart::FirstConnection, term, assigned_by: None };
    plans::assign(&client, "ada", &new).await.unwrap();
    let days = 24 * 60;
    let mut client = shifted.shift(100 * days).await.get().await.unwrap();
    let tunnel = connection(&client, "ada", "node-1").await;
    for (day, sequence, is_alive) in [(101, 1, true), (129, 2, true), (131, 3, false)] {
        client = shifted.shift(day * days).await.get().await.unwrap();
        let report = send_heartbeat(&client, "node-1", 1, (tunnel, sequence), (10, 10)).await;
        assert_eq!(
            (report.applied == [tunnel], report.closed.is_empty()),
            (is_alive, is_alive),
            "day {day}: {report:?}"
        );
    }
    let ended = queries::connections::by_id().bind(&client, &tunnel).one().await.unwrap();
    assert_eq!(ended.disconnect_reason.as_deref(), Some("plan_ended"));
}
