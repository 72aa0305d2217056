//! COPY: the fastest way for many rows, in PostgreSQL's binary format.

use std::{error::Error as StdError, pin::pin};

use bytes::{BufMut, BytesMut};
use futures::{SinkExt, Stream, StreamExt, stream};
use postgres_types::{IsNull, ToSql, Type};
use tokio_postgres::binary_copy::BinaryCopyOutStream;

use super::{
    bound::Returning,
    error::Error,
    query::Query,
    row::Row,
    session::{GenericClient, ReadClient},
    telemetry,
    types::Parameter,
};

/// What COPY in the binary format begins with: a signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// How much is collected before it is sent.
const CHUNK: usize = 64 * 1024;

/// Why COPY is refused on a lane.
const COPIES: &str = "COPY takes its connection for as long as there are rows";

/// Copies rows into a table by `copy`, the COPY of `query`, an INSERT of the same columns. `values` gives the values of a row
/// and, by their positions in `order`, the parameters of the INSERT that they are.
///
/// Rows are taken from the stream as fast as the server accepts them. A call that is dropped before it is done, or that
/// fails, has copied nothing.
pub async fn copy_in<C, R, const N: usize>(
    client: &C,
    (query, copy): (&'static Query, &'static Query),
    order: [usize; N],
    rows: impl Stream<Item = R>,
    values: impl for<'r> Fn(&'r R) -> [&'r (dyn ToSql + Sync); N],
) -> Result<u64, Error>
where
    C: GenericClient,
{
    let failed = |error| Error::new(copy, error);
    let client = client.runner().client(copy, COPIES)?;
    // The server says of which types the columns are when it prepares the INSERT.
    let (parameters, _) = client.types_of(query).await?;
    let types = order.map(|parameter| parameters[parameter].clone());
    let (mut call, sink) = client.begin_copy_in(copy).await?;
    let mut sink = pin!(sink);
    let copied = async {
        let mut rows = pin!(rows);
        let mut buffer = BytesMut::from(HEADER);
        let mut number = 0;
        while let Some(row) = rows.next().await {
            number += 1;
            write(&mut buffer, &values(&row), &types).map_err(|(column, source)| Error::Encode {
                statement: copy,
                row: number,
                column: copy.columns.get(column).map_or_else(String::new, |(name, _)| (*name).to_owned()),
                source,
            })?;
            if buffer.len() > CHUNK {
                call.limited(sink.send(buffer.split().freeze())).await?.map_err(failed)?;
            }
        }
        buffer.put_i16(-1);
        call.limited(sink.send(buffer.freeze())).await?.map_err(failed)?;
        call.limited(sink.as_mut().finish()).await?.map_err(failed)
    }
    .await;
    let copied = match copied {
        // The client's failure: the dropped call ends the transaction, too.
        Err(error @ Error::Encode { .. }) => Err(error),
        copied => {
            let ended = call.limited(client.end_if_needed(copy, copied.is_ok())).await?;
            copied.and_then(|rows| ended.map(|()| rows))
        }
    };
    match &copied {
        Ok(rows) => {
            call.measured().set_rows(telemetry::Rows::Changed(*rows));
            call.finish(None);
        }
        // The client's failure: the server still waits, and the dropped call ends that.
        Err(error @ Error::Encode { .. }) => call.measured().finish(Some(error)),
        Err(error) => call.finish(Some(error)),
    }
    copied
}

type Failure = (usize, Box<dyn StdError + Send + Sync>);

/// Appends a row: the number of its values, then each with its length.
fn write(out: &mut BytesMut, values: &[&(dyn ToSql + Sync)], types: &[Type]) -> Result<(), Failure> {
    out.put_i16(i16::try_from(values.len()).map_err(|error| (0, error.into()))?);
    for (column, (value, ty)) in values.iter().zip(types).enumerate() {
        let length_at = out.len();
        out.put_i32(-1);
        let is_null = Parameter(*value).to_sql_checked(ty, out).map_err(|error| (column, error))?;
        if matches!(is_null, IsNull::No) {
            let length = i32::try_from(out.len() - length_at - 4).map_err(|error| (column, error.into()))?;
            out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

/// Copies the rows of `query`, which has no parameters, and returns them as they arrive.
pub async fn copy_out<'c, C: ReadClient, S: Returning>(
    client: &'c C,
    (query, copy): (&'static Query, &'static Query),
    own: fn(S::Borrowed<'_>) -> S::Row,
) -> Result<impl Stream<Item = Result<S::Row, Error>> + use<'c, C, S>, Error> {
    let client = client.runner().client(copy, COPIES)?;
    let (_, types) = client.types_of(query).await?;
    let (call, stream) = client.begin_copy_out(copy).await?;
    let rows = BinaryCopyOutStream::new(stream, &types);
    Ok(Box::pin(stream::try_unfold((call, Box::pin(rows)), move |(mut call, mut rows)| async move {
        // Dropped before the last row, the call cancels the COPY.
        match call.limited(rows.next()).await? {
            Some(Ok(row)) => {
                call.measured().add_row();
                Ok(Some((S::read(&Row::copied(row, query)).map(own)?, (call, rows))))
            }
            Some(Err(error)) => {
                let error = Error::new(copy, error);
                // The first error counts.
                let _ = call.limited(call.client().end_if_needed(copy, false)).await?;
                call.finish(Some(&error));
                Err(error)
            }
            None => {
                let ended = call.limited(call.client().end_if_needed(copy, true)).await?;
                call.finish(ended.as_ref().err());
                ended.map(|()| None)
            }
        }
    })))
}
