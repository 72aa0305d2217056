//! What a database is: its migrations, what could not be converted, and which server answers.
//!
//! ```no_run
//! # async fn show() -> Result<(), Box<dyn std::error::Error>> {
//! use barqnet_db::{embedded, pool::Settings, status};
//!
//! let status = status::read(&Settings::from_env()?, &embedded::migrations()).await?;
//! println!("migrations: {}", status.plan.state());
//! if let Some(standby) = status.standby {
//!     println!("the server is {standby}");
//! }
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use barqnet_db_client::{error_text::in_full, pool::Settings};

use crate::{
    distribution::{self, Shape},
    legacy::{self, LegacyReport},
    migrate::{self, Error, Migrations, Plan, State},
    replication::{self, Standby},
};

/// A status must not queue behind a session that has locked a table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// What [`read`] found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Status {
    /// Which migrations are applied and pending.
    pub plan: Plan,
    /// How far the server is behind its primary; `None` if it is a primary. What a standby lacks, `plan` does not show.
    pub standby: Option<Standby>,
    /// Where the rows are that nodes write; `None` if the role may not read that. Of a newer database, whose forms of functions this program
    /// does not know, it says that they are current.
    pub shape: Option<Shape>,
    /// How a converted database differs from a new one. An error if the role may not read that, or a table is locked.
    pub legacy: Result<LegacyReport, Error>,
}

/// Reads the status on one connection. It waits for no lock longer than 2 s, and writes nothing.
///
/// # Errors
///
/// Without a connection, or if the history of migrations can't be read.
pub async fn read(settings: &Settings, migrations: &Migrations) -> Result<Status, Error> {
    let settings = settings.clone().statement_timeout(None).lock_timeout(LOCK_TIMEOUT);
    let (client, _) = settings.connect_client().await?;
    let standby = replication::standby(&client).await.map_err(|error| Error::Database {
        what: "cannot ask whether the server is a standby",
        cause: in_full(&error),
    })?;
    let plan = migrate::plan_on(&client, migrations).await?;
    let is_ahead = plan.state() == State::Ahead;
    Ok(Status {
        standby,
        plan,
        shape: distribution::shape(&client).await.ok().map(|shape| shape.seen_by(is_ahead)),
        legacy: legacy::report_on(&client).await,
    })
}
