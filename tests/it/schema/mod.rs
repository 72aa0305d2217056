//! The schema and the generated code as a whole.

mod coverage;
mod files;
mod invariants;
