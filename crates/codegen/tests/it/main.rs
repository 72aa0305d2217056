//! The build step, run as a program on projects in temporary folders.

mod build_step;
mod other_project;
mod project;
mod schema;
mod types;
