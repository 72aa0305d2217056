//! Starts the service: database, migrations, listener. Stops on SIGINT and SIGTERM.
//!
//! `BARQNET_LISTEN` is the address to listen on, `RUST_LOG` what to log: `info`, or `info,barqnet_db=debug` for every
//! request and statement. `OTEL_EXPORTER_OTLP_ENDPOINT` is the collector that gets their spans.

use std::{env, error::Error, process::ExitCode};

use barqnet_db_service::{App, code_sender::DevelopmentLog, database::Database, serve, telemetry::Telemetry};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

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
    let telemetry = Telemetry::start()?;
    let served = serve_database().await;
    telemetry.end().await;
    served
}

async fn serve_database() -> Result<(), Box<dyn Error>> {
    let database = Database::open().await?;
    // Not earlier: a signal during start-up ends the process at once, and PostgreSQL rolls back the open transaction.
    let stop = stop_signal()?;
    let app = App::new(database.pool.clone(), DevelopmentLog, database.otp_keys.clone(), database.node_key.clone());
    app.otp_config.policy.check()?;
    let address = variable("BARQNET_LISTEN", DEFAULT_LISTEN);
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("BARQNET_LISTEN, {address}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, app, stop).await?;
    println!("stopped");
    Ok(())
}

/// Completes on Ctrl-C, or on SIGTERM, which systemd, Docker and Kubernetes send.
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
