//! The span and the duration of each request.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use metrics::{Label, histogram};
use tracing::{Instrument, debug_span, field::Empty};

use crate::metrics::REQUESTS;

/// Runs a request in a span, and measures it. Both have the route and not the path, which can have personal data.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = debug_span!(
        "request",
        "otel.name" = format!("{method} {route}"),
        "otel.kind" = "server",
        "http.request.method" = method,
        "http.route" = route,
        "http.response.status_code" = Empty,
    );
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", status);
    let labels = vec![
        Label::from_static_parts("http.request.method", method),
        Label::new("http.route", route),
        Label::new("http.response.status_code", status.to_string()),
    ];
    histogram!(REQUESTS.name, labels).record(start.elapsed());
    response
}

/// A caller can invent methods; they have one name.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
