//! What operations cost the server, read from outside: processor time of their session, write-ahead log, rows, locks.

use std::error::Error;

use barqnet_db::{
    pool::Pool,
    tokio_postgres::{self, Client},
};

use crate::{outcome::Outcome, processor_time, server};

/// What was counted, for any number of operations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Of the session, in microseconds. The server's own processes come on top.
    pub(crate) processor: f64,
    /// Bytes of write-ahead log.
    pub(crate) log: f64,
    /// Rows inserted, updated and deleted.
    pub(crate) written: f64,
    /// Of those, updates that wrote no index entry.
    pub(crate) without_index: f64,
    /// Rows read.
    pub(crate) read: f64,
}

impl Cost {
    /// The difference of two readings, of one of so many operations.
    pub(crate) fn of_one(before: Self, after: Self, operations: f64) -> Self {
        let share = |which: fn(&Self) -> f64| (which(&after) - which(&before)) / operations;
        Self {
            processor: share(|cost| cost.processor),
            log: share(|cost| cost.log),
            written: share(|cost| cost.written),
            without_index: share(|cost| cost.without_index),
            read: share(|cost| cost.read),
        }
    }
}

/// Reads what one session has cost so far: that of a pool with one connection.
pub(crate) struct Meter {
    process: i32,
    pool: Pool,
    plain: Client,
}

impl Meter {
    /// For a pool with one connection, and the driver's own client, which reads.
    pub(crate) async fn new(pool: &Pool, plain: Client) -> Result<Self, Box<dyn Error>> {
        let process = pool.get().await?.query_one("SELECT PG_BACKEND_PID()", &[]).await?.get(0);
        Ok(Self { process, pool: pool.clone(), plain })
    }

    /// The processor time of the session, in microseconds.
    pub(crate) fn processor(&self) -> Result<f64, Box<dyn Error>> {
        Ok(processor_time::of_session(self.process)? * 1e6)
    }

    pub(crate) async fn read(&self) -> Result<Cost, Box<dyn Error>> {
        let processor = self.processor()?;
        // Otherwise the session reports what it has counted a second later.
        self.pool.get().await?.batch_execute("SELECT PG_STAT_FORCE_NEXT_FLUSH()").await?;
        let rows = self
            .plain
            .query_one(
                "SELECT SUM(n_tup_ins + n_tup_upd + n_tup_del)::FLOAT8, SUM(n_tup_hot_upd)::FLOAT8,
                        SUM(COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0))::FLOAT8
                 FROM pg_stat_user_tables",
                &[],
            )
            .await?;
        let log = server::wal_bytes(&self.plain).await?;
        let (written, without_index, read) = (rows.get(0), rows.get(1), rows.get(2));
        Ok(Cost { processor, log, written, without_index, read })
    }

    /// Lets each commit of the session wait for a standby that does not exist, or not any longer.
    pub(crate) async fn hold_commits(&self, holds: bool) -> Outcome {
        let names = if holds { "none" } else { "" };
        for statement in
            [format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"), "SELECT PG_RELOAD_CONF()".to_owned()]
        {
            self.plain.batch_execute(&statement).await?;
        }
        loop {
            let row = self.pool.get().await?.query_one("SHOW synchronous_standby_names", &[]).await?;
            if row.get::<_, &str>(0) == names {
                return Ok(());
            }
        }
    }

    /// If the session waits in a commit: how many locks it has, and how many of those are in the lock table that all sessions share.
    /// The commit goes on.
    pub(crate) async fn locks_at_commit(&self) -> Result<Option<[i64; 2]>, tokio_postgres::Error> {
        let row = self
            .plain
            .query_one(
                "SELECT (SELECT COUNT(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'),
                        COUNT(*), COUNT(*) FILTER (WHERE NOT fastpath AND locktype = 'relation')
                 FROM pg_locks
                 WHERE pid = $1 AND locktype IN ('relation', 'advisory')",
                &[&self.process],
            )
            .await?;
        if row.get::<_, i64>(0) == 0 {
            return Ok(None);
        }
        self.plain.execute("SELECT PG_CANCEL_BACKEND($1)", &[&self.process]).await?;
        Ok(Some([row.get(1), row.get(2)]))
    }

    /// Sets a parameter of the server.
    pub(crate) async fn set(&self, name: &str, value: &str) -> Outcome {
        self.plain.batch_execute(&format!("ALTER SYSTEM SET {name} = {value}")).await?;
        self.plain.batch_execute("SELECT PG_RELOAD_CONF()").await?;
        // Its full-page images are then those of what follows.
        self.plain.batch_execute("CHECKPOINT").await?;
        Ok(())
    }
}
