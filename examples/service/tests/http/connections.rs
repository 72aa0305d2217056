//! VPN connections: whose they are, how many, and that each is counted once.

use barqnet_db::queries::connections;
use barqnet_db_service::connections::CONNECTIONS_A_USER;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{ADA, BOB, SERVER, Service};

#[tokio::test]
async fn a_connection_is_its_users_business_and_nobody_elses() {
    let service = Service::start().await;
    let (ada, bob) = (service.sign_in(ADA).await, service.sign_in(BOB).await);
    let connection = service.connect(&ada).await;
    let report = json!({"sequence": 1, "bytes_received": 1, "bytes_sent": 1});
    let heartbeat = format!("{connection}/heartbeat");
    let refused = service.api.send(Method::POST, &heartbeat, Some(&bob), Some(report.clone())).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
    let refused = service.api.send(Method::DELETE, &connection, Some(&bob), None).await;
    // Word for word what a connection gets that never was.
    let never_was = service.api.send(Method::DELETE, "/v1/connections/2147483647", Some(&bob), None).await;
    assert_eq!((refused.refusal(), &refused.body), (never_was.refusal(), &never_was.body));

    let closed = service.api.send(Method::DELETE, &connection, Some(&ada), None).await;
    assert_eq!((closed.status, &closed.body["bytes_received"]), (StatusCode::OK, &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_connects_at_once_leave_as_many_live_as_a_user_may_have() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let mut connects = JoinSet::new();
    for _ in 0..20 {
        let (api, token) = (service.api, token.clone());
        connects.spawn(async move {
            api.send(Method::POST, "/v1/connections", Some(&token), Some(json!({"server": SERVER}))).await
        });
    }
    let replies = connects.join_all().await;
    let (opened, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == StatusCode::CREATED);
    assert_eq!(opened.len(), 5);
    for reply in refused {
        assert_eq!(reply.refusal(), (409, "too_many_connections"));
    }
    let live = connections::count_active().bind(&service.pool.get().await.unwrap()).one().await.unwrap();
    assert_eq!(live, CONNECTIONS_A_USER);

    // One less, and there is room again.
    let one = format!("/v1/connections/{}", opened[0].body["id"]);
    assert_eq!(service.api.send(Method::DELETE, &one, Some(&token), None).await.status, StatusCode::OK);
    service.connect(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_closed_by_ten_at_once_is_closed_once_and_counted_once() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let connection = service.connect(&token).await;
    let mut closes = JoinSet::new();
    for _ in 0..10 {
        let (api, connection, token) = (service.api, connection.clone(), token.clone());
        closes.spawn(async move { api.send(Method::DELETE, &connection, Some(&token), None).await.status.as_u16() });
    }
    let mut statuses = closes.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[410; 9][..]));

    let again = service.api.send(Method::DELETE, &connection, Some(&token), None).await;
    assert_eq!(again.refusal(), (410, "gone"));
    let report = Some(json!({"sequence": 1, "bytes_received": 1, "bytes_sent": 1}));
    let late = service.api.send(Method::POST, &format!("{connection}/heartbeat"), Some(&token), report).await;
    assert_eq!(late.refusal(), (410, "gone"));

    let session = service.api.send(Method::GET, "/v1/session", Some(&token), None).await;
    let usage = service.statistics_of(session.body["username"].as_str().unwrap()).await;
    assert_eq!((usage.len(), usage[0].bytes_in), (1, 0));
}

#[tokio::test]
async fn a_late_heartbeat_moves_no_counter_back() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let connection = service.connect(&token).await;
    for (sequence, received, sent) in [(2, 500, 50), (1, 400, 60)] {
        let report = json!({"sequence": sequence, "bytes_received": received, "bytes_sent": sent});
        service.api.send(Method::POST, &format!("{connection}/heartbeat"), Some(&token), Some(report)).await;
    }
    let closed = service.api.send(Method::DELETE, &connection, Some(&token), None).await;
    assert_eq!((&closed.body["bytes_received"], &closed.body["bytes_sent"]), (&json!(500), &json!(50)));
}

#[tokio::test]
async fn an_unknown_server_can_not_be_connected_to() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let open = Some(json!({"server": "'; DROP TABLE servers; --"}));
    let refused = service.api.send(Method::POST, "/v1/connections", Some(&token), open).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
}
