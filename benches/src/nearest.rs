//! The time of a search for the nearest locations as their number grows: by the index, by PostGIS's index, and by a scan that
//! computes every distance, for the same points in one run.

use std::{
    error::Error,
    process::Command,
    time::{Duration, Instant},
};

use barqnet_db::{
    Coordinates, embedded, locations, pool,
    tokio_postgres::{Client, Statement},
};
use barqnet_db_testing::TestDatabase;

use crate::outcome::Outcome;

const SIZES: [i32; 3] = [1_000, 100_000, 1_000_000];
const WANTED: u32 = 5;
const SEARCHES: usize = 2_000;

/// A scan of a million takes a second.
const SCANS: usize = 20;

/// Prints medians and ratios.
pub(crate) async fn run() -> Outcome {
    let mut table: Vec<Row> = Vec::new();
    for size in SIZES {
        table.push(measure(size).await?);
    }
    println!(
        "{:>9} {:>10} {:>7} {:>10} {:>7} {:>10} {:>7}",
        "locations", "index", "growth", "PostGIS", "ratio", "scan", "ratio"
    );
    let first = table[0].index;
    for row in &table {
        let ratio = |time: Duration| time.as_secs_f64() / row.index.as_secs_f64();
        let postgis = row.postgis.map_or_else(
            || format!("{:>10} {:>7}", "-", "-"),
            |time| format!("{:>7.3} ms {:>7.2}", milliseconds(time), ratio(time)),
        );
        println!(
            "{:>9} {:>7.3} ms {:>7.2} {postgis} {:>7.2} ms {:>7.1}",
            row.size,
            milliseconds(row.index),
            row.index.as_secs_f64() / first.as_secs_f64(),
            milliseconds(row.scan),
            ratio(row.scan),
        );
    }
    for row in &table {
        println!("an index over {} locations was built in {:.1} s", row.size, row.build.as_secs_f64());
    }
    Ok(())
}

struct Row {
    size: i32,
    build: Duration,
    index: Duration,
    postgis: Option<Duration>,
    scan: Duration,
}

async fn measure(size: i32) -> Result<Row, Box<dyn Error>> {
    let database = TestDatabase::migrated(&embedded::migrations()).await;
    let client = database.client().await;
    let connection = pool::connect_one(database.settings().statement_timeout(None)).await?;
    fill(&client, size).await?;
    let begin = Instant::now();
    let indexed: bool = client.query_one("SELECT index_nearest_location()", &[]).await?.get(0);
    let build = begin.elapsed();
    if !indexed {
        return Err("the extension cube is not available: there is no index to measure".into());
    }
    client.batch_execute("VACUUM ANALYZE server_locations").await?;
    let index = by_library(&connection, SEARCHES).await?;
    let answers = answers(&connection).await?;
    let postgis = if has_postgis(&client).await? { Some(by_postgis(&client).await?) } else { None };
    client.batch_execute("DROP INDEX idx_locations_point").await?;
    if self::answers(&connection).await? != answers {
        return Err("the index and the scan return different locations".into());
    }
    let scan = by_library(&connection, SCANS).await?;
    Ok(Row { size, build, index, postgis, scan })
}

/// Creates locations spread evenly over the globe, without the index.
async fn fill(client: &Client, size: i32) -> Outcome {
    client.batch_execute("DROP INDEX idx_locations_point; DELETE FROM server_locations; SELECT SETSEED(0.5)").await?;
    let rows = "INSERT INTO server_locations (name, country, city, country_code, latitude, longitude, display_order)
                SELECT 'place ' || n, 'country ' || n % 200, 'city ' || n, 'XX', DEGREES(ASIN(2 * RANDOM() - 1)),
                       360 * RANDOM() - 180, n % 100
                FROM GENERATE_SERIES(1, $1) n";
    client.execute(rows, &[&size]).await?;
    Ok(())
}

/// Quasi-random points, the same for all contenders: multiples of the golden ratio.
fn points() -> impl Iterator<Item = (f64, f64)> {
    (1..).map(|number: u32| {
        let [up, around] =
            [0.618_033_988_749_895, 0.754_877_666_246_693].map(|step| (f64::from(number) * step).fract());
        ((2.0 * up - 1.0).asin().to_degrees(), 360.0 * around - 180.0)
    })
}

/// The median time of the library's function, including reading the rows.
async fn by_library(connection: &pool::Client, times: usize) -> Result<Duration, Box<dyn Error>> {
    let mut taken = Vec::with_capacity(times);
    for (latitude, longitude) in points().take(times + 10) {
        let point = Coordinates::new(latitude, longitude)?;
        let begin = Instant::now();
        locations::nearest(connection, point, WANTED).await?;
        taken.push(begin.elapsed());
    }
    Ok(median(taken.split_off(10)))
}

async fn answers(connection: &pool::Client) -> Result<Vec<(i32, f64)>, Box<dyn Error>> {
    let mut answers = Vec::new();
    for (latitude, longitude) in points().take(SCANS) {
        let found = locations::nearest(connection, Coordinates::new(latitude, longitude)?, WANTED).await?;
        answers.extend(found.into_iter().map(|place| (place.location_id, place.distance_km)));
    }
    Ok(answers)
}

/// Whether PostGIS is available; installs Debian's package where that is possible.
async fn has_postgis(client: &Client) -> Result<bool, Box<dyn Error>> {
    let available = "SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'),
                            CURRENT_SETTING('server_version_num')::INTEGER / 10000";
    let row = client.query_one(available, &[]).await?;
    if row.get(0) {
        return Ok(true);
    }
    let package = format!("postgresql-{}-postgis-3", row.get::<_, i32>(1));
    // If the installation fails, the next query shows it.
    let _ = Command::new("scripts/install-package").arg(&package).status();
    let installed: bool = client.query_one(available, &[]).await?.get(0);
    if !installed {
        println!("PostGIS is not available (Debian's package is {package}): measured without it");
    }
    Ok(installed)
}

/// The median time of a search by distance over geographies, on a copy of the locations. PostGIS orders by distance on an
/// ellipsoid.
async fn by_postgis(client: &Client) -> Result<Duration, Box<dyn Error>> {
    client
        .batch_execute(
            "CREATE EXTENSION postgis;
             CREATE TABLE geographic AS
             SELECT location_id, name, country, city, country_code, latitude, longitude, display_order, enabled,
                    ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::GEOGRAPHY AS place
             FROM server_locations;
             CREATE INDEX ON geographic USING gist (place) WHERE enabled IS NOT FALSE",
        )
        .await?;
    client.batch_execute("VACUUM ANALYZE geographic").await?;
    let statement: Statement = client
        .prepare(
            "SELECT location_id, name, country, city, country_code, latitude::FLOAT8, longitude::FLOAT8,
                    ST_Distance(place, ST_SetSRID(ST_MakePoint($2, $1), 4326)::GEOGRAPHY, FALSE) / 1000 AS distance_km
             FROM geographic
             WHERE enabled IS NOT FALSE
             ORDER BY place <-> ST_SetSRID(ST_MakePoint($2, $1), 4326)::GEOGRAPHY
             LIMIT $3::BIGINT",
        )
        .await?;
    let mut taken = Vec::with_capacity(SEARCHES);
    for (latitude, longitude) in points().take(SEARCHES + 10) {
        let begin = Instant::now();
        client.query(&statement, &[&latitude, &longitude, &i64::from(WANTED)]).await?;
        taken.push(begin.elapsed());
    }
    Ok(median(taken.split_off(10)))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
