//! The rows of a statement as they arrive.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures::{Stream, StreamExt};
use tokio::time::{Sleep, sleep};

use super::{
    answer::Answer,
    call::Call,
    error::{Error, Failure},
    query::Query,
    row::Row,
};

/// How many bytes of rows are kept for a stream when another statement runs on its client.
pub(super) const MAX_BUFFERED_BYTES: usize = 16 << 20;

/// The rows of a statement, as they arrive.
///
/// The client can be used while it is held: the next call first reads the rest of the rows into memory. Above 16 MiB it
/// gives up, and the stream ends with [`Error::Overrun`]. On a lane all rows are read before the first is returned, with the same
/// limit. Dropped early, the statement is cancelled on the server; inside a
/// transaction, where that would abort the transaction, the rest is read and discarded instead.
#[derive(Debug)]
pub struct Rows<'c> {
    statement: &'static Query,
    /// `None` on a lane, where all rows have been read before.
    call: Option<Call<'c>>,
    buffer: Buffer,
    /// The end of the wait for the next row.
    deadline: Option<Pin<Box<Sleep>>>,
    is_done: bool,
    /// Of a test, which come before all others.
    #[cfg(feature = "fakes")]
    given: VecDeque<Row>,
}

/// A stream's source, shared with the calls that follow on the same client.
#[derive(Clone, Debug)]
pub(super) struct Buffer(Arc<Mutex<Source>>);

struct Source {
    /// `None` when all have been read, or given up.
    rows: Option<Pin<Box<Answer>>>,
    read: VecDeque<Result<tokio_postgres::Row, Error>>,
    has_overrun: bool,
    /// Of the stream's holder, while another call reads the rows.
    holder: Option<Waker>,
    is_filling: bool,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("read", &self.read.len()).finish_non_exhaustive()
    }
}

impl<'c> Rows<'c> {
    pub(super) fn new(call: Call<'c>, rows: Answer) -> Self {
        let source = Source {
            rows: Some(Box::pin(rows)),
            read: VecDeque::new(),
            has_overrun: false,
            holder: None,
            is_filling: false,
        };
        let buffer = Buffer(Arc::new(Mutex::new(source)));
        call.client().state.add_stream(buffer.clone());
        Self::of(call.statement(), Some(call), buffer)
    }

    /// Of rows that have been read.
    pub(super) fn received(statement: &'static Query, rows: Vec<tokio_postgres::Row>) -> Self {
        let read = rows.into_iter().map(Ok).collect();
        let source = Source { rows: None, read, has_overrun: false, holder: None, is_filling: false };
        Self::of(statement, None, Buffer(Arc::new(Mutex::new(source))))
    }

    /// Rows of a test.
    #[cfg(feature = "fakes")]
    pub(super) fn given(statement: &'static Query, rows: Vec<Row>) -> Self {
        let mut stream = Self::received(statement, Vec::new());
        stream.given = rows.into();
        stream
    }

    fn of(statement: &'static Query, call: Option<Call<'c>>, buffer: Buffer) -> Self {
        Self {
            statement,
            call,
            buffer,
            deadline: None,
            is_done: false,
            #[cfg(feature = "fakes")]
            given: VecDeque::new(),
        }
    }

    fn end(&mut self, error: Option<&Error>) {
        self.is_done = true;
        if let Some(call) = &mut self.call {
            call.client().state.remove_stream(&self.buffer);
            call.finish(error);
        }
    }

    /// The wait for the next row has a limit, too.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let Some(call) = &mut self.call else { return Poll::Pending };
        let Some(limit) = call.limit() else { return Poll::Pending };
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(limit)));
        deadline.as_mut().poll(cx).map(|()| call.timed_out(limit))
    }
}

impl Stream for Rows<'_> {
    type Item = Result<Row, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_done {
            return Poll::Ready(None);
        }
        #[cfg(feature = "fakes")]
        if let Some(row) = self.given.pop_front() {
            return Poll::Ready(Some(Ok(row)));
        }
        let statement = self.statement;
        let next = self.buffer.poll_next(cx, statement);
        match next {
            Poll::Ready(Some(Ok(row))) => {
                self.deadline = None;
                if let Some(call) = &mut self.call {
                    call.measured().add_row();
                }
                Poll::Ready(Some(Ok(Row::new(row, statement))))
            }
            Poll::Ready(Some(Err(error))) => {
                self.end(Some(&error));
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => {
                self.end(None);
                Poll::Ready(None)
            }
            Poll::Pending => self.poll_deadline(cx).map(|error| {
                self.is_done = true;
                Some(Err(error))
            }),
        }
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        let Some(call) = self.call.as_mut().filter(|_| !self.is_done) else { return };
        let state = &call.client().state;
        state.remove_stream(&self.buffer);
        let rest = self.buffer.source().rows.take();
        if !state.in_transaction() {
            return;
        }
        let (Some(mut rest), Ok(runtime)) = (rest, tokio::runtime::Handle::try_current()) else { return };
        call.hand_over(runtime.spawn(async move {
            while let Some(row) = rest.next().await {
                if let Err(error) = row {
                    return Failure::of(&error);
                }
            }
            None
        }));
    }
}

impl Buffer {
    /// Reads the rest of the rows, so that the connection can deliver what follows them.
    pub(super) async fn fill(&self) {
        let mut bytes = 0;
        let _filling = Filling::start(self);
        poll_fn(|cx| {
            loop {
                let mut source = self.source();
                let Some(rows) = source.rows.as_mut() else { return Poll::Ready(()) };
                match rows.as_mut().poll_next(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => source.rows = None,
                    Poll::Ready(Some(row)) => {
                        bytes += row.as_ref().map_or(0, tokio_postgres::Row::raw_size_bytes);
                        source.has_overrun = bytes > MAX_BUFFERED_BYTES;
                        if source.has_overrun {
                            // The driver discards the rows that still arrive.
                            source.rows = None;
                            source.read.clear();
                        } else {
                            source.read.push_back(row);
                        }
                    }
                }
                if let Some(holder) = source.holder.take() {
                    holder.wake();
                }
            }
        })
        .await;
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn poll_next(
        &self,
        cx: &mut Context<'_>,
        statement: &'static Query,
    ) -> Poll<Option<Result<tokio_postgres::Row, Error>>> {
        let mut source = self.source();
        if let Some(row) = source.read.pop_front() {
            return Poll::Ready(Some(row));
        }
        if source.has_overrun {
            return Poll::Ready(Some(Err(Error::Overrun { statement, max_bytes: MAX_BUFFERED_BYTES })));
        }
        let is_filling = source.is_filling;
        if is_filling {
            source.holder = Some(cx.waker().clone());
        }
        match source.rows.as_mut() {
            None => Poll::Ready(None),
            Some(_) if is_filling => Poll::Pending,
            Some(rows) => rows.as_mut().poll_next(cx),
        }
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, another call reads the stream's rows. That call may be dropped: the rest is then its holder's again.
struct Filling<'b>(&'b Buffer);

impl<'b> Filling<'b> {
    fn start(buffer: &'b Buffer) -> Self {
        buffer.source().is_filling = true;
        Self(buffer)
    }
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        let mut source = self.0.source();
        source.is_filling = false;
        if let Some(holder) = source.holder.take() {
            holder.wake();
        }
    }
}
