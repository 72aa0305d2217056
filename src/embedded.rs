//! The migrations of `migrations/`, compiled into the program.

use barqnet_db_migrate::Migrations;

use crate::legacy::GoProduct;

mod files {
    refinery::embed_migrations!("migrations");
}

/// The migrations for this crate's own runner, which also converts databases of the Go product: see
/// [`migrate`](crate::migrate).
#[must_use]
pub fn migrations() -> Migrations {
    Migrations::from_runner(&files::migrations::runner())
        .unwrap_or_else(|error| unreachable!("the build step checks them: {error}"))
        .with_baseline(GoProduct)
}

/// The settings of the build step, `codegen.toml`: among them which file of `schema/` contains an object.
pub const CODEGEN_SETTINGS: &str = include_str!("../codegen.toml");

/// The migrations for refinery's own runner.
pub mod migrations {
    #[doc(inline)]
    pub use barqnet_db_migrate::HISTORY_TABLE;
    use barqnet_db_migrate::normalised;

    use super::files;

    /// refinery's own runner, which records in [`HISTORY_TABLE`].
    ///
    /// ```no_run
    /// # async fn run(client: &mut tokio_postgres::Client) -> Result<(), refinery::Error> {
    /// let report = barqnet_db::embedded::migrations::runner().run_async(client).await?;
    /// for migration in report.applied_migrations() {
    ///     println!("applied {migration}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn runner() -> refinery::Runner {
        let files = files::migrations::runner();
        let same = |file: &refinery::Migration| normalised(file).unwrap_or_else(|_| file.clone());
        let migrations: Vec<_> = files.get_migrations().iter().map(same).collect();
        let mut runner = refinery::Runner::new(&migrations);
        runner.set_migration_table_name(HISTORY_TABLE);
        runner
    }
}
