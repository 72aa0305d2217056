//! Signals that stop a command, handled so that it can say what it leaves, and remove what it made.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

const HANG_UP: u8 = 1;
const INTERRUPT: u8 = 2;
const TERMINATE: u8 = 15;

/// SIGINT (Ctrl-C), SIGTERM, and SIGHUP (the terminal was closed).
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Starts to handle the signals; from now on they no longer end the program.
    pub(crate) fn watch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal and returns its number.
    pub(crate) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPT,
            _ = self.terminate.recv() => TERMINATE,
            _ = self.hang_up.recv() => HANG_UP,
        }
    }

    /// The signal that has arrived already, if any.
    #[cfg(feature = "demo")]
    pub(crate) async fn arrived(&mut self) -> Option<u8> {
        tokio::select! {
            biased;
            signal = self.next() => Some(signal),
            () = tokio::task::yield_now() => None,
        }
    }
}
