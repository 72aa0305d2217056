//! The total usage of one user among 10,000, 1 million and 10 million rows of statistics, ten per user: from the roll-ups and
//! 80,000 live connections, and as the documented view sums it. The rows exist before the migration that adds the roll-ups,
//! whose time is shown.

use std::{error::Error, fs, path::Path, time::Instant};

use barqnet_db::{
    embedded,
    migrate::{Migrations, migrate},
    pool::{self, Settings},
    queries::usage,
    tokio_postgres,
};
use barqnet_db_throwaway::Server;

use crate::{median::median, outcome::Outcome, server};

const ROWS_PER_USER: i32 = 10;
const LIVE: i32 = 80_000;
const QUERIES: i32 = 500;
/// The maximum growth of the time from ten thousand to ten million rows.
const MAX_GROWTH: f64 = 1.5;

/// Prints medians, their growth, and how long the migration took.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let folder = tempfile::tempdir()?;
    before_roll_ups(folder.path())?;
    let known = Migrations::from_folder(folder.path())?;
    println!("{:>12} {:>14} {:>10} {:>18} {:>14}", "rows", "v_user_stat.", "growth", "documented view", "migration");
    let mut first = None;
    for (name, rows) in [("small", 10_000), ("middle", 1_000_000), ("large", 10_000_000)] {
        let settings = server::create_database(&server, name, &known).await?;
        let (took, documented, migration) = measure(&settings, rows).await?;
        let growth = took / *first.get_or_insert(took);
        println!("{rows:>12} {took:>11.3} ms {growth:>9.2}× {documented:>15.3} ms {migration:>12.1} s");
        if growth > MAX_GROWTH {
            return Err(format!("the time grew {growth:.2}×; at most {MAX_GROWTH}× is allowed").into());
        }
        drop_database(&server, name).await?;
    }
    Ok(())
}

fn before_roll_ups(folder: &Path) -> Outcome {
    for entry in fs::read_dir("migrations")? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file name is not UTF-8")?;
        // README.md has no version.
        let Some((version, _)) = name[1..].split_once("__") else { continue };
        let version: u32 = version.parse()?;
        if version < 12 {
            fs::copy(&path, folder.join(name))?;
        }
    }
    Ok(())
}

async fn drop_database(server: &Server, name: &str) -> Outcome {
    let settings = Settings::from_url(&server.url("postgres"))?;
    let client = server::connect(&settings).await?;
    // Closed connections may still be ending.
    client.execute("SELECT PG_TERMINATE_BACKEND(pid) FROM pg_stat_activity WHERE datname = $1", &[&name]).await?;
    client.batch_execute(&format!("DROP DATABASE {name}")).await?;
    Ok(())
}

/// Returns milliseconds of the view, milliseconds of the documented view, and seconds of the migration.
async fn measure(settings: &Settings, rows: i32) -> Result<(f64, f64, f64), Box<dyn Error>> {
    let client = server::connect(settings).await?;
    let users = rows / ROWS_PER_USER;
    fill(&client, rows, users).await?;
    let query =
        "SELECT COUNT(*), SUM(bytes_in)::BIGINT, SUM(bytes_out)::BIGINT FROM vpn_statistics WHERE username = $1";
    let documented = client.prepare(query).await?;
    let mut times = Vec::new();
    let mut sums = Vec::new();
    for number in 0..QUERIES.min(200) {
        let begin = Instant::now();
        let row = client.query_one(&documented, &[&user(number, users)]).await?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        sums.push((row.get::<_, i64>(0), row.get::<_, i64>(1)));
    }
    let documented = median(times);

    let begin = Instant::now();
    migrate(settings, &embedded::migrations()).await?;
    let migration = begin.elapsed().as_secs_f64();
    client.batch_execute("ANALYZE").await?;
    for table in ["usage_totals", "vpn_connections"] {
        client.execute(&format!("VACUUM {table}"), &[]).await?;
    }

    let pool = pool::connect(settings).await?;
    let client = pool.get().await?;
    let mut times = Vec::new();
    for number in 0..QUERIES {
        let begin = Instant::now();
        let summary = usage::user_summary().bind(&client, &user(number, users)).one().await?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        let found = (summary.total_sessions, summary.total_bytes_in);
        if sums.get(usize::try_from(number)?).is_some_and(|sum| *sum != found) {
            return Err(format!("{}: {found:?}", user(number, users)).into());
        }
    }
    Ok((median(times), documented, migration))
}

fn user(number: i32, users: i32) -> String {
    format!("user-{}", number * 7919 % users)
}

/// Creates sessions on 50 servers over 90 days, and live connections. Drops the indexes that no contender reads.
async fn fill(client: &tokio_postgres::Client, rows: i32, users: i32) -> Outcome {
    client
        .batch_execute(&format!(
            "SET session_replication_role = replica;
             INSERT INTO users (username, server_id, created_by) SELECT 'user-' || n, 'node-1', 'bench' FROM GENERATE_SERIES(0, {users} - 1) n;
             INSERT INTO vpn_connections (username, server_id, status, connected_at, last_activity)
             SELECT 'user-' || n % {users}, 'node-' || n % 50, 'connected', NOW(), NOW() FROM GENERATE_SERIES(1, {LIVE}) n;
             DROP INDEX idx_vpn_statistics_username, idx_vpn_statistics_server_id, idx_vpn_statistics_started_at,
                        idx_vpn_statistics_ended_at, idx_vpn_statistics_session_type, idx_vpn_statistics_server_history,
                        idx_vpn_statistics_user_history;
             INSERT INTO vpn_statistics (username, server_id, bytes_in, bytes_out, duration_seconds, started_at, ended_at)
             SELECT 'user-' || n % {users}, 'node-' || n::BIGINT * 31 % 50, n, 2 * n::BIGINT, 60,
                    NOW() - INTERVAL '1 second' * (n::BIGINT * 7919 % 7776000), NOW()
             FROM GENERATE_SERIES(1, {rows}) n;
             CREATE INDEX idx_vpn_statistics_user_history ON vpn_statistics (username, id DESC);
             RESET session_replication_role"
        ))
        .await
        .map_err(|error| format!("{error:?}"))?;
    client.execute("VACUUM (ANALYZE) vpn_statistics", &[]).await?;
    Ok(())
}
