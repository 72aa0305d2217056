//! User accounts.

mod accounts;
mod erased_names;
mod removed;
mod usability;
