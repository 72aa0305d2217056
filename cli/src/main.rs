//! `barqnet-db`: brings a BarqNet database to the current schema, tells how far it is, finds the nearest location,
//! and shows one user's day on a server of its own.
//!
//! ```text
//! command line ─▶ go_flags ─▶ arguments ─▶ connection ─▶ migrate | status | nearest | demo
//!                                                              │
//!                                              output ◀────────┴────────▶ error (exit codes)
//! ```

mod arguments;
mod connection;
mod demo;
mod error;
mod go_flags;
mod migrate;
mod nearest;
mod output;
mod status;
mod units;

use std::{env, io::Write as _, process::ExitCode};

use clap::Parser as _;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    arguments::{Action, Cli},
    error::{Error, Exit},
    output::Output,
};

fn main() -> ExitCode {
    log_to_stderr();
    let cli = match Cli::try_parse_from(go_flags::translated(env::args_os())) {
        Ok(cli) => cli,
        Err(answer) => {
            // Help and version are "errors" for clap, too. Nobody is left to tell if they can't be printed.
            let _ = answer.print();
            return ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(Exit::Usage.code()));
        }
    };
    let exit = run(&cli).unwrap_or_else(|error| {
        report(&error);
        error.exit()
    });
    ExitCode::from(exit.code())
}

fn run(cli: &Cli) -> Result<Exit, Error> {
    let action = cli.action()?;
    // One thing happens after the other: a thread is all it takes.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut output = Output::new();
    runtime.block_on(async {
        match action {
            Action::Migrate { folder } => migrate::run(&cli.connection.settings()?, folder, &mut output).await,
            Action::Status { folder, judge } => {
                status::run(&cli.connection.settings()?, folder, judge, &mut output).await
            }
            Action::Nearest { point, limit } => {
                nearest::run(cli.connection.settings()?, point, limit, &mut output).await
            }
            Action::Demo => demo::run(cli.connection.chosen_server()?, output).await,
        }
    })
}

/// One line, and no panic if nobody reads it.
fn report(error: &Error) {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let red = clap::builder::styling::AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{red}error:{red:#} {}", lines.join("; "));
}

/// The library's warnings, such as a password file that is ignored because others can read it; `RUST_LOG` asks for more.
fn log_to_stderr() {
    let level = env::var("RUST_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .init();
}
