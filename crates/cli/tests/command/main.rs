//! The command as a shell sees it: arguments and variables in, text and an exit code out.

mod bad_input;
mod completions;
mod demo;
mod doctor;
mod drop;
mod dump;
mod help;
mod json;
mod library;
mod maintain;
mod migrate;
mod nearest;
mod new;
mod plan;
mod program;
mod race;
mod release_number;
mod replica;
mod rollback;
mod sources;
mod status;
mod terminal;
mod tls;
mod unlock;
mod verify;
mod wait;
