//! The migration runner: runs, plans, rollbacks, drift, progress.

mod concurrent_index;
mod drift;
mod folder;
mod history;
mod locks;
mod plan;
mod progress;
mod rollback;
mod run;
mod settings;
mod sources;
mod support;
mod wide_ids;
