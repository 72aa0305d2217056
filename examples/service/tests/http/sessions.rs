//! Signing in and out, and whom a token opens what.

use barqnet_db::queries::users;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{ADA, Service};

#[tokio::test]
async fn a_second_sign_in_finds_the_account_of_the_first() {
    let service = Service::start().await;
    service.sign_in(ADA).await;
    let code = service.code_for(ADA).await;
    let again = service.api.post("/v1/sessions", json!({"phone_number": ADA, "code": code})).await;
    assert_eq!(again.body["new_user"], false);
}

#[tokio::test]
async fn the_token_of_a_signed_out_session_is_invalid() {
    let service = Service::start().await;
    let (token, other) = (service.sign_in(ADA).await, service.sign_in(ADA).await);
    let api = service.api;
    assert_eq!(api.send(Method::DELETE, "/v1/session", Some(&token), None).await.status, StatusCode::NO_CONTENT);
    for (method, path) in [(Method::GET, "/v1/session"), (Method::DELETE, "/v1/session")] {
        let refused = api.send(method, path, Some(&token), None).await;
        assert_eq!(refused.refusal(), (401, "unauthenticated"));
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
    }
    // The user's other device stays signed in.
    assert_eq!(api.send(Method::GET, "/v1/session", Some(&other), None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_shown_or_changed() {
    let service = Service::start().await;
    for token in [None, Some(""), Some("x"), Some(&*"0".repeat(64))] {
        for (method, path) in [
            (Method::GET, "/v1/session"),
            (Method::DELETE, "/v1/session"),
            (Method::GET, "/v1/connections"),
            (Method::DELETE, "/v1/connections/1"),
            (Method::POST, "/v1/usage"),
            (Method::POST, "/v1/nodes/node-1/connections"),
            (Method::POST, "/v1/nodes/node-1/heartbeats"),
            (Method::DELETE, "/v1/nodes/node-1/connections/1"),
            (Method::POST, "/v1/nodes/node-1/restart"),
        ] {
            let refused = service.api.send(method, path, token, None).await;
            assert_eq!(refused.refusal(), (401, "unauthenticated"), "{path} {token:?}");
        }
    }
}

#[tokio::test]
async fn a_closed_account_gets_no_session_and_its_old_ones_end() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let session = service.api.send(Method::GET, "/v1/session", Some(&token), None).await;
    let username = session.body["username"].as_str().unwrap();
    users::deactivate().bind(&service.pool.get().await.unwrap(), &username).await.unwrap();
    let refused = service.api.send(Method::GET, "/v1/session", Some(&token), None).await;
    assert_eq!(refused.refusal(), (401, "unauthenticated"));
    let code = service.code_for(ADA).await;
    let refused = service.api.post("/v1/sessions", json!({"phone_number": ADA, "code": code})).await;
    assert_eq!(refused.refusal(), (403, "account_closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_used_by_ten_at_once_opens_one_session_on_one_account() {
    let service = Service::start().await;
    let code = service.code_for(ADA).await;
    let mut sign_ins = JoinSet::new();
    for _ in 0..10 {
        let (api, body) = (service.api, json!({"phone_number": ADA, "code": code}));
        sign_ins.spawn(async move { api.post("/v1/sessions", body).await.status.as_u16() });
    }
    let mut statuses = sign_ins.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (201, &[401; 9][..]));
    assert_eq!(users::count().bind(&service.pool.get().await.unwrap()).one().await.unwrap().total, 1);
}

#[tokio::test]
async fn a_token_is_refreshed_until_the_next_is_used_and_ends_the_session_after_that() {
    let service = Service::start().await;
    let old = service.sign_in(ADA).await;
    let refresh = async |token: &str| service.api.send(Method::POST, "/v1/session/refresh", Some(token), None).await;
    let first = refresh(&old).await;
    let lost = first.body["token"].as_str().unwrap().to_owned();
    let refreshed = refresh(&old).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{refreshed:?}");
    assert_eq!((&first.body["generation"], &refreshed.body["generation"]), (&json!(1), &json!(2)));
    let new = refreshed.body["token"].as_str().unwrap();
    let show = async |token: &str| service.api.send(Method::GET, "/v1/session", Some(token), None).await.status;
    assert_eq!((show(&old).await, show(&lost).await), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(show(new).await, StatusCode::OK);
    assert_eq!(refresh(&old).await.refusal(), (409, "refreshed_already"), "another process has the new one");

    let newest = refresh(new).await.body["token"].as_str().unwrap().to_owned();
    let age = "UPDATE session_token_history SET replaced_at = replaced_at - INTERVAL '10 seconds'";
    service.database.client().await.execute(age, &[]).await.unwrap();
    assert_eq!(refresh(&old).await.refusal(), (401, "unauthenticated"), "somebody stole it");
    assert_eq!(show(&newest).await, StatusCode::UNAUTHORIZED);
}
