//! Locations: the list of them, and the nearest.

mod catalogue;
mod nearest;
