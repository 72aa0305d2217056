//! Chooses a server for a new connection.
//!
//! ```no_run
//! # async fn connect(client: barqnet_db::pool::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{Coordinates, servers::{self, PickOptions, PickOutcome, PickPolicy}};
//!
//! let options = PickOptions::near(Coordinates::new(48.2082, 16.3738)?).prefer("vie-1").limit(3);
//! match servers::pick(&client, &options, &PickPolicy::default()).await? {
//!     PickOutcome::Candidates(servers) => println!("connect to {}, else to the next", servers[0].name),
//!     PickOutcome::NoneEligible(why) => println!("{why}"),
//! }
//! # Ok(())
//! # }
//! ```

use std::{fmt, time::Duration};

use barqnet_db_client::{Error, ReadClient};

use crate::{
    interval::seconds,
    locations::Coordinates,
    queries::servers::{self, CountIneligibleParams, PickParams},
    text_enum::text_enum,
};

pub use crate::queries::servers::{Candidate, Ineligible};

text_enum! {
    /// The state of a server, by its newest health report.
    pub enum Health, "state of health" {
        /// It takes new connections.
        Healthy = "healthy",
        /// It serves its connections with reduced quality, and takes no new ones.
        Degraded = "degraded",
        /// It serves no connections.
        Unhealthy = "unhealthy",
        /// A check of the server got no answer.
        Unreachable = "unreachable",
    }
}

/// Which servers are eligible, and how distance is weighed against load. The load of a server is the number of its live
/// connections divided by its `max_users`.
///
/// The score of a server, lower is better, is `(distance + base_distance_km) × (1 + load_weight × load ^ load_exponent)`.
/// With the defaults the load adds a quarter at half load, and multiplies by five at full load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PickPolicy {
    /// The time since the arrival of a server's newest health report after which it no longer counts, and the server is
    /// silent. Default: 90 s, three missed reports.
    pub max_report_age: Duration,
    /// How many healthy reports a server needs after another one before it is eligible again, so that one that is healthy now
    /// and then is not picked now and then. A server that was only silent is eligible at once. Default: 2, as `rise` of
    /// `HAProxy`.
    pub min_healthy_reports: u16,
    /// The load from which a server is full. Default: 0.9, which leaves room for connections that are being opened.
    pub max_load: f64,
    /// The load from which a preferred server is no longer preferred. Default: 0.8.
    pub max_preferred_load: f64,
    /// Added to every distance, in kilometres, so that smaller differences have little effect. Default: 25.
    pub base_distance_km: f64,
    /// How much a full server is worse than an empty one. Default: 4.
    pub load_weight: f64,
    /// The exponent of the load: the higher, the less a low load counts. Default: 4.
    pub load_exponent: f64,
    /// Servers that score at most this factor times the best are equally good, and their order is random. Default: 1.1.
    pub similar_score_factor: f64,
}

impl Default for PickPolicy {
    fn default() -> Self {
        Self {
            max_report_age: Duration::from_secs(90),
            min_healthy_reports: 2,
            max_load: 0.9,
            max_preferred_load: 0.8,
            base_distance_km: 25.0,
            load_weight: 4.0,
            load_exponent: 4.0,
            similar_score_factor: 1.1,
        }
    }
}

/// What to look for with [`pick`].
#[derive(Clone, Copy, Debug)]
#[must_use = "pass this to pick()"]
pub struct PickOptions<'o> {
    near: Option<Coordinates>,
    preferred: Option<&'o str>,
    excluded: &'o [&'o str],
    plan: Option<i64>,
    limit: u32,
    randomize: bool,
}

impl<'o> PickOptions<'o> {
    /// One server near a point.
    pub const fn near(point: Coordinates) -> Self {
        Self { near: Some(point), ..Self::anywhere() }
    }

    /// One server at any location, by load only: for a client whose location is unknown.
    pub const fn anywhere() -> Self {
        Self { near: None, preferred: None, excluded: &[], plan: None, limit: 1, randomize: true }
    }

    /// Puts this server first while it is eligible and its load is below [`PickPolicy::max_preferred_load`]: for example
    /// the server of the user's last connection.
    pub const fn prefer(self, server: &'o str) -> Self {
        Self { preferred: Some(server), ..self }
    }

