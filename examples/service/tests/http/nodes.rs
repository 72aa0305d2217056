//! What nodes report: by whom it may be said, how many connections there may be, and that each is counted once.

use barqnet_db::queries::{connections, servers, users};
use barqnet_db_service::nodes::{MAX_CONNECTIONS_PER_REPORT, MAX_REPORT_BYTES};
use hyper::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{ADA, BOB, NODE_KEY, SERVER, Service, node_path};

#[tokio::test]
async fn user_tokens_are_refused_on_node_routes_and_node_keys_on_user_routes() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let id = service.connect(&token).await;
    let username = service.username_of(&token).await;
    let (open, beat) = (json!({"username": username, "epoch": 2}), json!({"epoch": 2, "connections": []}));
    for (method, path, body) in [
        (Method::POST, node_path("connections"), Some(open)),
        (Method::POST, node_path("heartbeats"), Some(beat)),
        (Method::POST, node_path("restart"), Some(json!({"epoch": 2}))),
        (Method::DELETE, node_path(&format!("connections/{id}")), None),
    ] {
        let refused = service.api.send(method, &path, Some(&token), body).await;
        assert_eq!(refused.refusal(), (401, "unauthenticated"), "{path}");
    }
    let claim = json!({"key": "a", "server": SERVER, "bytes_in": 1, "bytes_out": 1, "duration_seconds": 1});
    for (method, path, body) in [
        (Method::GET, "/v1/session".to_owned(), None),
        (Method::DELETE, "/v1/session".to_owned(), None),
        (Method::POST, "/v1/session/refresh".to_owned(), None),
        (Method::GET, "/v1/connections".to_owned(), None),
        (Method::DELETE, format!("/v1/connections/{id}"), None),
        (Method::POST, "/v1/usage".to_owned(), Some(claim)),
    ] {
        let refused = service.api.send(method, &path, Some(NODE_KEY), body).await;
        assert_eq!(refused.refusal(), (401, "unauthenticated"), "{path}");
    }
    // Nothing of it happened.
    let live = service.api.send(Method::GET, "/v1/connections", Some(&token), None).await;
    assert_eq!((live.body.as_array().unwrap().len(), &live.body[0]["id"]), (1, &json!(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_concurrent_connects_leave_the_maximum_per_user_live() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let username = service.username_of(&token).await;
    let open = json!({"username": username, "epoch": 1});
    let mut connects = JoinSet::new();
    for _ in 0..20 {
        let (api, open) = (service.api, open.clone());
        connects
            .spawn(async move { api.send(Method::POST, &node_path("connections"), Some(NODE_KEY), Some(open)).await });
    }
    let replies = connects.join_all().await;
    assert!(replies.iter().all(|reply| reply.status == StatusCode::CREATED), "nobody is locked out");
    let live = connections::active_by_user();
    let client = service.pool.get().await.unwrap();
    let mut live: Vec<i64> =
        live.bind(&client, &username.as_str()).all().await.unwrap().into_iter().map(|live| live.id).collect();
    live.reverse();
    let mut opened: Vec<i64> = replies.iter().map(|reply| reply.body["id"].as_i64().unwrap()).collect();
    opened.sort_unstable();
    assert_eq!(live, opened[15..], "the oldest ones have ended");

    // A user who may have none is refused.
    users::set_limits().bind(&client, &Some(0), &None, &username.as_str()).await.unwrap();
    let open = json!({"username": username, "epoch": 1});
    let refused = service.api.send(Method::POST, &node_path("connections"), Some(NODE_KEY), Some(open)).await;
    assert_eq!(refused.refusal(), (409, "too_many_connections"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_closed_by_ten_at_once_is_closed_once_and_counted_once() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let id = service.connect(&token).await;
    service.beat(1, id, 1, (1000, 20)).await;
    let mut closes = JoinSet::new();
    for (path, token) in [
        (node_path(&format!("connections/{id}")), NODE_KEY.to_owned()),
        (format!("/v1/connections/{id}"), token.clone()),
    ] {
        for _ in 0..5 {
            let (api, path, token) = (service.api, path.clone(), token.clone());
            closes.spawn(async move { api.send(Method::DELETE, &path, Some(&token), None).await.status.as_u16() });
        }
    }
    let mut statuses = closes.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[410; 9][..]));

    let late = json!({"epoch": 1, "bytes_received": 9000, "bytes_sent": 9000});
    assert_eq!(service.close(id, Some(late)).await.refusal(), (410, "gone"));
    let again = service.api.send(Method::DELETE, &format!("/v1/connections/{id}"), Some(&token), None).await;
    assert_eq!(again.refusal(), (410, "gone"));
    assert_eq!(service.beat(1, id, 2, (9000, 9000)).await, "closed");

    let usage = service.statistics_of(&service.username_of(&token).await).await;
    assert_eq!((usage.len(), usage[0].bytes_in, usage[0].bytes_out), (1, 1000, 20));
}

#[tokio::test]
async fn a_late_heartbeat_decreases_no_counter() {
    let service = Service::start().await;
    let id = service.connect(&service.sign_in(ADA).await).await;
    assert_eq!(service.beat(1, id, 2, (500, 50)).await, "applied");
    assert_eq!(service.beat(1, id, 1, (400, 60)).await, "repeated");
    let closed = service.close(id, None).await;
    assert_eq!((&closed.body["bytes_received"], &closed.body["bytes_sent"]), (&json!(500), &json!(50)));
}

#[tokio::test]
async fn a_heartbeat_reports_the_result_for_every_connection() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let (well, late) = (service.connect(&token).await, service.connect(&token).await);
    let (absurd, closed) = (service.connect(&token).await, service.connect(&token).await);
    service.beat(1, late, 9, (0, 0)).await;
    service.close(closed, None).await;
    let never_was = i64::MAX;
    let beat = |id: i64, bytes: i64| json!({"id": id, "sequence": 1, "bytes_received": bytes, "bytes_sent": 0});
    let beats = [beat(never_was, 0), beat(closed, 0), beat(absurd, i64::MAX), beat(late, 0), beat(well, 10)];
    let answer = service.node("heartbeats", json!({"epoch": 1, "connections": beats})).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let expected = json!({
        "applied": [well], "repeated": [late], "outdated": [], "implausible": [absurd],
        "closed": [{"id": closed, "reason": "client_exit"}],
        "unknown": [never_was],
        "over_quota": [],
    });
    assert_eq!(answer.body, expected);
    assert_eq!(service.beat(2, well, 1, (0, 0)).await, "applied");
    assert_eq!(service.beat(1, well, 2, (20, 0)).await, "outdated");
}

#[tokio::test]
async fn a_restart_ends_the_nodes_connections_and_a_late_repeat_ends_none() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let had = [service.connect(&token).await, service.connect(&token).await];
    service.beat(1, had[0], 1, (1000, 20)).await;
    let closed = service.node("restart", json!({"epoch": 2})).await;
    assert_eq!((closed.status, closed.body), (StatusCode::OK, json!({"closed": had})));

    let open = json!({"username": service.username_of(&token).await, "epoch": 2});
    let since = service.open(open).await.body["id"].as_i64().unwrap();
    for epoch in [2, 1] {
        assert_eq!(service.node("restart", json!({"epoch": epoch})).await.body, json!({"closed": []}), "{epoch}");
    }
    assert_eq!(service.beat(2, since, 1, (10, 10)).await, "applied");
    let usage = service.statistics_of(&service.username_of(&token).await).await;
    assert_eq!(usage.iter().map(|session| session.bytes_in).collect::<Vec<_>>(), [0, 1000]);
}

