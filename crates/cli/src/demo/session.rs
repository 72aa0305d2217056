//! The session: identified by a token that only the phone stores, rotated, ended by signing out.

use barqnet_db::{
    client::pool::Client,
    queries::sessions::{self as statements, RevokeByTokenParams},
    sessions::{self, RevokeReason, RotateOutcome, SessionPolicy, Token},
    users::SignedIn,
};

use super::{narration::Narration, required::required};
use crate::error::Error;

/// Returns the token that the phone stores after the rotation.
pub(super) async fn use_token(
    client: &Client,
    signed_in: &SignedIn,
    narration: &mut Narration<'_>,
) -> Result<Token, Error> {
    narration.chapter("Signing in")?;
    narration.say(&format!(
        "Session {} until {}. Ada's phone stores the token, the database its hash.",
        signed_in.session.id,
        signed_in.session.expires_at.format("%Y-%m-%d %H:%M UTC")
    ))?;
    let policy = SessionPolicy::default();
    let valid = sessions::validate(client, &signed_in.token.hash(), &policy).await?;
    let valid = required(valid, "a new token is not valid")?;
    narration.say(&format!("The token belongs to {}.", valid.username))?;
    let unknown = sessions::validate(client, &Token::generate().hash(), &policy).await?;
    narration.say(&format!("A made-up token is {}.", if unknown.is_none() { "refused" } else { "accepted" }))?;
    let RotateOutcome::Rotated { token, .. } = sessions::rotate(client, &signed_in.token, None, &policy).await? else {
        return Err(Error::Demo("the token was not replaced"));
    };
    let old = sessions::validate(client, &signed_in.token.hash(), &policy).await?;
    narration.say(&format!(
        "Her phone exchanges it for a new one; the old one is {}.",
        if old.is_none() { "refused" } else { "still accepted" }
    ))?;
    Ok(token)
}

pub(super) async fn sign_out(client: &Client, token: &Token, narration: &mut Narration<'_>) -> Result<(), Error> {
    narration.chapter("Signing out")?;
    let revoke = RevokeByTokenParams { reason: RevokeReason::SignOut, token_hash: token.hash() };
    let ended = statements::revoke_by_token().params(client, &revoke).await?;
    let valid = sessions::validate(client, &token.hash(), &SessionPolicy::default()).await?.is_some();
    narration
        .say(&format!("{ended} session ended; its token is {}.", if valid { "still accepted" } else { "refused" }))?;
    Ok(())
}
