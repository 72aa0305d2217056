//! The day's usage per user, per server and per location.

use barqnet_db::{
    pool::Client,
    queries::{locations, usage},
};
use comfy_table::Cell;

use super::{narration::Narration, person::Person, required::required};
use crate::{error::Error, table::Table, units};

pub(super) async fn show(
    client: &Client,
    person: &Person,
    server: &str,
    narration: &mut Narration<'_>,
) -> Result<(), Error> {
    narration.chapter("Statistics")?;
    let user = usage::user_summary().bind(client, &person.username).opt().await?;
    let user = required(user, "the user has no statistics")?;
    let by_server = usage::server_summary().bind(client, &server).opt().await?;
    let by_server = required(by_server, "the server has no statistics")?;

    let mut table = Table::new(["OF", "SESSIONS", "UP", "DOWN", "LIVE NOW"]).right(&[1, 2, 3, 4]);
    let mut row = |name: String, sessions: String, up, down, live: i64| {
        table.row([
            Cell::new(name),
            Cell::new(sessions),
            Cell::new(units::bytes(up)),
            Cell::new(units::bytes(down)),
            Cell::new(live),
        ]);
    };

    row(
        format!("user {}", user.username),
        user.total_sessions.to_string(),
        user.total_bytes_in,
        user.total_bytes_out,
        user.active_connections,
    );
    row(
        format!("server {}", by_server.server_id),
        by_server.total_sessions.to_string(),
        by_server.total_bytes_in,
        by_server.total_bytes_out,
        by_server.active_connections,
    );
    let places = locations::statistics().bind(client).all().await?;
    for place in places.iter().filter(|place| place.total_servers > 0) {
        let name = format!("location {}", place.name);
        // Locations have no count of sessions.
        row(name, "-".to_owned(), place.total_bytes_in, place.total_bytes_out, place.active_connections);
    }
    narration.table(&table)?;
    Ok(())
}
