//! The log, and the export of spans by OTLP.

use std::{
    env,
    error::Error,
    io::{self, IsTerminal},
};

use tracing_subscriber::{Layer, filter::Targets, fmt::format::FmtSpan, layer::SubscriberExt, util::SubscriberInitExt};

#[cfg(feature = "otlp")]
mod otlp;

/// What is logged where `RUST_LOG` says nothing.
const DEFAULT_LOG: &str = "info";

/// While it lives, spans are exported.
#[derive(Debug)]
#[must_use = "dropping it ends the export"]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    exporter: Option<otlp::Exporter>,
}

impl Telemetry {
    /// Writes the log to stderr, as `RUST_LOG` says; stdout has the address and the state of the service. If
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector, such as `http://127.0.0.1:4318`, the spans of requests and statements
    /// are sent there, whatever `RUST_LOG` says. It needs a tokio runtime.
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let log = env::var("RUST_LOG").ok().filter(|log| !log.is_empty());
        let targets: Targets =
            log.as_deref().unwrap_or(DEFAULT_LOG).parse().map_err(|error| format!("RUST_LOG: {error}"))?;
        let stderr = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(io::stderr().is_terminal())
            // One line per statement with its duration, where RUST_LOG enables its spans.
            .with_span_events(FmtSpan::CLOSE)
            .with_filter(targets);
        let registry = tracing_subscriber::registry().with(stderr);
        #[cfg(feature = "otlp")]
        {
            let (exporter, spans) = otlp::Exporter::start()?.unzip();
            registry.with(spans).init();
            Ok(Self { exporter })
        }
        #[cfg(not(feature = "otlp"))]
        {
            registry.init();
            Ok(Self {})
        }
    }

    /// Sends the spans that were not sent yet, for at most 5 s.
    pub async fn end(self) {
        #[cfg(feature = "otlp")]
        if let Some(exporter) = self.exporter {
            exporter.end().await;
        }
    }
}
