//! Servers: their registry, and the choice of one for a new connection.

mod pick;
mod registry;
mod reports;
