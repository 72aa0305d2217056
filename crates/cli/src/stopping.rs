//! What a command leaves if a signal stops it now.

use std::sync::{Mutex, PoisonError};

use crate::{error::Error, signals::Signals};

static CONSEQUENCE: Mutex<String> = Mutex::new(String::new());

/// Runs the command until its end or until a signal, which ends it with [`Error::Stopped`].
pub(crate) async fn until_signal<T>(command: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut signals = Signals::watch()?;
    tokio::select! {
        // A signal that has arrived already counts.
        biased;
        signal = signals.next() => Err(Error::Stopped(signal)),
        result = command => result,
    }
}

/// From now on a signal leaves this, as a sentence without a full stop.
pub(crate) fn now_leaves(consequence: impl Into<String>) {
    *CONSEQUENCE.lock().unwrap_or_else(PoisonError::into_inner) = consequence.into();
}

/// What a signal leaves; at first it is that nothing was changed.
pub(crate) fn consequence() -> String {
    let text = CONSEQUENCE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if text.is_empty() { "nothing was changed".to_owned() } else { text }
}
