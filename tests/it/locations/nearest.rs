//! The index gives exactly what the formula gives; where the index can't exist, the formula is used without it.

use barqnet_db::{
    Coordinates,
    doctor::{Finding, Severity, examine},
    embedded, locations,
    migrate::{MigrateOptions, migrate, rollback},
    pool::Settings,
    tokio_postgres::Client,
};
use barqnet_db_testing::TestDatabase;

use crate::common::{Numbers, execute_sql, migrated_database, scalar};

/// An answer: the places by id, each with its distance, digit by digit.
type Answer = Vec<(i32, f64)>;

/// What the formula alone says, from the same table.
const FORMULA: &str = "
    SELECT l.location_id, d.km
    FROM server_locations l
    CROSS JOIN LATERAL (
        SELECT 2 * 6371.0088 * ASIN(SQRT(LEAST(1.0,
            POWER(SIN(RADIANS(l.latitude::FLOAT8 - $1) / 2), 2)
            + COS(RADIANS($1)) * COS(RADIANS(l.latitude::FLOAT8)) * POWER(SIN(RADIANS(l.longitude::FLOAT8 - $2) / 2), 2)
        ))) AS km
    ) d
    WHERE l.enabled IS NOT FALSE AND l.latitude BETWEEN -90 AND 90 AND l.longitude BETWEEN -180 AND 180
    ORDER BY d.km, l.display_order, l.location_id
    LIMIT $3::BIGINT";

