//! Starts the service: a database, the migrations, a listener; stops on SIGINT and SIGTERM.
//!
//! `BARQNET_LISTEN` is the address to listen on, `RUST_LOG` what to log: `info`, or `info,barqnet_db=debug` for every
//! statement.

use std::{
    env,
    error::Error,
    io::{self, IsTerminal},
    process::ExitCode,
};

use barqnet_db_service::{App, code_sender::DevelopmentLog, database::Database, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::{filter::Targets, fmt::format::FmtSpan, layer::SubscriberExt, util::SubscriberInitExt};

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_LOG: &str = "info";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("barqnet-db-service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    log_to_stderr()?;
    let database = Database::open().await?;
    // Only now: a signal during start-up ends the process at once, and PostgreSQL rolls back what was under way.
    let stop = stop_signal()?;
    let address = variable("BARQNET_LISTEN", DEFAULT_LISTEN);
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("BARQNET_LISTEN, {address}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    let (otp_keys, node_key) = (database.otp_keys.clone(), database.node_key.clone());
    serve(listener, App::new(database.pool.clone(), DevelopmentLog, otp_keys, node_key), stop).await?;
    println!("stopped");
    Ok(())
}

/// The log goes to stderr, what the service says of itself to stdout.
fn log_to_stderr() -> Result<(), Box<dyn Error>> {
    let targets: Targets = variable("RUST_LOG", DEFAULT_LOG).parse().map_err(|error| format!("RUST_LOG: {error}"))?;
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        // A line a statement with the time it took, where spans are asked for.
        .with_span_events(FmtSpan::CLOSE);
    tracing_subscriber::registry().with(layer).with(targets).init();
    Ok(())
}

/// Completes when the service is told to stop: Ctrl-C, or the SIGTERM of systemd, Docker and Kubernetes.
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Box<dyn Error>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

fn variable(name: &str, default: &str) -> String {
    env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}
