//! Runs the demo from the database's creation to its removal.

use barqnet_db::pool::{self, Settings};

use super::{
    account, connection, locations, maintenance, narration::Narration, person::Person, schema, scratch::Scratch,
    servers, session, usage,
};
use crate::{error::Error, exit::Exit, output::Output, runtime::runtime, signals::Signals, stopping};

/// Runs the demo on a private server, or in a scratch database on the given server, and removes everything it made, even
/// if it fails or is stopped.
pub(crate) fn run(server: Option<Settings>, as_json: bool, output: &mut Output) -> Result<Exit, Error> {
    stopping::now_leaves("everything the demo made is removed");
    let mut narration = Narration::new(output, as_json);
    let runtime = runtime()?;
    let (scratch, result) = runtime.block_on(play(server, &mut narration))?;
    // Closes the connections of a stopped demo, which may be in the middle of a statement.
    drop(runtime);
    match (result, scratch.remove()) {
        (Ok(()), Ok(removed)) => {
            narration.end(removed)?;
            Ok(Exit::Done)
        }
        (Err(error), Ok(_)) | (Ok(()) | Err(Error::Stopped(_)), Err(error)) => Err(error),
        // Both matter: why the demo ended, and what it could not remove.
        (Err(error), Err(left)) => Err(Error::Scratch(format!("{error}; and then {left}"))),
    }
}

/// Returns what has to be removed, and the demo's result.
async fn play(server: Option<Settings>, narration: &mut Narration<'_>) -> Result<(Scratch, Result<(), Error>), Error> {
    let mut signals = Signals::watch()?;
    let scratch = Scratch::prepare(server, narration, &mut signals).await?;
    let result = tokio::select! {
        // A signal that has arrived already counts.
        biased;
        signal = signals.next() => Err(Error::Stopped(signal)),
        result = play_day(scratch.settings(), narration) => result,
    };
    Ok((scratch, result))
}

async fn play_day(settings: &Settings, narration: &mut Narration<'_>) -> Result<(), Error> {
    schema::migrate(settings, narration).await?;
    let pool = pool::connect(settings).await?;
    let client = pool.get().await?;
    let person = Person::ada()?;

    servers::register(&client, narration).await?;
    let signed_in = account::sign_up(&pool, &person, narration).await?;
    let token = session::use_token(&client, &signed_in, narration).await?;
    let server = locations::choose_server(&client, &person, narration).await?;
    connection::connect(&pool, &client, &person, &server, narration).await?;
    usage::show(&client, &person, &server, narration).await?;
    session::sign_out(&client, &token, narration).await?;
    maintenance::run(&pool, narration).await
}
