//! `unlock`: the operator's answer to a number that gave too many wrong one-time passwords.

use barqnet_db::{
    PhoneNumber,
    client::Params,
    otp,
    pool::{self, Settings},
    queries::audit::{self, AppendParams},
};

use crate::{
    error::{Error, Exit},
    output::Output,
};

/// Opens the number again and says so in the audit trail.
pub(crate) async fn run(settings: Settings, phone_number: &PhoneNumber, output: &mut Output) -> Result<Exit, Error> {
    let connection = pool::connect_one(settings).await?;
    if !otp::unlock(&connection, phone_number).await.map_err(Error::of_statement)? {
        output.line(&format!("{phone_number} has no failures: there was nothing to forget"))?;
        return Ok(Exit::Done);
    }
    // `Debug` hides the middle of the number: the trail is kept for longer than anybody needs it.
    let details = format!("{phone_number:?}");
    let entry = AppendParams {
        action: "otp_unlock",
        username: None::<&str>,
        details: Some(details.as_str()),
        ip_address: None,
        server_id: "barqnet-db",
    };
    audit::append().params(&connection, &entry).one().await.map_err(Error::of_statement)?;
    output.line(&format!("{phone_number} may ask for codes and try them again"))?;
    Ok(Exit::Done)
}
