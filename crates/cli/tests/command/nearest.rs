//! `nearest`.

use barqnet_db_testing::TestDatabase;

use crate::program::{migrated_database, on, program, rows, run, socket};

#[tokio::test]
async fn the_nearest_location_comes_first_with_its_distance() {
    let database = migrated_database().await;
    let finished = run(&mut on(&database, ["nearest", "48.2082", "16.3738", "--limit", "3"])).ended_with(0);
    let found = rows(&finished.stdout);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0][..3], ["1", "Frankfurt", "Germany"]);
    let distance: f64 = found[0][3].strip_suffix(" km").unwrap().parse().unwrap();
    assert!((590.0..610.0).contains(&distance), "{distance}");
}

#[tokio::test]
async fn negative_degrees_and_one_dash_flags_go_together() {
    let database = migrated_database().await;
    let (host, name) = (socket(&database), database.name());
    for arguments in [
        vec!["nearest", "-33.8", "151.2", "-host", &host, "-dbname", name],
        vec!["-host", &host, "-dbname", name, "nearest", "-33.8", "151.2"],
        vec!["nearest", "-host", &host, "-dbname", name, "--", "-33.8", "151.2"],
    ] {
        let finished = run(&mut program(arguments)).ended_with(0);
        assert_eq!(rows(&finished.stdout)[0][..3], ["1", "Sydney", "Australia"]);
    }
    let finished = run(&mut on(&database, ["nearest", "-23.5", "-46.6"])).ended_with(0);
    assert_eq!(rows(&finished.stdout)[0][..3], ["1", "São Paulo", "Brazil"]);
    assert_eq!(rows(&finished.stdout).len(), 5);
}

#[tokio::test]
async fn a_database_without_the_schema_says_what_to_do() {
    let database = TestDatabase::empty().await;
    run(&mut on(&database, ["nearest", "0", "0"])).failed_with(1, "run `barqnet-db migrate`");
}
