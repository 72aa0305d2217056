//! New tokens whose answer reached nobody, for the client that asks again.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use barqnet_db::sessions::TokenHash;

use crate::sessions::Refreshed;

/// Tokens that replaced others for clients that hung up, by the hash of the old one. In this process only: with several
/// processes, a client that asks another one gets none and has to sign in again.
#[derive(Default)]
pub(crate) struct Undelivered(Mutex<HashMap<String, (Refreshed, Instant)>>);

impl Undelivered {
    /// Keeps an answer for `grace`, which is how long the database takes another request for one of the same client.
    pub(crate) fn keep(&self, old: &TokenHash, answer: Refreshed, grace: Duration) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|_, (_, since)| since.elapsed() < grace);
        answers.insert(old.as_str().to_owned(), (answer, Instant::now()));
    }

    /// The answer that was kept for the holder of the old token, which gets it once.
    pub(crate) fn take(&self, old: &TokenHash) -> Option<Refreshed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(old.as_str()).map(|(answer, _)| answer)
    }
}
