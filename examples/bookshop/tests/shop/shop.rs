//! A database with the shop's tables, and what the tests put into them.

use barqnet_db_client::{
    Error,
    pool::Client,
    types::{Json, Range, rust_decimal::Decimal, uuid::Uuid},
};
use barqnet_db_testing::TestDatabase;
use bookshop::{
    BookDetails,
    generated::{
        catalogue::{self, AddBookParams},
        types::{Award, Binding, Edition},
    },
};

pub(crate) const AUTHOR: Uuid = Uuid::from_u128(7);
pub(crate) const ISBN: &str = "9780061054884";
pub(crate) const OTHER_ISBN: &str = "9780441478125";

/// An empty shop.
pub(crate) struct Shop {
    pub(crate) client: Client,
    pub(crate) database: TestDatabase,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let database = TestDatabase::migrated(&bookshop::migrations()).await;
        let pool = database.pool().await;
        Self { client: pool.get().await.unwrap(), database }
    }

    /// Runs SQL that no program would.
    pub(crate) async fn sql(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    /// The number of the server's major version.
    pub(crate) async fn major(&self) -> i32 {
        let row = self.client.query_one("SELECT CURRENT_SETTING('server_version_num')::INTEGER / 10000", &[]).await;
        row.unwrap().get(0)
    }

    pub(crate) async fn with_author() -> Self {
        let shop = Self::open().await;
        let awards =
            [Award { name: "Nebula".to_owned(), year: Some(1974) }, Award { name: "Hugo".to_owned(), year: None }];
        let added = catalogue::add_author().bind(&shop.client, &AUTHOR, &"Ursula", &None, &awards.as_slice()).await;
        assert_eq!(added.unwrap(), 1);
        shop
    }

    /// A shop with two books; the second has nothing that can be missing.
    pub(crate) async fn with_books() -> Self {
        let shop = Self::with_author().await;
        shop.add_book(&Book::default()).await.unwrap();
        shop.add_book(&Book { isbn: OTHER_ISBN, title: "The Left Hand", ..Book::default() }).await.unwrap();
        shop
    }

    pub(crate) async fn add_book(&self, book: &Book) -> Result<u64, Error> {
        catalogue::add_book()
            .params(
                &self.client,
                &AddBookParams {
                    isbn: book.isbn,
                    author_id: AUTHOR,
                    title: book.title,
                    binding: book.binding,
                    edition: book.edition.clone(),
                    price: book.price,
                    weight_kg: book.weight_kg,
                    reading_age: book.reading_age,
                    tags: book.tags.as_slice(),
                    same_text: book.same_text.as_slice(),
                    details: Json(&book.details),
                    cover: book.cover.as_deref(),
                },
            )
            .await
    }
}

/// A book to add.
pub(crate) struct Book {
    pub(crate) isbn: &'static str,
    pub(crate) title: &'static str,
    pub(crate) binding: Binding,
    pub(crate) edition: Option<Edition>,
    pub(crate) price: Decimal,
    pub(crate) weight_kg: Option<f32>,
    pub(crate) reading_age: Range<i32>,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) same_text: Vec<&'static str>,
    pub(crate) details: BookDetails,
    pub(crate) cover: Option<Vec<u8>>,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            isbn: ISBN,
            title: "The Dispossessed",
            binding: Binding::Paperback,
            edition: None,
            price: Decimal::new(899, 2),
            weight_kg: None,
            reading_age: Range::from(..),
            tags: Vec::new(),
            same_text: Vec::new(),
            details: BookDetails::default(),
            cover: None,
        }
    }
}
