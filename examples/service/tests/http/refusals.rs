//! What the service says to nonsense, and without its database.

use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, Client, NODE_KEY, SERVER, Service, node_path};

#[tokio::test]
async fn any_invalid_body_gets_a_clear_refusal() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let long = "x".repeat(300);
    let usage = |field: &str, value: Value| {
        let mut claim = json!({"key": "a", "server": SERVER, "bytes_in": 1, "bytes_out": 1, "duration_seconds": 1});
        claim[field] = value;
        ("/v1/usage", claim)
    };
    for (path, body) in [
        ("/v1/otp", json!({})),
        ("/v1/otp", json!([])),
        ("/v1/otp", json!({"phone_number": null})),
        ("/v1/otp", json!({"phone_number": 4_915_112_345_678_u64})),
        ("/v1/otp", json!({"phone_number": "0151 12345678"})),
        ("/v1/otp", json!({"phone_number": "+4915112345678\0"})),
        ("/v1/otp", json!({"phone_number": format!("+{}", "1".repeat(300))})),
        ("/v1/otp", json!({"phone_number": ADA, "admin": true})),
        ("/v1/sessions", json!({"phone_number": ADA})),
        ("/v1/sessions", json!({"phone_number": ADA, "code": "12345"})),
        ("/v1/sessions", json!({"phone_number": ADA, "code": 123_456})),
        ("/v1/sessions", json!({"phone_number": ADA, "code": "123456", "device": long})),
        ("/v1/sessions", json!({"phone_number": ADA, "code": "123456", "device": ""})),
        ("/v1/sessions", json!({"phone_number": ADA, "code": "123456", "device": "a\0b"})),
        ("/v1/usage", json!({})),
        usage("server", json!(long)),
        usage("server", json!("node\0")),
        usage("key", json!("x".repeat(65))),
        usage("bytes_in", json!(-1)),
        usage("bytes_in", json!(0.5)),
        usage("bytes_out", json!(u64::MAX)),
        usage("bytes_out", json!(i64::MAX.unsigned_abs() + 1)),
        usage("duration_seconds", json!(-1)),
        usage("duration_seconds", json!(31 * 24 * 60 * 60 + 1)),
        usage("duration_seconds", json!(i64::MAX)),
        usage("client_version", json!("x".repeat(51))),
        usage("username", json!("root")),
        usage("session_type", json!("vpn")),
    ] {
        let refused = service.api.send(Method::POST, path, Some(&token), Some(body.clone())).await;
        assert_eq!(refused.refusal(), (400, "invalid_request"), "{path} {body}");
    }
    for path in ["/v1/connections/9223372036854775808", "/v1/connections/x"] {
        let refused = service.api.send(Method::DELETE, path, Some(&token), None).await;
        assert_eq!(refused.refusal(), (400, "invalid_request"), "{path}");
    }
}

