//! The list of books: optional conditions, orders and pages give the rows that a filter in Rust gives.

use std::{cmp::Ordering, collections::BTreeSet};

use barqnet_db_client::{
    CursorError, Error, Page,
    types::{rust_decimal::Decimal, uuid::Uuid},
};
use bookshop::generated::catalogue::{self, BrowseCursor, BrowseOrder, BrowseParams, BrowseStmt, Entry};
use chrono::{DateTime, TimeDelta, Utc};

use crate::shop::Shop;

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Few values, so that many books share them.
#[derive(Clone, Debug)]
struct Row {
    isbn: String,
    author: u128,
    title: String,
    price: i64,
    tag: Option<u64>,
    added: i64,
}

impl Row {
    fn random(number: usize, random: &mut Random) -> Self {
        let mut number_below = |limit: u64| i64::try_from(random.below(limit)).unwrap();
        Self {
            author: u128::try_from(number_below(3)).unwrap(),
            title: char::from(b'a' + u8::try_from(number_below(4)).unwrap()).to_string(),
            price: number_below(4),
            tag: u64::try_from(number_below(3)).ok().filter(|tag| *tag > 0),
            added: number_below(4),
            // In no order that is another key's.
            isbn: format!("{:06}{number:07}", number_below(1000)),
        }
    }

    fn added_at(&self) -> DateTime<Utc> {
        "2026-11-29T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::microseconds(self.added)
    }

    async fn insert(&self, shop: &Shop) {
        let Self { isbn, author, title, price, tag, .. } = self;
        let tag = tag.map_or(String::new(), |tag| format!("'{tag}'"));
        shop.sql(&format!(
            "INSERT INTO books (isbn, author_id, title, price, tags, added_at)
             VALUES ('{isbn}', '{}', '{title}', {price}, ARRAY[{tag}]::TEXT[], '{}')",
            Uuid::from_u128(*author),
            self.added_at().to_rfc3339()
        ))
        .await;
    }
}

#[derive(Clone, Copy, Debug)]
struct Filter {
    author: Option<u128>,
    tag: Option<u64>,
    below: Option<i64>,
    order: BrowseOrder,
}

impl Filter {
    /// Every combination.
    fn all() -> impl Iterator<Item = Self> {
        (0..24).map(|number| Self {
            author: (number & 1 > 0).then_some(1),
            tag: (number & 2 > 0).then_some(2),
            below: (number & 4 > 0).then_some(3),
            order: BrowseOrder::ALL[number >> 3],
        })
    }

    fn compare(self, one: &Row, other: &Row) -> Ordering {
        let by_isbn = one.isbn.cmp(&other.isbn);
        match self.order {
            BrowseOrder::Newest => other.added.cmp(&one.added).then(by_isbn.reverse()),
            BrowseOrder::ByTitle => one.title.cmp(&other.title).then(by_isbn),
            BrowseOrder::Cheapest => one.price.cmp(&other.price).then(other.added.cmp(&one.added)).then(by_isbn),
        }
    }

    fn lets_pass(self, row: &Row) -> bool {
        self.author.is_none_or(|author| author == row.author)
            && self.tag.is_none_or(|tag| Some(tag) == row.tag)
            && self.below.is_none_or(|below| row.price < below)
    }

    /// What the database must return.
    fn of(self, rows: &[Row]) -> Vec<String> {
        let mut found: Vec<&Row> = rows.iter().filter(|row| self.lets_pass(row)).collect();
        found.sort_by(|one, other| self.compare(one, other));
        found.into_iter().map(|row| row.isbn.clone()).collect()
    }

    fn parameters(self, page_size: i64) -> BrowseParams<String> {
        BrowseParams {
            author_id: self.author.map(Uuid::from_u128),
            tag: self.tag.map(|tag| tag.to_string()),
            below: self.below.map(Decimal::from),
            order: self.order,
            page_size,
        }
    }

    async fn page(self, shop: &Shop, size: i64, cursor: Option<&BrowseCursor>) -> Page<BrowseStmt, Entry> {
        catalogue::browse().params(&shop.client, &self.parameters(size)).page(cursor).await.unwrap()
    }

    async fn last(self, shop: &Shop, size: i64) -> Page<BrowseStmt, Entry> {
        catalogue::browse().params(&shop.client, &self.parameters(size)).last().await.unwrap()
    }
}

fn isbns(page: &Page<BrowseStmt, Entry>) -> Vec<String> {
    page.rows.iter().map(|row| row.isbn.clone()).collect()
}

async fn shop_with(rows: &[Row]) -> Shop {
    let shop = Shop::open().await;
    shop.sql("INSERT INTO authors (id, name) SELECT LPAD(n::TEXT, 32, '0')::UUID, 'A' FROM GENERATE_SERIES(0, 2) AS n")
        .await;
    for row in rows {
        row.insert(&shop).await;
    }
    shop
}

fn rows(count: usize, seed: u64) -> Vec<Row> {
    let mut random = Random(seed);
    (0..count).map(|number| Row::random(number, &mut random)).collect()
}

