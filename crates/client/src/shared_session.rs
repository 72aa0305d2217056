//! Statements behind a pooler that gives each transaction another session: each transaction begins with the settings, and
//! nothing is left behind for the next one.

use std::{collections::HashMap, pin::Pin, sync::LazyLock};

use futures::{FutureExt, TryStreamExt, future};
use postgres_types::{ToSql, Type};
use tokio_postgres::{Client as Driver, Error as DriverError, SimpleQueryMessage, SimpleQueryStream, error::SqlState};

use super::{
    answer::Answer, client::Client, error::Error, pool::millis, query::Query, query::type_name, types::Parameter,
};

/// What begins the transaction of a statement that has none.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The types that every server has, by their names in a [`Query`].
static BUILT_IN: LazyLock<HashMap<String, Type>> = LazyLock::new(|| {
    // Those of users begin at 16,384.
    (1..16_384).filter_map(Type::from_oid).map(|ty| (type_name(&ty), ty)).collect()
});

/// A type that every server has, by its name in a [`Query`].
pub(crate) fn built_in(name: &str) -> Option<&'static Type> {
    BUILT_IN.get(name)
}

/// The types in a database that the driver would look up, as text for a cast. It looks up those of the rows of tables, too, but
/// only where a statement has one.
const OTHER_TYPES: &str = "SELECT t.oid::regtype FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid \
    LEFT JOIN pg_type e ON e.oid = t.typelem LEFT JOIN pg_class ec ON ec.oid = e.typrelid \
    WHERE t.oid >= 16384 AND t.typtype <> 'p' AND COALESCE(c.relkind, ec.relkind, 'c') = 'c' \
    AND has_type_privilege(t.oid, 'USAGE') AND has_schema_privilege(t.typnamespace, 'USAGE') LIMIT 1000";

/// The names that the driver gives to prepared statements.
const LEFT_BEHIND: &str = "SELECT name FROM pg_prepared_statements WHERE name ~ '^s[0-9]+$'";

impl Client {
    /// Whether each transaction may get another session.
    pub(super) fn shares_session(&self) -> bool {
        self.shared.local_settings.is_some()
    }

    /// Whether a statement must be given a transaction of its own, for the settings that it relies on.
    pub(super) fn needs_transaction(&self) -> bool {
        self.shares_session() && !self.state.in_transaction()
    }

    /// Whether the statement must run outside a transaction, such as VACUUM.
    pub(super) fn must_run_alone(&self, error: &Error) -> bool {
        self.needs_transaction() && error.sqlstate() == Some(&SqlState::ACTIVE_SQL_TRANSACTION)
    }

    /// The SQL that begins a transaction.
    pub(super) fn begin_sql(&self, begin: String) -> String {
        match &self.shared.local_settings {
            Some(settings) => {
                let limit = millis(self.state.statement_timeout());
                format!("{begin}; SET LOCAL statement_timeout = {limit}{settings}")
            }
            None => begin,
        }
    }

    /// Sends a statement without preparing it.
    pub(super) async fn start_unprepared(
        &self,
        query: &'static Query,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Answer, Error> {
        let failed = |error| Error::new(query, error);
        if self.needs_transaction() {
            return Box::pin(self.start_in_transaction(query, sql, parameters)).await;
        }
        let types = match built_in_types(query) {
            Some((types, _)) => types,
            None => Box::pin(self.look_up(query, sql)).await?.0,
        };
        let rows = self.driver().query_typed_raw(sql, typed(parameters, types)).await.map_err(failed)?;
        Ok(Answer::unprepared(query, rows, None))
    }

    /// BEGIN, the statement and COMMIT are sent at once: they take one round trip.
    async fn start_in_transaction(
        &self,
        query: &'static Query,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Answer, Error> {
        let failed = |error| Error::new(query, error);
        let driver = self.driver();
        let turn = self.connection().turn().lock().await;
        let mut begin = Some(send(driver, &self.begin_sql(BEGIN.to_owned())).map_err(failed)?);
        let types = match built_in_types(query) {
            Some((types, _)) => types,
            // The server must say which types they are.
            None => match self.look_up_after(begin.take(), query, sql).await {
                Ok(types) => types,
                Err(error) => {
                    self.roll_back(driver).await;
                    return Err(error);
                }
            },
        };
        let mut start = Box::pin(driver.query_typed_raw(sql, typed(parameters, types)));
        let started = start.as_mut().now_or_never();
        let end = send(driver, "COMMIT").map_err(failed)?;
        self.state.roll_back_if_abandoned(false);
        drop(turn);
        let start = async {
            match started {
                Some(outcome) => outcome,
                None => start.await,
            }
        };
        let (first, rows) = future::join(read(begin), start).await;
        first.map_err(failed)?;
        Ok(Answer::unprepared(query, rows.map_err(failed)?, Some(end)))
    }

    async fn look_up_after(
        &self,
        begin: Option<Pin<Box<SimpleQueryStream>>>,
        query: &'static Query,
        sql: &str,
    ) -> Result<Vec<Type>, Error> {
        self.state.roll_back_if_abandoned(true);
        read(begin).await.map_err(|error| Error::new(query, error))?;
        Ok(self.look_up(query, sql).await?.0)
    }

    async fn roll_back(&self, driver: &Driver) {
        // If it fails the connection is lost, and the transaction with it.
        let _ = driver.batch_execute("ROLLBACK").await;
        self.state.roll_back_if_abandoned(false);
    }