#[tokio::test]
async fn a_report_of_a_whole_node_fits_and_one_beyond_all_nodes_does_not() {
    let service = Service::start().await;
    let id = service.connect(&service.sign_in(ADA).await).await;
    let beats = |count: usize| -> Value {
        let beat = json!({"id": id, "sequence": 1, "bytes_received": 1, "bytes_sent": 1});
        json!({"epoch": 1, "connections": vec![beat; count]})
    };
    // Far more than the limit of every other body.
    let fits = service.node("heartbeats", beats(MAX_CONNECTIONS_PER_REPORT)).await;
    assert_eq!((fits.status, &fits.body["applied"]), (StatusCode::OK, &json!([id])));
    let too_many = service.node("heartbeats", beats(MAX_CONNECTIONS_PER_REPORT + 1)).await;
    assert_eq!(too_many.refusal(), (400, "invalid_request"));

    let send = async |resource: &str, bytes: usize| {
        let request = Request::post(node_path(resource)).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {NODE_KEY}"));
        service.api.send_raw(request.body(" ".repeat(bytes)).unwrap()).await
    };
    assert_eq!(send("heartbeats", MAX_REPORT_BYTES).await.refusal(), (400, "invalid_request"));
    assert_eq!(send("heartbeats", MAX_REPORT_BYTES + 1).await.refusal(), (413, "too_large"));
    assert_eq!(send("restart", 16 * 1024 + 1).await.refusal(), (413, "too_large"));
    assert_eq!(service.api.get(&node_path("heartbeats")).await.refusal(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn a_connection_is_its_servers_and_no_others() {
    let service = Service::start().await;
    let id = service.connect(&service.sign_in(ADA).await).await;
    let send = async |method: Method, path: &str, body: Option<Value>| {
        service.api.send(method, &format!("/v1/nodes/node-2/{path}"), Some(NODE_KEY), body).await
    };
    let beat = json!({"id": id, "sequence": 1, "bytes_received": 1, "bytes_sent": 1});
    let answer = send(Method::POST, "heartbeats", Some(json!({"epoch": 2, "connections": [beat]}))).await;
    assert_eq!(answer.body["unknown"], json!([id]));
    assert_eq!(send(Method::DELETE, &format!("connections/{id}"), None).await.refusal(), (404, "not_found"));
    assert_eq!(send(Method::POST, "restart", Some(json!({"epoch": 2}))).await.body, json!({"closed": []}));
    assert_eq!(service.close(i64::MAX, None).await.refusal(), (404, "not_found"));
    assert_eq!(service.close(id, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_connection_supersedes_the_one_that_had_its_address() {
    let service = Service::start().await;
    let (ada, bob) = (service.sign_in(ADA).await, service.sign_in(BOB).await);
    let open = async |token: &str| {
        let username = service.username_of(token).await;
        service.open(json!({"username": username, "epoch": 1, "virtual_ip": "10.8.0.2"})).await.body
    };
    let first = open(&ada).await;
    assert_eq!(first["superseded"], Value::Null);
    assert_eq!(open(&bob).await["superseded"], first["id"]);
    assert_eq!(service.beat(1, first["id"].as_i64().unwrap(), 1, (0, 0)).await, "closed");
}

#[tokio::test]
async fn an_unknown_server_refuses_connections() {
    let service = Service::start().await;
    let username = service.username_of(&service.sign_in(ADA).await).await;
    let path = "/v1/nodes/';%20DROP%20TABLE%20servers;%20--/connections";
    let open = Some(json!({"username": username, "epoch": 1}));
    let refused = service.api.send(Method::POST, path, Some(NODE_KEY), open).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn full_servers_and_unknown_users_get_no_connection() {
    let service = Service::start().await;
    let stranger = service.open(json!({"username": "nobody", "epoch": 1})).await;
    assert_eq!(stranger.refusal(), (403, "account_closed"));
    let username = service.username_of(&service.sign_in(ADA).await).await;
    servers::set_draining().bind(&service.pool.get().await.unwrap(), &true, &SERVER).await.unwrap();
    let refused = service.open(json!({"username": username, "epoch": 1})).await;
    assert_eq!(refused.refusal(), (409, "server_full"));
}
