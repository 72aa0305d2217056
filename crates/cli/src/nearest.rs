//! `nearest`: the locations nearest to a point.

use barqnet_db::{
    Coordinates, locations,
    pool::{self, Settings},
    queries::locations::NearbyLocation,
};
use comfy_table::Cell;

use crate::{arguments::NearestFlags, error::Error, exit::Exit, json, output::Output, table::Table, units};

/// Lists the nearest locations, the nearest first.
pub(crate) async fn run(
    settings: Settings,
    point: Coordinates,
    flags: &NearestFlags,
    output: &mut Output,
) -> Result<Exit, Error> {
    let connection = pool::connect_one(settings).await?;
    let found = locations::nearest(&connection, point, flags.limit).await.map_err(Error::of_statement)?;
    if flags.json.json {
        json::print(&json::Nearest::of(&found), output)?;
    } else {
        output.table(&table(&found), 0)?;
    }
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
