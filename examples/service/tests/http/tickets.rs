//! The second step of a sign-in, with the ticket of a refused one.

use std::{num::NonZeroU32, time::Duration};

use barqnet_db::{
    password::{self, PasswordPolicy},
    queries::users,
    sessions::AtLimit,
};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, Reply, Service};

async fn refused_sign_in(service: &Service) -> Reply {
    let code = service.code_for(ADA).await;
    service.api.post("/v1/sessions", json!({"phone_number": ADA, "code": code})).await
}

async fn second_step(service: &Service, refused: &Reply, step: Value) -> Reply {
    service.api.post("/v1/tickets/sign-in", json!({"ticket": refused.body["ticket"], "step": step})).await
}

/// Nobody uses the account for 400 days.
async fn a_year_passes(service: &Service) {
    let client = service.pool.get().await.unwrap();
    let aged = "UPDATE users SET last_login = last_login - INTERVAL '400 days', last_access = NULL;
                UPDATE user_sessions SET last_activity = last_activity - INTERVAL '400 days',
                                         created_at = created_at - INTERVAL '400 days'";
    client.batch_execute(aged).await.unwrap();
}

#[tokio::test]
async fn an_account_that_nobody_used_for_a_year_opens_with_its_password_or_loses_the_number() {
    let service = Service::start().await;
    let token = service.sign_in(ADA).await;
    let name = service.username_of(&token).await;
    let client = service.pool.get().await.unwrap();
    let id = users::by_username().bind(&client, &name).one().await.unwrap().id;
    let hash = password::hash("correct horse".to_owned(), PasswordPolicy { cost: 10 }).await.unwrap();
    users::set_password_hash().bind(&client, &hash.expose(), &id).await.unwrap();

    a_year_passes(&service).await;
    let refused = refused_sign_in(&service).await;
    assert_eq!((refused.refusal(), &refused.body["has_password"]), ((409, "account_unused"), &json!(true)));
    let list = service.api.post("/v1/tickets/sessions", json!({"ticket": refused.body["ticket"]})).await;
    assert_eq!(list.refusal(), (401, "wrong_code"), "a stranger sees no devices");
    let wrong = second_step(&service, &refused, json!({"password": "correct mule"})).await;
    assert_eq!(wrong.refusal(), (401, "wrong_code"));
    let again = second_step(&service, &refused, json!({"password": "correct horse"})).await;
    assert_eq!(again.refusal(), (401, "wrong_code"), "one code is one guess");
    let refused = refused_sign_in(&service).await;
    let owner = second_step(&service, &refused, json!({"password": "correct horse"})).await;
    assert_eq!((owner.status, &owner.body["username"]), (StatusCode::CREATED, &json!(name)), "{owner:?}");

    a_year_passes(&service).await;
    let refused = refused_sign_in(&service).await;
    let newcomer = second_step(&service, &refused, json!("start_anew")).await;
    assert_eq!((newcomer.status, &newcomer.body["new_user"]), (StatusCode::CREATED, &json!(true)), "{newcomer:?}");
    assert_ne!(newcomer.body["username"], json!(name));
    let found = service.sign_in(ADA).await;
    assert_eq!(json!(service.username_of(&found).await), newcomer.body["username"]);
}

#[tokio::test]
async fn who_has_the_maximum_of_sessions_ends_one_with_the_ticket() {
    let service = Service::start_changed(|app| {
        app.otp_config.policy.cool_down = Duration::ZERO;
        app.session_policy.max_sessions = NonZeroU32::new(2);
        app.session_policy.at_limit = AtLimit::Refuse;
    })
    .await;
    let (lost, kept) = (service.sign_in(ADA).await, service.sign_in(ADA).await);
    let refused = refused_sign_in(&service).await;
    assert_eq!(refused.refusal(), (409, "too_many_sessions"));
    let sessions = service.api.post("/v1/tickets/sessions", json!({"ticket": refused.body["ticket"]})).await;
    assert_eq!((sessions.status, sessions.body.as_array().map(Vec::len)), (StatusCode::OK, Some(2)), "{sessions:?}");
    let oldest = &sessions.body[1]["id"];
    let none = second_step(&service, &refused, json!({"end_sessions": []})).await;
    assert_eq!(none.refusal(), (409, "too_many_sessions"), "the ticket is good still");
    let signed_in = second_step(&service, &refused, json!({"end_sessions": [oldest]})).await;
    assert_eq!(signed_in.status, StatusCode::CREATED, "{signed_in:?}");
    for (token, status) in [(&lost, StatusCode::UNAUTHORIZED), (&kept, StatusCode::OK)] {
        assert_eq!(service.api.send(Method::GET, "/v1/session", Some(token), None).await.status, status);
    }
    let refused = refused_sign_in(&service).await;
    let alone = second_step(&service, &refused, json!("end_all_sessions")).await;
    assert_eq!(alone.status, StatusCode::CREATED, "{alone:?}");
    let gone = service.api.send(Method::GET, "/v1/session", Some(&kept), None).await;
    assert_eq!(gone.status, StatusCode::UNAUTHORIZED);
}
