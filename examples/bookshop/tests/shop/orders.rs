//! Orders: types of two schemas, intervals, statements that write in two tables, functions and triggers.

use std::collections::BTreeMap;

use barqnet_db_client::types::{Interval, rust_decimal::Decimal, uuid::Uuid};
use bookshop::generated::{
    catalogue,
    orders::{self, OrderLine},
    partner, stock,
    types::{Address, Binding, OrderStatus, Wrapping, partner as partner_types},
};

use crate::shop::{ISBN, OTHER_ISBN, Shop};

const CUSTOMER: Uuid = Uuid::from_u128(9);
const PROMISE: Interval = Interval { months: 1, days: -2, microseconds: 3_600_000_000 };

async fn with_customer() -> Shop {
    let shop = Shop::with_books().await;
    let address =
        Address { street: Some("1 High Street".to_owned()), postcode: Some("AB1 2CD".to_owned()), country: None };
    let seen_at = Some("10.0.0.0/8".parse().unwrap());
    orders::add_customer().bind(&shop.client, &CUSTOMER, &"a@example.org", &Some(address), &seen_at).await.unwrap();
    stock::fill().bind(&shop.client, &1, &[ISBN, OTHER_ISBN].as_slice(), &[3, 1].as_slice()).await.unwrap_err();
    shop.sql(
        "INSERT INTO branches (id, name, network, position, opens, closes)
              SELECT n, 'Branch', '10.0.0.0/8', '(0, 0)', '09:00', '18:00' FROM GENERATE_SERIES(1, 2) AS n",
    )
    .await;
    for branch in [1, 2] {
        stock::fill().bind(&shop.client, &branch, &[ISBN, OTHER_ISBN].as_slice(), &[3, 1].as_slice()).await.unwrap();
    }
    shop
}

async fn place(shop: &Shop, copies: [i32; 2]) -> Result<i64, barqnet_db_client::Error> {
    let isbns = [ISBN, OTHER_ISBN].as_slice();
    orders::place().bind(&shop.client, &CUSTOMER, &Wrapping::Box, &PROMISE, &isbns, &copies.as_slice()).one().await
}

#[tokio::test]
async fn a_customer_has_an_address_with_a_domain_and_a_network() {
    let shop = with_customer().await;
    let customer = orders::customer().bind(&shop.client, &CUSTOMER).one().await.unwrap();
    let address = customer.address.unwrap();
    assert_eq!((address.postcode.as_deref(), address.country), (Some("AB1 2CD"), None));
    assert_eq!(customer.seen_at.unwrap().to_string(), "10.0.0.0/8");
}

#[tokio::test]
async fn orders_come_with_their_lines_and_their_buyer_in_one_statement() {
    let shop = with_customer().await;
    let first = place(&shop, [2, 1]).await.unwrap();
    let (no_isbns, no_copies): (&[&str], &[i32]) = (&[], &[]);
    let place_none = orders::place().bind(&shop.client, &CUSTOMER, &Wrapping::Bag, &PROMISE, &no_isbns, &no_copies);
    let empty = place_none.one().await.unwrap();
    shop.sql(&format!("UPDATE books SET cover = '\\x00ff' WHERE isbn = '{ISBN}'")).await;

    let found = orders::with_lines().bind(&shop.client, &CUSTOMER).all().await.unwrap();
    assert_eq!(found.iter().map(|order| order.id).collect::<Vec<_>>(), [first, empty]);
    assert_eq!(found[1].lines, []);
    for order in &found {
        assert_eq!((order.buyer.id, order.buyer.email.as_str()), (CUSTOMER, "a@example.org"));
    }
    let mut isbns = [ISBN, OTHER_ISBN];
    isbns.sort_unstable();
    let lines: BTreeMap<&str, &OrderLine> = found[0].lines.iter().map(|line| (line.isbn.as_str(), line)).collect();
    assert_eq!(found[0].lines.iter().map(|line| line.isbn.as_str()).collect::<Vec<_>>(), isbns);
    assert_eq!((lines[ISBN].copies, lines[OTHER_ISBN].copies), (2, 1));
    assert_eq!((lines[ISBN].price, lines[ISBN].binding), (Decimal::new(899, 2), Binding::Paperback));
    assert_eq!((lines[ISBN].cover.as_deref(), &lines[OTHER_ISBN].cover), (Some([0, 255].as_slice()), &None));
}

