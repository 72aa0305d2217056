//! Databases of the Go product are converted: each fixture, and each tracking table.

use std::time::Duration;

use barqnet_db::{
    Coordinates, PhoneNumber,
    connections::{
        CloseReason, ConnectionPolicy, CounterPolicy, FinalCounters, NewConnection, OpenOutcome, close, open,
    },
    doctor, embedded,
    legacy::{Exception, LegacyReport, report},
    locations, maintenance,
    migrate::{migrate, status},
    pool::{Pool, Settings},
    queries::{self, audit, connections, otp, servers, sessions, usage, users},
    servers::{PickOptions, PickPolicy},
};

use super::support::{
    A, B_002_TO_004, Fixture, KEPT_OF_A, KEPT_OF_B, LAYOUTS, LOCATIONS, NOT_VALID_OF_A, PHONE, STATISTICS, all_rows,
    build, lost, migrations, not_valid, one_text, remember, run, schema, with, without,
};
use crate::common::migrated_database;

/// Converts a database and checks everything that is promised.
async fn is_converted(fixture: &Fixture) {
    let fresh = migrated_database().await;
    let expected = without(&schema(&fresh.client().await).await, &[]);
    // Where the versions are kept doesn't depend on what else there is: the first and the last fixture are tried with each table,
    // the others with none and with one.
    let layouts = if [A.files, B_002_TO_004.files].contains(&fixture.files) {
        &LAYOUTS[..]
    } else {
        &LAYOUTS[fixture.files.len() % LAYOUTS.len()..][..1]
    };
    for tracking in [None].into_iter().chain(layouts.iter().map(Some)) {
        let name = format!("{:?} tracked as {:?}", fixture.files, tracking.map(|(layout, _)| layout));
        let database = build(fixture, tracking.copied()).await;
        let (client, settings) = (database.client().await, database.settings());
        remember(&client).await;

        let before = status(&settings, &embedded::migrations()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(before.len() == migrations().len() && before.iter().all(|it| it.applied_at.is_none()), "{name}");
        let applied =
            migrate(&settings, &embedded::migrations()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(applied.len(), migrations().len(), "{name}");

        let mut kept: Vec<String> = fixture.kept.iter().map(ToString::to_string).collect();
        kept.extend(tracking.map(|_| "table schema_migrations_legacy".to_owned()));
        let report = report(&settings).await.unwrap();
        assert_eq!(report.kept, kept, "{name}");
        let found = schema(&client).await;
        let adopted = without(&found, &kept);
        let missing: Vec<_> = expected.difference(&adopted).collect();
        let extra: Vec<_> = adopted.difference(&expected).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{name}: missing {missing:#?}, extra {extra:#?}");
        assert_eq!(not_valid(&client).await, fixture.not_valid, "{name}");
        assert_eq!(lost(&client).await, Vec::<String>::new(), "{name}");
        for constraint in fixture.not_valid {
            let listed = report.exceptions.iter().find(|exception| exception.what.contains(constraint));
            assert!(listed.is_some_and(|exception| exception.rows > 0), "{name}: {constraint} in {report:#?}");
        }
        the_doctor_lists(&report, &settings, &name).await;

        let rows = all_rows(&client).await;
        assert_eq!(migrate(&settings, &embedded::migrations()).await.unwrap(), [], "{name}");
        let again = embedded::migrations::runner().run_async(&mut database.client().await).await.unwrap();
        assert!(again.applied_migrations().is_empty(), "{name}");
        for (file, sql) in migrations() {
            run(&client, &format!("{file} once more"), &format!("BEGIN; {sql}; COMMIT")).await;
        }
        assert_eq!(schema(&client).await, found, "{name}");
        assert_eq!(all_rows(&client).await, rows, "{name}");
        assert!(status(&settings, &embedded::migrations()).await.unwrap().iter().all(|m| m.applied_at.is_some()));

        typed_functions_work(&database.pool().await).await;
    }
}

/// Each exception with its rows, and what was left alone.
async fn the_doctor_lists(report: &LegacyReport, settings: &Settings, name: &str) {
    let findings = doctor::examine(settings, &embedded::migrations()).await.unwrap();
    let says = |start: &str| findings.iter().any(|finding| finding.what.starts_with(start));
    for Exception { what, rows } in &report.exceptions {
        let start = match what.strip_suffix(" holds for new rows only (NOT VALID)") {
            Some(constraint) => {
                let (table, constraint) = constraint.split_once(": ").unwrap();
                format!("constraint {constraint} of {table} holds for new rows only: {rows} older row")
            }
            None => format!("{what}: {rows} row"),
        };
        assert!(says(&start), "{name}: {start}: {findings:#?}");
    }
    let kept = format!("not made by any migration, and left unchanged: {}", report.kept.join(", "));
    assert!(report.kept.is_empty() || says(&kept), "{name}: {kept}: {findings:#?}");
}

/// A walk through every domain, over old rows and new ones.
async fn typed_functions_work(pool: &Pool) {
    let client = pool.get().await.unwrap();
    let all = users::list().bind(&client, &0, &1000).all().await.unwrap();
    assert!(all.len() >= 3);
    let ada = users::by_username().bind(&client, &"ada").one().await.unwrap();
    assert!(ada.active);
    let idle = users::by_username().bind(&client, &"idle").one().await.unwrap();
    assert!(!idle.active);
    assert_eq!(users::touch_last_login().bind(&client, &idle.id).await.unwrap(), 1);
    assert_eq!(users::count().bind(&client).one().await.unwrap().total, i64::try_from(all.len()).unwrap());
    users::count_by_server().bind(&client).all().await.unwrap();

    sessions::list_by_user().bind(&client, &ada.id, &i64::MAX, &100).all().await.unwrap();
    sessions::count_active().bind(&client, &ada.id, &86_400.0).one().await.unwrap();
    let number: PhoneNumber = "+4915112345678".parse().unwrap();
    assert_eq!(users::set_phone_number().bind(&client, &Some(number), &idle.id).await.unwrap(), 1);

    connections::history_by_user().bind(&client, &"ada", &i64::MAX, &100).all().await.unwrap();
    connections::active().bind(&client, &i64::MAX, &100).all().await.unwrap();
    // Live connections of users who don't exist are closed like any other.
    for closed in barqnet_db::connections::reap_stale(&client, Duration::from_mins(5), 1000).await.unwrap() {
        assert_eq!(closed.statistics_id.is_none(), closed.username == "nobody", "{closed:?}");
    }
    let none = &None::<&str>;
    let new = NewConnection { username: "ada", server_id: "node-1", ..NewConnection::default() };
    let OpenOutcome::Opened { id, .. } = open(pool, &new, &ConnectionPolicy::default()).await.unwrap() else {
        panic!("ada may")
    };
    let last = FinalCounters { epoch: 1, bytes_received: 1, bytes_sent: 2 };
    let ended =
        close(&client, "node-1", id, CloseReason::ClientExit, Some(last), &CounterPolicy::default()).await.unwrap();
    assert_eq!(ended.map(|ended| (ended.bytes_received, ended.bytes_sent)), Some((1, 2)));
    // What there was has been added up, to the byte.
    assert_eq!(usage::discrepancies().bind(&client).all().await.unwrap(), []);
    assert_eq!(barqnet_db::connections::recount(pool).await.unwrap(), []);

    usage::user_summary().bind(&client, &"ada").one().await.unwrap();
    usage::server_summaries().bind(&client).all().await.unwrap();
    usage::top_users_ever().bind(&client, &10).all().await.unwrap();
    usage::client_reported_totals().bind(&client, &"nobody").all().await.unwrap();

    let places = queries::locations::list().bind(&client, &None).all().await.unwrap();
    for (name, country) in [("Tokyo", "Japan"), ("São Paulo", "Brazil"), ("Virginia", "United States")] {
        assert!(places.iter().any(|place| place.name == name && place.country == country), "{name} is missing");
    }
    queries::locations::list_with_load().bind(&client).all().await.unwrap();
    queries::locations::statistics().bind(&client).all().await.unwrap();
    let near = locations::nearest(&client, Coordinates::new(52.5, 13.4).unwrap(), 100).await.unwrap();
    assert!(near.len() >= 10 && near.windows(2).all(|pair| pair[0].distance_km <= pair[1].distance_km));
    for place in &places {
        queries::locations::servers_at().bind(&client, &place.location_id).all().await.unwrap();
    }

    servers::list().bind(&client, &None::<&str>, &None).all().await.unwrap();
    servers::with_locations().bind(&client).all().await.unwrap();
    assert!(servers::register().bind(&client, &"new", &"h", &1, &"endnode", none, none, none).one().await.unwrap() > 0);
    servers::list_status().bind(&client).all().await.unwrap();
    let options = PickOptions::near(Coordinates::new(1.0, 1.0).unwrap()).limit(10);
    barqnet_db::servers::pick(&client, &options, &PickPolicy::default()).await.unwrap();

    let entry = audit::append().bind(&client, &"TEST", &Some("ada"), none, &None, &"node-1").one().await.unwrap();
    let recent = audit::recent().bind(&client, &i64::MAX, &100).all().await.unwrap();
    assert!(recent[0].id == entry && recent.len() > 3);
    otp::status().bind(&client, &"nobody").all().await.unwrap();
    // Statistics of users who don't exist can't move to the archive, whose constraint holds for every row.
    let orphans = "SELECT COUNT(*)::TEXT FROM vpn_statistics WHERE username = 'nobody'";
    let database = pool.get().await.unwrap();
    let before = one_text(database.unguarded(), orphans).await;
    let report = maintenance::run_all(pool, &maintenance::MaintenancePolicy::default()).await;
    assert_eq!(report.failed().count(), 0, "{report:#?}");
    assert_eq!(one_text(database.unguarded(), orphans).await, before);
}

#[tokio::test]
async fn database_a_is_converted() {
    is_converted(&A).await;
}

#[tokio::test]
async fn database_a_with_002_is_converted() {
    let not_valid = with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked"]);
    let files = &["a", "a_rows", "002", "002_rows"];
    is_converted(&Fixture { files, versions: &[PHONE], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_with_the_applicable_part_of_003_is_converted() {
    let not_valid = with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked"]);
    let files = &["a", "a_rows", "002", "002_rows", "~003"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_changed_by_hand_to_accept_003_is_converted() {
    let not_valid =
        with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked", "fk_vpn_statistics_connection_id"]);
    let files = &["a", "a_rows", "002", "002_rows", "a_003", "003", "003_rows"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_with_the_applicable_parts_of_003_and_004_is_converted() {
    let not_valid = with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked"]);
    let files = &["a", "a_rows", "002", "002_rows", "~003", "~004"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS, LOCATIONS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_a_changed_by_hand_to_accept_003_and_004_is_converted() {
    let not_valid =
        with(NOT_VALID_OF_A, &["chk_otp_attempt_type", "chk_otp_code_masked", "fk_vpn_statistics_connection_id"]);
    let files = &["a", "a_rows", "002", "002_rows", "a_003", "003", "003_rows", "a_004", "004", "004_rows"];
    is_converted(&Fixture { files, versions: &[PHONE, STATISTICS, LOCATIONS], kept: KEPT_OF_A, not_valid }).await;
}

#[tokio::test]
async fn database_b_is_converted() {
    let versions = &[(1, "initial_schema")];
    is_converted(&Fixture { files: &["b", "b_rows"], versions, kept: KEPT_OF_B, not_valid: &[] }).await;
}

#[tokio::test]
async fn database_b_with_002_is_converted() {
    let versions = &[(1, "initial_schema"), PHONE];
    let not_valid = &["chk_otp_attempt_type", "chk_otp_code_masked"];
    is_converted(&Fixture { files: &["b", "b_rows", "002", "002_rows"], versions, kept: KEPT_OF_B, not_valid }).await;
}

#[tokio::test]
async fn database_b_with_002_and_003_is_converted() {
    let versions = &[(1, "initial_schema"), PHONE, STATISTICS];
    let not_valid = &["chk_otp_attempt_type", "chk_otp_code_masked"];
    let files = &["b", "b_rows", "002", "002_rows", "003", "003_rows"];
    is_converted(&Fixture { files, versions, kept: KEPT_OF_B, not_valid }).await;
}

#[tokio::test]
async fn database_b_with_002_to_004_is_converted() {
    is_converted(&B_002_TO_004).await;
}

#[tokio::test]
async fn a_database_b_in_another_reading_of_its_description_is_converted() {
    let kept = with(KEPT_OF_B, &["column servers.region", "table devices"]);
    let not_valid = &["fk_servers_location_id", "user_sessions_user_id_fkey"];
    is_converted(&Fixture { files: &["b_otherwise"], versions: &[(1, "initial_schema"), PHONE], kept, not_valid })
        .await;
}

#[tokio::test]
async fn databases_without_a_row_are_converted_with_every_constraint_valid() {
    for files in [
        &["a"][..],
        &["a", "002", "~003", "~004"],
        &["a", "002", "a_003", "003", "a_004", "004"],
        &["b"],
        &["b", "002", "003", "004"],
    ] {
        // What is done by hand works on rows that aren't there.
        let kept = if files[0] == "a" { KEPT_OF_A } else { KEPT_OF_B };
        let database = build(&Fixture { files, versions: &[], kept, not_valid: &[] }, None).await;
        migrate(&database.settings(), &embedded::migrations()).await.unwrap();
        assert_eq!(not_valid(&database.client().await).await, Vec::<String>::new(), "{files:?}");
        let report = report(&database.settings()).await.unwrap();
        assert!(report.exceptions.is_empty(), "{files:?}: {report:#?}");
    }
}
