//! The budgets that a request shares with others, as the statements take them.

use super::{
    calling_code::CallingCode, limits::Limits, network::Network, policy::OtpPolicy, request::VerificationRequest,
};
use crate::limit::integer;

/// Budgets as parallel arrays, in the order in which they are locked: by budget and key.
#[derive(Default)]
pub(super) struct Budgets {
    pub(super) names: Vec<&'static str>,
    pub(super) keys: Vec<String>,
    pub(super) shards: Vec<i32>,
    pub(super) per_minute: Vec<Option<i32>>,
    pub(super) per_hour: Vec<Option<i32>>,
    pub(super) per_day: Vec<Option<i32>>,
    pub(super) reserved_percent: Vec<i32>,
    pub(super) returns: Vec<&'static str>,
}

/// When a verified code gives a use back.
#[derive(Clone, Copy)]
enum Returns {
    /// At once: the budget is locked, which only its own network waits for.
    AtOnce,
    /// With the next use of the budget: verifying locks nothing that everybody shares.
    Later,
    Never,
}

impl Budgets {
    /// Those of a request for a code.
    pub(super) fn of_send(policy: &OtpPolicy, request: &VerificationRequest<'_>, prefix: String) -> Self {
        let country = CallingCode::of(request.phone_number).to_string();
        let reserved = policy.reserved_percent.min(100);
        let mut budgets = Self::default();
        let (address, network) = networks(policy, request);
        budgets.add("send_address", address, policy.sends_per_address, 0, Returns::AtOnce);
        budgets.add("send_country", Some(country), policy.sends_per_country, reserved, Returns::Later);
        budgets.add("send_network", network, policy.sends_per_network, 0, Returns::AtOnce);
        budgets.add("send_overall", Some("all".to_owned()), policy.sends_overall, reserved, Returns::Never);
        budgets.add("send_prefix", Some(prefix), policy.sends_per_prefix, 0, Returns::Later);
        budgets
    }

    /// Those of a try, which only a wrong code uses.
    pub(super) fn of_try(policy: &OtpPolicy, request: &VerificationRequest<'_>) -> Self {
        let mut budgets = Self::default();
        let (address, network) = networks(policy, request);
        budgets.add("verify_address", address, policy.failures_per_address, 0, Returns::Never);
        budgets.add("verify_network", network, policy.failures_per_network, 0, Returns::Never);
        budgets
    }

    fn add(
        &mut self,
        name: &'static str,
        key: Option<String>,
        limits: Limits,
        reserved_percent: u32,
        returns: Returns,
    ) {
        let Some(key) = key else { return };
        // The share of verified codes is counted by this budget.
        if limits == Limits::NONE && name != "send_prefix" {
            return;
        }
        self.names.push(name);
        self.keys.push(key);
        self.shards.push(integer(limits.shards()));
        self.per_minute.push(limits.per_minute.map(integer));
        self.per_hour.push(limits.per_hour.map(integer));
        self.per_day.push(limits.per_day.map(integer));
        self.reserved_percent.push(integer(reserved_percent));
        self.returns.push(match returns {
            Returns::AtOnce => "at_once",
            Returns::Later => "later",
            Returns::Never => "never",
        });
    }
}

fn networks(policy: &OtpPolicy, request: &VerificationRequest<'_>) -> (Option<String>, Option<String>) {
    match request.ip_address.map(|address| Network::of(address, &policy.nat64_prefixes)) {
        Some(Network { address, network }) => (Some(address), network),
        None => (None, None),
    }
}
