//! The spans that a collector receives.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use hyper::StatusCode;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind, status::StatusCode as SpanStatus},
};
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    process::{Process, service},
    support::{ADA, migrated_database},
};

/// What arrived at a collector.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<Bytes>>>);

/// A collector that accepts everything, and its URL.
async fn collector() -> (Received, String) {
    let received = Received::default();
    let accept = async |State(received): State<Received>, body: Bytes| received.0.lock().unwrap().push(body);
    let router = Router::new().route("/v1/traces", post(accept)).with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (received, url)
}

impl Received {
    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let bodies = self.0.lock().unwrap();
        bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).unwrap()).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        resources.flat_map(|of| of.scope_spans).flat_map(|of| of.spans).collect()
    }
}

fn text(value: Option<Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    let of = |value: &opentelemetry_proto::tonic::common::v1::KeyValue| {
        (value.key.clone(), text(value.value.clone().and_then(|value| value.value)))
    };
    span.attributes.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_receives_each_request_with_its_statements_and_no_parameter() {
    let (received, url) = collector().await;
    let database = migrated_database().await;
    let process = Process::start(service().env("DATABASE_URL", database.url()).env("OTEL_EXPORTER_OTLP_ENDPOINT", url));
    let sent = process.api.post("/v1/otp", json!({"phone_number": ADA})).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED);
    assert_eq!(process.api.get("/v1/locations/nearest?lat=48.2082&lon=16.3738").await.status, StatusCode::OK);
    database.client().await.batch_execute("DROP FUNCTION otp_check_code").await.unwrap();
    let failed = process.api.post("/v1/sessions", json!({"phone_number": ADA, "code": "123456"})).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    process.terminate();
    let (exit, _, log) = process.end();
    assert_eq!(exit.code(), Some(0), "{log}");

    let spans = received.spans();
    let only = |name: &str| {
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name}: {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
        found[0]
    };
    let (request, statement) = (only("POST /v1/otp"), only("otp.send"));
    assert_eq!((request.kind(), statement.kind()), (SpanKind::Server, SpanKind::Client));
    assert_eq!((&statement.trace_id, &statement.parent_span_id), (&request.trace_id, &request.span_id));
    assert!(request.start_time_unix_nano <= statement.start_time_unix_nano);
    assert!(statement.end_time_unix_nano <= request.end_time_unix_nano);
    let (of_request, of_statement) = (attributes(request), attributes(statement));
    for (key, value) in [
        ("db.system.name", "postgresql"),
        ("db.namespace", database.name()),
        ("db.query.summary", "otp.send"),
        ("db.response.returned_rows", "1"),
    ] {
        assert_eq!(of_statement.get(key).map(String::as_str), Some(value), "{of_statement:?}");
    }
    assert!(of_statement.contains_key("server.address"), "{of_statement:?}");
    assert_eq!(of_request["http.route"], "/v1/otp");
    assert_eq!(of_request["http.response.status_code"], "202");
    assert!(spans.iter().any(|span| span.name == "pool.get" && span.trace_id == request.trace_id));

    let failed = only("otp.verify");
    assert_eq!(failed.status.as_ref().unwrap().code(), SpanStatus::Error);
    let of_failed = attributes(failed);
    assert_eq!((of_failed["error.type"].as_str(), of_failed["db.response.status_code"].as_str()), ("42883", "42883"));

    let resources = received.requests().into_iter().flat_map(|request| request.resource_spans);
    let named = resources.flat_map(|of| of.resource.unwrap().attributes).find(|of| of.key == "service.name").unwrap();
    assert_eq!(text(named.value.and_then(|value| value.value)), "barqnet-db-service");
    let everything = format!("{spans:?}");
    for secret in [ADA, "127.0.0.1", "48.2082"] {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_stops_neither_requests_nor_the_end() {
    let database = migrated_database().await;
    let command = &mut service();
    let nothing = "http://127.0.0.1:1";
    let process =
        Process::start(command.env("DATABASE_URL", database.url()).env("OTEL_EXPORTER_OTLP_ENDPOINT", nothing));
    assert_eq!(process.api.get("/healthz").await.status, StatusCode::OK);
    process.terminate();
    let (exit, said, log) = process.end();
    assert_eq!(exit.code(), Some(0), "{log}");
    assert!(said.ends_with("stopped\n"), "{said}");
}
