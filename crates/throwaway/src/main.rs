//! Runs a command beside a throwaway PostgreSQL server: `barqnet-db-throwaway COMMAND [ARG …]`.
//!
//! The command finds the server's URL in `BARQNET_TEST_SERVER`; the exit code is the command's own. `--find` in place
//! of a command prints the folder of the PostgreSQL that would be used, or what to install.

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
    // A zone that no one runs a server in: what depends on it by accident fails in the tests.
    let server = match Options::default().setting("TimeZone", "Pacific/Chatham").start() {
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
