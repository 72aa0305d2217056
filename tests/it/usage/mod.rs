//! Usage: the roll-ups, and the reports read from them.

mod counters;
mod ends;
mod migrated_rows;
mod reports;
mod roll_ups;
mod support;
mod time_zones;
mod written_rows;
