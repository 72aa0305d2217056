//! One-time passwords: each is good once, for a while, for one number, one purpose and five tries, whoever comes at once.

mod budgets;
mod codes;
mod locks;
mod model;
mod races;
mod secrets;
mod support;
mod tickets;
