//! Migrates the database of `DATABASE_URL`, adds a book to the catalogue, and searches for it.

use std::error::Error;

use barqnet_db_client::{
    pool::{self, Settings},
    types::{Json, Range, rust_decimal::Decimal, uuid::Uuid},
};
use bookshop::{
    BookDetails,
    generated::{catalogue, types::Binding},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?.application_name("bookshop");
    barqnet_db_migrate::migrate(&settings, &bookshop::migrations()).await?;
    let pool = pool::connect(settings).await?;
    let client = pool.get().await?;

    let ursula = Uuid::from_u128(1);
    if catalogue::author().bind(&client, &ursula).opt().await?.is_none() {
        catalogue::add_author().bind(&client, &ursula, &"Ursula K. Le Guin", &None, &[].as_slice()).await?;
    }
    let details = BookDetails { pages: Some(387), language: "en".to_owned(), praise: Vec::new() };
    catalogue::add_book()
        .params(
            &client,
            &catalogue::AddBookParams {
                isbn: "9780061054884",
                author_id: ursula,
                title: "The Dispossessed",
                binding: Binding::Paperback,
                edition: None,
                price: Decimal::new(899, 2),
                weight_kg: Some(0.2),
                reading_age: Range::from(14..),
                tags: ["novel", "utopia"].as_slice(),
                same_text: <&[&str]>::default(),
                details: Json(&details),
                cover: None::<&[u8]>,
            },
        )
        .await?;
    for entry in catalogue::search().bind(&client, &"dispossessed").all().await? {
        println!("{}: {}, since {}", entry.isbn, entry.title, entry.added_at);
    }
    Ok(())
}
