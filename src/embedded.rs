//! The migrations of `migrations/`, compiled into the program.

use barqnet_db_migrate::{HISTORY_TABLE, Migrations};

use crate::{distribution::ClusterForms, legacy::GoProduct};

mod files {
    refinery::embed_migrations!("migrations");
}

/// The migrations for this crate's own runner, which also converts databases of the Go product, and keeps a
/// distributed one distributed: see [`migrate`](crate::migrate). They are the source `barqnet`; a service adds its own with
/// [`Migrations::then`].
#[must_use]
pub fn migrations() -> Migrations {
    Migrations::from_runner(&files::migrations::runner())
        .unwrap_or_else(|error| unreachable!("the build step checks them: {error}"))
        .named("barqnet")
        .with_history_table(HISTORY_TABLE)
        .with_baseline(GoProduct)
        .with_after_each_migrate(ClusterForms)
}

/// The settings of the build step, `codegen.toml`: among them which file of `schema/` contains an object.
pub const CODEGEN_SETTINGS: &str = include_str!("../codegen.toml");

/// The migrations for refinery's own runner.
pub mod migrations {
    #[doc(inline)]
    pub use barqnet_db_migrate::HISTORY_TABLE;

    /// refinery's own runner, which records in [`HISTORY_TABLE`]. Either runner finds nothing to do after the other.
    ///
    /// refinery runs every migration in a transaction; see [`Migrations::runners`](crate::migrate::Migrations::runners) for what
    /// that means for those that ask to run outside of one.
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
        super::migrations().runners().remove(0)
    }
}
