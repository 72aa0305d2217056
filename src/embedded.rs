//! The migrations, compiled into the program.

/// refinery's runner over the files of `migrations/`.
pub mod migrations {
    use crate::migrate::normalised;

    /// The table that records which migrations a database has had; the same on every path to a database.
    pub const HISTORY_TABLE: &str = "schema_migrations";

    mod files {
        refinery::embed_migrations!("migrations");
    }

    /// A runner as refinery's users know it, recording in [`HISTORY_TABLE`].
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
