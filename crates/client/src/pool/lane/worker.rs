//! The task of a shared connection: it sends statements one behind the other and hands out their results in that order.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures::{Stream, future::BoxFuture};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, Sleep, sleep, sleep_until, timeout},
};
use tokio_postgres::{Row, RowStream};

use super::{
    super::{
        connection::{Traffic, log_loss},
        manager::TRUSTED_FOR,
    },
    Place,
    connection::Core,
    signal::Signal,
    work::Work,
};
use crate::{error::Error, rows::MAX_BUFFERED_BYTES};

/// A cancellation that came before the server had begun the statement had no effect, and is repeated after this time.
const CANCEL_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A statement that a call wants to run.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) work: Arc<Work>,
    pub(super) keep: Keep,
    /// Closed when the call is dropped.
    pub(super) reply: oneshot::Sender<Reply>,
    pub(super) place: Place,
}

/// Which of the rows a call wants.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    Nothing,
    All,
    /// At most [`MAX_BUFFERED_BYTES`].
    UpToLimit,
}

#[derive(Debug)]
pub(super) enum Reply {
    Done(Result<Answer, Error>),
    /// The connection was lost before.
    NotSent,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) rows_affected: u64,
}

pub(super) struct Worker {
    core: Arc<Core>,
    /// `None` when the connection has ended.
    traffic: Option<Traffic>,
    /// Wakes the worker when there is traffic, by `waker`.
    signal: Arc<Signal>,
    waker: Waker,
    requests: mpsc::UnboundedReceiver<Request>,
    /// In the order they were sent, which is that of the server's answers.
    in_flight: VecDeque<InFlight>,
    /// When the server last answered.
    last_answer: Instant,
    check: Option<Check>,
    recycle_timeout: Duration,
    cancellation: Option<BoxFuture<'static, ()>>,
    deadline: Option<Pin<Box<Sleep>>>,
}

/// Asks whether the server is still there, after a time without statements. Until it answers, nothing is sent.
struct Check {
    is_there: BoxFuture<'static, bool>,
    first: Request,
}

impl Worker {
    pub(super) fn new(
        core: Arc<Core>,
        traffic: Traffic,
        requests: mpsc::UnboundedReceiver<Request>,
        recycle_timeout: Duration,
    ) -> Self {
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(Arc::clone(&signal));
        Self {
            core,
            traffic: Some(traffic),
            signal,
            waker,
            requests,
            in_flight: VecDeque::new(),
            last_answer: Instant::now(),
            check: None,
            recycle_timeout,
            cancellation: None,
            deadline: None,
        }
    }

