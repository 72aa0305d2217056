//! This crate, with its reads on the pool's lane. What writes or is a transaction takes a client, as a service should.

use barqnet_db::{
    connections::{Heartbeat, NewConnection},
    sessions::TokenHash,
};

use super::ours::{Ours, nearest, page, validate};
use crate::{
    inputs::Code,
    peer::{Peer, Result},
    rows::{Account, Closed, Place, Session},
};

pub(crate) struct OnLane(Ours);

impl Peer for OnLane {
    const NAME: &'static str = "barqnet-db, lane";

    async fn connect(url: &str, size: usize) -> Result<Self> {
        Ours::connect(url, size).await.map(Self)
    }

    async fn validate(&self, token: &TokenHash) -> Result<Option<Session>> {
        validate(self.0.pool.lane(), token, &self.0.sessions).await
    }

    async fn verify(&self, code: &Code) -> Result<bool> {
        self.0.verify(code).await
    }

    async fn open(&self, new: &NewConnection<'_>) -> Result<i64> {
        self.0.open(new).await
    }

    async fn close(&self, server_id: &str, id: i64) -> Result<Option<Closed>> {
        self.0.close(server_id, id).await
    }

    async fn heartbeat(&self, server_id: &str, heartbeats: &[Heartbeat]) -> Result<Vec<i64>> {
        self.0.heartbeat(server_id, heartbeats).await
    }

    async fn nearest(&self, point: (f64, f64)) -> Result<Vec<Place>> {
        nearest(self.0.pool.lane(), point).await
    }

    async fn page(&self, after_id: i64) -> Result<Vec<Account>> {
        page(self.0.pool.lane(), after_id).await
    }
}
