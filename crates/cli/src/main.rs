//! The program `barqnet-db`.

use std::{env, process::ExitCode};

use barqnet_db_cli::Commands;

fn main() -> ExitCode {
    Commands::of_barqnet_db().run(env::args_os()).into()
}
