//! Plans and their limits.

use barqnet_db_client::{Error, GenericClient, ReadClient};

use crate::{
    limit::integer,
    queries::{
        Constraint,
        plans::{self, CreateParams, Plan, UpdateParams},
    },
};

/// The maximum length of a plan's name, in characters.
pub const MAX_NAME_CHARS: usize = 255;

/// What a plan allows; `None` means that the plan does not limit it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits<'p> {
    /// Registered devices; 0 means none.
    pub max_devices: Option<u32>,
    /// Live connections on all servers; 0 means none.
    pub max_connections: Option<u32>,
    /// Bytes received and sent per day of UTC.
    pub max_bytes_per_day: Option<u64>,
    /// Bytes received and sent per calendar month of UTC.
    pub max_bytes_per_month: Option<u64>,
    /// What happens when a quota is used up.
    pub over_quota: OverQuota,
    /// The locations on whose servers connections open, by id; empty means all. A plan with locations refuses a server without one.
    pub locations: &'p [i32],
}

/// What happens when a quota is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverQuota {
    /// All connections of the user end with [`CloseReason::OverQuota`](crate::connections::CloseReason::OverQuota), and none opens until
    /// the quota resets: [`Refusal::OverQuota`](super::Refusal::OverQuota).
    #[default]
    End,
    /// Connections stay and open. Their nodes are told ([`HeartbeatReport::over_quota`](crate::connections::HeartbeatReport::over_quota)),
    /// so that they can make them slower.
    TellNode,
}

/// The outcome of [`create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateOutcome {
    /// There is a new plan with this id.
    Created(i64),
    /// The name is empty, longer than [`MAX_NAME_CHARS`], or contains a NUL.
    InvalidName,
    /// Another plan has the name.
    NameTaken,
    /// One of the locations does not exist.
    UnknownLocation,
}

/// The outcome of [`update`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// The plan is changed.
    Updated,
    /// There is no such plan.
    NoPlan,
    /// The name is empty, longer than [`MAX_NAME_CHARS`], or contains a NUL.
    InvalidName,
    /// Another plan has the name.
    NameTaken,
    /// One of the locations does not exist.
    UnknownLocation,
}

/// Makes a plan. In a transaction, the outcomes `NameTaken` and `UnknownLocation` have failed it: roll it back.
pub async fn create(client: &impl GenericClient, name: &str, limits: &Limits<'_>) -> Result<CreateOutcome, Error> {
    if !is_valid(name) {
        return Ok(CreateOutcome::InvalidName);
    }
    let parameters = CreateParams {
        name,
        max_devices: limits.max_devices.map(integer),
        max_connections: limits.max_connections.map(integer),
        max_bytes_per_day: limits.max_bytes_per_day.map(bytes),
        max_bytes_per_month: limits.max_bytes_per_month.map(bytes),
        ends_over_quota: limits.over_quota == OverQuota::End,
        locations: limits.locations,
    };
    match plans::create().params(client, &parameters).one().await {
        Ok(id) => Ok(CreateOutcome::Created(id)),
        Err(error) => match Constraint::of(&error) {
            Some(Constraint::PlansNameKey) => Ok(CreateOutcome::NameTaken),
            Some(Constraint::FkPlanLocationsLocationId) => Ok(CreateOutcome::UnknownLocation),
            _ => Err(error),
        },
    }
}

/// Replaces the name and all limits of a plan. Openings and registrations see it at once, and the quota of each live connection of its
/// users is checked at the next heartbeat: with 80,000 of them that is a sum each within an interval of reports. Live connections at
/// locations that the plan no longer allows stay until they end. In a transaction, the outcomes `NameTaken` and `UnknownLocation` have
/// failed it: roll it back.
pub async fn update(
    client: &impl GenericClient,
    plan_id: i64,
    name: &str,
    limits: &Limits<'_>,
) -> Result<UpdateOutcome, Error> {
    if !is_valid(name) {
        return Ok(UpdateOutcome::InvalidName);
    }
    let parameters = UpdateParams {
        id: plan_id,
        name,
        max_devices: limits.max_devices.map(integer),
        max_connections: limits.max_connections.map(integer),
        max_bytes_per_day: limits.max_bytes_per_day.map(bytes),
        max_bytes_per_month: limits.max_bytes_per_month.map(bytes),
        ends_over_quota: limits.over_quota == OverQuota::End,
        locations: limits.locations,
    };
    match plans::update().params(client, &parameters).one().await {
        Ok(true) => Ok(UpdateOutcome::Updated),
        Ok(false) => Ok(UpdateOutcome::NoPlan),
        Err(error) => match Constraint::of(&error) {
            Some(Constraint::PlansNameKey) => Ok(UpdateOutcome::NameTaken),
            Some(Constraint::FkPlanLocationsLocationId) => Ok(UpdateOutcome::UnknownLocation),
            _ => Err(error),
        },
    }
}

/// All plans, by name.
pub async fn list(client: &impl ReadClient) -> Result<Vec<Plan>, Error> {
    plans::list().bind(client).all().await
}

fn is_valid(name: &str) -> bool {
    !name.is_empty() && !name.contains('\0') && name.chars().count() <= MAX_NAME_CHARS
}

/// A number of bytes as BIGINT; more than fits is more than a user can have used.
fn bytes(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
