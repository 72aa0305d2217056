//! A connection's timer, for the limits of the calls on it.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that calls use one after the other. Setting a timer costs more than looking at one, so it is set again only when it
/// goes off too early for the call that uses it.
#[derive(Debug, Default)]
pub(crate) struct Timer(Mutex<Option<Pin<Box<Sleep>>>>);

impl Timer {
    /// Waits for `work` for at most `limit`; `None` if that was too short.
    pub(crate) async fn limit<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut deadline = Deadline { timer: self, due: None, sleep: None };
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => deadline.poll(cx, limit).map(|()| None),
        })
        .await
    }

    fn take(&self) -> Option<Pin<Box<Sleep>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The deadline of one call. While it uses the timer, another call at the same time sets one of its own.
struct Deadline<'t> {
    timer: &'t Timer,
    due: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline<'_> {
    fn poll(&mut self, cx: &mut Context<'_>, limit: Duration) -> Poll<()> {
        let due = *self.due.get_or_insert_with(|| Instant::now() + limit);
        let sleep = self.sleep.get_or_insert_with(|| self.timer.take().unwrap_or_else(|| Box::pin(sleep_until(due))));
        if sleep.deadline() > due {
            sleep.as_mut().reset(due);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if sleep.deadline() >= due {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due);
        }
        Poll::Pending
    }
}

impl Drop for Deadline<'_> {
    fn drop(&mut self) {
        if let Some(sleep) = self.sleep.take() {
            *self.timer.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sleep);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn each_call_has_its_own_limit_whatever_the_last_one_was() {
        let timer = Timer::default();
        assert_eq!(timer.limit(SHORT, ready(1)).await, Some(1));
        assert_eq!(timer.limit(SHORT, pending::<()>()).await, None);
        // Set for long, and left behind by a call that was dropped.
        drop(tokio::time::timeout(SHORT, timer.limit(LONG, pending::<()>())).await);
        assert_eq!(timer.limit(SHORT, pending::<()>()).await, None);
        // Set for a short call that was dropped: it goes off too early for the next call, which goes on.
        drop(tokio::time::timeout(Duration::ZERO, timer.limit(SHORT, pending::<()>())).await);
        assert_eq!(timer.limit(LONG, tokio::time::sleep(2 * SHORT)).await, Some(()));
        assert_eq!(timer.limit(SHORT, pending::<()>()).await, None);
    }
}
