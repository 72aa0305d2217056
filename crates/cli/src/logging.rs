//! The log on standard error.

use std::env;

use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    fmt::format::FmtSpan,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{arguments::LoudnessFlags, error::Error, progress::StderrAroundBar};

/// Writes the library's log to standard error, warnings by default, such as of a password file that is ignored because
/// others can read it. A statement or a migration has a line at its end, with its time.
///
/// What the driver and TLS log with the crate `log` is part of it.
///
/// `-q` and `-v` take precedence over `RUST_LOG`, which is a level or a list such as `info,barqnet_db=debug`.
pub(crate) fn start(flags: LoudnessFlags) -> Result<(), Error> {
    let filter = match (flags.quiet, flags.verbose) {
        (true, _) => of_all(LevelFilter::ERROR),
        (false, 1) => of_all(LevelFilter::INFO),
        // The crates of the database only: TLS and the runtime log much at these levels.
        (false, 2) => of_the_database(LevelFilter::DEBUG),
        (false, 3..) => of_all(LevelFilter::TRACE),
        (false, 0) => match env::var("RUST_LOG").ok().filter(|log| !log.trim().is_empty()) {
            Some(log) => log.trim().parse::<Targets>().map_err(|error| {
                Error::Usage(format!("RUST_LOG: {error}: write a level, or a list such as info,barqnet_db=debug"))
            })?,
            None => of_all(LevelFilter::WARN),
        },
    };
    let shows_steps = flags.verbose > 0 || env::var_os("RUST_LOG").is_some();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(|| StderrAroundBar)
        .with_ansi(false)
        .with_target(flags.verbose > 2)
        .with_span_events(if shows_steps { FmtSpan::CLOSE } else { FmtSpan::NONE });
    // Without steps there is nothing to time.
    let layer = if shows_steps { layer.boxed() } else { layer.without_time().boxed() };
    // A program that has a subscriber keeps it.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    Ok(())
}

fn of_all(level: LevelFilter) -> Targets {
    Targets::new().with_default(level)
}

fn of_the_database(level: LevelFilter) -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_target("barqnet_db", level)
}
