//! Choosing a server: the nearest locations, and the best healthy server with free capacity.

use barqnet_db::{
    Coordinates, locations,
    pool::Client,
    queries::users::{self, AssignServerParams},
    servers::{self, PickOptions, PickOutcome, PickPolicy},
};
use comfy_table::Cell;

use super::{narration::Narration, person::Person, required::required};
use crate::{error::Error, nearest, table::Table, units};

/// Ada's location.
const HOME: (&str, f64, f64) = ("Vienna", 48.2082, 16.3738);

const CITIES: [(&str, f64, f64); 5] = [
    HOME,
    ("Nairobi", -1.2921, 36.8219),
    ("Buenos Aires", -34.6037, -58.3816),
    ("Auckland", -36.8509, 174.7645),
    ("Honolulu", 21.3069, -157.8583),
];

/// Returns the name of the server that Ada is assigned.
pub(super) async fn choose_server(
    client: &Client,
    person: &Person,
    narration: &mut Narration<'_>,
) -> Result<String, Error> {
    narration.chapter("Nearest locations")?;
    let mut table = Table::new(["FROM", "NEAREST LOCATION", "COUNTRY", "DISTANCE"]).right(&[3]);
    for (city, latitude, longitude) in CITIES {
        let found = locations::nearest(client, point(latitude, longitude)?, 1).await?;
        let location = required(found.first(), "no location was found")?;
        table.row([
            Cell::new(city),
            Cell::new(&location.name),
            Cell::new(&location.country),
            Cell::new(units::kilometres(location.distance_km)),
        ]);
    }
    narration.table(&table)?;

    let (city, latitude, longitude) = HOME;
    narration.say(&format!("Ada is in {city}:"))?;
    narration.table(&nearest::table(&locations::nearest(client, point(latitude, longitude)?, 3).await?))?;

    let choice = servers::pick(client, &PickOptions::near(point(latitude, longitude)?), &PickPolicy::default()).await?;
    if let PickOutcome::NoneEligible(why) = &choice {
        narration.say(&why.to_string())?;
    }
    let server = required(choice.into_candidates().into_iter().next(), "no server is eligible")?;
    let assign = AssignServerParams { server_id: server.name.as_str(), username: person.username };
    users::assign_server().params(client, &assign).await?;
    narration.say(&format!(
        "She is assigned {}, {} away: healthy, {} of {} connections in use.",
        server.name,
        server.distance_km.map_or_else(|| "an unknown distance".to_owned(), units::kilometres),
        server.live_connections,
        server.max_users,
    ))?;
    Ok(server.name)
}

fn point(latitude: f64, longitude: f64) -> Result<Coordinates, Error> {
    Coordinates::new(latitude, longitude).map_err(|_| Error::Demo("coordinates out of range"))
}
