//! The build step, run as a program on projects in temporary folders.

mod against;
mod build_step;
mod command;
mod ddl;
mod fixture;
mod functions;
mod migrations;
mod other_project;
mod project;
mod report;
mod schema;
mod server_version;
mod signals;
mod two_builds;
mod watch;
