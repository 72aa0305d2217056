//! `unlock`: unlocks a phone number after too many wrong one-time passwords.

use barqnet_db::{
    PhoneNumber, otp,
    pool::Settings,
    queries::audit::{self, AppendParams},
};

use crate::{arguments::UnlockFlags, connection, error::Error, exit::Exit, json, output::Output};

/// Unlocks the number and records that in the audit trail, in one transaction.
pub(crate) async fn run(settings: Settings, flags: &UnlockFlags, output: &mut Output) -> Result<Exit, Error> {
    let phone_number = &flags.phone_number;
    let was_locked = unlock(settings, phone_number).await?;
    if flags.json.json {
        json::print(&json::Unlocked { unlocked: was_locked }, output)?;
    } else if was_locked {
        output.line(&format!("{phone_number} is unlocked: it can request and enter codes again"))?;
    } else {
        output.line(&format!("{phone_number} has no failures: nothing to unlock"))?;
    }
    Ok(Exit::Done)
}

/// Whether the number had failures.
async fn unlock(settings: Settings, phone_number: &PhoneNumber) -> Result<bool, Error> {
    let pool = connection::to_write(settings).await?;
    let mut client = pool.get().await?;
    let transaction = client.transaction().await.map_err(Error::of_statement)?;
    if !otp::unlock(&transaction, phone_number).await.map_err(Error::of_statement)? {
        return Ok(false);
    }
    // `Debug` hides the middle of the number: the audit trail is kept longer than the number is needed.
    let details = format!("{phone_number:?}");
    let entry = AppendParams {
        action: "otp_unlock",
        username: None::<&str>,
        details: Some(details.as_str()),
        ip_address: None,
        server_id: "barqnet-db",
    };
    audit::append().params(&transaction, &entry).one().await.map_err(Error::of_statement)?;
    transaction.commit().await.map_err(Error::of_statement)?;
    Ok(true)
}
