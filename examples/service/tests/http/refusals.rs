//! What the service says to nonsense, and without its database.

use hyper::{Method, Request, StatusCode};
use serde_json::json;

use crate::support::{ADA, Client, SERVER, Service};

#[tokio::test]
async fn whatever_a_body_holds_the_answer_is_a_clear_refusal() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let connection = service.connect(&token).await;
    let heartbeat = format!("{connection}/heartbeat");
    let long = "x".repeat(300);
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
        ("/v1/connections", json!({})),
        ("/v1/connections", json!({"server": long})),
        ("/v1/connections", json!({"server": "node\0"})),
        ("/v1/connections", json!({"server": SERVER, "virtual_ip": "10.8.0.256"})),
        ("/v1/connections", json!({"server": SERVER, "device_name": long})),
        ("/v1/connections", json!({"server": SERVER, "device_name": "a\nb"})),
        ("/v1/connections", json!({"server": SERVER, "device_type": "x".repeat(51)})),
        ("/v1/connections", json!({"server": SERVER, "app_version": "\0"})),
        ("/v1/connections", json!({"server": SERVER, "username": "root"})),
        (&heartbeat, json!({"sequence": 1, "bytes_received": 1})),
        (&heartbeat, json!({"bytes_received": 1, "bytes_sent": 1})),
        (&heartbeat, json!({"sequence": 1, "bytes_received": i64::MAX, "bytes_sent": 0})),
        (&heartbeat, json!({"sequence": 1, "bytes_received": -1, "bytes_sent": 0})),
        (&heartbeat, json!({"sequence": 1, "bytes_received": 0, "bytes_sent": u64::MAX})),
        (&heartbeat, json!({"sequence": 1, "bytes_received": 0.5, "bytes_sent": 0})),
        ("/v1/connections/2147483648/heartbeat", json!({"sequence": 1, "bytes_received": 0, "bytes_sent": 0})),
        ("/v1/connections/x/heartbeat", json!({"sequence": 1, "bytes_received": 0, "bytes_sent": 0})),
    ] {
        let refused = service.api.send(Method::POST, path, Some(&token), Some(body.clone())).await;
        assert_eq!(refused.refusal(), (400, "invalid_request"), "{path} {body}");
    }
    // The longest that fits does fit, in characters, not bytes.
    let open = json!({"server": SERVER, "device_name": "é".repeat(255), "device_type": "x".repeat(50)});
    let opened = service.api.send(Method::POST, "/v1/connections", Some(&token), Some(open)).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{opened:?}");
}

#[tokio::test]
async fn what_is_no_json_or_too_much_is_refused_in_the_same_shape() {
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
async fn without_its_database_the_service_says_so_and_lives_on() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let Service { api, pool, database, .. } = service;
    assert_eq!(api.get("/healthz").await.status, StatusCode::OK);
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
        api.post("/v1/otp", number).await,
        api.post("/v1/sessions", json!({"phone_number": ADA, "code": "123456"})).await,
        api.send(Method::GET, "/v1/session", Some(token), None).await,
        api.get("/v1/locations/nearest?lat=0&lon=0").await,
    ] {
        assert_eq!(reply.refusal(), (503, "unavailable"));
        let text = reply.body.to_string();
        assert!(!text.contains("test_") && !text.to_lowercase().contains("postgres"), "{text}");
    }
}
