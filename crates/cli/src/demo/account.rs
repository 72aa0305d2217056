//! Signing up: a code by text message proves the phone number, then there is an account.

use barqnet_db::{
    otp::{self, OtpCode, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest, VerifyOutcome},
    pool::Pool,
    sessions::{Device, SessionPolicy},
    users::{self, NewUser, RegisterOutcome, SignedIn},
};

use super::{Person, needed, story::Story};
use crate::error::Error;

/// Gives the new account and its first session.
pub(super) async fn sign_up(pool: &Pool, person: &Person, story: &mut Story) -> Result<SignedIn, Error> {
    story.chapter("Signing up by phone")?;
    let number = &person.phone_number;
    let rules = OtpConfig::new(OtpKeys::random());
    // An address from the range for documentation.
    let claim = VerificationRequest {
        phone_number: number,
        purpose: Purpose::SignIn,
        ip_address: Some([203, 0, 113, 7].into()),
    };
    let SendOutcome::Sent { code, .. } = otp::send(pool, &rules, &claim).await? else {
        return Err(Error::Story("the first code was refused"));
    };
    let minutes = rules.policy.lifetime.as_secs() / 60;
    let message = format!("Your BarqNet code is {}. It is good for {minutes} minutes.", code.expose());
    story.say(&format!("Text message to {number}: \"{message}\""))?;

    let wrong = needed(other_code(&code), "no other code")?;
    let outcome = otp::verify(pool, &rules, &claim, &wrong).await?;
    story.say(&format!("Ada mistypes it as {}: {}.", wrong.expose(), in_words(&outcome)))?;
    let outcome = otp::verify(pool, &rules, &claim, &code).await?;
    story.say(&format!("She types {}: {}.", code.expose(), in_words(&outcome)))?;
    let VerifyOutcome::Verified(ticket) = outcome else {
        return Err(Error::Story("the right code was refused"));
    };
    let outcome = otp::verify(pool, &rules, &claim, &code).await?;
    story.say(&format!("Somebody tries the same code again: {}.", in_words(&outcome)))?;

    let device = Device {
        name: Some("Ada's phone".to_owned()),
        ip_address: claim.ip_address,
        user_agent: Some("BarqNet/1.0 (Android)".to_owned()),
    };
    let new = NewUser::new(person.username, "demo");
    let outcome = users::register_with_ticket(pool, &ticket, &new, &device, &SessionPolicy::default()).await?;
    let RegisterOutcome::Registered(signed_in) = outcome else {
        return Err(Error::Story("the ticket was refused"));
    };
    story.say(&format!("The ticket for it makes account {}, \"{}\", once.", signed_in.user_id, signed_in.username))?;
    Ok(signed_in)
}

/// The code with its last digit mistyped.
fn other_code(code: &OtpCode) -> Option<OtpCode> {
    let (start, last) = code.expose().split_at(5);
    let mistyped = if last == "0" { "1" } else { "0" };
    format!("{start}{mistyped}").parse().ok()
}

fn in_words(outcome: &VerifyOutcome) -> &'static str {
    match outcome {
        VerifyOutcome::Verified(_) => "verified",
        VerifyOutcome::Invalid => "refused",
        VerifyOutcome::RetryAfter(_) => "told to wait",
    }
}
