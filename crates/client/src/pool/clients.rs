//! The connections of a pool that are lent, one per caller.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool::{
    Runtime,
    managed::{Object, PoolError, QueueMode, Status, TimeoutType, Timeouts},
};
use tracing::Instrument;

use super::{
    ageing::Sweep,
    connection::{Connection, Opener},
    error::Error,
    manager::Manager,
    pool::Shared,
    queue::{Full, Place, Queue},
    settings::Settings,
};
use crate::{client::Client, telemetry::Wait};

/// Clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    connections: deadpool::managed::Pool<Manager>,
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    sweep: Arc<Sweep>,
}

/// A connection that a caller has; dropping it returns it to the pool.
#[derive(Debug)]
pub(crate) struct Lent {
    // Left first: who comes then is not one too many.
    _place: Place,
    object: Object<Manager>,
}

impl Lent {
    /// Closes the connection, which frees its place in the pool.
    pub(crate) fn close(self) {
        drop(Object::take(self.object));
    }
}

impl Deref for Lent {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.object
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.object
    }
}

impl Clients {
    pub(super) fn new(settings: &Settings, shared: Arc<Shared>) -> Result<Self, Error> {
        let opener = Opener::new(settings, shared.connector()).comparing(&shared.timelines);
        let connections = deadpool::managed::Pool::builder(Manager::new(opener, &shared))
            .runtime(Runtime::Tokio1)
            // The last one used first, so that those that are not needed become idle.
            .queue_mode(QueueMode::Lifo)
            .max_size(settings.max_size)
            .wait_timeout(Some(settings.wait_timeout))
            .create_timeout(Some(settings.create_budget()))
            .build()
            .map_err(|error| Error::invalid("pool", error.to_string()))?;
        let queue = Arc::new(Queue::new(settings.max_size, settings.wait_timeout, settings.max_waiting));
        Ok(Self { connections, shared, queue, sweep: Arc::default() })
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) async fn get(&self) -> Result<Client, Error> {
        let wait = Wait::start(&self.shared.telemetry, "pool.get");
        let taken = self.take().instrument(wait.span()).await;
        wait.finish(taken.as_ref().err());
        taken
    }

    async fn take(&self) -> Result<Client, Error> {
        self.sweep.start(&self.connections);
        let place = self.queue.join();
        // A wait needs a timer, even one that ends at once.
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..self.connections.timeouts() };
        let object = match self.connections.timeout_get(&at_once).await {
            Err(PoolError::Timeout(TimeoutType::Wait)) => Box::pin(self.wait(&place)).await?,
            outcome => outcome.map_err(|error| self.explain(error))?,
        };
        Ok(Client::pooled(Lent { _place: place, object }, Arc::clone(&self.shared)))
    }

    async fn wait(&self, place: &Place) -> Result<Object<Manager>, Error> {
        let begin = Instant::now();
        place.wait(begin).map_err(|Full(waiting)| Error::Overloaded { waiting, max_size: self.status().max_size })?;
        let outcome = self.connections.get().await;
        let now = Instant::now();
        match &outcome {
            Err(PoolError::Timeout(TimeoutType::Wait)) => self.queue.not_served(begin, now),
            _ => self.queue.served(begin, now),
        }
        outcome.map_err(|error| self.explain(error))
    }

    fn explain(&self, error: PoolError<Error>) -> Error {
        Error::in_pool(error, &self.connections, &self.shared.target)
    }

    pub(super) fn status(&self) -> Status {
        self.connections.status()
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connections.is_closed()
    }
}
