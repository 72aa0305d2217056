//! Values that a Rust type cannot hold are errors that name the column; none panics, and none is changed.

use barqnet_db_client::{
    Error,
    types::{Interval, Range, rust_decimal::Decimal},
};
use bookshop::generated::{branches, catalogue, orders, types::Award};

use crate::shop::{AUTHOR, Book, ISBN, Shop};

/// The column of a decode error, and the whole message.
fn decode_error(error: Error) -> (String, String) {
    let text = error.to_string();
    match error {
        Error::Decode { column, .. } => (column, text),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn numbers_beyond_decimal_are_an_error_and_numbers_within_are_exact() {
    let shop = Shop::open().await;
    let all_time = Range::from(..);
    for (stored, expected) in [
        ("0", Ok("0")),
        ("0.0000000000000000000000000001", Ok("0.0000000000000000000000000001")),
        ("0.10", Ok("0.10")),
        ("0.00000000000000000000000000001", Err("more digits")),
        ("0.3333333333333333333333333333333", Err("more digits")),
    ] {
        shop.sql(&format!(
            "TRUNCATE promotions; INSERT INTO promotions (name, during, discount) VALUES ('x', '[,)', {stored})"
        ))
        .await;
        let found = branches::promotions_during().bind(&shop.client, &all_time).one().await;
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.discount.to_string(), expected),
            (Err(error), Err(expected)) => {
                let (column, text) = decode_error(error);
                assert!(column == "discount" && text.contains(expected), "{stored}: {text}");
            }
            (found, _) => panic!("{stored}: {found:?}"),
        }
    }
    let big = ["79228162514264337593543950335", "-79228162514264337593543950335", "10000000000000000000000000000"];
    for bound in big {
        shop.sql(&format!("UPDATE promotions SET discount = 0, prices = '[{bound},)'")).await;
        let found = branches::promotions_during().bind(&shop.client, &all_time).one().await.unwrap();
        assert_eq!(found.prices, Range::from(bound.parse::<Decimal>().unwrap()..));
    }
    for bound in ["79228162514264337593543950336", "1e28", "1e32", "-1e200", "1e1000", "NaN", "1e-100"] {
        let bound = if bound == "1e28" { "100000000000000000000000000000" } else { bound };
        shop.sql(&format!(
            "UPDATE promotions SET prices = NUMRANGE({bound_sql}, NULL)",
            bound_sql = format_args!("'{bound}'::NUMERIC")
        ))
        .await;
        let (column, text) =
            decode_error(branches::promotions_during().bind(&shop.client, &all_time).one().await.unwrap_err());
        assert!(column == "prices", "{bound}: {text}");
    }
}

#[tokio::test]
async fn infinite_times_and_dates_are_an_error_that_names_the_column() {
    let shop = Shop::with_books().await;
    for stored in ["infinity", "-infinity", "294276-12-31 23:59:59.999999+00"] {
        shop.sql(&format!("UPDATE books SET added_at = '{stored}'")).await;
        let error = catalogue::search().bind(&shop.client, &"dispossessed").all().await.unwrap_err();
        assert_eq!(decode_error(error).0, "added_at", "{stored}");
    }
    shop.sql("UPDATE books SET added_at = '4713-11-24 00:00:00+00 BC'").await;
    let found = catalogue::search().bind(&shop.client, &"dispossessed").one().await.unwrap();
    assert_eq!(found.added_at.to_rfc3339(), "-4712-11-24T00:00:00+00:00");

    for stored in ["infinity", "-infinity", "5874897-12-31"] {
        shop.sql(&format!("UPDATE authors SET born_on = '{stored}'")).await;
        let error = catalogue::author().bind(&shop.client, &AUTHOR).one().await.unwrap_err();
        assert_eq!(decode_error(error).0, "born_on", "{stored}");
        shop.sql(&format!("UPDATE books SET edition = ROW(1, '{stored}', NULL)::edition")).await;
        let (column, text) = decode_error(catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap_err());
        assert!(column == "edition" && text.contains("field printed_on"), "{text}");
    }
}

#[tokio::test]
async fn midnight_at_the_end_of_a_day_is_no_time() {
    let shop = Shop::open().await;
    shop.sql(
        "INSERT INTO branches (id, name, network, position, opens, closes)
              VALUES (1, 'Station', '10.0.0.0/8', '(0, 0)', '00:00', '24:00')",
    )
    .await;
    let (column, text) = decode_error(branches::branch().bind(&shop.client, &1).one().await.unwrap_err());
    assert!(column == "closes" && text.contains("24:00:00"), "{text}");
}