    /// Runs SQL text of several statements in one transaction.
    pub(super) async fn batch_in_transaction(&self, query: &'static Query, sql: &str) -> Result<(), Error> {
        let driver = self.driver();
        let failed = |error| Error::new(query, error);
        let turn = self.connection().turn().lock().await;
        let begin = send(driver, &self.begin_sql(BEGIN.to_owned())).map_err(failed)?;
        let run = send(driver, sql).map_err(failed)?;
        let end = send(driver, "COMMIT").map_err(failed)?;
        drop(turn);
        let (first, second, third) = future::join3(read(Some(begin)), read(Some(run)), read(Some(end))).await;
        first.and(second).and(third).map_err(failed)
    }

    /// Runs `work` in a transaction of its own, if the client is in none and needs one.
    pub(super) async fn in_transaction<T>(
        &self,
        query: &'static Query,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.begin_if_needed(query).await?;
        let outcome = work.await;
        self.end_if_needed(query, outcome.is_ok()).await?;
        outcome
    }

    /// Begins the transaction of a call of several messages, such as COPY.
    pub(super) async fn begin_if_needed(&self, query: &'static Query) -> Result<(), Error> {
        if !self.needs_transaction() {
            return Ok(());
        }
        self.state.roll_back_if_abandoned(true);
        let begin = self.begin_sql(BEGIN.to_owned());
        self.driver().batch_execute(&begin).await.map_err(|error| Error::new(query, error))
    }

    /// Ends what [`begin_if_needed`](Self::begin_if_needed) has begun.
    pub(super) async fn end_if_needed(&self, query: &'static Query, is_ok: bool) -> Result<(), Error> {
        if !self.needs_transaction() {
            return Ok(());
        }
        let end = if is_ok { "COMMIT" } else { "ROLLBACK" };
        let ended = self.driver().batch_execute(end).await.map_err(|error| Error::new(query, error));
        self.state.roll_back_if_abandoned(false);
        ended
    }

    /// The types of a statement's parameters and columns.
    pub(super) async fn statement_types(&self, query: &'static Query) -> Result<(Vec<Type>, Vec<Type>), Error> {
        match built_in_types(query) {
            Some(types) => Ok(types),
            None => self.in_transaction(query, self.look_up(query, query.sql)).await,
        }
    }

    /// Asks the server for the types of a statement's parameters and columns, inside a transaction.
    async fn look_up(&self, query: &'static Query, sql: &str) -> Result<(Vec<Type>, Vec<Type>), Error> {
        let failed = |error| Error::new(query, error);
        self.connection().other_types().get_or_try_init(|| load_types(self.driver())).await.map_err(failed)?;
        // Dropped here, it is closed in this transaction.
        let statement = self.driver().prepare(sql).await.map_err(|error| {
            if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) {
                // A type that was made later: only another connection looks it up.
                self.state.set_broken();
            }
            failed(error)
        })?;
        query.check(&statement)?;
        let columns = statement.columns().iter().map(|column| column.type_().clone()).collect();
        Ok((statement.params().to_vec(), columns))
    }
}

/// Makes the driver look up all types that are not built in, and removes the statements that it has prepared for that: in
/// another session they would not exist, or be those of another program.
async fn load_types(driver: &Driver) -> Result<(), DriverError> {
    let names = texts(driver, OTHER_TYPES).await?;
    if names.is_empty() {
        return Ok(());
    }
    let casts: Vec<_> = names.iter().enumerate().map(|(at, name)| format!("${}::{name}", at + 1)).collect();
    drop(driver.prepare(&format!("SELECT {}", casts.join(", "))).await?);
    let prepared = texts(driver, LEFT_BEHIND).await?;
    let deallocations: String = prepared.iter().map(|name| format!("DEALLOCATE {name};")).collect();
    driver.batch_execute(&deallocations).await
}

/// The first column.
async fn texts(driver: &Driver, sql: &str) -> Result<Vec<String>, DriverError> {
    let messages = driver.simple_query(sql).await?;
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    Ok(messages.iter().filter_map(text).collect())
}

/// The types of the parameters and columns, if the build knows them and every server has them.
fn built_in_types(query: &'static Query) -> Option<(Vec<Type>, Vec<Type>)> {
    if query.line == 0 {
        return None;
    }
    let known = |name: &&str| built_in(name).cloned();
    let parameters = query.parameters.iter().map(known).collect::<Option<_>>()?;
    let columns = query.columns.iter().map(|(_, name)| known(name)).collect::<Option<_>>()?;
    Some((parameters, columns))
}

fn typed<'p>(
    parameters: &'p [&'p (dyn ToSql + Sync)],
    types: Vec<Type>,
) -> impl Iterator<Item = (Parameter<'p>, Type)> {
    parameters.iter().map(|value| Parameter(*value)).zip(types)
}

/// Sends SQL text at once; the answer can be read later.
fn send(driver: &Driver, sql: &str) -> Result<Pin<Box<SimpleQueryStream>>, DriverError> {
    let sent = driver.simple_query_raw(sql).now_or_never();
    sent.expect("sending does not wait").map(Box::pin)
}

/// Reads an answer to its end.
async fn read(answer: Option<Pin<Box<SimpleQueryStream>>>) -> Result<(), DriverError> {
    let Some(mut answer) = answer else { return Ok(()) };
    while answer.try_next().await?.is_some() {}
    Ok(())
}
