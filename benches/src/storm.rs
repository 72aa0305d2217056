//! A reconnect storm: after a failover 40,000 clients reconnect during the heartbeats of the others. The product plans five
//! minutes for that, 133 openings per second. Measured in rounds, beside the release before. Then 25 nodes die, and their
//! 40,000 users, who may have one connection each, come back on 25 others.

use std::{
    error::Error,
    net::Ipv4Addr,
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
    time::Instant,
};

use barqnet_db::{
    connections::{AtLimit, ConnectionPolicy, NewConnection, OpenOutcome, open},
    embedded,
    pool::{self, Pool, Settings},
};
use futures::future::join_all;

use crate::{median::median, outcome::Outcome, previous_release, server, storm_caller::Caller};

const OPENERS: i32 = 8;
const ROUNDS: i32 = 6;
const OPENINGS_PER_ROUND: i32 = 2000;

/// Prints openings per second without and with heartbeats, of both releases, the time of one opening, and violations, which must
/// be zero.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let settings = server::create_database(&server, "storm", &embedded::migrations()).await?;
    let before = server::create_database(&server, "storm_before", &previous_release::migrations()?).await?;
    let plain = server::connect(&settings).await?;
    fill(&plain).await?;
    fill(&server::connect(&before).await?).await?;
    beside_the_release_before(&settings, &before).await?;
    fail_over(&settings, &plain).await?;

    for (what, query) in [
        (
            "addresses held twice",
            "SELECT COUNT(*) FROM (SELECT FROM vpn_connections WHERE status IN ('connecting', 'connected') AND virtual_ip IS NOT NULL GROUP BY server_id, virtual_ip HAVING COUNT(*) > 1) t",
        ),
        (
            "users above the limit of 2, or with more than what they lost and a new one",
            "SELECT COUNT(*) FROM (SELECT FROM vpn_connections WHERE status IN ('connecting', 'connected') GROUP BY username HAVING COUNT(*) > 2) t",
        ),
        (
            "servers with a wrong count",
            "SELECT COUNT(*) FROM server_status s WHERE live_connections <> (SELECT COUNT(*) FROM vpn_connections c WHERE c.server_id = s.server_id AND status IN ('connecting', 'connected'))",
        ),
        ("deadlocks", "SELECT deadlocks FROM pg_stat_database WHERE datname = CURRENT_DATABASE()"),
    ] {
        let found = server::scalar(&plain, query).await?;
        println!("{what}: {found}");
        if found > 0 {
            return Err(what.into());
        }
    }
    Ok(())
}

/// 130,000 users; 40,000 of them live on nodes 0 to 24, and 100,000 connections that have ended.
async fn fill(plain: &barqnet_db::tokio_postgres::Client) -> Outcome {
    plain
        .batch_execute(
            "INSERT INTO users (username, server_id, created_by)
             SELECT 'user-' || n, 'node-' || n % 50, 'bench' FROM GENERATE_SERIES(1, 130000) n;
             INSERT INTO vpn_connections (username, server_id, status, disconnected_at)
             SELECT 'user-' || n, 'node-' || n % 50, 'disconnected', NOW() FROM GENERATE_SERIES(1, 100000) n;
             INSERT INTO vpn_connections (username, server_id, status, virtual_ip, usage_hour)
             SELECT 'user-' || n, 'node-' || n % 25, 'connected', '10.8.0.0'::INET + n / 25, DATE_TRUNC('hour', NOW())
             FROM GENERATE_SERIES(1, 40000) n;
             INSERT INTO server_status (server_id, live_connections)
             SELECT 'node-' || n, CASE WHEN n < 25 THEN 1600 ELSE 0 END FROM GENERATE_SERIES(0, 49) n
             ON CONFLICT (server_id) DO UPDATE SET live_connections = EXCLUDED.live_connections",
        )
        .await
        .map_err(|error| format!("{error:?}"))?;
    plain.execute("VACUUM (ANALYZE)", &[]).await?;
    Ok(())
}

