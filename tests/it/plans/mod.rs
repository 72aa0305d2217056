//! Plans: limits, terms, quotas, and who runs out soon.

mod assignment;
mod limits;
mod quotas;
mod races;
mod soon;
mod support;
mod usage_since;
