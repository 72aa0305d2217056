//! Distances on the globe, the order in which places are offered, and what goes on at each.

use barqnet_db::{
    Coordinates,
    client::GenericClient,
    locations::{InvalidCoordinates, nearest},
    queries::{
        locations::{self, UpsertParams},
        servers, users,
    },
    tokio_postgres::error::SqlState,
};

use crate::common::{
    Numbers, close, connection, execute_sql, migrated_database, scalar, server, set_live_connections, user,
};

/// Half of the circumference of a sphere with the Earth's mean radius.
const HALF_AROUND_KM: f64 = std::f64::consts::PI * 6371.0088;

/// A place with as few facts as there may be.
async fn place(client: &impl GenericClient, city: &str, latitude: f64, longitude: f64) -> i32 {
    ordered_place(client, city, latitude, longitude, 100).await
}

async fn ordered_place(client: &impl GenericClient, city: &str, latitude: f64, longitude: f64, order: i32) -> i32 {
    let new = UpsertParams {
        country: "Nowhere",
        city,
        name: city,
        region: None::<&str>,
        country_code: "NW",
        latitude,
        longitude,
        timezone: None::<&str>,
        data_center: None::<&str>,
        flag_emoji: None::<&str>,
        display_order: order,
    };
    locations::upsert().params(client, &new).one().await.expect("a new place")
}

fn point(latitude: f64, longitude: f64) -> Coordinates {
    Coordinates::new(latitude, longitude).expect("on the globe")
}

/// The distance by another formula than the database's: Vincenty's for a sphere, exact near and far.
fn great_circle_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat1, lat2) = (from.0.to_radians(), to.0.to_radians());
    let turn = (to.1 - from.1).to_radians();
    let across = lat2.cos() * turn.sin();
    let along = lat1.cos() * lat2.sin() - lat1.sin() * lat2.cos() * turn.cos();
    let inward = lat1.sin() * lat2.sin() + lat1.cos() * lat2.cos() * turn.cos();
    6371.0088 * across.hypot(along).atan2(inward)
}

#[tokio::test]
async fn a_user_at_a_location_gets_it_first_at_distance_zero() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let all = locations::list().bind(&client, &Some(true)).all().await.unwrap();
    assert_eq!(all.len(), 15);
    for location in all {
        let near = nearest(&client, point(location.latitude.unwrap(), location.longitude.unwrap()), 1).await.unwrap();
        assert_eq!(near[0].name, location.name);
        assert!(near[0].distance_km.abs() < 1e-9, "{} is {} km from itself", location.name, near[0].distance_km);
    }
}

#[tokio::test]
async fn nearest_comes_first_and_farther_later() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    // Brussels.
    let near = nearest(&client, point(50.8503, 4.3517), 4).await.unwrap();
    let names: Vec<&str> = near.iter().map(|location| location.name.as_str()).collect();
    assert_eq!(names, ["Amsterdam", "Paris", "Frankfurt", "London"]);
    assert!(near.is_sorted_by(|one, next| one.distance_km <= next.distance_km));
    assert_eq!(
        (near[0].country.as_str(), near[0].city.as_str(), near[0].country_code.as_str()),
        ("Netherlands", "Amsterdam", "NL")
    );
}

#[tokio::test]
async fn the_antipode_is_half_the_way_around_and_the_poles_lie_at_every_longitude() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    execute_sql(&database, "UPDATE server_locations SET enabled = FALSE").await;
    place(&client, "Origin", 0.0, 0.0).await;
    let far = nearest(&client, point(0.0, 180.0), 1).await.unwrap();
    assert!((far[0].distance_km - HALF_AROUND_KM).abs() < 1e-6, "{}", far[0].distance_km);
    assert!((far[0].distance_km - 20_015.1).abs() < 0.05, "{}", far[0].distance_km);

    execute_sql(&database, "UPDATE server_locations SET enabled = FALSE").await;
    place(&client, "North Pole", 90.0, 0.0).await;
    for longitude in [-180.0, -90.0, 0.0, 33.3, 180.0] {
        let at_the_pole = nearest(&client, point(90.0, longitude), 1).await.unwrap();
        assert!(at_the_pole[0].distance_km.abs() < 1e-6, "{longitude}: {}", at_the_pole[0].distance_km);
        let at_the_other = nearest(&client, point(-90.0, longitude), 1).await.unwrap();
        assert!(
            (at_the_other[0].distance_km - HALF_AROUND_KM).abs() < 1e-6,
            "{longitude}: {}",
            at_the_other[0].distance_km
        );
    }
}

