//! Where the servers are.

use barqnet_db::queries::servers;
use serde_json::json;

use crate::support::{ADA, SERVER, Service};

#[tokio::test]
async fn a_location_lists_the_servers_in_service_there() {
    let service = Service::start().await;
    let client = service.pool.get().await.unwrap();
    let nearest = service.api.get("/v1/locations/nearest?lat=35&lon=139").await.body;
    let tokyo = i32::try_from(nearest[0]["id"].as_i64().unwrap()).unwrap();
    let servers_there = format!("/v1/locations/{tokyo}/servers");
    assert_eq!(service.api.get(&servers_there).await.body, json!([]));
    servers::set_location().bind(&client, &Some(tokyo), &SERVER).await.unwrap();
    let expected = json!([{"name": SERVER, "host": "node-1.example", "port": 1194}]);
    assert_eq!(service.api.get(&servers_there).await.body, expected);

    servers::set_enabled().bind(&client, &false, &SERVER).await.unwrap();
    assert_eq!(service.api.get(&servers_there).await.body, json!([]));
    let username = service.username_of(&service.sign_in(ADA).await).await;
    let refused = service.open(json!({"username": username, "epoch": 1})).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn invalid_coordinates_are_refused() {
    let service = Service::start().await;
    for query in [
        "",
        "?lat=1",
        "?lon=1",
        "?lat=91&lon=0",
        "?lat=0&lon=-180.5",
        "?lat=NaN&lon=0",
        "?lat=0&lon=inf",
        "?lat=north&lon=0",
        "?lat=&lon=0",
        "?lat=0&lon=0&limit=0",
        "?lat=0&lon=0&limit=-1",
        "?lat=0&lon=0&limit=51",
        "?lat=0&lon=0&limit=99999999999",
        "?lat=0&lat=1&lon=0",
        "?lat=0&lon=0&colour=red",
        "?lat=%FF&lon=0",
    ] {
        let refused = service.api.get(&format!("/v1/locations/nearest{query}")).await;
        assert_eq!(refused.refusal(), (400, "invalid_request"), "{query}");
    }
}

#[tokio::test]
async fn only_a_healthy_server_is_offered() {
    let service = Service::start().await;
    let client = service.pool.get().await.unwrap();
    let best = "/v1/servers?lat=50.8&lon=4.3";
    assert_eq!(service.api.get(best).await.refusal(), (503, "no_server"));
    let report = servers::report_health();
    report.bind(&client, &SERVER, &"healthy", &Some(20), &None::<&str>, &None).one().await.unwrap();
    let expected = json!([{"name": SERVER, "host": "node-1.example", "port": 1194, "distance_km": null}]);
    for query in [best, "/v1/servers", &format!("/v1/servers?preferred={SERVER}&limit=1")] {
        assert_eq!(service.api.get(query).await.body, expected, "{query}");
    }
    servers::set_draining().bind(&client, &true, &SERVER).await.unwrap();
    assert_eq!(service.api.get(best).await.refusal(), (503, "no_server"));
    for query in ["?lat=1", "?lat=91&lon=0", "?lat=1&lon=NaN", "?limit=0", "?limit=11", "?preferred=", "?colour=red"] {
        let refused = service.api.get(&format!("/v1/servers{query}")).await;
        assert_eq!(refused.refusal(), (400, "invalid_request"), "{query}");
    }
}
