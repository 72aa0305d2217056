//! One-time passwords: valid once, for a limited time, for one number and purpose, for five attempts.

mod budgets;
mod codes;
mod counters;
mod fraud;
mod give_back;
mod guessing;
mod isolation;
mod known_devices;
mod locks;
mod model;
mod overlap;
mod races;
mod refusals;
mod review;
mod secrets;
mod support;
mod tickets;
