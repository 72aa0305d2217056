//! Setting a password and signing in with it.

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::support::{ADA, BOB, Reply, Service};

const PASSWORD: &str = "correct horse battery staple";

impl Service {
    /// Sets the password of a number's account by a code.
    async fn set_password(&self, phone_number: &str, password: &str) -> Reply {
        let ask = json!({"phone_number": phone_number, "purpose": "password_reset"});
        assert_eq!(self.api.post("/v1/otp", ask).await.status, StatusCode::ACCEPTED);
        let code = self.delivered_to(phone_number).await;
        let body = json!({"phone_number": phone_number, "code": code, "password": password});
        self.api.send(Method::PUT, "/v1/password", None, Some(body)).await
    }

    async fn sign_in_with(&self, phone_number: &str, password: &str, earlier_token: Option<&str>) -> Reply {
        let body = json!({"phone_number": phone_number, "password": password});
        self.api.send(Method::POST, "/v1/sessions/password", earlier_token, Some(body)).await
    }
}

#[tokio::test]
async fn a_password_set_by_a_code_ends_the_sessions_and_signs_in() {
    let service = Service::start().await;
    let earlier = service.sign_in(ADA).await;
    let set = service.set_password(ADA, PASSWORD).await;
    assert_eq!((set.status, &set.body["sessions_ended"]), (StatusCode::OK, &json!(1)), "{set:?}");
    let old = service.api.send(Method::GET, "/v1/session", Some(&earlier), None).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let signed_in = service.sign_in_with(ADA, PASSWORD, None).await;
    assert_eq!((signed_in.status, &signed_in.body["new_user"]), (StatusCode::CREATED, &json!(false)), "{signed_in:?}");
    service.username_of(signed_in.body["token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn a_password_that_is_too_short_or_too_long_is_refused_before_the_code_is_used() {
    let service = Service::start().await;
    service.sign_in(ADA).await;
    let ask = json!({"phone_number": ADA, "purpose": "password_reset"});
    service.api.post("/v1/otp", ask).await;
    let code = service.delivered_to(ADA).await;
    for (password, status) in [
        ("14 characters.".to_owned(), 400),
        ("x".repeat(73), 400),
        (PASSWORD.to_owned(), 200),
        (PASSWORD.to_owned(), 401),
    ] {
        let body = json!({"phone_number": ADA, "code": code, "password": password});
        let reply = service.api.send(Method::PUT, "/v1/password", None, Some(body)).await;
        assert_eq!(reply.status.as_u16(), status, "{password} {reply:?}");
    }
}

#[tokio::test]
async fn wrong_passwords_and_numbers_without_an_account_get_one_answer_and_a_known_device_still_signs_in() {
    let service = Service::start().await;
    service.sign_in(ADA).await;
    service.set_password(ADA, PASSWORD).await;
    let token = service.sign_in_with(ADA, PASSWORD, None).await.body["token"].clone();
    assert_eq!(service.sign_in_with(ADA, "wrong", Some("no token")).await.refusal(), (401, "wrong_password"));
    assert_eq!(service.sign_in_with(BOB, PASSWORD, None).await.refusal(), (401, "wrong_password"));
    let lock = "UPDATE password_failures SET locked_until = NOW() + INTERVAL '1 minute'";
    service.database.client().await.execute(lock, &[]).await.unwrap();
    for number in [ADA, BOB] {
        let refused = service.sign_in_with(number, PASSWORD, None).await;
        assert_eq!(refused.refusal(), (429, "too_many_requests"));
        let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert_eq!(service.sign_in_with(ADA, PASSWORD, token.as_str()).await.status, StatusCode::CREATED);
    assert_eq!(service.sign_in_with(ADA, PASSWORD, None).await.status, StatusCode::CREATED, "that unlocked it");
}
