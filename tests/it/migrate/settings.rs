//! Migrations make the same schema whatever the server, the database or another runner has set.

use barqnet_db::{
    doctor, embedded,
    migrate::{self, Error, catalogue, migrate},
    otp::{self, OtpConfig, OtpKeys, Purpose, SendOutcome, VerificationRequest},
    pool::Settings,
    refinery::Migration,
};
use barqnet_db_testing::TestDatabase;
use barqnet_db_throwaway::{Options, Server};

use super::support::names;
use crate::common::{migrated_database, phone_number};

/// A server on which nothing is set as usual.
fn hostile_server() -> Server {
    Options::default()
        .setting("default_transaction_isolation", "serializable")
        .setting("standard_conforming_strings", "off")
        .setting("escape_string_warning", "off")
        .setting("quote_all_identifiers", "on")
        .setting("DateStyle", "SQL, DMY")
        .setting("IntervalStyle", "sql_standard")
        .setting("extra_float_digits", "-2")
        .setting("check_function_bodies", "off")
        .setting("plpgsql.extra_errors", "all")
        .setting("TimeZone", "Asia/Kathmandu")
        .start()
        .expect("PostgreSQL is installed")
}

async fn can_send(settings: &Settings) -> bool {
    let pool = barqnet_db::pool::connect(settings.clone()).await.unwrap();
    let number = phone_number("+4915112345678");
    let request = VerificationRequest::new(&number, Purpose::SignIn);
    let config = OtpConfig::new(OtpKeys::new(1, &[7; 32]).unwrap());
    matches!(otp::send(&pool, &config, &request).await, Ok(SendOutcome::Sent { .. }))
}

#[tokio::test]
async fn a_server_with_other_settings_gets_the_same_schema_and_no_drift() {
    let server = hostile_server();
    let settings = Settings::from_url(&server.url("postgres")).unwrap();
    migrate(&settings, &embedded::migrations()).await.unwrap();
    let (client, _) = settings.connect_client().await.unwrap();
    let usual = catalogue(&migrated_database().await.client().await).await.unwrap();
    assert_eq!(catalogue(&client).await.unwrap(), usual);
    let findings = doctor::examine(&settings, &embedded::migrations()).await.unwrap();
    assert!(findings.iter().all(|finding| finding.severity == doctor::Severity::Ok), "{findings:#?}");
    assert!(can_send(&settings).await);
}

#[tokio::test]
async fn what_another_runner_stored_without_backslashes_is_found_and_repaired() {
    let database = TestDatabase::empty().await;
    let mut client = database.client().await;
    client.batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off").await.unwrap();
    let until = |version| barqnet_db::refinery::Target::Version(version);
    embedded::migrations::runner().set_target(until(22)).run_async(&mut client).await.unwrap();
    assert!(!can_send(&database.settings()).await, "the pattern is no regular expression");
    let findings = doctor::examine(&database.settings(), &embedded::migrations()).await.unwrap();
    let found = findings.iter().find(|finding| finding.what.contains("chk_otp_numbers_phone_number"));
    let found = found.unwrap_or_else(|| panic!("{findings:#?}"));
    assert_eq!(found.severity, doctor::Severity::Problem);
    assert!(found.advice.as_ref().unwrap().starts_with("run `migrate`"), "{found}");

    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert!(can_send(&database.settings()).await);
    let usual = catalogue(&migrated_database().await.client().await).await.unwrap();
    assert_eq!(catalogue(&database.client().await).await.unwrap(), usual);
    let findings = doctor::examine(&database.settings(), &embedded::migrations()).await.unwrap();
    assert!(!findings.iter().any(|finding| finding.what.contains("pattern")), "{findings:#?}");
}

#[tokio::test]
async fn the_repair_of_patterns_works_under_the_setting_that_broke_them() {
    let database = TestDatabase::empty().await;
    let mut client = database.client().await;
    client.batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off").await.unwrap();
    embedded::migrations::runner().run_async(&mut client).await.unwrap();
    assert!(can_send(&database.settings()).await);
    let usual = catalogue(&migrated_database().await.client().await).await.unwrap();
    assert_eq!(catalogue(&database.client().await).await.unwrap(), usual);
}

#[tokio::test]
async fn a_database_that_is_not_utf8_is_refused_before_the_first_migration_and_by_the_doctor() {
    let server = Options::default().start().expect("PostgreSQL is installed");
    let settings = Settings::from_url(&server.url("postgres")).unwrap();
    let (admin, _) = settings.connect_client().await.unwrap();
    for (name, encoding) in [("ascii", "SQL_ASCII"), ("latin", "LATIN1")] {
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'");
        admin.batch_execute(&create).await.unwrap();
        let settings = settings.clone().dbname(name);
        let error = migrate(&settings, &embedded::migrations()).await.unwrap_err();
        assert!(matches!(&error, Error::Encoding { encoding: found, .. } if found == encoding), "{error}");
        let (client, _) = settings.connect_client().await.unwrap();
        assert_eq!(catalogue(&client).await.unwrap(), Vec::<String>::new(), "nothing was changed");
        let findings = doctor::examine(&settings, &embedded::migrations()).await.unwrap();
        let found = findings.iter().find(|finding| finding.what.contains(encoding)).unwrap();
        assert_eq!(found.severity, doctor::Severity::Problem, "{found}");

        // The advice works as it stands.
        let recipe = migrate::utf8_recipe(name);
        let (create, _) = recipe.split_once(',').unwrap();
        assert!(error.to_string().contains(create) && found.advice.as_ref().unwrap().contains(create), "{error}");
        admin.batch_execute(create).await.unwrap();
        let applied = migrate(&settings.dbname(&format!("{name}_utf8")), &embedded::migrations()).await.unwrap();
        assert_eq!(applied.len(), names().len());
    }
}

#[tokio::test]
async fn a_pooler_that_drops_the_start_up_options_does_not_change_what_a_migration_means() {
    let database = TestDatabase::empty().await;
    let migration = Migration::unapplied("V1__one", r"CREATE TABLE one (id TEXT CHECK (id ~ '^\+[0-9]'))").unwrap();
    // What the runner sets for its own session, without what the start-up sent.
    let mut client = database.client().await;
    client.batch_execute("SET standard_conforming_strings = off").await.unwrap();
    migrate::prepare_rehearsal(&client).await.unwrap();
    migrate::rehearse(&mut client, &migration).await.unwrap();
    client.execute("INSERT INTO one VALUES ('+1')", &[]).await.unwrap();
}
