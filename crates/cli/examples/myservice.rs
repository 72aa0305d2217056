//! A service that offers the commands in its own program: `myservice migrate`, `myservice status` and so on.

use std::{env, process::ExitCode};

use barqnet_db::embedded;
use barqnet_db_cli::Commands;

#[tokio::main]
async fn main() -> ExitCode {
    let commands = Commands::new("myservice", embedded::migrations()).version("1.4.0");
    match commands.run_if_named(env::args_os()) {
        Some(exit) => exit.into(),
        None => serve(),
    }
}

/// Where the service would open its pool and listen.
fn serve() -> ExitCode {
    println!("serving");
    ExitCode::SUCCESS
}
