//! The prepared statements of a connection.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    ptr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;
use tokio_postgres::{Client, Statement};

use super::{error::Error, query::Query};

/// The statements that a connection has prepared. Each was compared with the build once, when it was prepared.
#[derive(Debug, Default)]
pub(crate) struct Statements(Mutex<HashMap<Key, Arc<OnceCell<Statement>>>>);

/// A query by its name and text. Its place in the program is not enough: the compiler may put a constant into several.
#[derive(Clone, Copy, Debug)]
struct Key(&'static Query);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.0, other.0);
        // Nearly always, and faster.
        ptr::eq(one.sql, other.sql) || (one.name == other.name && one.sql == other.sql)
    }
}

impl Eq for Key {}

impl Hash for Key {
    /// The text is long, and the name says nearly as much.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
        state.write_usize(self.0.sql.len());
    }
}

impl Statements {
    /// The prepared statement. Calls that need it at the same time wait for one to prepare it.
    pub(crate) async fn prepare(&self, driver: &Client, query: &'static Query) -> Result<Statement, Error> {
        let cell = Arc::clone(self.cells().entry(Key(query)).or_default());
        let prepared = cell.get_or_try_init(|| async {
            let statement = driver.prepare(query.sql).await.map_err(|error| Error::new(query, error))?;
            query.check(&statement)?;
            Ok(statement)
        });
        prepared.await.cloned()
    }

    /// The statement, if it is prepared.
    pub(crate) fn get(&self, query: &'static Query) -> Option<Statement> {
        self.cells().get(&Key(query)).and_then(|cell| cell.get().cloned())
    }

    /// Forgets a statement that can no longer be used.
    pub(crate) fn remove(&self, query: &'static Query) {
        self.cells().remove(&Key(query));
    }

    fn cells(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<OnceCell<Statement>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
