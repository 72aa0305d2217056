//! `release-number`: takes the phone number off a closed account.

use barqnet_db::{
    pool::Settings,
    users::{ReleaseOutcome, release_phone_number},
};

use crate::{arguments::ReleaseNumberFlags, connection, error::Error, exit::Exit, json, output::Output};

/// Releases the number of an account that is deactivated or expired.
pub(crate) async fn run(settings: Settings, flags: &ReleaseNumberFlags, output: &mut Output) -> Result<Exit, Error> {
    let pool = connection::to_write(settings).await?;
    let (line, released) = match release_phone_number(&pool, &flags.username).await.map_err(Error::of_database)? {
        ReleaseOutcome::Released => {
            ("the number of the account is free: the person who verifies it can register", true)
        }
        ReleaseOutcome::NoNumber => ("the account has no phone number: nothing to release", false),
        ReleaseOutcome::NotClosed => {
            return Err(Error::Refused(
                "the account is neither deactivated nor expired: it keeps its number".to_owned(),
            ));
        }
        ReleaseOutcome::NoAccount => return Err(Error::Refused("no account has this name".to_owned())),
    };
    if flags.json.json {
        json::print(&json::Released { released }, output)?;
    } else {
        output.line(line)?;
    }
    Ok(Exit::Done)
}
