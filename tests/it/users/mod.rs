//! User accounts.

mod accounts;
mod usability;
