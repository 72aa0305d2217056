//! Choosing a server: what is near, and which of the servers there is well and has room.

use barqnet_db::{
    Coordinates,
    client::Params,
    locations,
    pool::Client,
    queries::users::{self, AssignServerParams},
    servers::{self, PickOptions, PickOutcome, PickPolicy},
};
use comfy_table::Cell;

use super::{Person, needed, story::Story};
use crate::{error::Error, nearest, output::Table, units};

/// Where Ada is.
const HOME: (&str, f64, f64) = ("Vienna", 48.2082, 16.3738);

const CITIES: [(&str, f64, f64); 5] = [
    HOME,
    ("Nairobi", -1.2921, 36.8219),
    ("Buenos Aires", -34.6037, -58.3816),
    ("Auckland", -36.8509, 174.7645),
    ("Honolulu", 21.3069, -157.8583),
];

/// Gives the name of the server that Ada gets.
pub(super) async fn choose_server(client: &Client, person: &Person, story: &mut Story) -> Result<String, Error> {
    story.chapter("What is near")?;
    let mut table = Table::new(["FROM", "NEAREST LOCATION", "COUNTRY", "DISTANCE"]).right(&[3]);
    for (city, latitude, longitude) in CITIES {
        let found = locations::nearest(client, point(latitude, longitude)?, 1).await?;
        let location = needed(found.first(), "there is no location")?;
        table.row([
            Cell::new(city),
            Cell::new(&location.name),
            Cell::new(&location.country),
            Cell::new(units::kilometres(location.distance_km)),
        ]);
    }
    story.table(&table)?;

    let (city, latitude, longitude) = HOME;
    story.say(&format!("Ada is in {city}:"))?;
    story.table(&nearest::table(&locations::nearest(client, point(latitude, longitude)?, 3).await?))?;

    let choice = servers::pick(client, &PickOptions::near(point(latitude, longitude)?), &PickPolicy::default()).await?;
    if let PickOutcome::NoneEligible(why) = &choice {
        story.say(&why.to_string())?;
    }
    let server = needed(choice.into_candidates().into_iter().next(), "no server is eligible")?;
    let assign = AssignServerParams { server_id: server.name.as_str(), username: person.username };
    users::assign_server().params(client, &assign).await?;
    story.say(&format!(
        "She gets {}, {} away: healthy, {} of {} places taken.",
        server.name,
        server.distance_km.map_or_else(|| "somewhere".to_owned(), units::kilometres),
        server.live_connections,
        server.max_users,
    ))?;
    Ok(server.name)
}

fn point(latitude: f64, longitude: f64) -> Result<Coordinates, Error> {
    Coordinates::new(latitude, longitude).map_err(|_| Error::Story("coordinates out of range"))
}