async fn answer(client: &Client, query: &str, (latitude, longitude): (f64, f64), limit: i64) -> Answer {
    let rows = client.query(query, &[&latitude, &longitude, &limit]).await.expect("an answer");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn assert_exact(client: &Client, from: (f64, f64), limit: i64) {
    let function = "SELECT location_id, distance_km FROM get_nearest_location($1, $2, $3::BIGINT::INTEGER)";
    let (found, expected) = (answer(client, function, from, limit).await, answer(client, FORMULA, from, limit).await);
    assert_eq!(found, expected, "{limit} from {from:?}");
}

/// Whether the server has what the index needs.
async fn has_cube(database: &TestDatabase) -> bool {
    scalar(database, "SELECT COUNT(*) FROM pg_available_extensions WHERE name = 'cube'").await > 0
}

async fn is_indexed(database: &TestDatabase) -> bool {
    scalar(database, "SELECT nearest_location_is_indexed()::INTEGER::BIGINT").await == 1
}

/// Places that invite mistakes: poles, the antimeridian, the equator, neighbours of a centimetre, antipodes, twins,
/// among some that count for nothing.
async fn awkward_places(client: &Client, numbers: &mut Numbers) -> Vec<(f64, f64)> {
    let mut places = vec![
        (90.0, 0.0),
        (90.0, 123.0),
        (-90.0, 0.0),
        (-90.0, -180.0),
        (0.0, 180.0),
        (0.0, -180.0),
        (0.0, 0.0),
        (89.999_999_99, 45.0),
        (-89.999_999_99, -135.0),
        (0.0, 179.999_999_99),
        (0.0, -179.999_999_99),
    ];
    for _ in 0..60 {
        let round = |degrees: f64| (degrees * 1e8).round() / 1e8;
        let (latitude, longitude) = (round(numbers.between(-90.0, 90.0)), round(numbers.between(-180.0, 180.0)));
        let opposite = if longitude > 0.0 { longitude - 180.0 } else { longitude + 180.0 };
        places.push((latitude, longitude));
        places.push((-latitude, round(opposite)));
        // A millimetre or so, and nothing at all.
        places.push((round((latitude + 1e-8).min(90.0)), longitude));
        places.extend([(latitude, longitude); 3]);
        // On a grid, where many are equally far.
        places.push((latitude.round(), longitude.round()));
        places.push((latitude.round(), -longitude.round()));
    }
    for (number, (latitude, longitude)) in places.iter().enumerate() {
        let statement = "INSERT INTO server_locations (name, country, city, country_code, latitude, longitude, display_order, enabled)
                         VALUES ($1, 'Nowhere', $1, 'NW', $2::FLOAT8::NUMERIC, $3::FLOAT8::NUMERIC, $4, $5)";
        let order = (numbers.below(5) > 0).then(|| numbers.below(4));
        let enabled =
            [Some(true), Some(true), Some(true), None, Some(false)][usize::try_from(numbers.below(5)).unwrap()];
        client.execute(statement, &[&format!("place {number}"), latitude, longitude, &order, &enabled]).await.unwrap();
    }
    let unknown = "INSERT INTO server_locations (name, country, city, country_code, latitude, longitude)
                   VALUES ('u1', 'U', 'u1', 'UU', NULL, NULL), ('u2', 'U', 'u2', 'UU', 1, NULL), ('u3', 'U', 'u3', 'UU', NULL, 1)";
    client.execute(unknown, &[]).await.unwrap();
    places
}

async fn compare(client: &Client, places: &[(f64, f64)], numbers: &mut Numbers) {
    for (number, &place) in places.iter().enumerate() {
        // One, so few that twins are cut apart, and a few.
        assert_exact(client, place, [1, 2, 4, 7][number % 4]).await;
    }
    for _ in 0..200 {
        let from = (numbers.between(-90.0, 90.0), numbers.between(-180.0, 180.0));
        assert_exact(client, from, 1 + i64::from(numbers.below(12))).await;
    }
    for limit in [0, 1, 100, 999, 1000, 1001, i64::from(i32::MAX)] {
        assert_exact(client, (0.0, 180.0), limit).await;
    }
}

#[tokio::test]
async fn distances_agree_with_the_formula_with_and_without_the_index() {
    let database = migrated_database().await;
    let client = database.client().await;
    let mut numbers = Numbers::new(11);
    let places = awkward_places(&client, &mut numbers).await;
    assert_eq!(is_indexed(&database).await, has_cube(&database).await);
    // The planner would read so small a table; the index must be right, too.
    client.batch_execute("ANALYZE server_locations; SET enable_seqscan = off; SET enable_sort = on").await.unwrap();
    compare(&client, &places, &mut numbers).await;
    client.batch_execute("RESET ALL").await.unwrap();
    compare(&client, &places, &mut numbers).await;
    execute_sql(&database, "DROP INDEX IF EXISTS idx_locations_point").await;
    assert!(!is_indexed(&database).await);
    compare(&client, &places, &mut numbers).await;
}

#[tokio::test]
async fn the_index_serves_the_search_and_follows_every_change() {
    let database = migrated_database().await;
    if !has_cube(&database).await {
        return;
    }
    let client = database.client().await;
    execute_sql(
        &database,
        "INSERT INTO server_locations (name, country, city, country_code, latitude, longitude)
         SELECT 'p' || n, 'p' || n, 'p', 'PP', (n * 7919 % 1800) / 10.0 - 90, (n * 104729 % 3600) / 10.0 - 180
         FROM GENERATE_SERIES(1, 3000) n",
    )
    .await;
    execute_sql(&database, "ANALYZE server_locations").await;
    let scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'idx_locations_point'";
    let before = scalar(&database, scans).await;
    for number in 0..20 {
        assert_exact(&client, (f64::from(number), f64::from(-number)), 5).await;
    }
    drop(client);
    while scalar(&database, scans).await < before + 20 {
        tokio::task::yield_now().await;
    }

    let client = database.client().await;
    for change in [
        "UPDATE server_locations SET enabled = FALSE WHERE location_id % 3 = 0",
        "UPDATE server_locations SET latitude = -latitude WHERE location_id % 3 = 1",
        "UPDATE server_locations SET latitude = NULL WHERE location_id % 7 = 1",
        "DELETE FROM server_locations WHERE location_id % 3 = 2",
        "UPDATE server_locations SET enabled = TRUE",
        "REINDEX INDEX idx_locations_point",
    ] {
        execute_sql(&database, change).await;
        for number in 0..20 {
            assert_exact(&client, (f64::from(number), f64::from(-number)), 5).await;
        }
    }
}

async fn findings(settings: &Settings) -> Vec<Finding> {
    examine(settings, &embedded::migrations()).await.unwrap()
}

/// What the doctor says of the nearest locations, with its advice, and of drift.
async fn diagnosis(settings: &Settings) -> (Severity, String, String) {
    let findings = findings(settings).await;
    let no_drift = findings.iter().any(|finding| finding.what == "the schema matches the migrations");
    assert!(no_drift, "{findings:#?}");
    let about: Vec<_> = findings.iter().filter(|it| it.what.contains("the nearest locations")).collect();
    assert_eq!(about.len(), 1, "{findings:#?}");
    (about[0].severity, about[0].what.clone(), about[0].advice.clone().unwrap_or_default())
}

#[tokio::test]
async fn without_the_extension_distances_are_exact_and_the_index_can_be_added_later() {
    let database = migrated_database().await;
    if !has_cube(&database).await {
        return;
    }
    let client = database.client().await;
    assert_eq!(diagnosis(&database.settings()).await.1, "an index finds the nearest locations");
    assert_exact(&client, (50.0, 8.0), 3).await;
    // What goes with the extension needs no CASCADE; a session that has used it goes on.
    execute_sql(&database, "DROP EXTENSION cube").await;
    assert!(!is_indexed(&database).await);
    assert_exact(&client, (50.0, 8.0), 3).await;
    let (severity, what, advice) = diagnosis(&database.settings()).await;
    assert!(severity == Severity::Note && what.contains("without an index"), "{what}");
    assert!(advice.starts_with("as a role that may create it, CREATE EXTENSION cube; then, "), "{advice}");

    execute_sql(&database, "CREATE EXTENSION cube").await;
    let (_, _, advice) = diagnosis(&database.settings()).await;
    assert_eq!(advice, "as the owner of the tables, SELECT index_nearest_location()");
    assert_eq!(scalar(&database, "SELECT index_nearest_location()::INTEGER::BIGINT").await, 1);
    assert_eq!(diagnosis(&database.settings()).await.0, Severity::Ok);
    assert_exact(&client, (50.0, 8.0), 3).await;
}

#[tokio::test]
async fn an_extension_that_was_moved_is_a_problem_that_its_advice_solves() {
    let database = migrated_database().await;
    if !has_cube(&database).await {
        return;
    }
    database
        .client()
        .await
        .batch_execute("CREATE SCHEMA elsewhere; ALTER EXTENSION cube SET SCHEMA elsewhere")
        .await
        .unwrap();
    let (severity, _, advice) = diagnosis(&database.settings()).await;
    assert_eq!(
        (severity, advice.as_str()),
        (Severity::Problem, "as the owner of the tables, SELECT index_nearest_location()")
    );
    // A schema that some roles may not use is not used for any role.
    assert_eq!(scalar(&database, "SELECT index_nearest_location()::INTEGER::BIGINT").await, 0);
    assert!(!is_indexed(&database).await);
    assert_exact(&database.client().await, (50.0, 8.0), 3).await;
    let (severity, _, advice) = diagnosis(&database.settings()).await;
    assert_eq!(severity, Severity::Note);
    let grant = advice.strip_suffix("; then, as the owner of the tables, SELECT index_nearest_location()").unwrap();
    execute_sql(&database, grant).await;
    assert_eq!(scalar(&database, "SELECT index_nearest_location()::INTEGER::BIGINT").await, 1);
    assert_eq!(diagnosis(&database.settings()).await.0, Severity::Ok);
    assert_exact(&database.client().await, (50.0, 8.0), 3).await;
}

#[tokio::test]
async fn a_role_that_may_not_create_extensions_can_migrate_and_gets_advice() {
    let database = TestDatabase::empty().await;
    let role = format!("{}_owner", database.name());
    let setup = format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role};
         REVOKE CREATE ON DATABASE {} FROM PUBLIC",
        database.name()
    );
    database.client().await.batch_execute(&setup).await.unwrap();
    let (settings, embedded) = (database.settings().user(&role), embedded::migrations());
    migrate(&settings, &embedded).await.unwrap();
    assert!(!is_indexed(&database).await);
    assert_exact(&settings.connect_client().await.unwrap().0, (50.0, 8.0), 3).await;
    assert_eq!(diagnosis(&settings).await.0, Severity::Note);

    if has_cube(&database).await {
        // A superuser does it; what is created belongs to the owner, who can still migrate and roll back.
        execute_sql(&database, "CREATE EXTENSION cube").await;
        assert_eq!(scalar(&database, "SELECT index_nearest_location()::INTEGER::BIGINT").await, 1);
        assert_eq!(diagnosis(&settings).await.0, Severity::Ok);
        assert_exact(&settings.connect_client().await.unwrap().0, (50.0, 8.0), 3).await;
        rollback(&settings, &embedded, 13, &MigrateOptions::default()).await.unwrap();
        let extensions = "SELECT COUNT(*) FROM pg_extension WHERE extname = 'cube'";
        assert_eq!(scalar(&database, extensions).await, 1, "it is somebody else's");
        migrate(&settings, &embedded).await.unwrap();
        assert!(is_indexed(&database).await);
    }
    let drop = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    database.client().await.batch_execute(&drop).await.unwrap();
}

