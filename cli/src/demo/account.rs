//! Signing up: a code by text message proves the phone number, then there is an account.

use barqnet_db::{
    client::Params,
    otp::{self, OtpCode, OtpPolicy, SendOutcome, VerifyOutcome},
    pool::{Client, Pool},
    queries::users::{self, CreateParams},
};

use super::{Person, needed, story::Story};
use crate::error::Error;

/// Gives the new account's id.
pub(super) async fn sign_up(pool: &Pool, client: &Client, person: &Person, story: &mut Story) -> Result<i32, Error> {
    story.chapter("Signing up by phone")?;
    let (number, policy) = (&person.phone_number, OtpPolicy::default());
    let SendOutcome::Sent { code, .. } = otp::send(pool, number, None, &policy).await? else {
        return Err(Error::Story("the first code was refused"));
    };
    let minutes = policy.lifetime.as_secs() / 60;
    let message = format!("Your BarqNet code is {}. It is good for {minutes} minutes.", code.expose());
    story.say(&format!("Text message to {number}: \"{message}\""))?;

    let wrong = needed(other_code(&code), "no other code")?;
    let outcome = otp::verify(pool, number, &wrong, None, &policy).await?;
    story.say(&format!("Ada mistypes it as {}: {}.", wrong.expose(), in_words(outcome)))?;
    let outcome = otp::verify(pool, number, &code, None, &policy).await?;
    story.say(&format!("She types {}: {}.", code.expose(), in_words(outcome)))?;
    if outcome != VerifyOutcome::Verified {
        return Err(Error::Story("the right code was refused"));
    }
    let outcome = otp::verify(pool, number, &code, None, &policy).await?;
    story.say(&format!("Somebody tries the same code again: {}.", in_words(outcome)))?;

    let id = users::create().params(client, &new_account(person)).one().await?;
    let user = needed(users::by_phone().bind(client, number).opt().await?, "the new account is not there")?;
    story.say(&format!("Account {id}, \"{}\", created via {}.", user.username, user.created_via))?;
    Ok(id)
}

fn new_account(person: &Person) -> CreateParams<&str, &str, &str, &str, &str, &str, &str, &str, &str> {
    CreateParams {
        username: person.username,
        phone_number: Some(person.phone_number.as_str()),
        password_hash: None,
        created_via: "phone",
        server_id: "unassigned",
        created_by: "demo",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None,
        checksum: None,
    }
}

/// The code with its last digit mistyped.
fn other_code(code: &OtpCode) -> Option<OtpCode> {
    let (start, last) = code.expose().split_at(5);
    let mistyped = if last == "0" { "1" } else { "0" };
    format!("{start}{mistyped}").parse().ok()
}

fn in_words(outcome: VerifyOutcome) -> &'static str {
    match outcome {
        VerifyOutcome::Verified => "verified",
        VerifyOutcome::Invalid => "refused",
        VerifyOutcome::RetryAfter(_) => "told to wait",
    }
}
