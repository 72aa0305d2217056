//! VPN connections: opened, reported, ended, and what a killed process leaves of them.

mod heartbeats;
mod killed;
mod lifecycle;
mod opening;
