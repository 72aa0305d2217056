//! What one operation costs the server: processor time, write-ahead log, rows, locks; and what one row takes on the
//! disk. With 80,000 users online; docs/scale.md calculates with these figures.

use std::{error::Error, fmt::Write as _};

use barqnet_db::{
    embedded,
    pool::{self, Pool},
    tokio_postgres::Client,
};

use crate::{
    cost_operations::{Fixture, Operation},
    outcome::Outcome,
    server,
    server_cost::{Cost, Meter},
};

/// Of each operation, without full-page images; and again right after a checkpoint.
const ROUNDS: u32 = 6;

const PER_ROUND: u32 = 50;

/// Calls before the first round, so that the tables of codes and tickets have rows.
const FIRST: u32 = 1_000;

/// Prints two tables, in Markdown.
pub(crate) async fn run() -> Outcome {
    let server = server::start_for_standbys()?;
    let settings = server::create_database(&server, "costs", &embedded::migrations()).await?;
    let plain = server::connect(&settings).await?;
    let pool = pool::connect(settings.clone().max_size(1)).await?;
    let mut fixture = Fixture::fill(&plain, pool.clone()).await?;
    let meter = Meter::new(&pool, server::connect(&settings).await?).await?;

    println!(
        "| Operation | processor µs | log bytes | after a checkpoint | rows written | of them HOT | rows read | locks | in the shared table |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for operation in Operation::ALL {
        let parts = f64::from(operation.parts());
        fixture.prepare(*operation, &plain).await?;
        // The planner has to know tables that were empty before, and to plan again.
        for calls in [if parts > 1.0 { PER_ROUND } else { FIRST }, PER_ROUND] {
            for _ in 0..calls {
                fixture.perform(*operation).await.map_err(|error| error as Box<dyn Error>)?;
            }
            plain.batch_execute("VACUUM (ANALYZE)").await?;
        }
        meter.set("full_page_writes", "off").await?;
        let cost = measure(&meter, &mut fixture, *operation, parts).await?;
        meter.set("full_page_writes", "on").await?;
        let with_images = measure(&meter, &mut fixture, *operation, parts).await?.log;
        let found = if operation.only_reads() {
            locks_of_a_read(&pool, &fixture, *operation).await?
        } else {
            let (used, found) = locks(&meter, fixture, *operation).await?;
            fixture = used;
            found
        };
        let [locks, shared] = found;
        println!(
            "| {} | {:.0} | {:.0} | {with_images:.0} | {:.1} | {:.1} | {:.1} | {locks} | {shared} |",
            operation.name(),
            cost.processor,
            cost.log,
            cost.written,
            cost.without_index,
            cost.read,
        );
    }
    println!();
    bytes_per_row(&plain).await
}

/// The averages of all rounds; of the processor time, the lowest of the rounds, because what else the machine does adds to it.
async fn measure(
    meter: &Meter,
    fixture: &mut Fixture,
    operation: Operation,
    parts: f64,
) -> Result<Cost, Box<dyn Error>> {
    let before = meter.read().await?;
    let mut lowest = f64::MAX;
    for _ in 0..ROUNDS {
        let begin = meter.processor()?;
        for _ in 0..PER_ROUND {
            fixture.perform(operation).await.map_err(|error| error as Box<dyn Error>)?;
        }
        lowest = lowest.min((meter.processor()? - begin) / f64::from(PER_ROUND) / parts);
    }
    let cost = Cost::of_one(before, meter.read().await?, f64::from(ROUNDS * PER_ROUND) * parts);
    Ok(Cost { processor: lowest, ..cost })
}

/// The most locks on tables, indexes and keys that a transaction of the operation has at its end, and how many of them are in the lock
/// table that all sessions share.
async fn locks(
    meter: &Meter,
    mut fixture: Fixture,
    operation: Operation,
) -> Result<(Fixture, [i64; 2]), Box<dyn Error>> {
    meter.hold_commits(true).await?;
    let working = tokio::spawn(async move { fixture.perform(operation).await.map(|()| fixture) });
    let mut most = [0, 0];
    while !working.is_finished() {
        if let Some([locks, shared]) = meter.locks_at_commit().await? {
            most = [most[0].max(locks), most[1].max(shared)];
        }
    }
    let fixture = working.await?.map_err(|error| error as Box<dyn Error>)?;
    meter.hold_commits(false).await?;
    Ok((fixture, most))
}

async fn locks_of_a_read(pool: &Pool, fixture: &Fixture, operation: Operation) -> Result<[i64; 2], Box<dyn Error>> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    fixture.on(operation, &transaction).await.map_err(|error| error as Box<dyn Error>)?;
    let sql = "SELECT COUNT(*), COUNT(*) FILTER (WHERE NOT fastpath)
               FROM pg_locks
               WHERE pid = PG_BACKEND_PID() AND locktype = 'relation' AND relation <> 'pg_locks'::REGCLASS";
    let row = transaction.query_one(sql, &[]).await?;
    Ok([row.get(0), row.get(1)])
}

/// Tables that grow with use: how many bytes a row takes with its share of the indexes, of 100,000 rows.
async fn bytes_per_row(plain: &Client) -> Outcome {
    println!("| Table | bytes per row | of them indexes |\n|---|---:|---:|");
    let mut text = String::new();
    for table in Fixture::fill_history(plain).await? {
        let sql = format!(
            "SELECT PG_TABLE_SIZE('{table}')::FLOAT8 / COUNT(*), PG_INDEXES_SIZE('{table}')::FLOAT8 / COUNT(*) FROM {table}"
        );
        let row = plain.query_one(&sql, &[]).await?;
        let (of_table, of_indexes): (f64, f64) = (row.get(0), row.get(1));
        writeln!(text, "| `{table}` | {:.0} | {of_indexes:.0} |", of_table + of_indexes)?;
    }
    print!("{text}");
    Ok(())
}
