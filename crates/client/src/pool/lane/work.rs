//! A statement with its parameters as they are sent, so that it can outlive its caller and be sent twice.

use std::fmt;

use bytes::{BufMut, BytesMut};
use postgres_types::{Format, IsNull, ToSql, Type};
use tokio_postgres::{RowStream, Statement};

use crate::{error_text::in_full, query::Query, types::Parameter};

/// What a connection is to run.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) query: &'static Query,
    statement: Statement,
    parameters: Parameters,
}

impl Work {
    pub(super) fn new(query: &'static Query, statement: Statement, parameters: &[&(dyn ToSql + Sync)]) -> Self {
        let parameters = Parameters::encode(parameters, statement.params());
        Self { query, statement, parameters }
    }

    /// Sends it when it is first polled.
    pub(super) async fn send(&self, driver: &tokio_postgres::Client) -> Result<RowStream, tokio_postgres::Error> {
        driver.query_raw(&self.statement, self.parameters.iter()).await
    }
}

struct Parameters {
    bytes: BytesMut,
    values: Vec<Value>,
}

/// The end of a value in the bytes; it begins where the last one ends.
struct Value {
    format: Format,
    end: usize,
    is_null: bool,
    /// Why it can't be encoded.
    problem: Option<String>,
}

/// The values are not shown: they may be personal data.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters").field("number", &self.values.len()).finish_non_exhaustive()
    }
}

impl Parameters {
    /// The driver reports a wrong number and values that don't fit: both are kept for it.
    fn encode(parameters: &[&(dyn ToSql + Sync)], types: &[Type]) -> Self {
        let mut bytes = BytesMut::with_capacity(128);
        let mut values = Vec::with_capacity(parameters.len());
        for (index, value) in parameters.iter().enumerate() {
            let (parameter, ty) = (Parameter(*value), types.get(index).unwrap_or(&Type::UNKNOWN));
            let format = parameter.encode_format(ty);
            let (is_null, problem) = match parameter.to_sql_checked(ty, &mut bytes) {
                Ok(is_null) => (matches!(is_null, IsNull::Yes), None),
                Err(error) => (false, Some(in_full(error.as_ref()))),
            };
            values.push(Value { format, end: bytes.len(), is_null, problem });
        }
        Self { bytes, values }
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = Encoded<'_>> {
        let mut begin = 0;
        self.values.iter().map(move |value| {
            let bytes = &self.bytes[begin..value.end];
            begin = value.end;
            Encoded { value, bytes }
        })
    }
}

/// A value that has been encoded before.
struct Encoded<'p> {
    value: &'p Value,
    bytes: &'p [u8],
}

/// The driver logs its parameters at level debug.
impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ToSql for Encoded<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.value.problem {
            Some(problem) => Err(problem.as_str().into()),
            None if self.value.is_null => Ok(IsNull::Yes),
            None => {
                out.put_slice(self.bytes);
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        self.value.format
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.to_sql(ty, out)
    }
}
