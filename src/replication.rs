//! Whether a server is a primary or a standby, and how far a standby is behind.

use std::{fmt, time::Duration};

use tokio_postgres::Client;

/// What a standby says of itself. A role without privileges sees whether there is a receiver, and nothing else of it.
const STANDBY: &str = "
    SELECT EXTRACT(EPOCH FROM CLOCK_TIMESTAMP() - pg_last_xact_replay_timestamp())::DOUBLE PRECISION,
           COALESCE(pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(), FALSE),
           EXISTS (SELECT FROM pg_stat_wal_receiver),
           pg_is_wal_replay_paused()";

/// A server that follows a primary by streaming replication, as it describes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standby {
    /// The time since the commit of the last transaction that it shows, by its clock and that of the primary; `None` if it has
    /// replayed none since it started. It grows while nobody writes.
    pub age: Option<Duration>,
    /// Whether it has replayed all that it has received.
    pub has_replayed_all: bool,
    /// Whether it receives from its primary. One that is fed from an archive only never does.
    pub is_receiving: bool,
    /// Whether its replay is paused.
    pub is_paused: bool,
}

impl Standby {
    /// How far it is behind its primary: nothing if it has replayed all that it receives, else its [`age`](Self::age). `None` if
    /// that can't be known, because it receives nothing.
    #[must_use]
    pub fn lag(&self) -> Option<Duration> {
        if !self.is_receiving {
            return None;
        }
        Some(if self.has_replayed_all { Duration::ZERO } else { self.age.unwrap_or_default() })
    }
}

impl fmt::Display for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lag() {
            Some(lag) if !self.is_paused => {
                return write!(f, "a standby, {:.1} s behind its primary", lag.as_secs_f64());
            }
            _ if self.is_paused => write!(f, "a standby whose replay is paused; ")?,
            _ => write!(f, "a standby that receives nothing from its primary; ")?,
        }
        match self.age {
            Some(age) => {
                write!(f, "the last transaction that it shows was committed {:.1} s ago", age.as_secs_f64())
            }
            None => write!(f, "it has replayed no transaction since it started"),
        }
    }
}

/// What the server of a connection is; `None` if it is a primary. It needs no privilege.
pub async fn standby(client: &Client) -> Result<Option<Standby>, tokio_postgres::Error> {
    if !client.query_one("SELECT pg_is_in_recovery()", &[]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let row = client.query_one(STANDBY, &[]).await?;
    // The clock of the standby may be behind that of the primary.
    let age = row.try_get::<_, Option<f64>>(0)?.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default());
    Ok(Some(Standby {
        age,
        has_replayed_all: row.try_get(1)?,
        is_receiving: row.try_get(2)?,
        is_paused: row.try_get(3)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEHIND: Standby = Standby {
        age: Some(Duration::from_millis(61_240)),
        has_replayed_all: false,
        is_receiving: true,
        is_paused: false,
    };

    #[test]
    fn a_standby_that_has_replayed_everything_is_not_behind_however_long_nobody_wrote() {
        let standby = Standby { has_replayed_all: true, ..BEHIND };
        assert_eq!((standby.lag(), BEHIND.lag()), (Some(Duration::ZERO), BEHIND.age));
        assert_eq!(standby.to_string(), "a standby, 0.0 s behind its primary");
        assert_eq!(BEHIND.to_string(), "a standby, 61.2 s behind its primary");
    }

    #[test]
    fn the_lag_of_a_standby_without_its_primary_is_not_known() {
        let standby = Standby { age: None, has_replayed_all: true, is_receiving: false, ..BEHIND };
        assert_eq!(standby.lag(), None);
        let expected =
            "a standby that receives nothing from its primary; it has replayed no transaction since it started";
        assert_eq!(standby.to_string(), expected);
    }

    #[test]
    fn a_standby_whose_replay_is_paused_says_so() {
        let standby = Standby { is_paused: true, ..BEHIND };
        let expected = "a standby whose replay is paused; the last transaction that it shows was committed 61.2 s ago";
        assert_eq!(standby.to_string(), expected);
    }
}
