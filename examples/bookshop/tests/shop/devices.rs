//! Branches and devices: networks, hardware addresses, bits, points, times, date ranges and JSON without a type.

use barqnet_db_client::types::{Bits, MacAddress, MacAddress8, Point, Range, cidr, serde_json::json};
use bookshop::generated::branches;
use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::shop::Shop;

const MAC: MacAddress = MacAddress([8, 0, 0x2b, 1, 2, 0xff]);

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
}

async fn with_branch() -> Shop {
    let shop = Shop::open().await;
    let network: cidr::IpCidr = "2001:db8::/32".parse().unwrap();
    let holidays = [Range::from(day(24)..day(27)), Range::Empty];
    let position = Point { x: 52.5, y: -0.25 };
    let (opens, closes) = (NaiveTime::MIN, NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap());
    branches::add_branch()
        .bind(
            &shop.client,
            &1,
            &"Centre",
            &network,
            &position,
            &b'A'.cast_signed(),
            &opens,
            &closes,
            &holidays.as_slice(),
        )
        .await
        .unwrap();
    shop
}

async fn add_device(shop: &Shop, address: &str, settings: Option<barqnet_db_client::types::serde_json::Value>) {
    branches::add_device()
        .bind(
            &shop.client,
            &MAC,
            &MacAddress8([1, 2, 3, 4, 5, 6, 7, 8]),
            &1,
            &address.parse().unwrap(),
            &Bits(vec![true, false, true, true]),
            &Bits((0..13).map(|bit| bit % 3 == 0).collect()),
            &day(1).and_time(NaiveTime::MIN),
            &f64::NEG_INFINITY,
            &Some(u32::MAX),
            &settings,
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn a_branch_returns_as_it_was_written() {
    let shop = with_branch().await;
    let branch = branches::branch().bind(&shop.client, &1).one().await.unwrap();
    assert_eq!((branch.network.to_string().as_str(), branch.position), ("2001:db8::/32", Point { x: 52.5, y: -0.25 }));
    assert_eq!((branch.size_class, branch.opens), (b'A'.cast_signed(), NaiveTime::MIN));
    assert_eq!(branch.closes + TimeDelta::microseconds(1), NaiveTime::MIN);
    assert_eq!(branch.holidays, [Range::from(day(24)..day(27)), Range::Empty]);
}

#[tokio::test]
async fn a_device_returns_as_it_was_written() {
    let shop = with_branch().await;
    add_device(&shop, "2001:db8::7/64", Some(json!({ "volume": [1, null] }))).await;
    let device = branches::device().bind(&shop.client, &MAC).one().await.unwrap();
    assert_eq!(
        (device.mac.to_string().as_str(), device.long_mac.to_string().as_str()),
        ("08:00:2b:01:02:ff", "01:02:03:04:05:06:07:08")
    );
    assert_eq!((device.address.to_string().as_str(), device.address.network_length()), ("2001:db8::7/64", 64));
    assert_eq!(
        (device.abilities.to_string().as_str(), device.switched.to_string().as_str()),
        ("1011", "1001001001001")
    );
    assert_eq!((device.clock, device.firmware_oid), (day(1).and_time(NaiveTime::MIN), Some(u32::MAX)));
    assert!(device.drift == f64::NEG_INFINITY);
    assert_eq!(device.settings, Some(json!({ "volume": [1, null] })));
}

#[tokio::test]
async fn a_device_outside_the_network_of_its_branch_is_found() {
    let shop = with_branch().await;
    add_device(&shop, "2001:db8::7", None).await;
    assert_eq!(branches::strays().bind(&shop.client).all().await.unwrap(), []);
    shop.sql("UPDATE devices SET address = '192.0.2.0/24'").await;
    assert_eq!(branches::strays().bind(&shop.client).all().await.unwrap(), [MAC]);
}

#[tokio::test]
async fn promotions_are_found_by_the_time_at_which_they_run() {
    let shop = Shop::open().await;
    let at = |text: &str| -> chrono::DateTime<chrono::Utc> { text.parse().unwrap() };
    let december = Range::from(at("2026-12-01T00:00:00Z")..at("2027-01-01T00:00:00Z"));
    let later = Range::from(at("2027-06-01T00:00:00Z")..);
    let prices = Range::from("9.99".parse().unwrap()..);
    let half = "0.5".parse().unwrap();
    branches::add_promotion().bind(&shop.client, &"Winter", &december, &prices, &half).one().await.unwrap();
    branches::add_promotion().bind(&shop.client, &"Later", &later, &Range::Empty, &half).one().await.unwrap();
    let error =
        branches::add_promotion().bind(&shop.client, &"Too", &december, &prices, &half).one().await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "23P01", "{error}");

    let during = |range: Range<chrono::DateTime<chrono::Utc>>| {
        let client = &shop.client;
        async move { branches::promotions_during().bind(client, &range).all().await }
    };
    let [winter] =
        during(Range::from(at("2026-12-24T00:00:00Z")..=at("2026-12-24T00:00:00Z"))).await.unwrap().try_into().unwrap();
    assert_eq!((winter.name.as_str(), winter.during, winter.prices), ("Winter", december, prices));
    let [later_one] = during(Range::from(at("2028-01-01T00:00:00Z")..)).await.unwrap().try_into().unwrap();
    assert_eq!((later_one.during, later_one.prices), (later, Range::Empty));
    assert!(during(Range::Empty).await.unwrap().is_empty());

    // Multiranges came with PostgreSQL 14.
    if shop.major().await >= 14 {
        let times = branches::promoted_times().bind(&shop.client).one().await.unwrap().unwrap();
        assert_eq!(times.0, [december, later]);
    }
}