#[tokio::test]
async fn every_choice_gives_the_rows_of_a_filter_in_rust_forwards_and_backwards() {
    for (count, seed) in [(0, 1), (1, 2), (60, 3), (61, 4)] {
        let rows = rows(count, seed);
        let shop = shop_with(&rows).await;
        for filter in Filter::all() {
            let expected = filter.of(&rows);
            for size in [1, 7, 100] {
                // Forwards, each cursor as text.
                let mut page = filter.page(&shop, size, None).await;
                let mut found = isbns(&page);
                assert!(page.previous.is_none(), "{filter:?}");
                while let Some(next) = page.next {
                    let next: BrowseCursor = next.to_string().parse().unwrap();
                    page = filter.page(&shop, size, Some(&next)).await;
                    assert!(!page.rows.is_empty() && page.previous.is_some(), "{filter:?}: there is a next page");
                    found.extend(isbns(&page));
                }
                assert_eq!(found, expected, "{filter:?}, {size}");
                // Back from the page that is the last one.
                let mut back = isbns(&page);
                while let Some(previous) = page.previous {
                    page = filter.page(&shop, size, Some(&previous)).await;
                    assert!(page.next.is_some(), "{filter:?}: the page came from the next one");
                    back.splice(0..0, isbns(&page));
                }
                assert_eq!(back, expected, "{filter:?}, {size}");
                // From the end.
                let last = filter.last(&shop, size).await;
                let from = expected.len().saturating_sub(usize::try_from(size).unwrap());
                assert_eq!((isbns(&last).as_slice(), last.next), (&expected[from..], None), "{filter:?}");
                assert_eq!(last.previous.is_some(), from > 0, "{filter:?}");
            }
        }
    }
}

#[tokio::test]
async fn each_row_is_visited_once_while_others_are_inserted_and_deleted() {
    let old = rows(40, 5);
    for order in BrowseOrder::ALL {
        for is_backward in [false, true] {
            let shop = shop_with(&old).await;
            let filter = Filter { author: None, tag: None, below: None, order: *order };
            let mut random = Random(6);
            let mut seen = Vec::new();
            let mut cursor = None;
            for number in 0.. {
                let page = match &cursor {
                    None if is_backward => filter.last(&shop, 3).await,
                    cursor => filter.page(&shop, 3, cursor.as_ref()).await,
                };
                seen.extend(isbns(&page));
                // On both sides, and the row at the cursor.
                for other in 0..3 {
                    Row::random(1000 + number * 3 + other, &mut random).insert(&shop).await;
                }
                let at_cursor = if is_backward { page.rows.first() } else { page.rows.last() };
                if let Some(row) = at_cursor.filter(|_| number % 2 == 0) {
                    shop.sql(&format!("DELETE FROM books WHERE isbn = '{}'", row.isbn)).await;
                }
                cursor = if is_backward { page.previous } else { page.next };
                // Each page is followed by as many rows as it has: only the old ones are sure to end.
                if cursor.is_none() || old.iter().all(|row| seen.contains(&row.isbn)) {
                    break;
                }
            }
            let distinct: BTreeSet<&String> = seen.iter().collect();
            assert_eq!(distinct.len(), seen.len(), "{order}: a row was visited twice");
            for row in &old {
                assert!(distinct.contains(&row.isbn), "{order}: {row:?} was left out");
            }
        }
    }
}

#[tokio::test]
async fn a_page_whose_rows_are_gone_leads_to_those_that_are_left() {
    let rows = rows(10, 7);
    let shop = shop_with(&rows).await;
    let filter = Filter { author: None, tag: None, below: None, order: BrowseOrder::Newest };
    let expected = filter.of(&rows);
    let first = filter.page(&shop, 5, None).await;
    let kept = expected[..5].join("', '");
    shop.sql(&format!("DELETE FROM books WHERE isbn NOT IN ('{kept}')")).await;
    let empty = filter.page(&shop, 5, first.next.as_ref()).await;
    assert!(empty.rows.is_empty() && empty.next.is_none());
    let back = filter.page(&shop, 5, empty.previous.as_ref()).await;
    assert_eq!(isbns(&back), expected[..5]);
    // And in the other direction.
    shop.sql("DELETE FROM books").await;
    let empty = filter.page(&shop, 5, back.previous.as_ref()).await;
    assert!(empty.rows.is_empty());
    assert!(filter.page(&shop, 5, empty.next.as_ref()).await.rows.is_empty());
}

#[tokio::test]
async fn a_cursor_of_another_order_or_text_is_an_error_and_the_connection_stays() {
    let shop = shop_with(&rows(10, 8)).await;
    let newest = Filter { author: None, tag: None, below: None, order: BrowseOrder::Newest };
    let cursor = newest.page(&shop, 1, None).await.next.unwrap();
    let by_title = Filter { order: BrowseOrder::ByTitle, ..newest };
    let error =
        catalogue::browse().params(&shop.client, &by_title.parameters(1)).page(Some(&cursor)).await.unwrap_err();
    let expected = CursorError::OtherOrder { cursor: "newest", page: "by_title" };
    assert!(matches!(&error, Error::Cursor { source, .. } if *source == expected), "{error}");
    assert!(error.to_string().starts_with("catalogue.browse (queries/catalogue.sql:"), "{error}");
    assert_eq!("no cursor".parse::<BrowseCursor>(), Err(CursorError::Malformed));
    assert_eq!(cursor.order(), "newest");
    // A size that is none, and one that is too large for one more.
    assert_eq!(newest.page(&shop, -1, None).await.rows.len(), 1);
    assert_eq!(newest.page(&shop, i64::MAX, None).await.rows.len(), 10);
}

#[tokio::test]
async fn each_choice_is_prepared_once_under_the_name_of_its_query() {
    let shop = shop_with(&rows(3, 9)).await;
    for filter in Filter::all().chain(Filter::all()) {
        filter.page(&shop, 1, None).await;
    }
    let statements = shop
        .client
        .query_one("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '/* catalogue.browse */%'", &[])
        .await;
    assert_eq!(statements.unwrap().get::<_, i64>(0), 24);
}
