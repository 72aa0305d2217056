//! The program `barqnet-db-codegen`; `--help` describes it.

use std::process::ExitCode;

fn main() -> ExitCode {
    barqnet_db_codegen::run_command()
}
