//! The cost of a start-up on an up-to-date database: this library's `migrate`, refinery's runner and sqlx's migrator on the
//! same schema, including the connection, in round trips and time.

use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

use barqnet_db::{embedded, migrate::migrate, pool::Settings};
use barqnet_db_testing::TestDatabase;
use sqlx::{ConnectOptions, Connection, migrate::Migrator, postgres::PgConnectOptions};

use crate::{outcome::Outcome, round_trips::Relay};

const ROUNDS: usize = 200;

/// Prints round trips, medians and ratios.
pub(crate) async fn run() -> Outcome {
    let database = TestDatabase::migrated(&embedded::migrations()).await;
    let socket = socket(&database)?;
    let relay = Relay::start(&socket)?;
    let folder = tempfile::tempdir()?;
    let sqlx_database = TestDatabase::empty().await;
    let migrator = sqlx_migrator(folder.path(), &sqlx_database).await?;
    let known = embedded::migrations();

    let mut table = Vec::new();
    for contender in ["barqnet-db", "refinery", "sqlx"] {
        let mut times = Vec::with_capacity(ROUNDS);
        let mut trips = 0;
        for _ in 0..ROUNDS {
            relay.reset();
            let begin = Instant::now();
            match contender {
                "barqnet-db" => drop(migrate(&settings(&relay, &database)?, &known).await?),
                "refinery" => with_refinery(&settings(&relay, &database)?).await?,
                _ => with_sqlx(&migrator, &relay, &sqlx_database).await?,
            }
            times.push(begin.elapsed());
            trips = relay.trips();
        }
        times.sort();
        table.push((contender, trips, times[ROUNDS / 2]));
    }
    print(&table);
    Ok(())
}

fn print(table: &[(&str, usize, Duration)]) {
    let ours = table[0].2.as_secs_f64();
    println!("{:<12} {:>11} {:>10} {:>7}", "", "round trips", "median", "ratio");
    for (name, trips, median) in table {
        let ratio = median.as_secs_f64() / ours;
        println!("{name:<12} {trips:>11} {:>7.2} ms {ratio:>7.2}", median.as_secs_f64() * 1000.0);
    }
}

/// The folder of the server's socket.
fn socket(database: &TestDatabase) -> Result<String, Box<dyn Error>> {
    let url = database.url();
    let host = url.split("host=").nth(1).and_then(|rest| rest.split('&').next());
    Ok(host.ok_or("the test server has no socket")?.to_owned())
}

fn settings(relay: &Relay, database: &TestDatabase) -> Result<Settings, barqnet_db::pool::Error> {
    Settings::from_url(&format!("postgresql:///{}?host={}&user=postgres", database.name(), relay.folder()))
}

async fn with_refinery(settings: &Settings) -> Outcome {
    let (mut client, _) = settings.connect_client().await?;
    embedded::migrations::runner().run_async(&mut client).await?;
    Ok(())
}

fn sqlx_options(folder: &str, database: &TestDatabase) -> PgConnectOptions {
    PgConnectOptions::new().socket(folder).username("postgres").database(database.name()).disable_statement_logging()
}

/// Applies the same migrations with sqlx, under the file names that it requires.
async fn sqlx_migrator(folder: &Path, database: &TestDatabase) -> Result<Migrator, Box<dyn Error>> {
    for entry in std::fs::read_dir("migrations")? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file name is not UTF-8")?;
        let (version, words) = name.trim_start_matches('V').split_once("__").unwrap_or_default();
        if words.is_empty() {
            // README.md
            continue;
        }
        std::fs::copy(&path, folder.join(format!("{version}_{words}")))?;
    }
    let migrator = Migrator::new(folder).await?;
    let mut connection = sqlx_options(&socket(database)?, database).connect().await?;
    migrator.run(&mut connection).await?;
    connection.close().await?;
    Ok(migrator)
}

async fn with_sqlx(migrator: &Migrator, relay: &Relay, database: &TestDatabase) -> Outcome {
    let mut connection = sqlx_options(relay.folder(), database).connect().await?;
    migrator.run(&mut connection).await?;
    Ok(connection.close().await?)
}
