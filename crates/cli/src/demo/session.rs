//! The session: opened by a token that only the phone holds, refreshed, ended by signing out.

use barqnet_db::{
    client::Params,
    pool::Client,
    queries::sessions::{self as statements, RevokeByTokenParams},
    sessions::{self, RevokeReason, RotateOutcome, SessionPolicy, Token},
    users::SignedIn,
};

use super::{needed, story::Story};
use crate::error::Error;

/// Gives the token that the phone holds in the end.
pub(super) async fn use_token(client: &Client, signed_in: &SignedIn, story: &mut Story) -> Result<Token, Error> {
    story.chapter("Signing in")?;
    story.say(&format!(
        "Session {} until {}. Ada's phone keeps the token, the database its hash.",
        signed_in.session.id,
        signed_in.session.expires_at.format("%Y-%m-%d %H:%M UTC")
    ))?;
    let policy = SessionPolicy::default();
    let valid = sessions::validate(client, &signed_in.token.hash(), &policy).await?;
    let valid = needed(valid, "a new token is not valid")?;
    story.say(&format!("The token is {}'s.", valid.username))?;
    let stranger = sessions::validate(client, &Token::generate().hash(), &policy).await?;
    story.say(&format!("A made-up token is {}.", if stranger.is_none() { "nobody's" } else { "somebody's" }))?;
    let RotateOutcome::Rotated { token, .. } = sessions::rotate(client, &signed_in.token, None, &policy).await? else {
        return Err(Error::Story("the token was not replaced"));
    };
    let old = sessions::validate(client, &signed_in.token.hash(), &policy).await?;
    story.say(&format!(
        "Her phone trades it for a new one; the old one is {}.",
        if old.is_none() { "nobody's now" } else { "good still" }
    ))?;
    Ok(token)
}

pub(super) async fn sign_out(client: &Client, token: &Token, story: &mut Story) -> Result<(), Error> {
    story.chapter("Signing out")?;
    let revoke = RevokeByTokenParams { reason: RevokeReason::SignOut, token_hash: token.hash() };
    let ended = statements::revoke_by_token().params(client, &revoke).await?;
    let valid = sessions::validate(client, &token.hash(), &SessionPolicy::default()).await?.is_some();
    story.say(&format!(
        "{ended} session ended; its token is {}.",
        if valid { "still valid" } else { "worth nothing now" }
    ))?;
    Ok(())
}
