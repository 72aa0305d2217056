//! The server's answer to a statement: its rows, and the end of the transaction that it was given.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use futures::{Stream, TryStreamExt};
use pin_project_lite::pin_project;
use tokio_postgres::{Row, RowStream, SimpleQueryStream};

use super::{error::Error, query::Query};

/// What must follow the last row.
pub(super) type End = Option<Pin<Box<SimpleQueryStream>>>;

pin_project! {
    /// The rows of a statement. Where the statement has a transaction of its own, they end when that is committed.
    pub(super) struct Answer {
        query: &'static Query,
        #[pin]
        rows: RowStream,
        end: End,
        has_all_rows: bool,
        // Of a statement that was not prepared, the first row is compared with the build.
        is_unchecked: bool,
    }
}

impl Answer {
    pub(super) fn new(query: &'static Query, rows: RowStream) -> Self {
        Self { query, rows, end: None, has_all_rows: false, is_unchecked: false }
    }

    /// The answer to a statement that was not prepared, with the end of its transaction if it has one.
    pub(super) fn unprepared(query: &'static Query, rows: RowStream, end: End) -> Self {
        Self { query, rows, end, has_all_rows: false, is_unchecked: true }
    }

    /// The number of rows that the statement changed; those that it returns are dropped.
    pub(super) async fn affected(self) -> Result<u64, Error> {
        let mut answer = pin!(self);
        while answer.try_next().await?.is_some() {}
        Ok(answer.rows.rows_affected().unwrap_or(0))
    }
}

impl Stream for Answer {
    type Item = Result<Row, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if !*this.has_all_rows {
            match ready!(this.rows.poll_next(cx)) {
                Some(Ok(row)) => {
                    if std::mem::take(this.is_unchecked) {
                        this.query.check_row(&row)?;
                    }
                    return Poll::Ready(Some(Ok(row)));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(Error::new(this.query, error)))),
                None => *this.has_all_rows = true,
            }
        }
        while let Some(end) = this.end {
            match ready!(end.as_mut().poll_next(cx)) {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(Error::new(this.query, error)))),
                None => *this.end = None,
            }
        }
        Poll::Ready(None)
    }
}
