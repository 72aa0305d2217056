//! `demo`: one user's day, told through the library's typed functions on a database that is gone afterwards.
//!
//! ```text
//! ground ─▶ schema ─▶ fleet ─▶ account ─▶ session ─▶ locations ─▶ connection ─▶ statistics ─▶ session ─▶ maintenance
//! (a server)           servers     user       token       a server       traffic                     signed out
//! ```

mod account;
mod connection;
mod fleet;
mod ground;
mod locations;
mod maintenance;
mod schema;
mod session;
mod signals;
mod statistics;
mod story;

use barqnet_db::{
    PhoneNumber,
    pool::{self, Settings},
};

use crate::{
    error::{Error, Exit},
    output::Output,
    runtime,
};
use ground::Ground;
use signals::Signals;
use story::Story;

/// The demo's user.
struct Person {
    username: &'static str,
    /// From the range that is reserved for fiction.
    phone_number: PhoneNumber,
}

/// Tells the story on a server of its own, or in a scratch database on the given one, and clears everything away,
/// whether the story came to its end or not.
pub(crate) fn run(server: Option<Settings>, output: Output) -> Result<Exit, Error> {
    let mut story = Story::new(output);
    let runtime = runtime()?;
    let (ground, told) = runtime.block_on(play(server, &mut story))?;
    // With it go the connections of a story that was stopped, in the middle of whatever they were doing.
    drop(runtime);
    match (told, ground.clear_away()) {
        (Ok(()), Ok(gone)) => {
            story.end(gone)?;
            Ok(Exit::Done)
        }
        (Err(error), Ok(_)) | (Ok(()) | Err(Error::Stopped(_)), Err(error)) => Err(error),
        // Both need saying: why it ended, and what is still there.
        (Err(error), Err(left)) => Err(Error::Scratch(format!("{error}; and then {left}"))),
    }
}

/// Gives what has to be cleared away, and how the story went.
async fn play(server: Option<Settings>, story: &mut Story) -> Result<(Ground, Result<(), Error>), Error> {
    let mut signals = Signals::watch()?;
    let ground = Ground::prepare(server, story, &mut signals).await?;
    let told = tokio::select! {
        // A signal that has arrived already counts.
        biased;
        signal = signals.next() => Err(Error::Stopped(signal)),
        told = tell(ground.settings(), story) => told,
    };
    Ok((ground, told))
}

async fn tell(settings: &Settings, story: &mut Story) -> Result<(), Error> {
    schema::migrate(settings, story).await?;
    let pool = pool::connect(settings).await?;
    let client = pool::get(&pool).await?;
    let person =
        Person { username: "ada", phone_number: "+12025550143".parse().map_err(|_| Error::Story("phone number"))? };

    fleet::register(&client, story).await?;
    let signed_in = account::sign_up(&pool, &person, story).await?;
    let token = session::use_token(&client, &signed_in, story).await?;
    let server = locations::choose_server(&client, &person, story).await?;
    connection::ride(&pool, &client, &person, &server, story).await?;
    statistics::show(&client, &person, &server, story).await?;
    session::sign_out(&client, &token, story).await?;
    maintenance::run(&pool, story).await
}

/// The value that the story can't go on without.
fn needed<T>(value: Option<T>, missing: &'static str) -> Result<T, Error> {
    value.ok_or(Error::Story(missing))
}