#[tokio::test]
async fn any_invalid_node_report_gets_a_clear_refusal() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let username = service.username_of(&token).await;
    let connection = node_path(&format!("connections/{}", service.connect(&token).await));
    let long = "x".repeat(300);
    let open = |field: &str, value: Value| {
        let mut open = json!({"username": username, "epoch": 1});
        open[field] = value;
        (Method::POST, node_path("connections"), open)
    };
    let beat = |field: &str, value: Value| {
        let mut beat = json!({"id": 1, "sequence": 1, "bytes_received": 0, "bytes_sent": 0});
        beat[field] = value;
        (Method::POST, node_path("heartbeats"), json!({"epoch": 1, "connections": [beat]}))
    };
    let last = json!({"epoch": 1, "bytes_received": 0, "bytes_sent": 0});
    let restart = json!({"epoch": 1});
    for (method, path, body) in [
        open("username", json!("")),
        open("username", json!(long)),
        open("username", json!("a\0b")),
        open("epoch", json!(null)),
        open("epoch", json!(u64::MAX)),
        open("virtual_ip", json!("10.8.0.256")),
        open("client_ip", json!("10.8.0.0/24")),
        open("public_ip", json!(1)),
        open("device_name", json!(long)),
        open("device_name", json!("a\nb")),
        open("device_type", json!("x".repeat(51))),
        open("app_version", json!("\0")),
        open("server", json!(SERVER)),
        (Method::POST, node_path("connections"), json!({})),
        beat("id", json!(1_u64 << 63)),
        beat("id", json!("1")),
        beat("sequence", json!(u64::MAX)),
        beat("sequence", json!(null)),
        beat("bytes_received", json!(-1)),
        beat("bytes_received", json!(0.5)),
        beat("bytes_received", json!(null)),
        beat("bytes_sent", json!(u64::MAX)),
        beat("bytes_sent", json!(i64::MAX.unsigned_abs() + 1)),
        beat("epoch", json!(1.5)),
        (Method::POST, node_path("heartbeats"), json!({"connections": []})),
        (Method::POST, node_path("heartbeats"), json!({"epoch": 1})),
        (Method::POST, node_path("restart"), json!({})),
        (Method::POST, node_path("restart"), json!({"epoch": 1.5})),
        (Method::DELETE, connection.clone(), json!({"epoch": 1})),
        (Method::DELETE, connection.clone(), json!({"bytes_received": 1, "bytes_sent": 1})),
        (Method::DELETE, connection.clone(), json!({"epoch": 1, "bytes_received": -1, "bytes_sent": 1})),
        (Method::DELETE, node_path("connections/9223372036854775808"), last.clone()),
        (Method::DELETE, node_path("connections/x"), last.clone()),
        (Method::POST, "/v1/nodes/node%00/restart".to_owned(), restart.clone()),
        (Method::POST, "/v1/nodes/node%FF/restart".to_owned(), restart.clone()),
        (Method::POST, format!("/v1/nodes/{long}/restart"), restart),
    ] {
        let refused = service.api.send(method, &path, Some(NODE_KEY), Some(body.clone())).await;
        assert_eq!(refused.refusal(), (400, "invalid_request"), "{path} {body}");
    }
    // The longest that fits does fit, in characters, not bytes.
    let longest = json!({
        "username": username, "epoch": i64::MAX, "device_name": "é".repeat(255), "device_type": "x".repeat(50),
    });
    let opened = service.open(longest).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{opened:?}");
    let closed = service.api.send(Method::DELETE, &connection, Some(NODE_KEY), Some(last)).await;
    assert_eq!(closed.status, StatusCode::OK, "{closed:?}");
}

#[tokio::test]
async fn invalid_json_and_oversized_bodies_are_refused_in_the_same_form() {
    let service = Service::start().await;
    let send = async |content_type: &str, body: String| {
        let request = Request::post("/v1/otp").header("content-type", content_type).body(body).unwrap();
        service.api.send_raw(request).await
    };
    assert_eq!(send("application/json", "{".to_owned()).await.refusal(), (400, "invalid_request"));
    assert_eq!(send("application/json", String::new()).await.refusal(), (400, "invalid_request"));
    assert_eq!(send("text/plain", "{}".to_owned()).await.refusal(), (415, "not_json"));
    assert_eq!(send("application/json", " ".repeat(16 * 1024 + 1)).await.refusal(), (413, "too_large"));

    assert_eq!(service.api.get("/v1/nothing").await.refusal(), (404, "not_found"));
    assert_eq!(service.api.get("/v1/otp").await.refusal(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn without_its_database_the_service_reports_it_and_keeps_running() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let Service { api, pool, database, .. } = service;
    assert_eq!(api.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(api.get("/readyz").await.status, StatusCode::OK);
    drop(database);
    assert_all_unavailable(api, &token).await;
    pool.close();
    assert_all_unavailable(api, &token).await;
    assert_eq!(api.get("/v1/nothing").await.refusal(), (404, "not_found"));
}

async fn assert_all_unavailable(api: Client, token: &str) {
    let number = json!({"phone_number": ADA});
    for reply in [
        api.get("/healthz").await,
        api.get("/readyz").await,
        api.post("/v1/otp", number).await,
        api.post("/v1/sessions", json!({"phone_number": ADA, "code": "123456"})).await,
        api.send(Method::GET, "/v1/session", Some(token), None).await,
        api.send(Method::POST, &node_path("restart"), Some(NODE_KEY), Some(json!({"epoch": 1}))).await,
        api.get("/v1/locations/nearest?lat=0&lon=0").await,
    ] {
        assert_eq!(reply.refusal(), (503, "unavailable"));
        let text = reply.body.to_string();
        assert!(!text.contains("test_") && !text.to_lowercase().contains("postgres"), "{text}");
    }
}
