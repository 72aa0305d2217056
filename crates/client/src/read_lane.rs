//! The lane of a pool for statements that read, on replicas where there are any.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use postgres_types::ToSql;
use tokio::time::timeout;

use super::{
    error::Error,
    pool::{Lane, Position, Replica, Replicas},
    query::Query,
    rows::Rows,
    session::sealed::{Run, Runner},
    sqlstate,
};

/// From how long on a statement on a replica makes its caller look whether the replica is there at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs single statements that read, as [`Lane`] does, each on a replica if one is current, else on the primary.
/// [`Pool::read_lane`](super::pool::Pool::read_lane) returns it.
///
/// A statement that fails because of its replica is run again on the primary, once: the connection was lost or could not be opened,
/// the server stops, the replica cancelled the statement to go on replaying (40001), it answers nothing for some seconds, or it lacks
/// what a migration has made on the primary. The replica is left out for 2 seconds then, unless it only cancelled, lacks a migration
/// or had no free connection in time.
#[derive(Clone, Debug)]
pub struct ReadLane {
    primary: Lane,
    replicas: Option<Arc<Replicas>>,
    after: Option<Position>,
}

impl ReadLane {
    pub(super) fn new(primary: Lane, replicas: Option<Arc<Replicas>>) -> Self {
        Self { primary, replicas, after: None }
    }

    /// Statements on it see what was committed before the position was taken, by the rule of
    /// [`Pool::read_after`](super::pool::Pool::read_after).
    #[must_use]
    pub fn after(self, position: Position) -> Self {
        Self { after: Some(position), ..self }
    }

    pub(super) async fn execute_statement(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Error> {
        let Some(replicas) = &self.replicas else { return self.primary.execute_statement(query, parameters).await };
        self.on_replica(replicas, |lane| Box::pin(lane.execute_statement(query, parameters))).await
    }

    pub(super) async fn collect_rows(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, Error> {
        let Some(replicas) = &self.replicas else { return self.primary.collect_rows(query, parameters).await };
        self.on_replica(replicas, |lane| Box::pin(lane.collect_rows(query, parameters))).await
    }

    /// All rows are read before the first is returned, so that the statement can be run again.
    pub(super) async fn stream_rows(
        &self,
        query: &'static Query,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Rows<'_>, Error> {
        let Some(replicas) = &self.replicas else { return self.primary.stream_rows(query, parameters).await };
        self.on_replica(replicas, |lane| Box::pin(lane.stream_rows(query, parameters))).await
    }

    async fn on_replica<'l, 'f, T>(
        &'l self,
        replicas: &'l Arc<Replicas>,
        run: impl Fn(&'l Lane) -> BoxFuture<'f, Result<T, Error>>,
    ) -> Result<T, Error> {
        let replica = Box::pin(replicas.choose(self.after)).await;
        let answer = match replica {
            Some(replica) => answer_of(replica, run(replica.lane())).await,
            None => None,
        };
        replicas.count_read(answer.is_some());
        match answer {
            Some(outcome) => outcome,
            None => run(&self.primary).await,
        }
    }
}

/// What the replica answers; `None` if it failed, and the primary is to be asked.
async fn answer_of<T>(replica: &Replica, mut statement: BoxFuture<'_, Result<T, Error>>) -> Option<Result<T, Error>> {
    let outcome = loop {
        match timeout(PATIENCE, &mut statement).await {
            Ok(outcome) => break outcome,
            Err(_) if replica.is_answering().await => {}
            Err(_) => return None,
        }
    };
    match outcome {
        Err(error) if error.is_of_connection() || matches!(error, Error::NoConnection { .. }) => {
            replica.fail_statement(error);
            None
        }
        // It has not replayed a migration yet. If the primary lacks it, too, its error is the answer.
        Err(error) if error.is_of_older_schema() => None,
        // Cancelled by the replay of what the primary has changed.
        Err(error) if error.sqlstate().is_some_and(sqlstate::is_rollback) => None,
        outcome => Some(outcome),
    }
}

impl Run for ReadLane {
    fn runner(&self) -> Runner<'_> {
        Runner::ReadLane(self)
    }
}
