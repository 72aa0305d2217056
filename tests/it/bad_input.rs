//! What comes from outside and is wrong ends in an error that says what to do, and nothing is written.

use barqnet_db::{
    client::{Error, Query},
    queries::{
        connections,
        locations::{self, NearestStmt},
        users::{self, ByUsernameStmt, CreateParams, CreateStmt},
    },
};
use barqnet_db_testing::TestDatabase;

use crate::common::{migrated_database, without_limit};

fn user(username: &str) -> CreateParams<&str, &str, &str, &str, &str, &str, &str, &str, &str, &str> {
    CreateParams {
        username,
        phone_number: None,
        password_hash: None,
        created_via: "api",
        server_id: "node-1",
        created_by: "test",
        protocol: "udp",
        port: 1194,
        expires_at: None,
        ovpn_path: None,
        checksum: None,
        name_skeleton: None,
    }
}

/// How the message of an error of this statement begins.
fn place(query: &Query) -> String {
    format!("{} ({}:{}): ", query.name, query.file, query.line)
}

/// The error of creating a user, with nothing left behind.
async fn refused(parameters: CreateParams<&str, &str, &str, &str, &str, &str, &str, &str, &str, &str>) -> Error {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let error = users::create().params(&client, &parameters).one().await.unwrap_err();
    assert_eq!(users::count().bind(&client).one().await.unwrap().total, 0);
    error
}

#[tokio::test]
async fn a_name_of_300_characters_is_refused_with_the_length_allowed() {
    let error = refused(user(&"é".repeat(300))).await.to_string();
    let expected = place(CreateStmt::QUERY) + "value too long for type character varying(255)";
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.contains("SQLSTATE 22001") && error.contains("shorten the value"), "{error}");
}

#[tokio::test]
async fn a_nul_byte_is_refused_with_what_to_remove() {
    let error = refused(user("ada\0")).await.to_string();
    assert!(error.contains("SQLSTATE 22021") && error.contains("remove NUL bytes"), "{error}");
}

#[tokio::test]
async fn a_phone_number_too_long_for_its_column_is_refused() {
    let error = refused(CreateParams { phone_number: Some("+12345678901234567890"), ..user("ada") }).await;
    assert!(error.to_string().contains("character varying(20)"), "{error}");
}

#[tokio::test]
async fn coordinates_off_the_globe_are_refused_by_the_database_too() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (latitude, longitude, problem) in [
        (91.0, 0.0, "latitude 91 is not between -90 and 90"),
        (f64::NAN, 0.0, "latitude NaN is not between -90 and 90"),
        (0.0, -180.5, "longitude -180.5 is not between -180 and 180"),
    ] {
        let error = locations::nearest().bind(&client, &latitude, &longitude, &3).all().await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}{problem} (SQLSTATE 22003)", place(NearestStmt::QUERY))), "{error}");
        assert!(error.contains("hint: Pass degrees"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_of_an_unknown_user_is_not_opened() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let answer = connections::open().params(&client, &without_limit("nobody", "node-1")).one().await.unwrap();
    assert_eq!((answer.outcome.as_str(), answer.connection_id), ("user_inactive", None));
    let error = users::by_username().bind(&client, &"nobody").one().await.unwrap_err();
    assert_eq!(error.to_string(), place(ByUsernameStmt::QUERY) + "expected exactly one row, found 0 rows");
}

#[tokio::test]
async fn a_missing_schema_is_an_error_that_says_to_migrate() {
    let database = TestDatabase::empty().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let error = users::by_username().bind(&client, &"ada").opt().await.unwrap_err().to_string();
    assert!(error.contains("relation \"users\" does not exist") && error.contains("run the migrations"), "{error}");
}
