//! Books: uuid, numeric, enum, domain, composite, arrays of them, ranges, JSON, bytes and text search.

use barqnet_db_client::types::{Json, Lexeme, Range, rust_decimal::Decimal};
use bookshop::{
    BookDetails,
    generated::{
        catalogue::{self, RepriceParams},
        types::{Binding, Edition, Size},
    },
};
use chrono::NaiveDate;

use crate::shop::{AUTHOR, Book, ISBN, OTHER_ISBN, Shop};

#[tokio::test]
async fn a_book_returns_as_it_was_written() {
    let shop = Shop::with_author().await;
    let book = Book {
        binding: Binding::EBook,
        edition: Some(Edition {
            number: Some(2),
            printed_on: NaiveDate::from_ymd_opt(1974, 5, 1),
            size: Some(Size { width_mm: Some(105), height_mm: None }),
        }),
        price: "1234.50".parse().unwrap(),
        weight_kg: Some(0.25),
        reading_age: Range::from(14..99),
        tags: vec!["novel", "", "it's \"quoted\", {really}"],
        same_text: vec![OTHER_ISBN, ISBN],
        details: BookDetails {
            pages: Some(387), language: "en".to_owned(), praise: vec!["“Ein Werk.”".to_owned()]
        },
        cover: Some(vec![0, 255, 10]),
        ..Book::default()
    };
    shop.add_book(&book).await.unwrap();

    let found = catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap();
    assert_eq!((found.isbn.as_str(), found.title.as_str(), found.binding), (ISBN, book.title, Binding::EBook));
    assert_eq!((found.edition, found.price.to_string().as_str()), (book.edition, "1234.50"));
    assert_eq!((found.weight_kg, found.reading_age), (Some(0.25), book.reading_age));
    assert_eq!(
        (found.tags, found.same_text),
        (book.tags.iter().map(ToString::to_string).collect(), vec![OTHER_ISBN.to_owned(), ISBN.to_owned()])
    );
    assert_eq!(found.details.0, book.details);
    assert_eq!(catalogue::details().bind(&shop.client, &ISBN).one().await.unwrap().0, book.details);
    assert_eq!(catalogue::cover().bind(&shop.client, &ISBN).one().await.unwrap(), book.cover);
}

#[tokio::test]
async fn what_is_missing_is_none_or_empty() {
    let shop = Shop::with_books().await;
    let found = catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap();
    assert_eq!((found.edition, found.weight_kg, found.reading_age), (None, None, Range::from(..)));
    assert!(found.tags.is_empty() && found.same_text.is_empty());
    assert_eq!(found.details.0, BookDetails::default());
    assert_eq!(catalogue::cover().bind(&shop.client, &ISBN).one().await.unwrap(), None);
    assert!(catalogue::book().bind(&shop.client, &"9999999999999").opt().await.unwrap().is_none());
}

#[tokio::test]
async fn a_composite_whose_fields_are_all_null_is_not_a_null() {
    let shop = Shop::with_author().await;
    let nothing = Edition { number: None, printed_on: None, size: None };
    shop.add_book(&Book { edition: Some(nothing.clone()), ..Book::default() }).await.unwrap();
    assert_eq!(catalogue::book().bind(&shop.client, &ISBN).one().await.unwrap().edition, Some(nothing));
}

#[tokio::test]
async fn an_array_of_a_composite_type_returns_in_its_order() {
    let shop = Shop::with_author().await;
    let author = catalogue::author().bind(&shop.client, &AUTHOR).one().await.unwrap();
    let awards: Vec<_> = author.awards.iter().map(|award| (award.name.as_str(), award.year)).collect();
    assert_eq!((author.id, awards), (AUTHOR, vec![("Nebula", Some(1974)), ("Hugo", None)]));
    assert_eq!(author.born_on, None);
}

#[tokio::test]
async fn a_value_that_the_domain_refuses_is_an_error_of_the_database() {
    let shop = Shop::with_author().await;
    let error = shop.add_book(&Book { isbn: "978", ..Book::default() }).await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "23514", "{error}");
    let error = shop.add_book(&Book { same_text: vec!["978-0"], ..Book::default() }).await.unwrap_err();
    assert_eq!(error.sqlstate().unwrap().code(), "23514", "{error}");
}

#[tokio::test]
async fn books_are_found_by_words_tags_bindings_and_age() {
    let shop = Shop::with_author().await;
    shop.add_book(&Book { tags: vec!["utopia"], reading_age: Range::from(14..), ..Book::default() }).await.unwrap();
    shop.add_book(&Book { isbn: OTHER_ISBN, title: "Catwings", reading_age: Range::from(6..=10), ..Book::default() })
        .await
        .unwrap();

    let found = catalogue::search().bind(&shop.client, &"DISPOSSESSED the").all().await.unwrap();
    assert_eq!(found.into_iter().map(|entry| entry.isbn).collect::<Vec<_>>(), [ISBN]);
    let tagged = |tags: &'static [&'static str], bindings: &'static [Binding]| {
        let client = &shop.client;
        async move { catalogue::tagged().bind(client, &tags, &bindings).all().await.unwrap() }
    };
    assert_eq!(tagged(&["novel", "utopia"], &[Binding::EBook, Binding::Paperback]).await, ["The Dispossessed"]);
    assert!(tagged(&["utopia"], &[Binding::EBook]).await.is_empty());
    assert!(tagged(&[], &[Binding::Paperback]).await.is_empty());
    assert_eq!(catalogue::for_age().bind(&shop.client, &10).all().await.unwrap(), ["Catwings"]);
    let words = catalogue::words().bind(&shop.client, &ISBN).one().await.unwrap();
    assert_eq!(words.to_string(), "'dispossessed':2 'the':1");
    assert_eq!(words.lexemes[1], Lexeme { word: "the".to_owned(), positions: vec![(1, 'D')] });
}

#[tokio::test]
async fn many_prices_are_changed_by_one_statement() {
    let shop = Shop::with_books().await;
    let prices = [Decimal::ONE, Decimal::TEN];
    let books = [(ISBN, prices[0]), (OTHER_ISBN, prices[1])];
    let changed =
        catalogue::reprice().batch(&shop.client, &books.map(|(isbn, price)| RepriceParams { price, isbn })).await;
    assert_eq!(changed.unwrap(), 2);
    let books = catalogue::books_of().bind(&shop.client, &AUTHOR).map(|book| book.price).all().await.unwrap();
    assert_eq!(books, prices);
}

#[tokio::test]
async fn many_values_of_json_are_written_and_read_at_once() {
    let shop = Shop::with_books().await;
    let details = |pages| BookDetails { pages: Some(pages), ..BookDetails::default() };
    let (isbns, new) = ([ISBN, OTHER_ISBN], [Json(details(387)), Json(details(304))]);
    assert_eq!(catalogue::redetail().bind(&shop.client, &isbns.as_slice(), &new.as_slice()).await.unwrap(), 2);
    let found = catalogue::details_of().bind(&shop.client, &AUTHOR).one().await.unwrap();
    assert_eq!(found.into_iter().map(|details| details.pages).collect::<Vec<_>>(), [Some(387), Some(304)]);
    let prices = catalogue::prices_of().bind(&shop.client, &AUTHOR).one().await.unwrap();
    assert_eq!(prices, [Decimal::new(899, 2); 2]);
}
