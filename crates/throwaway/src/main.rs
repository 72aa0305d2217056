//! Runs a command with a throwaway PostgreSQL server: `barqnet-db-throwaway COMMAND [ARG …]`.
//!
//! The command gets the server's URL in `BARQNET_TEST_SERVER`. The exit code is that of the command, or 1 if a signal
//! ended it. `--find` in place of a command prints the folder of the PostgreSQL that would be used, or what to install.

use std::{
    env,
    process::{Command, ExitCode},
};

use barqnet_db_throwaway::{Installation, Options};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!("usage: barqnet-db-throwaway --find | COMMAND [ARG …]");
        return ExitCode::from(2);
    };
    if program == "--find" {
        return find();
    }
    let server = match Options::for_tests().start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("barqnet-db-throwaway: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = Command::new(&program).args(arguments).env("BARQNET_TEST_SERVER", server.url("postgres")).status();
    match status {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("barqnet-db-throwaway: {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}

fn find() -> ExitCode {
    match Installation::find() {
        Ok(installation) => {
            println!("{}", installation.folder().display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("barqnet-db-throwaway: {error}");
            ExitCode::FAILURE
        }
    }
}
