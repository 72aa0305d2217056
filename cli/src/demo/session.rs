//! The session: opened by a token that only the phone holds, ended by signing out.

use std::time::Duration;

use barqnet_db::{
    client::Params,
    pool::Client,
    queries::sessions::{self as statements, RevokeByTokenParams},
    sessions::{self, Device, RevokeReason, Token},
};

use super::{needed, story::Story};
use crate::error::Error;

const LIFETIME: Duration = Duration::from_hours(24 * 30);

pub(super) async fn sign_in(client: &Client, user_id: i32, story: &mut Story) -> Result<Token, Error> {
    story.chapter("Signing in")?;
    let device = Device {
        name: Some("Ada's phone".to_owned()),
        // An address from the range for documentation.
        ip_address: Some([203, 0, 113, 7].into()),
        user_agent: Some("BarqNet/1.0 (Android)".to_owned()),
    };
    let opened = sessions::create(client, user_id, &device, LIFETIME).await?;
    let (token, session) = needed(opened, "no session for a new account")?;
    story.say(&format!(
        "Session {} until {}. Ada's phone keeps the token, the database its hash.",
        session.id,
        session.expires_at.format("%Y-%m-%d %H:%M UTC")
    ))?;
    let valid = needed(sessions::validate(client, &token).await?, "a new token is not valid")?;
    story.say(&format!("The token is {}'s.", valid.username))?;
    let stranger = sessions::validate(client, &Token::generate()).await?;
    story.say(&format!("A made-up token is {}.", if stranger.is_none() { "nobody's" } else { "somebody's" }))?;
    Ok(token)
}

pub(super) async fn sign_out(client: &Client, token: &Token, story: &mut Story) -> Result<(), Error> {
    story.chapter("Signing out")?;
    let revoke = RevokeByTokenParams { reason: RevokeReason::SignOut, token_hash: token.hash() };
    let ended = statements::revoke_by_token().params(client, &revoke).await?;
    let valid = sessions::validate(client, token).await?.is_some();
    story.say(&format!(
        "{ended} session ended; its token is {}.",
        if valid { "still valid" } else { "worth nothing now" }
    ))?;
    Ok(())
}
