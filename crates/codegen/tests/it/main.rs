//! The build step, run as a program on projects in temporary folders.

mod build_step;
mod fixture;
mod other_project;
mod project;
mod reader;
mod schema;
