//! Devices: registered, listed, signed out with all that they have.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, BOB, NODE_KEY, Service, node_path};

#[tokio::test]
async fn a_lost_device_is_signed_out_from_another_one_with_its_session_and_connection() {
    let service = Service::start().await;
    let (phone, laptop, bob) = (service.sign_in(ADA).await, service.sign_in(ADA).await, service.sign_in(BOB).await);
    let register = async |token: &str, key: &str| {
        let body = json!({"key": key, "name": key, "type": "test"});
        let reply = service.api.send(Method::POST, "/v1/devices", Some(token), Some(body)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        reply.body
    };
    let lost = register(&phone, "phone").await;
    assert_eq!(register(&phone, "phone").await, lost, "once");
    register(&laptop, "laptop").await;
    let id = &lost["id"];
    let username = service.username_of(&phone).await;
    let open = json!({"username": username, "epoch": 1, "device_id": id, "virtual_ip6": "fd00::2"});
    let opened = service.api.send(Method::POST, &node_path("connections"), Some(NODE_KEY), Some(open.clone())).await;
    assert_eq!(opened.status, StatusCode::CREATED);

    let listed = service.api.send(Method::GET, "/v1/devices", Some(&laptop), None).await.body;
    let names: Vec<(&Value, &Value)> =
        listed.as_array().unwrap().iter().map(|device| (&device["name"], &device["is_this"])).collect();
    assert_eq!(names, [(&json!("laptop"), &json!(true)), (&json!("phone"), &json!(false))]);
    let path = format!("/v1/devices/{id}/lost");
    assert_eq!(service.api.send(Method::POST, &path, Some(&bob), None).await.status, StatusCode::NOT_FOUND);
    let ended = service.api.send(Method::POST, &path, Some(&laptop), None).await;
    assert_eq!(ended.body, json!({"sessions_ended": 1, "connections_closed": 1}));
    let gone = service.api.send(Method::GET, "/v1/session", Some(&phone), None).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
    let refused = service.api.send(Method::POST, &node_path("connections"), Some(NODE_KEY), Some(open)).await;
    assert_eq!(refused.refusal(), (403, "device_not_registered"));

    let again = service.sign_in(ADA).await;
    assert_eq!(register(&again, "phone").await, json!({"id": id, "was_revoked_for": "lost"}));
    let ended = service.api.send(Method::DELETE, &format!("/v1/devices/{id}"), Some(&again), None).await;
    assert_eq!(ended.body, json!({"sessions_ended": 1, "connections_closed": 0}));
}
