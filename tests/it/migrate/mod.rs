//! The migration runner: runs, plans, rollbacks, drift, progress, and databases of the Go product.

mod adoption;
mod drift;
mod plan;
mod progress;
mod rollback;
mod run;
