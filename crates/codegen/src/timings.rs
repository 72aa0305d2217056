//! How long the parts of a run take.

use std::{
    fmt,
    time::{Duration, Instant},
};

/// The parts of a run in their order, each from the end of the one before.
#[derive(Clone, Debug)]
pub(crate) struct Timings {
    begin: Instant,
    end: Instant,
    parts: Vec<(&'static str, Duration)>,
}

impl Timings {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { begin: now, end: now, parts: Vec::new() }
    }

    /// A part ends here.
    pub(crate) fn end(&mut self, part: &'static str) {
        let now = Instant::now();
        self.parts.push((part, now - self.end));
        self.end = now;
    }

    /// The last part ends here.
    pub(crate) fn ended(mut self, part: &'static str) -> Self {
        self.end(part);
        self
    }
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts.iter().map(|(part, time)| format!("{part} {:.2}", time.as_secs_f64()));
        let parts = parts.collect::<Vec<_>>().join(", ");
        write!(f, "{:.2} s ({parts})", (self.end - self.begin).as_secs_f64())
    }
}
