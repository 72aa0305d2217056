//! The build step, run as a program on projects in temporary folders.

mod against;
mod build_step;
mod bulk;
mod command;
mod constraints;
mod cornucopia;
mod ddl;
mod embedded;
mod fixture;
mod functions;
mod migrations;
mod nullability;
mod other_project;
mod plans;
mod project;
mod reader;
mod reading;
mod report;
mod rules;
mod schema;
mod server_version;
mod signals;
mod two_builds;
mod types;
mod variants;
mod watch;