/// Rounds of openings, by turns of both releases, without and with heartbeats.
async fn beside_the_release_before(settings: &Settings, before: &Settings) -> Outcome {
    let (mut this, mut previous) = (Vec::new(), Vec::new());
    for _ in 0..=OPENERS {
        this.push(Arc::new(Caller::this(settings).await?));
        previous.push(Arc::new(Caller::before(before).await?));
    }
    println!("{:<40} {:>10} {:>10} {:>10} {:>14}", "", "openings/s", "median ms", "p99 ms", "heartbeats/s");
    let mut first = 40_000;
    for with_heartbeats in [false, true] {
        let mut storms = [Storm::default(), Storm::default()];
        // The first round is not counted: it fills caches and writes full-page images.
        for round in 0..=ROUNDS {
            // By turns who begins, because the machine's speed changes.
            for which in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                let storm =
                    storm(if which == 0 { &this } else { &previous }, first, with_heartbeats, i64::from(first)).await?;
                if round > 0 {
                    storms[which].add(storm);
                }
            }
            first += OPENINGS_PER_ROUND;
        }
        let suffix = if with_heartbeats { " with heartbeats" } else { "" };
        let [of_this, of_previous] = storms;
        let ratios = of_this.rates.iter().zip(&of_previous.rates).map(|(this, previous)| this / previous).collect();
        of_this.print(&format!("openings{suffix}"));
        of_previous.print(&format!("openings{suffix}, release before"));
        println!(
            "rate{suffix}: {:.2} of the release before, the median of {ROUNDS} rounds of {OPENINGS_PER_ROUND}; {:.0}× the planned 133/s",
            median(ratios),
            median(of_this.rates) / 133.0
        );
    }
    Ok(())
}

/// What rounds of one release measured.
#[derive(Default)]
struct Storm {
    rates: Vec<f64>,
    milliseconds: Vec<f64>,
    heartbeats: Vec<f64>,
}

impl Storm {
    fn add(&mut self, other: Self) {
        self.rates.extend(other.rates);
        self.milliseconds.extend(other.milliseconds);
        self.heartbeats.extend(other.heartbeats);
    }

    fn print(&self, name: &str) {
        let mut times = self.milliseconds.clone();
        times.sort_by(f64::total_cmp);
        let (middle, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        let (rate, beats) = (median(self.rates.clone()), median(self.heartbeats.clone()));
        println!("{name:<40} {rate:>10.0} {middle:>10.1} {late:>10.1} {beats:>14.0}");
    }
}

/// Users from `first` on connect to nodes 25 to 49. Of every ten openings one takes the address of the previous one, which
/// ends, and four are by one user, two of which must be refused.
async fn storm(
    callers: &[Arc<Caller>],
    first: i32,
    with_heartbeats: bool,
    sequence: i64,
) -> Result<Storm, Box<dyn Error>> {
    let is_over = Arc::new(AtomicBool::new(!with_heartbeats));
    let beats = tokio::spawn(heartbeats(Arc::clone(&callers[0]), Arc::clone(&is_over), sequence));
    let next = Arc::new(AtomicI32::new(0));
    let begin = Instant::now();
    let openers = callers[1..].iter().map(|caller| {
        let (caller, next) = (Arc::clone(caller), Arc::clone(&next));
        tokio::spawn(async move {
            let (mut times, mut refused) = (Vec::new(), 0);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= OPENINGS_PER_ROUND {
                    return Ok::<_, String>((times, refused));
                }
                let user = first + number - (number % 10 - 6).max(0);
                let place = first + number - i32::from(number % 10 == 5);
                let begin = Instant::now();
                let (username, server, address) = place_of(user, place);
                refused += i32::from(!caller.opens(&username, &server, address.into()).await?);
                times.push(begin.elapsed().as_secs_f64() * 1000.0);
            }
        })
    });
    let (mut milliseconds, mut refused) = (Vec::new(), 0);
    for opener in join_all(openers).await {
        let (took, limited) = opener??;
        milliseconds.extend(took);
        refused += limited;
    }
    let took = begin.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    let beats = f64::from(beats.await??) / took;
    if refused != OPENINGS_PER_ROUND / 5 {
        let expected = OPENINGS_PER_ROUND / 5;
        return Err(format!("{refused} openings were refused by the limit of 2, expected {expected}").into());
    }
    Ok(Storm { rates: vec![f64::from(OPENINGS_PER_ROUND) / took], milliseconds, heartbeats: vec![beats] })
}

/// The user's name, and the server and the address of a place in the sequence of all servers' addresses.
fn place_of(user: i32, place: i32) -> (String, String, Ipv4Addr) {
    let address = 0x0a09_0000_u32 + place.unsigned_abs() / 25;
    (format!("user-{user}"), format!("node-{}", 25 + place % 25), Ipv4Addr::from(address))
}

