//! A user's own connections: whose business they are, and what closing one does.

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::support::{ADA, BOB, SERVER, Service};

#[tokio::test]
async fn a_user_sees_and_closes_only_connections_of_their_own() {
    let service = Service::start().await;
    let (ada, bob) = (service.sign_in(ADA).await, service.sign_in(BOB).await);
    let connection = format!("/v1/connections/{}", service.connect(&ada).await);
    let seen = service.api.send(Method::GET, "/v1/connections", Some(&bob), None).await;
    assert_eq!((seen.status, seen.body), (StatusCode::OK, json!([])));
    let refused = service.api.send(Method::DELETE, &connection, Some(&bob), None).await;
    // Word for word what a connection gets that never was.
    let never_was = service.api.send(Method::DELETE, "/v1/connections/2147483647", Some(&bob), None).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
    assert_eq!((refused.status, &refused.body), (never_was.status, &never_was.body));

    let closed = service.api.send(Method::DELETE, &connection, Some(&ada), None).await;
    assert_eq!((closed.status, &closed.body["bytes_received"]), (StatusCode::OK, &json!(0)));
}

#[tokio::test]
async fn a_user_sees_live_connections_with_their_measured_bytes() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let username = service.username_of(&token).await;
    let ended = service.connect(&token).await;
    let live = service.open(json!({"username": username, "epoch": 1, "device_name": "Ada's phone"})).await;
    assert_eq!(live.status, StatusCode::CREATED, "{live:?}");
    let live = live.body["id"].as_i64().unwrap();
    service.beat(1, live, 1, (1000, 20)).await;
    service.api.send(Method::DELETE, &format!("/v1/connections/{ended}"), Some(&token), None).await;

    let seen = service.api.send(Method::GET, "/v1/connections", Some(&token), None).await;
    let mut seen = seen.body.as_array().unwrap().clone();
    assert!(seen[0].as_object_mut().unwrap().remove("since").unwrap().is_string());
    let expected = json!([{
        "id": live, "server": SERVER, "bytes_received": 1000, "bytes_sent": 20,
        "device_name": "Ada's phone", "device_type": null, "app_version": null,
    }]);
    assert_eq!(json!(seen), expected);
}

#[tokio::test]
async fn a_heartbeat_lists_the_connections_that_a_user_has_closed() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let (closed, live) = (service.connect(&token).await, service.connect(&token).await);
    service.beat(1, closed, 1, (1000, 20)).await;
    let done = service.api.send(Method::DELETE, &format!("/v1/connections/{closed}"), Some(&token), None).await;
    assert_eq!((&done.body["bytes_received"], &done.body["bytes_sent"]), (&json!(1000), &json!(20)));

    let beats = [closed, live].map(|id| json!({"id": id, "sequence": 2, "bytes_received": 2000, "bytes_sent": 40}));
    let answer = service.node("heartbeats", json!({"epoch": 1, "connections": beats})).await;
    assert_eq!(
        (&answer.body["closed"], &answer.body["applied"]),
        (&json!([{"id": closed, "reason": "client_exit"}]), &json!([live]))
    );
    let usage = service.statistics_of(&service.username_of(&token).await).await;
    assert_eq!((usage.len(), usage[0].bytes_in, usage[0].bytes_out), (1, 1000, 20));
}