#[tokio::test]
async fn places_on_both_sides_of_the_antimeridian_are_neighbours() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    place(&client, "West of it", 0.0, 179.9).await;
    place(&client, "East of it", 0.0, -179.9).await;
    let near = nearest(&client, point(0.0, 179.9), 2).await.unwrap();
    assert_eq!((near[0].name.as_str(), near[1].name.as_str()), ("West of it", "East of it"));
    // A fifth of a degree of the equator.
    assert!((near[1].distance_km - 22.24).abs() < 0.005, "{}", near[1].distance_km);
}

#[tokio::test]
async fn distances_to_the_same_point_and_to_the_antipode_are_computed() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    execute_sql(&database, "DELETE FROM server_locations").await;
    let id = place(&client, "Here", 0.0, 0.0).await;
    let driver = database.client().await;
    let mut numbers = Numbers::new(1);
    for _ in 0..3000 {
        // As many digits as the columns keep: the point and the location are the same number.
        let latitude = (numbers.between(-90.0, 90.0) * 1e8).round() / 1e8;
        let longitude = (numbers.between(-180.0, 180.0) * 1e8).round() / 1e8;
        let moved = "UPDATE server_locations SET latitude = $1::FLOAT8::NUMERIC, longitude = $2::FLOAT8::NUMERIC WHERE location_id = $3";
        driver.execute(moved, &[&latitude, &longitude, &id]).await.unwrap();
        let here = nearest(&client, point(latitude, longitude), 1).await.unwrap();
        assert!(here[0].distance_km < 1e-3, "{latitude} {longitude}: {}", here[0].distance_km);
        let opposite = if longitude > 0.0 { longitude - 180.0 } else { longitude + 180.0 };
        let there = nearest(&client, point(-latitude, opposite), 1).await.unwrap();
        assert!(
            (there[0].distance_km - HALF_AROUND_KM).abs() < 1e-3,
            "{latitude} {longitude}: {}",
            there[0].distance_km
        );
    }
}

#[tokio::test]
async fn distances_agree_with_another_formula() {
    let database = migrated_database().await;
    let client = database.client().await;
    let mut numbers = Numbers::new(2);
    let pairs: Vec<[f64; 4]> = (0..2000)
        .map(|_| {
            let mut random = |limit: f64| numbers.between(-limit, limit);
            [random(90.0), random(180.0), random(90.0), random(180.0)]
        })
        .collect();
    let column = |index: usize| pairs.iter().map(|pair| pair[index]).collect::<Vec<f64>>();
    let rows = client
        .query(
            "SELECT HAVERSINE_KM(p.a, p.b, p.c, p.d)
             FROM UNNEST($1::FLOAT8[], $2::FLOAT8[], $3::FLOAT8[], $4::FLOAT8[]) WITH ORDINALITY AS p (a, b, c, d, position)
             ORDER BY p.position",
            &[&column(0), &column(1), &column(2), &column(3)],
        )
        .await
        .unwrap();
    assert_eq!(rows.len(), pairs.len());
    for ([a, b, c, d], row) in pairs.iter().zip(&rows) {
        let (expected, found) = (great_circle_km((*a, *b), (*c, *d)), row.get::<_, f64>(0));
        assert!((found - expected).abs() <= expected * 1e-6, "from {a} {b} to {c} {d}: {found}, not {expected}");
    }
}

#[tokio::test]
async fn a_point_off_the_globe_is_refused_with_a_hint() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (latitude, longitude) in
        [(91.0, 0.0), (-90.1, 0.0), (f64::NAN, 0.0), (f64::INFINITY, 0.0), (0.0, 180.1), (0.0, f64::NAN), (0.0, -200.0)]
    {
        assert!(Coordinates::new(latitude, longitude).is_err());
        // The statement refuses by itself too.
        let error = locations::nearest().bind(&client, &latitude, &longitude, &1).all().await.unwrap_err();
        assert_eq!(error.sqlstate().map(SqlState::code), Some("22003"), "{latitude} {longitude}: {error}");
        assert_eq!(error.statement(), "locations.nearest");
        assert!(error.to_string().contains("hint: Pass degrees"), "{error}");
    }
    assert_eq!(Coordinates::new(91.0, 0.0), Err(InvalidCoordinates::Latitude(91.0)));

    // The typed function can't pass NULL; a direct call of the SQL function gets an error.
    let driver = database.client().await;
    for arguments in ["NULL, 0", "0, NULL"] {
        let statement = format!("SELECT * FROM get_nearest_location({arguments}, 1)");
        let error = driver.query(&statement, &[]).await.unwrap_err();
        let error = error.as_db_error().expect("an answer");
        assert_eq!((error.code().code(), error.hint().is_some()), ("22003", true), "{error}");
    }
}

