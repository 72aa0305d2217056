//! Migrates its database and counts visits.

use std::{env, error::Error};

use sqlx::PgPool;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pool = PgPool::connect(&env::var("DATABASE_URL")?).await?;
    sqlx::migrate!().run(&pool).await?;
    let visit: i64 = sqlx::query_scalar("INSERT INTO visits DEFAULT VALUES RETURNING id").fetch_one(&pool).await?;
    println!("visit {visit}");
    Ok(())
}
