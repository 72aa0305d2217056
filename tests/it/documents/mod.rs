//! What README.md and docs/ say is true where a test can tell.

mod links;
mod markdown;
mod readme;
mod roles;
