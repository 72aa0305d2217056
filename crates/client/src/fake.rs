//! A client without a server, for unit tests.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::BytesMut;
use postgres_types::{IsNull, Kind, ToSql, Type};
use tokio::io::AsyncWriteExt;
use tokio_postgres::{NoTls, error::SqlState};

use super::{
    bound::Returning,
    error::Error,
    query::Query,
    row::Row,
    session::{
        GenericClient,
        sealed::{Run, Runner},
    },
    shared_session::built_in,
    types::Parameter,
};

/// A statement whose rows a [`FakeClient`] can return. The build step writes the implementations into `generated/fakes.rs`, with the
/// setting `fakes`.
pub trait Faked: Returning {
    /// The statement.
    const STATEMENT: &'static Query;

    /// The columns of a row, in the order of the statement.
    fn columns(row: &Self::Row) -> Vec<&(dyn ToSql + Sync)>;
}

/// A client for unit tests: it returns what the test gives it, and records what ran on it. It needs no server.
///
/// It is a [`GenericClient`]: code that takes `&impl GenericClient` or `&impl ReadClient` runs on it as it is. Each answer is for one run of
/// its statement, in the order in which they were given. What PostgreSQL would do is not known to it: test SQL on a server.
///
/// ```
/// use barqnet_db_client::{Error, FakeClient, GenericClient, Query, tokio_postgres::error::SqlState};
///
/// static RENAME: Query = Query::by_hand("books.rename", "UPDATE books SET title = $1 WHERE isbn = $2");
///
/// // What is tested.
/// async fn rename(client: &impl GenericClient, isbn: &str, title: &str) -> Result<bool, Error> {
///     Ok(RENAME.execute(client, &[&title, &isbn]).await? == 1)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = FakeClient::new();
/// client.changes(&RENAME, 1).changes(&RENAME, 0);
/// client.fails(&RENAME, SqlState::UNIQUE_VIOLATION, Some("books_title_key"));
/// assert!(rename(&client, "978", "One").await.unwrap());
/// assert!(!rename(&client, "979", "Two").await.unwrap());
/// assert_eq!(rename(&client, "980", "One").await.unwrap_err().constraint(), Some("books_title_key"));
/// assert_eq!(client.calls(&RENAME)[1], [r#""Two""#, r#""979""#]);
/// # }
/// ```
///
/// # Panics
///
/// A statement that runs without an answer panics, as does a row that can't be encoded.
///
/// # Limits
///
/// COPY is refused with [`Error::NeedsClient`]. Transactions, pools and SQL text need a [`Client`](crate::Client).
#[derive(Default)]
pub struct FakeClient {
    /// By the name of the statement.
    answers: Mutex<HashMap<&'static str, VecDeque<Answer>>>,
    calls: Mutex<Vec<(&'static str, Vec<String>)>>,
}

enum Answer {
    Rows(Vec<Row>),
    Changed(u64),
    Failure(SqlState, Option<&'static str>),
}

impl fmt::Debug for FakeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeClient").field("calls", &lock(&self.calls).len()).finish_non_exhaustive()
    }
}

impl FakeClient {
    /// A client without answers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A run of the statement returns these rows.
    pub fn returns<S: Faked>(&self, _statement: S, rows: impl IntoIterator<Item = S::Row>) -> &Self {
        let query = S::STATEMENT;
        let row = |row: S::Row| Row::given(encode(query, &S::columns(&row)), query);
        self.answer(query, Answer::Rows(rows.into_iter().map(row).collect()))
    }

    /// A run of the statement, which returns no rows, has changed so many.
    pub fn changes(&self, statement: &'static Query, rows: u64) -> &Self {
        self.answer(statement, Answer::Changed(rows))
    }

    /// A run of the statement fails as PostgreSQL lets it fail: with a SQLSTATE and, for a violation, the name of a constraint.
    pub fn fails(&self, statement: &'static Query, code: SqlState, constraint: Option<&'static str>) -> &Self {
        self.answer(statement, Answer::Failure(code, constraint))
    }

    /// The runs of the statement so far: of each, the parameters as `{:?}` shows them.
    #[must_use]
    pub fn calls(&self, statement: &'static Query) -> Vec<Vec<String>> {
        let calls = lock(&self.calls);
        calls.iter().filter(|(name, _)| *name == statement.name).map(|(_, parameters)| parameters.clone()).collect()
    }

