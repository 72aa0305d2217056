//! Connections: opened, reported, ended, and what a killed process leaves of them.

mod addresses;
mod closing;
mod counters;
mod ending_all;
mod heartbeat_cost;
mod heartbeat_races;
mod heartbeats;
mod isolation;
mod killed;
mod limit_model;
mod limits;
mod lists;
mod lock_order;
mod opening;
mod opening_races;
mod outages;
mod reaping;
mod roaming;
mod states;
mod support;
mod texts;
mod unusable_accounts;
