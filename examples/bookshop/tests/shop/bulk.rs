//! Many rows at once: batches, COPY into a table and COPY out of the database.

use std::{cell::Cell, collections::BTreeMap, pin::pin, time::Duration};

use barqnet_db_client::{
    Error, stream_of,
    types::{Bits, Json, MacAddress, MacAddress8, Range, rust_decimal::Decimal, serde_json::json},
};
use bookshop::{
    BookDetails,
    generated::{
        branches::{self, AddDeviceParams, AddPromotionParams},
        catalogue::{self, AddAuthorParams, ImportParams},
        constraints::Constraint,
        stock::{self, DeliverParams},
        types::{Award, Binding, Edition},
    },
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};

use crate::shop::{AUTHOR, ISBN, OTHER_ISBN, Shop};

type NewBook = ImportParams<String, String, Vec<String>, Vec<&'static str>, Json<BookDetails>, Vec<u8>>;

fn book(number: usize) -> NewBook {
    let is_even = number.is_multiple_of(2);
    ImportParams {
        isbn: format!("{:013}", 1_000_000 + number),
        author_id: AUTHOR,
        title: format!("Book {number}"),
        binding: [Binding::Hardcover, Binding::Paperback][number % 2],
        edition: is_even.then_some(Edition { number: Some(1), printed_on: None, size: None }),
        price: Decimal::new(i64::try_from(number).unwrap() + 1, 2),
        weight_kg: is_even.then_some(0.5),
        reading_age: Range::from(8..15),
        tags: vec![format!("tag {number}"), "ü".to_owned()],
        same_text: vec![ISBN; number % 3],
        details: Json(BookDetails { pages: Some(u32::try_from(number).unwrap()), ..BookDetails::default() }),
        cover: is_even.then(|| vec![0, 255]),
    }
}

#[tokio::test]
async fn rows_of_many_types_are_copied_in_and_out_unchanged() {
    let shop = Shop::with_author().await;
    let added = catalogue::import().copy_in(&shop.client, stream_of((0..1000).map(book))).await.unwrap();
    assert_eq!(added, 1000);
    let mut found: Vec<_> = catalogue::books().copy_out(&shop.client).await.unwrap().try_collect().await.unwrap();
    found.sort_by(|one: &catalogue::Book, other| one.isbn.cmp(&other.isbn));
    assert_eq!(found, catalogue::books_of().bind(&shop.client, &AUTHOR).all().await.map(sorted).unwrap());
    for (number, copied) in found.iter().enumerate() {
        let wanted = book(number);
        assert_eq!((&copied.isbn, &copied.title, copied.binding), (&wanted.isbn, &wanted.title, wanted.binding));
        assert_eq!(
            (&copied.edition, copied.price, copied.weight_kg),
            (&wanted.edition, wanted.price, wanted.weight_kg)
        );
        assert_eq!((&copied.tags, copied.reading_age), (&wanted.tags, wanted.reading_age));
        assert_eq!((copied.same_text.len(), &copied.details), (number % 3, &wanted.details));
    }
}

fn sorted(mut books: Vec<catalogue::Book>) -> Vec<catalogue::Book> {
    books.sort_by(|one, other| one.isbn.cmp(&other.isbn));
    books
}

#[tokio::test]
async fn an_array_of_composites_is_copied_in() {
    let shop = Shop::open().await;
    let award = || vec![Award { name: "Hugo".to_owned(), year: None }];
    let authors = [(AUTHOR, award()), (uuid(8), Vec::new())].map(|(id, awards)| AddAuthorParams {
        id,
        name: "Ursula",
        born_on: None,
        awards,
    });
    assert_eq!(catalogue::add_author().copy_in(&shop.client, stream_of(authors)).await.unwrap(), 2);
    assert_eq!(catalogue::author().bind(&shop.client, &AUTHOR).one().await.unwrap().awards, award());
}

