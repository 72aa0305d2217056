//! Migrations of several sources, those that replace others, and those that state what must be true.

mod chain;
mod checks;
mod drift;
mod fingerprints;
mod refinery;
mod rollback;
mod round_trips;
mod squash;
mod support;
