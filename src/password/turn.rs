//! The turns of sign-ins: as many at once as there are processors, and a bounded number that waits.
//!
//! A turn begins before a try is charged. So a sign-in that is refused here, or gives up while it waits, has not failed. It is
//! another semaphore than that of the hashes: a sign-in that has its turn waits for the database, which a caller that computes a
//! hash may keep busy.

use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::processors;

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(processors()));
/// The sign-ins that are at work or wait. Who waits alone is not to be known: a turn may be assigned to one that has not been told yet.
static SIGN_INS: AtomicUsize = AtomicUsize::new(0);

/// A sign-in at work. The next one begins when it is dropped.
pub(crate) struct Turn {
    // Left first: who comes then is not one too many.
    _place: Place,
    _permit: SemaphorePermit<'static>,
}

/// Waits for a turn, in the order of arrival. `None` if `max_waiting` per processor wait already.
pub(crate) async fn turn(max_waiting: u32) -> Option<Turn> {
    let per_processor = usize::try_from(max_waiting).map_or(usize::MAX, |max| max.saturating_add(1));
    let place = Place::take(per_processor.saturating_mul(processors()))?;
    TURNS.acquire().await.ok().map(|permit| Turn { _place: place, _permit: permit })
}

/// A place among those that are at work or wait.
struct Place;

impl Place {
    fn take(max: usize) -> Option<Self> {
        let one_more = |sign_ins: usize| (sign_ins < max).then_some(sign_ins + 1);
        SIGN_INS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        SIGN_INS.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, pin::pin, task::Poll};

    use super::*;

    async fn is_ready(turn: &mut (impl Future<Output = Option<Turn>> + Unpin)) -> bool {
        std::future::poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *turn).poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn a_bounded_number_waits_for_a_turn_in_the_order_of_arrival() {
        let mut at_work = Vec::new();
        for _ in 0..processors() {
            at_work.push(turn(0).await.expect("a processor is free"));
        }
        assert!(turn(0).await.is_none(), "none may wait");
        let mut first = pin!(turn(1));
        assert!(!is_ready(&mut first).await);
        let mut others: Vec<_> = (1..processors()).map(|_| Box::pin(turn(1))).collect();
        for other in &mut others {
            assert!(!is_ready(other).await);
        }
        assert!(turn(1).await.is_none(), "one per processor waits");
        others.pop();
        let mut last = pin!(turn(1));
        assert!(!is_ready(&mut last).await, "the one that gave up made room");
        at_work.pop();
        let mut next = pin!(turn(1));
        assert!(!is_ready(&mut next).await, "the first one has not been told of its turn, and does not wait any more");
        assert!(first.await.is_some());
        drop((at_work, others));
        assert!(last.await.is_some() && next.await.is_some());
        assert_eq!(SIGN_INS.load(Ordering::Relaxed), 0);
    }
}