    /// The names of the statements that ran, in their order.
    #[must_use]
    pub fn statements(&self) -> Vec<&'static str> {
        lock(&self.calls).iter().map(|(name, _)| *name).collect()
    }

    fn answer(&self, query: &'static Query, answer: Answer) -> &Self {
        lock(&self.answers).entry(query.name).or_default().push_back(answer);
        self
    }

    fn next(&self, query: &'static Query, parameters: &[&(dyn ToSql + Sync)]) -> Answer {
        lock(&self.calls).push((query.name, parameters.iter().map(|value| format!("{value:?}")).collect()));
        let answer = lock(&self.answers).get_mut(query.name).and_then(VecDeque::pop_front);
        answer.unwrap_or_else(|| {
            panic!(
                "FakeClient has no answer for this run of {}: give one with `returns`, `changes` or `fails`",
                query.name
            )
        })
    }

    pub(super) async fn execute(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        match self.next(query, parameters) {
            Answer::Rows(rows) => Ok(rows.len() as u64),
            Answer::Changed(rows) => Ok(rows),
            Answer::Failure(code, constraint) => Err(failure(query, &code, constraint).await),
        }
    }

    pub(super) async fn collect(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        match self.next(query, parameters) {
            Answer::Rows(rows) => Ok(rows),
            Answer::Changed(_) => panic!("{} returns rows: answer it with `returns`, not with `changes`", query.name),
            Answer::Failure(code, constraint) => Err(failure(query, &code, constraint).await),
        }
    }
}

impl Run for FakeClient {
    fn runner(&self) -> Runner<'_> {
        Runner::Fake(self)
    }
}

impl GenericClient for FakeClient {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The columns as PostgreSQL sends them.
fn encode(query: &'static Query, values: &[&(dyn ToSql + Sync)]) -> Vec<(Type, Option<Vec<u8>>)> {
    let column = |(value, (name, ty)): (&&(dyn ToSql + Sync), &(&str, &str))| {
        let ty = type_named(ty);
        let mut out = BytesMut::new();
        match Parameter(*value).to_sql_checked(&ty, &mut out) {
            Ok(IsNull::Yes) => (ty, None),
            Ok(IsNull::No) => (ty, Some(out.to_vec())),
            Err(error) => panic!("the column {name} of {} can't be faked: {error}", query.name),
        }
    };
    values.iter().zip(query.columns).map(column).collect()
}

/// The type of this name. Types that are not built in are enums here.
fn type_named(name: &str) -> Type {
    if let Some(ty) = built_in(name) {
        return ty.clone();
    }
    let of = |name: &str, kind| {
        let (schema, name) = name.split_once('.').unwrap_or(("public", name));
        Type::new(name.to_owned(), 0, kind, schema.to_owned())
    };
    match name.strip_suffix("[]") {
        Some(element) => of(name, Kind::Array(type_named(element))),
        None => of(name, Kind::Enum(Vec::new())),
    }
}

/// The driver makes errors of PostgreSQL only of what it receives: it is answered with one when it connects.
async fn failure(query: &'static Query, code: &SqlState, constraint: Option<&str>) -> Error {
    let message = constraint.map_or_else(|| "a failure of FakeClient".to_owned(), |name| format!("violates {name}"));
    let fields = [('S', "ERROR"), ('V', "ERROR"), ('C', code.code()), ('M', &message)];
    let fields = fields.into_iter().chain(constraint.map(|name| ('n', name)));
    let body: String = fields.map(|(field, text)| format!("{field}{text}\0")).chain(["\0".to_owned()]).collect();
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let response = [&b"E"[..], &length.to_be_bytes(), body.as_bytes()].concat();
    let (near, mut far) = tokio::io::duplex(response.len() + 1024);
    let written = far.write_all(&response).await;
    let connected = tokio_postgres::Config::new().user("fake").connect_raw(near, NoTls).await;
    match (written, connected) {
        (Ok(()), Err(error)) => Error::new(query, error),
        _ => unreachable!("the answer is an error"),
    }
}

/// Writes the implementations of [`Faked`]; `barqnet-db-codegen` writes the call.
#[doc(hidden)]
#[macro_export]
macro_rules! faked {
    ($($statement:ty $({ $($field:ident),+ $(,)? })?;)*) => {
        $(impl $crate::Faked for $statement {
            const STATEMENT: &'static $crate::Query = <$statement>::QUERY;
            fn columns(row: &<Self as $crate::Returning>::Row) -> ::std::vec::Vec<&(dyn $crate::tokio_postgres::types::ToSql + Sync)> {
                $crate::faked!(@columns row $({ $($field),+ })?)
            }
        })*
    };
    (@columns $row:ident { $($field:ident),+ }) => { ::std::vec![$(&$row.$field),+] };
    (@columns $row:ident) => { ::std::vec![$row] };
}
