//! `release-number`: takes the phone number off a closed account.

use barqnet_db::{
    pool::{self, Settings},
    users::{ReleaseOutcome, release_phone_number},
};

use crate::{
    error::{Error, Exit},
    output::Output,
};

/// Releases the number of an account that is deactivated or expired.
pub(crate) async fn run(settings: Settings, username: &str, output: &mut Output) -> Result<Exit, Error> {
    let pool = pool::connect(settings).await?;
    let (line, exit) = match release_phone_number(&pool, username).await? {
        ReleaseOutcome::Released => {
            ("the number of the account is free: the person who verifies it can register", Exit::Done)
        }
        ReleaseOutcome::NoNumber => ("the account has no phone number: nothing to release", Exit::Done),
        ReleaseOutcome::NotClosed => {
            return Err(Error::Refused("the account is neither deactivated nor expired: it keeps its number"));
        }
        ReleaseOutcome::NoAccount => return Err(Error::Refused("no account has this name")),
    };
    output.line(line)?;
    Ok(exit)
}
