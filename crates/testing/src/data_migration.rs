//! Tests of migrations that change rows: the database before one migration, and the same database after it.

use barqnet_db_client::{
    pool::{Pool, Settings},
    tokio_postgres::Client,
};
use barqnet_db_migrate::{MigrateOptions, Migrations, Target, migrate_with, rollback};

use crate::{
    TestDatabase,
    server::{connect, done},
    template::template,
};

/// A database as it is before a migration, for a test that loads rows, applies the migration and compares.
///
/// ```no_run
/// use barqnet_db_migrate::Migrations;
/// use barqnet_db_testing::DataMigration;
///
/// # async fn test(migrations: Migrations) {
/// // V7 splits names into two columns. In a chain: ("app", 7).
/// let migration = DataMigration::before(&migrations, 7).await;
/// migration.load("INSERT INTO people (name) VALUES ('Ada Lovelace'), ('Plato')").await;
/// let people = "SELECT id, CONCAT_WS(' ', first_name, last_name) FROM people ORDER BY id";
/// let before = migration.rows("SELECT id, name FROM people ORDER BY id").await;
/// migration.apply().await;
/// assert_eq!(migration.rows(people).await, before);
/// # }
/// ```
#[derive(Debug)]
pub struct DataMigration {
    database: TestDatabase,
    migrations: Migrations,
    target: Target,
    before: Target,
}

impl DataMigration {
    /// A database to which everything is applied that comes before the migration with this version: `7`, or in a chain
    /// `("app", 7)`.
    pub async fn before(migrations: &Migrations, target: impl Into<Target>) -> Self {
        let target = target.into();
        let source = target.source.clone();
        let version = migrations.version_before(&target).unwrap_or_else(|error| panic!("{error}"));
        let before = Target { source, version };
        let server = connect("postgres").await;
        let template = template(&server, migrations, Some(&before)).await;
        let database = TestDatabase::copy_of(&server, &template).await;
        Self { database, migrations: migrations.clone(), target, before }
    }

    /// Applies the migration, and nothing after it.
    pub async fn apply(&self) {
        if let Err(error) = self.try_apply().await {
            panic!("{error}");
        }
    }

    /// Applies the migration, for a test of rows that it must refuse.
    pub async fn try_apply(&self) -> Result<(), barqnet_db_migrate::Error> {
        let options = MigrateOptions { to: Some(self.target.clone()), ..MigrateOptions::default() };
        migrate_with(&self.settings(), &self.migrations, &options).await.map(drop)
    }

    /// Rolls the migration back, for a test of what its rollback keeps.
    pub async fn roll_back(&self) {
        let undone =
            rollback(&self.settings(), &self.migrations, self.before.clone(), &MigrateOptions::default()).await;
        undone.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Runs SQL, such as that which loads the rows.
    pub async fn load(&self, sql: &str) {
        done(sql, self.client().await.batch_execute(sql).await);
    }

    /// The rows of a query, each as PostgreSQL writes a row: `(1,"Ada Lovelace",)`.
    pub async fn rows(&self, query: &str) -> Vec<String> {
        let sql = format!("SELECT ROW(q.*)::TEXT FROM ({query}) q");
        done(query, self.client().await.query(&sql, &[]).await).iter().map(|row| row.get(0)).collect()
    }

    /// Settings to connect with.
    pub fn settings(&self) -> Settings {
        self.database.settings()
    }

    /// A pool on the database.
    pub async fn pool(&self) -> Pool {
        self.database.pool().await
    }

    /// The driver's own client on the database.
    pub async fn client(&self) -> Client {
        self.database.client().await
    }
}
