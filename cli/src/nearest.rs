//! `nearest`: the locations nearest to a point.

use barqnet_db::{
    Coordinates, client, locations,
    pool::{self, Settings},
    queries::locations::NearbyLocation,
    tokio_postgres::error::SqlState,
};
use comfy_table::Cell;

use crate::{
    error::{Error, Exit},
    output::{Output, Table},
    units,
};

/// Lists the nearest locations, the nearest first.
pub(crate) async fn run(
    settings: Settings,
    point: Coordinates,
    limit: i32,
    output: &mut Output,
) -> Result<Exit, Error> {
    let connection = pool::connect_one(settings).await?;
    let found = locations::nearest(&connection, point, limit).await.map_err(explain)?;
    output.table(&table(&found), 0)?;
    Ok(Exit::Done)
}

/// The locations with rank and distance.
pub(crate) fn table(found: &[NearbyLocation]) -> Table {
    let mut table = Table::new(["RANK", "LOCATION", "COUNTRY", "DISTANCE"]).right(&[0, 3]);
    for (rank, location) in (1..).zip(found) {
        table.row([
            Cell::new(rank),
            Cell::new(&location.name),
            Cell::new(&location.country),
            Cell::new(units::kilometres(location.distance_km)),
        ]);
    }
    table
}

fn explain(error: client::Error) -> Error {
    let missing = [SqlState::UNDEFINED_FUNCTION, SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN];
    if error.sqlstate().is_some_and(|code| missing.contains(code)) {
        Error::NotMigrated(error)
    } else {
        Error::Statement(error)
    }
}
