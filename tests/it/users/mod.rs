//! User accounts.

mod accounts;
mod dormancy;
mod erased_names;
mod erasure;
mod names;
mod numbers;
mod reactivation;
mod removed;
mod renames;
mod support;
mod usability;
