//! `barqnet-db`: migrates a BarqNet database and rolls it back, checks and maintains it, finds the nearest location,
//! and shows one user's day on a private server.
//!
//! ```text
//! command line ─▶ go_flags ─▶ arguments ─▶ connection ─▶ migrate | status | plan | rollback | doctor | maintain |
//!                                                        unlock | release-number | nearest | demo
//!                                                              │
//!                                       output, json ◀─────────┴────────▶ error (exit codes)
//! ```

mod arguments;
mod connection;
mod demo;
mod doctor;
mod error;
mod go_flags;
mod json;
mod maintain;
mod migrate;
mod nearest;
mod output;
mod plan;
mod progress;
mod release_number;
mod rollback;
mod runtime;
mod status;
mod units;
mod unlock;

use std::{env, process::ExitCode};

use clap::Parser as _;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    arguments::{Action, Cli},
    error::{Error, Exit},
    output::Output,
    runtime::runtime,
};

fn main() -> ExitCode {
    log_to_stderr();
    let cli = match Cli::try_parse_from(go_flags::translated(env::args_os())) {
        Ok(cli) => cli,
        Err(answer) => {
            // Help and version are "errors" for clap, too. If they can't be printed, there is nowhere to report it.
            let _ = answer.print();
            return ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(Exit::Usage.code()));
        }
    };
    let exit = run(&cli).unwrap_or_else(|error| {
        error.report();
        error.exit()
    });
    ExitCode::from(exit.code())
}

fn run(cli: &Cli) -> Result<Exit, Error> {
    let action = cli.action()?;
    let mut output = Output::new();
    match action {
        Action::Migrate { folder } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(migrate::run(&settings, folder, &mut output))
        }
        Action::Status { folder, exit_by_state, json } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(status::run(&settings, folder, exit_by_state, json, &mut output))
        }
        Action::Plan { folder, json } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(plan::run(&settings, folder, json, &mut output))
        }
        Action::Rollback { folder, to, yes } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(rollback::run(&settings, folder, to, yes, &mut output))
        }
        Action::Doctor { folder, json } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(doctor::run(&settings, folder, json, &mut output))
        }
        Action::PrintRoles => doctor::print_roles(&mut output),
        Action::Maintain { tasks, policy, json } => {
            let settings = cli.connection.settings()?.statement_timeout(maintain::STATEMENT_TIMEOUT);
            runtime()?.block_on(maintain::run(settings, &tasks, &policy, json, &mut output))
        }
        Action::ListTasks { policy } => maintain::list(&policy, &mut output),
        Action::Unlock { phone_number } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(unlock::run(settings, &phone_number, &mut output))
        }
        Action::ReleaseNumber { username } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(release_number::run(settings, &username, &mut output))
        }
        Action::Nearest { point, limit } => {
            let settings = cli.connection.settings()?;
            runtime()?.block_on(nearest::run(settings, point, limit, &mut output))
        }
        Action::Demo => demo::run(cli.connection.chosen_server()?, output),
    }
}

/// Writes the library's warnings to standard error, such as a password file that is ignored because others can read it.
/// `RUST_LOG` sets another level.
fn log_to_stderr() {
    let level = env::var("RUST_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| progress::StderrAroundBar)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .init();
}
