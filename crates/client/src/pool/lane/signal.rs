//! Keeps a task from waking itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Wake, Waker},
};

use futures::task::AtomicWaker;

/// The task is not running: it has to be woken.
const PAUSED: u8 = 0;
const RUNNING: u8 = 1;
/// The task has to look again before it pauses.
const WOKEN: u8 = 2;

/// What the driver wakes when there is something to send or to receive.
///
/// The worker itself hands statements to the driver, which wakes the task that serves the connection: the worker. A task that
/// wakes itself is queued once more, and usually stolen by another thread, which costs more than a short statement does.
#[derive(Debug, Default)]
pub(super) struct Signal {
    state: AtomicU8,
    task: AtomicWaker,
}

impl Signal {
    /// The task runs, and has seen everything that woke it.
    pub(super) fn run(&self) {
        self.state.store(RUNNING, Ordering::SeqCst);
    }

    /// The task pauses until it is woken; `false` if it was meanwhile.
    pub(super) fn pause(&self, task: &Waker) -> bool {
        self.task.register(task);
        self.state.compare_exchange(RUNNING, PAUSED, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let is_running = |state| (state != PAUSED).then_some(WOKEN);
        if self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, is_running).is_err() {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn only_a_task_that_pauses_is_woken() {
        let (signal, count) = (Arc::new(Signal::default()), Arc::new(Count::default()));
        let (of_driver, of_task) = (Waker::from(Arc::clone(&signal)), Waker::from(Arc::clone(&count)));
        signal.run();
        of_driver.wake_by_ref();
        assert!(!signal.pause(&of_task), "it has to look again");
        signal.run();
        assert!(signal.pause(&of_task));
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
        of_driver.wake_by_ref();
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
    }
}
