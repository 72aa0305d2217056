//! The shop on a real server: every type is written and read back, with the values at its limits.

mod browse;
mod bulk;
mod catalogue;
mod devices;
mod limits;
mod orders;
mod shop;
