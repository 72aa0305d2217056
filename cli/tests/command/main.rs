//! The command as a shell sees it: arguments and variables in, text and an exit code out.

mod bad_input;
mod demo;
mod help;
mod migrate;
mod nearest;
mod program;
mod race;
mod status;
