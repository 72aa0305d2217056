//! One-time passwords: asking for them and trying them.

use barqnet_db::otp::{Countries, OtpPolicy};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, BOB, Reply, Service};

fn wrong(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

#[tokio::test]
async fn a_wrong_code_is_refused_and_no_answer_ever_holds_a_code() {
    let service = Service::start().await;
    let api = service.api;
    let sent = api.post("/v1/otp", json!({"phone_number": BOB})).await;
    assert_eq!(sent.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["expires_at"]);

    let code = service.delivered_to(BOB).await;
    let refused = api.post("/v1/sessions", json!({"phone_number": BOB, "code": wrong(&code)})).await;
    assert_eq!(refused.refusal(), (401, "wrong_code"));
    let accepted = api.post("/v1/sessions", json!({"phone_number": BOB, "code": code})).await;
    assert_eq!(accepted.status, StatusCode::CREATED);
    assert_eq!(
        accepted.body.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["expires_at", "new_user", "token", "username"]
    );
    for reply in [sent, refused] {
        assert!(!reply.body.to_string().contains(&code), "{reply:?}");
    }
}

#[tokio::test]
async fn a_code_works_once() {
    let service = Service::start().await;
    let code = service.code_for(ADA).await;
    let body = json!({"phone_number": ADA, "code": code});
    assert_eq!(service.api.post("/v1/sessions", body.clone()).await.status, StatusCode::CREATED);
    assert_eq!(service.api.post("/v1/sessions", body).await.refusal(), (401, "wrong_code"));
}

#[tokio::test]
async fn after_five_wrong_attempts_the_correct_code_is_refused() {
    let service = Service::start().await;
    let code = service.code_for(ADA).await;
    for _ in 0..5 {
        let refused = service.api.post("/v1/sessions", json!({"phone_number": ADA, "code": wrong(&code)})).await;
        assert_eq!(refused.refusal(), (401, "wrong_code"));
    }
    let refused = service.api.post("/v1/sessions", json!({"phone_number": ADA, "code": code})).await;
    assert_eq!(refused.refusal(), (401, "wrong_code"));
}

#[tokio::test]
async fn a_number_that_gave_too_many_wrong_codes_gets_no_new_one_and_must_wait() {
    let service = Service::start().await;
    for _ in 0..2 {
        let code = service.code_for(ADA).await;
        for _ in 0..5 {
            service.api.post("/v1/sessions", json!({"phone_number": ADA, "code": wrong(&code)})).await;
        }
    }
    for (path, body) in
        [("/v1/otp", json!({"phone_number": ADA})), ("/v1/sessions", json!({"phone_number": ADA, "code": "123456"}))]
    {
        let refused = service.api.post(path, body).await;
        assert_eq!(refused.refusal(), (429, "too_many_requests"));
        assert_eq!(refused.headers["retry-after"], "900", "{path}");
    }
    // Another number doesn't suffer.
    service.sign_in(BOB).await;
}

#[tokio::test]
async fn a_second_code_within_the_cool_down_is_refused_with_the_time_to_wait() {
    let service = Service::start_with(OtpPolicy::default()).await;
    service.code_for(ADA).await;
    let refused = service.api.post("/v1/otp", json!({"phone_number": ADA})).await;
    assert_eq!(refused.refusal(), (429, "too_many_requests"));
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_known_and_an_unknown_number_get_the_same_answers() {
    let service = Service::start().await;
    service.sign_in(ADA).await;
    let without_times = |mut reply: Reply| {
        reply.headers.remove("date");
        if let Some(expires_at) = reply.body.get_mut("expires_at") {
            assert!(expires_at.is_string());
            *expires_at = Value::Null;
        }
        (reply.status, reply.headers, reply.body)
    };
    for (path, body) in [("/v1/otp", json!({})), ("/v1/sessions", json!({"code": "000000"}))] {
        let [known, unknown] = [ADA, BOB].map(|number| {
            let mut body = body.clone();
            body["phone_number"] = json!(number);
            service.api.post(path, body)
        });
        assert_eq!(without_times(known.await), without_times(unknown.await), "{path}");
    }
}

#[tokio::test]
async fn a_code_that_the_provider_did_not_take_costs_the_number_nothing() {
    let service = Service::start_with(OtpPolicy::default()).await;
    service.set_provider_is_down(true);
    for _ in 0..10 {
        let refused = service.api.post("/v1/otp", json!({"phone_number": ADA})).await;
        assert_eq!(refused.refusal(), (503, "unavailable"));
    }
    service.set_provider_is_down(false);
    service.sign_in(ADA).await;
}

#[tokio::test]
async fn an_earlier_token_gets_a_code_when_strangers_have_used_up_those_of_the_number() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    for _ in 0..4 {
        service.code_for(ADA).await;
    }
    let ask = json!({"phone_number": ADA, "channel": "whatsapp"});
    assert_eq!(service.api.post("/v1/otp", ask.clone()).await.refusal(), (429, "too_many_requests"));
    let sent = service.api.send(Method::POST, "/v1/otp", Some(&token), Some(ask)).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
    let body = json!({"phone_number": ADA, "code": service.delivered_to(ADA).await});
    assert_eq!(service.api.post("/v1/sessions", body.clone()).await.refusal(), (401, "wrong_code"), "a stranger");
    let signed_in = service.api.send(Method::POST, "/v1/sessions", Some(&token), Some(body)).await;
    assert_eq!(signed_in.status, StatusCode::CREATED, "{signed_in:?}");
}

#[tokio::test]
async fn a_country_that_is_not_served_and_an_unknown_channel_are_refused() {
    let countries = Countries::Except(vec!["+881".parse().unwrap()]);
    let service = Service::start_with(OtpPolicy { countries, ..OtpPolicy::default() }).await;
    let refused = service.api.post("/v1/otp", json!({"phone_number": "+8816123456789"})).await;
    assert_eq!(refused.refusal(), (403, "country_not_served"));
    let refused = service.api.post("/v1/otp", json!({"phone_number": ADA, "channel": "pigeon"})).await;
    assert_eq!(refused.refusal(), (400, "invalid_request"));
}
