//! Usage: the roll-ups, and the reports read from them.

mod reports;
mod roll_ups;
