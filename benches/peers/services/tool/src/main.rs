//! Migrates its database and counts visits.

use std::error::Error;

use barqnet_db_client::pool::{self, Settings};
use barqnet_db_migrate::{Migrations, migrate};

mod embedded {
    refinery::embed_migrations!("../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    migrate(&settings, &Migrations::from_runner(&embedded::migrations::runner())?).await?;
    let pool = pool::connect(settings).await?;
    let client = pool.get().await?;
    let visit: i64 = client.query_one("INSERT INTO visits DEFAULT VALUES RETURNING id", &[]).await?.get(0);
    println!("visit {visit}");
    Ok(())
}
