//! What every contender can do.

use std::{error, future::Future, result};

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};

use crate::{
    inputs::Code,
    rows::{Account, Closed, Place, Session},
};

pub(crate) type Result<T> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// A way to PostgreSQL from Rust, with a pool. Every operation takes a connection from the pool, as a request of a service
/// does, and runs the statements of [`SQL`](crate::statements::SQL), prepared once per connection.
pub(crate) trait Peer: Sized + Send + Sync + 'static {
    const NAME: &'static str;

    /// Makes a pool of at most `size` connections.
    fn connect(url: &str, size: usize) -> impl Future<Output = Result<Self>> + Send;

    /// Finds the session of a token.
    fn validate(&self, token: &TokenHash) -> impl Future<Output = Result<Option<Session>>> + Send;

    /// Verifies a one-time password, and returns whether it was right. The code's MAC and a ticket are computed here.
    fn verify(&self, code: &Code) -> impl Future<Output = Result<bool>> + Send;

    /// Opens a VPN connection in a transaction, which an outcome that opens none must roll back, and returns its id.
    fn open(&self, new: &NewConnection<'_>) -> impl Future<Output = Result<i64>> + Send;

    /// Closes a VPN connection.
    fn close(&self, server_id: &str, id: i64) -> impl Future<Output = Result<Option<Closed>>> + Send;

    /// Records a node's heartbeats, and returns the ids that were applied.
    fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> impl Future<Output = Result<Vec<i64>>> + Send;

    /// Finds the nearest locations to a point: latitude and longitude in degrees.
    fn nearest(&self, point: (f64, f64)) -> impl Future<Output = Result<Vec<Place>>> + Send;

    /// Reads a page of accounts.
    fn page(&self, after_id: i64) -> impl Future<Output = Result<Vec<Account>>> + Send;
}