#[tokio::test]
async fn a_null_that_was_not_announced_is_an_error() {
    let shop = Shop::with_author().await;
    shop.sql("UPDATE authors SET awards = ARRAY[NULL, ROW('Hugo', 1975)]::award[]").await;
    assert_eq!(decode_error(catalogue::author().bind(&shop.client, &AUTHOR).one().await.unwrap_err()).0, "awards");
    shop.sql("UPDATE authors SET awards = ARRAY[ROW(NULL, 1975)]::award[]").await;
    let (column, text) = decode_error(catalogue::author().bind(&shop.client, &AUTHOR).one().await.unwrap_err());
    assert!(column == "awards" && text.contains("field name"), "{text}");
}

#[tokio::test]
async fn an_array_of_two_dimensions_is_an_error() {
    let shop = Shop::with_books().await;
    shop.sql("UPDATE books SET tags = '{{a,b},{c,d}}'").await;
    let (column, text) = decode_error(catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap_err());
    assert!(column == "tags" && text.contains("more than one dimension"), "{text}");
}

#[tokio::test]
async fn json_that_does_not_fit_its_type_is_an_error() {
    let shop = Shop::with_books().await;
    for json in [r#"{"pages": "many"}"#, "\"text\"", "null"] {
        shop.sql(&format!("UPDATE books SET details = '{json}'")).await;
        assert_eq!(decode_error(catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap_err()).0, "details");
        assert_eq!(decode_error(catalogue::details().bind(&shop.client, &ISBN).one().await.unwrap_err()).0, "details");
    }
    shop.sql(r#"UPDATE books SET details = '{"later": 1}'"#).await;
    catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap();
}

#[tokio::test]
async fn a_label_that_the_program_does_not_know_is_an_error_without_the_setting() {
    let shop = Shop::with_books().await;
    shop.sql("ALTER TYPE binding ADD VALUE 'audio'").await;
    let book = catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap();
    shop.add_book(&Book { binding: book.binding, ..Book::default() }).await.unwrap();
    shop.sql("UPDATE books SET binding = 'audio'").await;
    let (column, text) = decode_error(catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap_err());
    assert!(column == "binding" && text.contains("`audio`"), "{text}");
}

#[tokio::test]
async fn a_composite_type_that_gained_a_field_is_still_read_and_written() {
    let shop = Shop::with_author().await;
    shop.sql("ALTER TYPE award ADD ATTRIBUTE country TEXT").await;
    // The connection knows the type as it was; another one sees what it has become.
    let pool = shop.database.pool().await;
    let client = pool.get().await.unwrap();
    let author = catalogue::author().bind(&client, &AUTHOR).one().await.unwrap();
    assert_eq!(author.awards[0], Award { name: "Nebula".to_owned(), year: Some(1974) });
    let other = barqnet_db_client::types::uuid::Uuid::from_u128(8);
    catalogue::add_author().bind(&client, &other, &"Other", &None, &author.awards.as_slice()).await.unwrap();
    assert_eq!(catalogue::author().bind(&client, &other).one().await.unwrap().awards, author.awards);
}

#[tokio::test]
async fn an_interval_holds_its_limits() {
    let shop = Shop::open().await;
    shop.sql("INSERT INTO customers (id, email) VALUES ('00000000-0000-0000-0000-000000000009', 'a@example.org')")
        .await;
    let customer = barqnet_db_client::types::uuid::Uuid::from_u128(9);
    let longest = Interval { months: 178_000_000 * 12, days: 0, microseconds: 0 };
    let none: &[&str] = &[];
    let no_copies: &[i32] = &[];
    let wrapping = bookshop::generated::types::Wrapping::Bag;
    orders::place().bind(&shop.client, &customer, &wrapping, &longest, &none, &no_copies).one().await.unwrap();
    let statuses = [bookshop::generated::types::OrderStatus::New];
    let order = orders::of_customer().bind(&shop.client, &customer, &statuses.as_slice()).one().await.unwrap();
    assert_eq!(order.promise, longest);
    // Infinite intervals came with PostgreSQL 17.
    if shop.major().await >= 17 {
        shop.sql("UPDATE orders SET promise = 'infinity'").await;
        let order = orders::of_customer().bind(&shop.client, &customer, &statuses.as_slice()).one().await.unwrap();
        assert_eq!(order.promise, Interval::INFINITY);
    }
}
