//! Plans: assigned by somebody who may, shown to their user, enforced for the node.

use barqnet_db::{
    plans::{CreateOutcome, Limits, create},
    queries::{audit, users},
    roles::Role,
};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, BOB, Service};

#[tokio::test]
async fn an_administrator_assigns_a_plan_whose_quota_its_user_sees_and_meets() {
    let service = Service::start().await;
    let client = service.pool.get().await.unwrap();
    let (ada, bob) = (service.sign_in(ADA).await, service.sign_in(BOB).await);
    let name = service.username_of(&ada).await;
    let limits = Limits { max_bytes_per_day: Some(1000), ..Limits::default() };
    let CreateOutcome::Created(plan_id) = create(&client, "small", &limits).await.unwrap() else { panic!("it is new") };
    let shown = async || service.api.send(Method::GET, "/v1/plan", Some(&ada), None).await;
    assert_eq!(shown().await.refusal(), (404, "not_found"));

    let path = format!("/v1/admin/users/{name}/plan");
    let body = json!({"plan_id": plan_id, "days": 30, "at_first_connection": true});
    let assign =
        async |path: &str, body: &Value| service.api.send(Method::POST, path, Some(&bob), Some(body.clone())).await;
    assert_eq!(assign(&path, &body).await.refusal(), (403, "not_permitted"));
    let boss = users::by_username().bind(&client, &service.username_of(&bob).await).one().await.unwrap();
    users::set_role().bind(&client, &Role::Admin, &boss.id).await.unwrap();
    assert_eq!(assign("/v1/admin/users/nobody/plan", &body).await.refusal(), (404, "not_found"));
    assert_eq!(assign(&path, &json!({"plan_id": 0})).await.refusal(), (404, "not_found"));
    assert_eq!(assign(&path, &json!({"plan_id": plan_id, "days": 36501})).await.refusal(), (400, "invalid_request"));
    let assigned = assign(&path, &body).await;
    assert_eq!(assigned.status, StatusCode::CREATED);
    assert_eq!(assigned.body, json!({"starts_at": null, "ends_at": null}));
    let entries = audit::by_user().bind(&client, &boss.username, &i64::MAX, &10).all().await.unwrap();
    let actions: Vec<_> =
        entries.iter().rev().map(|entry| (entry.action.as_str(), entry.ip_address.is_some())).collect();
    assert_eq!(actions[0], ("refused_assign_plans", true));
    assert_eq!(actions[actions.len() - 1], ("assign_plans", true));

    let id = service.connect(&ada).await;
    assert_eq!(service.beat(1, id, 1, (300, 400)).await, "applied");
    let plan = shown().await.body;
    assert_eq!((&plan["name"], &plan["quotas"][0]["used_bytes"]), (&json!("small"), &json!(700)));
    assert_eq!((&plan["quotas"][0]["period"], &plan["quotas"][0]["max_bytes"]), (&json!("day"), &json!(1000)));
    assert!(plan["starts_at"].is_string() && plan["ends_at"].is_string());
    assert_eq!(service.beat(1, id, 2, (500, 500)).await, "closed");
    assert_eq!(service.open(json!({"username": name, "epoch": 1})).await.refusal(), (403, "over_quota"));
}