fn uuid(number: u128) -> barqnet_db_client::types::uuid::Uuid {
    barqnet_db_client::types::uuid::Uuid::from_u128(number)
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_an_error_with_row_and_column_and_nothing_is_copied() {
    let shop = Shop::with_author().await;
    let mut books: Vec<_> = (0..5000).map(book).collect();
    books[4567].title = "a\0b".to_owned();
    // PostgreSQL refuses the text, and says where.
    let error = catalogue::import().copy_in(&shop.client, stream_of(books)).await.unwrap_err();
    assert!(error.to_string().contains("catalogue.import.copy_in (queries/catalogue.sql:"), "{error}");
    assert!(error.to_string().contains("line 4568, column title"), "{error}");
    // JSON has no such key, so the client can't write it.
    let keys = [BTreeMap::new(), BTreeMap::from([(vec![1], 1)])];
    let books = keys.into_iter().enumerate().map(|(number, details)| {
        let ImportParams { isbn, author_id, title, binding, edition, price, weight_kg, reading_age, tags, .. } =
            book(number);
        let (same_text, details, cover) = (vec![ISBN], Json(details), None::<Vec<u8>>);
        ImportParams {
            isbn,
            author_id,
            title,
            binding,
            edition,
            price,
            weight_kg,
            reading_age,
            tags,
            same_text,
            details,
            cover,
        }
    });
    let error = catalogue::import().copy_in(&shop.client, stream_of(books)).await.unwrap_err();
    assert!(matches!(&error, Error::Encode { row: 2, column, .. } if column == "details"), "{error}");
    assert_eq!(catalogue::books_of().bind(&shop.client, &AUTHOR).all().await.unwrap(), []);
}

#[tokio::test]
async fn a_copy_that_is_dropped_leaves_nothing_and_its_connection_works() {
    let shop = Shop::with_author().await;
    {
        let rows = stream::iter((0..100).map(book)).chain(stream::pending());
        let mut copying = pin!(catalogue::import().copy_in(&shop.client, rows));
        // Until all that is there has been taken.
        let polled = tokio::time::timeout(Duration::from_millis(200), &mut copying).await;
        assert!(polled.is_err(), "it waits for more rows");
    }
    assert_eq!(catalogue::books_of().bind(&shop.client, &AUTHOR).all().await.unwrap(), []);
    assert_eq!(catalogue::import().copy_in(&shop.client, stream_of([book(1)])).await.unwrap(), 1);
}

#[tokio::test]
async fn a_copy_in_a_transaction_belongs_to_it() {
    let mut shop = Shop::with_author().await;
    let transaction = shop.client.transaction().await.unwrap();
    assert_eq!(catalogue::import().copy_in(&transaction, stream_of((0..10).map(book))).await.unwrap(), 10);
    let copied = catalogue::books().copy_out(&transaction).await.unwrap().count().await;
    assert_eq!(copied, 10);
    transaction.rollback().await.unwrap();
    assert_eq!(catalogue::books_of().bind(&shop.client, &AUTHOR).all().await.unwrap(), []);
}

#[tokio::test]
async fn rows_are_taken_no_faster_than_the_server_accepts_them() {
    let shop = Shop::with_author().await;
    let locker = shop.database.client().await;
    locker.batch_execute("BEGIN; LOCK TABLE books IN EXCLUSIVE MODE").await.unwrap();
    let taken = Cell::new(0_usize);
    let rows = (0..usize::MAX).inspect(|number| taken.set(*number)).map(|number| {
        let mut book = book(number % 1000);
        book.cover = Some(vec![0; 10_000]);
        book
    });
    let mut copying = pin!(catalogue::import().copy_in(&shop.client, stream_of(rows)));
    // The server waits for the lock: nothing is taken before it asks for rows.
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut copying).await;
    assert!(waited.is_err() && taken.get() < 100_000, "{}", taken.get());
}