    /// Sends what has been requested. Ready when no call can come any more, or the server does not answer.
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(mut check) = self.check.take() {
                match check.is_there.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.check = Some(check);
                        return Poll::Pending;
                    }
                    Poll::Ready(true) if check.first.reply.is_closed() => {}
                    Poll::Ready(true) => self.start(check.first),
                    Poll::Ready(false) => {
                        self.core.retire();
                        let _ = check.first.reply.send(Reply::NotSent);
                        return Poll::Ready(());
                    }
                }
            }
            match self.requests.poll_recv(cx) {
                Poll::Ready(None) if self.in_flight.is_empty() => return Poll::Ready(()),
                Poll::Pending | Poll::Ready(None) => return Poll::Pending,
                // The call was dropped before it was sent.
                Poll::Ready(Some(request)) if request.reply.is_closed() => {}
                Poll::Ready(Some(request)) => {
                    if self.in_flight.is_empty() && self.last_answer.elapsed() > TRUSTED_FOR {
                        self.check = Some(self.check_before(request));
                    } else {
                        self.start(request);
                    }
                }
            }
        }
    }

    fn check_before(&self, first: Request) -> Check {
        let (core, limit) = (Arc::clone(&self.core), self.recycle_timeout);
        let is_there = async move { matches!(timeout(limit, core.driver.check_connection()).await, Ok(Ok(()))) };
        Check { is_there: Box::pin(is_there), first }
    }

    fn start(&mut self, Request { work, keep, reply, place }: Request) {
        if self.in_flight.is_empty() {
            // Nothing was to be answered before.
            self.last_answer = Instant::now();
        }
        self.push(InFlight::new(&self.core, work, keep, Some(reply), place));
    }

    /// Sends it: the first poll does.
    fn push(&mut self, mut statement: InFlight) {
        match statement.poll() {
            // Its parameters can't be sent, or the connection is lost.
            Poll::Ready(outcome) if self.in_flight.is_empty() => statement.finish(outcome, &self.core),
            Poll::Ready(outcome) => {
                statement.stage = Stage::Ended(Some(outcome));
                self.in_flight.push_back(statement);
            }
            Poll::Pending => self.in_flight.push_back(statement),
        }
    }

    /// Hands out results that have arrived.
    fn answer(&mut self) {
        let mut has_answered = false;
        while let Some(head) = self.in_flight.front_mut() {
            let Poll::Ready(outcome) = head.poll() else { break };
            has_answered = true;
            let Some(head) = self.in_flight.pop_front() else { break };
            if head.is_worth_another_attempt(&outcome, &self.core) {
                let again = InFlight::new(&self.core, head.work, head.keep, head.reply, head.place);
                self.push(again);
            } else {
                head.finish(outcome, &self.core);
            }
        }
        if has_answered {
            self.last_answer = Instant::now();
        }
    }

    /// Cancels the statement at the head if nobody waits for it. Those further back are cancelled when they get there.
    fn cancel_abandoned(&mut self, cx: &mut Context<'_>) {
        loop {
            if let Some(cancellation) = &mut self.cancellation {
                if cancellation.as_mut().poll(cx).is_pending() {
                    return;
                }
                self.cancellation = None;
            }
            let Some(head) = self.in_flight.front_mut() else { return };
            if !head.poll_abandoned(cx) {
                return;
            }
            let core = Arc::clone(&self.core);
            self.cancellation = Some(Box::pin(async move {
                core.cancel().await;
                sleep(CANCEL_AGAIN_AFTER).await;
            }));
        }
    }

    /// Ends the calls that have waited for longer than their limit. Ready when the server has answered nothing for so long.
    fn end_overdue(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(limit) = self.core.limit() else { return Poll::Pending };
        loop {
            let Some(head) = self.in_flight.front() else { return Poll::Pending };
            // The earliest time at which anything can be due: those behind it were sent later.
            let first_due = head.sent_at.min(self.last_answer) + limit;
            let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep_until(first_due)));
            if deadline.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            let is_frozen = self.last_answer + limit <= now;
            for statement in &mut self.in_flight {
                if is_frozen || statement.sent_at + limit <= now {
                    let error = Error::TimedOut { statement: statement.work.query, after: limit };
                    statement.reply(Reply::Done(Err(error)));
                }
            }
            if is_frozen {
                self.core.retire();
                return Poll::Ready(());
            }
            let waiting = self.in_flight.iter().filter(|statement| statement.reply.is_some());
            let next = waiting
                .map(|statement| statement.sent_at)
                .min()
                .map_or(self.last_answer, |sent_at| sent_at.min(self.last_answer));
            deadline.as_mut().reset(next + limit);
        }
    }
}