#[tokio::test]
async fn a_row_of_an_outer_join_is_none_where_nothing_was_joined() {
    let shop = with_customer().await;
    let latest = async || orders::latest().bind(&shop.client, &CUSTOMER).one().await.unwrap().latest;
    assert_eq!(latest().await, None);
    place(&shop, [1, 1]).await.unwrap();
    let second = place(&shop, [2, 1]).await.unwrap();
    let order = latest().await.expect("there are two orders");
    assert_eq!((order.id, order.status), (second, OrderStatus::New));
}

#[tokio::test]
async fn an_order_takes_its_copies_from_the_branches() {
    let shop = with_customer().await;
    let id = place(&shop, [4, 1]).await.unwrap();
    assert_eq!(stock::copies().bind(&shop.client, &ISBN).one().await.unwrap(), 2);
    let [order] = orders::of_customer()
        .bind(&shop.client, &CUSTOMER, &[OrderStatus::New].as_slice())
        .all()
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!((order.id, order.status, order.wrapping, order.promise), (id, OrderStatus::New, Wrapping::Box, PROMISE));

    let error = place(&shop, [9, 1]).await.unwrap_err();
    assert!(error.to_string().contains("too few copies of 9780061054884"), "{error}");
    assert_eq!(stock::take().bind(&shop.client, &ISBN, &5).one().await.unwrap(), 3);

    let [author] = orders::by_author().bind(&shop.client).all().await.unwrap().try_into().unwrap();
    assert_eq!((author.copies, author.turnover), (5, Some(Decimal::new(4495, 2))));
}

#[tokio::test]
async fn two_enums_of_one_name_in_two_schemas_are_two_types() {
    let shop = Shop::with_books().await;
    let sellers = [partner_types::Seller { name: Some("A".to_owned()), rating: Some(Decimal::new(45, 1)) }];
    partner::add().bind(&shop.client, &ISBN, &partner_types::Binding::SecondHand, &sellers.as_slice()).await.unwrap();
    let offer = partner::offer().bind(&shop.client, &ISBN).one().await.unwrap();
    let book = catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap();
    assert_eq!((offer.binding, book.binding), (partner_types::Binding::SecondHand, Binding::Paperback));
    assert_eq!(partner::binding().bind(&shop.client, &ISBN).one().await.unwrap(), offer.binding);
    // A row type may have the name of a type, too.
    let counted = partner::bindings().bind(&shop.client).one().await.unwrap();
    assert_eq!(counted, partner::Binding { binding: offer.binding, offers: 1 });
    assert_eq!((offer.sellers.as_slice(), offer.binding.as_str()), (sellers.as_slice(), "2nd hand"));
}

#[tokio::test]
async fn delivered_orders_move_to_the_old_ones() {
    let shop = with_customer().await;
    let id = place(&shop, [1, 1]).await.unwrap();
    let far = "9999-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(orders::archive().bind(&shop.client, &far).one().await.unwrap(), 0);
    orders::set_status().bind(&shop.client, &OrderStatus::Delivered, &id).await.unwrap();
    assert_eq!(orders::archive().bind(&shop.client, &far).one().await.unwrap(), 1);
    assert_eq!(orders::statuses().bind(&shop.client, &CUSTOMER).one().await.unwrap(), None);
}

#[tokio::test]
async fn a_status_that_a_later_migration_adds_is_unknown_and_stays_what_it_is() {
    let shop = with_customer().await;
    let id = place(&shop, [1, 1]).await.unwrap();
    shop.sql("ALTER TYPE order_status ADD VALUE 'lost' BEFORE 'delivered'").await;
    let lost = OrderStatus::Unknown("lost".to_owned());
    orders::set_status().bind(&shop.client, &lost, &id).await.unwrap();
    let order = orders::of_customer().bind(&shop.client, &CUSTOMER, &[lost.clone()].as_slice()).one().await.unwrap();
    assert_eq!(order.status, lost);
    assert_eq!(orders::statuses().bind(&shop.client, &CUSTOMER).one().await.unwrap(), Some(vec![lost]));
}

#[tokio::test]
async fn the_progress_of_the_server_can_be_read() {
    let shop = Shop::open().await;
    // xid8 came with PostgreSQL 13.
    if shop.major().await >= 13 {
        let progress = stock::written_until().bind(&shop.client).one().await.unwrap();
        assert!(progress.transaction.0 > 0 && u64::from(progress.log) > 0, "{progress:?}");
    }
}
