//! Migrates its database and counts visits.

use std::{env, error::Error};

use diesel::insert_into;
use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl as _,
    pooled_connection::{AsyncDieselConnectionManager, deadpool::Pool},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

diesel::table! {
    visits (id) {
        id -> BigInt,
        visited_at -> Timestamptz,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(env::var("DATABASE_URL")?);
    let pool = Pool::builder(manager).build()?;
    AsyncMigrationHarness::new(pool.get().await?).run_pending_migrations(MIGRATIONS)?;
    let mut connection = pool.get().await?;
    let visit: i64 =
        insert_into(visits::table).default_values().returning(visits::id).get_result(&mut connection).await?;
    println!("visit {visit}");
    Ok(())
}