    /// Leaves these servers out: for example those to which connecting failed.
    pub const fn exclude(self, servers: &'o [&'o str]) -> Self {
        Self { excluded: servers, ..self }
    }

    /// Leaves out the servers whose locations this plan does not allow: that of the user
    /// ([`plans::of_user`](crate::plans::of_user)).
    pub const fn plan(self, plan_id: i64) -> Self {
        Self { plan: Some(plan_id), ..self }
    }

    /// Returns at most `limit` servers, the best first, so that the client can try the next. Default: 1.
    pub const fn limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// Whether servers of similar score come in random order, weighted by their free capacity, so that many clients do not
    /// all choose the same one. `false` orders by score, then by name. Default: `true`.
    pub const fn randomize(self, randomize: bool) -> Self {
        Self { randomize, ..self }
    }
}

/// The outcome of [`pick`].
#[derive(Clone, Debug, PartialEq)]
pub enum PickOutcome {
    /// The servers, the best first. Empty only if the limit was 0.
    Candidates(Vec<Candidate>),
    /// No server is eligible; how many are not, by reason.
    NoneEligible(Ineligible),
}

impl PickOutcome {
    /// The servers, the best first; empty if none is eligible.
    #[must_use]
    pub fn into_candidates(self) -> Vec<Candidate> {
        match self {
            Self::Candidates(servers) => servers,
            Self::NoneEligible(_) => Vec::new(),
        }
    }
}

/// Picks the best servers by distance, load, health and capacity. Servers that are unhealthy, silent, draining, disabled or
/// full are not eligible.
///
/// A server can fill up between the choice and the connection: [`connections::open`](crate::connections::open) enforces its
/// capacity.
pub async fn pick(
    client: &impl ReadClient,
    options: &PickOptions<'_>,
    policy: &PickPolicy,
) -> Result<PickOutcome, Error> {
    let max_report_age_seconds = seconds(policy.max_report_age);
    let min_healthy_reports = policy.min_healthy_reports.into();
    let parameters = PickParams {
        latitude: options.near.map(|point| point.latitude()),
        longitude: options.near.map(|point| point.longitude()),
        excluded: options.excluded,
        plan_id: options.plan,
        min_healthy_reports,
        max_report_age_seconds,
        max_load: policy.max_load,
        preferred: options.preferred,
        max_preferred_load: policy.max_preferred_load,
        base_distance_km: policy.base_distance_km,
        load_weight: policy.load_weight,
        load_exponent: policy.load_exponent,
        similar_score_factor: policy.similar_score_factor,
        randomize: options.randomize,
        limit: options.limit.into(),
    };
    loop {
        let candidates = servers::pick().params(client, &parameters).all().await?;
        if !candidates.is_empty() || options.limit == 0 {
            return Ok(PickOutcome::Candidates(candidates));
        }
        let parameters = CountIneligibleParams {
            excluded: options.excluded,
            plan_id: options.plan,
            max_report_age_seconds,
            min_healthy_reports,
            max_load: policy.max_load,
        };
        let counts = servers::count_ineligible().params(client, &parameters).one().await?;
        // A server can have become eligible between the two statements.
        if counts.eligible == 0 {
            return Ok(PickOutcome::NoneEligible(counts));
        }
    }
}

impl fmt::Display for Ineligible {
    /// For example `no server is eligible: 2 full, 1 draining`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.registered == 0 {
            return f.write_str("no server is registered");
        }
        let reasons = [
            (self.full, "full"),
            (self.silent, "silent"),
            (self.unhealthy, "unhealthy"),
            (self.recovering, "recovering"),
            (self.draining, "draining"),
            (self.disabled, "disabled"),
            (self.excluded, "excluded"),
            (self.not_in_plan, "not in the plan"),
        ];
        let reasons: Vec<String> =
            reasons.iter().filter(|(count, _)| *count > 0).map(|(count, reason)| format!("{count} {reason}")).collect();
        write!(f, "no server is eligible: {}", reasons.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_why_no_server_is_eligible_are_one_line() {
        let none = Ineligible {
            registered: 0,
            excluded: 0,
            not_in_plan: 0,
            disabled: 0,
            draining: 0,
            silent: 0,
            unhealthy: 0,
            recovering: 0,
            full: 0,
            eligible: 0,
        };
        assert_eq!(none.to_string(), "no server is registered");
        let some = Ineligible { registered: 4, full: 1, silent: 2, draining: 1, ..none };
        assert_eq!(some.to_string(), "no server is eligible: 1 full, 2 silent, 1 draining");
    }
}