#[tokio::test]
async fn at_most_the_limit_is_returned() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    for (limit, expected) in [(0, 0), (1, 1), (15, 15), (u32::MAX, 15)] {
        assert_eq!(nearest(&client, point(0.0, 0.0), limit).await.unwrap().len(), expected, "limit {limit}");
    }
    for limit in [-1, i32::MIN] {
        assert_eq!(locations::nearest().bind(&client, &0.0, &0.0, &limit).all().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_disabled_location_is_not_offered() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let paris = point(48.8566, 2.3522);
    let id = nearest(&client, paris, 1).await.unwrap()[0].location_id;
    assert_eq!(locations::set_enabled().bind(&client, &false, &id).await.unwrap(), 1);
    assert_eq!(locations::set_enabled().bind(&client, &false, &id).await.unwrap(), 0);
    assert!(nearest(&client, paris, 100).await.unwrap().iter().all(|location| location.location_id != id));
    assert!(
        locations::list()
            .bind(&client, &Some(true))
            .all()
            .await
            .unwrap()
            .iter()
            .all(|location| location.location_id != id)
    );
    assert!(locations::list_with_load().bind(&client).all().await.unwrap().iter().all(|load| load.location_id != id));
    let all = locations::list().bind(&client, &None).all().await.unwrap();
    assert_eq!(
        all.iter().filter(|location| !location.enabled).map(|location| location.location_id).collect::<Vec<_>>(),
        [id]
    );

    assert_eq!(locations::set_enabled().bind(&client, &true, &id).await.unwrap(), 1);
    assert_eq!(nearest(&client, paris, 1).await.unwrap()[0].location_id, id);
}

#[tokio::test]
async fn equal_distances_go_by_display_order_and_then_by_id() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let third = ordered_place(&client, "Third", 10.0, 10.0, 7).await;
    let fourth = ordered_place(&client, "Fourth", 10.0, 10.0, 7).await;
    let first = ordered_place(&client, "First", 10.0, 10.0, 5).await;
    let second = ordered_place(&client, "Second", 10.0, 10.0, 6).await;
    let near = nearest(&client, point(10.0, 10.0), 4).await.unwrap();
    let ids: Vec<i32> = near.iter().map(|location| location.location_id).collect();
    assert_eq!(ids, [first, second, third, fourth]);
}

#[tokio::test]
async fn flags_and_names_come_as_they_are_written() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let listed = locations::list().bind(&client, &Some(true)).all().await.unwrap();
    let brazil = listed.iter().find(|location| location.country == "Brazil").expect("it is there");
    assert_eq!((brazil.name.as_str(), brazil.city.as_str()), ("São Paulo", "São Paulo"));
    // Two code points, in a column of four: PostgreSQL would pad it with blanks.
    assert_eq!(brazil.flag_emoji.as_deref(), Some("🇧🇷"));
    assert_eq!(brazil.timezone.as_deref(), Some("America/Sao_Paulo"));

    let by_id = locations::by_id().bind(&client, &brazil.location_id).opt().await.unwrap().expect("it is there");
    assert_eq!((by_id.flag_emoji.as_deref(), by_id.country_code.as_str()), (Some("🇧🇷"), "BR"));
    assert!(locations::by_id().bind(&client, &-1).opt().await.unwrap().is_none());

    let loads = locations::list_with_load().bind(&client).all().await.unwrap();
    assert_eq!(loads.len(), 15);
    assert!(loads.iter().any(|load| load.flag_emoji.as_deref() == Some("🇧🇷")));

    server(&client, "gru-1").await;
    assert_eq!(servers::set_location().bind(&client, &Some(brazil.location_id), &"gru-1").await.unwrap(), 1);
    let placed = servers::with_locations().bind(&client).all().await.unwrap();
    assert_eq!(placed[0].flag_emoji.as_deref(), Some("🇧🇷"));
    assert_eq!(placed[0].location_name.as_deref(), Some("São Paulo"));
}

