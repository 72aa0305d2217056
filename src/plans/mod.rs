//! Plans: what a user may have, from when to when, and what is left of it.
//!
//! A [plan](create) has [`Limits`]: devices, connections, bytes per day and per month, locations. A user has at most one plan at a
//! time ([`assign`]); what they had before stays in the [`history`]. A user without a plan has the limits of their account and of the
//! policies only.
//!
//! | Limit | Where it holds | What happens |
//! |---|---|---|
//! | devices | [`devices::register`](crate::devices::register) | as [`DevicePolicy::at_limit`](crate::devices::DevicePolicy::at_limit) says |
//! | connections | [`connections::open`](crate::connections::open) | as [`ConnectionPolicy::at_limit`](crate::connections::ConnectionPolicy::at_limit) says |
//! | locations | [`connections::open`](crate::connections::open) | [`Refusal::LocationNotAllowed`]; [`PickOptions::plan`](crate::servers::PickOptions::plan) and [`locations::nearest_of_plan`](crate::locations::nearest_of_plan) choose among those allowed |
//! | bytes | [`connections::heartbeat`](crate::connections::heartbeat), [`connections::open`](crate::connections::open) | as [`OverQuota`] says |
//! | the end | [`connections::heartbeat`](crate::connections::heartbeat), [`connections::open`](crate::connections::open), maintenance | connections end with [`CloseReason::PlanEnded`](crate::connections::CloseReason::PlanEnded); sessions stay |
//!
//! Of two limits of one thing the lower one counts: that of the plan, and that of the account
//! ([`set_limits`](crate::queries::users::set_limits)) or, if it has none, of the policy.
//!
//! # Quotas
//!
//! Bytes are those received and sent together, on all servers. Days and calendar months are those of UTC, and a byte counts when it is
//! reported. What a user has used since the begin of the day and of the month counts, also if the plan began later.
//!
//! A quota is exact: as long as something is left, no connection ends for it, and whatever is counted beyond it was in the reports
//! by which that became known, or in later ones of the connections that ended. A heartbeat makes no sum for that. Each live connection
//! is granted a part of what is left, and the sum is made again when it has used it up: about 20 times per quota and connection.
//!
//! The number of sums of a user with 1 byte left and two idle connections is one per heartbeat; such users are rare.

mod assignment;
mod limits;
mod quota;
mod soon;

pub use assignment::{
    AssignOutcome, Assigned, MAX_DAYS, NewPlan, PlanStart, PlanTerm, Refusal, assign, cancel, history, of_user,
    unassign,
};
pub use limits::{CreateOutcome, Limits, MAX_NAME_CHARS, OverQuota, UpdateOutcome, create, list, update};
pub use quota::{Period, Quota, quota};
pub use soon::{ends_soon, runs_out_soon};

pub use crate::queries::plans::{EndingPlan, Plan, QuotaShare, UserPlan};