#[tokio::test]
async fn a_batch_of_many_types_writes_what_single_rows_would() {
    let shop = Shop::open().await;
    shop.sql(
        "INSERT INTO branches (id, name, network, position, opens, closes)
         VALUES (1, 'Branch', '10.0.0.0/8', '(0, 0)', '09:00', '18:00')",
    )
    .await;
    let device = |number: u8| AddDeviceParams {
        mac: MacAddress([8, 0, 0x2b, 1, 2, number]),
        long_mac: MacAddress8([1, 2, 3, 4, 5, 6, 7, number]),
        branch_id: 1,
        address: "10.0.0.7/24".parse().unwrap(),
        abilities: Bits(vec![true, false, true, true]),
        switched: Bits(vec![false; usize::from(number)]),
        clock: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap().and_time(NaiveTime::MIN),
        drift: f64::from(number),
        firmware_oid: number.is_multiple_of(2).then_some(u32::MAX),
        settings: (!number.is_multiple_of(2)).then(|| json!({ "volume": [number, null] })),
    };
    let devices: Vec<_> = (0..10).map(device).collect();
    assert_eq!(branches::add_device().batch(&shop.client, &devices).await.unwrap(), 10);
    let copied = branches::add_device().copy_in(&shop.client, stream_of((10..20).map(device))).await.unwrap();
    assert_eq!(copied, 10);
    for number in 0..20 {
        let wanted = device(number);
        let found = branches::device().bind(&shop.client, &wanted.mac).one().await.unwrap();
        assert_eq!((found.long_mac, found.address, found.clock), (wanted.long_mac, wanted.address, wanted.clock));
        assert_eq!((&found.abilities, &found.switched), (&wanted.abilities, &wanted.switched));
        assert_eq!((found.firmware_oid, &found.settings), (wanted.firmware_oid, &wanted.settings));
    }
}

#[tokio::test]
async fn a_batch_returns_what_its_statement_returns_in_the_order_of_its_rows() {
    let shop = Shop::open().await;
    let start: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
    let promotions: Vec<_> = (0..5)
        .map(|number| AddPromotionParams {
            name: format!("Promotion {number}"),
            during: Range::from(start + TimeDelta::days(number)..start + TimeDelta::days(number + 1)),
            prices: Range::from(Decimal::ONE..Decimal::TEN),
            discount: Decimal::new(1, 1),
        })
        .collect();
    let ids = branches::add_promotion().batch(&shop.client, &promotions).await.unwrap();
    assert!(ids.len() == 5 && ids.is_sorted(), "{ids:?}");
    // All or none: the last one runs at the time of another.
    let again = branches::add_promotion().batch(&shop.client, &promotions[4..]).await.unwrap_err();
    assert_eq!(Constraint::of(&again), Some(Constraint::ExPromotionsDuring), "{again}");
    assert_eq!(again.statement(), "branches.add_promotion.batch");
}

#[tokio::test]
async fn a_batch_of_upserts_adds_and_changes() {
    let shop = Shop::with_books().await;
    shop.sql(
        "INSERT INTO branches (id, name, network, position, opens, closes)
         VALUES (1, 'Branch', '10.0.0.0/8', '(0, 0)', '09:00', '18:00')",
    )
    .await;
    for copies in [3, 4] {
        let delivered = [ISBN, OTHER_ISBN].map(|isbn| DeliverParams { branch_id: 1, isbn, copies });
        assert_eq!(stock::deliver().batch(&shop.client, &delivered).await.unwrap(), 2);
    }
    assert_eq!(stock::copies().bind(&shop.client, &ISBN).one().await.unwrap(), 7);
    let none: [DeliverParams<&str>; 0] = [];
    assert_eq!(stock::deliver().batch(&shop.client, &none).await.unwrap(), 0);
}

#[tokio::test]
async fn a_batch_beyond_one_statement_is_written_in_several() {
    let shop = Shop::with_author().await;
    let prices: Vec<_> = (0..barqnet_db_client::BATCH_ROWS + 5)
        .map(|number| catalogue::RepriceParams { price: Decimal::ONE, isbn: format!("{:013}", 1_000_000 + number) })
        .collect();
    catalogue::import().copy_in(&shop.client, stream_of((0..prices.len()).map(book))).await.unwrap();
    let changed = catalogue::reprice().batch(&shop.client, &prices).await.unwrap();
    assert_eq!(changed, u64::try_from(prices.len()).unwrap());
}
