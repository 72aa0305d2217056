//! Usage that clients report themselves, as opposed to measured usage.

use barqnet_db::queries::usage;
use hyper::{Method, StatusCode};
use serde_json::json;

use crate::support::{ADA, SERVER, Service};

#[tokio::test]
async fn a_clients_report_is_in_no_figure_of_the_nodes() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let username = service.username_of(&token).await;
    let id = service.connect(&token).await;
    service.beat(1, id, 1, (1000, 20)).await;
    let claim = json!({
        "key": "5f0c", "server": SERVER, "bytes_in": 7_000_000, "bytes_out": 800_000, "duration_seconds": 3600,
        "client_version": "1.2",
    });
    let stored = service.api.send(Method::POST, "/v1/usage", Some(&token), Some(claim.clone())).await;
    assert_eq!(stored.status, StatusCode::CREATED, "{stored:?}");
    assert!(stored.body["id"].is_i64());
    // The answer was lost, and the client sends it again.
    let again = service.api.send(Method::POST, "/v1/usage", Some(&token), Some(claim)).await;
    assert_eq!(again.body, stored.body);

    let client = service.pool.get().await.unwrap();
    let measured = async || {
        let of_user = usage::user_summary().bind(&client, &username).one().await.unwrap();
        let of_server = usage::server_summary().bind(&client, &SERVER).one().await.unwrap();
        assert_eq!(of_server.total_bytes_in, of_user.total_bytes_in);
        (of_user.total_sessions, of_user.total_bytes_in, of_user.total_bytes_out)
    };
    assert_eq!(measured().await, (0, 1000, 20));
    let closed = json!({"epoch": 1, "bytes_received": 1500, "bytes_sent": 30});
    service.close(id, Some(closed)).await;
    assert_eq!(measured().await, (1, 1500, 30));
    assert!(usage::discrepancies().bind(&client).all().await.unwrap().is_empty());

    let claimed = usage::client_reported_totals().bind(&client, &username).all().await.unwrap();
    assert_eq!((claimed.len(), claimed[0].session_type.as_str(), claimed[0].sessions), (1, "api", 1));
    let figures = (claimed[0].bytes_in, claimed[0].bytes_out, claimed[0].duration_seconds);
    assert_eq!(figures, (7_000_000, 800_000, 3600));
}

#[tokio::test]
async fn byte_counts_that_a_client_sends_on_closing_are_ignored() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let id = service.connect(&token).await;
    service.beat(1, id, 1, (1000, 20)).await;
    let counters = json!({"epoch": 2, "bytes_received": 5000, "bytes_sent": 5000});
    let closed = service.api.send(Method::DELETE, &format!("/v1/connections/{id}"), Some(&token), Some(counters)).await;
    assert_eq!((&closed.body["bytes_received"], &closed.body["bytes_sent"]), (&json!(1000), &json!(20)));
    let usage = service.statistics_of(&service.username_of(&token).await).await;
    assert_eq!((usage.len(), usage[0].bytes_in, usage[0].bytes_out), (1, 1000, 20));
}

#[tokio::test]
async fn a_report_of_an_unknown_server_is_refused() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let claim = json!({"key": "a", "server": "'; DROP TABLE servers; --", "bytes_in": 1, "bytes_out": 1, "duration_seconds": 1});
    let refused = service.api.send(Method::POST, "/v1/usage", Some(&token), Some(claim)).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
}
