//! Migrates its database and counts visits.

use std::{env, error::Error};

use deadpool_postgres::{Manager, Pool};
use tokio_postgres::NoTls;

mod embedded {
    refinery::embed_migrations!("../migrations");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let manager = Manager::new(env::var("DATABASE_URL")?.parse()?, NoTls);
    let pool = Pool::builder(manager).build()?;
    let mut client = pool.get().await?;
    embedded::migrations::runner().run_async(&mut **client).await?;
    let statement = client.prepare_cached("INSERT INTO visits DEFAULT VALUES RETURNING id").await?;
    let visit: i64 = client.query_one(&statement, &[]).await?.try_get(0)?;
    println!("visit {visit}");
    Ok(())
}
