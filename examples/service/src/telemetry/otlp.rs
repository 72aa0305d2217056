//! Sends spans to an OpenTelemetry collector, in protobuf over HTTP without TLS: run a collector beside the service.

use std::{env, error::Error, time::Duration};

use async_trait::async_trait;
use http_body_util::{BodyExt, Full};
use hyper::{Uri, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tokio::{net::TcpStream, runtime::Handle, task::spawn_blocking, time::timeout};
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// The collector; without it nothing is exported. The other variables of OpenTelemetry's exporters apply, too.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The name of the service, where `OTEL_SERVICE_NAME` gives no other.
const SERVICE_NAME: &str = "barqnet-db-service";

/// How long a collector may take to answer, and the last spans to be sent.
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// The exporter, and the layer that gives it the spans of requests and statements; `None` without a collector.
    pub(super) fn start<S>() -> Result<Option<(Self, impl Layer<S>)>, Box<dyn Error>>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        if env::var_os(ENDPOINT).is_none_or(|endpoint| endpoint.is_empty()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Http(Handle::current()))
            .with_protocol(Protocol::HttpBinary)
            .build()?;
        let mut resource = Resource::builder();
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE_NAME);
        }
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(SERVICE_NAME))
            // Where in the source a span begins says nothing about a request.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            // Not those of the exporter's own connections.
            .with_filter(Targets::new().with_target("barqnet_db", Level::DEBUG));
        Ok(Some((Self(provider), layer)))
    }

    /// Sends what was not sent yet.
    pub(super) async fn end(self) {
        // It blocks, and waits for requests that run on this runtime.
        let ended = spawn_blocking(move || self.0.shutdown_with_timeout(LIMIT)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

/// Sends one request per connection. The SDK calls it from a thread without a runtime.
#[derive(Debug)]
struct Http(Handle);

#[async_trait]
impl HttpClient for Http {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.0.spawn(async { timeout(LIMIT, post(request)).await? }).await?
    }
}

async fn post(mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let uri = request.uri().clone();
    let host =
        uri.host().filter(|_| uri.scheme_str() == Some("http")).ok_or("the collector's URL must begin with http://")?;
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let authority = uri.authority().ok_or("the collector's URL has no host")?;
    request.headers_mut().insert(header::HOST, authority.as_str().parse()?);
    *request.uri_mut() = uri.path_and_query().cloned().map_or_else(|| Uri::from_static("/"), Uri::from);
    let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(head, body))
}