#[tokio::test]
async fn a_city_is_replaced_under_its_id_and_a_name_belongs_to_one_city() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = place(&client, "Vienna", 48.2, 16.4).await;
    assert_eq!(locations::set_enabled().bind(&client, &false, &id).await.unwrap(), 1);
    let better = UpsertParams {
        country: "Nowhere",
        city: "Vienna",
        name: "Wien",
        region: Some("Europe"),
        country_code: "AT",
        latitude: 48.2082,
        longitude: 16.3738,
        timezone: Some("Europe/Vienna"),
        data_center: Some("eu-central-vie"),
        flag_emoji: Some("🇦🇹"),
        display_order: 3,
    };
    assert_eq!(locations::upsert().params(&client, &better).one().await.unwrap(), id);
    let found = locations::by_id().bind(&client, &id).one().await.unwrap();
    assert_eq!((found.name.as_str(), found.country_code.as_str(), found.display_order), ("Wien", "AT", 3));
    assert_eq!((found.latitude, found.longitude), (Some(48.2082), Some(16.3738)));
    assert_eq!(found.flag_emoji.as_deref(), Some("🇦🇹"));
    assert!(!found.enabled, "an update must not open a location that was closed");

    let taken = UpsertParams { city: "Graz", ..better };
    let error = locations::upsert().params(&client, &taken).one().await.unwrap_err();
    assert_eq!((error.is_unique_violation(), error.constraint()), (true, Some("server_locations_name_key")));
}

#[tokio::test]
async fn the_load_of_a_location_counts_live_connections_of_its_enabled_servers_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = place(&client, "Vienna", 48.2, 16.4).await;
    for name in ["vie-1", "vie-2", "vie-3"] {
        server(&client, name).await;
        servers::set_location().bind(&client, &Some(id), &name).await.unwrap();
    }
    servers::set_enabled().bind(&client, &false, &"vie-3").await.unwrap();
    for (name, connections) in [("vie-1", 2), ("vie-2", 1), ("vie-3", 1)] {
        set_live_connections(&database, name, connections).await;
    }
    for (status, milliseconds) in [("degraded", 80), ("healthy", 40)] {
        let report = servers::report_health();
        report.bind(&client, &"vie-2", &status, &Some(milliseconds), &None::<&str>, &None).one().await.unwrap();
    }

    let loads = locations::list_with_load().bind(&client).all().await.unwrap();
    let vienna = loads.iter().find(|load| load.location_id == id).expect("it is enabled");
    assert_eq!((vienna.enabled_servers, vienna.active_connections), (2, 3));

    let there = locations::servers_at().bind(&client, &id).all().await.unwrap();
    let seen: Vec<_> = there
        .iter()
        .map(|server| (server.name.as_str(), server.enabled, server.active_connections, server.health.as_deref()))
        .collect();
    assert_eq!(seen, [("vie-1", true, 2, None), ("vie-2", true, 1, Some("healthy")), ("vie-3", false, 1, None)]);
    assert_eq!(there[1].response_time_ms, Some(40));
}

#[tokio::test]
async fn the_statistics_of_a_location_add_up_every_row_once() {
    let database = migrated_database().await;
    let pool = database.pool().await;
    let client = pool.get().await.unwrap();
    let id = place(&client, "Vienna", 48.2, 16.4).await;
    // Two servers; three users on each; each with two live connections, one closed one, and rows of statistics.
    for name in ["vie-1", "vie-2"] {
        server(&client, name).await;
        servers::set_location().bind(&client, &Some(id), &name).await.unwrap();
        for number in 0..3_u64 {
            let username = format!("{name}-user-{number}");
            user(&client, &username).await;
            users::assign_server().bind(&client, &name, &username.as_str()).await.unwrap();
            for _ in 0..2 {
                connection(&client, &username, name).await;
            }
            let closed = connection(&client, &username, name).await;
            close(&client, name, closed, Some((100 + number, 1000 + number))).await.expect("it was live");
        }
    }
    servers::set_enabled().bind(&client, &false, &"vie-2").await.unwrap();

    let all = locations::statistics().bind(&client).all().await.unwrap();
    assert_eq!(all.len(), 16);
    let vienna = all.iter().find(|statistics| statistics.location_id == id).expect("it is there");
    assert_eq!((vienna.total_servers, vienna.enabled_servers), (2, 1));
    assert_eq!((vienna.assigned_users, vienna.active_connections), (6, 12));
    assert_eq!((vienna.total_bytes_in, vienna.total_bytes_out), (2 * 303, 2 * 3003));
    for (found, query) in [
        (vienna.assigned_users, "SELECT COUNT(*) FROM users"),
        (vienna.active_connections, "SELECT COUNT(*) FROM vpn_connections WHERE disconnected_at IS NULL"),
        (vienna.total_bytes_in, "SELECT SUM(bytes_in)::BIGINT FROM vpn_statistics"),
        (vienna.total_bytes_out, "SELECT SUM(bytes_out)::BIGINT FROM vpn_statistics"),
    ] {
        assert_eq!(found, scalar(&database, query).await, "{query}");
    }
    assert!(
        all.iter().filter(|statistics| statistics.location_id != id).all(|statistics| statistics.total_servers == 0)
    );
}
