//! One-time passwords: valid once, for a limited time, for one number and purpose, for five attempts.

mod budgets;
mod codes;
mod isolation;
mod locks;
mod model;
mod races;
mod secrets;
mod support;
mod tickets;