/// Nodes 0 to 24 die. Their users come back on nodes 25 to 49: the first half without devices, the second half with the device
/// that the lost connection belongs to, so that it is replaced.
async fn fail_over(settings: &Settings, plain: &barqnet_db::tokio_postgres::Client) -> Outcome {
    plain
        .batch_execute(
            "INSERT INTO user_devices (user_id, device_key) SELECT id, 'phone' FROM users ORDER BY id;
             UPDATE vpn_connections c
             SET last_activity = NOW() - INTERVAL '2 minutes',
                 device_id = CASE WHEN c.id > 120000 THEN d.id END
             FROM users u JOIN user_devices d ON d.user_id = u.id
             WHERE u.username = c.username AND c.id > 100000;
             UPDATE server_status SET heard_at = NOW() - INTERVAL '2 minutes'
             WHERE SUBSTRING(server_id FROM 6)::INTEGER < 25",
        )
        .await
        .map_err(|error| format!("{error:?}"))?;
    plain.execute("VACUUM (ANALYZE)", &[]).await?;
    let mut devices = vec![None; 40_001];
    for row in plain.query("SELECT SUBSTRING(c.username FROM 6)::INTEGER, c.device_id FROM vpn_connections c WHERE c.device_id IS NOT NULL AND c.status = 'connected'", &[]).await? {
        devices[usize::try_from(row.get::<_, i32>(0))?] = row.get::<_, Option<i64>>(1);
    }
    let (pool, devices) = (pool::connect(settings.clone().max_size(16)).await?, Arc::new(devices));
    for (what, first, last) in [("without devices", 1, 20_000), ("with devices", 20_001, 40_000)] {
        let next = Arc::new(AtomicI32::new(first));
        let begin = Instant::now();
        let openers = (0..OPENERS).map(|_| {
            let (pool, devices, next) = (pool.clone(), Arc::clone(&devices), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let user = next.fetch_add(1, Ordering::Relaxed);
                    if user > last {
                        return Ok::<_, String>(());
                    }
                    comes_back(&pool, user, devices[usize::try_from(user).map_err(|error| error.to_string())?]).await?;
                }
            })
        });
        for opener in join_all(openers).await {
            opener??;
        }
        let took = begin.elapsed().as_secs_f64();
        let (count, rate) = (last - first + 1, f64::from(last - first + 1) / took);
        println!(
            "{:<40} {rate:>10.0} {:>9.0}× the planned 133/s: 40,000 users in {:.1} s of 300 s",
            format!("{count} users of dead nodes, {what}"),
            rate / 133.0,
            40_000.0 / rate
        );
    }
    Ok(())
}

/// Opens the one connection that a user may have, on a node that lives.
async fn comes_back(pool: &Pool, user: i32, device: Option<i64>) -> Result<(), String> {
    let (username, server) = (format!("user-{user}"), format!("node-{}", 25 + user % 25));
    let address = 0x0a0a_0000_u32 + user.unsigned_abs() / 25;
    let new = NewConnection {
        username: &username,
        server_id: &server,
        device,
        virtual_ip: Some(Ipv4Addr::from(address).into()),
        ..NewConnection::default()
    };
    let policy = ConnectionPolicy {
        max_connections_per_user: NonZero::new(1),
        at_limit: AtLimit::Refuse,
        ..ConnectionPolicy::default()
    };
    match open(pool, &new, &policy).await {
        Ok(OpenOutcome::Opened { .. }) => Ok(()),
        Ok(other) => Err(format!("{username}: {other:?}")),
        Err(error) => Err(format!("{username}: {error}")),
    }
}

/// Reports the 1,600 connections of each node in turn until `is_over`, each with a later sequence than `sequence`.
async fn heartbeats(caller: Arc<Caller>, is_over: Arc<AtomicBool>, sequence: i64) -> Result<i32, String> {
    let mut reported = 0;
    for later in 1.. {
        for node in 0..25 {
            if is_over.load(Ordering::Relaxed) {
                return Ok(reported);
            }
            let ids: Vec<i64> = (1..=40_000).filter(|user| user % 25 == node).map(|user| 100_000 + user).collect();
            let applied = caller.reports(&format!("node-{node}"), &ids, sequence + later).await?;
            reported += i32::try_from(applied).unwrap_or(0);
        }
    }
    Ok(reported)
}
