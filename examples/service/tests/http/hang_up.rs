//! Clients that hang up in the middle of a request lose nothing.

use std::time::Duration;

use hyper::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{ADA, Service};

/// For a failing test to end: in a passing one, nothing takes this long.
const LIMIT: Duration = Duration::from_mins(1);

/// Sends a request whose statement waits for a lock on the rows of `table`, hangs up, and frees the rows when the service has
/// noticed it.
async fn hang_up_during(service: &Service, table: &str, request: &str) {
    let locker = service.database.client().await;
    locker.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")).await.unwrap();
    let mut stream = TcpStream::connect(service.api.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    service.database.until_a_connection_waits_for_a_lock().await;
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.is_empty(), "the service has dropped the request, not answered it");
    locker.batch_execute("COMMIT").await.unwrap();
}

#[tokio::test]
async fn a_code_that_is_recorded_is_sent_even_if_the_client_hangs_up() {
    let service = Service::start().await;
    let body = format!(r#"{{"phone_number": "{ADA}"}}"#);
    let request = format!(
        "POST /v1/otp HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    hang_up_during(&service, "otp_numbers", &request).await;
    let code = tokio::time::timeout(LIMIT, service.delivered_to(ADA)).await.expect("the code is sent");
    let body = serde_json::json!({"phone_number": ADA, "code": code});
    assert_eq!(service.api.post("/v1/sessions", body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_client_that_hangs_up_while_its_token_is_refreshed_gets_the_new_one_when_it_asks_again() {
    let service = Service::start().await;
    let old = service.sign_in(ADA).await;
    let request = format!(
        "POST /v1/session/refresh HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {old}\r\nContent-Length: 0\r\n\r\n"
    );
    hang_up_during(&service, "user_sessions", &request).await;
    let refresh = async || service.api.send(Method::POST, "/v1/session/refresh", Some(&old), None).await;
    let reply = refresh().await;
    assert_eq!(reply.status, StatusCode::OK);
    let new = reply.body["token"].as_str().unwrap();
    service.username_of(new).await;
    assert_eq!(refresh().await.refusal(), (409, "refreshed_already"), "the new one is in use");
}
