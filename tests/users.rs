//! Accounts through the typed functions.

use barqnet_db::{
    PhoneNumber,
    client::Params,
    queries::users::{self, CreateParams},
};
use barqnet_db_testing::TestDatabase;

#[tokio::test]
async fn a_name_or_number_that_is_taken_is_a_unique_violation_that_names_its_constraint() {
    let database = TestDatabase::new().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let number: PhoneNumber = "+4915112345678".parse().unwrap();
    let new = |username: &'static str| CreateParams {
        username,
        phone_number: Some(&number),
        password_hash: None::<&str>,
        created_via: "phone",
        server_id: "node-1",
        created_by: "test",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None::<&str>,
        checksum: None::<&str>,
    };
    let id = users::create().params(&client, &new("ada")).one().await.unwrap();
    let found = users::by_phone().bind(&client, &number).opt().await.unwrap().unwrap();
    assert_eq!((found.id, found.username.as_str()), (id, "ada"));

    let error = users::create().params(&client, &new("ada")).one().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!((error.statement(), error.constraint()), ("users.create", Some("users_username_key")));
    let error = users::create().params(&client, &new("bob")).one().await.unwrap_err();
    assert_eq!(error.constraint(), Some("idx_users_phone_number"));
}
