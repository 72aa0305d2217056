//! What a product does after each migration: Flyway calls it `afterEachMigrate`.

use std::fmt;

use futures::future::BoxFuture;
use tokio_postgres::Client;

use super::{error::Error, migrations::Migrations};

/// SQL that a product executes after each migration: give it to
/// [`Migrations::with_after_each_migrate`](crate::Migrations::with_after_each_migrate). Flyway calls it `afterEachMigrate`.
///
/// It is for databases in which an object has another form than the migrations give it, such as functions of a database that is
/// distributed over machines. The SQL runs in the transaction of each migration and of each rollback, of whichever source, so that
/// no other session sees the migration's form. A start with nothing pending asks [`is_due`](Self::is_due), because refinery's own
/// runner executes no such SQL.
pub trait AfterEachMigrate: fmt::Debug + Send + Sync {
    /// Whether [`sql`](Self::sql) would change something. Asked only if exactly the program's migrations of the source are applied.
    /// It must not write, and may run outside the lock; on most databases it should cost one read.
    fn is_due<'a>(&'a self, client: &'a Client) -> IsDue<'a>;

    /// The statements. They must change nothing if nothing is due, and run inside a transaction. The database may have only some of
    /// the migrations.
    fn sql(&self) -> String;

    /// Why the migrations of the source above version `to` can't be rolled back in this database; `None` if they can.
    fn refuses_rollback<'a>(&'a self, _client: &'a Client, _to: i32) -> RefusesRollback<'a> {
        Box::pin(async { Ok(None) })
    }
}

/// What [`AfterEachMigrate::is_due`] returns: `Box::pin(async move { … })`.
pub type IsDue<'a> = BoxFuture<'a, Result<bool, tokio_postgres::Error>>;

/// What [`AfterEachMigrate::refuses_rollback`] returns: `Box::pin(async move { … })`.
pub type RefusesRollback<'a> = BoxFuture<'a, Result<Option<String>, tokio_postgres::Error>>;

/// The statements of all sources; `None` if there are none.
pub(super) fn sql(migrations: &Migrations) -> Option<String> {
    let all: Vec<String> = of(migrations).map(AfterEachMigrate::sql).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Whether those of a source change something.
pub(super) async fn is_due(client: &Client, migrations: &Migrations) -> Result<bool, Error> {
    for after_each in of(migrations) {
        let unknown = |error| Error::database("cannot tell whether the SQL after each migration is due", &error);
        if after_each.is_due(client).await.map_err(unknown)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn of(migrations: &Migrations) -> impl Iterator<Item = &dyn AfterEachMigrate> {
    migrations.all_sources().iter().filter_map(|source| source.after_each.as_deref())
}
