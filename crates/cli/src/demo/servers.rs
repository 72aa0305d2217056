//! The servers: three, each at one of the built-in locations, all healthy.

use barqnet_db::{
    client::pool::Client,
    queries::{
        locations,
        servers::{self, RegisterParams, ReportHealthParams, SetLocationParams},
    },
    servers::Health,
};
use comfy_table::Cell;

use super::narration::Narration;
use crate::{error::Error, table::Table, units};

/// Where end nodes listen for management.
const MANAGEMENT_PORT: i32 = 8080;

/// Name, city, and response time in milliseconds.
const SERVERS: [(&str, &str, i32); 3] =
    [("fra-1", "Frankfurt", 12), ("syd-1", "Sydney", 18), ("gru-1", "São Paulo", 15)];

pub(super) async fn register(client: &Client, narration: &mut Narration<'_>) -> Result<(), Error> {
    narration.chapter("Registering servers")?;
    let places = locations::list().bind(client, &Some(true)).all().await?;
    for (name, city, response_time_ms) in SERVERS {
        let server = RegisterParams {
            name,
            host: format!("{name}.vpn.example"),
            port: MANAGEMENT_PORT,
            server_type: "endnode",
            management_url: None::<&str>,
            username: None::<&str>,
            password: None::<&str>,
        };
        servers::register().params(client, &server).one().await?;
        let location_id = places.iter().find(|place| place.city == city).map(|place| place.location_id);
        servers::set_location().params(client, &SetLocationParams { location_id, name }).await?;
        let health = ReportHealthParams {
            server_id: name,
            status: Health::Healthy,
            response_time_ms: Some(response_time_ms),
            error_message: None::<&str>,
            measured_at: None,
        };
        servers::report_health().params(client, &health).one().await?;
    }
    let mut table = Table::new(["SERVER", "HOST", "LOCATION", "COUNTRY"]);
    for server in servers::with_locations().bind(client).all().await? {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        table.row([
            Cell::new(&server.name),
            Cell::new(&server.host),
            Cell::new(or_dash(server.location_name)),
            Cell::new(or_dash(server.country)),
        ]);
    }
    narration.say(&format!("{}, {} of them with a server:", units::count(places.len(), "location"), SERVERS.len()))?;
    narration.table(&table)?;
    Ok(())
}
