//! Runs the build step: `barqnet-db-codegen [PROJECT]`; the project is the current folder by default.

use std::{env, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let root = env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    match barqnet_db_codegen::bring_up_to_date(&root) {
        Ok(done) => {
            println!("{}", done.as_deref().unwrap_or("everything is up to date"));
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
