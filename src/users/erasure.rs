//! A person's data goes, what was used stays.

use deadpool_postgres::Pool;

use super::deactivate;
use crate::{
    Error, pool,
    queries::{connections::ClosedConnection, users},
};

/// An account that has become nobody's.
#[derive(Debug)]
pub struct Erased {
    /// The name under which its usage goes on to count.
    pub pseudonym: String,
    /// The connections that ended with it: whom to disconnect where.
    pub closed: Vec<ClosedConnection>,
}

/// Erases a person: closes the account and its connections, then replaces the name everywhere by a pseudonym and removes
/// what says who it was: phone number, password, profile, addresses, devices, sessions, codes, details of audit
/// entries. Connections and statistics stay under the pseudonym, and no total changes. `None` means no such account.
///
/// What limits one-time passwords is the number's, not the account's, and stays for as long as it limits anything: two days
/// after the last code the clean-up takes it, and after wrong codes not before a right one or
/// [`unlock`](crate::otp::unlock). Otherwise whoever registers and is erased, again and again, could have codes sent
/// without end.
///
/// If it breaks off, the account is deactivated at worst; call it again.
pub async fn erase(pool: &Pool, username: &str) -> Result<Option<Erased>, Error> {
    let Some(closed) = deactivate(pool, username).await? else { return Ok(None) };
    let client = pool::get(pool).await?;
    let pseudonym = users::erase().bind(&client, &username).one().await?;
    Ok(pseudonym.map(|pseudonym| Erased { pseudonym, closed }))
}
