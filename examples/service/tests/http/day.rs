//! A day in the life of a user.

use barqnet_db::queries::connections;
use hyper::{Method, StatusCode};
use serde_json::json;

use crate::support::{ADA, SERVER, Service};

#[tokio::test]
async fn a_whole_day_from_the_first_code_to_the_last_byte() {
    let service = Service::start().await;
    let api = service.api;
    let code = service.code_for(ADA).await;
    let signed_in = api.post("/v1/sessions", json!({"phone_number": ADA, "code": code, "device": "Ada's phone"})).await;
    assert_eq!(signed_in.status, StatusCode::CREATED, "{signed_in:?}");
    assert_eq!(signed_in.body["new_user"], true);
    let token = signed_in.body["token"].as_str().unwrap();
    let username = signed_in.body["username"].as_str().unwrap();

    let session = api.send(Method::GET, "/v1/session", Some(token), None).await;
    assert_eq!(session.status, StatusCode::OK);
    assert_eq!((&session.body["username"], &session.body["phone_number"]), (&json!(username), &json!(ADA)));

    let nearest = api.get("/v1/locations/nearest?lat=48.2082&lon=16.3738&limit=3").await;
    assert_eq!(nearest.status, StatusCode::OK);
    let nearest = nearest.body.as_array().unwrap();
    assert_eq!((nearest.len(), &nearest[0]["name"]), (3, &json!("Frankfurt")));
    assert!((550.0..650.0).contains(&nearest[0]["distance_km"].as_f64().unwrap()));

    let open = json!({
        "username": username, "epoch": 1,
        "virtual_ip": "10.8.0.2", "client_ip": "203.0.113.7", "public_ip": "2001:db8::1",
        "device_name": "Ada's phone", "device_type": "ios", "app_version": "1.2",
    });
    let opened = service.open(open).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{opened:?}");
    let id = opened.body["id"].as_i64().unwrap();
    let live = connections::by_id().bind(&service.pool.get().await.unwrap(), &id).one().await;
    assert_eq!(live.unwrap().status, "connected");

    assert_eq!(service.beat(1, id, 1, (1000, 20)).await, "applied");
    let seen = api.send(Method::GET, "/v1/connections", Some(token), None).await;
    assert_eq!((&seen.body[0]["device_name"], &seen.body[0]["bytes_received"]), (&json!("Ada's phone"), &json!(1000)));

    let last = json!({"epoch": 1, "bytes_received": 1500, "bytes_sent": 30});
    let closed = service.close(id, Some(last)).await;
    assert_eq!(closed.status, StatusCode::OK, "{closed:?}");
    assert_eq!((&closed.body["bytes_received"], &closed.body["bytes_sent"]), (&json!(1500), &json!(30)));

    let usage = service.statistics_of(username).await;
    assert_eq!(usage.len(), 1);
    assert_eq!((usage[0].bytes_in, usage[0].bytes_out, usage[0].server_id.as_str()), (1500, 30, SERVER));
    assert_eq!(usage[0].connection_id, Some(id));

    assert_eq!(api.send(Method::DELETE, "/v1/session", Some(token), None).await.status, StatusCode::NO_CONTENT);
}
