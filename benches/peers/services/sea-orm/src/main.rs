//! Migrates its database and counts visits.

use std::{env, error::Error};

use sea_orm::{ActiveModelBehavior, ActiveModelTrait as _, ConnectionTrait as _, Database, DbErr, entity::prelude::*};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait::async_trait};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "visits")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub visited_at: DateTimeUtc,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

struct AddVisits;

impl MigrationName for AddVisits {
    fn name(&self) -> &str {
        "add_visits"
    }
}

#[async_trait]
impl MigrationTrait for AddVisits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("../../migrations/V1__add_visits.sql")).await?;
        Ok(())
    }
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(AddVisits)]
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::connect(env::var("DATABASE_URL")?).await?;
    Migrator::up(&database, None).await?;
    let visit = <ActiveModel as Default>::default().insert(&database).await?;
    println!("visit {}", visit.id);
    Ok(())
}
