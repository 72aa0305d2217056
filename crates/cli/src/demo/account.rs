//! Signing up: a code in a text message proves the phone number, then the account is created.

use barqnet_db::{
    otp::{self, OtpCode, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    pool::Pool,
    sessions::{Device, SessionPolicy},
    users::{self, NewUser, RegisterOutcome, SignedIn},
};

use super::{narration::Narration, person::Person, required::required};
use crate::error::Error;

/// Returns the new account and its first session.
pub(super) async fn sign_up(pool: &Pool, person: &Person, narration: &mut Narration<'_>) -> Result<SignedIn, Error> {
    narration.chapter("Signing up by phone")?;
    let number = &person.phone_number;
    let config = OtpConfig::new(OtpKeys::random());
    // The address is from a range that is reserved for documentation.
    let request = VerificationRequest {
        ip_address: Some([203, 0, 113, 7].into()),
        ..VerificationRequest::new(number, Purpose::SignIn)
    };
    let SendOutcome::Sent { code, .. } = otp::send(pool, &config, &request).await? else {
        return Err(Error::Demo("the first code was refused"));
    };
    let minutes = config.policy.lifetime.as_secs() / 60;
    let message = format!("Your BarqNet code is {}. It is valid for {minutes} minutes.", code.expose());
    narration.say(&format!("Text message to {number}: \"{message}\""))?;

    let wrong = required(other_code(&code), "no other code")?;
    let outcome = otp::verify(pool, &config, &request, &wrong).await?;
    narration.say(&format!("Ada mistypes it as {}: {}.", wrong.expose(), outcome_text(&outcome)))?;
    let outcome = otp::verify(pool, &config, &request, &code).await?;
    narration.say(&format!("She types {}: {}.", code.expose(), outcome_text(&outcome)))?;
    let VerifyOutcome::Verified(ticket) = outcome else {
        return Err(Error::Demo("the right code was refused"));
    };
    let outcome = otp::verify(pool, &config, &request, &code).await?;
    narration.say(&format!("A second use of the same code: {}.", outcome_text(&outcome)))?;

    let device = Device {
        id: None,
        name: Some("Ada's phone".to_owned()),
        ip_address: request.ip_address,
        user_agent: Some("BarqNet/1.0 (Android)".to_owned()),
    };
    let name = person.username.parse().map_err(|_| Error::Demo("the name was refused"))?;
    let new = NewUser::new(&name, "demo");
    let outcome = users::register_with_ticket(pool, &ticket, &new, &device, &SessionPolicy::default()).await?;
    let RegisterOutcome::Registered(signed_in) = outcome else {
        return Err(Error::Demo("the ticket was refused"));
    };
    narration.say(&format!(
        "Its ticket creates account {}, \"{}\", and can be used once.",
        signed_in.user_id, signed_in.username
    ))?;
    Ok(signed_in)
}

/// The code with its last digit mistyped.
fn other_code(code: &OtpCode) -> Option<OtpCode> {
    let (start, last) = code.expose().split_at(5);
    let mistyped = if last == "0" { "1" } else { "0" };
    format!("{start}{mistyped}").parse().ok()
}

fn outcome_text(outcome: &VerifyOutcome) -> &'static str {
    match outcome {
        VerifyOutcome::Verified(_) => "verified",
        VerifyOutcome::Invalid => "refused",
        VerifyOutcome::RetryAfter(_) => "must wait",
    }
}
