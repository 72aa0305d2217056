//! Which server a newcomer is sent to.
//!
//! ```no_run
//! # async fn connect(client: barqnet_db::pool::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{Coordinates, servers::{self, Choice, Wish}};
//!
//! let wish = Wish::near(Coordinates::new(48.2082, 16.3738)?).preferring("vie-1").at_most(3);
//! match servers::pick(&client, &wish).await? {
//!     Choice::Servers(servers) => println!("connect to {}, else to the next", servers[0].name),
//!     Choice::Nobody(why) => println!("{why}"),
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;

use crate::{
    Coordinates,
    client::{Error, GenericClient, Params as _},
    queries::servers::{self, PickParams, Picked, Unfit},
    text_enum::text_enum,
};

text_enum! {
    /// How a server is, by its own report.
    pub enum Health, "state of health" {
        /// It takes newcomers.
        Healthy = "healthy",
        /// It serves those it has, not well.
        Degraded = "degraded",
        /// It serves nobody.
        Unhealthy = "unhealthy",
        /// Whoever asked it got no answer.
        Unreachable = "unreachable",
    }
}

/// What a newcomer asks for.
#[derive(Clone, Copy, Debug)]
#[must_use = "a wish is granted by pick()"]
pub struct Wish<'w> {
    near: Option<Coordinates>,
    preferred: Option<&'w str>,
    excluded: &'w [&'w str],
    limit: u32,
    spread: bool,
}

impl<'w> Wish<'w> {
    /// One server near a point.
    pub const fn near(point: Coordinates) -> Self {
        Self { near: Some(point), ..Self::anywhere() }
    }

    /// One server with room, wherever it stands: for somebody whose place is unknown.
    pub const fn anywhere() -> Self {
        Self { near: None, preferred: None, excluded: &[], limit: 1, spread: true }
    }

    /// This server before all others as long as it is fit and less than four fifths of it are taken: the one that the
    /// user had last, say.
    pub const fn preferring(self, server: &'w str) -> Self {
        Self { preferred: Some(server), ..self }
    }

    /// None of these: the ones that were tried in vain, say.
    pub const fn without(self, servers: &'w [&'w str]) -> Self {
        Self { excluded: servers, ..self }
    }

    /// Up to so many, the best first, so that there is another to try.
    pub const fn at_most(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// Always the same for the same fleet. Otherwise those that are about as good come in random order, weighed by the
    /// room they have, so that a crowd does not go to one.
    pub const fn in_order(self) -> Self {
        Self { spread: false, ..self }
    }
}

/// What a wish comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// The servers, the best first; none only if none was asked for.
    Servers(Vec<Picked>),
    /// There is none that is fit, and why.
    Nobody(Unfit),
}

impl Choice {
    /// The servers, the best first; no matter why there is none.
    #[must_use]
    pub fn into_servers(self) -> Vec<Picked> {
        match self {
            Self::Servers(servers) => servers,
            Self::Nobody(_) => Vec::new(),
        }
    }
}

/// Picks the servers that suit a wish best by distance, load, health and room; the rules stand at
/// [`queries::servers::pick`](crate::queries::servers::pick). A server that is dead, silent, draining, disabled or full
/// is never among them. Between the choice and the connection a server may fill up: opening the connection decides.
pub async fn pick(client: &impl GenericClient, wish: &Wish<'_>) -> Result<Choice, Error> {
    let asked = PickParams {
        latitude: wish.near.map(|point| point.latitude()),
        longitude: wish.near.map(|point| point.longitude()),
        excluded: wish.excluded,
        preferred: wish.preferred,
        spread: wish.spread,
        limit: i64::from(wish.limit),
    };
    loop {
        let picked = servers::pick().params(client, &asked).all().await?;
        if !picked.is_empty() || wish.limit == 0 {
            return Ok(Choice::Servers(picked));
        }
        let unfit = servers::unfit().bind(client, &wish.excluded).one().await?;
        // One may have become fit in between: then there is something to pick.
        if unfit.fit == 0 {
            return Ok(Choice::Nobody(unfit));
        }
    }
}

impl fmt::Display for Unfit {
    /// `no server is fit: 2 full, 1 draining`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.registered == 0 {
            return f.write_str("no server is registered");
        }
        let reasons = [
            (self.full, "full"),
            (self.silent, "silent"),
            (self.unhealthy, "not healthy"),
            (self.draining, "draining"),
            (self.disabled, "disabled"),
            (self.excluded, "excluded"),
        ];
        let told: Vec<String> =
            reasons.iter().filter(|(count, _)| *count > 0).map(|(count, reason)| format!("{count} {reason}")).collect();
        write!(f, "no server is fit: {}", told.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_there_is_no_server_is_told_in_one_line() {
        let none =
            Unfit { registered: 0, excluded: 0, disabled: 0, draining: 0, silent: 0, unhealthy: 0, full: 0, fit: 0 };
        assert_eq!(none.to_string(), "no server is registered");
        let some = Unfit { registered: 4, full: 1, silent: 2, draining: 1, ..none };
        assert_eq!(some.to_string(), "no server is fit: 1 full, 2 silent, 1 draining");
    }
}
