//! What 100,000 audit entries cost: one statement per entry, a batch by `unnest`, and COPY in binary format.

use std::{collections::BTreeMap, net::IpAddr, time::Instant};

use barqnet_db::{
    client::stream_of,
    embedded,
    pool::{self, Client},
    queries::audit::{self, ImportParams},
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{median::median, outcome::Outcome, server};

const ENTRIES: usize = 100_000;
const ROUNDS: usize = 5;
/// One statement per entry is slow: a part of the entries is enough.
const ONE_BY_ONE: usize = ENTRIES / 50;

type Entry = ImportParams<&'static str, String, &'static str, &'static str>;

fn entries(number: usize) -> impl Iterator<Item = Entry> {
    let start: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let address: IpAddr = [192, 0, 2, 1].into();
    (0..number).map(move |number| ImportParams {
        timestamp: start + TimeDelta::milliseconds(i64::try_from(number).unwrap_or(0)),
        action: "LOGIN_FAILED",
        username: Some(format!("user-{}", number % 5000)),
        details: Some("{\"reason\": \"wrong password\", \"client\": \"2.1.0\"}"),
        ip_address: (!number.is_multiple_of(3)).then_some(address),
        server_id: "node-1",
        subject_id: None,
    })
}

/// Without the secondary indexes, the statements themselves are compared.
const WITHOUT_INDEXES: &str =
    "DROP INDEX idx_audit_server_id, idx_audit_server_newest, idx_audit_timestamp, idx_audit_user_newest";

/// Prints entries per second and ratios.
pub(crate) async fn run() -> Outcome {
    let server = server::start()?;
    let settings = server::create_database(&server, "ours", &embedded::migrations()).await?;
    let pool = pool::connect(&settings).await?;
    let client = pool.get().await?;
    println!("entries per second, medians of {ROUNDS} rounds with {ENTRIES} entries ({ONE_BY_ONE} one by one):");
    compare(&client, &["COPY", "batch", "one by one"]).await?;
    client.batch_execute(WITHOUT_INDEXES).await?;
    println!("without secondary indexes:");
    compare(&client, &["COPY", "batch"]).await
}

/// The contenders in turns.
async fn compare(client: &Client, contenders: &[&'static str]) -> Outcome {
    let mut results: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    // The first round is not counted.
    for round in 0..=ROUNDS {
        for &contender in contenders {
            client.batch_execute("TRUNCATE audit_log").await?;
            let number = if contender == "one by one" { ONE_BY_ONE } else { ENTRIES };
            let rows: Vec<Entry> = entries(number).collect();
            let begin = Instant::now();
            let added = add(client, contender, rows).await?;
            let took = begin.elapsed().as_secs_f64();
            if added != u64::try_from(number)? {
                return Err(format!("{contender} added {added} entries instead of {number}").into());
            }
            if round > 0 {
                #[expect(clippy::cast_precision_loss, reason = "a count below 2^52")]
                results.entry(contender).or_default().push(number as f64 / took);
            }
        }
    }
    let per_second = |contender| median(results.get(contender).cloned().unwrap_or_default());
    for &contender in contenders {
        let (rate, batch) = (per_second(contender), per_second("batch"));
        println!("{contender:<10} {rate:>10.0}  {:>6.2} × the batch", rate / batch);
    }
    Ok(())
}

async fn add(client: &Client, contender: &str, rows: Vec<Entry>) -> Result<u64, barqnet_db::client::Error> {
    match contender {
        "COPY" => audit::import().copy_in(client, stream_of(rows)).await,
        "batch" => audit::import().batch(client, &rows).await,
        _ => {
            let mut added = 0;
            for row in &rows {
                added += audit::import().params(client, row).await?;
            }
            Ok(added)
        }
    }
}
