//! The audit trail: who did what, from where. An entry is kept whatever its texts are: a stranger who types a strange name
//! must not be able to suppress it. Queries that read are in [`queries::audit`](crate::queries::audit).

use std::net::IpAddr;

use barqnet_db_client::{Error, GenericClient};
use chrono::{DateTime, Datelike, Utc};

use crate::{
    queries::audit::{self, AppendParams, AppendPastParams},
    told::told,
};

/// What happened. Texts other than `details` are cut to 255 characters, and U+0000, which PostgreSQL can't hold, becomes
/// U+FFFD. An IPv4 address that is mapped into IPv6 is kept as that IPv4 address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry<'e> {
    /// What was done, such as `sign_in_failed`.
    pub action: &'e str,
    /// Who did it, or tried to.
    pub username: Option<&'e str>,
    /// More about it.
    pub details: Option<&'e str>,
    /// From where.
    pub ip_address: Option<IpAddr>,
    /// The server or service that saw it.
    pub server_id: &'e str,
}

/// The outcome of [`append_past`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// How many entries were added.
    pub added: u64,
    /// The positions of those that were not, because their time is not in the years 1 to 9999.
    pub refused: Vec<usize>,
}

/// Adds an entry with the current time and returns its id.
pub async fn append(client: &impl GenericClient, entry: &Entry<'_>) -> Result<i64, Error> {
    let parameters = AppendParams {
        action: told(entry.action),
        username: entry.username.map(told),
        details: entry.details.map(told),
        ip_address: entry.ip_address,
        server_id: told(entry.server_id),
    };
    audit::append().params(client, &parameters).one().await
}

/// Adds entries of earlier times, such as those that a node has kept while the database was away. They get ids in the order
/// given. At most 10,000 are one statement: outside a transaction, an error can leave the first of several statements done.
pub async fn append_past(
    client: &impl GenericClient,
    entries: &[(DateTime<Utc>, Entry<'_>)],
) -> Result<Appended, Error> {
    let mut appended = Appended::default();
    let mut rows = Vec::with_capacity(entries.len());
    for (position, (timestamp, entry)) in entries.iter().enumerate() {
        if (1..=9999).contains(&timestamp.year()) {
            rows.push(AppendPastParams {
                timestamp: *timestamp,
                action: told(entry.action),
                username: entry.username.map(told),
                details: entry.details.map(told),
                ip_address: entry.ip_address,
                server_id: told(entry.server_id),
            });
        } else {
            appended.refused.push(position);
        }
    }
    appended.added = audit::append_past().batch(client, &rows).await?;
    Ok(appended)
}
