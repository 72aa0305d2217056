//! The prepared statements of a connection.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;
use tokio_postgres::{Client, Statement};

use super::{error::Error, query::Query};

/// The statements that a connection has prepared. Each was compared with the build once, when it was prepared.
#[derive(Debug, Default)]
pub(crate) struct Statements(Mutex<HashMap<Key, Arc<OnceCell<Statement>>>>);

/// The place of the SQL in the program: comparing that is faster than comparing the text.
type Key = (usize, usize);

impl Statements {
    /// The prepared statement. Calls that need it at the same time wait for one to prepare it.
    pub(crate) async fn prepare(&self, driver: &Client, query: &'static Query) -> Result<Statement, Error> {
        let cell = Arc::clone(self.cells().entry(key(query)).or_default());
        let prepared = cell.get_or_try_init(|| async {
            let statement = driver.prepare(query.sql).await.map_err(|error| Error::new(query, error))?;
            query.check(&statement)?;
            Ok(statement)
        });
        prepared.await.cloned()
    }

    /// The statement, if it is prepared.
    pub(crate) fn get(&self, query: &'static Query) -> Option<Statement> {
        self.cells().get(&key(query)).and_then(|cell| cell.get().cloned())
    }

    /// Forgets a statement that can no longer be used.
    pub(crate) fn remove(&self, query: &'static Query) {
        self.cells().remove(&key(query));
    }

    fn cells(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<OnceCell<Statement>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(query: &'static Query) -> Key {
    (query.sql.as_ptr().addr(), query.sql.len())
}