#[tokio::test]
async fn without_contrib_distances_are_computed_and_the_advice_says_what_to_install() {
    let database = TestDatabase::empty().await;
    // As such a server would answer: this view stands before its own.
    let without = format!(
        "CREATE SCHEMA bare;
         CREATE VIEW bare.pg_available_extensions AS SELECT * FROM pg_catalog.pg_available_extensions WHERE name <> 'cube';
         ALTER DATABASE {} SET search_path = public, bare, pg_catalog",
        database.name()
    );
    database.client().await.batch_execute(&without).await.unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert!(!is_indexed(&database).await);
    assert_exact(&database.client().await, (50.0, 8.0), 3).await;
    let (severity, _, advice) = diagnosis(&database.settings()).await;
    assert_eq!(severity, Severity::Note);
    assert!(
        advice.starts_with("install PostgreSQL's contrib modules on the server and, as a role that may create it, "),
        "{advice}"
    );
}

#[tokio::test]
async fn an_extension_in_another_schema_is_used_there_with_any_search_path() {
    let database = TestDatabase::empty().await;
    if !has_cube(&database).await {
        return;
    }
    let client = database.client().await;
    let elsewhere = "CREATE SCHEMA \"Extra Things\"; CREATE EXTENSION cube SCHEMA \"Extra Things\"; GRANT USAGE ON SCHEMA \"Extra Things\" TO PUBLIC";
    client.batch_execute(elsewhere).await.unwrap();
    migrate(&database.settings(), &embedded::migrations()).await.unwrap();
    assert!(is_indexed(&database).await);
    assert_exact(&client, (50.0, 8.0), 3).await;
    let point = Coordinates::new(50.0, 8.0).unwrap();
    let pool = database.pool().await;
    assert_eq!(locations::nearest(&pool.get().await.unwrap(), point, 1).await.unwrap()[0].name, "Frankfurt");
    rollback(&database.settings(), &embedded::migrations(), 0, &MigrateOptions::default()).await.unwrap();
    assert_eq!(scalar(&database, "SELECT COUNT(*) FROM pg_extension WHERE extname = 'cube'").await, 1);
}