impl Future for Worker {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let worker = &mut *self;
        worker.signal.run();
        let is_over = worker.send(cx).is_ready();
        loop {
            worker.signal.run();
            let mut of_traffic = Context::from_waker(&worker.waker);
            let ended = worker.traffic.as_mut().map(|traffic| traffic.as_mut().poll(&mut of_traffic));
            if let Some(Poll::Ready(outcome)) = &ended {
                if let Err(error) = outcome {
                    log_loss(error);
                }
                // What waits in the driver is an error now.
                worker.traffic = None;
            }
            worker.answer();
            if worker.traffic.is_none() {
                return Poll::Ready(());
            }
            if worker.signal.pause(cx.waker()) {
                break;
            }
        }
        let is_frozen = worker.end_overdue(cx).is_ready();
        worker.cancel_abandoned(cx);
        if is_over || is_frozen { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Worker {
    /// Every statement that was sent has an answer, even if the runtime stops: without one, it would be sent again.
    fn drop(&mut self) {
        self.traffic = None;
        for mut statement in self.in_flight.drain(..) {
            if let Poll::Ready(outcome) = statement.poll() {
                statement.finish(outcome, &self.core);
            }
        }
        if let Some(check) = self.check.take() {
            let _ = check.first.reply.send(Reply::NotSent);
        }
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            let _ = request.reply.send(Reply::NotSent);
        }
    }
}

/// A statement that was sent.
struct InFlight {
    work: Arc<Work>,
    keep: Keep,
    /// `None` when the call has its answer and the statement is still to be ended.
    reply: Option<oneshot::Sender<Reply>>,
    place: Place,
    sent_at: Instant,
    cancels_before: u64,
    stage: Stage,
    rows: Vec<Row>,
    bytes: usize,
}

enum Stage {
    Sent(BoxFuture<'static, Result<RowStream, tokio_postgres::Error>>),
    Reading(Pin<Box<RowStream>>),
    /// It was not sent, and waits for its turn.
    Ended(Option<Outcome>),
}

/// The number of rows that were changed.
type Outcome = Result<u64, tokio_postgres::Error>;

impl InFlight {
    fn new(core: &Arc<Core>, work: Arc<Work>, keep: Keep, reply: Option<oneshot::Sender<Reply>>, place: Place) -> Self {
        let cancels_before = core.cancels_before();
        let (of_driver, sent) = (Arc::clone(core), Arc::clone(&work));
        let sending = Box::pin(async move { sent.send(&of_driver.driver).await });
        let stage = Stage::Sent(sending);
        Self { work, keep, reply, place, sent_at: Instant::now(), cancels_before, stage, rows: Vec::new(), bytes: 0 }
    }

    /// Only the connection's traffic makes progress possible, and the worker polls it before: nothing needs to be woken.
    fn poll(&mut self) -> Poll<Outcome> {
        let cx = &mut Context::from_waker(Waker::noop());
        loop {
            match &mut self.stage {
                Stage::Sent(sending) => match std::task::ready!(sending.as_mut().poll(cx)) {
                    Ok(rows) => self.stage = Stage::Reading(Box::pin(rows)),
                    Err(error) => return Poll::Ready(Err(error)),
                },
                Stage::Reading(rows) => match std::task::ready!(rows.as_mut().poll_next(cx)) {
                    Some(Ok(row)) => self.keep(row),
                    Some(Err(error)) => return Poll::Ready(Err(error)),
                    None => return Poll::Ready(Ok(rows.rows_affected().unwrap_or(0))),
                },
                Stage::Ended(outcome) => return outcome.take().map_or(Poll::Pending, Poll::Ready),
            }
        }
    }

    fn keep(&mut self, row: Row) {
        if matches!(self.keep, Keep::Nothing) || self.reply.is_none() {
            return;
        }
        self.bytes += row.raw_size_bytes();
        if matches!(self.keep, Keep::UpToLimit) && self.bytes > MAX_BUFFERED_BYTES {
            self.rows = Vec::new();
            let (statement, max_bytes) = (self.work.query, MAX_BUFFERED_BYTES);
            self.reply(Reply::Done(Err(Error::Overrun { statement, max_bytes })));
        } else {
            self.rows.push(row);
        }
    }

    /// Whether nobody waits for it; the task is woken when that becomes so.
    fn poll_abandoned(&mut self, cx: &mut Context<'_>) -> bool {
        self.reply.as_mut().is_none_or(|reply| reply.poll_closed(cx).is_ready())
    }

    /// Whether a cancellation that was meant for another statement has hit it. It has had no effect then.
    fn is_worth_another_attempt(&self, outcome: &Outcome, core: &Core) -> bool {
        let Err(error) = outcome else { return false };
        core.was_hit(error, self.cancels_before, self.sent_at.elapsed())
            && self.reply.as_ref().is_some_and(|reply| !reply.is_closed())
    }

    fn finish(mut self, outcome: Outcome, core: &Core) {
        let rows = std::mem::take(&mut self.rows);
        let outcome = outcome.map(|rows_affected| Answer { rows, rows_affected });
        let outcome = outcome.map_err(|error| Error::new(self.work.query, error));
        if outcome.as_ref().is_err_and(Error::breaks_connection) {
            core.retire();
        }
        self.reply(Reply::Done(outcome));
    }

    fn reply(&mut self, reply: Reply) {
        if let Some(call) = self.reply.take() {
            // The call may have been dropped.
            let _ = call.send(reply);
        }
    }
}
