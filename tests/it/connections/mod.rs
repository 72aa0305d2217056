//! Connections: opened, reported, ended, and what a killed process leaves of them.

mod closing;
mod ending_all;
mod heartbeat_cost;
mod heartbeat_races;
mod heartbeats;
mod isolation;
mod killed;
mod lists;
mod opening;
mod outages;
mod reaping;
mod states;
mod support;
